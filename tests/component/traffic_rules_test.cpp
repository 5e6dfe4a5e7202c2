// <rateLimiter> and <throttle> in a whole gateway: tunnels, clients that leave, metrics.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::string_view proxies = R"(<spring:beans xmlns='http://membrane-soa.org/proxies/1/'
    xmlns:spring='http://www.springframework.org/schema/beans'><router>
  <serviceProxy name="Limited" port="80">
    <rateLimiter requestLimit="3" requestLimitDuration="PT1M"/><static>hello</static><return/>
  </serviceProxy>
  <serviceProxy name="Throttled" port="81">
    <throttle maxThreads="1"/><target host="localhost" port="7000"/>
  </serviceProxy>
  <serviceProxy name="Socket" port="82">
    <throttle maxThreads="1"/><webSocket url="http://localhost:61614/"/>
  </serviceProxy>
  <serviceProxy name="Metrics" port="83"><prometheus/></serviceProxy>
</router></spring:beans>)";

// Takes connections and reads what comes; answers once it may.
class slow_target {
 public:
  explicit slow_target(net::simulation& sim)
      : from_(std::move(*sim.listen({"", 7000}))), go_on_(sim), group_(sim) {
    group_.spawn(run(*this));
  }
  void go_on() { go_on_.set(); }
  unsigned connections = 0;

 private:
  static net::task<void> run(slow_target& self) {
    while (true) {
      auto accepted = co_await self.from_->accept();
      ++self.connections;
      self.group_.spawn(serve(self, std::move(*accepted)));
    }
  }
  static net::task<void> serve(slow_target& self, std::unique_ptr<net::stream> connection) {
    std::string into(4096, '\0');
    if (!co_await net::read_some(*connection, into)) co_return;
    if (self.connections == 1) co_await self.go_on_;
    const std::string_view answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    co_await net::write_all(*connection, answer);
    connection->shutdown_write();
    co_await harness::read_to_end(*connection);
  }
  std::unique_ptr<net::listener> from_;
  net::event go_on_;
  net::task_group group_;
};

class TrafficRules : public ::testing::Test {
 protected:
  void SetUp() override { w.start_gateway({}, proxies); }
  void TearDown() override {
    waiting.reset();
    w.stop();
    target.reset();
    harness::expect_nothing_left(w.sim);
  }
  // Leaves a request with the throttled target, which does not answer.
  void leave_one() {
    target = std::make_unique<slow_target>(w.sim);
    waiting = std::make_unique<net::task_group>(w.sim);
    auto ask = [](net::simulation& s, std::string_view text) -> net::task<void> {
      auto connection = co_await s.connect("localhost", 81);
      co_await net::write_all(**connection, text);
      co_await harness::read_to_end(**connection);
    };
    waiting->spawn(ask(w.sim, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    w.sim.run_until([&] { return target->connections == 1; });
  }
  world w;
  std::unique_ptr<slow_target> target;
  std::unique_ptr<net::task_group> waiting;
};

TEST_F(TrafficRules, TheRateHoldsOverConnectionsAndIsCounted) {
  int passed = 0;
  for (int i = 0; i < 600; ++i) {
    w.sim.advance(seconds(1));
    passed += w.fetch(80, "/").status == 200;
  }
  EXPECT_GE(passed, 28);
  EXPECT_LE(passed, 30);
  const auto refused = w.fetch(80, "/");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("X-RateLimit-Limit"), "3");
  EXPECT_EQ(refused.headers.get("X-RateLimit-Duration"), "PT1M");
  EXPECT_EQ(refused.headers.get("Retry-After"), refused.headers.get("X-RateLimit-Reset"));
  EXPECT_THAT(w.fetch(83, "/").body, HasSubstr("pumphouse_events_total{event=\"rate_limited\"} " +
                                               std::to_string(601 - passed) + "\n"));
}

TEST_F(TrafficRules, TheRateStartsAnewWithAChangedFile) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.fetch(80, "/").status, 200);
  EXPECT_EQ(w.fetch(80, "/").status, 429);
  std::string changed(proxies);
  changed.replace(changed.find("hello"), 5, "again");
  EXPECT_TRUE(w.reload(changed).empty());
  EXPECT_EQ(w.fetch(80, "/").body, "again");
}

TEST_F(TrafficRules, APlaceIsTakenUntilTheTargetAnswers) {
  leave_one();
  EXPECT_EQ(w.fetch(81, "/").status, 503);
  EXPECT_THAT(w.fetch(83, "/").body, HasSubstr("pumphouse_events_total{event=\"throttled\"} 1\n"));
  target->go_on();
  w.sim.advance(seconds(1));
  EXPECT_EQ(w.fetch(81, "/").status, 200);
}

// The target still works for it.
TEST_F(TrafficRules, ThePlaceOfAClientThatLeftIsFreeWithTheAnswer) {
  leave_one();
  waiting.reset();
  w.sim.advance(seconds(1));
  EXPECT_EQ(w.fetch(81, "/").status, 503);
  target->go_on();
  w.sim.advance(seconds(1));
  EXPECT_EQ(w.fetch(81, "/").status, 200);
}

TEST_F(TrafficRules, AnOpenWebSocketHasNoPlace) {
  w.start_broker();
  w.connect("ws://localhost:82/");
  w.connect("ws://localhost:82/");
  EXPECT_EQ(w.gateway->tunnels(), 2U);
}

}  // namespace
}  // namespace component
