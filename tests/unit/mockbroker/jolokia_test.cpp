// JMX over HTTP, as test suites read it. Expected texts were seen on a real broker.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "simulated.hpp"

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
    start(std::move(options));
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
  shell->broker().create_destination("/queue/foo");
  const auto got = get("/read/" + queue("foo") + "/QueueSize,Name");
  EXPECT_EQ(json::serialize(got.at("value")), R"({"QueueSize":0,"Name":"foo"})");
  EXPECT_TRUE(get("/read/" + queue("foo")).at("value").as_object().contains("DispatchCount"));
}

TEST_F(Jolokia, ReadsAPatternByName) {
  for (const char* name : {"/queue/a", "/queue/b", "/topic/a"}) {
    shell->broker().create_destination(name);
  }
  const auto got = get("/read/" + queue("*") + "/QueueSize");
  EXPECT_EQ(got.at("value").as_object().size(), 2U);
}

TEST_F(Jolokia, SearchesNames) {
  for (const char* name : {"/queue/foo", "/queue/far", "/queue/bar"}) {
    shell->broker().create_destination(name);
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
  shell->broker().create_destination("/queue/foo");
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
  shell->broker().create_destination("/queue/foo");
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
  shell->broker().create_destination("/queue/a/b");
  const auto got = ask("/read/" + queue("a!/b") + "/Name");
  EXPECT_THAT(got.body, HasSubstr(R"("value":"a\/b")"));
}

TEST_F(Jolokia, NeedsALogin) {
  EXPECT_EQ(fetch(console_port, "GET", "/api/jolokia/version", {{"Origin", "x"}}).status, 401);
}

}  // namespace
}  // namespace mockbroker
