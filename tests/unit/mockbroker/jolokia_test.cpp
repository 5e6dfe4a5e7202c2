// JMX over HTTP, as test suites read it. Expected texts were seen on a real broker.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "simulated.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

class Jolokia : public simulated_broker {
 protected:
  static constexpr const char* base = "org.apache.activemq:type=Broker,brokerName=localhost";

  void SetUp() override {
    server_options options;
    options.broker.kind = activemq_profile();
    console_options chosen;
    chosen.largest_answer = 500000;
    start(std::move(options), chosen);
  }
  page ask(const std::string& path, const std::string& body = {}, bool with_origin = true) {
    std::vector<net::header_field> headers{
        {"Authorization", "Basic " + crypto::base64_encode("admin:admin")}};
    if (with_origin) headers.push_back({"Origin", "http://x"});
    if (!body.empty()) headers.push_back({"Content-Length", std::to_string(body.size())});
    return fetch(console_port, body.empty() ? "GET" : "POST", "/api/jolokia" + path,
                 std::move(headers), body);
  }
  json::object get(const std::string& path) { return json::parse(ask(path).body).as_object(); }
  static std::string queue(const std::string& name) {
    return std::string(base) + ",destinationType=Queue,destinationName=" + name;
  }
};

TEST_F(Jolokia, ReadsOneAttributeAsAScalar) {
  shell->broker().publish("/queue/foo", "x", {}, sim.now());
  const auto got = get("/read/" + queue("foo") + "/QueueSize");
  EXPECT_EQ(got.at("value"), 1);
  EXPECT_EQ(got.at("status"), 200);
  EXPECT_EQ(got.at("request").at("mbean"),
            "org.apache.activemq:brokerName=localhost,destinationName=foo,destinationType=Queue,"
            "type=Broker");
}

TEST_F(Jolokia, ReadsSeveralAttributesAsAnObject) {
  shell->broker().create_destination("/queue/foo", sim.now());
  const auto got = get("/read/" + queue("foo") + "/QueueSize,Name");
  EXPECT_EQ(json::serialize(got.at("value")), R"({"QueueSize":0,"Name":"foo"})");
  EXPECT_TRUE(get("/read/" + queue("foo")).at("value").as_object().contains("DispatchCount"));
}

TEST_F(Jolokia, ReadsAPatternByName) {
  for (const char* name : {"/queue/a", "/queue/b", "/topic/a"}) {
    shell->broker().create_destination(name, sim.now());
  }
  const auto got = get("/read/" + queue("*") + "/QueueSize");
  EXPECT_EQ(got.at("value").as_object().size(), 2U);
}

TEST_F(Jolokia, SearchesNames) {
  for (const char* name : {"/queue/foo", "/queue/far", "/queue/bar"}) {
    shell->broker().create_destination(name, sim.now());
  }
  EXPECT_EQ(get("/search/" + queue("f*")).at("value").as_array().size(), 2U);
}

TEST_F(Jolokia, CountersFollowWhatHappens) {
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo", stomp::ack_mode::client_individual);
  send(c, "/queue/foo", "1");
  send(c, "/queue/foo", "2");
  const auto got = get("/read/" + queue("foo") + "/QueueSize,InFlightCount,ConsumerCount");
  EXPECT_EQ(json::serialize(got.at("value")),
            R"({"QueueSize":2,"InFlightCount":2,"ConsumerCount":1})");
}

TEST_F(Jolokia, RunsOperations) {
  get("/exec/" + std::string(base) + "/addQueue/abc");
  const auto sent = get("/exec/" + queue("abc") + "/sendTextMessage(java.lang.String)/hi");
  EXPECT_THAT(std::string(sent.at("value").as_string()), HasSubstr("ID:localhost-"));
  const auto seen = get("/exec/" + queue("abc") + "/browse()").at("value").as_array();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].at("Text"), "hi");
  EXPECT_EQ(seen[0].at("JMSPriority"), 0);
  EXPECT_EQ(seen[0].at("JMSDeliveryMode"), "NON-PERSISTENT");
  EXPECT_TRUE(get("/exec/" + queue("abc") + "/purge()").at("value").is_null());
  EXPECT_EQ(get("/read/" + queue("abc") + "/QueueSize").at("value"), 0);
  get("/exec/" + std::string(base) + "/removeQueue/abc");
  EXPECT_EQ(get("/read/" + queue("abc") + "/QueueSize").at("status"), 404);
}

