// Connections to targets that serve several requests: when they are used again, and when never.
#include "gateway/app/upstream_pool.hpp"

#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string file(const std::string& connection, const std::string& more = {}) {
  return "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
         "xmlns:spring='http://www.springframework.org/schema/beans'><router>"
         "<httpClientConfig><retries retries='0'/>" +
         connection +
         "</httpClientConfig><serviceProxy port='80'><target host='localhost' port='7000'/>"
         "</serviceProxy>" +
         more + "</router></spring:beans>";
}

// Answers every request of every connection by one fixed text, and can be told to misbehave.
class target {
 public:
  explicit target(net::simulation& sim)
      : sim_(sim),
        from_(std::move(*sim.listen({"", 7000}))),
        hang_up_(sim),
        go_on_(sim),
        group_(sim) {
    go_on_.set();
    group_.spawn(run(*this));
  }
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  // What the second and later requests of a connection get, before it ends.
  std::optional<std::string> later;
  // Answers nothing until go_on().
  void hold() { go_on_.clear(); }
  void go_on() { go_on_.set(); }
  unsigned connections = 0;
  std::vector<std::string> requests;
  // Ends all connections, behind these octets.
  void hang_up(std::string with = {}) {
    last_words_ = std::move(with);
    hang_up_.set();
  }

 private:
  static net::task<void> run(target& self) {
    while (true) {
      auto accepted = co_await self.from_->accept();
      ++self.connections;
      self.group_.spawn(serve(self, std::move(*accepted)));
    }
  }
  static net::task<void> serve(target& self, std::unique_ptr<net::stream> connection) {
    net::task_group requests(self.sim_);
    requests.spawn(answer_all(self, *connection));
    co_await self.hang_up_;
    requests.cancel();
    if (!self.last_words_.empty()) co_await net::write_all(*connection, self.last_words_);
    connection->shutdown_write();
    co_await harness::read_to_end(*connection);
  }
  static net::task<void> answer_all(target& self, net::stream& connection) {
    std::string into(65536, '\0');
    for (bool first = true;; first = false) {
      std::string got;
      while (got.find("\r\n\r\n") == got.npos) {
        auto some = co_await net::read_some(connection, into);
        if (!some) co_return;
        got.append(into.data(), *some);
      }
      self.requests.push_back(std::move(got));
      if (!first && self.later) {
        if (!self.later->empty()) co_await net::write_all(connection, *self.later);
        connection.shutdown_write();
        co_return;
      }
      co_await self.go_on_;
      co_await net::write_all(connection, self.answer);
    }
  }

  net::simulation& sim_;
  std::unique_ptr<net::listener> from_;
  net::event hang_up_;
  net::event go_on_;
  std::string last_words_;
  net::task_group group_;
};

class UpstreamPool : public ::testing::Test {
 protected:
  void TearDown() override {
    behind.reset();
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  void start(const std::string& connection = {}, const std::string& more = {}) {
    behind = std::make_unique<target>(w.sim);
    w.start_gateway({}, file(connection, more));
  }
  // On a client connection of its own.
  std::string ask(const std::string& method = "GET", const std::string& body = {}) {
    std::string out = method + " / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return w.run(exchange_octets(w.sim, out + "\r\n" + body));
  }
  static net::task<std::string> exchange_octets(net::simulation& sim, std::string out) {
    auto connection = co_await sim.connect("localhost", 80);
    co_await net::write_all(**connection, out);
    co_return co_await harness::read_to_end(**connection);
  }
  std::size_t idle() const { return w.gateway->idle_upstreams(); }
  world w;
  std::unique_ptr<target> behind;
};

TEST_F(UpstreamPool, RequestsOfDifferentClientsShareAConnection) {
  start();
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"}) {
    behind->answer = answer;
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 20"));
    EXPECT_EQ(idle(), 1u) << answer;
  }
  behind->answer = "HTTP/1.1 200 OK\r\n\r\n";
  EXPECT_THAT(ask("HEAD"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(behind->connections, 1u);
  EXPECT_EQ(w.gateway->count("upstream-reused"), 5u);
  for (const auto& request : behind->requests) EXPECT_THAT(request, Not(HasSubstr("Connection")));
}

TEST_F(UpstreamPool, BigBodiesBothWaysGiveTheConnectionBack) {
  start();
  const std::string big(300'000, 'b');
  behind->answer = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + big;
  EXPECT_THAT(ask(), EndsWith(big));
  EXPECT_THAT(ask(), EndsWith(big));
  EXPECT_EQ(behind->connections, 1u);
}

TEST_F(UpstreamPool, AConnectionIsNotKeptUnlessTheAnswerSaysHowItEndsAndThatItStays) {
  start();
  unsigned before = 0;
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=0\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok+",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\nx"}) {
    behind->answer = answer;
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 20")) << answer;
    EXPECT_EQ(idle(), 0u) << answer;
    EXPECT_EQ(behind->connections, ++before);
  }
}

TEST_F(UpstreamPool, AClientThatLeavesInTheMiddleOfAnAnswerTakesTheConnectionWithIt) {
  start();
  behind->answer = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + std::string(3000000, 'x');
  auto leave = [](net::simulation& s) -> net::task<int> {
    auto connection = co_await s.connect("localhost", 80);
    co_await net::write_all(**connection, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await harness::read_exactly(**connection, 1000);
    (*connection)->reset();
    co_return 0;
  };
  w.run(leave(w.sim));
  EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->connections() == 0; }));
  EXPECT_EQ(idle(), 0u);
}

