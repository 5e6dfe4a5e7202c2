#include "stomp/parser.hpp"

#include <gtest/gtest.h>

#include "tests/unit/stomp/events.hpp"

using namespace stomp_test;
using stomp::errc;
using stomp::make_frame;
using stomp::version;

// S-GRM-1
TEST(StompParser, ReadsTheSameFramesHoweverTheyAreCut) {
  EXPECT_EQ(one_frame(bytes("SEND\ndestination:/queue/a\n\nhi\0")),
            make_frame("SEND", {{"destination", "/queue/a"}}, "hi"));
}

TEST(StompParser, KeepsBytesAfterNulForNextFrame) {
  const auto found = frames(parse_every_way(bytes("SEND\na:1\n\nx\0SEND\na:2\n\ny\0\n")));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1], make_frame("SEND", {{"a", "2"}}, "y"));
}

// S-GRM-2
TEST(StompParser, KeepsLetterCaseOfCommandsAndNames) {
  EXPECT_EQ(one_frame(bytes("ack\nID:1\n\n\0")), make_frame("ack", {{"ID", "1"}}));
}

// S-GRM-3
TEST(StompParser, SplitsHeadersAtTheFirstColon) {
  EXPECT_EQ(one_frame(bytes("ACK\nid:ID:host-1:2\nempty:\n\n\0")),
            make_frame("ACK", {{"id", "ID:host-1:2"}, {"empty", ""}}));
}

// S-GRM-5
TEST(StompParser, ReportsLineEndsBetweenFramesAsActivity) {
  const auto all = parse_every_way(bytes("\n\r\nACK\nid:1\n\n\0\n\0\n"));
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(std::holds_alternative<stomp::heart_beat_octet>(all[0]));
  EXPECT_TRUE(std::holds_alternative<stomp::heart_beat_octet>(all[1]));
  EXPECT_TRUE(std::holds_alternative<stomp::frame>(all[2]));
}

// S-CLEN-1
TEST(StompParser, CountsOctetsOfAnnouncedBodiesNulsIncluded) {
  const auto f = one_frame(bytes("SEND\ncontent-length:7\n\na\0b\xC3\xA9\n\0\0"));
  EXPECT_EQ(f.body, bytes("a\0b\xC3\xA9\n\0"));
}

// S-CLEN-1
TEST(StompParser, EndsOtherBodiesAtTheFirstNul) {
  EXPECT_EQ(frames(parse_every_way(bytes("SEND\n\nab\0\n")))[0].body, "ab");
}

TEST(StompParser, ReadsAnEmptyAnnouncedBody) {
  EXPECT_EQ(one_frame(bytes("SEND\ncontent-length:0\n\n\0")).body, "");
}

// S-REP-1
TEST(StompParser, KeepsRepeatedHeadersInOrder) {
  EXPECT_EQ(one_frame(bytes("MESSAGE\nfoo:World\nfoo:Hello\n\n\0")).headers,
            (std::vector<stomp::header>{{"foo", "World"}, {"foo", "Hello"}}));
}

// S12-EOL-1
TEST(StompParser, AcceptsMixedLineEndsIn12) {
  EXPECT_EQ(one_frame(bytes("SEND\r\na:1\nb:2\r\n\r\nx\r\n\0")),
            make_frame("SEND", {{"a", "1"}, {"b", "2"}}, "x\r\n"));
}

// S12-EOL-2
TEST(StompParser, TreatsCarriageReturnsAsEachVersionDoes) {
  EXPECT_EQ(one_frame(bytes("SEND\na:1\r\n\nx\0"), {.v = version::v1_1}).get("a"), "1\r");
  EXPECT_EQ(one_frame(bytes("SEND\na:1\r\n\nx\0"), {.v = version::v1_0}).get("a"), "1");
}

// S11-TRIM-1
TEST(StompParser, TrimsValuesOnlyIn10AndConnect) {
  const std::string send = bytes("SEND\na: 1 \n\n\0");
  EXPECT_EQ(one_frame(send, {.v = version::v1_0}).get("a"), "1");
  EXPECT_EQ(one_frame(send, {.v = version::v1_1}).get("a"), " 1 ");
  EXPECT_EQ(one_frame(send, {.v = version::v1_2}).get("a"), " 1 ");
  EXPECT_EQ(one_frame(bytes("CONNECT\nlogin: me \r\n\n\0"), {.v = std::nullopt}).get("login"),
            "me");
}