TEST_F(Jolokia, TakesOneRequestOrManyByPost) {
  shell->broker().create_destination("/queue/foo", sim.now());
  const std::string one =
      R"({"type":"read","mbean":")" + queue("foo") + R"(","attribute":["QueueSize"]})";
  EXPECT_EQ(json::serialize(json::parse(ask("", one).body).at("value")), R"({"QueueSize":0})");
  const auto many =
      json::parse(ask("", "[" + one + R"(,{"type":"version"},{"type":"bogus"}])").body).as_array();
  ASSERT_EQ(many.size(), 3U);
  EXPECT_EQ(many[1].at("value").at("info").at("product"), "activemq");
  EXPECT_EQ(many[2].at("status"), 400);
}

TEST_F(Jolokia, SaysInTheAnswerWhatIsWrong) {
  shell->broker().create_destination("/queue/foo", sim.now());
  const std::pair<std::string, std::string> rows[] = {
      {"/read/" + queue("nope") + "/QueueSize",
       "javax.management.InstanceNotFoundException : " + queue("nope")},
      {"/read/" + queue("foo") + "/Nope",
       "javax.management.AttributeNotFoundException : No such attribute: Nope"},
      {"/exec/" + queue("foo") + "/nope",
       "java.lang.IllegalArgumentException : No operation nope found on MBean "
       "org.apache.activemq:brokerName=localhost,destinationName=foo,destinationType=Queue,"
       "type=Broker"},
      {"/bogus/x", "java.lang.IllegalArgumentException : No type with name 'bogus' exists"},
  };
  for (const auto& [path, expected] : rows) {
    const auto got = ask(path);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(json::parse(got.body).at("error"), json::string(expected)) << path;
  }
}

TEST_F(Jolokia, WantsAnOriginOrAReferer) {
  const auto got = ask("/version", {}, false);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body,
            R"({"error_type":"java.lang.Exception","error":"java.lang.Exception : Origin null is )"
            R"(not allowed to call this agent","status":403})");
}

TEST_F(Jolokia, EscapesSlashesInTextsAndInPaths) {
  shell->broker().create_destination("/queue/a/b", sim.now());
  const auto got = ask("/read/" + queue("a!/b") + "/Name");
  EXPECT_THAT(got.body, HasSubstr(R"("value":"a\/b")"));
}

TEST_F(Jolokia, ShowsConsumersConnectionsAndConnectors) {
  stomp_client::options named;
  named.stomp.connect_headers.push_back({"client-id", "me"});
  auto& c = connected("stomp://localhost:61613", named);
  subscribe(c, "/queue/foo", stomp::ack_mode::client_individual);
  send(c, "/queue/foo", "1");
  const auto found = get("/search/" + queue("foo") + ",endpoint=Consumer,*").at("value");
  ASSERT_EQ(found.as_array().size(), 1U);
  const std::string consumer(found.as_array()[0].as_string());
  EXPECT_THAT(consumer, HasSubstr("clientId=me,consumerId=ID_localhost-"));
  const auto seen = get("/read/" + consumer).at("value").as_object();
  EXPECT_EQ(seen.at("DispatchedQueueSize"), 1);
  EXPECT_EQ(seen.at("Active"), true);
  EXPECT_EQ(seen.at("DestinationName"), "foo");
  const std::string connector = std::string(base) + ",connector=clientConnectors,connectorName=";
  EXPECT_EQ(get("/exec/" + connector + "stomp/connectionCount").at("value"), 1);
  EXPECT_EQ(get("/exec/" + connector + "ws/connectionCount").at("value"), 0);
  const std::string connection = connector + "stomp,connectionViewType=clientId,connectionName=me";
  EXPECT_EQ(get("/read/" + connection + "/Consumers").at("value").as_array()[0].at("objectName"),
            json::string(consumer));
  EXPECT_TRUE(get("/exec/" + connection + "/stop").at("value").is_null());
  EXPECT_TRUE(sim.run_until([&] { return shell->connections() == 0; }));
}

