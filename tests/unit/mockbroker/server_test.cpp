// The broker's shell on a simulated network: transports, limits, ends.
#include "mockbroker/app/server.hpp"

#include "simulated.hpp"

namespace mockbroker {
namespace {

using kind = stomp_client::event::kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Server : public simulated_broker {};

stomp_client::options beating(int milliseconds) {
  stomp_client::options o;
  o.stomp.beats = {stomp::milliseconds(milliseconds), stomp::milliseconds(milliseconds)};
  return o;
}

TEST_F(Server, DeliversFromTcpToWebSocket) {
  start();
  auto& reader = connected("ws://localhost:61614/");
  subscribe(reader, "/queue/foo");
  auto& writer = connected("stomp://localhost:61613");
  send(writer, "/queue/foo", "hello");
  const auto e = next(reader);
  EXPECT_EQ(e.frame.command, "MESSAGE");
  EXPECT_EQ(e.frame.body, "hello");
}

TEST_F(Server, DeliversABodyThatIsNotUtf8AsItIs) {
  start();
  auto& c = connected("ws://localhost:61614/");
  subscribe(c, "/queue/foo");
  const std::string body("\xff\xfe\0\n", 4);
  send(c, "/queue/foo", body);
  EXPECT_EQ(next(c).frame.body, body);
}

TEST_F(Server, AgreesOnTheBestSubprotocolOffered) {
  start();
  const auto got = fetch(ws_port, "GET", "/",
                         {{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                          {"Sec-WebSocket-Protocol", "v10.stomp, v11.stomp"}});
  EXPECT_EQ(got.status, 101);
  EXPECT_EQ(got.headers.get("Sec-WebSocket-Protocol"), "v11.stomp");
  EXPECT_EQ(got.headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_F(Server, AnswersNoSubprotocolWhenNoneWasOffered) {
  start();
  const auto got = fetch(ws_port, "GET", "/",
                         {{"Connection", "keep-alive, Upgrade"},
                          {"Upgrade", "WebSocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  EXPECT_EQ(got.status, 101);
  EXPECT_FALSE(got.headers.contains("Sec-WebSocket-Protocol"));
}

TEST_F(Server, RefusesWhatIsNoHandshake) {
  start();
  EXPECT_EQ(fetch(ws_port, "GET", "/").status, 426);
  EXPECT_EQ(fetch(ws_port, "GET", "/",
                  {{"Connection", "Upgrade"},
                   {"Upgrade", "websocket"},
                   {"Sec-WebSocket-Version", "13"},
                   {"Sec-WebSocket-Key", "short"}})
                .status,
            400);
  const auto old = fetch(ws_port, "GET", "/",
                         {{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Version", "8"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  EXPECT_EQ(old.status, 426);
  EXPECT_EQ(old.headers.get("Sec-WebSocket-Version"), "13");
}

TEST_F(Server, ShowsTheErrorBeforeItEndsAConnection) {
  start();
  for (const auto* url : {"stomp://localhost:61613", "ws://localhost:61614/"}) {
    auto& c = connected(url);
    c.send_raw(std::string("NONSENSE\n\n\0", 11), stomp::payload::text);
    EXPECT_EQ(next(c).what, kind::error) << url;
    EXPECT_EQ(next(c).what, kind::closed) << url;
  }
}

TEST_F(Server, EndsAConnectionThatNeverConnects) {
  start();
  auto idle = [](net::simulation& world, std::uint16_t port) -> net::task<net::errc> {
    auto connection = co_await world.connect("localhost", port);
    std::string into(1000, '\0');
    while (true) {
      auto got = co_await net::read_some(**connection, into);
      if (!got) co_return static_cast<net::errc>(got.error().value());
    }
  };
  const auto before = sim.now();
  EXPECT_EQ(run_to_end(sim, idle(sim, stomp_port)), net::errc::end_of_stream);
  EXPECT_GE(sim.now() - before, seconds(30));
  EXPECT_LT(sim.now() - before, seconds(40));
}

TEST_F(Server, KeepsAnHourOfHeartBeats) {
  start();
  auto& c = connected("ws://localhost:61614/", beating(10000));
  subscribe(c, "/queue/foo");
  sim.advance(hours(1));
  EXPECT_EQ(shell->connections(), 1u);
  send(c, "/queue/foo", "still here");
  EXPECT_EQ(next(c).frame.body, "still here");
}

TEST_F(Server, EndsAClientThatStopsBeating) {
  start();
  auto silent = [](net::simulation& world, std::uint16_t port) -> net::task<std::string> {
    auto connection = co_await world.connect("localhost", port);
    std::string connect = "CONNECT\naccept-version:1.2\nhost:x\nheart-beat:1000,1000\n\n";
    connect += '\0';
    co_await net::write_all(**connection, connect);
    std::string all;
    std::string into(1000, '\0');
    while (true) {
      auto got = co_await net::read_some(**connection, into);
      if (!got) co_return all;
      all.append(into.data(), *got);
    }
  };
  const std::string seen = run_to_end(sim, silent(sim, stomp_port));
  EXPECT_NE(seen.find("CONNECTED"), std::string::npos);
  EXPECT_LT(sim.now().time_since_epoch(), seconds(60));
}

TEST_F(Server, RedeliversWhenAClientDies) {
  start();
  auto& first = connected("ws://localhost:61614/");
  subscribe(first, "/queue/foo", stomp::ack_mode::client);
  auto& writer = connected("stomp://localhost:61613");
  send(writer, "/queue/foo", "again");
  EXPECT_EQ(next(first).frame.body, "again");
  clients.erase(clients.begin());
  auto& second = connected("ws://localhost:61614/");
  subscribe(second, "/queue/foo");
  const auto e = next(second);
  EXPECT_EQ(e.frame.body, "again");
  EXPECT_EQ(e.frame.get("redelivered"), "true");
}

TEST_F(Server, HoldsBackMessagesForAClientThatDoesNotRead) {
  start();
  auto stuck = [](net::simulation& world,
                  std::uint16_t port) -> net::task<std::unique_ptr<net::stream>> {
    auto connection = co_await world.connect("localhost", port);
    std::string frames = "CONNECT\naccept-version:1.2\nhost:x\n\n";
    frames += '\0';
    frames += "SUBSCRIBE\nid:1\ndestination:/topic/t\n\n";
    frames += '\0';
    co_await net::write_all(**connection, frames);
    co_return std::move(*connection);
  };
  auto connection = run_to_end(sim, stuck(sim, stomp_port));
  ASSERT_TRUE(sim.run_until([&] {
    const auto all = shell->broker().connections();
    return !all.empty() && all.front().subscriptions.size() == 1;
  }));
  const std::string body(100 * 1024, 'x');
  for (int i = 0; i < 50; ++i) shell->broker().publish("/topic/t", body, {}, sim.now());
  const auto written = shell->broker().connections().front().bytes_out;
  // One frame past the limit of the output queue, and what the pipe holds.
  EXPECT_LT(written, 1024 * 1024 + 64 * 1024 + 2 * body.size());
}

TEST_F(Server, EndsEveryoneWhenItStops) {
  start();
  auto& web = connected("ws://localhost:61614/");
  auto& plain = connected("stomp://localhost:61613");
  auto stop = [](server& s) -> net::task<int> {
    co_await s.stop(seconds(3));
    co_return 0;
  };
  run_to_end(sim, stop(*shell));
  const auto e = next(web);
  EXPECT_EQ(e.what, kind::closed);
  EXPECT_EQ(e.close_code, 1001);
  EXPECT_EQ(next(plain).what, kind::closed);
}

}  // namespace
}  // namespace mockbroker
