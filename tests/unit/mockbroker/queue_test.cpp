#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(BrokerQueue, KeepsMessagesUntilSomebodyListens) {
  bench b;
  auto producer = client::connected(b);
  producer->send("/queue/a", "1");
  producer->send("/queue/a", "2");
  EXPECT_EQ(b.info("/queue/a").pending, 2U);
  auto consumer = client::connected(b);
  consumer->subscribe("/queue/a", "s");
  EXPECT_THAT(consumer->bodies(), ElementsAre("1", "2"));
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
}

TEST(BrokerQueue, GivesEachMessageToOneConsumerInTurn) {
  bench b;
  auto one = client::connected(b);
  auto two = client::connected(b);
  one->subscribe("/queue/a", "s");
  two->subscribe("/queue/a", "s");
  for (const char* body : {"1", "2", "3", "4", "5"}) one->send("/queue/a", body);
  EXPECT_THAT(one->bodies(), ElementsAre("1", "3", "5"));
  EXPECT_THAT(two->bodies(), ElementsAre("2", "4"));
}

TEST(BrokerQueue, SharesAlsoBetweenSubscriptionsOfOneConnection) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s1");
  c->subscribe("/queue/a", "s2");
  c->send("/queue/a", "1");
  c->send("/queue/a", "2");
  EXPECT_THAT(c->take(), ElementsAre(harness::subscription("s1"), harness::subscription("s2")));
}

TEST(BrokerQueue, KeepsTheOrderOfOneProducer) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  texts expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::to_string(i));
    c->send("/queue/a", expected.back());
  }
  EXPECT_EQ(c->bodies(), expected);
}

TEST(BrokerQueue, StopsAfterUnsubscribe) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->say("UNSUBSCRIBE", "id:s\nreceipt:u\n");
  c->send("/queue/a", "1");
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("u")));
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST(BrokerQueue, AnIdMayBeUsedAgainAfterUnsubscribe) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->say("UNSUBSCRIBE", "id:s\n");
  c->subscribe("/queue/b", "s");
  c->send("/queue/b", "1");
  EXPECT_THAT(c->bodies(), ElementsAre("1"));
}

// Receipt means processed; the sender learns it before its own message comes back.
TEST(BrokerQueue, SendsTheReceiptBeforeTheMessage) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->send("/queue/a", "1", "receipt:r\n");
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("r"), harness::message_with("1")));
}

TEST(BrokerQueue, AnswersEveryReceiptOnce) {
  bench b;
  auto c = client::connected(b);
  c->say("SUBSCRIBE", "destination:/queue/a\nid:1\nreceipt:1\n");
  c->say("BEGIN", "transaction:t\nreceipt:2\n");
  c->say("ABORT", "transaction:t\nreceipt:3\n");
  c->say("UNSUBSCRIBE", "id:1\nreceipt:4\n");
  EXPECT_THAT(c->take(), ElementsAre(harness::receipt_for("1"), harness::receipt_for("2"),
                                     harness::receipt_for("3"), harness::receipt_for("4")));
}

TEST(BrokerQueue, TreatsUnprefixedNamesAsQueues) {
  bench b;
  auto c = client::connected(b);
  c->send("plain", "1");
  EXPECT_EQ(b.info("plain").name.kind, mockbroker::destination_kind::queue);
  EXPECT_EQ(b.info("plain").pending, 1U);
}

TEST(BrokerQueue, AProfileMayRefuseUnprefixedNames) {
  auto o = default_options();
  o.kind.names.unprefixed.reset();
  bench b(o);
  auto c = client::connected(b);
  c->send("plain", "1", "receipt:r\n");
  EXPECT_THAT(c->take_one(), AllOf(harness::command("ERROR"), harness::receipt_id("r")));
  EXPECT_EQ(c->close_code(), stomp::errc::bad_destination);
}

TEST(BrokerQueue, TalksOverAllVersions) {
  bench b;
  for (const char* from : {"1.0", "1.1", "1.2"}) {
    for (const char* to : {"1.0", "1.1", "1.2"}) {
      auto producer = client::connected(b, from);
      auto consumer = client::connected(b, to);
      consumer->subscribe("/queue/a", "s");
      producer->send("/queue/a", "hello", "k:v\n");
      EXPECT_THAT(consumer->take_one(),
                  AllOf(harness::message_with("hello"), harness::header("k", "v"),
                        harness::subscription("s")));
      producer->vanish();
      consumer->vanish();
    }
  }
}

TEST(BrokerQueue, SubscribesWithoutIdIn10) {
  bench b;
  auto c = client::connected(b, "1.0");
  c->say("SUBSCRIBE", "destination:/queue/a\nack:client\n");
  c->send("/queue/a", "1");
  const auto m = c->take_one();
  EXPECT_THAT(m, AllOf(harness::message_with("1"), Not(harness::has_header("subscription")),
                       Not(harness::has_header("ack"))));
  c->say("ACK", "message-id:" + std::string(m.get_or("message-id", "")) + "\nreceipt:r\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("r"));
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
}

TEST(BrokerQueue, CarriesEmptyAndBinaryBodies) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->send("/queue/a", "");
  const std::string nul("a\0b", 3);
  c->send("/queue/a", nul, "content-length:3\n");
  EXPECT_THAT(c->take(),
              ElementsAre(AllOf(harness::body(""), Not(harness::has_header("content-length"))),
                          AllOf(harness::body(nul), harness::header("content-length", "3"))));
}

TEST(BrokerQueue, CarriesAMebibyte) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  const std::string body(1024 * 1024, 'x');
  c->send("/queue/a", body);
  EXPECT_TRUE(c->take_one().body == body);
}

TEST(BrokerQueue, ReadsFramesCutAnywhere) {
  const std::string input = wire("CONNECT", "accept-version:1.2\n") +
                            wire("SUBSCRIBE", "destination:/queue/a\nid:1\n") +
                            wire("SEND", "destination:/queue/a\n", "hello");
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    bench b;
    client c(b);
    c.raw(std::string_view(input).substr(0, cut));
    c.raw(std::string_view(input).substr(cut));
    EXPECT_THAT(c.bodies(), ElementsAre("hello")) << cut;
  }
}

// Temporary queues: private names, reachable by reply-to, gone with their connection
TEST(BrokerQueue, AnswersRequestsOverTemporaryQueues) {
  bench b;
  auto asker = client::connected(b);
  auto server = client::connected(b);
  server->subscribe("/queue/service", "s");
  asker->subscribe("/temp-queue/reply", "r");
  asker->send("/queue/service", "ping", "reply-to:/temp-queue/reply\n");
  const auto request = server->take_one();
  EXPECT_THAT(request, harness::header("reply-to", "/temp-queue/session-1:reply"));
  server->send("/temp-queue/session-1\\creply", "pong");
  EXPECT_THAT(asker->bodies(), ElementsAre("pong"));
  asker->vanish();
  EXPECT_EQ(b.broker.destinations().size(), 1U);
}
