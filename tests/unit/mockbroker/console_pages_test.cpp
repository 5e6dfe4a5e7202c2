// Every page, action and feed of the console, by ActiveMQ's words (facts: ActiveMQ 5).
#include <gmock/gmock.h>

#include "mockbroker/console/console.hpp"
#include "mockbroker/console/pages.hpp"
#include "simulated.hpp"

namespace mockbroker {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsolePages : public simulated_broker {
 protected:
  void start() {
    server_options options;
    options.broker.kind = activemq_profile();
    simulated_broker::start(std::move(options));
  }
  broker& engine() { return shell->broker(); }
  std::string publish(const std::string& to, const std::string& body,
                      const std::vector<stomp::header>& headers = {}) {
    std::string id;
    EXPECT_EQ(engine().publish(to, body, headers, sim.now(), &id), outcome::done);
    return id;
  }
  std::string secret() {
    const std::string body = admin("GET", "send.jsp").body;
    const std::string mark = "name=\"secret\" value=\"";
    const auto from = body.find(mark) + mark.size();
    return body.substr(from, body.find('"', from) - from);
  }
  page act(const std::string& name, const std::string& fields, const std::string& how = "POST") {
    const std::string all = "secret=" + secret() + "&" + fields;
    return how == "POST" ? admin("POST", name + ".action", all)
                         : admin(how, name + ".action?" + all);
  }
  std::size_t pending(const std::string& queue) {
    const auto d = engine().find_destination({destination_kind::queue, false, queue});
    return d ? d->pending : 0;
  }
};

std::string heads(std::initializer_list<const char*> names) {
  std::string out;
  for (const auto* name : names) out += "<th>" + std::string(name) + "</th>";
  return out;
}

TEST_F(ConsolePages, EveryPageAnswersAndSaysItsTitle) {
  start();
  publish("/queue/foo", "x");
  for (const page_entry& each : mockbroker::pages()) {
    const auto got = admin("GET", std::string(each.path) + "?JMSDestination=foo");
    EXPECT_EQ(got.status, each.path == "logout.jsp" ? 401 : 200) << each.path;
    EXPECT_THAT(got.body, HasSubstr("<title>localhost : ")) << each.path;
    EXPECT_THAT(got.body, Not(ContainsRegex("<script>|style=|onclick="))) << each.path;
  }
}

TEST_F(ConsolePages, TablesHaveTheColumnsOfActiveMq) {
  start();
  publish("/queue/foo", "x");
  EXPECT_THAT(admin("GET", "queues.jsp").body,
              HasSubstr("<table id=\"queues\"><thead><tr>" +
                        heads({"Name", "Number Of Pending Messages", "Number Of Consumers",
                               "Messages Enqueued", "Messages Dequeued", "Views", "Operations"})));
  EXPECT_THAT(admin("GET", "topics.jsp").body,
              HasSubstr("<table id=\"topics\"><thead><tr>" +
                        heads({"Name", "Number Of Consumers", "Messages Enqueued",
                               "Messages Dequeued", "Operations"})));
  EXPECT_THAT(admin("GET", "browse.jsp?JMSDestination=foo").body,
              HasSubstr("<table id=\"messages\"><thead><tr>" +
                        heads({"Message ID", "Correlation ID", "Persistence", "Priority",
                               "Redelivered", "Reply To", "Timestamp", "Type", "Operations"})));
  EXPECT_THAT(
      admin("GET", "subscribers.jsp").body,
      HasSubstr("<table id=\"topics\"><thead><tr>" +
                heads({"Client ID", "Subscription Name", "Connection ID", "Destination", "Selector",
                       "Pending Queue Size", "Dispatched Queue Size", "Dispatched Counter",
                       "Enqueue Counter", "Dequeue Counter", "Operations"})));
}

TEST_F(ConsolePages, BrowsingAQueueThatIsNotThereIsAnError) {
  start();
  EXPECT_EQ(admin("GET", "browse.jsp?JMSDestination=none").status, 500);
}

TEST_F(ConsolePages, ShowsWhoConsumesAQueue) {
  start();
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo");
  EXPECT_THAT(admin("GET", "queueConsumers.jsp?JMSDestination=foo").body,
              HasSubstr("<td>1000<br>0</td><td>false<br>false</td>"));
  EXPECT_THAT(admin("GET", "queueConsumers.jsp?JMSDestination=other").body,
              HasSubstr("Nobody listens."));
}

TEST_F(ConsolePages, ShowsOneConnection) {
  start();
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo");
  const std::string id = engine().connections()[0].client_id;
  EXPECT_THAT(admin("GET", "connections.jsp").body,
              HasSubstr("connection.jsp?connectionID=" + net::percent_encode(id)));
  EXPECT_THAT(admin("GET", "connection.jsp?connectionID=" + net::percent_encode(id)).body,
              AllOf(HasSubstr("Queue <a href=\"browse.jsp?JMSDestination=foo\">foo</a>"),
                    HasSubstr("tcp://"), HasSubstr("Open transactions")));
  EXPECT_THAT(admin("GET", "connection.jsp?connectionID=none").body,
              HasSubstr("No connection could be found for ID none"));
}

TEST_F(ConsolePages, CreatesShowsAndDeletesADurableSubscriber) {
  start();
  EXPECT_EQ(act("createSubscriber", "clientId=c&subscriberName=s&JMSDestination=news&selector=")
                .headers.get("Location"),
            "/admin/subscribers.jsp");
  EXPECT_THAT(admin("GET", "subscribers.jsp").body,
              HasSubstr("<td>c</td><td>s</td><td>NOTSET</td><td>news</td>"));
  EXPECT_THAT(admin("GET", "xml/subscribers.jsp").body,
              AllOf(HasSubstr("connectionId=\"NOTSET\""), HasSubstr("active=\"no\"")));
  EXPECT_EQ(act("deleteSubscriber", "clientId=c&subscriberName=s", "GET").status, 302);
  EXPECT_TRUE(engine().subscriptions().empty());
  EXPECT_EQ(act("createSubscriber", "clientId=c&subscriberName=s&JMSDestination=").status, 500);
  EXPECT_EQ(act("deleteSubscriber", "clientId=c&subscriberName=s").status, 500) << "it is gone";
}

TEST_F(ConsolePages, ABlankSendFormMeansTheLowestPriorityAndEmptyFields) {
  start();
  act("sendMessage",
      "JMSDestination=foo&JMSDestinationType=queue&JMSCorrelationID=&JMSType=&JMSReplyTo="
      "&JMSPriority=&JMSTimeToLive=&JMSXGroupID=&AMQ_SCHEDULED_DELAY=&JMSMessageCount=1"
      "&JMSMessageCountHeader=JMSXMessageCounter&JMSText=hi");
  const auto stored = engine().messages({destination_kind::queue, false, "foo"}, 1);
  ASSERT_EQ(stored.size(), 1U);
  const stomp::frame& f = stored[0].content;
  EXPECT_EQ(stored[0].facts.priority, 0);
  EXPECT_FALSE(stored[0].facts.persistent);
  EXPECT_EQ(f.get("correlation-id"), "");
  EXPECT_EQ(f.get("type"), "");
  EXPECT_FALSE(f.has("reply-to"));
  EXPECT_FALSE(f.has("AMQ_SCHEDULED_DELAY"));
  EXPECT_FALSE(f.has("JMSXMessageCounter"));
}

TEST_F(ConsolePages, ATimeToLiveExpires) {
  start();
  act("sendMessage", "JMSDestination=foo&JMSTimeToLive=5000&JMSText=hi");
  const auto stored = engine().messages({destination_kind::queue, false, "foo"}, 1);
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].facts.expires_ms - stored[0].facts.timestamp_ms, 5000);
}