TEST_F(Jolokia, ShowsADurableSubscriptionThatIsOfflineUntilItIsDestroyed) {
  const auto made =
      get("/exec/" + std::string(base) + "/createDurableSubscriber/cid/name/t/a='b'").at("value");
  const std::string bean(made.at("objectName").as_string());
  EXPECT_THAT(bean, HasSubstr("consumerId=Durable(cid_name)"));
  const auto seen = get("/read/" + bean).at("value").as_object();
  EXPECT_EQ(seen.at("Active"), false);
  EXPECT_EQ(seen.at("Selector"), "a='b'");
  EXPECT_EQ(seen.at("ConnectionId"), "NOTSET");
  EXPECT_EQ(get("/read/" + std::string(base) + "/InactiveDurableTopicSubscribers")
                .at("value")
                .as_array()
                .size(),
            1U);
  EXPECT_TRUE(get("/exec/" + bean + "/destroy").at("value").is_null());
  EXPECT_EQ(get("/read/" + bean).at("status"), 404);
  const auto gone = get("/exec/" + std::string(base) + "/destroyDurableSubscriber/cid/name");
  EXPECT_EQ(gone.at("status"), 500);
  EXPECT_EQ(gone.at("error_type"), "javax.jms.InvalidDestinationException");
}

TEST_F(Jolokia, ReadsBelowAnAttributeByItsPath) {
  const auto got = get("/read/java.lang:type=Memory/HeapMemoryUsage/used");
  EXPECT_EQ(got.at("value"), 0);
  EXPECT_EQ(got.at("request").at("path"), "used");
  EXPECT_TRUE(get("/read/java.lang:type=Memory/HeapMemoryUsage/nope").at("value").is_null());
}

TEST_F(Jolokia, ListsEveryAttributeThatItReads) {
  shell->broker().create_destination("/queue/foo", sim.now());
  const auto beans = get("/list/org.apache.activemq").at("value").as_object();
  for (const auto& [properties, shown] : beans) {
    const auto read = get("/read/org.apache.activemq:" + std::string(properties)).at("value");
    EXPECT_EQ(read.as_object().size(), shown.at("attr").as_object().size()) << properties;
    for (const auto& [name, value] : read.as_object()) {
      EXPECT_TRUE(shown.at("attr").as_object().contains(name)) << properties << " " << name;
    }
  }
  const auto ops = beans
                       .at("brokerName=localhost,destinationName=foo,destinationType=Queue,"
                           "type=Broker")
                       .at("op")
                       .as_object();
  EXPECT_EQ(ops.at("sendTextMessage").as_array().size(), 4U);
  EXPECT_EQ(ops.at("purge").at("ret"), "void");
}

TEST_F(Jolokia, ListsAPartByItsPathAndDepth) {
  EXPECT_EQ(json::serialize(get("/list?maxDepth=1").at("value")),
            R"({"org.apache.activemq":"1","java.lang":"1"})");
  EXPECT_EQ(get("/list/org.apache.activemq/type=Broker,brokerName=localhost/attr/BrokerId")
                .at("value")
                .at("type"),
            "java.lang.String");
  EXPECT_EQ(json::serialize(get("/list/nope").at("value")), "{}");
  EXPECT_EQ(get("/list/org.apache.activemq/nope").at("error"),
            "java.lang.IllegalArgumentException : Invalid path within the MBean part given. "
            "(Path: org.apache.activemq/nope)");
  EXPECT_EQ(get("/list/java.lang/type=Memory/nope").at("error"),
            "java.lang.IllegalArgumentException : Illegal path element nope");
}

