// Consumers inside the process, as REST uses them.
#include "mockbroker/broker/listener.hpp"

#include "bench.hpp"

namespace {

using namespace mockbroker_test;
using mockbroker::destination_kind;
using mockbroker::outcome;
using ::testing::IsEmpty;
using ::testing::SizeIs;

mockbroker::broker_options activemq() {
  auto o = default_options();
  o.kind = mockbroker::activemq_profile();
  return o;
}

class Listener : public ::testing::Test {
 protected:
  connection_id open(const std::string& queue, const std::string& selector = {},
                     std::size_t prefetch = 1000) {
    mockbroker::listener_options o;
    o.from = {destination_kind::queue, false, queue};
    o.selector = selector;
    o.prefetch = prefetch;
    o.arrived = [this] { ++arrived; };
    connection_id id = 0;
    EXPECT_EQ(b.broker.open_listener(std::move(o), b.now, id), outcome::done);
    return id;
  }
  void send(const std::string& queue, std::string_view body,
            const std::vector<stomp::header>& headers = {}) {
    EXPECT_EQ(b.broker.publish("/queue/" + queue, body, headers, b.now), outcome::done);
  }
  std::string take(connection_id id) {
    const auto got = b.broker.take(id, b.now);
    if (!got) return "(nothing)";
    last = got->number;
    return got->what.content.body;
  }

  // As `expires` says it; of the time at which a test begins.
  static std::string in_a_second() {
    const auto then = wall0.time_since_epoch() + 1s;
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(then).count());
  }

  bench b{activemq()};
  int arrived = 0;
  std::uint64_t last = 0;
};

TEST_F(Listener, TakesWhatWasStoredInItsOrder) {
  send("a", "1");
  send("a", "2");
  const auto id = open("a");
  EXPECT_EQ(take(id), "1");
  EXPECT_EQ(take(id), "2");
  EXPECT_EQ(take(id), "(nothing)");
}

TEST_F(Listener, IsToldWhenAMessageCame) {
  open("a");
  EXPECT_EQ(arrived, 0);
  send("a", "1");
  EXPECT_EQ(arrived, 1);
}

TEST_F(Listener, KeepsAMessageStoredUntilItIsSettled) {
  send("a", "1");
  const auto id = open("a");
  take(id);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  EXPECT_EQ(b.info("/queue/a").unsettled, 1U);
  b.broker.settle(id, last, b.now);
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
  EXPECT_EQ(b.info("/queue/a").dequeued, 1U);
}

TEST_F(Listener, TakesAgainFirstWhatWasGivenBack) {
  send("a", "1");
  send("a", "2");
  const auto id = open("a");
  take(id);
  const int before = arrived;
  b.broker.give_back(id, last);
  EXPECT_EQ(arrived, before + 1);
  EXPECT_EQ(take(id), "1");
}

TEST_F(Listener, HidesFromOthersWhatItHoldsAheadUntilItCloses) {
  send("a", "1");
  const auto first = open("a");
  const auto second = open("a");
  EXPECT_EQ(take(second), "(nothing)");
  b.broker.close_listener(first, b.now);
  EXPECT_EQ(take(second), "1");
}

TEST_F(Listener, HoldsNoMoreThanItsPrefetch) {
  const auto first = open("a", {}, 1);
  send("a", "1");
  send("a", "2");
  const auto second = open("a", {}, 1);
  EXPECT_EQ(take(first), "1");
  EXPECT_EQ(take(first), "(nothing)");
  EXPECT_EQ(take(second), "2");
}

TEST_F(Listener, MarksAsRedeliveredOnlyWhatSomebodyTook) {
  send("a", "taken");
  send("a", "never taken");
  const auto first = open("a");
  take(first);
  b.broker.close_listener(first, b.now);
  const auto second = open("a");
  EXPECT_TRUE(b.broker.take(second, b.now)->what.redelivered);
  EXPECT_FALSE(b.broker.take(second, b.now)->what.redelivered);
}

TEST_F(Listener, TakesOnlyWhatItsSelectorWants) {
  send("a", "red", {{"color", "red"}});
  send("a", "blue", {{"color", "blue"}});
  const auto id = open("a", "color='blue'");
  EXPECT_EQ(take(id), "blue");
  EXPECT_EQ(take(id), "(nothing)");
}

