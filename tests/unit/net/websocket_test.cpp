#include "net/websocket.hpp"

#include "support.hpp"
#include "ws/writer.hpp"

namespace net {
namespace {

using std::chrono::seconds;

class WebSocket : public SimulatedTest {
 protected:
  void SetUp() override {
    auto [a, b] = sim.make_pair();
    ws::reader_options as_client;
    as_client.self = ws::role::client;
    client = std::make_unique<websocket>(sim, std::move(a), as_client, std::string());
    server = std::make_unique<websocket>(sim, std::move(b), ws::reader_options{}, std::string());
  }
  void TearDown() override {
    client.reset();
    server.reset();
    SimulatedTest::TearDown();
  }
  task<int> close(websocket& from, std::uint16_t code) {
    co_await from.close(code, "bye", seconds(2));
    co_return 0;
  }
  std::unique_ptr<websocket> client, server;
};

TEST_F(WebSocket, CarriesMessagesBothWays) {
  client->send(ws::opcode::text, "up");
  server->send(ws::opcode::binary, std::string_view("\0down", 5));
  EXPECT_EQ(run_to_end(sim, server->receive())->payload, "up");
  const auto down = run_to_end(sim, client->receive());
  EXPECT_EQ(down->payload, std::string("\0down", 5));
  EXPECT_EQ(down->op, ws::opcode::binary);
}

TEST_F(WebSocket, MasksFreshlyAsAClientAndNeverAsAServer) {
  auto [a, b] = sim.make_pair();
  ws::reader_options as_client;
  as_client.self = ws::role::client;
  websocket one(sim, std::move(a), as_client, std::string());
  one.send(ws::opcode::text, "same");
  one.send(ws::opcode::text, "same");
  std::string wire(100, '\0');
  const auto size = b->try_read(wire).size;
  ASSERT_EQ(size, 20u);
  EXPECT_EQ(wire[1] & 0x80, 0x80);
  EXPECT_NE(wire.substr(2, 4), wire.substr(12, 4));
}

TEST_F(WebSocket, AnswersPingWithItsPayload) {
  client->send_ping("are you there");
  client->send(ws::opcode::text, "x");
  EXPECT_EQ(run_to_end(sim, server->receive())->payload, "x");
  std::string wire(100, '\0');
  const auto size = client->connection().try_read(wire).size;
  std::string expected;
  ws::write_frame(expected, ws::opcode::pong, "are you there");
  EXPECT_EQ(wire.substr(0, size), expected);
}

TEST_F(WebSocket, ClosesInOrderWithCodeAndReason) {
  task_group group(sim);
  auto read = [](websocket& of, std::error_code& end) -> task<void> {
    auto got = co_await of.receive();
    end = got.error();
  };
  std::error_code end;
  group.spawn(read(*client, end));
  run_to_end(sim, close(*server, 1001));
  sim.run();
  EXPECT_EQ(end, errc::end_of_stream);
  EXPECT_EQ(client->peer_close().code, 1001);
  EXPECT_EQ(client->peer_close().reason, "bye");
  EXPECT_EQ(server->peer_close().code, 1001);
}

TEST_F(WebSocket, WaitsForAnAnswerToItsCloseOnlySoLong) {
  const auto before = sim.now();
  run_to_end(sim, close(*server, 1000));
  EXPECT_EQ(sim.now() - before, seconds(2));
}

TEST_F(WebSocket, AnswersAnEmptyCloseWithAnEmptyOne) {
  client->send_close(1005, {});
  EXPECT_EQ(run_to_end(sim, server->receive()).error(), errc::end_of_stream);
  EXPECT_EQ(server->peer_close().code, 1005);
  EXPECT_EQ(run_to_end(sim, client->receive()).error(), errc::end_of_stream);
  EXPECT_EQ(client->peer_close().code, 1005);
}

TEST_F(WebSocket, TellsAPeerWhatItBroke) {
  std::string unmasked;
  ws::write_frame(unmasked, ws::opcode::text, "not masked");
  client->connection().try_write(std::string_view(unmasked));
  EXPECT_EQ(run_to_end(sim, server->receive()).error(), errc::bad_message);
  EXPECT_EQ(run_to_end(sim, client->receive()).error(), errc::end_of_stream);
  EXPECT_EQ(client->peer_close().code, 1002);
}

TEST_F(WebSocket, SaysWhenAPeerIsGoneWithoutAClose) {
  client->connection().reset();
  EXPECT_EQ(run_to_end(sim, server->receive()).error(), errc::connection_lost);
  EXPECT_EQ(server->peer_close().code, 1006);
}

TEST_F(WebSocket, KeepsWhatDoesNotFitAndTellsWhenItIsOut) {
  bool drained = false;
  server->on_drained([&] { drained = true; });
  server->send(ws::opcode::binary, std::string(200 * 1024, 'x'));
  EXPECT_GT(server->queued(), 100u * 1024);
  EXPECT_EQ(run_to_end(sim, client->receive())->payload.size(), 200u * 1024);
  sim.run();
  EXPECT_EQ(server->queued(), 0u);
  EXPECT_TRUE(drained);
  server->on_drained({});
}

TEST(WebSocketHandshake, ChecksWhatRfc6455Asks) {
  http_request good;
  good.headers = {{"Host", "a"},
                  {"Connection", "keep-alive, Upgrade"},
                  {"Upgrade", "websocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  auto with = [&](std::string_view name, std::string_view value) {
    http_request changed;
    changed.headers = good.headers;
    changed.headers.set(name, value);
    return check_websocket_request(changed).status;
  };
  EXPECT_EQ(check_websocket_request(good).status, 0);
  EXPECT_EQ(with("Connection", "close"), 400);
  EXPECT_EQ(with("Sec-WebSocket-Key", "c2hvcnQ="), 400);
  EXPECT_EQ(with("Sec-WebSocket-Version", "8"), 426);
  EXPECT_EQ(make_websocket_response(good, "v12.stomp").headers.get("Sec-WebSocket-Accept"),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// Always has another message of 64 KiB; says when it was asked.
class endless final : public stream {
 public:
  endless() { ws::write_frame(frame_, ws::opcode::binary, std::string(60'000, 'x')); }
  transfer try_read(std::span<char> into) override {
    ++reads;
    frame_.copy(into.data(), frame_.size());
    return {frame_.size(), {}};
  }
  transfer try_write(std::span<const char> from) override { return {from.size(), {}}; }
  void wait(direction, std::function<void()>) override {}
  void cancel_wait(direction) noexcept override {}
  void shutdown_write() override {}
  void close() noexcept override {}
  void reset() noexcept override {}
  endpoint local_endpoint() const override { return {}; }
  endpoint remote_endpoint() const override { return {}; }
  std::size_t reads = 0;

 private:
  std::string frame_;
};

TEST_F(WebSocket, LetsOthersHaveTheirTurnBesideAPeerThatNeverPauses) {
  auto owned = std::make_unique<endless>();
  endless& peer = *owned;
  ws::reader_options as_client;
  as_client.self = ws::role::client;
  websocket busy(sim, std::move(owned), as_client, std::string());
  std::size_t before_the_other = 0;
  sim.post([&] { before_the_other = peer.reads; });
  auto run = [](websocket& from) -> task<int> {
    for (int i = 0; i < 1000; ++i) static_cast<void>(co_await from.receive());
    co_return 0;
  };
  run_to_end(sim, run(busy));
  EXPECT_EQ(peer.reads, 1000u);
  EXPECT_LE(before_the_other, 16u);
  EXPECT_GT(before_the_other, 0u);
}

TEST_F(WebSocket, ReadsOnBehindItsCloseSoThatTheCloseIsNotResetAway) {
  const std::string wrong("\xff\xff", 2);
  auto& raw = client->connection();
  raw.try_write(wrong + std::string(60'000, 'x'));
  auto serve = [](websocket& s) -> task<int> {
    auto message = co_await s.receive();
    EXPECT_FALSE(message);
    co_await s.close(1002, "", seconds(2));
    co_return 0;
  };
  task_group group(sim);
  auto spawned = [](task<int> t) -> task<void> { co_await t; };
  group.spawn(spawned(serve(*server)));
  sim.advance(seconds(1));
  EXPECT_EQ(group.size(), 1u) << "it did not wait for the peer's end";
  const auto answer = run_to_end(sim, client->receive());
  EXPECT_EQ(client->peer_close().code, 1002);
  raw.shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(group.size(), 0u);
}

}  // namespace
}  // namespace net
