#include "ws/writer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ws/wire.hpp"

using ws::opcode;

namespace {

std::string frame(std::uint8_t op, std::string_view payload, const ws::write_options& options) {
  std::string out;
  ws::write_frame(out, op, payload, options);
  return out;
}

}  // namespace

// RFC 6455 5.7
TEST(WsWriter, WritesTheExamples) {
  EXPECT_EQ(frame(1, "Hello", {}), "\x81\x05Hello");
  EXPECT_EQ(frame(1, "Hello", {.mask = ws::mask_key{0x37, 0xfa, 0x21, 0x3d}}),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(frame(1, "Hel", {.fin = false}), "\x01\x03Hel");
}

// W-FR-2
TEST(WsWriter, UsesTheShortestLength) {
  EXPECT_EQ(frame(2, std::string(125, 'x'), {}).size(), 127U);
  EXPECT_EQ(frame(2, std::string(126, 'x'), {}).substr(0, 4), std::string("\x82\x7E\x00\x7E", 4));
  EXPECT_EQ(frame(2, std::string(65535, 'x'), {}).size(), 65539U);
  EXPECT_EQ(frame(2, std::string(65536, 'x'), {}).substr(0, 10),
            std::string("\x82\x7F\0\0\0\0\0\1\0\0", 10));
}

TEST(WsWriter, WritesWrongFramesWhenTold) {
  EXPECT_EQ(frame(3, "", {.rsv = 7}), std::string("\xF3\x00", 2));
  EXPECT_EQ(frame(1, "a", {.form = ws::length_form::in_16_bits}), std::string("\x81\x7E\0\1a", 5));
  EXPECT_EQ(frame(9, "a", {.fin = false}),
            "\x09\x01"
            "a");
  EXPECT_EQ(frame(1, "a", {.claimed_length = 5}),
            "\x81\x05"
            "a");
}

TEST(WsWriter, WritesCloseFrames) {
  std::string out;
  ws::write_close(out, ws::close_code::going_away, "bye");
  EXPECT_EQ(out,
            "\x88\x05\x03\xE9"
            "bye");
}
