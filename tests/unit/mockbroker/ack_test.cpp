#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using stomp::errc;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace {

// A queue "/queue/a" with `count` messages "1", "2", ... and one consumer "s" that took them.
struct taken {
  bench b;
  std::unique_ptr<client> c;
  std::vector<stomp::frame> messages;

  explicit taken(const std::string& mode, int count = 3, const std::string& version = "1.2",
                 mockbroker::broker_options o = default_options())
      : b(std::move(o)), c(client::connected(b, version)) {
    c->subscribe("/queue/a", "s", mode);
    for (int i = 1; i <= count; ++i) c->send("/queue/a", std::to_string(i));
    messages = c->take();
  }
  std::size_t pending() const { return b.info("/queue/a").pending; }
};

}  // namespace

TEST(BrokerAck, AutoSettlesAtOnce) {
  taken t("auto");
  EXPECT_EQ(t.pending(), 0U);
  EXPECT_THAT(t.messages, Each(Not(harness::has_header("ack"))));
}

// S-ACK-1
TEST(BrokerAck, ClientModeIsCumulative) {
  taken t("client");
  ASSERT_THAT(t.messages, SizeIs(3));
  EXPECT_EQ(t.pending(), 3U);
  t.c->ack(t.messages[1]);
  EXPECT_EQ(t.pending(), 1U);
  t.c->ack(t.messages[2]);
  EXPECT_EQ(t.pending(), 0U);
  EXPECT_FALSE(t.c->is_closed());
}

// S-ACK-1
TEST(BrokerAck, ClientIndividualSettlesOnlyThatOne) {
  taken t("client-individual");
  t.c->ack(t.messages[1]);
  EXPECT_EQ(t.pending(), 2U);
}

TEST(BrokerAck, CumulativeStaysWithinItsSubscription) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "a", "client");
  c->subscribe("/queue/b", "b", "client");
  c->send("/queue/a", "1");
  c->send("/queue/b", "2");
  c->ack(c->take().at(1));
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  EXPECT_EQ(b.info("/queue/b").pending, 0U);
}

TEST(BrokerAck, WorksWithTheKeysOfEveryVersion) {
  for (const char* version : {"1.0", "1.1", "1.2"}) {
    taken t("client", 2, version);
    ASSERT_THAT(t.messages, SizeIs(2)) << version;
    t.c->ack(t.messages[1], "receipt:r\n");
    EXPECT_THAT(t.c->take_one(), harness::receipt_for("r")) << version;
    EXPECT_EQ(t.pending(), 0U) << version;
  }
}

TEST(BrokerAck, OnlyVersion12HasAnAckHeader) {
  EXPECT_THAT(taken("client", 1, "1.1").messages.at(0), Not(harness::has_header("ack")));
  EXPECT_THAT(taken("client", 1, "1.2").messages.at(0), harness::has_header("ack"));
}

// S-ACK-2
TEST(BrokerAck, RefusesUnknownAndSettledIds) {
  taken t("client", 1);
  t.c->ack(t.messages[0]);
  t.c->ack(t.messages[0], "receipt:r\n");
  EXPECT_THAT(t.c->take_one(), AllOf(harness::command("ERROR"), harness::receipt_id("r")));
  EXPECT_EQ(t.c->close_code(), errc::unknown_ack);
}

// S-ACK-2
TEST(BrokerAck, AnotherConnectionCannotAcknowledge) {
  taken t("client", 1);
  auto other = client::connected(t.b);
  other->ack(t.messages[0]);
  EXPECT_EQ(other->close_code(), errc::unknown_ack);
  EXPECT_EQ(t.pending(), 1U);
}

TEST(BrokerAck, AProfileMayForgiveUnknownIds) {
  auto o = default_options();
  o.kind.rules.fatal.unknown_ack = false;
  taken t("client", 1, "1.2", o);
  t.c->say("ACK", "id:nonsense\n");
  EXPECT_THAT(t.c->take_one(), harness::command("ERROR"));
  EXPECT_FALSE(t.c->is_closed());
}

// S-ACK-3
TEST(BrokerAck, RedeliversInOrderWhenAClientDies) {
  taken t("client");
  t.c->ack(t.messages[0]);
  t.c->send("/queue/a", "4");
  t.c->vanish();
  EXPECT_EQ(t.pending(), 3U);
  auto next = client::connected(t.b);
  next->subscribe("/queue/a", "s");
  EXPECT_THAT(next->take(),
              ElementsAre(AllOf(harness::body("2"), harness::header("redelivered", "true")),
                          AllOf(harness::body("3"), harness::header("redelivered", "true")),
                          AllOf(harness::body("4"), harness::header("redelivered", "true"))));
}

TEST(BrokerAck, DoesNotMarkMessagesThatNobodySaw) {
  bench b;
  auto one = client::connected(b);
  one->send("/queue/a", "1");
  one->vanish();
  auto two = client::connected(b);
  two->subscribe("/queue/a", "s");
  EXPECT_THAT(two->take_one(), Not(harness::has_header("redelivered")));
}

