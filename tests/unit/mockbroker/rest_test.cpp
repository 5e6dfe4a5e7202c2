// Messages by plain HTTP. Expected answers were seen on a real broker.
#include <gmock/gmock.h>

#include "simulated.hpp"

namespace mockbroker {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Rest : public simulated_broker {
 protected:
  void SetUp() override {
    server_options options;
    options.broker.kind = activemq_profile();
    start(std::move(options));
  }
  static std::vector<net::header_field> login(std::vector<net::header_field> more = {}) {
    more.push_back({"Authorization", "Basic " + crypto::base64_encode("admin:admin")});
    return more;
  }
  page call(std::string method, const std::string& target,
            std::vector<net::header_field> more = {}) {
    return fetch(console_port, std::move(method), "/api/message" + target, login(std::move(more)));
  }
  page post(const std::string& target, std::string body,
            const std::string& type = "application/x-www-form-urlencoded") {
    auto headers = login({{"Content-Type", type}});
    headers.push_back({"Content-Length", std::to_string(body.size())});
    return fetch(console_port, "POST", "/api/message" + target, std::move(headers),
                 std::move(body));
  }
  stomp::frame stored(const std::string& queue) {
    const auto all = shell->broker().browse("/queue/" + queue, 10);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? stomp::frame{} : all.front();
  }
  void publish(const std::string& queue, std::string_view body,
               const std::vector<stomp::header>& headers = {}) {
    shell->broker().publish("/queue/" + queue, body, headers, sim.now());
  }
  destination_info info(const std::string& queue) {
    return shell->broker()
        .find_destination({destination_kind::queue, false, queue})
        .value_or(destination_info{});
  }
};

TEST_F(Rest, SendsTheFieldOfAFormPersistentWithPriorityFive) {
  const auto got = post("/a/b?type=queue", "body=hello+there");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "Message sent");
  const auto m = stored("a.b");
  EXPECT_EQ(m.body, "hello there");
  EXPECT_EQ(m.get("priority"), "5");
  EXPECT_EQ(m.get("persistent"), "true");
  EXPECT_EQ(got.headers.get("messageID"), m.get("message-id"));
}

TEST_F(Rest, SendsTheRawBodyWhenItIsNoForm) {
  EXPECT_EQ(post("/a?type=queue", R"({"a":1})", "application/json").status, 200);
  EXPECT_EQ(stored("a").body, "{\"a\":1}\n");
}

TEST_F(Rest, EndsEachLineOfARawBodyInALineFeed) {
  const std::pair<std::string, std::string> rows[] = {
      {"hi", "hi\n"}, {"hi\nho", "hi\nho\n"}, {"hi\r\nho\r\n", "hi\nho\n"}, {"a\rb", "a\nb\n"}};
  int i = 0;
  for (const auto& [given, kept] : rows) {
    const std::string queue = "q" + std::to_string(i++);
    post("/" + queue + "?type=queue", given, "text/plain");
    EXPECT_EQ(stored(queue).body, kept);
  }
}

TEST_F(Rest, SendsNoBodyOfAnUnknownType) {
  fetch(console_port, "POST", "/api/message/a?type=queue", login({{"Content-Length", "2"}}), "hi");
  EXPECT_EQ(stored("a").body, "");
}

TEST_F(Rest, CutsARawBodyAtAHundredThousandOctets) {
  post("/a?type=queue", std::string(99999, 'a') + "\nbcd", "text/plain");
  EXPECT_EQ(stored("a").body, std::string(99999, 'a') + "\n");
  post("/b?type=queue", std::string(200001, 'b'), "text/plain");
  EXPECT_EQ(stored("b").body, std::string(100000, 'b') + "\n");
  post("/c?type=queue", std::string(99999, 'c') + "\xC3\xA9", "text/plain");
  EXPECT_EQ(stored("c").body, std::string(99999, 'c') + "\xEF\xBF\xBD\n");
}

TEST_F(Rest, RefusesFormsThatAreTooLarge) {
  EXPECT_EQ(post("/a?type=queue", "body=" + std::string(199995, 'a')).status, 200);
  EXPECT_EQ(stored("a").body.size(), 199995U);
  std::string many = "body=x";
  for (int i = 0; i < 1000; ++i) many += "&k" + std::to_string(i) + "=v";
  for (const auto& form : {"body=" + std::string(199996, 'b'), many}) {
    const auto got = post("/b?type=queue", form);
    EXPECT_EQ(got.status, 400);
    EXPECT_THAT(got.body, HasSubstr("HTTP ERROR 400 Unable to parse form content"));
    EXPECT_EQ(got.headers.get("Connection"), "close");
  }
}

