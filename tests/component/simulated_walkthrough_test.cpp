// The reference story in one process: page, tunnel, pumps, message, counters, over TLS and virtual
// time. What is true at quiescence stays true, so nothing here waits for a clock.
#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "world.hpp"

namespace component {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using stomp_client::event;
using ::testing::HasSubstr;

class Walkthrough : public ::testing::Test {
 protected:
  void SetUp() override {
    w.start_broker();
    w.start_gateway();
  }
  void TearDown() override {
    w.stop();
    w.sim.run();
    EXPECT_EQ(w.sim.outstanding(), net::simulation::left_over{});
  }
  boost::json::array streams() {
    const auto got = w.admin("/admin/rest/streams");
    return boost::json::parse(got.body).at("streams").as_array();
  }
  std::uint64_t received_bytes() { return streams().at(1).at("bytes").to_number<std::uint64_t>(); }

  world w;
};

TEST_F(Walkthrough, ShowsTwoPumpsAndCountsWhatTheBrokerWrote) {
  EXPECT_TRUE(streams().empty());
  EXPECT_EQ(w.fetch(4443, "/", {}, true).body, "<h1>page</h1>");
  auto& c = w.connect();
  EXPECT_EQ(w.next(c).what, event::kind::connected);
  w.subscribe(c, "/queue/foo");

  auto pumps = streams();
  ASSERT_EQ(pumps.size(), 2u);
  EXPECT_THAT(std::string(pumps[0].at("name").as_string()),
              testing::MatchesRegex("websocket /127.0.0.1:[0-9]+ -> localhost/127.0.0.1:61614"));
  EXPECT_THAT(std::string(pumps[1].at("name").as_string()),
              testing::MatchesRegex("websocket /127.0.0.1:[0-9]+ <- localhost/127.0.0.1:61614"));
  EXPECT_EQ(pumps[0].at("proxy").as_string(), "0.0.0.0:4443");

  const auto before = received_bytes();
  const auto written = w.broker->broker().connections().front().bytes_out;
  w.broker->broker().publish("/queue/foo", "hello", {}, w.sim.now());
  const auto e = w.next(c);
  EXPECT_EQ(e.frame.body, "hello");
  const auto frame = w.broker->broker().connections().front().bytes_out - written;
  EXPECT_EQ(received_bytes() - before, frame + (frame < 126 ? 2 : 4));
}

TEST_F(Walkthrough, RedirectsTheConsoleAndShowsBothTabs) {
  EXPECT_EQ(w.fetch(9000, "/").status, 401);
  const auto root = w.admin("/");
  EXPECT_EQ(root.status, 307);
  EXPECT_EQ(root.headers.get("Location"), "/admin");
  EXPECT_THAT(w.admin("/admin").body, HasSubstr("ServiceProxies"));
  const auto page = w.admin("/admin/streams");
  for (const auto* header :
       {"Name", "Service Proxy", "Creation Time", "Active Time", "Transferred Bytes"}) {
    EXPECT_THAT(page.body, HasSubstr("<th>" + std::string(header) + "</th>"));
  }
}

TEST_F(Walkthrough, UnlistsThePumpsWhenThePageCloses) {
  auto& c = w.connect();
  EXPECT_EQ(w.next(c).what, event::kind::connected);
  EXPECT_EQ(streams().size(), 2u);
  auto end = [](stomp_client::client& of) -> net::task<int> {
    co_await of.disconnect(seconds(5));
    co_return 0;
  };
  w.run(end(c));
  w.clients.clear();
  w.sim.run_until([&] { return w.gateway->tunnels() == 0; });
  EXPECT_TRUE(streams().empty());
  EXPECT_EQ(w.gateway->count("tunnel-closed"), 1u);
}

TEST_F(Walkthrough, AnHourOfHeartBeatsCostsLessThanASecond) {
  stomp_client::options o;
  o.stomp.beats = {stomp::milliseconds(10000), stomp::milliseconds(10000)};
  auto& c = w.connect("wss://localhost:4443/", o);
  EXPECT_EQ(w.next(c).what, event::kind::connected);
  w.subscribe(c, "/queue/foo");
  const std::clock_t before = std::clock();
  w.sim.advance(hours(1));
  EXPECT_LT(double(std::clock() - before) / CLOCKS_PER_SEC, 1.0);
  w.broker->broker().publish("/queue/foo", "still here", {}, w.sim.now());
  EXPECT_EQ(w.next(c).frame.body, "still here");
}

TEST_F(Walkthrough, BrokerLostBetweenFramesIsClose1011) {
  auto& c = w.connect();
  EXPECT_EQ(w.next(c).what, event::kind::connected);
  w.stop_broker();
  const auto e = w.next(c);
  EXPECT_EQ(e.what, event::kind::closed);
  EXPECT_EQ(e.close_code, 1011);
  EXPECT_THAT(e.reason, HasSubstr("upstream connection lost"));
  EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->tunnels() == 0; }));
  EXPECT_TRUE(streams().empty());
  EXPECT_EQ(w.gateway->count("tunnel-upstream-lost"), 1u);

  w.start_broker();
  auto& again = w.connect();
  EXPECT_EQ(w.next(again).what, event::kind::connected);
}

