// sendMessage.action: which field becomes what (facts: ActiveMQ 5.3; measured on 5.18.3).
#include "console_fixture.hpp"

namespace mockbroker {
namespace {

using ::testing::HasSubstr;

class ConsoleSend : public console_fixture {
 protected:
  // Sends to queue foo; what is stored there then, and takes it away.
  std::vector<stomp::frame> sent(const std::string& fields) {
    EXPECT_EQ(location(act("POST", "sendMessage",
                           "JMSDestination=foo&JMSDestinationType=queue&" + fields)),
              "queues.jsp");
    auto list = broker().browse("/queue/foo", 100);
    broker().purge("/queue/foo", sim.now());
    return list;
  }
  stomp::frame one(const std::string& fields) {
    const auto list = sent(fields);
    EXPECT_EQ(list.size(), 1U);
    return list.empty() ? stomp::frame{} : list.front();
  }
};

TEST_F(ConsoleSend, SendsABlankFormAsActiveMqDoes) {
  start();
  const auto m =
      one("JMSCorrelationID=&JMSReplyTo=&JMSPriority=&JMSType=&JMSTimeToLive=&JMSXGroupID=&"
          "JMSXGroupSeq="
          "&AMQ_SCHEDULED_DELAY=&AMQ_SCHEDULED_PERIOD=&AMQ_SCHEDULED_REPEAT=&AMQ_SCHEDULED_CRON="
          "&JMSMessageCount=1&JMSMessageCountHeader=JMSXMessageCounter&JMSText=body");
  EXPECT_EQ(m.body, "body");
  EXPECT_EQ(m.get("priority"), "0");
  EXPECT_EQ(m.get("correlation-id"), "");
  EXPECT_EQ(m.get("type"), "");
  EXPECT_EQ(m.get("expires"), "0");
  for (const auto* absent : {"persistent", "reply-to", "JMSXMessageCounter", "AMQ_SCHEDULED_DELAY",
                             "JMSText", "secret"}) {
    EXPECT_FALSE(m.has(absent)) << absent;
  }
}

TEST_F(ConsoleSend, SendsEveryField) {
  start();
  const auto m =
      one("JMSCorrelationID=c1&JMSReplyTo=rr&JMSPersistent=true&JMSPriority=7&JMSType=ty"
          "&JMSTimeToLive=100000&JMSXGroupID=g&JMSXGroupSeq=3&JMSText=full");
  EXPECT_EQ(m.get("correlation-id"), "c1");
  EXPECT_EQ(m.get("reply-to"), "/queue/rr");
  EXPECT_EQ(m.get("persistent"), "true");
  EXPECT_EQ(m.get("priority"), "7");
  EXPECT_EQ(m.get("type"), "ty");
  const auto timestamp = std::stoll(std::string(m.get_or("timestamp", "0")));
  EXPECT_EQ(std::stoll(std::string(m.get_or("expires", "0"))), timestamp + 100000);
  EXPECT_EQ(one("JMSReplyTo=topic://rr").get("reply-to"), "/topic/rr");
  EXPECT_EQ(one("JMSPersistent=on").get("persistent"), "true");
}

TEST_F(ConsoleSend, TakesOtherParametersForProperties) {
  start();
  const auto m = one("color=red&empty=&JMSFoo=bar&my-prop=2&JMSText=x");
  EXPECT_EQ(m.get("color"), "red");
  EXPECT_EQ(m.get("my-prop"), "2");
  EXPECT_FALSE(m.has("empty"));
  EXPECT_FALSE(m.has("JMSFoo"));
}

TEST_F(ConsoleSend, TakesBadNumbersForZeroWhereActiveMqDoes) {
  start();
  EXPECT_EQ(one("JMSPriority=x").get("priority"), "0");
  EXPECT_EQ(one("JMSPriority=12").get("priority"), "9");
  EXPECT_EQ(one("JMSTimeToLive=x").get("expires"), "0");
  for (const auto* count : {"x", "0", "-1", ""}) {
    EXPECT_EQ(sent(std::string("JMSMessageCount=") + count).size(), 1U) << count;
  }
}

TEST_F(ConsoleSend, RefusesWhatActiveMqRefuses) {
  start();
  for (const auto* fields :
       {"JMSDestination=foo&JMSXGroupSeq=x", "JMSDestination=foo&AMQ_SCHEDULED_DELAY=x",
        "JMSText=nowhere", "JMSDestination="}) {
    EXPECT_EQ(act("POST", "sendMessage", fields).status, 500) << fields;
  }
  EXPECT_FALSE(queue("foo"));
}

TEST_F(ConsoleSend, NumbersCopies) {
  start();
  auto list = sent("JMSMessageCount=2&JMSText=x");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[1].get("JMSXMessageNumber"), "2");
  list = sent("JMSMessageCount=2&JMSMessageCountHeader=nr");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].get("nr"), "1");
  EXPECT_EQ(list[1].get("nr"), "2");
}

TEST_F(ConsoleSend, KeepsScheduleFieldsAsPropertiesSinceTheSchedulerIsOff) {
  start();
  const auto m = one("AMQ_SCHEDULED_DELAY=3000&AMQ_SCHEDULED_REPEAT=2&AMQ_SCHEDULED_CRON=*+*");
  EXPECT_EQ(m.get("AMQ_SCHEDULED_DELAY"), "3000");
  EXPECT_EQ(m.get("AMQ_SCHEDULED_REPEAT"), "2");
  EXPECT_EQ(m.get("AMQ_SCHEDULED_CRON"), "* *");
}

TEST_F(ConsoleSend, SendsToTopicsAndToSeveral) {
  start();
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/topic/t");
  EXPECT_EQ(
      location(act("POST", "sendMessage", "JMSDestination=t&JMSDestinationType=topic&JMSText=1")),
      "topics.jsp");
  EXPECT_EQ(next(c).frame.body, "1");
  act("POST", "sendMessage", "JMSDestination=k1,k2&JMSDestinationType=queue&JMSText=1");
  EXPECT_EQ(pending("k1"), 1U);
  EXPECT_EQ(pending("k2"), 1U);
  EXPECT_EQ(broker().browse("/queue/k2", 1)[0].get("original-destination"), "/queue/k1,k2");
}

TEST_F(ConsoleSend, KeepsAMessageOfTheLongestLifeUnexpired) {
  start();
  const auto m = one("JMSTimeToLive=9223372036854775807&JMSText=x");
  EXPECT_GT(std::stoll(std::string(m.get_or("expires", "0"))), 0);
}

}  // namespace
}  // namespace mockbroker
