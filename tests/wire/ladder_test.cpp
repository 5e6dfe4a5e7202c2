// Reading ladder scripts: what they mean, and exact errors.
#include "harness/ladder/ladder.hpp"

#include <gtest/gtest.h>

#include "harness/ladder/runner.hpp"

namespace {

using harness::ladder::parse;
using harness::ladder::row;
using harness::ladder::step;

std::vector<row> rows_of(std::string_view text) {
  auto read = parse(text, "t.ladder");
  if (auto* wrong = std::get_if<harness::ladder::parse_error>(&read)) {
    ADD_FAILURE() << wrong->text;
    return {};
  }
  return std::move(std::get<std::vector<row>>(read));
}

std::string error_of(std::string_view text) {
  auto read = parse(text, "t.ladder");
  auto* wrong = std::get_if<harness::ladder::parse_error>(&read);
  return wrong == nullptr ? "" : wrong->text.substr(0, wrong->text.find('\n'));
}

}  // namespace

TEST(Ladder, ReadsCasesWithWhatTheyInherit) {
  const auto rows = rows_of(
      "profile activemq\n"
      "on tcp ws\n"
      "cites fact 1\n"
      "case one\n"
      "  a > SEND destination=/queue/x \"odd name\"=\"v w\" body=\"h\\n\\0i\"\n"
      "  a < RECEIPT receipt-id=r  # with a comment\n"
      "case two\n"
      "  on tcp\n"
      "  cites rule 2\n"
      "  b open\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].on.size(), 2U);
  ASSERT_EQ(rows[0].steps.size(), 2U);
  const auto& f = rows[0].steps[0].frame;
  EXPECT_EQ(f.command, "SEND");
  ASSERT_EQ(f.headers.size(), 2U);
  EXPECT_EQ(f.headers[1].name, "odd name");
  EXPECT_EQ(f.headers[1].value, "v w");
  EXPECT_EQ(f.body, std::string("h\n\0i", 4));
  EXPECT_EQ(rows[1].on.size(), 1U);
  EXPECT_EQ(rows[1].cites, (std::vector<std::string>{"fact 1", "rule 2"}));
  EXPECT_EQ(rows[1].steps[0].what, step::kind::is_open);
}

TEST(Ladder, AHeaderWithoutEqualsHasNoColon) {
  const auto rows = rows_of("case c\n  a > SEND x y= \"body\"=z\n");
  const auto& headers = rows.at(0).steps.at(0).frame.headers;
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_FALSE(headers[0].has_colon);
  EXPECT_TRUE(headers[1].has_colon);
  EXPECT_EQ(headers[2].name, "body");
}

TEST(Ladder, WritesWhatItReads) {
  for (const char* line :
       {"a > SEND destination=/queue/x k=\"a\\\\cb\" body=\"x \\\"y\\\"\"", "a >> \"\\r\\n\"",
        "a >b \"\\x01\"", "a ~ MESSAGE *", "a closed 1000", "a wait 500ms", "a close"}) {
    const auto rows = rows_of("case c\n  " + std::string(line) + "\n");
    EXPECT_EQ(to_line(rows.at(0).steps.at(0)), line);
  }
}

TEST(Ladder, SaysWhereAndWhatIsWrong) {
  const std::pair<const char*, const char*> table[] = {
      {"a > SEND\n", "t.ladder:1:1: a step before the first 'case'"},
      {"case\n", "t.ladder:1:5: a case needs a name"},
      {"case a\ncase a\n", "t.ladder:2:6: a second case of this name"},
      {"case a b\n", "t.ladder:1:8: nothing more was expected on this line"},
      {"case a\n  x >\n", "t.ladder:2:6: a frame needs its command"},
      {"case a\n  x > SEND k=\"v\n", "t.ladder:2:14: text without its closing quote"},
      {"case a\n  x > SEND k=\"\\q\"\n",
       "t.ladder:2:15: unknown escape (expected \\n \\r \\t \\0 \\\" \\\\ or \\xHH)"},
      {"case a\n  x >> \"\\xg0\"\n", "t.ladder:2:9: \\x needs two hexadecimal digits"},
      {"case a\n  x >> abc\n", "t.ladder:2:8: expected \"octets\""},
      {"case a\n  x opne\n", "t.ladder:2:5: unknown step 'opne'; did you mean 'open'?"},
      {"case a\n  x frobnicate\n",
       "t.ladder:2:5: unknown step 'frobnicate' (expected > >> >b < ~ close wait open closed)"},
      {"case a\n  x wait 5\n", "t.ladder:2:10: expected a time like 500ms"},
      {"case a\n  x wait xms\n", "t.ladder:2:10: not a number"},
      {"case a\n  x closed ten\n", "t.ladder:2:12: not a number"},
      {"on udp\n", "t.ladder:1:4: unknown transport (expected tcp or ws)"},
      {"on\n", "t.ladder:1:3: expected tcp or ws"},
      {"profile\n", "t.ladder:1:8: expected at least one word"},
      {"cites\n", "t.ladder:1:6: cites needs a rule or fact"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(error_of(text), expected) << text;
}

TEST(Ladder, GeneralisesIdsAndTimes) {
  using harness::ladder::matches;
  EXPECT_TRUE(matches("abc", "abc"));
  EXPECT_FALSE(matches("abc", "abcd"));
  EXPECT_TRUE(matches("*", "anything"));
  EXPECT_TRUE(matches("{id}", "ID:host-1-2-3:4"));
  EXPECT_TRUE(matches("/remote/{id}", "/remote/ID\\chost-1"));
  EXPECT_FALSE(matches("{id}", "host-1"));
  EXPECT_TRUE(matches("{time}", "1700000000000"));
  EXPECT_FALSE(matches("{time}", "soon"));
  EXPECT_TRUE(matches("from tcp://{address}", "from tcp://127.0.0.1:5"));
  EXPECT_TRUE(matches("a {any} b", "a whatever \n b"));
  EXPECT_TRUE(matches("[{id}, {id}]", "[ID:1, ID:2]"));
}
