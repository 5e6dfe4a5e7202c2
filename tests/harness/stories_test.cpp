// End-to-end stories with the gateway in front of the broker, on the simulation and on sockets.
#include <gmock/gmock.h>

#include "harness/cpp/fixture.hpp"

namespace harness {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

const std::string examples = PUMPHOUSE_SOURCE_DIR "/examples/";

template <class Where>
class Story : public stage_fixture<Where> {};
TYPED_TEST_SUITE(Story, everywhere);

TYPED_TEST(Story, TheShippedExampleWorksEndToEnd) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& c = on.connect({.url = on.url(4443)});
  auto s = c.subscribe("/queue/foo");
  on.publish("/queue/foo", "Hello world!");
  EXPECT_THAT(s.next(), message_with("Hello world!"));
  EXPECT_THAT(on, received_in_order(frame_with(command("CONNECT")),
                                    frame_with(command("SUBSCRIBE"), destination("/queue/foo"))));
  auto there = leg_of(on, "browser-gateway", way::to_client);
  EXPECT_THAT(there, conforms());
}

TYPED_TEST(Story, TheReassemblerPrefixesBodiesForTheBroker) {
  auto& on = this->stage;
  on.use_config(examples + "stomp-over-websocket-intercepting/proxies.xml");
  auto& c = on.connect({.url = on.url(4443)});
  auto s = c.subscribe("/queue/foo");
  c.send("/queue/foo", "hi");
  EXPECT_THAT(s.next(), message_with("[MEMBRANE]: hi"));
  EXPECT_THAT(on, eventually(command("SEND"), body("[MEMBRANE]: hi")));
  auto before = leg_of(on, "browser-gateway", way::to_broker);
  EXPECT_THAT(before, eventually(command("SEND"), body("hi")));
}

TYPED_TEST(Story, ARefusedLoginReachesTheClientAsAnError) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  on.arm("auth_fail on=CONNECT message=\"not you\" leg=gateway-broker");
  EXPECT_THAT(on.connect_refused({.url = on.url(4443)}), HasSubstr("not you"));
}

TYPED_TEST(Story, AnHourOfBeatsPassesBothWays) {
  if (this->only_simulated()) return;
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  connect_options how{.url = on.url(4443)};
  how.client.stomp.beats = {milliseconds(10000), milliseconds(10000)};
  auto& c = on.connect(how);
  auto s = c.subscribe("/queue/foo");
  on.advance(hours(1));
  on.publish("/queue/foo", "still here");
  EXPECT_THAT(s.next(), message_with("still here"));
}

TYPED_TEST(Story, AClientGivesUpASilentBrokerAndTheGatewayFreesBothLegs) {
  if (this->only_simulated()) return;
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  connect_options how{.url = on.url(4443)};
  how.client.stomp.beats = {milliseconds(10000), milliseconds(10000)};
  auto& c = on.connect(how);
  auto silence = on.arm("eat_heartbeats leg=gateway-broker way=to-client");
  on.advance(seconds(60));
  EXPECT_THAT(c.closed().reason, HasSubstr("heart-beat"));
  on.advance(seconds(60));
  EXPECT_EQ(on.connections(), 0u);
  EXPECT_GE(silence.fired(), 1u);
}

TYPED_TEST(Story, WhatAVanishedClientHeldGoesToAnother) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& first = on.connect();
  auto held = first.subscribe("/queue/foo", {.ack = stomp::ack_mode::client});
  on.publish("/queue/foo", "once");
  EXPECT_THAT(held.next(), message_with("once"));
  first.vanish();
  auto& second = on.connect();
  auto s = second.subscribe("/queue/foo");
  EXPECT_THAT(s.next(), ::testing::AllOf(message_with("once"), header("redelivered", "true")));
}

TYPED_TEST(Story, TheSecondReceiptIsLostAndNothingElse) {
  auto& on = this->stage;
  auto& c = on.connect();
  auto lost = on.arm("drop on=RECEIPT nth=2");
  c.send("/queue/foo", "1");
  const auto second = c.send_only("/queue/foo", "2");
  c.send("/queue/foo", "3");
  EXPECT_EQ(lost.fired(), 1u);
  EXPECT_THAT(on, received_times(3, command("SEND")));
  EXPECT_THAT(c, never_received(receipt_for(second)));
}

