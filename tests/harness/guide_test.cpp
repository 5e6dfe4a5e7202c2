// The C++ snippets of docs/testing.md, as they stand there (e2e/test_guide.py compares them).
#include "harness/cpp/fixture.hpp"

using namespace harness;

class Hello : public broker_fixture {};

TEST_F(Hello, ArrivesAtOnce) {
  auto& c = stage.connect();
  auto news = c.subscribe("/queue/foo");
  stage.publish("/queue/foo", "Hello world!");
  EXPECT_THAT(news.next(), message_with("Hello world!"));
}

TEST_F(Hello, ComesThroughTheGateway) {
  stage.use_config("examples/websocket-stomp/proxies.xml");
  auto& c = stage.connect({.url = stage.url(4443)});
  auto news = c.subscribe("/queue/foo");
  stage.publish("/queue/foo", "Hello world!");
  EXPECT_THAT(news.next(), message_with("Hello world!"));
}

template <class Where>
class Everywhere : public stage_fixture<Where> {};
TYPED_TEST_SUITE(Everywhere, everywhere);

TYPED_TEST(Everywhere, TellsTheBroker) {
  auto& c = this->stage.connect();
  c.send("/queue/foo", "hi");
  EXPECT_THAT(this->stage, eventually(command("SEND"), destination("/queue/foo"), body("hi")));
}

TEST_F(Hello, ASilentBrokerIsNoticed) {
  connect_options how;
  how.client.stomp.beats = {std::chrono::seconds(10), std::chrono::seconds(10)};
  auto& c = stage.connect(how);
  stage.arm("eat_heartbeats way=to-client");
  stage.advance(std::chrono::minutes(1));
  EXPECT_THAT(c.closed().reason, ::testing::HasSubstr("heart-beat"));
}

TEST_F(Hello, ABrokerRestarts) {
  auto& first = stage.connect();
  stage.restart_broker();
  first.closed();
  auto& again = stage.connect();
  again.send("/queue/foo", "back");
  EXPECT_EQ(stage.queue("/queue/foo").depth, 1u);
}

TEST_F(Hello, OneOfTwoBrokersDies) {
  auto& second = stage.add_broker(61624);
  stage.use_config("examples/load-balancing/proxies.xml");
  stage.connect({.url = stage.url(9090)});
  auto& lost = stage.connect({.url = stage.url(9090)});
  second.die();
  EXPECT_THAT(lost, closed_with(1011));
  stage.connect({.url = stage.url(9090)}).send("/queue/foo", "to the first");
  EXPECT_EQ(stage.queue("/queue/foo").depth, 1u);
}

TEST_F(Hello, ASlowConsumerHurtsNobodyElse) {
  auto& slow = stage.connect();
  slow.subscribe("/topic/news");
  slow.stop_reading();
  auto& quick = stage.connect();
  auto news = quick.subscribe("/topic/news");
  for (int i = 0; i < 100; ++i) stage.publish("/topic/news", std::string(10000, 'x'));
  for (int i = 0; i < 100; ++i) news.next();
}

TEST_F(Hello, AFrameWithoutItsColonEndsTheConnection) {
  auto& c = stage.connect();
  c.subscribe("/queue/foo");
  stage.arm("corrupt kind=header_without_colon on=MESSAGE");
  stage.publish("/queue/foo", "x");
  EXPECT_NE(c.closed().reason, "");
}

TEST_F(Hello, AHundredClientsComeBack) {
  for (int i = 0; i < 100; ++i) stage.connect();
  stage.drop_connections();
  for (int i = 0; i < 100; ++i) stage.connect();
  EXPECT_EQ(stage.connections(), 100u);
}

class Strict : public broker_fixture {
 protected:
  Strict() : broker_fixture({.strict = true}) {}
};

TEST_F(Strict, TakesAllThatComes) {
  auto& c = stage.connect();
  auto prices = c.subscribe("/topic/prices");
  stage.publish("/topic/prices", R"({"name": "pump", "price": 3})");
  EXPECT_THAT(prices.next(), body_json("price", 3));
}
