// The console's pages: words, columns and links are ActiveMQ's (facts: ActiveMQ 5.2).
#include "console_fixture.hpp"

namespace mockbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsolePages : public console_fixture {};

TEST_F(ConsolePages, HaveTheirTitlesAndTabs) {
  start();
  put("foo", "x");
  const std::pair<const char*, const char*> titles[] = {
      {"", "ActiveMQ Console"},
      {"index.jsp", "ActiveMQ Console"},
      {"queues.jsp", "Queues"},
      {"queueGraph.jsp", "Queues"},
      {"topics.jsp", "Topics"},
      {"subscribers.jsp", "Durable Topic Subscribers"},
      {"connections.jsp", "Connections"},
      {"connection.jsp?connectionID=x", "Connection x"},
      {"network.jsp", "Network Bridges"},
      {"scheduled.jsp", "Messages Scheduled for Future Delivery"},
      {"send.jsp", "Send Messages"},
      {"browse.jsp?JMSDestination=foo", "Browse foo"},
      {"message.jsp?JMSDestination=foo&id=x", "Message x"},
      {"queueConsumers.jsp?JMSDestination=foo", "Consumers for foo"},
      {"queueProducers.jsp?JMSDestination=foo", "Producers for Queue foo"},
      {"topicSubscribers.jsp?JMSDestination=foo", "Subscribers for Topic foo"},
      {"topicProducers.jsp?JMSDestination=foo", "Producers for Topic foo"},
      {"slave.jsp", "ActiveMQ Console"}};
  for (const auto& [path, title] : titles) {
    const auto got = admin("GET", path);
    EXPECT_EQ(got.status, 200) << path;
    EXPECT_EQ(got.headers.get("Content-Type"), "text/html;charset=utf-8") << path;
    EXPECT_EQ(between(got.body, "<title>", "</title>"), std::string("localhost : ") + title);
    EXPECT_THAT(got.body, HasSubstr(">Subscribers</a>")) << path;
  }
}

TEST_F(ConsolePages, ShowTheBroker) {
  start();
  const auto html = admin("GET", "").body;
  EXPECT_THAT(row_with(html, "Name"), ElementsAre("Name", "localhost"));
  EXPECT_THAT(row_with(html, "ID"), ElementsAre("ID", broker().broker_id()));
  EXPECT_THAT(row_with(html, "Version"), ElementsAre("Version", "5.18.7"));
  EXPECT_THAT(row_with(html, "Uptime").at(1), ::testing::EndsWith("seconds"));
  for (const auto* name : {"Store", "Memory", "Temp"}) {
    const std::string row = std::string(name) + " percent used";
    EXPECT_THAT(row_with(html, row), ElementsAre(row, "0"));
  }
}

TEST_F(ConsolePages, ListQueuesInActiveMqsColumns) {
  start();
  put("foo", "x");
  const auto got = admin("GET", "queues.jsp");
  EXPECT_THAT(headings_of(got.body),
              ElementsAre("Name", "Number Of Pending Messages", "Number Of Consumers",
                          "Messages Enqueued", "Messages Dequeued", "Views", "Operations"));
  EXPECT_THAT(
      row_with(got.body, "foo"),
      ElementsAre("foo", "1", "0", "1", "0", "Browse Active Consumers Active Producers Atom RSS",
                  "Send To Purge Delete Pause"));
  EXPECT_THAT(got.body, HasSubstr("href=\"browse.jsp;jsessionid="));
  const auto again = admin("GET", "queues.jsp");
  const std::string end = "&amp;JMSDestinationType=queue&amp;secret=" + secret_of(again) + "\"";
  for (const auto* action : {"purge", "delete", "pause"}) {
    EXPECT_THAT(again.body, HasSubstr("\"" + std::string(action) +
                                      "Destination.action?JMSDestination=foo" + end));
  }
  EXPECT_THAT(again.body, HasSubstr("queueBrowse/foo?view=rss&amp;feedType=atom_1.0"));
  EXPECT_THAT(again.body, HasSubstr("send.jsp?JMSDestination=foo&amp;JMSDestinationType=queue"));
}

TEST_F(ConsolePages, FilterQueuesByPartOfTheirName) {
  start();
  put("orders", "");
  put("Invoices", "");
  const auto list = admin("GET", "queues.jsp?QueueFilter=VOICE").body;
  EXPECT_THAT(list, HasSubstr("Invoices"));
  EXPECT_THAT(list, Not(HasSubstr("orders")));
  EXPECT_THAT(list, HasSubstr("name=\"QueueFilter\" value=\"VOICE\""));
}

