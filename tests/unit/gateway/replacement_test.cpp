// What patterns replace, and what that may cost.
#include "gateway/core/replacement.hpp"

#include <gtest/gtest.h>

namespace gateway::test {
namespace {

struct replacement_row {
  const char* pattern;
  const char* by;
  std::string text;
  std::string result;
};

TEST(Replacement, ReplacesAllThatFits) {
  for (const replacement_row& r : std::initializer_list<replacement_row>{
           {"a", "b", "", ""},
           {"a", "b", "xyz", "xyz"},
           {"a", "b", "a", "b"},
           {"a", "b", "xaxax", "xbxbx"},
           {"a+", "b", "xaaxax", "xbxbx"},
           {"a*", "-", "xaay", "-x--y-"},
           {"^a", "b", "aaa", "baa"},
           {"a$", "b", "aaa", "aab"},
           {"^/old/(.*)", "/new/$1", "/old/x?y=1", "/new/x?y=1"},
           {"(a)(b)?", "[$1|$2]", "ab a", "[a|b] [a|]"},
           {"(\\d+)-(\\d+)", "$2-$1", "1-2 34-56", "2-1 56-34"},
           {"b", "<$0>", "abc", "a<b>c"},
           {"a|ab", "x", "ab", "xb"},
           {"ab|a", "x", "ab", "x"},
           {"a.*?b", "x", "acbcb", "xcb"},
           {"a.*b", "x", "acbcb", "x"},
           {".", "\\$", "ab", "$$"},
           {"a", "\\\\", "a", "\\"},
           {"\\.", "", "1.2.3", "123"},
           {"^", ">", "a\nb", ">a\n>b"},
           {"$", ";", "a\nb\n", "a;\nb;\n;"},
           {"\\s+$", "", "a \nb", "a\nb"},
           {"\\bcat\\b", "dog", "cat cats cat", "dog cats dog"},
       }) {
    auto compiled = replacement::compile(r.pattern, r.by);
    ASSERT_TRUE(std::holds_alternative<replacement>(compiled)) << r.pattern;
    const auto got = std::get<replacement>(compiled).apply(r.text, 10000);
    ASSERT_TRUE(got) << r.pattern;
    EXPECT_EQ(got->text, r.result) << r.pattern << " in " << r.text;
  }
}

TEST(Replacement, CountsReplacements) {
  const auto how = std::get<replacement>(replacement::compile("a", "b"));
  EXPECT_EQ(how.apply("banana", 1000)->count, 3U);
  EXPECT_EQ(how.apply("xyz", 1000)->count, 0U);
}

TEST(Replacement, StopsWhenItsBudgetIsSpent) {
  const auto how = std::get<replacement>(replacement::compile("a", "b"));
  EXPECT_TRUE(how.apply(std::string(99, 'x'), 100));
  EXPECT_FALSE(how.apply(std::string(100, 'x'), 100));
  EXPECT_FALSE(how.apply(std::string(50, 'a'), 100));
  // Short lines cost what they are long.
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "a\n";
  EXPECT_TRUE(how.apply(lines, 301));
}

TEST(Replacement, StopsWhenTheTextGrowsTooLong) {
  const auto how = std::get<replacement>(replacement::compile("a", std::string(1000, 'b')));
  EXPECT_FALSE(how.apply("aaaa", 1000));
}

TEST(Replacement, TakesPolynomialTimeWhateverThePattern) {
  const auto how = std::get<replacement>(replacement::compile("(a+)+b", "x"));
  EXPECT_EQ(how.apply(std::string(3000, 'a'), 10000)->count, 0U);
}

TEST(Replacement, RefusesWhatMakesNoSense) {
  struct row {
    const char* pattern;
    const char* by;
    bool in_pattern;
    std::size_t offset;
    const char* message;
  };
  for (const row& r : std::initializer_list<row>{
           {"(", "x", true, 0,
            "is not a regular expression: Mismatched '(' and ')' in regular expression"},
           {"a{1000}", "x", true, 0, "has too many or too large repeat counts"},
           {"a\\8888888888888888888888", "x", true, 0, "has too many or too large repeat counts"},
           {"a", "b$1", false, 1, "names group $1, but the pattern has 0"},
           {"(a)", "$1$2", false, 2, "names group $2, but the pattern has 1"},
           {"a", "5$", false, 1,
            "has a '$' that no digit follows; groups are $1 to $9, a dollar sign is \\$"},
           {"a", "${x}", false, 0,
            "has a '$' that no digit follows; groups are $1 to $9, a dollar sign is \\$"},
           {"a", "b\\", false, 1, "ends with a backslash; write two for one"},
       }) {
    const auto compiled = replacement::compile(r.pattern, r.by);
    const auto* wrong = std::get_if<replacement::error>(&compiled);
    ASSERT_TRUE(wrong) << r.pattern << " " << r.by;
    EXPECT_EQ(wrong->in_pattern, r.in_pattern);
    EXPECT_EQ(wrong->what.offset, r.offset);
    EXPECT_EQ(wrong->what.message, r.message);
  }
}

}  // namespace
}  // namespace gateway::test