// S12-ESC-3: CONNECT and CONNECTED are never escaped
TEST(StompParser, DoesNotUnescapeConnectFrames) {
  EXPECT_EQ(one_frame(bytes("CONNECTED\nsession:a\\cb\n\n\0")).get("session"), "a\\cb");
  EXPECT_EQ(one_frame(bytes("CONNECT\npasscode:\\t\n\n\0"), {.v = std::nullopt}).get("passcode"),
            "\\t");
}

TEST(StompParser, UnescapesNamesAndValues) {
  EXPECT_EQ(one_frame(bytes("SEND\na\\cb:c\\nd\n\n\0")).headers,
            (std::vector<stomp::header>{{"a:b", "c\nd"}}));
}

TEST(StompParser, TakesANewVersionBetweenTwoFramesOfOneChunk) {
  stomp::parser p(stomp::strict());
  const std::string input = bytes("CONNECT\na:x\\cy\n\n\0SEND\na:x\\cy\n\n\0");
  std::string_view rest = input;
  auto first = p.next(rest);
  ASSERT_TRUE(first && p.at_boundary());
  EXPECT_EQ(std::get<stomp::frame>(*first).get("a"), "x\\cy");
  p.set_version(version::v1_1);
  EXPECT_EQ(std::get<stomp::frame>(*p.next(rest)).get("a"), "x:y");
}

// S-BODY-1
TEST(StompParser, DropsTheBodyOfA10Subscribe) {
  EXPECT_EQ(one_frame(bytes("SUBSCRIBE\ndestination:/queue/a\n\nignored\0"), {.v = version::v1_0}),
            make_frame("SUBSCRIBE", {{"destination", "/queue/a"}}));
}

TEST(StompParser, KnowsItsBoundaries) {
  stomp::parser p(stomp::strict());
  std::string_view input = "SE";
  EXPECT_TRUE(p.at_boundary());
  EXPECT_FALSE(p.next(input));
  EXPECT_FALSE(p.at_boundary());
  EXPECT_GT(p.buffered(), 0U);
}

// S-CLEN-3: nothing is allocated on a peer's word
TEST(StompParser, DoesNotReserveTheAnnouncedSize) {
  stomp::parser p(stomp::strict());
  std::string_view input = "SEND\ncontent-length:104857600\n\nabc";
  EXPECT_FALSE(p.next(input));
  EXPECT_LT(p.buffered(), 1024U);
}

TEST(StompParser, StaysFailed) {
  stomp::parser p(stomp::strict());
  const std::string bad = bytes("SEND\nnocolon\n\n\0SEND\n\n\0");
  std::string_view input = bad;
  ASSERT_TRUE(p.next(input));
  EXPECT_TRUE(p.failed());
  EXPECT_FALSE(p.next(input));
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(p.buffered(), 0U);
}

// QSJ-5
TEST(StompParser, CompletesTheMissingNulOfAMessageWhenTold) {
  stomp::dialect rules = stomp::strict();
  rules.complete_missing_nul = true;
  stomp::parser p(rules);
  std::string_view input = "SEND\ndestination:/queue/a\n\nhello";
  EXPECT_FALSE(p.next(input));
  auto event = p.end_of_message();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<stomp::frame>(*event).body, "hello");
  EXPECT_FALSE(p.end_of_message());
}

// AMQ-WS-1
TEST(StompParser, RefusesAPartialFrameInAMessageWhenTold) {
  stomp::dialect rules = stomp::strict();
  rules.message_boundary = stomp::boundary_rule::one_frame;
  stomp::parser p(rules);
  std::string_view input = "SEND\ndestination:/queue/a\n\nhello";
  EXPECT_FALSE(p.next(input));
  EXPECT_EQ(std::get<stomp::failure>(*p.end_of_message()).code, errc::incomplete_message);
}

TEST(StompParser, LetsFramesGoOverMessagesInStrict) {
  stomp::parser p(stomp::strict());
  std::string_view input = "SEND\n";
  EXPECT_FALSE(p.next(input));
  EXPECT_FALSE(p.end_of_message());
  const std::string rest = bytes("\nx\0");
  input = rest;
  EXPECT_TRUE(p.next(input));
}
