#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using stomp::errc;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// S-TX-1
TEST(BrokerTransaction, SendsOnlyOnCommitAndInOrder) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", "1", "transaction:t\n");
  c->send("/queue/a", "outside");
  c->send("/queue/a", "2", "transaction:t\n");
  EXPECT_THAT(c->bodies(), ElementsAre("outside"));
  c->say("COMMIT", "transaction:t\nreceipt:r\n");
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("r"), harness::message_with("1"),
                                     harness::message_with("2")));
}

TEST(BrokerTransaction, DropsEverythingOnAbort) {
  bench b;
  auto c = client::connected(b);
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", "1", "transaction:t\nreceipt:s\n");
  c->say("ABORT", "transaction:t\nreceipt:r\n");
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("s"), harness::receipt_for("r")));
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerTransaction, IsAbortedWhenTheClientIsLost) {
  bench b;
  auto c = client::connected(b);
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", "1", "transaction:t\n");
  c->vanish();
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerTransaction, IsAbortedOnDisconnect) {
  bench b;
  auto c = client::connected(b);
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", "1", "transaction:t\n");
  c->say("DISCONNECT", "receipt:d\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("d"));
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
}

TEST(BrokerTransaction, AcknowledgesOnCommit) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client-individual");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  c->say("BEGIN", "transaction:t\n");
  c->ack(m, "transaction:t\n");
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  c->say("COMMIT", "transaction:t\n");
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
}

TEST(BrokerTransaction, LeavesMessagesWithTheClientOnAbort) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client-individual");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  c->say("BEGIN", "transaction:t\n");
  c->ack(m, "transaction:t\n");
  c->say("ABORT", "transaction:t\n");
  c->ack(m, "receipt:r\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("r"));
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
}

TEST(BrokerTransaction, RefusesASecondAckOfTheSameMessage) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client-individual");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  c->say("BEGIN", "transaction:t\n");
  c->ack(m, "transaction:t\n");
  c->ack(m);
  EXPECT_EQ(c->close_code(), errc::unknown_ack);
}

TEST(BrokerTransaction, RefusesOnCommitWithNack) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client-individual");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  c->say("BEGIN", "transaction:t\n");
  c->nack(m, "transaction:t\n");
  EXPECT_THAT(c->take(), IsEmpty());
  c->say("COMMIT", "transaction:t\n");
  EXPECT_THAT(c->take_one(), harness::header("redelivered", "true"));
}

TEST(BrokerTransaction, ForgetsAcksOfSubscriptionsThatEnded) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  c->say("BEGIN", "transaction:t\n");
  c->ack(m, "transaction:t\n");
  c->say("UNSUBSCRIBE", "id:s\n");
  c->say("COMMIT", "transaction:t\nreceipt:r\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("r"));
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST(BrokerTransaction, BelongsToItsConnection) {
  bench b;
  auto one = client::connected(b);
  auto two = client::connected(b);
  one->say("BEGIN", "transaction:t\n");
  two->say("BEGIN", "transaction:t\nreceipt:r\n");
  EXPECT_THAT(two->take_one(), harness::receipt_for("r"));
  two->say("COMMIT", "transaction:u\n");
  EXPECT_EQ(two->close_code(), errc::no_such_transaction);
}

TEST(BrokerTransaction, BoundsItsOperations) {
  auto o = default_options();
  o.transaction_operations = 1;
  bench b(o);
  auto c = client::connected(b);
  c->say("BEGIN", "transaction:t\n");
  c->send("/queue/a", "1", "transaction:t\n");
  c->send("/queue/a", "2", "transaction:t\nreceipt:r\n");
  EXPECT_THAT(c->take_one(), AllOf(harness::command("ERROR"), harness::receipt_id("r")));
}
