// The client's queue of events: what happens when nobody takes them.
#include "stomp-client/client.hpp"

#include <gmock/gmock.h>

#include "../mockbroker/simulated.hpp"

namespace stomp_client {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using stomp::want_receipt;

class ClientQueue : public mockbroker::simulated_broker {
 protected:
  std::unique_ptr<client> connect(const std::string& to, options o) {
    std::string why;
    auto made = mockbroker::run_to_end(
        sim, client::connect(sim, std::get<url>(parse_url(to)), std::move(o), why));
    EXPECT_TRUE(made) << why;
    auto first = mockbroker::run_to_end(sim, (*made)->next());
    EXPECT_EQ(first.what, event::kind::connected) << first.reason;
    return std::move(*made);
  }
  // Subscribed to a topic on which `count` messages wait for it.
  std::unique_ptr<client> flooded(const std::string& to, options o, int count) {
    auto made = connect(to, std::move(o));
    made->session().subscribe("/topic/t", stomp::ack_mode::automatic, {}, want_receipt::no,
                              made->now());
    for (int i = 0; i < count; ++i) {
      made->session().send("/topic/t", std::to_string(i), {}, want_receipt::no, made->now());
    }
    sim.advance(seconds(1));
    return made;
  }
  static constexpr const char* both[] = {"ws://localhost:61614/", "stomp://localhost:61613"};
};

TEST_F(ClientQueue, AReceiptIsFoundBehindMoreEventsThanTheQueueTakes) {
  start();
  for (const auto* to : both) {
    options o;
    o.queue_limit = 20;
    auto c = flooded(to, o, 100);
    const auto asked = c->session().send("/topic/t", "last", {}, want_receipt::yes, c->now());
    const auto got = mockbroker::run_to_end(sim, c->wait_receipt(asked.receipt_id));
    EXPECT_EQ(got.what, event::kind::receipt) << to << ": " << got.reason;
    const auto before = sim.now();
    mockbroker::run_to_end(sim, [](client& of) -> net::task<int> {
      co_await of.disconnect(seconds(5));
      co_return 0;
    }(*c));
    EXPECT_LT(sim.now() - before, seconds(1)) << to;
  }
}

TEST_F(ClientQueue, EndsWhenTooMuchComesBeforeAReceipt) {
  start();
  options o;
  o.queue_limit = 2;
  auto c = connect("ws://localhost:61614/", o);
  c->session().subscribe("/topic/t", stomp::ack_mode::automatic, {}, want_receipt::no, c->now());
  for (int i = 0; i < 30; ++i) {
    c->session().send("/topic/t", "x", {}, want_receipt::no, c->now());
  }
  const auto got = mockbroker::run_to_end(sim, c->wait_receipt("never asked for"));
  EXPECT_EQ(got.what, event::kind::closed);
  EXPECT_THAT(got.reason, ::testing::HasSubstr("frames came before the receipt"));
}

TEST_F(ClientQueue, DoesNotBlameTheServerWhileItDoesNotReadItself) {
  start();
  for (const auto* to : both) {
    options o;
    o.queue_limit = 5;
    o.stomp.beats = {std::chrono::milliseconds(10'000), std::chrono::milliseconds(10'000)};
    auto c = flooded(to, o, 20);
    sim.advance(hours(1));
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(mockbroker::run_to_end(sim, c->next()).what, event::kind::message) << to << i;
    }
    EXPECT_TRUE(c->session().is_connected());
  }
}

}  // namespace
}  // namespace stomp_client