TEST_F(Jolokia, NamesTheSignaturesThatAnOperationHas) {
  shell->broker().create_destination("/queue/foo", sim.now());
  const std::string on =
      "org.apache.activemq:brokerName=localhost,destinationName=foo,destinationType=Queue,"
      "type=Broker";
  const std::string all =
      "(java.lang.String),(java.lang.String,java.lang.String,java.lang.String),(java.util.Map,"
      "java.lang.String),(java.util.Map,java.lang.String,java.lang.String,java.lang.String)";
  const std::pair<std::string, std::string> rows[] = {
      {"sendTextMessage/hi", "Operation sendTextMessage on MBean " + on +
                                 " is overloaded. Signatures found: " + all +
                                 ". Use a signature when specifying the operation."},
      {"sendTextMessage(int)/3",
       "No operation sendTextMessage(int) on MBean " + on + " exists. Known signatures: " + all},
      {"purge/extra", "Invalid number of operation arguments. Operation purge on " + queue("foo") +
                          " requires 0 parameters, not 1 as given"},
  };
  for (const auto& [path, why] : rows) {
    const auto got = get("/exec/" + queue("foo") + "/" + path);
    EXPECT_EQ(got.at("status"), 400);
    EXPECT_EQ(got.at("error"), json::string("java.lang.IllegalArgumentException : " + why));
  }
}

TEST_F(Jolokia, WorksOnTheMessagesThatASelectorWants) {
  for (const char* color : {"red", "red", "blue"}) {
    shell->broker().publish("/queue/a", color, {{"color", color}}, sim.now());
  }
  const std::string a = "/exec/" + queue("a");
  EXPECT_EQ(get(a + "/browse(java.lang.String)/color='red'").at("value").as_array().size(), 2U);
  const std::string two = "(java.lang.String,java.lang.String)/color='red'/b";
  EXPECT_EQ(get(a + "/copyMatchingMessagesTo" + two).at("value"), 2);
  EXPECT_EQ(get(a + "/moveMatchingMessagesTo(java.lang.String,java.lang.String,int)"
                    "/color='red'/b/1")
                .at("value"),
            1);
  EXPECT_EQ(get(a + "/removeMatchingMessages(java.lang.String)/color='red'").at("value"), 1);
  EXPECT_EQ(get("/read/" + queue("a") + "/QueueSize").at("value"), 1);
  EXPECT_EQ(get("/read/" + queue("b") + "/QueueSize").at("value"), 3);
  EXPECT_EQ(get(a + "/removeMatchingMessages(java.lang.String)/color=(").at("error"),
            "javax.jms.InvalidSelectorException : color=(");
}

TEST_F(Jolokia, SendsWithHeadersAndProperties) {
  shell->broker().create_destination("/queue/a", sim.now());
  const std::string body = R"({"type":"exec","mbean":")" + queue("a") +
                           R"j(","operation":"sendTextMessage(java.util.Map,java.lang.String)",)j"
                           R"("arguments":[{"color":"red","JMSPriority":7},"mapped"]})";
  EXPECT_EQ(json::parse(ask("", body).body).at("status"), 200);
  get("/exec/" + queue("a") +
      "/sendTextMessageWithProperties(java.lang.String)/body=listed,color=blue");
  const auto seen = get("/exec/" + queue("a") + "/browse()").at("value").as_array();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].at("Text"), "mapped");
  EXPECT_EQ(seen[0].at("JMSPriority"), 7);
  EXPECT_EQ(seen[0].at("PropertiesText"), "{color=red}");
  EXPECT_EQ(seen[1].at("Text"), "listed");
  EXPECT_EQ(seen[1].at("StringProperties").at("color"), "blue");
}