TEST_F(ConsolePages, AWordForANumberInASendFormCountsAsLeftOut) {
  start();
  for (const auto* field : {"JMSPriority", "JMSTimeToLive", "JMSMessageCount", "JMSXGroupSeq"}) {
    EXPECT_EQ(act("sendMessage", "JMSDestination=foo&" + std::string(field) + "=many").status, 302)
        << field;
  }
  EXPECT_EQ(pending("foo"), 4U);
}

TEST_F(ConsolePages, RetriesADeadLetter) {
  start();
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo", stomp::ack_mode::client_individual);
  const std::string id = publish("/queue/foo", "x", {{"persistent", "true"}});
  const auto refused = c.session().nack(next(c).frame, {}, stomp::want_receipt::yes, sim.now());
  run_to_end(sim, c.wait_receipt(refused.receipt_id));
  ASSERT_EQ(pending("ActiveMQ.DLQ"), 1U);
  const auto got =
      act("retryMessage", "JMSDestination=ActiveMQ.DLQ&messageId=" + net::percent_encode(id));
  EXPECT_EQ(got.headers.get("Location"), "/admin/browse.jsp?JMSDestination=ActiveMQ.DLQ");
  EXPECT_EQ(pending("ActiveMQ.DLQ"), 0U);
  EXPECT_EQ(pending("foo"), 1U);
}

