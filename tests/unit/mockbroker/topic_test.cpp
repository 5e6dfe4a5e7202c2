#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using ::testing::ElementsAre;

TEST(BrokerTopic, GivesEveryMessageToEverySubscriber) {
  bench b;
  auto one = client::connected(b);
  auto two = client::connected(b);
  one->subscribe("/topic/t", "a");
  one->subscribe("/topic/t", "b");
  two->subscribe("/topic/t", "a");
  two->send("/topic/t", "1");
  EXPECT_THAT(one->take(), ElementsAre(harness::subscription("a"), harness::subscription("b")));
  EXPECT_THAT(two->bodies(), ElementsAre("1"));
}

TEST(BrokerTopic, KeepsNothingForThoseWhoComeLater) {
  bench b;
  auto c = client::connected(b);
  c->send("/topic/t", "early");
  c->subscribe("/topic/t", "a");
  c->send("/topic/t", "late");
  EXPECT_THAT(c->bodies(), ElementsAre("late"));
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerTopic, KeepsMessagesForASlowSubscriberOnly) {
  bench b;
  auto slow = client::connected(b);
  auto fast = client::connected(b);
  slow->subscribe("/topic/t", "a");
  fast->subscribe("/topic/t", "a");
  b.out.lines[slow->id()].is_full = true;
  for (const char* body : {"1", "2", "3"}) fast->send("/topic/t", body);
  EXPECT_THAT(fast->bodies(), ElementsAre("1", "2", "3"));
  EXPECT_THAT(slow->bodies(), ElementsAre("1"));
  b.out.lines[slow->id()].is_full = false;
  b.broker.on_writable(slow->id(), t0);
  EXPECT_THAT(slow->bodies(), ElementsAre("2", "3"));
}

TEST(BrokerTopic, RedeliversARefusedMessageToTheSameSubscription) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/topic/t", "a", "client-individual");
  c->send("/topic/t", "1");
  c->nack(c->take_one());
  EXPECT_THAT(c->take_one(), harness::header("redelivered", "true"));
}

TEST(BrokerTopic, ForgetsWhatADeadSubscriberHeld) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/topic/t", "a", "client");
  c->send("/topic/t", "1");
  EXPECT_EQ(b.info("/topic/t").pending, 1U);
  EXPECT_GT(b.broker.memory_used(), 0U);
  c->vanish();
  EXPECT_EQ(b.info("/topic/t").pending, 0U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerTopic, SharesOneCopyOfTheMessage) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/topic/t", "a", "client");
  c->send("/topic/t", std::string(10000, 'x'));
  const auto once = b.broker.memory_used();
  for (int i = 0; i < 5; ++i) c->subscribe("/topic/u", "u" + std::to_string(i), "client");
  c->send("/topic/u", std::string(10000, 'x'));
  EXPECT_EQ(b.broker.memory_used(), 2 * once);
}
