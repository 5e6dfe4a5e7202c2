// Pieces of the wire, at every split.
#include "mockbroker/faults/wire_splitter.hpp"

#include <gmock/gmock.h>

#include "ws/close.hpp"
#include "ws/writer.hpp"

namespace mockbroker {
namespace {

using ::testing::ElementsAre;
using protocol = wire_splitter::protocol;

std::string with_nul(std::string_view text) { return std::string(text) + '\0'; }

// Summaries of all units, and the wire as the pieces put it together again.
struct seen {
  std::vector<std::string> units;
  std::string wire;
};

seen read(wire_splitter& splitter, std::string_view octets, std::size_t step) {
  seen out;
  while (!octets.empty()) {
    const auto size = std::min(step, octets.size());
    splitter.feed(octets.substr(0, size));
    octets.remove_prefix(size);
    while (auto piece = splitter.take()) {
      out.wire += piece->wire;
      for (const auto& unit : piece->units) out.units.push_back(summary_of(unit));
    }
  }
  return out;
}

constexpr std::string_view upgrade =
    "GET /stomp HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

TEST(WireSplitter, CutsAStreamIntoFramesAndBeatsAtEverySplit) {
  const std::string wire = with_nul("CONNECT\naccept-version:1.2\npasscode:secret\n\n") + "\n" +
                           with_nul("SEND\ndestination:/queue/a\n\nhi");
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    wire_splitter splitter(way::to_broker, protocol::stomp);
    const auto got = read(splitter, wire, step);
    EXPECT_THAT(got.units, ElementsAre("CONNECT accept-version=\"1.2\" passcode=***", "beat",
                                       "SEND destination=\"/queue/a\" body(2)=\"hi\""));
    EXPECT_EQ(got.wire, wire);
    EXPECT_EQ(splitter.held(), 0u);
  }
}

TEST(WireSplitter, CountsTheLineFeedBehindABrokersFrameAsPartOfIt) {
  wire_splitter splitter(way::to_client, protocol::stomp);
  const auto got = read(splitter, with_nul("CONNECTED\nversion:1.2\n\n") + "\n\n", 1000);
  EXPECT_THAT(got.units, ElementsAre("CONNECTED version=\"1.2\"", "beat"));
}

TEST(WireSplitter, FollowsAnUpgradeToFragmentedMessagesAndControlFramesAtEverySplit) {
  std::string wire(upgrade);
  ws::write_options masked;
  masked.mask = ws::mask_key{1, 2, 3, 4};
  ws::write_options first = masked;
  first.fin = false;
  ws::write_frame(wire, ws::opcode::text, "SEND\ndestination:/queue/a\n", first);
  ws::write_frame(wire, ws::opcode::continuation, with_nul("\nhi"), masked);
  ws::write_frame(wire, ws::opcode::ping, "p", masked);
  ws::write_frame(wire, ws::opcode::text, "\n", masked);
  ws::write_frame(wire, ws::opcode::close, ws::make_close(1000, "bye"), masked);
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    wire_splitter splitter(way::to_broker, protocol::http);
    const auto got = read(splitter, wire, step);
    EXPECT_THAT(got.units,
                ElementsAre("GET /stomp HTTP/1.1", "SEND destination=\"/queue/a\" body(2)=\"hi\"",
                            "ping \"p\"", "beat", "close 1000 \"bye\""));
    EXPECT_EQ(got.wire, wire);
  }
}

TEST(WireSplitter, FindsEveryFrameOfAMessageAndTheFrameThatSpansTwo) {
  std::string wire(upgrade);
  const std::string two =
      with_nul("BEGIN\ntransaction:a\n\n") + with_nul("ABORT\ntransaction:a\n\n");
  ws::write_frame(wire, ws::opcode::text, two + "SEND\ndest");
  ws::write_frame(wire, ws::opcode::text, with_nul("ination:/queue/b\n\nx"));
  wire_splitter splitter(way::to_broker, protocol::http);
  splitter.feed(wire);
  ASSERT_TRUE(splitter.take());
  const auto first = splitter.take();
  ASSERT_TRUE(first);
  ASSERT_EQ(first->units.size(), 3u);
  EXPECT_EQ(first->units[1].frame.command, "ABORT");
  EXPECT_EQ(first->units[2].text, "part of a frame");
  const auto second = splitter.take();
  ASSERT_TRUE(second);
  ASSERT_EQ(second->units.size(), 1u);
  EXPECT_TRUE(second->units[0].spans);
  EXPECT_EQ(second->units[0].frame.body, "x");
}

TEST(WireSplitter, TakesBodiesOfAnswersAndTheNextHead) {
  wire_splitter splitter(way::to_client, protocol::http);
  const auto got = read(splitter,
                        "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n"
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                        7);
  EXPECT_EQ(got.units.front(), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(got.units.back(), "HTTP/1.1 101 Switching Protocols");
  EXPECT_TRUE(splitter.is_websocket());
}

TEST(WireSplitter, SaysWhyOctetsAreNoFrame) {
  wire_splitter splitter(way::to_broker, protocol::stomp);
  splitter.feed(with_nul("SEND\ncontent-length:x\n\n"));
  const auto piece = splitter.take();
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->units[0].what, wire_unit::kind::octets);
  EXPECT_THAT(piece->units[0].text, ::testing::HasSubstr("content-length"));
}

TEST(WireSplitter, GivesUpWhatIsHeldAsOctets) {
  wire_splitter splitter(way::to_broker, protocol::stomp);
  splitter.feed("SEND\ndest");
  EXPECT_EQ(splitter.held(), 9u);
  const auto rest = splitter.give_up();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->wire, "SEND\ndest");
  EXPECT_FALSE(splitter.give_up());
}

}  // namespace
}  // namespace mockbroker