TEST_F(Rest, TurnsParametersIntoHeadersAndProperties) {
  post(
      "/a?type=queue&JMSPriority=22&JMSDeliveryMode=non_persistent&JMSCorrelationID=c&JMSType=t"
      "&JMSReplyTo=queue://r&color=red&twice=1&twice=2",
      "body=x");
  const auto m = stored("a");
  EXPECT_EQ(m.get("priority"), "9");
  EXPECT_FALSE(m.has("persistent"));
  EXPECT_EQ(m.get("correlation-id"), "c");
  EXPECT_EQ(m.get("type"), "t");
  EXPECT_EQ(m.get("reply-to"), "/queue/r");
  EXPECT_EQ(m.get("color"), "red");
  EXPECT_FALSE(m.has("twice"));
}

TEST_F(Rest, LetsAMessageExpireAfterItsTimeToLive) {
  post("/a?type=queue&JMSTimeToLive=1000", "body=x");
  EXPECT_NE(stored("a").get("expires"), "0");
  EXPECT_EQ(call("GET", "/a?type=queue&readTimeout=0").status, 200);
  post("/a?type=queue&JMSTimeToLive=1000", "body=x");
  const auto until = sim.now() + 2s;
  EXPECT_TRUE(sim.run_until([&] { return sim.now() >= until; }));
  EXPECT_EQ(call("GET", "/a?type=queue&readTimeout=0&oneShot=true").status, 204);
}

TEST_F(Rest, SendsToATopicUnlessToldOtherwise) {
  post("/a", "body=x");
  post("?destination=queue://b", "body=x");
  EXPECT_TRUE(shell->broker().find_destination({destination_kind::topic, false, "a"}));
  EXPECT_EQ(info("b").pending, 1U);
}

TEST_F(Rest, TakesOneMessageWithItsProperties) {
  publish("a", "hello", {{"color", "red"}, {"JMSXGroupID", "g"}});
  const auto got = call("GET", "/a?type=queue");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.headers.get("Content-Type"), "text/plain;charset=iso-8859-1");
  EXPECT_EQ(got.headers.get("destination"), "queue://a");
  EXPECT_THAT(std::string(got.headers.get("id").value_or("")), StartsWith("ID:localhost-"));
  EXPECT_EQ(got.headers.get("color"), "red");
  EXPECT_EQ(got.headers.get("JMSXGroupID"), "g");
  EXPECT_EQ(got.headers.get("JMSXGroupSeq"), "0");
  EXPECT_FALSE(got.headers.contains("priority"));
  EXPECT_EQ(info("a").pending, 0U);
}

TEST_F(Rest, DeleteTakesLikeGet) {
  publish("a", "x");
  EXPECT_EQ(call("DELETE", "/a?type=queue").body, "x");
  EXPECT_EQ(info("a").pending, 0U);
}

TEST_F(Rest, NamesTheContentTypeAfterTheText) {
  const std::tuple<std::string, std::string, std::string, std::string> rows[] = {
      {"<?xml version=\"1.0\"?><a/>", "", "application/xml;charset=iso-8859-1", "<a/>"},
      {"text", "&xml=true", "application/xml;charset=iso-8859-1", "text"},
      {"{}", "&json=true", "application/json", "{}"},
      {"gr\xC3\xBC\xE2\x82\xAC", "", "text/plain;charset=iso-8859-1", "gr\xFC?"},
  };
  for (const auto& [text, more, type, shown] : rows) {
    publish("a", text);
    const auto got = call("GET", "/a?type=queue&oneShot=true" + more);
    EXPECT_EQ(got.headers.get("Content-Type"), type) << text;
    EXPECT_EQ(got.body, shown);
  }
}

TEST_F(Rest, ShowsNoBytesOfABytesMessage) {
  publish("a", "bytes", {{"content-length", "5"}});
  const auto got = call("GET", "/a?type=queue");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(info("a").pending, 0U);
}

TEST_F(Rest, SaysNoContentWhenNothingCameInTime) {
  const auto before = sim.now();
  EXPECT_EQ(call("GET", "/a?type=queue&readTimeout=3000").status, 204);
  EXPECT_EQ(sim.now() - before, 3s);
}

