// What the console does (facts: ActiveMQ 5.3; statuses and places measured on 5.18.3).
#include "console_fixture.hpp"

namespace mockbroker {
namespace {

using ::testing::HasSubstr;

class ConsoleActions : public console_fixture {};

TEST_F(ConsoleActions, CreateAQueueOrTopic) {
  start();
  EXPECT_EQ(
      location(act("POST", "createDestination", "JMSDestination=foo&JMSDestinationType=queue")),
      "queues.jsp");
  EXPECT_TRUE(queue("foo"));
  EXPECT_EQ(
      location(act("POST", "createDestination", "JMSDestination=foo&JMSDestinationType=queue")),
      "queues.jsp")
      << "it is there";
  EXPECT_EQ(location(act("POST", "createDestination", "JMSDestination=t&JMSDestinationType=Topic")),
            "topics.jsp");
  EXPECT_EQ(location(act("POST", "createDestination", "JMSDestination=untyped")), "queues.jsp");
  EXPECT_TRUE(queue("untyped"));
  EXPECT_EQ(act("POST", "createDestination", "JMSDestinationType=queue").status, 500);
  EXPECT_EQ(act("POST", "createDestination", "JMSDestination=").status, 500);
}

TEST_F(ConsoleActions, WantTheirMethods) {
  start();
  for (const auto* action : {"createDestination", "sendMessage", "createSubscriber"}) {
    EXPECT_EQ(act("GET", action, "JMSDestination=foo").status, 500) << action;
  }
  EXPECT_FALSE(queue("foo"));
  put("foo", "x");
  for (const auto* method : {"HEAD", "PUT", "DELETE"}) {
    EXPECT_EQ(act(method, "purgeDestination", "JMSDestination=foo").status, 500) << method;
  }
  EXPECT_EQ(pending("foo"), 1U);
}

TEST_F(ConsoleActions, ReadTheQueryBeforeTheFormAndJoinWhatIsThereTwice) {
  start();
  const auto form = secret();
  EXPECT_EQ(
      admin("POST", "createDestination.action?secret=" + form, "JMSDestination=foo&secret=wrong")
          .status,
      302);
  EXPECT_EQ(
      admin("POST", "createDestination.action?secret=wrong", "JMSDestination=bar&secret=" + form)
          .status,
      500);
  act("POST", "createDestination", "JMSDestination=a&JMSDestination=b");
  EXPECT_TRUE(queue("a,b"));
}

TEST_F(ConsoleActions, DeleteWithOrWithoutConsumers) {
  start();
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo");
  EXPECT_EQ(
      location(act("GET", "deleteDestination", "JMSDestination=foo&JMSDestinationType=queue")),
      "queues.jsp");
  EXPECT_FALSE(queue("foo"));
  EXPECT_EQ(
      location(act("POST", "deleteDestination", "JMSDestination=foo&JMSDestinationType=topic")),
      "topics.jsp")
      << "one that is not there is no error";
}

TEST_F(ConsoleActions, PurgeQueuesOnly) {
  start();
  put("foo", "x");
  EXPECT_EQ(location(act("GET", "purgeDestination", "JMSDestination=foo&JMSDestinationType=queue")),
            "queues.jsp");
  EXPECT_EQ(pending("foo"), 0U);
  EXPECT_EQ(
      location(act("GET", "purgeDestination", "JMSDestination=none&JMSDestinationType=queue")),
      "queues.jsp");
  EXPECT_EQ(act("GET", "purgeDestination", "JMSDestination=t&JMSDestinationType=topic").status,
            500);
}

TEST_F(ConsoleActions, PauseAndResumeAQueue) {
  start();
  broker().create_destination("/queue/foo", sim.now());
  EXPECT_EQ(location(act("GET", "pauseDestination", "JMSDestination=foo")), "queues.jsp");
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo");
  send(c, "/queue/foo", "1");
  EXPECT_EQ(pending("foo"), 1U);
  EXPECT_THAT(admin("GET", "queues.jsp").body, HasSubstr(">Resume</a>"));
  EXPECT_EQ(location(act("GET", "resumeDestination", "JMSDestination=foo")), "queues.jsp");
  EXPECT_EQ(next(c).frame.body, "1");
  EXPECT_EQ(act("GET", "pauseDestination", "JMSDestination=none").status, 500);
}

TEST_F(ConsoleActions, DeleteCopyAndMoveMessages) {
  start();
  const auto id = net::percent_encode(put("foo", "x"));
  const std::string this_one = "JMSDestination=foo&JMSDestinationType=queue&messageId=" + id;
  const std::string back = "browse.jsp?JMSDestination=foo";
  EXPECT_EQ(location(act("GET", "copyMessage", this_one + "&destination=copy")), back);
  EXPECT_EQ(pending("foo"), 1U);
  EXPECT_EQ(pending("copy"), 1U);
  EXPECT_EQ(broker().browse("/queue/copy", 1)[0].get("original-destination"), "/queue/foo");
  EXPECT_EQ(location(act("POST", "moveMessage", this_one + "&destination=moved")), back);
  EXPECT_EQ(pending("foo"), 0U);
  EXPECT_EQ(pending("moved"), 1U);
  for (const auto* action : {"deleteMessage", "copyMessage", "moveMessage"}) {
    EXPECT_EQ(location(act("GET", action, this_one + "&destination=moved")), back)
        << action << ": that it is gone is no error";
  }
  EXPECT_EQ(act("GET", "copyMessage", "JMSDestination=moved&destination=&messageId=" + id).status,
            500);
  act("GET", "deleteMessage", "JMSDestination=moved&messageId=" + id);
  EXPECT_EQ(pending("moved"), 0U);
}

TEST_F(ConsoleActions, RetryADeadLetter) {
  start();
  broker().create_destination("/queue/foo", sim.now());
  const auto id = put("foo", "x", {{"persistent", "true"}});
  broker().move_message({destination_kind::queue, false, "foo"}, id,
                        {destination_kind::queue, false, "ActiveMQ.DLQ"}, sim.now());
  const std::string fields = "JMSDestination=ActiveMQ.DLQ&messageId=" + net::percent_encode(id);
  EXPECT_EQ(location(act("GET", "retryMessage", fields)), "browse.jsp?JMSDestination=ActiveMQ.DLQ");
  EXPECT_EQ(pending("foo"), 1U);
  EXPECT_EQ(act("GET", "retryMessage", fields).status, 500) << "it is gone";
}

TEST_F(ConsoleActions, CreateAndDeleteDurableSubscribers) {
  start();
  const std::string fields = "clientId=c&subscriberName=s&JMSDestination=news&selector=a%3D1";
  EXPECT_EQ(location(act("POST", "createSubscriber", fields)), "subscribers.jsp");
  EXPECT_EQ(location(act("POST", "createSubscriber", fields)), "subscribers.jsp");
  ASSERT_EQ(broker().subscriptions().size(), 1U);
  EXPECT_EQ(broker().subscriptions()[0].selector, "a=1");
  EXPECT_EQ(act("POST", "createSubscriber",
                "clientId=d&subscriberName=s&JMSDestination=news&selector=a+%3D%3D")
                .status,
            500);
  EXPECT_EQ(act("POST", "createSubscriber", "clientId=d&subscriberName=s").status, 500);
  EXPECT_EQ(location(act("GET", "deleteSubscriber", "clientId=c&subscriberName=s")),
            "subscribers.jsp");
  EXPECT_TRUE(broker().subscriptions().empty());
  EXPECT_EQ(act("GET", "deleteSubscriber", "clientId=c&subscriberName=s").status, 500);
}

TEST_F(ConsoleActions, KeepADurableSubscriberThatIsConnected) {
  start();
  auto& c = named("me");
  subscribe_with(c, "/topic/news", {"activemq.subscriptionName", "s"});
  EXPECT_EQ(act("GET", "deleteSubscriber", "clientId=me&subscriberName=s").status, 500);
}

TEST_F(ConsoleActions, HaveNoJobsToDelete) {
  start();
  const auto got = act("GET", "deleteJob", "jobId=1");
  EXPECT_EQ(got.status, 500);
  EXPECT_THAT(got.body, HasSubstr("Scheduler not started!"));
}

}  // namespace
}  // namespace mockbroker
