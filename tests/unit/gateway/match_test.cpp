#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

struct match_row {
  request_facts facts;
  std::string name;  // empty: no proxy
};

class Match : public testing::TestWithParam<match_row> {};

TEST_P(Match, TakesTheFirstProxyThatFits) {
  static const auto c = must_load(
      "<serviceProxy port='1' host='a.example *.b.example' name='hosts'/>"
      "<serviceProxy port='1' method='POST' name='post'/>"
      "<serviceProxy port='1' name='prefix'><path>/app</path></serviceProxy>"
      "<serviceProxy port='1' name='regex'><path isRegExp='yes'>/r/[0-9]+(\\?.*)?</path>"
      "</serviceProxy>"
      "<serviceProxy port='2' ip='127.0.0.1' name='ip'/>"
      "<serviceProxy port='3' host='[::1]' name='v6'/>"
      "<serviceProxy port='4' name='first'/><serviceProxy port='4' name='second'/>");
  ASSERT_TRUE(c);
  const proxy* p = match(*c, GetParam().facts);
  EXPECT_EQ(p ? p->name : "", GetParam().name)
      << GetParam().facts.target << " " << GetParam().facts.host.value_or("-");
}

INSTANTIATE_TEST_SUITE_P(Rows, Match,
                         testing::Values(match_row{{1, "", "a.example", "GET", "/"}, "hosts"},
                                         match_row{{1, "", "A.Example:8080", "GET", "/"}, "hosts"},
                                         match_row{{1, "", "x.b.example", "GET", "/"}, "hosts"},
                                         match_row{{1, "", ".b.example", "GET", "/"}, "hosts"},
                                         match_row{{1, "", "b.example", "GET", "/"}, ""},
                                         match_row{{1, "", "xa.example", "GET", "/"}, ""},
                                         match_row{{1, "", std::nullopt, "GET", "/"}, ""},
                                         match_row{{1, "", std::nullopt, "POST", "/"}, "post"},
                                         match_row{{1, "", "x", "post", "/"}, ""},
                                         match_row{{1, "", "x", "GET", "/app"}, "prefix"},
                                         match_row{{1, "", "x", "GET", "/application?x"}, "prefix"},
                                         match_row{{1, "", "x", "GET", "/./app"}, "prefix"},
                                         match_row{{1, "", "x", "GET", "/././app"}, "prefix"},
                                         match_row{{1, "", "x", "GET", "/APP"}, ""},
                                         match_row{{1, "", "x", "GET", "/x?y=/app"}, ""},
                                         match_row{{1, "", "x", "GET", "http://h:1/app"}, "prefix"},
                                         match_row{{1, "", "x", "GET", "http://h"}, ""},
                                         match_row{{1, "", "x", "GET", "/r/12"}, "regex"},
                                         match_row{{1, "", "x", "GET", "/r/12?q=/./"}, "regex"},
                                         match_row{{1, "", "x", "GET", "/r/12x"}, ""},
                                         match_row{{2, "127.0.0.1", "x", "GET", "/"}, "ip"},
                                         match_row{{2, "127.0.0.2", "x", "GET", "/"}, ""},
                                         match_row{{3, "", "[::1]:3", "GET", "/"}, "v6"},
                                         match_row{{4, "", "x", "GET", "/"}, "first"},
                                         match_row{{5, "", "x", "GET", "/"}, ""}));

TEST(Match, LongUrisDoNotExhaustRegularExpressions) {
  const auto c = must_load(
      "<serviceProxy><path isRegExp='true'>(a*)*b|/(x+x+)+y</path>"
      "</serviceProxy>");
  ASSERT_TRUE(c);
  const std::string target = "/" + std::string(8000, 'x');
  EXPECT_EQ(match(*c, {80, "", "h", "GET", target}), nullptr);
}

TEST(Match, LongHostsDoNotExhaustGlobs) {
  const auto c = must_load("<serviceProxy host='*a*a*a*a*a*a*a*a*b'/>");
  const std::string host(8000, 'a');
  EXPECT_EQ(match(*c, {80, "", host, "GET", "/"}), nullptr);
}

}  // namespace
}  // namespace gateway::test