TEST_F(UpstreamPool, ARequestThatWasNotSentWholeEndsItsConnection) {
  start();
  behind->answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno";
  EXPECT_THAT(ask("POST", std::string(4 << 20, 'x')), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(idle(), 0u);
}

TEST_F(UpstreamPool, AnIdleConnectionIsClosedAfterFourSecondsAndNothingOfItIsLeft) {
  start();
  ask();
  EXPECT_EQ(idle(), 1u);
  w.sim.advance(milliseconds(3900));
  EXPECT_EQ(idle(), 1u);
  w.sim.advance(milliseconds(200));
  EXPECT_EQ(idle(), 0u);
  EXPECT_EQ(w.sim.outstanding().streams, 1u) << "only the target's end";
  ask();
  EXPECT_EQ(behind->connections, 2u);
}

TEST_F(UpstreamPool, TheFileAndTheServerSayHowLongAConnectionMayWait) {
  start("<connection keepAliveTimeout='20000'/>");
  ask();
  w.sim.advance(seconds(19));
  EXPECT_EQ(idle(), 1u);
  behind->answer = "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=3\r\nContent-Length: 2\r\n\r\nok";
  ask();
  EXPECT_EQ(behind->connections, 1u);
  w.sim.advance(milliseconds(1900));
  EXPECT_EQ(idle(), 1u);
  w.sim.advance(milliseconds(200));
  EXPECT_EQ(idle(), 0u) << "the server may close any moment";
}

TEST_F(UpstreamPool, WithoutKeepAliveEachCallHasAConnectionOfItsOwn) {
  start("<connection keepAliveTimeout='0'/>");
  ask();
  ask();
  EXPECT_EQ(idle(), 0u);
  EXPECT_EQ(behind->connections, 2u);
  EXPECT_THAT(behind->requests.back(), HasSubstr("Connection: close\r\n"));
}

TEST_F(UpstreamPool, AConnectionThatThePeerEndsOrWritesToWhileIdleIsDroppedAtOnce) {
  for (const std::string words :
       {"", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}) {
    start();
    ask();
    EXPECT_EQ(idle(), 1u);
    behind->hang_up(words);
    w.sim.advance(milliseconds(1));
    EXPECT_EQ(idle(), 0u);
    behind.reset();
    behind = std::make_unique<target>(w.sim);
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(w.gateway->count("upstream-stale"), 0u);
    behind.reset();
    w.stop();
  }
}

TEST_F(UpstreamPool, AConnectionThatBreaksAtReuseIsReplacedOnceForWhatMayBeRepeated) {
  start();
  ask();
  behind->later = "";
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(behind->connections, 2u);
  EXPECT_EQ(behind->requests.size(), 3u);
  EXPECT_EQ(behind->requests[2], behind->requests[1]) << "repeated as it was";
  EXPECT_EQ(w.gateway->count("upstream-stale"), 1u);
  EXPECT_EQ(w.gateway->count("upstream-retried"), 0u);
}

TEST_F(UpstreamPool, ARequestThatMayNotBeRepeatedIsSentOnce) {
  start();
  ask();
  behind->later = "";
  EXPECT_THAT(ask("POST", "x"), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(behind->requests.size(), 2u);
  behind->later.reset();
  ask();
  behind->later = "";
  EXPECT_THAT(ask("DELETE", "x"), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(behind->requests.size(), 4u);
}

TEST_F(UpstreamPool, AnAnswerThatBeganIsNotAskedForAgain) {
  start();
  ask();
  behind->later = "HTTP/1.1 200";
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(behind->requests.size(), 2u);
}

TEST_F(UpstreamPool, AnUpgradeHasAConnectionOfItsOwnThatNeverComesBack) {
  start({}, "<serviceProxy port='81'><webSocket url='http://localhost:7000/'/></serviceProxy>");
  ask();
  behind->answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: x\r\n\r\n";
  auto upgrade = [](net::simulation& s) -> net::task<std::string> {
    auto connection = co_await s.connect("localhost", 81);
    co_await net::write_all(**connection,
                            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n");
    co_return co_await harness::read_exactly(**connection, 12);
  };
  EXPECT_EQ(w.run(upgrade(w.sim)), "HTTP/1.1 101");
  EXPECT_EQ(behind->connections, 2u);
  EXPECT_EQ(idle(), 1u);
  w.sim.advance(seconds(10));
  EXPECT_EQ(idle(), 0u);
}

TEST_F(UpstreamPool, ConnectionsOfOneTlsContextDoNotServeAnother) {
  const std::string trusting =
      "<target url='https://localhost:4443/'><ssl>"
      "<truststore location='membrane.p12' password='secret'/></ssl></target></serviceProxy>";
  start({},
        "<serviceProxy port='81'>" + trusting + "<serviceProxy port='82'>" + trusting +
            "<serviceProxy port='4443'><ssl><keystore location='membrane.p12' password='secret'/>"
            "</ssl><static>secure</static><return/></serviceProxy>");
  const auto get = [&](std::uint16_t port) { return w.fetch(port, "/").body; };
  EXPECT_EQ(get(81), "secure");
  EXPECT_EQ(get(81), "secure");
  EXPECT_EQ(idle(), 1u);
  EXPECT_EQ(get(82), "secure");
  EXPECT_EQ(idle(), 2u);
  EXPECT_EQ(w.gateway->count("upstream-reused"), 1u);
}

// What NTLM and Negotiate log in is the connection: the next one on it would be that client.
TEST_F(UpstreamPool, AConnectionThatWasLoggedInIsNotKept) {
  start();
  for (const std::string scheme : {"NTLM", "negotiate"}) {
    w.run(exchange_octets(
        w.sim, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: " + scheme +
                   " TlRMTVNT\r\n\r\n"));
    EXPECT_EQ(idle(), 0u) << scheme;
  }
}

TEST_F(UpstreamPool, AConnectionOfTheOldRouteDoesNotServeTheNewOne) {
  start();
  behind->hold();
  std::string first;
  net::task_group client(w.sim);
  client.spawn([](net::simulation& sim, std::string& got) -> net::task<void> {
    got = co_await exchange_octets(sim, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }(w.sim, first));
  ASSERT_TRUE(w.sim.run_until([&] { return behind->requests.size() == 1; }));
  // Nobody listens at the proxy's port.
  ASSERT_EQ(w.reload(file("<proxy host='localhost' port='7001'/>")), std::vector<std::string>{});
  behind->go_on();
  ASSERT_TRUE(w.sim.run_until([&] { return idle() == 1 && !first.empty(); }));
  EXPECT_THAT(first, HasSubstr("200 OK"));
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(behind->requests.size(), 1u);
}

TEST_F(UpstreamPool, AReloadAndTheEndOfServiceCloseWhatIsIdle) {
  start();
  ask();
  EXPECT_EQ(idle(), 1u);
  EXPECT_TRUE(w.reload(file({}, "<serviceProxy port='81'><return/></serviceProxy>")).empty());
  EXPECT_EQ(idle(), 0u);
  ask();
  EXPECT_EQ(idle(), 1u);
  auto drain = [](gateway::worker& of) -> net::task<int> {
    co_await of.drain(seconds(5));
    co_return 0;
  };
  w.run(drain(*w.gateway));
  EXPECT_EQ(idle(), 0u);
}

// The pool alone.

class PoolLimits : public ::testing::Test {
 protected:
  void TearDown() override {
    ends.clear();
    harness::expect_nothing_left(sim);
  }
  void put(gateway::upstream_pool& pool, const gateway::upstream_target& to) {
    auto [near, far] = sim.make_pair();
    ends.push_back(std::move(far));
    pool.put(to, std::move(near), seconds(4));
  }
  bool is_closed(std::size_t which) {
    char octet = 0;
    return ends[which]->try_read({&octet, 1}).error != net::errc::would_block;
  }
  net::simulation sim;
  std::vector<std::unique_ptr<net::stream>> ends;
};

TEST_F(PoolLimits, TheOldestOfATargetGoesThenTheOldestOfAll) {
  gateway::upstream_pool pool(sim, {2, 3});
  const gateway::upstream_target a{"a", 1, nullptr};
  const gateway::upstream_target b{"b", 1, nullptr};
  for (int i = 0; i < 3; ++i) put(pool, a);
  EXPECT_EQ(pool.size(), 2u);
  EXPECT_TRUE(is_closed(0));
  for (int i = 0; i < 2; ++i) put(pool, b);
  EXPECT_EQ(pool.size(), 3u);
  EXPECT_TRUE(is_closed(1));
  EXPECT_FALSE(is_closed(2));
  EXPECT_TRUE(pool.take(a));
  EXPECT_FALSE(pool.take(a));
  EXPECT_EQ(pool.size(), 2u);
}

TEST_F(PoolLimits, TheNewestIsTakenFirstAndOnlyForItsHostAndPort) {
  gateway::upstream_pool pool(sim);
  put(pool, {"a", 1, nullptr});
  put(pool, {"a", 1, nullptr});
  EXPECT_FALSE(pool.take({"a", 2, nullptr}));
  EXPECT_FALSE(pool.take({"b", 1, nullptr}));
  EXPECT_FALSE(pool.take({"a", 1, net::tls_context::client({})}));
  auto taken = pool.take({"a", 1, nullptr});
  ASSERT_TRUE(taken);
  taken->close();
  EXPECT_TRUE(is_closed(1));
  EXPECT_FALSE(is_closed(0));
}

TEST_F(PoolLimits, AnEndThatNobodyHasToldAboutIsSeenWhenTaken) {
  gateway::upstream_pool pool(sim);
  put(pool, {"a", 1, nullptr});
  put(pool, {"a", 1, nullptr});
  ends[1]->close();
  auto taken = pool.take({"a", 1, nullptr});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->local_endpoint(), ends[0]->remote_endpoint());
  EXPECT_EQ(pool.size(), 0u);
}

TEST_F(PoolLimits, AfterStopNothingIsKept) {
  gateway::upstream_pool pool(sim);
  put(pool, {"a", 1, nullptr});
  pool.stop();
  put(pool, {"a", 1, nullptr});
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_TRUE(is_closed(0) && is_closed(1));
}

// Two calls of a server in turn, over one connection.
struct two_calls {
  explicit two_calls(net::simulation& s)
      : sim(s), pool(s), listener(std::move(*s.listen({"", 7000}))) {}
  net::simulation& sim;
  gateway::upstream_pool pool;
  std::unique_ptr<net::listener> listener;

  class greeter final : public net::http_service {
    net::task<net::http_response> handle(net::http_request&) override {
      co_return net::make_response(200, "text/plain", std::string(20'000, 'x'));
    }
    net::http_response refuse(const net::http_error& why) override {
      return net::make_response(why.status, "text/plain", {});
    }
  };
  static net::task<void> serve(two_calls& self) {
    greeter service;
    const net::http_server_options options;
    auto connection = co_await self.listener->accept();
    co_await net::serve_http(self.sim, std::move(*connection), service, options);
  }
  static net::task<void> call(two_calls& self) {
    const gateway::upstream_target to{"localhost", 7000, nullptr};
    net::http_client_options options;
    options.on_reusable = [&self, to](std::unique_ptr<net::stream> connection,
                                      const net::keep_alive_terms&) {
      self.pool.put(to, std::move(connection), seconds(4));
    };
    for (int i = 0; i < 2; ++i) {
      auto connection = self.pool.take(to);
      EXPECT_EQ(connection != nullptr, i == 1);
      if (!connection) connection = std::move(*co_await self.sim.connect("localhost", 7000));
      net::http_request request;
      request.headers.add("Host", "a");
      auto answer = co_await net::http_call(self.sim, std::move(connection), request, options);
      auto text = co_await net::read_all(answer->response.body.get(), 1 << 20);
      EXPECT_EQ((*text).size(), 20'000u);
    }
  }
};

TEST(PoolCancellation, AtEachStepLeavesNothing) {
  net::simulation::options how;
  how.short_transfers = true;
  harness::cancel_at_every_step(how, [](net::simulation& sim, net::task_group& group) {
    auto state = std::make_shared<two_calls>(sim);
    group.spawn(two_calls::serve(*state));
    group.spawn(two_calls::call(*state));
    return state;
  });
}

}  // namespace
}  // namespace component