TEST(BrokerAck, RedeliversAfterUnsubscribeAndDisconnect) {
  taken t("client");
  auto next = client::connected(t.b);
  next->subscribe("/queue/a", "s");
  t.c->say("UNSUBSCRIBE", "id:s\n");
  EXPECT_THAT(next->bodies(), ElementsAre("1", "2", "3"));
  taken u("client", 1);
  u.c->say("DISCONNECT", "");
  EXPECT_EQ(u.pending(), 1U);
}

TEST(BrokerAck, MessagesOfAnEndedSubscriptionCannotBeAcknowledged) {
  taken t("client", 1);
  t.c->say("UNSUBSCRIBE", "id:s\n");
  t.c->ack(t.messages[0]);
  EXPECT_EQ(t.c->close_code(), errc::unknown_ack);
}

TEST(BrokerAck, NackGivesTheMessageToAnotherConsumer) {
  taken t("client-individual", 1);
  auto other = client::connected(t.b);
  other->subscribe("/queue/a", "s", "client-individual");
  t.c->nack(t.messages[0]);
  EXPECT_THAT(other->take_one(), AllOf(harness::body("1"), harness::header("redelivered", "true")));
  EXPECT_THAT(t.c->take(), IsEmpty());
}

TEST(BrokerAck, NackComesBackWhenThereIsNobodyElse) {
  taken t("client-individual", 1);
  t.c->nack(t.messages[0]);
  EXPECT_THAT(t.c->take_one(), harness::header("redelivered", "true"));
}

TEST(BrokerAck, NackEndsInTheDeadLetterQueue) {
  taken t("client-individual", 1);
  stomp::frame m = t.messages[0];
  int deliveries = 1;
  for (;; ++deliveries) {
    t.c->nack(m);
    const auto next = t.c->take();
    if (next.empty()) break;
    m = next[0];
    ASSERT_LT(deliveries, 100);
  }
  EXPECT_EQ(deliveries, 6);
  EXPECT_EQ(t.pending(), 0U);
  EXPECT_EQ(t.b.broker.counters().messages_dead, 1U);
  EXPECT_THAT(t.b.broker.browse("/queue/DLQ", 10),
              ElementsAre(AllOf(harness::body("1"), harness::destination("/queue/DLQ"),
                                harness::header("original-destination", "/queue/a"),
                                harness::message_id(std::string(m.get_or("message-id", ""))))));
}

TEST(BrokerAck, AProfileMayBuryAtTheFirstNack) {
  auto o = default_options();
  o.kind.nack = mockbroker::nack_rule::dead_letter;
  taken t("client", 2, "1.2", o);
  t.c->nack(t.messages[1]);
  EXPECT_EQ(t.b.info("/queue/DLQ").pending, 2U) << "cumulative, like ACK";
}

TEST(BrokerAck, DeadLettersThatAreRefusedAgainGo) {
  auto o = default_options();
  o.kind.nack = mockbroker::nack_rule::dead_letter;
  bench b(o);
  auto c = client::connected(b);
  c->subscribe("/queue/DLQ", "s", "client");
  b.broker.publish("/queue/DLQ", "x", {}, t0);
  c->nack(c->take_one());
  EXPECT_EQ(b.info("/queue/DLQ").pending, 0U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerAck, HoldsBackBeyondThePrefetchWindow) {
  auto o = default_options();
  o.kind.prefetch = 2;
  taken t("client-individual", 5, "1.2", o);
  ASSERT_THAT(t.messages, SizeIs(2));
  t.c->ack(t.messages[0]);
  EXPECT_THAT(t.c->bodies(), ElementsAre("3"));
}

TEST(BrokerAck, PrefetchLeavesWorkForOthers) {
  auto o = default_options();
  o.kind.prefetch = 1;
  taken t("client", 3, "1.2", o);
  auto other = client::connected(t.b);
  other->subscribe("/queue/a", "s");
  EXPECT_THAT(other->bodies(), ElementsAre("2", "3"));
}

TEST(BrokerAck, AProfileMayLetClientsChooseTheirWindow) {
  auto o = default_options();
  o.kind.option_prefix = "activemq.";
  bench b(o);
  auto c = client::connected(b);
  c->say("SUBSCRIBE", "destination:/queue/a\nid:s\nack:client\nactivemq.prefetchSize:1\n");
  c->send("/queue/a", "1");
  c->send("/queue/a", "2");
  EXPECT_THAT(c->bodies(), ElementsAre("1"));
}

TEST(BrokerAck, AutoHasNoWindow) {
  auto o = default_options();
  o.kind.prefetch = 1;
  EXPECT_THAT(taken("auto", 5, "1.2", o).messages, SizeIs(5));
}
