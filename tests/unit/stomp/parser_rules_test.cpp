// What the parser refuses, and which switch lets it through.
#include <gtest/gtest.h>

#include "stomp/parser.hpp"
#include "tests/unit/stomp/events.hpp"

using namespace stomp_test;
using stomp::errc;
using stomp::version;

namespace {

struct bad_case {
  const char* rule;
  std::string input;
  errc code;
  std::optional<version> v = version::v1_2;
};

const std::vector<bad_case>& bad_cases() {
  static const std::vector<bad_case> cases = {
      {"S-GRM-4", bytes("SEND\nnocolon\n\n\0"), errc::header_without_colon},
      {"S-GRM-4 one octet", bytes("SEND\nx\n\n\0"), errc::header_without_colon},
      {"S-GRM-4 empty name", bytes("SEND\n:value\n\n\0"), errc::empty_header_name},
      {"S-CLEN-1", bytes("SEND\ncontent-length:2\n\nabc\0"), errc::missing_nul},
      {"S-CLEN-3 plus", bytes("SEND\ncontent-length:+5\n\nabcde\0"), errc::bad_content_length},
      {"S-CLEN-3 minus", bytes("SEND\ncontent-length:-1\n\n\0"), errc::negative_content_length},
      {"S-CLEN-3 exponent", bytes("SEND\ncontent-length:1e3\n\n\0"), errc::bad_content_length},
      {"S-CLEN-3 hex", bytes("SEND\ncontent-length:0x5\n\n\0"), errc::bad_content_length},
      {"S-CLEN-3 blank", bytes("SEND\ncontent-length: 5\n\nabcde\0"), errc::bad_content_length},
      {"S-CLEN-3 empty", bytes("SEND\ncontent-length:\n\n\0"), errc::bad_content_length},
      {"S-CLEN-3 limit", bytes("SEND\ncontent-length:104857601\n\n\0"), errc::body_too_large},
      {"S-CLEN-3 overflow", bytes("SEND\ncontent-length:99999999999999999999999\n\n\0"),
       errc::body_too_large},
      {"S-CLEN-3 two values", bytes("SEND\ncontent-length:1\ncontent-length:2\n\na\0"),
       errc::conflicting_content_length},
      {"S-BODY-1", bytes("SUBSCRIBE\nid:1\n\nbody\0"), errc::body_not_allowed},
      {"S-BODY-1 counted", bytes("ACK\ncontent-length:1\n\nb\0"), errc::body_not_allowed},
      {"S-BODY-1 connect", bytes("CONNECT\n\nb\0"), errc::body_not_allowed, std::nullopt},
      {"S-UTF8-1", bytes("SEND\na:\xC3\n\n\0"), errc::not_utf8},
      {"S-UTF8-1 command", bytes("SE\xFFND\n\n\0"), errc::not_utf8},
      {"S12-EOL-2 in value", bytes("SEND\na:x\ry\n\n\0"), errc::stray_cr},
      {"S12-EOL-2 double", bytes("SEND\na:x\r\r\n\n\0"), errc::stray_cr},
      {"S12-EOL-2 between", bytes("\rSEND\n\n\0"), errc::stray_cr},
      {"S12-ESC-2 tab", bytes("SEND\na:\\t\n\n\0"), errc::bad_escape},
      {"S12-ESC-2 end", bytes("SEND\na:x\\\n\n\0"), errc::bad_escape},
      {"S12-ESC-2 name", bytes("SEND\na\\q:x\n\n\0"), errc::bad_escape},
      {"S12-ESC-2 CR in 1.1", bytes("SEND\na:\\r\n\n\0"), errc::bad_escape, version::v1_1},
      {"NUL in command", bytes("SEND\0"), errc::nul_in_headers},
      {"NUL in headers", bytes("SEND\na:b\0\n\n\0"), errc::nul_in_headers},
  };
  return cases;
}

}  // namespace

TEST(StompParserRules, RefusesMalformedFramesHoweverTheyAreCut) {
  for (const auto& c : bad_cases()) {
    SCOPED_TRACE(c.rule);
    const auto failure = failure_of(c.input, {.v = c.v});
    EXPECT_EQ(failure.code, c.code) << failure.text;
    EXPECT_LT(failure.text.size(), 400U);
  }
}

