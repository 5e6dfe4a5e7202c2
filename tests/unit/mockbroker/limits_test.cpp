#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using stomp::errc;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace {

mockbroker::broker_options small_memory() {
  auto o = default_options();
  o.memory_limit = 100000;
  return o;
}

}  // namespace

TEST(BrokerLimits, StopsDispatchingToAFullConnectionAndGoesOn) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  b.out.lines[c->id()].is_full = true;
  for (const char* body : {"1", "2", "3"}) c->send("/queue/a", body);
  EXPECT_THAT(c->bodies(), ElementsAre("1"));
  EXPECT_EQ(b.info("/queue/a").pending, 2U);
  b.out.lines[c->id()].is_full = false;
  b.broker.on_writable(c->id(), t0);
  EXPECT_THAT(c->bodies(), ElementsAre("2", "3"));
}

TEST(BrokerLimits, OtherConsumersTakeOverFromAFullOne) {
  bench b;
  auto full = client::connected(b);
  auto free = client::connected(b);
  full->subscribe("/queue/a", "s");
  free->subscribe("/queue/a", "s");
  b.out.lines[full->id()].is_full = true;
  for (const char* body : {"1", "2", "3"}) free->send("/queue/a", body);
  EXPECT_THAT(full->bodies(), SizeIs(1));
  EXPECT_THAT(free->bodies(), SizeIs(2));
}

TEST(BrokerLimits, AnswersReceiptsAlsoOnAFullConnection) {
  bench b;
  auto c = client::connected(b);
  b.out.lines[c->id()].is_full = true;
  c->send("/queue/a", "1", "receipt:1\n");
  c->send("/queue/a", "2", "receipt:2\n");
  EXPECT_THAT(c->take(), SizeIs(2));
}

TEST(BrokerLimits, StallsProducersWhenMemoryIsShort) {
  bench b(small_memory());
  auto producer = client::connected(b);
  auto idle = client::connected(b);
  producer->send("/queue/a", std::string(60000, 'x'));
  EXPECT_FALSE(b.broker.should_stall(producer->id()));
  producer->send("/queue/a", std::string(60000, 'x'));
  EXPECT_TRUE(b.broker.should_stall(producer->id()));
  EXPECT_FALSE(b.broker.should_stall(idle->id())) << "it must be able to subscribe";
}

TEST(BrokerLimits, TellsWhenMemoryIsFreeAgain) {
  bench b(small_memory());
  auto producer = client::connected(b);
  producer->send("/queue/a", std::string(110000, 'x'));
  ASSERT_TRUE(b.broker.should_stall(producer->id()));
  auto consumer = client::connected(b);
  consumer->subscribe("/queue/a", "s", "client");
  const auto m = consumer->take_one();
  EXPECT_EQ(b.out.freed, 0) << "not before it is acknowledged";
  EXPECT_FALSE(b.broker.should_stall(consumer->id())) << "its ACK frees memory";
  consumer->ack(m);
  EXPECT_EQ(b.out.freed, 1);
  EXPECT_FALSE(b.broker.should_stall(producer->id()));
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerLimits, RefusesWhatAShellStillSendsFarBeyondTheLimit) {
  bench b(small_memory());
  auto c = client::connected(b);
  c->send("/queue/a", std::string(130000, 'x'));
  c->send("/queue/a", "one more", "receipt:r\n");
  EXPECT_THAT(c->take_one(),
              AllOf(harness::error_saying(HasSubstr("memory")), harness::receipt_id("r")));
  EXPECT_EQ(b.broker.publish("/queue/a", "x", {}, t0), mockbroker::outcome::memory_full);
}

TEST(BrokerLimits, CountsMemoryOfOpenTransactions) {
  bench b;
  auto c = client::connected(b);
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", std::string(5000, 'x'), "transaction:t\n");
  EXPECT_GT(b.broker.memory_used(), 5000U);
}

TEST(BrokerLimits, BoundsSubscriptionsAndTransactionsOfAConnection) {
  auto o = default_options();
  o.per_connection = {.subscriptions = 1, .transactions = 1};
  bench b(o);
  auto c = client::connected(b);
  c->subscribe("/queue/a", "1");
  c->subscribe("/queue/a", "2");
  EXPECT_EQ(c->close_code(), errc::too_many_subscriptions);
  auto d = client::connected(b);
  d->say("BEGIN", "transaction:1\n");
  d->say("BEGIN", "transaction:2\n");
  EXPECT_EQ(d->close_code(), errc::too_many_transactions);
}

TEST(BrokerLimits, BoundsDestinationsAndTheirNames) {
  auto o = default_options();
  o.max_destinations = 1;
  bench b(o);
  auto c = client::connected(b);
  c->send("/queue/a", "x");
  c->send("/queue/b", "x");
  EXPECT_THAT(c->take_one(), harness::error_saying(HasSubstr("too many")));
  EXPECT_EQ(b.broker.create_destination(std::string(2000, 'x'), t0), mockbroker::outcome::bad_name);
  EXPECT_EQ(b.broker.create_destination("", t0), mockbroker::outcome::bad_name);
}

TEST(BrokerLimits, ClosesOnMalformedFramesAndGivesMessagesBack) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  c->send("/queue/a", "1");
  c->take();
  c->raw("SEND\nnocolon\n\n");
  EXPECT_THAT(c->take_one(), harness::command("ERROR"));
  EXPECT_EQ(c->close_code(), errc::header_without_colon);
  EXPECT_EQ(b.info("/queue/a").unsettled, 0U);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  EXPECT_EQ(b.broker.counters().connections_failed, 1U);
}

TEST(BrokerLimits, HandlesManyMessagesWithoutSlowingDown) {
  bench b;
  auto c = client::connected(b);
  for (int i = 0; i < 20000; ++i) c->send("/queue/a", "x");
  EXPECT_EQ(b.info("/queue/a").pending, 20000U);
  c->subscribe("/queue/a", "s", "client-individual");
  std::size_t count = 0;
  for (auto batch = c->take(); !batch.empty(); batch = c->take()) {
    for (auto m = batch.rbegin(); m != batch.rend(); ++m) c->ack(*m);
    count += batch.size();
  }
  EXPECT_EQ(count, 20000U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}