TEST_F(Rest, WaitsTwentySecondsAtMost) {
  for (const auto* limit : {"", "&readTimeout=90000"}) {
    const auto before = sim.now();
    EXPECT_EQ(call("GET", std::string("/a?type=queue&oneShot=true") + limit).status, 204);
    EXPECT_EQ(sim.now() - before, 20s) << limit;
  }
}

TEST_F(Rest, AnswersAsSoonAsAMessageComes) {
  const auto alarm = sim.make_timer();
  const auto before = sim.now();
  alarm->start(before + 1s, [this] { publish("a", "late"); });
  EXPECT_EQ(call("GET", "/a?type=queue").body, "late");
  EXPECT_LT(sim.now() - before, 2s);
}

TEST_F(Rest, KeepsItsConsumerForTheClientAndHidesWhatItHolds) {
  publish("a", "1");
  publish("a", "2");
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=me").body, "1");
  EXPECT_EQ(info("a").consumers, 1U);
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=other&readTimeout=0").status, 204);
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=me").body, "2");
}

TEST_F(Rest, KeepsItsConsumerForASessionByItsCookie) {
  publish("a", "1");
  publish("a", "2");
  const auto first = call("GET", "/a?type=queue");
  const std::string given_cookie(first.headers.get("Set-Cookie").value_or(""));
  EXPECT_THAT(given_cookie, HasSubstr(".node0; Path=/api; HttpOnly"));
  EXPECT_EQ(call("GET", "/a?type=queue&readTimeout=0").status, 204);
  const auto again =
      call("GET", "/a?type=queue", {{"Cookie", given_cookie.substr(0, given_cookie.find(';'))}});
  EXPECT_EQ(again.body, "2");
  EXPECT_FALSE(again.headers.contains("Set-Cookie"));
}

TEST_F(Rest, ClosesAOneShotConsumer) {
  publish("a", "1");
  publish("a", "2");
  EXPECT_EQ(call("GET", "/a?type=queue&oneShot=true").body, "1");
  EXPECT_EQ(info("a").consumers, 0U);
  EXPECT_EQ(call("GET", "/a?type=queue&oneShot=true").body, "2");
  EXPECT_EQ(call("GET", "/a?type=queue&oneShot=true&readTimeout=0").status, 204);
  EXPECT_EQ(info("a").consumers, 0U);
}

TEST_F(Rest, UnsubscribesAClient) {
  publish("a", "1");
  publish("a", "2");
  call("GET", "/a?type=queue&clientId=me");
  EXPECT_EQ(call("POST", "/a?clientId=me&action=unsubscribe").status, 200);
  EXPECT_EQ(info("a").consumers, 0U);
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=other&readTimeout=0").body, "2");
}

TEST_F(Rest, ForgetsAClientThatWasIdleForHalfAnHour) {
  call("GET", "/a?type=queue&clientId=me&readTimeout=0");
  const auto until = sim.now() + 31min;
  const auto alarm = sim.make_timer();
  alarm->start(until, [] {});
  EXPECT_TRUE(sim.run_until([&] { return sim.now() >= until; }));
  EXPECT_EQ(info("a").consumers, 0U);
}

TEST_F(Rest, KeepsABoundedNumberOfClients) {
  for (std::size_t i = 0; i <= rest_clients::most; ++i) {
    call("GET", "/a?type=queue&readTimeout=0&clientId=" + std::to_string(i));
  }
  EXPECT_EQ(info("a").consumers, rest_clients::most);
}

TEST_F(Rest, TakesOnlyWhatTheSelectorHeaderWants) {
  publish("a", "red", {{"color", "red"}});
  const auto ask = [&](const std::string& selector) {
    return call("GET", "/a?type=queue&oneShot=true&readTimeout=0", {{"selector", selector}});
  };
  EXPECT_EQ(ask("color='blue'").status, 204);
  EXPECT_EQ(ask("color=(").status, 500);
  EXPECT_EQ(ask("color='red'").body, "red");
}

TEST_F(Rest, PutsAMessageBackWhenTheClientLeftBeforeItWasWritten) {
  run_to_end(sim, [](net::simulation& world) -> net::task<int> {
    auto peer = co_await world.connect("localhost", console_port);
    const std::string ask =
        "GET /api/message/a?type=queue&clientId=me HTTP/1.1\r\nHost: x\r\n"
        "Authorization: Basic " +
        crypto::base64_encode("admin:admin") + "\r\n\r\n";
    (*peer)->try_write({ask.data(), ask.size()});
    co_await net::wait_until(world, world.now() + 1s);
    (*peer)->close();
    co_await net::wait_until(world, world.now() + 1s);
    co_return 0;
  }(sim));
  publish("a", "precious");
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=me&readTimeout=0").body, "precious");
}

