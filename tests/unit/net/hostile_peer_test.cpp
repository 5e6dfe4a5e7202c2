// Peers that mean no good: they cost neither memory nor time without bound.
#include <gmock/gmock.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "harness/cpp/simulated.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/websocket.hpp"
#include "ws/writer.hpp"

namespace net {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HostilePeer : public ::testing::Test {
 protected:
  void SetUp() override { std::tie(near, far) = sim.make_pair(); }
  void TearDown() override {
    near.reset();
    far.reset();
    harness::expect_nothing_left(sim);
  }
  simulation sim;
  std::unique_ptr<stream> near, far;
};

// --- WebSocket ---

TEST_F(HostilePeer, AFloodOfPingsThatReadsNothingDoesNotGrowMemory) {
  websocket server(sim, std::move(far), ws::reader_options{}, "");
  task_group group(sim);
  auto receive = [](websocket& w) -> task<void> { static_cast<void>(co_await w.receive()); };
  group.spawn(receive(server));
  std::string ping;
  ws::write_options o;
  o.mask = ws::mask_key{1, 2, 3, 4};
  ws::write_frame(ping, ws::opcode::ping, std::string(125, 'p'), o);
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    near->try_write(ping);
    if (i % 50 == 0) sim.run();
    most = std::max(most, server.queued());
  }
  EXPECT_LE(most, 256u * 1024);
}

TEST_F(HostilePeer, PingsAreAnsweredAgainOnceThePeerReads) {
  websocket server(sim, std::move(far), ws::reader_options{}, "");
  task_group group(sim);
  auto receive = [](websocket& w) -> task<void> { static_cast<void>(co_await w.receive()); };
  group.spawn(receive(server));
  ws::write_options o;
  o.mask = ws::mask_key{1, 2, 3, 4};
  std::string ping;
  ws::write_frame(ping, ws::opcode::ping, std::string(125, 'p'), o);
  for (int i = 0; i < 5'000; ++i) {
    near->try_write(ping);
    if (i % 50 == 0) sim.run();
  }
  std::string into(64 * 1024, '\0');
  while (near->try_read(into).size > 0) sim.run();
  std::string last;
  ws::write_frame(last, ws::opcode::ping, "are you there", o);
  ASSERT_EQ(near->try_write(last).size, last.size());
  sim.run();
  const auto got = near->try_read(into);
  EXPECT_THAT(into.substr(0, got.size), HasSubstr("are you there"));
}

TEST_F(HostilePeer, AMessageBeyondTheLimitIsClosedWith1009BeforeItIsThere) {
  ws::reader_options small;
  small.max_frame = small.max_message = 1000;
  websocket server(sim, std::move(far), small, "");
  std::string frame;
  ws::write_options o;
  o.mask = ws::mask_key{1, 2, 3, 4};
  o.claimed_length = 1ULL << 40;
  o.form = ws::length_form::in_64_bits;
  ws::write_frame(frame, ws::opcode::binary, "", o);
  near->try_write(frame);
  EXPECT_EQ(harness::run(sim, server.receive()).error(), errc::bad_message);
  char into[64];
  const auto got = near->try_read(into);
  ASSERT_GE(got.size, 4u);
  EXPECT_EQ(std::string_view(into + 2, 2), "\x03\xf1");
}

