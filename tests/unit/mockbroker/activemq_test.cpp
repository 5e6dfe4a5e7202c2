// The profile `activemq` where the wire alone does not show it: counters, sweeps, limits,
// management. What the wire shows is in tests/wire. Section numbers are of the facts on ActiveMQ.
#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using mockbroker::destination_kind;
using mockbroker::outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

mockbroker::broker_options activemq_options() {
  auto o = default_options();
  o.kind = mockbroker::activemq_profile();
  return o;
}

struct real : bench {
  explicit real(mockbroker::broker_options o = activemq_options()) : bench(std::move(o)) {}
  std::size_t dead() const {
    const auto d = broker.find_destination({destination_kind::queue, false, "ActiveMQ.DLQ"});
    return d ? d->pending : 0;
  }
};

void subscribe(client& c, const std::string& destination, const std::string& more) {
  c.say("SUBSCRIBE", "id:s\ndestination:" + destination + "\n" + more);
}

}  // namespace

// 4.7
TEST(ActiveMq, CountsAsJmxDoes) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "ack:client-individual\nactivemq.prefetchSize:2\n");
  for (int i = 0; i < 4; ++i) c->send("/queue/a", "x", "persistent:true\n");
  auto d = b.info("/queue/a");
  EXPECT_EQ(d.pending, 4U);
  EXPECT_EQ(d.unsettled, 2U);
  EXPECT_EQ(d.dispatched, 2U);
  const auto held = c->take();
  c->ack(held[0]);
  d = b.info("/queue/a");
  EXPECT_EQ(d.pending, 3U);
  EXPECT_EQ(d.unsettled, 2U);
  EXPECT_EQ(d.dispatched, 3U);
  EXPECT_EQ(d.dequeued, 1U);
  c->nack(held[1]);
  d = b.info("/queue/a");
  EXPECT_EQ(d.pending, 2U);
  EXPECT_EQ(d.dispatched, 4U);
  EXPECT_EQ(d.dequeued, 2U);
  EXPECT_EQ(b.dead(), 1U);
  c->say("UNSUBSCRIBE", "id:s\n");
  EXPECT_EQ(b.info("/queue/a").unsettled, 0U);
}

// 4.7
TEST(ActiveMq, PurgeCountsWhatConsumersHoldOnce) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "ack:client-individual\nactivemq.prefetchSize:2\n");
  for (int i = 0; i < 4; ++i) c->send("/queue/a", "x");
  const auto held = c->take();
  b.broker.purge("/queue/a", b.now);
  auto d = b.info("/queue/a");
  EXPECT_EQ(d.pending, 0U);
  EXPECT_EQ(d.dequeued, 4U);
  EXPECT_EQ(d.unsettled, 2U);
  c->ack(held[0], "receipt:r\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("r"));
  d = b.info("/queue/a");
  EXPECT_EQ(d.dequeued, 4U);
  EXPECT_EQ(d.unsettled, 1U);
}

// 3.8
TEST(ActiveMq, SweepsExpiredMessagesEvery30Seconds) {
  real b;
  auto c = client::connected(b);
  EXPECT_FALSE(b.out.sweep) << "nothing can expire";
  c->send("/queue/a", "x", "persistent:true\nexpires:1700000005000\n");
  c->send("/queue/a", "y", "expires:1700000005000\n");
  c->send("/queue/a", "z");
  ASSERT_EQ(b.out.sweep, t0 + 30s);
  b.out.sweep.reset();
  b.now = t0 + 30s;
  b.broker.on_sweep(b.now);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  EXPECT_EQ(b.info("/queue/a").expired, 2U);
  EXPECT_EQ(b.info("/queue/a").dequeued, 2U);
  EXPECT_EQ(b.dead(), 1U) << "only persistent ones are buried";
  EXPECT_FALSE(b.out.sweep) << "and nothing is left that can expire";
}

// 5.3
TEST(ActiveMq, ADeletedQueueComesBackForItsConsumers) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "ack:client-individual\n");
  c->send("/queue/a", "1");
  const auto held = c->take_one();
  EXPECT_EQ(b.broker.remove_destination("/queue/a", b.now), outcome::done);
  c->ack(held, "receipt:r\n");
  EXPECT_THAT(c->take_one(),
              harness::error_saying(testing::StartsWith("Unmatched acknowledge: MessageAck {")));
  EXPECT_FALSE(c->is_closed());
  c->send("/queue/a", "2");
  EXPECT_THAT(c->bodies(), ElementsAre("2"));
}

