// Every message is parsed whole, cut at each octet, and octet by octet.
#include "net/http_parser.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

struct seen {
  bool ok = true;
  bool head = false;
  bool done = false;
  int status = 0;
  std::string detail, body, rest, method, target;
  std::size_t fields = 0;
  friend bool operator==(const seen&, const seen&) = default;
};

seen parse(http_parser::kind kind, const std::vector<std::string>& pieces, bool finish = false) {
  http_parser parser(kind, {});
  seen out;
  std::string input;
  for (const auto& piece : pieces) {
    input += piece;
    // Hand over again as long as something moves.
    while (out.ok && !input.empty() && !parser.done()) {
      const auto before = input.size();
      out.ok = parser.consume(input);
      out.body += parser.body();
      if (input.size() == before) break;
    }
  }
  if (finish && out.ok) out.ok = parser.finish();
  out.head = parser.has_head();
  out.done = parser.done();
  out.status = parser.error().status;
  out.detail = parser.error().detail;
  out.rest = input;
  if (!out.ok) out.rest.clear();
  if (out.head && kind == http_parser::kind::request) {
    auto request = parser.take_request();
    out.method = request.method;
    out.target = request.target;
    out.fields = request.headers.fields().size();
  }
  return out;
}

seen at_every_cut(http_parser::kind kind, const std::string& text, bool finish = false) {
  const seen whole = parse(kind, {text}, finish);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(parse(kind, {text.substr(0, cut), text.substr(cut)}, finish), whole)
        << "cut at " << cut << " of " << text;
  }
  std::vector<std::string> octets;
  for (const char c : text) octets.emplace_back(1, c);
  EXPECT_EQ(parse(kind, octets, finish), whole) << "octet by octet: " << text;
  return whole;
}

seen request(const std::string& text) { return at_every_cut(http_parser::kind::request, text); }
seen response(const std::string& text, bool finish = false) {
  return at_every_cut(http_parser::kind::response, text, finish);
}

TEST(HttpParser, ReadsARequestAndLeavesTheNextOne) {
  const auto s = request("GET /a?b HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\nGET /next");
  EXPECT_TRUE(s.ok && s.done);
  EXPECT_EQ(s.method, "GET");
  EXPECT_EQ(s.target, "/a?b");
  EXPECT_EQ(s.fields, 2u);
  EXPECT_EQ(s.rest, "GET /next");
}

TEST(HttpParser, ReadsBodiesByLengthAndInChunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const auto by_length = request(head + "Content-Length: 5\r\n\r\nhellonext");
  EXPECT_TRUE(by_length.done);
  EXPECT_EQ(by_length.body, "hello");
  EXPECT_EQ(by_length.rest, "next");
  const auto chunked = request(
      head + "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\nnext");
  EXPECT_TRUE(chunked.done) << chunked.detail;
  EXPECT_EQ(chunked.body, "hello");
  EXPECT_EQ(chunked.rest, "next");
}

TEST(HttpParser, ReadsAResponseThatLastsUntilClose) {
  const auto s = response("HTTP/1.1 200 OK\r\n\r\nall of it", true);
  EXPECT_TRUE(s.ok && s.done);
  EXPECT_EQ(s.body, "all of it");
}

TEST(HttpParser, NoticesATruncatedBody) {
  EXPECT_FALSE(response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", true).ok);
  EXPECT_FALSE(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", true).ok);
}

TEST(HttpParser, KnowsWhichResponsesHaveNoBody) {
  for (const auto* status : {"101 Switching Protocols", "204 No Content", "304 Not Modified"}) {
    const auto s = response("HTTP/1.1 " + std::string(status) + "\r\n\r\nnext");
    EXPECT_TRUE(s.done) << status;
    EXPECT_EQ(s.rest, "next");
  }
}

TEST(HttpParser, RefusesWhatTwoParsersWouldReadDifferently) {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::pair<std::string, int> rows[] = {
      {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
      {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {post + "Content-Length: +5\r\n\r\n", 400},
      {post + "Content-Length: -1\r\n\r\n", 400},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 28), 400},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
  };
  for (const auto& [text, status] : rows) {
    const auto s = request(text);
    EXPECT_FALSE(s.ok) << text;
    EXPECT_EQ(s.status, status) << text;
    EXPECT_FALSE(s.detail.empty());
  }
}

TEST(HttpParser, RefusesBrokenChunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* chunks :
       {"z\r\n", "5\r\nhelloX", "-1\r\n", "fffffffffffffffff\r\n", "3\nabc\r\n"}) {
    EXPECT_FALSE(request(head + chunks + "0\r\n\r\n").ok) << chunks;
  }
}

TEST(HttpParser, TrailersComeWithoutWhatFramesRoutesOrIsNamedByConnection) {
  std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\nA: 1\r\nB:  2 \r\nHost: y\r\nContent-Length: 3\r\nproxy-x: 1\r\n\r\n";
  http_parser parser(http_parser::kind::request, {});
  ASSERT_TRUE(parser.consume(text));
  EXPECT_TRUE(parser.trailer().fields().empty());
  ASSERT_TRUE(parser.consume(text));
  ASSERT_TRUE(parser.done());
  ASSERT_EQ(parser.trailer().fields().size(), 1u);
  EXPECT_EQ(parser.trailer().get("B"), "2");
  EXPECT_EQ(parser.take_request().headers.get("Host"), "x") << "a trailer got into the head";
}

TEST(HttpParser, BoundsWhatChunksSpendOnExtensions) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto with = [&](std::size_t chunks, std::size_t size) {
    std::string text = head;
    for (std::size_t i = 0; i < chunks; ++i) text += "1;" + std::string(size, 'x') + "\r\na\r\n";
    return parse(http_parser::kind::request, {text + "0\r\n\r\n"}).status;
  };
  EXPECT_EQ(with(100, 100), 0);
  EXPECT_EQ(with(200, 100), 400);
  EXPECT_EQ(with(1, 8180), 0);
  EXPECT_EQ(with(1, 8200), 400);
}

