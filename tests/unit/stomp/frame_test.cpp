#include "stomp/frame.hpp"

#include <gtest/gtest.h>

#include <array>

#include "stomp/error.hpp"
#include "stomp/text.hpp"

using stomp::frame;
using stomp::make_frame;

// S-REP-1
TEST(StompFrame, FirstOfRepeatedHeadersWins) {
  const frame f = make_frame("MESSAGE", {{"foo", "World"}, {"foo", "Hello"}});
  EXPECT_EQ(f.get("foo"), "World");
  EXPECT_EQ(f.headers.size(), 2U);
}

TEST(StompFrame, AbsentHeaderHasNoValue) {
  const frame f = make_frame("SEND", {{"a", ""}});
  EXPECT_EQ(f.get("b"), std::nullopt);
  EXPECT_EQ(f.get("a"), "");
  EXPECT_EQ(f.get_or("b", "x"), "x");
  EXPECT_TRUE(f.has("a"));
}

// S-GRM-2
TEST(StompFrame, HeaderNamesAreCaseSensitive) {
  EXPECT_FALSE(make_frame("SEND", {{"Destination", "/queue/a"}}).has("destination"));
}

TEST(StompFrame, SetKeepsThePlaceAndDropsRepeats) {
  frame f = make_frame("SEND", {{"a", "1"}, {"b", "2"}, {"a", "3"}});
  f.set("a", "9").set("c", "7");
  EXPECT_EQ(f, make_frame("SEND", {{"a", "9"}, {"b", "2"}, {"c", "7"}}));
}

// S-REP-1
TEST(StompFrame, PrependOverridesAndAddDoesNot) {
  frame f = make_frame("SEND", {{"a", "1"}});
  f.add("a", "2");
  EXPECT_EQ(f.get("a"), "1");
  f.prepend("a", "0");
  EXPECT_EQ(f.get("a"), "0");
  EXPECT_EQ(f.headers.size(), 3U);
}

TEST(StompFrame, RemoveTellsHowMany) {
  frame f = make_frame("SEND", {{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(f.remove("a"), 2U);
  EXPECT_EQ(f.remove("a"), 0U);
  EXPECT_EQ(f.headers.size(), 1U);
}

TEST(StompFrame, VersionsRoundTripAndAreOrdered) {
  for (auto v : {stomp::version::v1_0, stomp::version::v1_1, stomp::version::v1_2}) {
    EXPECT_EQ(stomp::parse_version(stomp::to_string(v)), v);
  }
  EXPECT_EQ(stomp::parse_version("1.3"), std::nullopt);
  EXPECT_LT(stomp::version::v1_0, stomp::version::v1_2);
}

// S-ERR-1
TEST(StompFrame, ErrorCarriesMessageReceiptAndType) {
  const frame f = stomp::make_error("no", "because", "r1");
  EXPECT_EQ(f.get("message"), "no");
  EXPECT_EQ(f.get("receipt-id"), "r1");
  EXPECT_EQ(f.get("content-type"), "text/plain");
  EXPECT_EQ(f.body, "because");
}

TEST(StompText, KnowsUtf8) {
  EXPECT_TRUE(stomp::is_utf8("plain text that is longer than eight octets"));
  EXPECT_TRUE(stomp::is_utf8("h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5", "12345678\xE2\x82"}) {
    EXPECT_FALSE(stomp::is_utf8(bad)) << stomp::quote_peer_text(bad);
  }
}

TEST(StompText, QuotesPeerTextBoundedAndEscaped) {
  EXPECT_EQ(stomp::quote_peer_text("a\n\"b"), "\"a\\x0a\\\"b\"");
  EXPECT_EQ(stomp::quote_peer_text("abcdef", 3), "\"abc...\"");
}

TEST(StompText, NearestNameIsFoundWhenNear) {
  constexpr std::array<std::string_view, 3> names = {"url", "password", "webSocket"};
  EXPECT_EQ(stomp::nearest_name("ur", names), "url");
  EXPECT_EQ(stomp::nearest_name("websocket", names), "webSocket");
  EXPECT_EQ(stomp::nearest_name("PASSWORD", names), "password");
  EXPECT_EQ(stomp::nearest_name("pasword", names), "password");
  EXPECT_EQ(stomp::nearest_name("passwrod", names), "password");
  EXPECT_EQ(stomp::nearest_name("groovy", names), "");
  EXPECT_EQ(stomp::nearest_name("", names), "");
  EXPECT_EQ(stomp::nearest_name(std::string(1000, 'u'), names), "");
  EXPECT_EQ(stomp::suggestion("ur", names), "; did you mean 'url'?");
  EXPECT_EQ(stomp::suggestion("groovy", names), "");
}

TEST(StompError, CodesBelongToConditions) {
  using stomp::errc;
  using stomp::errc_condition;
  EXPECT_TRUE(make_error_code(errc::bad_escape) == errc_condition::malformed_frame);
  EXPECT_TRUE(make_error_code(errc::body_too_large) == errc_condition::limit_exceeded);
  EXPECT_TRUE(make_error_code(errc::header_not_expressible) == errc_condition::not_expressible);
  EXPECT_TRUE(make_error_code(errc::not_connected) == errc_condition::protocol_violation);
  EXPECT_TRUE(make_error_code(errc::login_failed) == errc_condition::policy_rejected);
  EXPECT_TRUE(make_error_code(errc::peer_silent) == errc_condition::timeout);
  EXPECT_TRUE(make_error_code(errc::disconnected) == errc_condition::peer_gone);
  EXPECT_EQ(make_error_code(errc::stray_cr).message(), "CR without LF");
}