// 3.9
TEST(ActiveMq, TellsAtOnceOfDestinationsThatManagementMakes) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/topic/ActiveMQ.Advisory.Queue", "");
  c->take();
  b.broker.create_destination("/queue/made", t0);
  EXPECT_THAT(c->take(), SizeIs(1));
}

// 3.9
TEST(ActiveMq, TellsAtOnceOfTheTopicOfADurableSubscriptionThatManagementMakes) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/topic/ActiveMQ.Advisory.Topic", "");
  c->take();
  b.broker.create_durable("me", "s", "made", "", t0);
  EXPECT_THAT(c->take(), SizeIs(1));
}

// 3.5
TEST(ActiveMq, FreesMemoryAtOnceWhenManagementRemovesADurableSubscription) {
  auto o = activemq_options();
  o.memory_limit = 100000;
  real b(o);
  b.broker.create_durable("me", "s", "t", "", t0);
  auto producer = client::connected(b);
  producer->send("/topic/t", std::string(110000, 'x'));
  ASSERT_TRUE(b.broker.should_stall(producer->id()));
  b.broker.remove_durable("me", "s", t0);
  EXPECT_EQ(b.out.freed, 1);
  EXPECT_FALSE(b.broker.should_stall(producer->id()));
}

// 3.5
TEST(ActiveMq, KeepsDurableSubscriptionsThatManagementMade) {
  real b;
  EXPECT_EQ(b.broker.create_durable("me", "s", "t", "k = '1'", t0), outcome::done);
  EXPECT_EQ(b.broker.create_durable("me", "s", "t", "", t0), outcome::already_there);
  EXPECT_EQ(b.broker.create_durable("me", "bad", "t", "k =", t0), outcome::bad_name);
  auto producer = client::connected(b);
  producer->send("/topic/t", "1", "k:1\n");
  producer->send("/topic/t", "2", "k:2\n");
  ASSERT_THAT(b.broker.subscriptions(), SizeIs(1));
  EXPECT_EQ(b.broker.subscriptions()[0].waiting, 1U);
  client me(b, "1.2");
  me.say("CONNECT", "accept-version:1.2\nclient-id:me\n");
  me.take();
  subscribe(me, "/topic/t", "activemq.subscriptionName:s\nselector:k = '1'\n");
  EXPECT_THAT(me.bodies(), ElementsAre("1"));
  EXPECT_EQ(b.broker.remove_durable("me", "s", t0), outcome::has_consumers);
  me.say("UNSUBSCRIBE", "id:s\n");
  EXPECT_EQ(b.broker.remove_durable("me", "s", t0), outcome::done);
  EXPECT_EQ(b.broker.remove_durable("me", "s", t0), outcome::not_found);
}

// 4.6
TEST(ActiveMq, AFullQueueStallsItsProducersAlone) {
  auto o = activemq_options();
  o.destination_memory_limit = 10000;
  real b(std::move(o));
  auto one = client::connected(b);
  auto two = client::connected(b);
  one->send("/queue/full", std::string(20000, 'x'));
  two->send("/queue/other", "x");
  EXPECT_TRUE(b.broker.should_stall(one->id()));
  EXPECT_FALSE(b.broker.should_stall(two->id()));
  b.broker.purge("/queue/full", b.now);
  EXPECT_GE(b.out.freed, 1);
  EXPECT_FALSE(b.broker.should_stall(one->id()));
}

// 4.2
TEST(ActiveMq, ASlowTopicSubscriberKeepsTheNewest) {
  real b;
  auto producer = client::connected(b);
  auto slow = client::connected(b);
  subscribe(*slow, "/topic/t", "ack:client-individual\nactivemq.prefetchSize:1\n");
  for (int i = 0; i < 1500; ++i) producer->send("/topic/t", std::to_string(i));
  auto m = slow->take_one();
  EXPECT_EQ(m.body, "0");
  EXPECT_EQ(b.broker.subscriptions()[0].waiting, 1000U);
  slow->ack(m);
  EXPECT_EQ(slow->take_one().body, "500");
}

// 1.5, 2.2: a client that says nothing is closed without a word
TEST(ActiveMq, ClosesQuietlyWithoutAConnect) {
  real b;
  client c(b);
  b.now = t0 + 30s;
  b.broker.on_tick(c.id(), b.now);
  EXPECT_EQ(c.close_code(), stomp::errc::connect_timeout);
  EXPECT_THAT(c.state().bytes, IsEmpty());
}