TEST_F(ConsolePages, CutLongNamesAndKeepThemAsTooltip) {
  start();
  const std::string name(60, 'n');
  put(name, "");
  EXPECT_THAT(admin("GET", "queues.jsp").body,
              HasSubstr("> " + std::string(47, 'n') + "... <span>" + name + "</span></span>"));
}

TEST_F(ConsolePages, EscapeNamesBodiesAndProperties) {
  start();
  const std::string evil = "<script>alert(1)</script>";
  const auto id = put(evil, evil, {{"k", evil}, {"correlation-id", evil}, {"type", evil}});
  broker().create_destination("/topic/" + evil, sim.now());
  auto& c = named(evil);
  subscribe(c, "/queue/" + evil, stomp::ack_mode::client);
  const std::string q = "?JMSDestination=" + net::percent_encode(evil);
  const std::string cid = "?connectionID=" + net::percent_encode(evil);
  for (const auto& path :
       {std::string("queues.jsp"), std::string("queueGraph.jsp"), std::string("topics.jsp"),
        std::string("connections.jsp"), "connection.jsp" + cid, "browse.jsp" + q,
        "message.jsp" + q + "&id=" + net::percent_encode(id), "queueConsumers.jsp" + q,
        "send.jsp" + q, "queues.jsp?QueueFilter=" + net::percent_encode(evil),
        "message.jsp" + q + "&id=" + net::percent_encode(evil)}) {
    const auto html = admin("GET", path).body;
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")) << path;
    EXPECT_THAT(html, Not(HasSubstr("<script>"))) << path;
  }
}

TEST_F(ConsolePages, ShowQueueDepthsAsAGraph) {
  start();
  put("foo", "x");
  put("bar", "x");
  put("bar", "x");
  EXPECT_THAT(admin("GET", "queueGraph.jsp").body,
              HasSubstr("<meter min=\"0\" max=\"2\" value=\"1\""));
}

TEST_F(ConsolePages, ListTopics) {
  start();
  auto& c = connected("ws://localhost:61614/");
  subscribe(c, "/topic/news");
  send(c, "/topic/news", "x");
  const auto html = admin("GET", "topics.jsp").body;
  EXPECT_THAT(headings_of(html), ElementsAre("Name", "Number Of Consumers", "Messages Enqueued",
                                             "Messages Dequeued", "Operations"));
  EXPECT_THAT(
      row_with(html, "news"),
      ElementsAre("news", "1", "1", "1", "Send To Active Subscribers Active Producers Delete"));
  EXPECT_THAT(html, HasSubstr("ActiveMQ.Advisory.Topic")) << "advisories are topics as well";
}

TEST_F(ConsolePages, ListSubscribersInThreeTables) {
  start();
  EXPECT_EQ(broker().create_durable("cid", "away", "news", "a = 1", sim.now()), outcome::done);
  auto& c = named("me");
  subscribe(c, "/topic/weather");
  subscribe_with(c, "/topic/news", {"activemq.subscriptionName", "a-long-name"});
  const auto html = admin("GET", "subscribers.jsp").body;
  const auto offline = html.find("Offline Durable Topic Subscribers");
  const auto passing = html.find("Active Non-Durable Topic Subscribers");
  EXPECT_THAT(row_with(html.substr(0, offline), "me").at(1), HasSubstr("a-long-..."));
  EXPECT_THAT(
      row_with(html.substr(offline, passing - offline), "cid"),
      ElementsAre("cid", "away", "NOTSET", "news", "a = 1", "0", "0", "0", "0", "0", "Delete"));
  const auto own = row_with(html.substr(passing), "me");
  EXPECT_EQ(own.at(3), "weather");
  EXPECT_EQ(own.at(10), "") << "nothing to delete";
  std::size_t tables = 0;
  for (auto at = html.find("<table id=\"topics\""); at != std::string::npos; ++tables) {
    at = html.find("<table id=\"topics\"", at + 1);
  }
  EXPECT_EQ(tables, 3U);
  EXPECT_THAT(admin("GET", "topicSubscribers.jsp?JMSDestination=news").body, HasSubstr("NOTSET"));
}