// A broker that answers the handshake, writes the start of a frame and dies.
net::task<void> half_a_frame(net::listener& from) {
  auto accepted = co_await from.accept();
  std::string into(4096, '\0');
  static_cast<void>(co_await net::read_some(**accepted, into));
  const auto at = into.find("Sec-WebSocket-Key: ") + 19;
  const std::string accept = crypto::websocket_accept(into.substr(at, 24));
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
      accept + "\r\n\r\n\x81\x7e\x04";
  co_await net::write_all(**accepted, answer);
  (*accepted)->shutdown_write();
  static_cast<void>(co_await net::read_some(**accepted, into));
}

TEST_F(Walkthrough, BrokerLostInMidFrameIsAnAbnormalClosure) {
  w.stop_broker();
  auto listener = std::move(*w.sim.listen({"", 61614}));
  net::task_group script(w.sim);
  script.spawn(half_a_frame(*listener));
  auto& c = w.connect();
  const auto e = w.next(c);
  EXPECT_EQ(e.what, event::kind::closed);
  EXPECT_EQ(e.close_code, 1006);
  EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->tunnels() == 0; }));
  EXPECT_EQ(w.gateway->count("tunnel-upstream-lost-in-mid-frame"), 1u);
}

TEST_F(Walkthrough, BrokerDownIsAProblemDocument) {
  w.stop_broker();
  const auto got = w.fetch(4443, "/",
                           {{"Connection", "Upgrade"},
                            {"Upgrade", "websocket"},
                            {"Sec-WebSocket-Version", "13"},
                            {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}},
                           true);
  EXPECT_EQ(got.status, 502);
  EXPECT_EQ(got.headers.get("Content-Type"), "application/problem+json");
  EXPECT_THAT(got.body, HasSubstr("http://localhost:61614/"));
}

TEST_F(Walkthrough, AnUpgradeWithoutTheElementIsForbidden) {
  for (const std::uint16_t port : {std::uint16_t{9001}, std::uint16_t{4444}}) {
    const auto got = w.fetch(port, "/", {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}});
    EXPECT_EQ(got.status, 403) << port;
  }
}

TEST_F(Walkthrough, AnUnknownHostPathOrPortAnswersAProblem) {
  EXPECT_EQ(w.fetch(4444, "/nothing").status, 404);
  EXPECT_EQ(w.fetch(4444, "/membrane.p12").status, 404);
  EXPECT_EQ(w.fetch(9002, "/").status, 500);
}

TEST_F(Walkthrough, DrainTellsEveryTunnelThatWeGoAway) {
  auto& c = w.connect();
  EXPECT_EQ(w.next(c).what, event::kind::connected);
  auto drain = [](gateway::worker& of) -> net::task<int> {
    co_await of.drain(seconds(30));
    co_return 0;
  };
  w.run(drain(*w.gateway));
  const auto e = w.next(c);
  EXPECT_EQ(e.close_code, 1001);
  EXPECT_EQ(w.gateway->connections(), 0u);
}