TEST(StompParserRules, RefusesThemAlsoAfterAGoodFrame) {
  const std::string good = bytes("SEND\na:1\n\nhello\0\n");
  for (const auto& c : bad_cases()) {
    SCOPED_TRACE(c.rule);
    const auto all = parse_every_way(good + c.input, {.v = c.v});
    ASSERT_EQ(frames(all).size(), 1U);
    EXPECT_EQ(std::get<stomp::failure>(all.back()).code, c.code);
  }
}

TEST(StompParserRules, NamesFrameHeaderAndExpectationInItsTexts) {
  EXPECT_EQ(failure_of(bytes("SEND\nno\x01olon\n\n\0")).text,
            "\"SEND\": header line \"no\\x01olon\" (expected name:value)");
}

// S-LIM-1
TEST(StompParserRules, KeepsItsLimitsExactly) {
  setup with;
  with.rules.limit = {.command = 8, .header_line = 12, .headers = 2, .body = 4};
  EXPECT_EQ(failure_of(bytes("COMMANDX\n\n\0"), with).code, std::error_code{});
  EXPECT_EQ(failure_of(bytes("COMMANDXY\n\n\0"), with).code, errc::command_too_long);
  EXPECT_EQ(failure_of(bytes("COMMANDX\r\n\n\0"), with).code, std::error_code{});
  EXPECT_EQ(failure_of("a command without any end", with).code, errc::command_too_long);
  EXPECT_EQ(failure_of(bytes("SEND\nname:1234567\r\n\n\0"), with).code, std::error_code{});
  EXPECT_EQ(failure_of(bytes("SEND\nname:12345678\n\n\0"), with).code, errc::header_line_too_long);
  EXPECT_EQ(failure_of("SEND\nname:12345678901234567890", with).code, errc::header_line_too_long);
  EXPECT_EQ(failure_of(bytes("SEND\nname:1234567890123\0\n"), with).code,
            errc::header_line_too_long);
  EXPECT_EQ(failure_of(bytes("SEND\na:1\nb:2\n\n1234\0"), with).code, std::error_code{});
  EXPECT_EQ(failure_of(bytes("SEND\na:1\nb:2\nc:3\n\n\0"), with).code, errc::too_many_headers);
  EXPECT_EQ(failure_of(bytes("SEND\n\n12345\0"), with).code, errc::body_too_large);
  with.rules.limit.header_line = 30;
  EXPECT_EQ(failure_of(bytes("SEND\ncontent-length:5\n\n12345\0"), with).code,
            errc::body_too_large);
}

TEST(StompParserRules, LimitsAWholeFrameHoweverItsLengthIsTold) {
  setup with;
  with.rules.limit.frame = 30;
  // "SEND\n" and the empty line are six octets, so that 24 are left.
  EXPECT_EQ(failure_of("SEND\n\n" + std::string(25, 'x'), with).code, errc::frame_too_large);
  EXPECT_EQ(failure_of(bytes("SEND\ncontent-length:8\n\n"), with).code, errc::frame_too_large);
  EXPECT_EQ(failure_of("SEND\na:" + std::string(30, 'x') + "\n", with).code, errc::frame_too_large);
  stomp::parser p(with.rules);
  const std::string fits = "SEND\n\n" + std::string(24, 'x') + std::string(1, '\0');
  std::string_view rest = fits;
  const auto event = p.next(rest);
  ASSERT_TRUE(event);
  EXPECT_TRUE(std::holds_alternative<stomp::frame>(*event));
}

// S-LIM-2: the endless header
TEST(StompParserRules, GivesUpOnEndlessHeadersWithBoundedMemory) {
  stomp::parser p(stomp::strict());
  std::optional<stomp::parse_event> event;
  std::string block = "SEND\nname:";
  for (int i = 0; i < 100 && !event; ++i) {
    std::string_view input = block;
    event = p.next(input);
    EXPECT_LT(p.buffered(), 20U * 1024);
    block.assign(1000, 'x');
  }
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<stomp::failure>(*event).code, errc::header_line_too_long);
}