TEST_F(Jolokia, RetriesOnlyFromTheDeadLetters) {
  shell->broker().create_destination("/queue/a", sim.now());
  EXPECT_EQ(get("/exec/" + queue("a") + "/retryMessages").at("error"),
            "java.lang.Exception : Retry of message is only possible on Dead Letter Queues!");
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/a", stomp::ack_mode::client_individual);
  shell->broker().publish("/queue/a", "x", {{"persistent", "true"}}, sim.now());
  const auto m = next(c);
  ASSERT_EQ(m.frame.command, "MESSAGE");
  c.session().nack(m.frame, "", stomp::want_receipt::no, sim.now());
  EXPECT_TRUE(sim.run_until([&] {
    return shell->broker()
        .find_destination(shell->broker().parse_name("/queue/ActiveMQ.DLQ"))
        .has_value();
  }));
  EXPECT_EQ(get("/exec/" + queue("ActiveMQ.DLQ") + "/retryMessages").at("value"), 1);
}

TEST_F(Jolokia, PagesThroughDestinationsByTheirNames) {
  for (const char* name : {"/queue/q1", "/queue/q2", "/queue/other"}) {
    shell->broker().create_destination(name, sim.now());
  }
  const auto got = get("/exec/" + std::string(base) +
                       "/queryQueues(java.lang.String,int,int)/%7B%22name%22:%22q%22%7D/2/1");
  const auto page = json::parse(got.at("value").as_string());
  EXPECT_EQ(page.at("count"), 2);
  ASSERT_EQ(page.at("data").as_object().size(), 1U);
  EXPECT_EQ(page.at("data").as_object().begin()->value().at("name"), "q2");
}

TEST_F(Jolokia, ForbidsToRunWhatIsJavas) {
  const auto got = get("/exec/java.lang:type=Memory/gc");
  EXPECT_EQ(got.at("status"), 403);
  EXPECT_EQ(got.at("error"),
            "java.lang.Exception : Operation gc forbidden for MBean java.lang:type=Memory");
}

TEST_F(Jolokia, RefusesRequestsThatAreNone) {
  const std::pair<std::string, std::string> posts[] = {
      {"{}", "No type given"},
      {R"({"type":"read"})", "Objectname can not be null"},
      {R"({"type":"read","mbean":"nonsense"})",
       "Invalid object name. Key properties cannot be empty"},
      {R"([{"type":"version"},5])",
       R"(Not a request within the list of requests [{"type":"version"},5]. Expected map, but )"
       "found: 5"},
      {"garbage", "Invalid JSON request java.io.InputStreamReader"},
  };
  for (const auto& [body, why] : posts) {
    EXPECT_EQ(json::parse(ask("", body).body).at("error"),
              json::string("java.lang.IllegalArgumentException : " + why))
        << body;
  }
  EXPECT_EQ(get("/read/").at("error"),
            "java.lang.IllegalArgumentException : Invalid arguments in pathinfo /read/ for "
            "command READ");
  EXPECT_EQ(ask("", "[]").body, "[]");
}

TEST_F(Jolokia, SaysThatAPatternFoundNothing) {
  shell->broker().create_destination("/queue/foo", sim.now());
  EXPECT_EQ(get("/read/" + queue("zz*") + "/QueueSize").at("error"),
            json::string("javax.management.InstanceNotFoundException : No MBean with pattern " +
                         queue("zz*") + " found for reading attributes"));
  const auto got = get("/read/" + queue("f*") + "/Nope");
  EXPECT_EQ(got.at("status"), 400);
  EXPECT_THAT(std::string(got.at("error").as_string()),
              HasSubstr("No matching attributes [Nope] found on MBeans ["));
  EXPECT_EQ(json::serialize(get("/search/" + queue("zz*")).at("value")), "[]");
}

TEST_F(Jolokia, WritesNamesOfDestinationsSoThatTheyAreNoPatterns) {
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/a.*");
  EXPECT_EQ(get("/read/" + queue("a.&ast%3B") + "/ConsumerCount").at("value"), 1);
}

TEST_F(Jolokia, IsAlwaysWell) {
  const std::string health = std::string(base) + ",service=Health";
  EXPECT_EQ(get("/read/" + health + "/CurrentStatus").at("value"), "Good");
  EXPECT_EQ(json::serialize(get("/exec/" + health + "/healthList").at("value")), "[]");
}