TEST_F(ConsolePages, ListConnectionsByConnector) {
  start();
  connected("ws://localhost:61614/");
  named("me");
  const auto html = admin("GET", "connections.jsp").body;
  const auto stomp = html.find("<h3>Connector stomp</h3>");
  ASSERT_LT(html.find("<h3>Connector ws</h3>"), stomp);
  EXPECT_THAT(html.substr(0, stomp), HasSubstr("<td>ws://"));
  const auto row = row_with(html.substr(stomp), "me");
  ASSERT_EQ(row.size(), 4U);
  EXPECT_THAT(row[1], ::testing::StartsWith("tcp://"));
  EXPECT_EQ(row[2], "true");
  EXPECT_EQ(row[3], "false");
  EXPECT_THAT(html, HasSubstr("<h2>Network Connectors</h2>"));
}

TEST_F(ConsolePages, ShowOneConnectionAndItsConsumers) {
  start();
  auto& c = named("me");
  subscribe(c, "/queue/foo", stomp::ack_mode::client);
  send(c, "/queue/foo", "x");
  const auto html = admin("GET", "connection.jsp?connectionID=me").body;
  EXPECT_THAT(row_with(html, "Connection ID"), ElementsAre("Connection ID", "me"));
  EXPECT_THAT(row_with(html, "Slow"), ElementsAre("Slow", "false"));
  EXPECT_THAT(row_with(html, "Queue foo"),
              ElementsAre("Queue foo", "-1", "", "1", "0", "1", "1", "1000 0", "false false"));
  EXPECT_THAT(admin("GET", "connection.jsp?connectionID=zz").body,
              HasSubstr("No connection could be found for ID zz"));
}

TEST_F(ConsolePages, ShowConsumersThatReceiveByRest) {
  start();
  listener_options options;
  options.from = {destination_kind::queue, false, "foo"};
  options.client_id = "by-rest";
  connection_id id = 0;
  ASSERT_EQ(broker().open_listener(std::move(options), sim.now(), id), outcome::done);
  EXPECT_THAT(admin("GET", "queueConsumers.jsp?JMSDestination=foo").body, HasSubstr("by-rest"));
}

TEST_F(ConsolePages, ShowConsumersOfAQueue) {
  start();
  auto& c = named("me");
  subscribe_with(c, "/queue/foo", {"selector", "color = 'red'"});
  const auto html = admin("GET", "queueConsumers.jsp?JMSDestination=foo").body;
  EXPECT_THAT(html, HasSubstr("Active Consumers for foo"));
  EXPECT_THAT(html, HasSubstr("<table id=\"messages\""));
  EXPECT_THAT(html, HasSubstr("convert_string_expressions:color = &#39;red&#39;"));
  EXPECT_THAT(admin("GET", "queueConsumers.jsp?JMSDestination=other").body, Not(HasSubstr("red")));
  EXPECT_THAT(admin("GET", "queueProducers.jsp?JMSDestination=foo").body,
              HasSubstr("<table id=\"producers\""));
}

TEST_F(ConsolePages, BrowseAQueue) {
  start();
  put("foo", "x",
      {{"persistent", "true"}, {"correlation-id", "c1"}, {"reply-to", "/queue/re"}, {"k", "v"}});
  const auto html = admin("GET", "browse.jsp?JMSDestination=foo").body;
  EXPECT_THAT(headings_of(html),
              ElementsAre("Message ID", "Correlation ID", "Persistence", "Priority", "Redelivered",
                          "Reply To", "Timestamp", "Type", "Operations"));
  const auto row = row_with(html, "c1");
  ASSERT_EQ(row.size(), 9U);
  EXPECT_EQ(row[2], "Persistent");
  EXPECT_EQ(row[3], "4");
  EXPECT_EQ(row[4], "false");
  EXPECT_EQ(row[5], "queue://re");
  EXPECT_THAT(row[6], ::testing::EndsWith(" UTC"));
  EXPECT_EQ(row[8], "Delete");
  EXPECT_THAT(html, HasSubstr("title=\"{k=v}\""));
  EXPECT_THAT(html, HasSubstr(">View Consumers</a>"));
}

TEST_F(ConsolePages, OfferRetryForDeadLetters) {
  start();
  put("DLQ.foo", "x");
  const auto id = put("ActiveMQ.DLQ", "x");
  EXPECT_THAT(admin("GET", "browse.jsp?JMSDestination=DLQ.foo").body, HasSubstr(">Retry</a>"));
  EXPECT_THAT(admin("GET", "browse.jsp?JMSDestination=ActiveMQ.DLQ").body,
              Not(HasSubstr(">Retry</a>")));
  EXPECT_THAT(
      admin("GET", "message.jsp?JMSDestination=ActiveMQ.DLQ&id=" + net::percent_encode(id)).body,
      HasSubstr(">Retry</a>"));
}