TEST_F(HostilePeer, AWebSocketThatDiesWhileItsDrainIsAbandonedIsNotTouched) {
  auto server = std::make_unique<websocket>(sim, std::move(far), ws::reader_options{}, "");
  server->send(ws::opcode::binary, std::string(200'000, 'x'));
  EXPECT_GT(server->queued(), 0u);
  {
    task_group group(sim);
    auto drain = [](websocket& w) -> task<void> { co_await w.drain(); };
    group.spawn(drain(*server));
  }
  std::string into(64 * 1024, '\0');
  while (near->try_read(into).size > 0) sim.run();
  EXPECT_EQ(server->queued(), 0u);
  server.reset();
}

// --- HTTP server ---

class big_page final : public http_service {
 public:
  task<http_response> handle(http_request& request) override {
    ++handled;
    if (request.target == "/big") {
      co_return make_response(200, "text/plain", std::string(500'000, 'b'));
    }
    co_return make_response(200, "text/plain", "small");
  }
  http_response refuse(const http_error& error) override {
    return make_response(error.status, "text/plain", error.detail);
  }
  int handled = 0;
};

task<void> serve(simulation& sim, std::unique_ptr<stream> connection, big_page& service,
                 std::optional<serve_end>& end) {
  end = co_await serve_http(sim, std::move(connection), service, {});
}

TEST_F(HostilePeer, AReaderThatStandsStillEndsAStalledResponse) {
  big_page service;
  std::optional<serve_end> end;
  task_group group(sim);
  group.spawn(serve(sim, std::move(far), service, end));
  near->try_write(std::string("GET /big HTTP/1.1\r\nHost: x\r\n\r\n"));
  sim.run();
  EXPECT_EQ(end, serve_end::stalled);
  EXPECT_EQ(sim.now(), time_point{} + seconds(30));
}

TEST_F(HostilePeer, AHeadThatDripsIsTimedOutTenSecondsAfterItsFirstOctet) {
  big_page service;
  std::optional<serve_end> end;
  task_group group(sim);
  group.spawn(serve(sim, std::move(far), service, end));
  sim.advance(seconds(5));
  for (int i = 0; i < 30 && !end; ++i) {
    near->try_write(std::string(1, "GET / HTTP/1.1\r\nHost: xxxxxxxxxxxxxxxxx"[i]));
    sim.advance(seconds(1));
  }
  sim.advance(seconds(2));
  EXPECT_EQ(end, serve_end::head_timeout);
  EXPECT_LE(sim.now(), time_point{} + seconds(20));
  EXPECT_THAT(harness::run(sim, harness::read_to_end(*near)), StartsWith("HTTP/1.1 408"));
}

TEST_F(HostilePeer, ASingleOctetIsTheBeginningOfAHead) {
  big_page service;
  std::optional<serve_end> end;
  task_group group(sim);
  group.spawn(serve(sim, std::move(far), service, end));
  near->try_write(std::string("G"));
  sim.advance(seconds(12));
  EXPECT_EQ(end, serve_end::head_timeout);
}

TEST_F(HostilePeer, AnHttp10ClientThatWantsToStayIsToldThatItMay) {
  big_page service;
  std::optional<serve_end> end;
  task_group group(sim);
  group.spawn(serve(sim, std::move(far), service, end));
  near->try_write(std::string("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  sim.advance(seconds(1));
  std::string into(4096, '\0');
  const auto first = near->try_read(into);
  EXPECT_THAT(into.substr(0, first.size), HasSubstr("Connection: keep-alive\r\n"));
  near->try_write(std::string("GET / HTTP/1.0\r\n\r\n"));
  sim.advance(seconds(1));
  const auto second = near->try_read(into);
  EXPECT_THAT(into.substr(0, second.size), HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(service.handled, 2);
}

TEST(IdleConnections, OwnNoReadBuffer) {
  constexpr std::size_t count = 500;
  simulation sim;
  big_page service;
  {
    std::vector<std::unique_ptr<stream>> clients;
    std::vector<std::optional<serve_end>> ends(count);
    task_group group(sim);
    std::vector<std::unique_ptr<stream>> servers;
    for (std::size_t i = 0; i < count; ++i) {
      auto [a, b] = sim.make_pair();
      clients.push_back(std::move(a));
      servers.push_back(std::move(b));
    }
    const auto before = ::mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) {
      group.spawn(serve(sim, std::move(servers[i]), service, ends[i]));
      clients[i]->try_write(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    sim.advance(seconds(1));
    EXPECT_EQ(service.handled, int(count));
    // Clients have not read; what they got counts as well, some 200 octets.
    EXPECT_LT((::mallinfo2().uordblks - before) / count, 8u * 1024);
  }
  harness::expect_nothing_left(sim);
}

// --- HTTP client ---

task<errc> call(simulation& sim, std::unique_ptr<stream> connection) {
  http_request request;
  request.headers.add("Host", "x");
  http_client_options options;
  options.head_time = options.transfer_time = seconds(10);
  auto answer = co_await http_call(sim, std::move(connection), request, options);
  if (!answer) co_return errc(answer.error().value());
  auto body = co_await read_all(answer->response.body.get(), 100'000);
  co_return body ? errc(0) : errc(body.error().value());
}

TEST_F(HostilePeer, AServerThatSendsInterimAnswersForEverIsTimedOut) {
  task_group group(sim);
  auto script = [](simulation& s, stream& to) -> task<void> {
    while (true) {
      if (co_await write_all(to, "HTTP/1.1 100 Continue\r\n\r\n")) co_return;
      co_await wait_until(s, s.now() + seconds(1));
    }
  };
  group.spawn(script(sim, *far));
  EXPECT_EQ(harness::run(sim, call(sim, std::move(near))), errc::timed_out);
  EXPECT_LE(sim.now(), time_point{} + seconds(11));
}

TEST_F(HostilePeer, AServerThatSendsAHeadForEverIsRefused) {
  task_group group(sim);
  auto script = [](stream& to) -> task<void> {
    co_await write_all(to, "HTTP/1.1 200 OK\r\n");
    while (!co_await write_all(to, "A: b\r\n")) {
    }
  };
  group.spawn(script(*far));
  EXPECT_EQ(harness::run(sim, call(sim, std::move(near))), errc::bad_message);
}

TEST_F(HostilePeer, ABodyThatNeverEndsIsTooLarge) {
  task_group group(sim);
  auto script = [](stream& to) -> task<void> {
    co_await write_all(to, "HTTP/1.1 200 OK\r\n\r\n");
    while (!co_await write_all(to, std::string(1000, 'x'))) {
    }
  };
  group.spawn(script(*far));
  EXPECT_EQ(harness::run(sim, call(sim, std::move(near))), errc::too_large);
}

TEST_F(HostilePeer, ABodyThatStopsIsTimedOut) {
  far->try_write(std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  EXPECT_EQ(harness::run(sim, call(sim, std::move(near))), errc::timed_out);
}

TEST_F(HostilePeer, ADifferentHttpIsABadMessage) {
  far->try_write(std::string("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"));
  EXPECT_EQ(harness::run(sim, call(sim, std::move(near))), errc::bad_message);
}

}  // namespace
}  // namespace net