TEST_F(Jolokia, BoundsAnAnswer) {
  const json::string why =
      "java.lang.IllegalStateException : The answer has more than 500000 octets. Ask for fewer "
      "MBeans, attributes or messages at once.";
  for (int i = 0; i < 600; ++i) {
    shell->broker().create_destination("/queue/" + std::string(900, 'q') + std::to_string(i),
                                       sim.now());
  }
  shell->broker().publish("/queue/small", "x", {}, sim.now());
  for (int i = 0; i < 3; ++i) {
    shell->broker().publish("/queue/large", std::string(200000, 'x'), {}, sim.now());
  }
  for (const auto& path : {"/read/" + queue("*"), std::string("/list"),
                           "/exec/" + queue("large") + "/browse()", "/search/" + queue("*")}) {
    const auto got = get(path);
    EXPECT_EQ(got.at("status"), 500) << path;
    EXPECT_EQ(got.at("error"), why) << path;
    EXPECT_TRUE(got.at("request").is_object());
  }
  EXPECT_EQ(get("/exec/" + queue("small") + "/browse()").at("status"), 200);
  EXPECT_EQ(get("/exec/" + queue("large") + "/browseAsTable()").at("status"), 200);
  EXPECT_EQ(get("/list/org.apache.activemq/type=Broker,brokerName=localhost").at("status"), 200);
}

TEST_F(Jolokia, BoundsTheAnswerToManyRequestsAndDoesNoMoreOfThem) {
  shell->broker().publish("/queue/a", std::string(200000, '/'), {}, sim.now());
  const std::string browse =
      R"({"type":"exec","mbean":")" + queue("a") + R"j(","operation":"browse()"})j";
  const std::string purge =
      R"({"type":"exec","mbean":")" + queue("a") + R"j(","operation":"purge()"})j";
  const auto all =
      json::parse(ask("", "[" + browse + "," + browse + "," + purge + "]").body).as_array();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].at("status"), 200);
  EXPECT_EQ(all[1].at("status"), 500);
  EXPECT_EQ(all[1].at("request").at("operation"), "browse()");
  EXPECT_EQ(all[2].at("error_type"), "java.lang.IllegalStateException");
  EXPECT_EQ(get("/read/" + queue("a") + "/QueueSize").at("value"), 1);
}

TEST_F(Jolokia, RefusesMoreThanAThousandRequestsAtOnce) {
  std::string many = "{}";
  for (int i = 0; i < 1000; ++i) many += ",{}";
  EXPECT_EQ(json::parse(ask("", "[" + many + "]").body).at("error"),
            "java.lang.IllegalArgumentException : More than 1000 requests at once");
}

// As the HTTP server below a real one has it.
TEST_F(Jolokia, KnowsNoPathWithABadEscape) {
  for (const char* path : {"/read/%zz", "/%", "/version/%4"}) {
    EXPECT_EQ(ask(path).status, 400) << path;
  }
}

TEST_F(Jolokia, LeavesOutParametersOfThePathButNoSlash) {
  EXPECT_EQ(get("/read;a=%zz/java.lang:type=Memory/Verbose;x").at("value"), false);
  shell->broker().create_destination("/queue/a", sim.now());
  const auto got =
      get("/exec/" + queue("a") + "/copyMessageTo(java.lang.String,java.lang.String)//x");
  EXPECT_EQ(json::serialize(got.at("request").at("arguments")), R"(["","x"])");
}

TEST_F(Jolokia, NeedsALogin) {
  EXPECT_EQ(fetch(console_port, "GET", "/api/jolokia/version", {{"Origin", "x"}}).status, 401);
}

TEST_F(Jolokia, AnswersInUtf8WhateverAMessageHolds) {
  shell->broker().publish("/queue/foo", "a\xFF", {{"k", "\xFE"}}, sim.now());
  const auto got = ask("/exec/" + queue("foo") + "/browse()");
  EXPECT_TRUE(stomp::is_utf8(got.body));
  EXPECT_EQ(json::parse(got.body).at("value").at(0).at("Text"), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace mockbroker