TEST_F(Listener, IsRefusedWithAWrongSelectorOrWithoutAName) {
  connection_id id = 0;
  mockbroker::listener_options wrong;
  wrong.from = {destination_kind::queue, false, "a"};
  wrong.selector = "color=(";
  EXPECT_EQ(b.broker.open_listener(wrong, b.now, id), outcome::bad_name);
  EXPECT_EQ(b.broker.open_listener({}, b.now, id), outcome::bad_name);
  EXPECT_THAT(b.broker.subscriptions(), IsEmpty());
}

TEST_F(Listener, HearsATopic) {
  mockbroker::listener_options o;
  o.from = {destination_kind::topic, false, "t"};
  connection_id id = 0;
  b.broker.open_listener(o, b.now, id);
  b.broker.publish("/topic/t", "news", {}, b.now);
  EXPECT_EQ(take(id), "news");
}

TEST_F(Listener, DropsWhatExpiredWhileItWaited) {
  const auto id = open("a");
  send("a", "late", {{"expires", in_a_second()}});
  send("a", "lasting");
  b.now += 2s;
  EXPECT_EQ(take(id), "lasting");
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST_F(Listener, IsShownAmongTheSubscriptions) {
  const auto id = open("a", "color='red'");
  const auto all = b.broker.subscriptions();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].connection, id);
  EXPECT_EQ(all[0].destination, "/queue/a");
  EXPECT_EQ(all[0].selector, "color='red'");
  EXPECT_EQ(b.info("/queue/a").consumers, 1U);
  b.broker.close_listener(id, b.now);
  EXPECT_THAT(b.broker.subscriptions(), IsEmpty());
}

TEST_F(Listener, BuriesWhatExpiredInItsHands) {
  const auto id = open("a");
  const std::string soon = in_a_second();
  send("a", "kept", {{"expires", soon}, {"persistent", "true"}});
  send("a", "not kept", {{"expires", soon}});
  b.now += 2s;
  EXPECT_EQ(take(id), "(nothing)");
  const auto a = b.info("/queue/a");
  EXPECT_EQ(a.pending, 0U);
  EXPECT_EQ(a.unsettled, 0U);
  EXPECT_EQ(a.dequeued, 2U);
  EXPECT_EQ(a.expired, 2U);
  EXPECT_EQ(b.broker.counters().messages_settled, 0U);
  const auto dead = b.broker.browse("/queue/ActiveMQ.DLQ", 9);
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].body, "kept");
  EXPECT_TRUE(dead[0].has("dlqDeliveryFailureCause"));
}

TEST_F(Listener, CountsWhatExpiredOfATopicButBuriesNoneOfIt) {
  mockbroker::listener_options o;
  o.from = {destination_kind::topic, false, "t"};
  connection_id id = 0;
  ASSERT_EQ(b.broker.open_listener(std::move(o), b.now, id), outcome::done);
  const std::string soon = in_a_second();
  b.broker.publish("/topic/t", "x", {{"expires", soon}, {"persistent", "true"}}, b.now);
  b.now += 2s;
  EXPECT_EQ(take(id), "(nothing)");
  EXPECT_EQ(b.info("/topic/t").expired, 1U);
  EXPECT_EQ(b.info("/topic/t").dequeued, 1U);
  EXPECT_THAT(b.broker.browse("/queue/ActiveMQ.DLQ", 9), IsEmpty());
}

TEST_F(Listener, ThatIsGoneTakesNothing) {
  const auto id = open("a");
  b.broker.close_listener(id, b.now);
  send("a", "1");
  EXPECT_EQ(take(id), "(nothing)");
  b.broker.settle(id, 1, b.now);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST_F(Listener, IsAnnouncedToWhoListensForConsumers) {
  auto c = client::connected(b);
  c->subscribe("/topic/ActiveMQ.Advisory.Consumer.Queue.a", "s");
  const auto id = open("a");
  EXPECT_THAT(c->take(), SizeIs(1));
  b.broker.close_listener(id, b.now);
  EXPECT_THAT(c->take(), SizeIs(1));
}

TEST_F(Listener, IsServedAgainAfterAPurgeOfWhatItHolds) {
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  for (const char* each : {"1", "2", "3"}) send("a", each);
  EXPECT_THAT(c->bodies(), SizeIs(3));
  b.broker.purge("/queue/a", b.now);
  b.out.lines[c->id()].is_full = true;
  send("a", "fills");
  send("a", "waits");
  b.out.lines[c->id()].is_full = false;
  b.broker.on_writable(c->id(), b.now);
  EXPECT_EQ(c->bodies(), (texts{"fills", "waits"}));
}

}  // namespace
