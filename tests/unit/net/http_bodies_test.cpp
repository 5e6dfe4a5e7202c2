// More of the HTTP parser: bodies octet by octet, and heads at their limits however they are cut.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http_parser.hpp"

namespace net {
namespace {

struct outcome {
  int status = 0;  // of the error; 0: none
  bool done = false;
  std::string body, rest;
  friend bool operator==(const outcome&, const outcome&) = default;
};

// Hands over `text` in pieces of `step` octets, as a server does.
outcome parse(const std::string& text, std::size_t step) {
  http_parser parser(http_parser::kind::request, {});
  std::string input;
  outcome out;
  for (std::size_t at = 0; at < text.size() && out.status == 0; at += step) {
    input += text.substr(at, step);
    while (!input.empty() && !parser.done()) {
      const std::size_t before = input.size();
      const bool had_head = parser.has_head();
      if (!parser.consume(input)) {
        out.status = parser.error().status;
        break;
      }
      out.body += parser.body();
      if (input.size() == before && parser.has_head() == had_head) break;
    }
  }
  out.done = parser.done();
  if (out.done) out.rest = input;
  if (out.status != 0) out.body.clear();
  return out;
}

// The same outcome in pieces of every size up to a few, and whole.
outcome parse_in_pieces(const std::string& text) {
  const outcome whole = parse(text, text.size());
  for (const std::size_t step : {1u, 2u, 3u, 4u, 5u, 7u, 64u, 1000u}) {
    const outcome cut = parse(text, step);
    EXPECT_TRUE(cut == whole) << "in pieces of " << step << ": " << cut.status << " instead of "
                              << whole.status << ", done " << cut.done << whole.done;
  }
  return whole;
}

const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(HttpBodies, AnEmptyChunkedBodyMayComeOctetByOctet) {
  const auto o = parse_in_pieces(chunked + "0\r\n\r\nrest");
  EXPECT_TRUE(o.done);
  EXPECT_EQ(o.body, "");
}

TEST(HttpBodies, ALastChunkMayHaveManyZerosAnExtensionAndATrailer) {
  for (const char* end : {"000\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nA: b\r\nC: d\r\n\r\n"}) {
    EXPECT_TRUE(parse_in_pieces(chunked + end).done) << end;
    EXPECT_EQ(parse_in_pieces(chunked + "1\r\nx\r\n" + end).body, "x") << end;
  }
}

TEST(HttpBodies, RefusesChunksThatTwoParsersMayReadDifferently) {
  for (const char* text :
       {"0x3\r\nabc\r\n0\r\n\r\n", "\r\nabc\r\n0\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", "10000000000000000\r\nabc\r\n",
        "3\r\nabc0\r\n\r\n", "0\r\nno colon\r\n\r\n"}) {
    const auto o = parse_in_pieces(chunked + text);
    EXPECT_EQ(o.status, 400) << text;
    EXPECT_FALSE(o.done) << text;
  }
}

TEST(HttpBodies, ABareLfIsNoEndOfAChunkHeader) {
  const auto o = parse_in_pieces(chunked + "3\nabc\n0\n\n");
  EXPECT_FALSE(o.done);
  EXPECT_EQ(o.body, "");
}

TEST(HttpBodies, EqualLengthsTwiceAreOneLengthOrAnError) {
  const auto o = parse_in_pieces(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE((o.done && o.body == "abc") || o.status == 400);
}

TEST(HttpBodies, RefusesLengthsThatAreNoNumbers) {
  for (const char* length : {"0x3", "", "3 4", "3,4", "99999999999999999999", "3a", "-0"}) {
    const auto o = parse_in_pieces(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::string(length) + "\r\n\r\nabc");
    EXPECT_EQ(o.status, 400) << "'" << length << "'";
  }
}

TEST(HttpBodies, ReadsChunksOfEverySize) {
  std::string text = chunked;
  std::string body;
  for (std::size_t size = 1; size < 300; size += 7) {
    char head[16];
    std::snprintf(head, sizeof head, "%zX\r\n", size);
    const std::string chunk(size, char('a' + size % 26));
    text += head + chunk + "\r\n";
    body += chunk;
  }
  const auto o = parse_in_pieces(text + "0\r\n\r\nrest");
  EXPECT_EQ(o.body, body);
}

TEST(HttpBodies, LimitsAChunkHeaderAndTheTrailer) {
  EXPECT_EQ(parse_in_pieces(chunked + "3;" + std::string(70'000, 'x') + "\r\nabc\r\n").status, 400);
  std::string trailer;
  for (int i = 0; i < 10'000; ++i) trailer += "A: bbbbbbbbbb\r\n";
  EXPECT_EQ(parse(chunked + "0\r\n" + trailer + "\r\n", 1000).status, 431);
}

std::string head_of(std::size_t lines, const std::string& last) {
  std::string text = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 0; i < lines; ++i) text += "A: " + std::string(8000, 'a') + "\r\n";
  return text + last + "\r\n\r\n";
}

TEST(HttpHeads, TheLimitsDoNotDependOnThePieces) {
  EXPECT_EQ(parse_in_pieces(head_of(8, "B: c")).status, 0);
  EXPECT_EQ(parse_in_pieces(head_of(9, "B: c")).status, 431);
  // An error beyond the limit is not looked for.
  EXPECT_EQ(parse_in_pieces(head_of(9, "B\n: c")).status, 431);
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  EXPECT_EQ(parse_in_pieces(line(8192)).status, 0);
  EXPECT_EQ(parse_in_pieces(line(8193)).status, 414);
}

TEST(HttpHeads, BlankLinesAndOtherProtocolsAreJudgedTheSameInAnyPieces) {
  EXPECT_TRUE(parse_in_pieces("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n").done);
  EXPECT_EQ(parse_in_pieces("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  EXPECT_EQ(parse_in_pieces("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 400);
  EXPECT_EQ(parse_in_pieces("CONNECT\naccept-version:1.2\n\n").status, 400);
}

TEST(HttpHeads, KnowWhetherTheConnectionStaysOpen) {
  const std::pair<const char*, bool> rows[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& [text, keep] : rows) {
    http_parser parser(http_parser::kind::request, {});
    std::string input = text;
    ASSERT_TRUE(parser.consume(input)) << text;
    EXPECT_EQ(parser.keep_alive(), keep) << text;
  }
}

}  // namespace
}  // namespace net
