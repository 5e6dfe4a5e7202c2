#include "mockbroker/broker/message_queue.hpp"

#include <gtest/gtest.h>

using mockbroker::memory_account;
using mockbroker::message;
using mockbroker::message_queue;

namespace {

struct queue_of_messages {
  memory_account account;
  message_queue queue;

  void push(const std::string& id, bool persistent = false) {
    mockbroker::message_facts facts;
    facts.id = id;
    facts.persistent = persistent;
    queue.push(std::make_shared<const message>(account, stomp::make_frame("SEND"), facts));
  }
  std::string take() { return queue.take().m->id(); }
};

}  // namespace

TEST(BrokerMessageQueue, IsFirstInFirstOut) {
  queue_of_messages q;
  q.push("1");
  q.push("2");
  EXPECT_EQ(q.queue.size(), 2U);
  EXPECT_EQ(q.take(), "1");
  EXPECT_EQ(q.take(), "2");
  EXPECT_TRUE(q.queue.empty());
  EXPECT_EQ(q.account.used, 0U);
}

TEST(BrokerMessageQueue, WhatComesBackTakesItsOldPlace) {
  queue_of_messages q;
  for (const char* id : {"1", "2", "3", "4"}) q.push(id);
  auto one = q.queue.take();
  auto two = q.queue.take();
  auto three = q.queue.take();
  q.queue.put_back(std::move(three));
  q.queue.put_back(std::move(one));
  EXPECT_EQ(q.queue.front().m->id(), "1");
  EXPECT_EQ(q.take(), "1");
  q.queue.put_back(std::move(two));
  EXPECT_EQ(q.take(), "2");
  EXPECT_EQ(q.take(), "3");
  EXPECT_EQ(q.take(), "4");
}

TEST(BrokerMessageQueue, LooksInOrderAndStopsWhenTold) {
  queue_of_messages q;
  for (const char* id : {"1", "2", "3"}) q.push(id);
  q.queue.put_back(q.queue.take());
  std::string seen;
  q.queue.for_each([&seen](const auto& entry) {
    seen += entry.m->id();
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, "12");
  q.queue.clear();
  EXPECT_EQ(q.account.used, 0U);
}

// facts: ActiveMQ 4.1
TEST(BrokerMessageQueue, MayHandOutOneKindBeforeTheOther) {
  queue_of_messages q;
  q.queue = message_queue(mockbroker::cursor_order::persistent_first);
  q.push("p0", true);
  q.push("n1");
  q.push("p2", true);
  EXPECT_EQ(q.take(), "p0");
  EXPECT_EQ(q.take(), "p2");
  EXPECT_EQ(q.take(), "n1");
}

TEST(BrokerMessageQueue, RemovesOnlyTheFirstThatIsMeantAlsoAmongThoseThatCameBack) {
  queue_of_messages q;
  for (const char* id : {"back", "x", "x", "y"}) q.push(id);
  q.queue.put_back(q.queue.take());
  const auto is = [](std::string id) {
    return [id](const mockbroker::queue_entry& e) { return e.m->id() == id; };
  };
  EXPECT_TRUE(q.queue.remove_first(is("back")));
  EXPECT_TRUE(q.queue.remove_first(is("x")));
  EXPECT_FALSE(q.queue.remove_first(is("none")));
  EXPECT_EQ(q.queue.size(), 2U);
  EXPECT_EQ(q.take(), "x");
  EXPECT_EQ(q.take(), "y");
}
