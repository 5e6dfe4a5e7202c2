// Who says goodbye also hangs up: no tunnel waits for a peer that has nothing more to say.
#include <gtest/gtest.h>

#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using stomp_client::event;

class CloseTime : public ::testing::Test {
 protected:
  void SetUp() override {
    w.start_broker();
    w.start_gateway();
    client = &w.connect();
    ASSERT_EQ(w.next(*client).what, event::kind::connected);
    ASSERT_EQ(w.gateway->tunnels(), 1u);
  }
  void TearDown() override {
    w.stop();
    w.sim.run();
    EXPECT_EQ(w.sim.outstanding(), net::simulation::left_over{});
  }
  // The client object lives on all the time.
  void expect_soon_over(net::time_point before) {
    EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->tunnels() == 0; }));
    EXPECT_LT(w.sim.now() - before, seconds(1));
  }
  world w;
  stomp_client::client* client = nullptr;
};

net::task<int> leave(stomp_client::client& of) {
  co_await of.disconnect(seconds(5));
  co_return 0;
}

TEST_F(CloseTime, ADisconnectEndsTheTunnelAtOnce) {
  const auto before = w.sim.now();
  w.run(leave(*client));
  expect_soon_over(before);
}

TEST_F(CloseTime, ALostBrokerEndsTheTunnelAtOnce) {
  const auto before = w.sim.now();
  w.stop_broker();
  EXPECT_EQ(w.next(*client).close_code, 1011);
  expect_soon_over(before);
}

TEST_F(CloseTime, ADrainEndsTheTunnelAtOnce) {
  const auto before = w.sim.now();
  auto drain = [](gateway::worker& of) -> net::task<int> {
    co_await of.drain(seconds(30));
    co_return 0;
  };
  w.run(drain(*w.gateway));
  EXPECT_EQ(w.next(*client).close_code, 1001);
  expect_soon_over(before);
}

}  // namespace
}  // namespace component