TYPED_TEST(Story, ABrokerThatRestartsIsThereForTheNextConnection) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& first = on.connect();
  first.subscribe("/queue/foo");
  on.restart_broker();
  EXPECT_NE(first.closed().close_code, 1000);
  auto& second = on.connect();
  auto s = second.subscribe("/queue/foo");
  on.publish("/queue/foo", "again");
  EXPECT_THAT(s.next(), message_with("again"));
}

TYPED_TEST(Story, AMessageAboveActiveMqsLimitEndsTheConnectionWith1009) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& c = on.connect();
  c.send_only("/queue/big", std::string(100000, 'x'));
  EXPECT_THAT(c, closed_with(1009));
}

TYPED_TEST(Story, ANackedPersistentMessageIsADeadLetterAndAnotherIsGone) {
  auto& on = this->stage;
  auto& c = on.connect();
  auto s = c.subscribe("/queue/foo", {.ack = stomp::ack_mode::client_individual});
  c.send("/queue/foo", "kept", {{"persistent", "true"}});
  c.nack(s.next());
  c.send("/queue/foo", "gone");
  c.nack(s.next());
  EXPECT_EQ(on.queue("/queue/ActiveMQ.DLQ").depth, 1u);
  EXPECT_EQ(on.queue("/queue/foo").depth, 0u);
}

TYPED_TEST(Story, ARefusedUpgradeReachesTheClient) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  on.arm("fail_upgrade status=503 leg=gateway-broker");
  EXPECT_THAT(on.connect_refused({.url = on.url(4443)}), HasSubstr("503"));
}

TYPED_TEST(Story, ASilentClientIsCutByTheBroker) {
  if (this->only_simulated()) return;
  auto& on = this->stage;
  connect_options how;
  how.client.stomp.beats = {milliseconds(1000), milliseconds(0)};
  auto& c = on.connect(how);
  c.fall_silent();
  on.advance(seconds(30));
  EXPECT_EQ(on.connections(), 0u);
}

template <class Where>
class StrictStory : public stage_fixture<Where> {
 protected:
  StrictStory() : stage_fixture<Where>({.profile = "strict"}) {}
};
TYPED_TEST_SUITE(StrictStory, everywhere);

TYPED_TEST(StrictStory, AMebibyteWithNulsComesThroughUnchanged) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& c = on.connect();
  auto s = c.subscribe("/queue/big");
  std::string big;
  for (std::size_t i = 0; big.size() < std::size_t{1} << 20U; ++i) big += char(i % 128);
  c.send("/queue/big", big);
  EXPECT_EQ(s.next().body, big);
}

TYPED_TEST(StrictStory, TrafficBothWaysBreaksNoRule) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& one = on.connect();
  auto& two = on.connect({.url = on.tcp_url()});
  auto from_two = one.subscribe("/topic/a");
  auto from_one = two.subscribe("/topic/b");
  one.send("/topic/b", "to two");
  two.send("/topic/a", "to one");
  EXPECT_THAT(from_one.next(), message_with("to two"));
  EXPECT_THAT(from_two.next(), message_with("to one"));
  for (const auto direction : {way::to_broker, way::to_client}) {
    EXPECT_THAT(leg_of(on, "gateway-broker", direction), conforms());
    EXPECT_THAT(leg_of(on, "browser-gateway", direction), conforms());
  }
}

TYPED_TEST(Story, AReaderThatStopsDoesNotStopOthers) {
  auto& on = this->stage;
  auto& slow = on.connect();
  slow.subscribe("/topic/news");
  auto& quick = on.connect();
  auto s = quick.subscribe("/topic/news");
  slow.stop_reading();
  const std::string body(100000, 'x');
  for (int i = 0; i < 50; ++i) on.publish("/topic/news", body);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(s.next().body.size(), body.size());
}

}  // namespace
}  // namespace harness