TEST(ActiveMq, MemoryIsFreeAgainWhenAllIsGone) {
  real b;
  auto c = client::connected(b);
  c->send("/queue/a,/topic/b", "x");
  c->send("/topic/VirtualTopic.v", "x");
  c->say("SEND", "destination:/queue/a\ncontent-length:10\n", "0123");
  b.broker.purge("/queue/a", b.now);
  c->vanish();
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

// 3.9: groups are bounded
TEST(ActiveMq, ForgetsTheGroupThatWasNotUsedLongest) {
  mockbroker::group_owners owners;
  mockbroker::subscription one;
  for (std::size_t i = 0; i <= mockbroker::group_owners::limit; ++i) {
    owners.assign("g" + std::to_string(i), one);
  }
  EXPECT_EQ(owners.size(), mockbroker::group_owners::limit);
  EXPECT_EQ(owners.owner("g0"), nullptr);
  EXPECT_EQ(owners.owner("g1"), &one);
  owners.remove_owner(one);
  EXPECT_EQ(owners.size(), 0U);
}

// 4.4: two transactions of one connection do not undo each other
TEST(ActiveMq, AnAbortTouchesOnlyItsOwnTransaction) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "ack:client-individual\n");
  c->send("/queue/a", "1");
  c->send("/queue/a", "2");
  const auto held = c->take();
  c->say("BEGIN", "transaction:one\n");
  c->say("BEGIN", "transaction:two\n");
  c->ack(held[0], "transaction:one\n");
  c->ack(held[1], "transaction:two\n");
  c->say("ABORT", "transaction:two\n");
  c->ack(held[0], "receipt:again\n");
  EXPECT_THAT(c->take_one(), harness::command("ERROR")) << "settled by a transaction that is open";
  c->say("COMMIT", "transaction:one\n");
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

// 4.6: what has begun to come must be read to its end, or the memory it takes is never free
TEST(ActiveMq, AProducerInMidFrameIsNotStalled) {
  auto o = activemq_options();
  o.memory_limit = 10000;
  real b(std::move(o));
  auto big = client::connected(b);
  auto other = client::connected(b);
  big->send("/queue/a", "x");
  other->send("/queue/a", "x");
  big->raw("SEND\ndestination:/queue/a\n\n" + std::string(20000, 'x'));
  EXPECT_FALSE(b.broker.should_stall(big->id()));
  EXPECT_TRUE(b.broker.should_stall(other->id()));
  big->vanish();
  EXPECT_FALSE(b.broker.should_stall(other->id()));
}

// 3.4
TEST(ActiveMq, BoundsTheTemporaryDestinationsOfAConnection) {
  auto o = activemq_options();
  o.per_connection.subscriptions = 2;
  real b(std::move(o));
  auto c = client::connected(b);
  for (int i = 0; i < 3; ++i) {
    c->send("/temp-queue/t" + std::to_string(i), "x", "receipt:" + std::to_string(i) + "\n");
  }
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("0"), harness::receipt_for("1"),
                                     harness::error_saying(testing::HasSubstr("too many"))));
}

// 3.4
TEST(ActiveMq, AMessageToATemporaryQueueThatDiedMeanwhileIsGone) {
  real b;
  auto owner = client::connected(b);
  auto c = client::connected(b);
  subscribe(*owner, "/temp-queue/t", "");
  c->say("BEGIN", "transaction:t\n");
  const auto name = b.broker.subscriptions()[0].wanted[0].name;
  c->send("/remote-temp-queue/" + name, "x", "transaction:t\n");
  owner->vanish();
  c->say("COMMIT", "transaction:t\n");
  EXPECT_FALSE(b.broker.find_destination({destination_kind::queue, true, name}));
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

// 3.7
TEST(ActiveMq, SelectorsSeeWhetherAMessageComesAgain) {
  real b;
  auto first = client::connected(b);
  subscribe(*first, "/queue/a", "ack:client-individual\nactivemq.prefetchSize:1\n");
  first->send("/queue/a", "again");
  first->send("/queue/a", "new");
  first->vanish();
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "selector:JMSRedelivered = TRUE\n");
  EXPECT_THAT(c->bodies(), ElementsAre("again"));
}

// 2.6: the JMS name is the later setter of the same field
TEST(ActiveMq, WritesAReplyToThatIsSetTwiceOnce) {
  real b;
  auto c = client::connected(b);
  subscribe(*c, "/queue/a", "");
  c->send("/queue/a", "x", "reply-to:/queue/one\nJMSReplyTo:two\n");
  const auto m = c->take_one();
  EXPECT_EQ(std::count_if(m.headers.begin(), m.headers.end(),
                          [](const auto& h) { return h.name == "reply-to"; }),
            1);
  EXPECT_THAT(m, harness::header("reply-to", "/queue/two"));
}