// S-CLEN-3: equal repeats are harmless
TEST(StompParserRules, AcceptsEqualRepeatsOfContentLength) {
  EXPECT_EQ(one_frame(bytes("SEND\ncontent-length:1\ncontent-length:1\n\na\0")).body, "a");
}

// S-CLEN-4
TEST(StompParserRules, CanIgnoreContentLengthOnOtherFrames) {
  setup with;
  with.rules.content_length = stomp::length_rule::frames_with_body;
  EXPECT_EQ(frames(parse_every_way(bytes("ACK\ncontent-length:9\n\n\0"), with)).size(), 1U);
}

TEST(StompParserRules, LenientTakesWhatCarelessClientsSend) {
  const setup with{.rules = stomp::lenient()};
  EXPECT_EQ(one_frame(bytes("SEND\nnocolon\na:1\n\nx\0"), with).headers.size(), 1U);
  EXPECT_EQ(one_frame(bytes("SEND\na:C:\\temp\n\nx\0"), with).get("a"), "C:\\temp");
  EXPECT_EQ(one_frame(bytes("ACK\nid:1\n\nbody\0"), with).body, "");
  EXPECT_EQ(one_frame(bytes("SEND\na:\xFF\n\nx\0"), with).get("a"), "\xFF");
  EXPECT_EQ(one_frame(bytes("\rSEND\na:x\ry\n\nx\0"), with).get("a"), "x\ry");
  EXPECT_EQ(one_frame(bytes("SEND\na:1\r\n\nx\0"), {stomp::lenient(), version::v1_1}).get("a"),
            "1");
}

TEST(StompParserRules, StrayNulsCanBeForbidden) {
  setup with;
  with.rules.skip_nul_between_frames = false;
  EXPECT_EQ(failure_of(bytes("\0"), with).code, errc::stray_nul);
}

// AMQ-PARSE-1
TEST(StompParserRules, CanTrimEverywhereAndLeaveNamesEscaped) {
  setup with;
  with.rules.trim = stomp::trim_rule::always;
  with.rules.unescape_names = false;
  with.rules.unescape_connect = true;
  const auto f = one_frame(bytes("SEND \na\\cb: x\\cy \n\nx\0"), with);
  EXPECT_EQ(f.command, "SEND");
  EXPECT_EQ(f.headers, (std::vector<stomp::header>{{"a\\cb", "x:y"}}));
  with.v = std::nullopt;
  EXPECT_EQ(one_frame(bytes("CONNECT\nlogin:a\\cb\n\n\0"), with).get("login"), "a:b");
}

// AMQ-PARSE-1, S-CLEN-4: ActiveMQ reads a content-length on the exact command only.
TEST(StompParserRules, KeepsTheBodyOfASendThatIsRecognisedByItsPrefix) {
  setup with;
  with.rules.commands = stomp::command_rule::prefix;
  with.rules.body = stomp::body_rule::drop;
  with.rules.content_length = stomp::length_rule::frames_with_body;
  EXPECT_EQ(one_frame(bytes("SENDX\n\nhi\0"), with).body, "hi");
  EXPECT_EQ(one_frame(bytes("SENDX\ncontent-length:1\n\nhi\0"), with).body, "hi");
  EXPECT_EQ(one_frame(bytes("SUBSCRIBED\n\nhi\0"), with).body, "");
}

// AMQ-PARSE-1, S-GRM-2
TEST(StompParserRules, ClassifiesCommandsExactlyOrByPrefix) {
  stomp::dialect rules = stomp::strict();
  EXPECT_EQ(stomp::classify("SEND", rules), stomp::command::send);
  EXPECT_EQ(stomp::classify("STOMP", rules), stomp::command::connect);
  EXPECT_EQ(stomp::classify("send", rules), std::nullopt);
  EXPECT_EQ(stomp::classify("SENDX", rules), std::nullopt);
  EXPECT_EQ(stomp::classify("MESSAGE", rules), std::nullopt);
  rules.commands = stomp::command_rule::prefix;
  EXPECT_EQ(stomp::classify("SENDX", rules), stomp::command::send);
  EXPECT_EQ(stomp::classify("SUB", rules), stomp::command::subscribe);
  EXPECT_EQ(stomp::classify("UNSUB", rules), stomp::command::unsubscribe);
}