TEST_F(ConsolePages, PurgingOrDeletingWhatIsNotThereIsNoError) {
  start();
  EXPECT_EQ(act("purgeDestination", "JMSDestination=no&JMSDestinationType=queue").status, 302);
  EXPECT_EQ(act("deleteDestination", "JMSDestination=no&JMSDestinationType=topic")
                .headers.get("Location"),
            "/admin/topics.jsp");
  EXPECT_EQ(act("purgeDestination", "JMSDestination=no&JMSDestinationType=topic").status, 500);
  EXPECT_EQ(act("deleteJob", "jobId=1").status, 500);
  EXPECT_EQ(act("nothing", "").status, 404);
  EXPECT_EQ(act("pauseDestination", "JMSDestination=no").status, 500);
  EXPECT_EQ(act("retryMessage", "JMSDestination=no&messageId=x").status, 500);
  EXPECT_EQ(admin("PUT", "queues.jsp").status, 405);
}

TEST_F(ConsolePages, AUserMayLookButNotAct) {
  start();
  EXPECT_EQ(admin("GET", "queues.jsp", {}, "user:user").status, 200);
  EXPECT_EQ(admin("POST", "createDestination.action", "JMSDestination=a", "user:user").status, 403);
}

TEST_F(ConsolePages, OnlyTheNewestSecretIsGoodWhenAskedToBeLikeActiveMq) {
  console_settings.secrets_kept = 1;
  start();
  const std::string old = secret();
  admin("GET", "xml/queues.jsp");
  const std::string fields = "JMSDestination=a&JMSDestinationType=queue&secret=";
  EXPECT_EQ(admin("POST", "createDestination.action", fields + old).status, 500);
  EXPECT_EQ(admin("POST", "createDestination.action", fields + secret()).status, 302);
}

TEST_F(ConsolePages, AnotherLoginHasSecretsOfItsOwn) {
  console_settings.users = {{}, {.name = "other", .password = "x"}};
  start();
  EXPECT_EQ(admin("POST", "createDestination.action",
                  "JMSDestination=a&JMSDestinationType=queue&secret=" + secret(), "other:x")
                .status,
            500);
}

TEST_F(ConsolePages, SetsTheSessionCookieOnce) {
  start();
  const auto first = admin("GET", "queues.jsp");
  const std::string cookie(first.headers.get("Set-Cookie").value_or(""));
  EXPECT_THAT(cookie, AllOf(HasSubstr("JSESSIONID=node0"), HasSubstr("; Path=/admin; HttpOnly")));
  const auto second = fetch(console_port, "GET", "/admin/queues.jsp",
                            {{"Authorization", "Basic " + crypto::base64_encode("admin:admin")},
                             {"Cookie", cookie.substr(0, cookie.find(';'))}});
  EXPECT_FALSE(second.headers.get("Set-Cookie"));
}

TEST_F(ConsolePages, TakesLinksThatCarryTheSession) {
  start();
  EXPECT_EQ(admin("GET", "queues.jsp;jsessionid=node01abc").status, 200);
}

