#include "ws/message_reader.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ws/wire.hpp"

using namespace ws_test;
using ws::control;
using ws::message;
using ws::opcode;
using ws::reader_options;
using ws::role;
using events = std::vector<ws::read_event>;

namespace {

const reader_options as_client{.self = role::client};

std::string odd(std::uint8_t code, std::string_view payload, ws::write_options options) {
  options.mask = key;
  std::string out;
  ws::write_frame(out, code, payload, options);
  return out;
}

}  // namespace

// RFC 6455 5.7
TEST(WsReader, ReadsTheExamples) {
  EXPECT_TRUE(read_every_way("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") ==
              (events{message{opcode::text, "Hello"}}));
  EXPECT_TRUE(read_every_way("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f", as_client) ==
              (events{message{opcode::text, "Hello"}}));
  EXPECT_TRUE(read_every_way("\x89\x05\x48\x65\x6c\x6c\x6f", as_client) ==
              (events{control{opcode::ping, "Hello"}}));
}

TEST(WsReader, ReadsMessagesOfEveryLengthForm) {
  for (std::size_t size : {0U, 1U, 125U, 126U, 300U}) {
    const std::string payload(size, 'x');
    EXPECT_TRUE(read_every_way(masked(opcode::binary, payload)) ==
                (events{message{opcode::binary, payload}}));
  }
  const std::string large(70000, 'y');
  EXPECT_TRUE(read({masked(opcode::text, large)}, {}) == (events{message{opcode::text, large}}));
}

TEST(WsReader, ReadsSeveralMessagesOfOneChunk) {
  EXPECT_EQ(read_every_way(masked(opcode::text, "a") + masked(opcode::binary, "b")).size(), 2U);
}

// W-FR-1
TEST(WsReader, FailsOnTheWrongMaskBit) {
  EXPECT_EQ(failure_code(plain(opcode::text, "a")), 1002);
  EXPECT_EQ(failure_code(masked(opcode::text, "a"), as_client), 1002);
}

// W-FR-2
TEST(WsReader, FailsOnReservedBitsAndOpcodes) {
  for (std::uint8_t rsv : std::initializer_list<std::uint8_t>{1, 2, 4}) {
    EXPECT_EQ(failure_code(odd(1, "a", {.rsv = rsv})), 1002);
    EXPECT_EQ(failure_code(odd(9, "a", {.rsv = rsv})), 1002);
  }
  for (std::uint8_t op : std::initializer_list<std::uint8_t>{3, 7, 11, 15})
    EXPECT_EQ(failure_code(odd(op, "a", {})), 1002);
}

// W-FR-2
TEST(WsReader, FailsOnWastefulLengths) {
  EXPECT_EQ(failure_code(odd(1, "a", {.form = ws::length_form::in_16_bits})), 1002);
  EXPECT_EQ(failure_code(odd(1, "a", {.form = ws::length_form::in_64_bits})), 1002);
  EXPECT_EQ(
      failure_code(odd(
          1, "a", {.form = ws::length_form::in_64_bits, .claimed_length = 0x8000000000000000ULL})),
      1002);
}

// W-FR-4
TEST(WsReader, CanTakeWastefulLengths) {
  const reader_options options{.minimal_lengths = false};
  for (const auto form : {ws::length_form::in_16_bits, ws::length_form::in_64_bits}) {
    EXPECT_TRUE(read_every_way(odd(1, "a", {.form = form}), options) ==
                (events{message{opcode::text, "a"}}));
    // A control frame stays short.
    EXPECT_EQ(failure_code(odd(9, "a", {.form = form}), options), 1002);
  }
}

TEST(WsReader, FailsOnLongOrFragmentedControlFrames) {
  EXPECT_EQ(failure_code(masked(opcode::ping, std::string(126, 'x'))), 1002);
  EXPECT_EQ(failure_code(masked(opcode::ping, "x", false)), 1002);
  EXPECT_EQ(failure_code(masked(opcode::ping, std::string(125, 'x'))), 0);
}

// W-FR-4
TEST(WsReader, HandsOverControlFramesBetweenFragments) {
  const auto input = masked(opcode::text, "He", false) + masked(opcode::ping, "p") +
                     masked(opcode::continuation, "", false) + masked(opcode::pong, "") +
                     masked(opcode::continuation, "llo");
  EXPECT_TRUE(read_every_way(input) ==
              (events{control{opcode::ping, "p"}, control{opcode::pong, ""},
                      message{opcode::text, "Hello"}}));
}

// W-FR-5
TEST(WsReader, FailsOnContinuationsOutOfPlace) {
  EXPECT_EQ(failure_code(masked(opcode::continuation, "x")), 1002);
  EXPECT_EQ(failure_code(masked(opcode::text, "a", false) + masked(opcode::text, "b")), 1002);
  EXPECT_EQ(failure_code(masked(opcode::text, "a") + masked(opcode::continuation, "b")), 1002);
}