// The whole story as one task: what is destroyed in the middle of it must leave nothing.
net::task<void> story(world& w, std::shared_ptr<const net::tls_context> trust, bool& told) {
  stomp_client::options o;
  o.tls = std::move(trust);
  std::string why;
  const auto to = std::get<stomp_client::url>(stomp_client::parse_url("wss://localhost:4443/"));
  auto made = co_await stomp_client::client::connect(w.sim, to, std::move(o), why);
  if (!made) co_return;
  auto& c = **made;
  co_await c.next();
  auto sub = c.session().subscribe("/queue/foo", stomp::ack_mode::automatic, {},
                                   stomp::want_receipt::yes, w.sim.now());
  co_await c.wait_receipt(sub.receipt_id);
  static_cast<void>(
      c.session().send("/queue/foo", "hello", {}, stomp::want_receipt::no, w.sim.now()));
  co_await c.next();
  co_await c.disconnect(seconds(5));
  told = true;
}

TEST(Cancellation, TheStoryLeavesNothingWhenItIsCutOffAtAnyStep) {
  // A stride that is prime to the story's rhythm keeps the test short and still reaches every part.
  bool told = false;
  for (std::size_t steps = 0; !told; steps += 5) {
    world w;
    w.start_broker();
    w.start_gateway();
    {
      net::task_group group(w.sim);
      group.spawn(story(w, w.folder.trust(), told));
      for (std::size_t i = 0; i < steps && group.size() > 0; ++i) w.sim.step();
      // Who is destroyed first must not matter.
      if (steps % 3 == 0) w.gateway.reset();
      if (steps % 3 == 1) w.broker.reset();
    }
    w.stop();
    w.sim.run();
    ASSERT_EQ(w.sim.outstanding(), net::simulation::left_over{}) << "after " << steps << " steps";
  }
}

class Limits : public Walkthrough {
 protected:
  // Sends octets and reads until the end; answers what came.
  std::string talk(std::uint16_t port, std::string octets) {
    auto call = [](net::simulation& s, std::uint16_t to,
                   std::string out) -> net::task<std::string> {
      auto connection = co_await s.connect("localhost", to);
      co_await net::write_all(**connection, out);
      std::string all;
      std::string into(65536, '\0');
      while (true) {
        auto got = co_await net::read_some(**connection, into);
        if (!got) co_return all;
        all.append(into.data(), *got);
      }
    };
    return w.run(call(w.sim, port, std::move(octets)));
  }
};