TEST_F(ConsolePages, LiveGivesWhatChangesAndNoNewSecret) {
  console_settings.secrets_kept = 1;
  start();
  publish("/queue/foo", "x");
  const std::string mine = secret();
  const auto got = admin("GET", "live/queues?QueueFilter=fo");
  EXPECT_THAT(got.body,
              AllOf(HasSubstr("<td>foo</td><td>1</td>"), HasSubstr(mine), Not(HasSubstr("<form"))));
  const auto again = fetch(console_port, "GET", "/admin/live/queues?QueueFilter=fo",
                           {{"Authorization", "Basic " + crypto::base64_encode("admin:admin")},
                            {"If-None-Match", std::string(got.headers.get("ETag").value_or(""))}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(admin("GET", "live/nothing").status, 404);
}

TEST_F(ConsolePages, ListsQueuesAndTopicsAsXml) {
  start();
  publish("/queue/foo", "x");
  publish("/topic/news", "x");
  const auto queues = admin("GET", "xml/queues.jsp");
  EXPECT_EQ(queues.headers.get("Content-Type"), "text/xml;charset=utf-8");
  EXPECT_THAT(queues.body, AllOf(HasSubstr("<queue name=\"foo\"\n>"), HasSubstr("size=\"1\"\n"),
                                 HasSubstr("queueBrowse/foo?view=rss&amp;amp;feedType=atom_1.0")));
  EXPECT_THAT(admin("GET", "xml/topics.jsp").body, HasSubstr("<topic name=\"news \"\n>"));
  EXPECT_EQ(admin("GET", "xml/nothing.jsp").status, 404);
}

TEST_F(ConsolePages, BrowsesAQueueAsFeed) {
  start();
  const std::string id = publish("/queue/foo", "<b>\x01", {{"color", "red"}});
  publish("/queue/foo", "two");
  EXPECT_THAT(
      admin("GET", "queueBrowse/foo").body,
      AllOf(HasSubstr("<messages queue='queue://foo'>"), HasSubstr("<message id='" + id + "'/>")));
  const auto rss = admin("GET", "queueBrowse/foo?view=rss&feedType=rss_2.0&selector=color%3D'red'");
  EXPECT_THAT(rss.body,
              AllOf(HasSubstr("<title>" + id + "</title>"),
                    HasSubstr("<description>&lt;b&gt;?</description>"), Not(HasSubstr("two"))));
  EXPECT_EQ(rss.headers.get("Content-Type"), "application/rss+xml;charset=utf-8");
  const auto atom = admin("GET", "queueBrowse/foo?view=rss&feedType=atom_1.0&maxMessages=1");
  EXPECT_THAT(atom.body, AllOf(HasSubstr("<entry>"), Not(HasSubstr("two"))));
  EXPECT_THAT(admin("GET", "queueBrowse/foo?view=xml&msgId=" + net::percent_encode(id)).body,
              AllOf(HasSubstr("<header name='color'>red</header>"), Not(HasSubstr("two"))));
  for (const auto* bad : {"view=none", "view=rss&feedType=x", "selector=%3D", "maxMessages=x"}) {
    EXPECT_EQ(admin("GET", "queueBrowse/foo?" + std::string(bad)).status, 500) << bad;
  }
}

TEST_F(ConsolePages, TheStrictProfileHasTheSameConsole) {
  simulated_broker::start();
  publish("/queue/foo", "x");
  EXPECT_THAT(admin("GET", "queues.jsp").body, HasSubstr("<td>foo</td><td>1</td>"));
  EXPECT_EQ(admin("GET", "browse.jsp?JMSDestination=foo").status, 200);
  EXPECT_EQ(act("pauseDestination", "JMSDestination=foo&JMSDestinationType=queue").status, 302);
  EXPECT_EQ(act("purgeDestination", "JMSDestination=foo&JMSDestinationType=queue").status, 302);
  EXPECT_EQ(engine().find_destination(engine().parse_name("/queue/foo"))->pending, 0U);
}

// From 5.19.7 and 6.2.6 on.
TEST_F(ConsolePages, LaterReleasesHaveNoRestAndALimitedJolokia) {
  server_options options;
  options.broker.kind = activemq_profile({6, 2, 6});
  simulated_broker::start(std::move(options));
  const std::string login = "Basic " + crypto::base64_encode("admin:admin");
  EXPECT_EQ(fetch(console_port, "GET", "/api/message/foo", {{"Authorization", login}}).status, 404);
  const auto ask = [&](const std::string& method, const std::string& body) {
    return fetch(console_port, method, "/api/jolokia/version",
                 {{"Authorization", login}, {"Origin", "http://x"}}, body)
        .body;
  };
  EXPECT_THAT(ask("GET", {}), HasSubstr("HTTP method get is not allowed"));
  EXPECT_THAT(ask("POST", R"({"type":"version"})"), HasSubstr("\"status\":200"));
  const std::string broker_bean = "org.apache.activemq:type=Broker,brokerName=localhost";
  EXPECT_THAT(ask("POST", R"({"type":"exec","operation":"addQueue","arguments":["x"],"mbean":")" +
                              broker_bean + "\"}"),
              HasSubstr("Operation addQueue forbidden for MBean"));
  EXPECT_THAT(
      ask("POST", R"({"type":"read","attribute":"BrokerName","mbean":")" + broker_bean + "\"}"),
      HasSubstr("\"value\":\"localhost\""));
}

}  // namespace
}  // namespace mockbroker