TEST(HttpParser, AnAnswerToHeadKeepsTheConnectionWhateverItsFraming) {
  for (const bool head : {true, false}) {
    http_parser parser(http_parser::kind::response, {});
    if (head) parser.expect_no_body();
    std::string text = "HTTP/1.1 200 OK\r\n\r\n";
    ASSERT_TRUE(parser.consume(text));
    EXPECT_EQ(parser.keep_alive(), head);
  }
}

TEST(HttpFields, KnowWhatAHostIs) {
  for (const char* good : {"", "a", "a:1", "a.b-c_d:65535", "1.2.3.4", "[::1]", "[::1]:80", "a:"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  for (const char* bad : {"a b", "a,b", "me@a", "a/", "a?", "a#", "a\\b", ":1", "a:1:2", "a:x",
                          "a:123456", "[", "[]", "[::1", "[::1]x", "[g]", "[::1]:x", "a\tb"}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
}

TEST(HttpFields, AnAbsoluteTargetNamesTheHostAndHasAPath) {
  http_request request;
  request.headers.add("Host", "a");
  request.target = "http://b:1?q";
  EXPECT_FALSE(check_target(request));
  EXPECT_EQ(request.target, "http://b:1/?q");
  EXPECT_EQ(request.headers.get("Host"), "b:1");
  request.target = "https://c";
  EXPECT_FALSE(check_target(request));
  EXPECT_EQ(request.target, "https://c/");
  EXPECT_EQ(request.headers.get("Host"), "c");
}

TEST(HttpFields, ReadHowLongAConnectionMayStay) {
  EXPECT_EQ(parse_keep_alive("timeout=5, max=100").timeout, std::chrono::seconds(5));
  EXPECT_EQ(parse_keep_alive("MAX = 7").requests, 7u);
  EXPECT_EQ(parse_keep_alive("timeout=999999999999").timeout, std::chrono::hours(24));
  for (const char* odd :
       {"", "5", "timeout", "timeout=", "timeout=-1", "timeout=x, max=1x", ",,="}) {
    EXPECT_FALSE(parse_keep_alive(odd).timeout) << odd;
    EXPECT_FALSE(parse_keep_alive(odd).requests) << odd;
  }
}

TEST(HttpParser, HoldsItsLimits) {
  auto whole = [](const std::string& text) { return parse(http_parser::kind::request, {text}); };
  const std::string host = "Host: a\r\n";
  auto line = [&](std::size_t size) {
    return "GET /" + std::string(size - 14, 'x') + " HTTP/1.1\r\n" + host + "\r\n";
  };
  EXPECT_TRUE(whole(line(8192)).ok);
  EXPECT_EQ(whole(line(8194)).status, 414);
  auto field = [&](std::size_t size) {
    return "GET / HTTP/1.1\r\n" + host + "X: " + std::string(size - 3, 'x') + "\r\n\r\n";
  };
  EXPECT_TRUE(whole(field(8192)).ok);
  EXPECT_EQ(whole(field(8194)).status, 431);
  auto fields = [&](std::size_t count) {
    std::string text = "GET / HTTP/1.1\r\n" + host;
    for (std::size_t i = 1; i < count; ++i) text += "A: b\r\n";
    return text + "\r\n";
  };
  EXPECT_TRUE(whole(fields(100)).ok);
  EXPECT_EQ(whole(fields(101)).status, 431);
  std::string huge = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 20; ++i) huge += "X: " + std::string(4000, 'x') + "\r\n";
  EXPECT_EQ(whole(huge + "\r\n").status, 431);
}

TEST(HttpParser, RefusesALongLineBeforeItsEndHasCome) {
  EXPECT_EQ(parse(http_parser::kind::request, {"GET /" + std::string(9000, 'x')}).status, 414);
}

}  // namespace
}  // namespace net