TEST_F(Rest, LeavesAMessageWhereItIsForHead) {
  publish("a", "x");
  EXPECT_EQ(call("HEAD", "/a?type=queue&clientId=me").status, 200);
  EXPECT_EQ(info("a").pending, 1U);
  EXPECT_EQ(call("GET", "/a?type=queue&clientId=me").body, "x");
}

TEST_F(Rest, RefusesOtherMethods) {
  const std::pair<std::string, int> rows[] = {
      {"PUT", 405}, {"TRACE", 403}, {"PATCH", 501}, {"OPTIONS", 200}};
  for (const auto& [method, status] : rows) {
    EXPECT_EQ(call(method, "/a?type=queue").status, status) << method;
  }
  EXPECT_EQ(call("OPTIONS", "/a").headers.get("Allow"), "GET, HEAD, POST, DELETE, TRACE, OPTIONS");
}

TEST_F(Rest, FailsWithoutADestination) {
  for (const auto* method : {"GET", "POST"}) {
    const auto got = call(method, "?type=queue");
    EXPECT_EQ(got.status, 500);
    EXPECT_THAT(got.body, HasSubstr("NoDestinationSuppliedException: Could not perform the JMS "
                                    "operation as no Destination was supplied"));
  }
}

TEST_F(Rest, FailsWithNumbersThatAreNone) {
  const auto got = call("GET", "/a?type=queue&readTimeout=abc");
  EXPECT_EQ(got.status, 500);
  EXPECT_THAT(got.body, HasSubstr("java.lang.NumberFormatException: For input string: "
                                  "&quot;abc&quot;"));
  EXPECT_EQ(post("/a?type=queue&JMSPriority=abc", "body=x").status, 500);
}

TEST_F(Rest, KnowsNoPathWithABadEscape) {
  EXPECT_EQ(call("GET", "/a%zz?type=queue&readTimeout=0").status, 400);
  EXPECT_EQ(call("GET", "/a;x=%zz?type=queue&readTimeout=0").status, 204);
  EXPECT_EQ(info("a").consumers, 1U);
}

TEST_F(Rest, LetsNoPropertySayWhatTheAnswerIs) {
  constexpr const char* names[] = {
      "Set-Cookie",       "location", "Content-Length", "transfer-encoding",           "Connection",
      "Content-Encoding", "Upgrade",  "Trailer",        "Access-Control-Allow-Origin", "Refresh"};
  std::vector<stomp::header> headers{{"color", "red"}, {"Con", "1"}, {"Contents", "2"}};
  for (const char* name : names) headers.push_back({name, "1"});
  publish("a", "body", headers);
  const auto got = call("GET", "/a?type=queue&clientId=me");
  EXPECT_EQ(got.body, "body");
  EXPECT_EQ(got.headers.get("color"), "red");
  EXPECT_EQ(got.headers.get("Con"), "1");
  EXPECT_EQ(got.headers.get("Contents"), "2");
  for (const char* name : names) EXPECT_NE(got.headers.get(name), "1") << name;
}

TEST_F(Rest, KeepsNoClientWhoseSelectorWasRefused) {
  call("GET", "/a?type=queue&readTimeout=0&clientId=me");
  const auto later = sim.now() + 1s;
  const auto alarm = sim.make_timer();
  alarm->start(later, [] {});
  EXPECT_TRUE(sim.run_until([&] { return sim.now() >= later; }));
  for (std::size_t i = 0; i < rest_clients::most; ++i) {
    call("GET", "/a?type=queue&readTimeout=0&clientId=" + std::to_string(i),
         {{"selector", "color=("}});
  }
  EXPECT_EQ(info("a").consumers, 1U);
}

TEST_F(Rest, NeedsALogin) {
  EXPECT_EQ(fetch(console_port, "GET", "/api/message/a?type=queue").status, 401);
}

TEST_F(Rest, KeepsLinesOfAPropertyInOneHeader) {
  publish("a", "x", {{"evil", "1\r\nSet-Cookie: a=b"}, {"bad name", "1"}});
  const auto got = call("GET", "/a?type=queue&clientId=me");
  EXPECT_EQ(got.headers.get("evil"), "1  Set-Cookie: a=b");
  EXPECT_FALSE(got.headers.contains("Set-Cookie"));
}

}  // namespace
}  // namespace mockbroker
