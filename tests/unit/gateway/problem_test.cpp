#include "gateway/core/problem.hpp"

#include "gateway/core/destination.hpp"
#include "gateway/core/text.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

TEST(Problem, JsonHasItsFieldsInOrder) {
  EXPECT_EQ(problem_json(make_problem(failure::connection_refused, "http://localhost:1/ \"x\"")),
            "{\n  \"title\": \"Bad Gateway\",\n"
            "  \"type\": \"https://membrane-api.io/problems/gateway\",\n  \"status\": 502,\n"
            "  \"detail\": \"http://localhost:1/ \\\"x\\\"\"\n}\n");
}

TEST(Problem, HtmlIsEscaped) {
  const auto html = problem_html(make_problem(failure::not_found, "<script>"));
  EXPECT_NE(html.find("<h1>404 Not Found</h1>"), std::string::npos);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
}

TEST(Problem, StatusFollowsTheDesignWhereMembraneIsWrong) {
  EXPECT_EQ(make_problem(failure::upgrade_denied).status, 403);
  EXPECT_EQ(make_problem(failure::body_too_large).status, 413);
  EXPECT_EQ(make_problem(failure::target_too_long).status, 414);
  EXPECT_EQ(make_problem(failure::head_too_large).status, 431);
  EXPECT_EQ(make_problem(failure::upstream_timeout).status, 504);
}

TEST(Problem, BrowsersGetPagesOthersGetJson) {
  struct row {
    std::string accept;
    bool html;
  };
  for (const row& r : {row{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
                       row{"*/*", false}, row{"application/json", false}, row{"", false},
                       row{"application/json, text/html;q=0.5", false}, row{"text/html;q=0", false},
                       row{"TEXT/HTML ; q=0.4", true}, row{"text/html;q=x", false}}) {
    const auto request = make_request("GET", "/", {{"Accept", r.accept}});
    EXPECT_EQ(prefers_html(request), r.html) << r.accept;
  }
  EXPECT_FALSE(prefers_html(make_request()));
  auto response = problem_response(failure::not_found, make_request());
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST(Text, PeerTextIsBoundedAndHarmless) {
  EXPECT_EQ(printable("a\r\n\x1b[1m\x7f"), "a\\x0d\\x0a\\x1b[1m\\x7f");
  EXPECT_EQ(printable("\xC3\xA4\xC3"), "\xC3\xA4\\xc3");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(Text, Utf8IsCheckedStrictly) {
  for (const std::string bad : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80",
                                "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xFF"})
    EXPECT_EQ(utf8_sequence(bad), 0U);
  EXPECT_EQ(utf8_sequence("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_sequence("\xF0\x9F\x98\x80"), 4U);
}

TEST(Destination, IsReadFromUrls) {
  struct row {
    std::string url;
    std::string text;
  };
  for (const row& r : {row{"http://localhost:61614/", "http://localhost:61614/"},
                       row{"http://localhost", "http://localhost:80/"},
                       row{"HTTPS://a.example", "https://a.example:443/"},
                       row{"http://[::1]:8080/x?y=1", "http://[::1]:8080/x?y=1"},
                       row{"http://a/?q", "http://a:80/?q"}}) {
    const auto d = parse_destination(r.url);
    ASSERT_TRUE(std::holds_alternative<destination>(d)) << r.url << std::get<std::string>(d);
    EXPECT_EQ(to_string(std::get<destination>(d)), r.text);
  }
  EXPECT_FALSE(std::get<destination>(parse_destination("http://a/")).path);
}

TEST(Destination, RefusesWhatItCannotUse) {
  for (const std::string url :
       {"", "localhost:80", "ftp://a", "ws://a", "wss://a", "http://", "http://u:p@h/",
        "http://a:0/", "http://a:65536/", "http://a:x/", "http://a/#f", "http://a b/",
        "http://a/${x}", "http://[::1/", "//a"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_destination(url))) << url;
}

TEST(Destination, KnowsLoopback) {
  for (const std::string host :
       {"localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "a.localhost"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const std::string host : {"localhost.example", "127.example.com", "10.0.0.1", "::2", ""})
    EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace gateway::test