TEST_F(Limits, EachBreachOfAHeadHasItsStatusAndCounter) {
  const std::string host = "Host: a\r\n";
  const std::pair<std::string, int> rows[] = {
      {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n" + host + "\r\n", 414},
      {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(9000, 'x') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"NONSENSE\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
  };
  for (const auto& [octets, status] : rows) {
    const auto before = w.gateway->count("refused-" + std::to_string(status));
    EXPECT_THAT(talk(4444, octets), testing::StartsWith("HTTP/1.1 " + std::to_string(status)));
    EXPECT_EQ(w.gateway->count("refused-" + std::to_string(status)), before + 1);
  }
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 120; ++i) many += "A: b\r\n";
  EXPECT_THAT(talk(4444, many + "\r\n"), testing::StartsWith("HTTP/1.1 431"));
}

TEST_F(Limits, AHeadThatDoesNotArriveInTenSecondsIsATimeout) {
  const auto before = w.sim.now();
  EXPECT_THAT(talk(4444, "GET / HTTP/1.1\r\nHo"), testing::StartsWith("HTTP/1.1 408"));
  EXPECT_GE(w.sim.now() - before, seconds(10));
  EXPECT_LT(w.sim.now() - before, seconds(12));
  EXPECT_EQ(w.gateway->count("refused-408"), 1u);
}

TEST_F(Limits, AnIdleConnectionEndsAfterThirtySeconds) {
  const auto before = w.sim.now();
  EXPECT_EQ(talk(4444, ""), "");
  EXPECT_GE(w.sim.now() - before, seconds(30));
  EXPECT_LT(w.sim.now() - before, seconds(32));
}

TEST_F(Limits, ATlsHandshakeThatStallsEndsAfterTenSeconds) {
  const auto before = w.sim.now();
  EXPECT_EQ(talk(4443, "\x16\x03\x01"), "");
  EXPECT_GE(w.sim.now() - before, seconds(10));
  EXPECT_EQ(w.gateway->count("tls-timeout"), 1u);
}

TEST_F(Limits, AnUpstreamThatNeverAnswersTheHandshakeIsAGatewayTimeout) {
  w.stop_broker();
  auto silent = std::move(*w.sim.listen({"", 61614}));
  const auto before = w.sim.now();
  const auto got = w.fetch(9002, "/",
                           {{"Connection", "Upgrade"},
                            {"Upgrade", "websocket"},
                            {"Sec-WebSocket-Version", "13"},
                            {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  EXPECT_EQ(got.status, 504);
  EXPECT_GE(w.sim.now() - before, seconds(10));
}

TEST(ConnectionLimit, AnswersServiceUnavailable) {
  world w;
  gateway::application_options o;
  o.worker.max_connections = 1;
  w.start_gateway(o);
  auto held = w.run(w.sim.connect("localhost", 4444));
  ASSERT_TRUE(w.sim.run_until([&] { return w.gateway->connections() == 1; }));
  EXPECT_EQ(w.fetch(4444, "/").status, 503);
  EXPECT_EQ(w.gateway->count("connection-refused-limit"), 1u);
}

// One run of the story; the trace has virtual times, order, directions and decoded lengths, but no
// mask keys and no ciphertext (taps are above TLS).
std::string trace_of(std::uint64_t seed) {
  net::simulation::options how;
  how.seed = seed;
  how.short_transfers = true;
  how.latency = std::chrono::milliseconds(3);
  world w(how);
  std::string trace;
  w.sim.set_tap([&](const net::tap_event& e) {
    trace += std::to_string(e.at.time_since_epoch().count()) + " " + std::to_string(e.connection) +
             (e.leg == net::leg::client ? " client " : " upstream ") +
             (e.from == net::direction::read ? "in " : "out ") + std::to_string(e.bytes.size()) +
             "\n";
  });
  w.start_broker();
  w.start_gateway();
  stomp_client::options o;
  o.stomp.beats = {stomp::milliseconds(10000), stomp::milliseconds(10000)};
  auto& c = w.connect("wss://localhost:4443/", o);
  w.next(c);
  w.subscribe(c, "/queue/foo");
  for (int i = 0; i < 20; ++i) {
    w.broker->broker().publish("/queue/foo", std::string(std::size_t(i) * 700, 'x'), {},
                               w.sim.now());
    const auto e = w.next(c);
    trace += e.frame.command + " " + std::string(e.frame.get_or("message-id", "")) + " " +
             std::string(e.frame.get_or("timestamp", "")) + " " +
             std::to_string(e.frame.body.size()) + "\n";
  }
  w.sim.advance(std::chrono::minutes(5));
  w.sim.set_tap({});
  return trace;
}

TEST(Determinism, TheSameSeedGivesTheSameTraceTwiceInOneProcess) {
  const std::string first = trace_of(7);
  EXPECT_GT(std::count(first.begin(), first.end(), '\n'), 100);
  EXPECT_EQ(first, trace_of(7));
  EXPECT_NE(first, trace_of(8));
}

// Runs this binary again with one filter; answers the digest that it prints.
std::string digest_of_a_new_process() {
  char self[4096];
  const auto size = ::readlink("/proc/self/exe", self, sizeof self - 1);
  if (size <= 0) return "no path to this program";
  const std::string command = std::string(self, std::size_t(size)) +
                              " --gtest_filter=Determinism.PrintsItsDigest 2>/dev/null";
  std::FILE* out = ::popen(("PUMPHOUSE_TRACE=7 " + command).c_str(), "r");
  if (!out) return "cannot start";
  std::string text;
  char piece[512];
  while (std::fgets(piece, sizeof piece, out)) text += piece;
  ::pclose(out);
  const auto at = text.find("digest ");
  return at == std::string::npos ? text : text.substr(at + 7, 64);
}

TEST(Determinism, PrintsItsDigest) {
  const char* seed = std::getenv("PUMPHOUSE_TRACE");
  const std::uint64_t number = seed ? std::strtoull(seed, nullptr, 10) : 7;
  const std::string digest = crypto::hex(crypto::sha256(trace_of(number)));
  EXPECT_EQ(digest.size(), 64u);
  std::printf("digest %s\n", digest.c_str());
}

TEST(Determinism, TheSameSeedGivesTheSameTraceInTwoProcesses) {
  EXPECT_EQ(digest_of_a_new_process(), crypto::hex(crypto::sha256(trace_of(7))));
}

}  // namespace
}  // namespace component