TEST_F(ConsolePages, MakeAQueueByBrowsingItAndRefuseNone) {
  start();
  EXPECT_EQ(admin("GET", "browse.jsp?JMSDestination=new").status, 200);
  EXPECT_TRUE(queue("new"));
  EXPECT_EQ(admin("GET", "message.jsp?JMSDestination=newer&id=x").status, 200);
  EXPECT_TRUE(queue("newer"));
  EXPECT_EQ(admin("GET", "browse.jsp").status, 500);
  EXPECT_EQ(admin("GET", "message.jsp?id=x").status, 500);
}

TEST_F(ConsolePages, ShowOneMessage) {
  start();
  const auto id =
      put("foo", "line\n<b>", {{"color", "red"}, {"JMSXGroupID", "g"}, {"priority", "7"}});
  put("other", "");
  const auto html =
      admin("GET", "message.jsp?JMSDestination=foo&id=" + net::percent_encode(id)).body;
  EXPECT_THAT(html, HasSubstr("<table id=\"header\""));
  EXPECT_THAT(html, HasSubstr("<table id=\"properties\""));
  EXPECT_THAT(row_with(html, "Message ID"), ElementsAre("Message ID", id));
  EXPECT_THAT(row_with(html, "Destination"), ElementsAre("Destination", "queue://foo"));
  EXPECT_THAT(row_with(html, "Group"), ElementsAre("Group", "g"));
  EXPECT_THAT(row_with(html, "Priority"), ElementsAre("Priority", "7"));
  EXPECT_THAT(row_with(html, "Persistence"), ElementsAre("Persistence", "Non Persistent"));
  EXPECT_THAT(row_with(html, "color"), ElementsAre("color", "red"));
  EXPECT_THAT(html, HasSubstr("<pre class=\"prettyprint\">line\n&lt;b&gt;</pre>"));
  EXPECT_THAT(html, HasSubstr("<option value=\"other\">other</option>"));
  EXPECT_THAT(html, Not(HasSubstr("<option value=\"foo\"")));
  EXPECT_THAT(admin("GET", "message.jsp?JMSDestination=foo&id=none").body,
              HasSubstr("No message could be found for ID none"));
}

TEST_F(ConsolePages, OfferTheSendForm) {
  start();
  const auto html = admin("GET", "send.jsp?JMSDestination=foo&JMSDestinationType=topic").body;
  for (const auto* name :
       {"JMSDestination", "JMSDestinationType", "JMSCorrelationID", "JMSPersistent", "JMSReplyTo",
        "JMSPriority", "JMSType", "JMSTimeToLive", "JMSXGroupID", "JMSXGroupSeq",
        "AMQ_SCHEDULED_DELAY", "AMQ_SCHEDULED_PERIOD", "AMQ_SCHEDULED_REPEAT", "AMQ_SCHEDULED_CRON",
        "JMSMessageCount", "JMSMessageCountHeader", "JMSText", "secret"}) {
    EXPECT_THAT(html, HasSubstr("name=\"" + std::string(name) + "\""));
  }
  EXPECT_THAT(html, HasSubstr("name=\"JMSDestination\" value=\"foo\""));
  EXPECT_THAT(html, HasSubstr("<option value=\"topic\" selected=\"\">Topic</option>"));
  EXPECT_THAT(admin("GET", "send.jsp").body, HasSubstr("value=\"foo.bar\""));
}

TEST_F(ConsolePages, SayThatThereIsNoSchedulerNetworkOrSlave) {
  start();
  EXPECT_THAT(admin("GET", "scheduled.jsp").body, HasSubstr("Scheduler not started!"));
  EXPECT_THAT(admin("GET", "network.jsp").body, HasSubstr("<table id=\"bridges\""));
  EXPECT_THAT(admin("GET", "slave.jsp").body, HasSubstr("<b>slave</b> mode!"));
}

TEST_F(ConsolePages, WorkForTheStrictProfileToo) {
  simulated_broker::start();
  EXPECT_EQ(location(admin("POST", "sendMessage.action",
                           "JMSDestination=foo&JMSText=x&secret=" + secret())),
            "queues.jsp");
  EXPECT_THAT(row_with(admin("GET", "queues.jsp").body, "foo").at(1), "1");
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
