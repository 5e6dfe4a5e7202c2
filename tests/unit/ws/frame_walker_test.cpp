#include "ws/frame_walker.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ws/wire.hpp"

using namespace ws_test;
using ws::frame_walker;
using ws::opcode;

namespace {

constexpr auto up = frame_walker::flow::client_to_server;
constexpr auto down = frame_walker::flow::server_to_client;

}  // namespace

// W-FR-3
TEST(WsWalker, FindsEveryBoundaryOctetByOctet) {
  const std::string first = masked(opcode::text, std::string(200, 'x'));
  const std::string input = first + masked(opcode::ping, "");
  frame_walker walker(up);
  for (std::size_t i = 0; i < input.size(); ++i) {
    EXPECT_EQ(walker.at_boundary(), i == 0 || i == first.size()) << i;
    walker.feed(std::string_view(input).substr(i, 1));
  }
  EXPECT_TRUE(walker.at_boundary());
  EXPECT_EQ(walker.frames(), 2U);
  EXPECT_EQ(walker.last_opcode(), opcode::ping);
}

TEST(WsWalker, GivesTheSameAnswerForEveryCut) {
  const std::string input = plain(opcode::binary, std::string(300, 'x')) + plain(opcode::close, "");
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    frame_walker walker(down);
    walker.feed(std::string_view(input).substr(0, cut));
    walker.feed(std::string_view(input).substr(cut));
    EXPECT_TRUE(walker.closed()) << cut;
  }
}

TEST(WsWalker, TellsACloseHeaderFromAWholeClose) {
  const std::string input = plain(opcode::close, ws::make_close(1001, "x"));
  frame_walker walker(down);
  walker.feed(std::string_view(input).substr(0, 2));
  EXPECT_TRUE(walker.close_seen());
  EXPECT_FALSE(walker.closed());
  walker.feed(std::string_view(input).substr(2));
  EXPECT_TRUE(walker.closed());
}

TEST(WsWalker, AcceptsExtensionBits) {
  frame_walker walker(down);
  std::string out;
  ws::write_frame(out, 1, "abc", {.rsv = 4});
  walker.feed(out);
  EXPECT_FALSE(walker.opaque());
  EXPECT_TRUE(walker.at_boundary());
}

// G-1: what is not RFC 6455 is tunnelled opaquely
TEST(WsWalker, GivesUpOnStreamsThatAreNotWebSocket) {
  frame_walker text(up);
  text.feed("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(text.opaque());
  EXPECT_FALSE(text.at_boundary());
  frame_walker unmasked(up);
  unmasked.feed(plain(opcode::text, "a"));
  EXPECT_TRUE(unmasked.opaque());
  EXPECT_EQ(unmasked.fault(), ws::header_fault::none);
  frame_walker reserved(down);
  reserved.feed(std::string("\x83\x00", 2));
  EXPECT_TRUE(reserved.opaque());
  EXPECT_EQ(reserved.fault(), ws::header_fault::reserved_opcode);
}

TEST(WsWalker, SkipsHugeFramesWithoutKeepingThem) {
  std::string out;
  ws::write_frame(out, 2, "",
                  {.form = ws::length_form::in_64_bits, .claimed_length = std::uint64_t{1} << 40U});
  frame_walker walker(down);
  walker.feed(out);
  walker.feed(std::string(100000, 'x'));
  EXPECT_FALSE(walker.at_boundary());
  EXPECT_FALSE(walker.opaque());
}