// W-FR-5
TEST(WsReader, BoundsTheNumberOfEmptyFragments) {
  std::string input = masked(opcode::text, "", false);
  for (int i = 0; i < 3; ++i) input += masked(opcode::continuation, "", false);
  EXPECT_EQ(failure_code(input, {.max_fragments = 3}), 1008);
  EXPECT_EQ(failure_code(input, {.max_fragments = 4}), 0);
}

// W-FR-6
TEST(WsReader, ChecksUtf8OverFragments) {
  EXPECT_TRUE(read_every_way(masked(opcode::text, "\xE2\x82", false) +
                             masked(opcode::continuation, "\xAC")) ==
              (events{message{opcode::text, "\xE2\x82\xAC"}}));
  EXPECT_EQ(failure_code(masked(opcode::text, "\xE2\x82")), 1007);
  EXPECT_EQ(failure_code(masked(opcode::text, "\xED\xA0\x80")), 1007);
  EXPECT_EQ(
      failure_code(masked(opcode::text, "\xE2", false) + masked(opcode::continuation, "a", false)),
      1007);
  EXPECT_EQ(failure_code(masked(opcode::binary, "\xFF\xFE")), 0);
}

// W-FR-8, S-LIM-1
TEST(WsReader, FailsWith1009AboveItsLimitsBeforeReadingThem) {
  const reader_options small{.max_frame = 4, .max_message = 6};
  EXPECT_EQ(failure_code(masked(opcode::text, "12345"), small), 1009);
  EXPECT_EQ(failure_code(masked(opcode::text, "1234"), small), 0);
  EXPECT_EQ(failure_code(masked(opcode::text, "1234", false) + masked(opcode::continuation, "567"),
                         small),
            1009);
  const auto lie =
      odd(2, "", {.form = ws::length_form::in_64_bits, .claimed_length = 0x7FFFFFFFFFFFFFFFULL});
  EXPECT_EQ(failure_code(lie), 1009);
}

// PMD-2
TEST(WsReader, AllowsAgreedRsvBitsOnTheFirstDataFrameOnly) {
  const reader_options deflate{.allowed_rsv = 4};
  EXPECT_TRUE(read_every_way(odd(1, "\xFF", {.rsv = 4}), deflate) ==
              (events{message{opcode::text, "\xFF", 4}}));
  EXPECT_EQ(failure_code(odd(9, "", {.rsv = 4}), deflate), 1002);
  EXPECT_EQ(failure_code(masked(opcode::text, "a", false) + odd(0, "", {.rsv = 4}), deflate), 1002);
}

// W-CL-1, W-CL-2
TEST(WsReader, EndsWithACloseFrame) {
  const auto input =
      masked(opcode::close, ws::make_close(1000, "bye")) + masked(opcode::text, "ignored");
  const auto all = read_every_way(input);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0] == ws::read_event(control{opcode::close, ws::make_close(1000, "bye")}));
  EXPECT_EQ(failure_code(masked(opcode::close, "")), 0);
  EXPECT_EQ(failure_code(masked(opcode::close, "x")), 1002);
  EXPECT_EQ(failure_code(masked(opcode::close, std::string("\x03\xED", 2))), 1002);
  EXPECT_EQ(failure_code(masked(opcode::close, "\x03\xE8\xFF")), 1007);
}

// The same rules for who wants to see each frame.
TEST(WsReader, HandsOverSingleFramesWhereItIsNotToJoinThem) {
  const reader_options frames{.max_frame = 4, .max_message = 1, .max_fragments = 1, .join = false};
  EXPECT_TRUE(read_every_way(masked(opcode::text, "He", false) + masked(opcode::ping, "p") +
                                 masked(opcode::continuation, "l", false) +
                                 masked(opcode::continuation, "lo") + masked(opcode::binary, "b"),
                             frames) ==
              (events{message{opcode::text, "He", 0, false}, control{opcode::ping, "p"},
                      message{opcode::continuation, "l", 0, false},
                      message{opcode::continuation, "lo"}, message{opcode::binary, "b"}}));
  EXPECT_EQ(failure_code(masked(opcode::text, "12345"), frames), 1009);
  EXPECT_EQ(failure_code(masked(opcode::text, "a", false) + masked(opcode::text, "b"), frames),
            1002);
  EXPECT_EQ(
      failure_code(masked(opcode::text, "\xE2", false) + masked(opcode::continuation, "a"), frames),
      1007);
}

TEST(WsReader, KnowsItsBoundaries) {
  ws::message_reader reader({});
  const std::string input = masked(opcode::text, "ab", false);
  std::string_view first = std::string_view(input).substr(0, 1);
  EXPECT_TRUE(reader.at_frame_boundary());
  reader.next(first);
  EXPECT_FALSE(reader.at_frame_boundary());
  std::string_view rest = std::string_view(input).substr(1);
  reader.next(rest);
  EXPECT_TRUE(reader.at_frame_boundary());
  EXPECT_TRUE(reader.in_message());
  EXPECT_EQ(reader.buffered(), 2U);
}
