// End-to-end stories with the gateway in front of the broker, on the simulation, on sockets, and
// with the programs.
#include <gmock/gmock.h>

#include <future>
#include <optional>

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

// A client that beats is still served an hour later.
void expect_an_hour_of_beats(stage& on) {
  connect_options how{.url = on.url(4443)};
  how.client.stomp.beats = {milliseconds(10000), milliseconds(10000)};
  auto& c = on.connect(how);
  auto s = c.subscribe("/queue/foo");
  on.advance(hours(1));
  on.publish("/queue/foo", "still here");
  EXPECT_THAT(s.next(), message_with("still here"));
}

TYPED_TEST(Story, AnHourOfBeatsPassesBothWays) {
  if (this->only_simulated()) return;
  this->stage.use_config(examples + "websocket-stomp/proxies.xml");
  expect_an_hour_of_beats(this->stage);
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

TYPED_TEST(Story, OfTwoBrokersInTurnTheOneThatLivesServesAllWhenTheOtherDies) {
  auto& on = this->stage;
  auto& second = on.add_broker(61624);
  on.use_config(examples + "load-balancing/proxies.xml");
  auto& first = on.first_broker();
  std::vector<client*> all;
  for (int i = 0; i < 4; ++i) all.push_back(&on.connect({.url = on.url(9090)}));
  EXPECT_EQ(first.connections(), 2u);
  EXPECT_EQ(second.connections(), 2u);
  second.die();
  for (client* lost : {all[1], all[3]}) EXPECT_THAT(*lost, closed_with(1011));
  auto s = all[0]->subscribe("/queue/foo");
  for (int i = 0; i < 3; ++i) on.connect({.url = on.url(9090)}).send("/queue/foo", "still here");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(s.next(), message_with("still here"));
  EXPECT_EQ(first.connections(), 5u);
}

TYPED_TEST(Story, APortHasOneBroker) {
  auto& on = this->stage;
  on.add_broker(61624);
  EXPECT_THROW(on.add_broker(61614), std::invalid_argument);  // that of the first one
  EXPECT_THROW(on.add_broker(61624), std::invalid_argument);
  on.use_config(examples + "load-balancing/proxies.xml");
}

TYPED_TEST(Story, ABrokerThatComesBackIsFoundByTheHealthMonitor) {
  if (this->only_simulated()) return;
  auto& on = this->stage;
  auto& second = on.add_broker(61624);
  on.use_config(examples + "load-balancing/proxies.xml");
  second.die();
  on.advance(seconds(3));
  for (int i = 0; i < 2; ++i) on.connect({.url = on.url(9090)});
  EXPECT_EQ(on.first_broker().connections(), 2u);
  second.revive();
  on.advance(seconds(3));
  for (int i = 0; i < 2; ++i) on.connect({.url = on.url(9090)});
  EXPECT_EQ(second.connections(), 1u);
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

TYPED_TEST(Story, AnHourOfBeatsPassesThroughTheReassembler) {
  if (this->only_simulated()) return;
  this->stage.use_config(examples + "stomp-over-websocket-intercepting/proxies.xml");
  expect_an_hour_of_beats(this->stage);
}

TYPED_TEST(Story, AClientThatSaysGoodbyeLeavesNothingBehind) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& c = on.connect();
  c.subscribe("/queue/foo");
  c.disconnect();
  for (const char* leg : {"browser-gateway", "gateway-broker"}) {
    EXPECT_TRUE(on.wait_for([&](const auto& all) {
      return std::any_of(all.begin(), all.end(), [&](const journal_entry& e) {
        return e.leg == leg && e.what == journal_entry::event::closed;
      });
    })) << "the connection of "
        << leg << " is still open:\n"
        << on.ladder();
  }
  // A broker in a process of its own may hear of it a moment later.
  if (!on.where().programs()) {
    EXPECT_EQ(on.connections(), 0u);
  }
}

TYPED_TEST(Story, TheBrokerHearsOfAClientThatEndsWithoutGoodbye) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& c = on.connect();
  auto ends = on.arm("fin leg=browser-gateway on=SEND way=to-broker");
  c.send_only("/queue/foo", "my last words");
  EXPECT_TRUE(on.wait_for([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const journal_entry& e) {
      return e.leg == "gateway-broker" && e.what == journal_entry::event::closed;
    });
  })) << "the connection of gateway-broker is still open:\n"
      << on.ladder();
  EXPECT_EQ(ends.fired(), 1u);
}

TYPED_TEST(Story, BeatsComeWithinTheirPeriod) {
  if (this->only_simulated()) return;
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  connect_options how;
  how.client.stomp.beats = {milliseconds(10000), milliseconds(10000)};
  on.connect(how);
  on.advance(std::chrono::minutes(10));
  for (const auto direction : {way::to_broker, way::to_client}) {
    std::optional<net::time_point> last;
    std::size_t beats = 0;
    for (const auto& e : on.journal()) {
      if (e.leg != "gateway-broker" || e.direction != direction) continue;
      EXPECT_LE(e.at - last.value_or(e.at), milliseconds(10000)) << "a beat came late";
      last = e.at;
      if (e.unit.what == mockbroker::wire_unit::kind::beat) ++beats;
    }
    EXPECT_GE(beats, 59u);
  }
}

TYPED_TEST(Story, WhoBreaksTheRulesIsToldAndTheBrokerHearsAClose) {
  auto& on = this->stage;
  on.use_config(examples + "stomp-over-websocket-intercepting/proxies.xml");
  auto& c = on.connect();
  c.write_raw(std::string("no STOMP at all\n\n") + '\0');
  EXPECT_THAT(c, closed_with(1002));
  EXPECT_THAT(leg_of(on, "gateway-broker", way::to_broker), conforms());
}

TYPED_TEST(Story, MessagesOfAQueueComeInTheirOrder) {
  auto& on = this->stage;
  auto& c = on.connect();
  for (const char* body : {"1", "2", "3"}) c.send("/queue/foo", body);
  auto s = c.subscribe("/queue/foo");
  for (const char* body : {"1", "2", "3"}) EXPECT_THAT(s.next(), message_with(body));
}

TYPED_TEST(Story, TwoSubscriptionsOfAClientGetTheirOwnMessages) {
  auto& on = this->stage;
  auto& c = on.connect();
  auto news = c.subscribe("/topic/news");
  auto weather = c.subscribe("/topic/weather");
  on.publish("/topic/weather", "rain");
  on.publish("/topic/news", "news");
  EXPECT_THAT(news.next(), message_with("news"));
  EXPECT_THAT(weather.next(), message_with("rain"));
}

TYPED_TEST(Story, ASelectorLetsOnlyItsMessagesThrough) {
  auto& on = this->stage;
  auto& c = on.connect();
  auto s = c.subscribe("/topic/news", {.headers = {{"selector", "colour = 'red'"}}});
  c.send("/topic/news", "first", {{"colour", "blue"}});
  c.send("/topic/news", "second", {{"colour", "red"}});
  EXPECT_THAT(s.next(), message_with("second"));
}

TYPED_TEST(Story, WhatATransactionSendsComesWithItsCommitOnly) {
  auto& on = this->stage;
  auto& c = on.connect();
  const auto given_up = c.begin();
  const auto kept = c.begin();
  c.send("/queue/foo", "never", {{"transaction", given_up}});
  c.send("/queue/foo", "later", {{"transaction", kept}});
  EXPECT_EQ(on.queue("/queue/foo").depth, 0u);
  c.abort(given_up);
  c.commit(kept);
  auto s = c.subscribe("/queue/foo");
  EXPECT_THAT(s.next(), message_with("later"));
  EXPECT_EQ(on.queue("/queue/foo").enqueued, 1u);
}

TYPED_TEST(Story, AVersionThatWasNotOfferedEndsTheConnection) {
  auto& on = this->stage;
  on.allow_breaches();
  on.arm("wrong_version version=1.1");
  connect_options how;
  how.client.stomp.versions = {stomp::version::v1_2};
  EXPECT_THAT(on.connect_refused(how), HasSubstr("which was not offered"));
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

TYPED_TEST(Story, ARefusedUpgradeKeepsItsStatus) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  for (const char* status : {"401", "404", "502"}) {
    on.arm(std::string("fail_upgrade leg=gateway-broker status=") + status);
    EXPECT_THAT(on.connect_refused({.url = on.url(4443)}), HasSubstr(status));
  }
}

TYPED_TEST(Story, ASubprotocolThatNobodyOfferedEndsTheHandshake) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  on.allow_breaches();
  on.arm("wrong_subprotocol protocol=chat leg=browser-gateway");
  EXPECT_THAT(on.connect_refused({.url = on.url(4443)}),
              HasSubstr("chose a subprotocol that was not offered"));
}

TYPED_TEST(Story, TheGatewayKeepsASubprotocolThatNobodyOfferedToItself) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  on.allow_breaches();
  on.arm("wrong_subprotocol protocol=chat leg=gateway-broker");
  on.connect().send("/queue/foo", "hi");
  EXPECT_EQ(on.queue("/queue/foo").depth, 1u);
}

TYPED_TEST(Story, AHundredClientsComeBackToABrokerThatRestarts) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  std::vector<client*> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(&on.connect());
    all.back()->subscribe("/topic/news");
  }
  on.restart_broker();
  for (auto* each : all) EXPECT_NE(each->closed().close_code, 1000);
  EXPECT_EQ(on.connections(), 0u);
  std::vector<inbox> again;
  for (int i = 0; i < 100; ++i) again.push_back(on.connect().subscribe("/topic/news"));
  on.publish("/topic/news", "back");
  for (auto& each : again) EXPECT_THAT(each.next(), message_with("back"));
}

TYPED_TEST(Story, AReaderThatStopsDoesNotFillTheGateway) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  auto& slow = on.connect();
  slow.subscribe("/topic/news");
  slow.stop_reading();
  constexpr int count = 900;
  const std::string body(100000, 'x');
  for (int i = 0; i < count; ++i) on.publish("/topic/news", body);
  on.settle();
  std::size_t taken = 0;
  for (const auto& e : on.journal()) {
    if (e.leg == "gateway-broker" && e.direction == way::to_client) taken += e.unit.raw.size();
  }
  // What the broker got rid of lies in the gateway, in the relays, and in buffers of sockets, which
  // the system lets grow to some megabytes each.
  EXPECT_LT(taken, count * body.size() / 2);
  auto& quick = on.connect();
  auto s = quick.subscribe("/queue/foo");
  quick.send("/queue/foo", "others go on");
  EXPECT_THAT(s.next(), message_with("others go on"));
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

// Octet by octet the edges of frames, of WebSocket frames and of TLS records fall everywhere.
TYPED_TEST(StrictStory, WhatIsSplitIntoSingleOctetsArrivesWhole) {
  auto& on = this->stage;
  on.use_config(examples + "stomp-over-websocket-intercepting/proxies.xml");
  auto& c = on.connect();
  auto s = c.subscribe("/queue/foo");
  for (const char* leg : {"browser-gateway", "gateway-broker"}) {
    for (const char* direction : {"to-broker", "to-client"}) {
      on.arm(std::string("slicer average_size=1 size_variation=0 delay=0 name=") + leg + direction +
             " leg=" + leg + " way=" + direction);
    }
  }
  c.send("/queue/foo", "line one\nline two", {{"odd", "a:b\nc\\d"}});
  EXPECT_THAT(s.next(), ::testing::AllOf(message_with("[MEMBRANE]: line one\nline two"),
                                         header("odd", "a:b\nc\\d")));
}

TYPED_TEST(StrictStory, FramesThatShareAWebSocketMessageAllArrive) {
  auto& on = this->stage;
  on.use_config(examples + "stomp-over-websocket-intercepting/proxies.xml");
  auto& c = on.connect();
  auto s = c.subscribe("/queue/foo");
  std::string joined;
  for (const char* body : {"one", "two", "three"}) {
    joined += "SEND\ndestination:/queue/foo\n\n" + std::string(body) + '\0';
  }
  c.write_raw(joined);
  for (const std::string body : {"one", "two", "three"}) {
    EXPECT_THAT(s.next(), message_with("[MEMBRANE]: " + body));
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

template <class Where>
class GuardedStory : public stage_fixture<Where> {
 protected:
  GuardedStory() : stage_fixture<Where>({.users = {{"app", "secret"}}}) {}
};
TYPED_TEST_SUITE(GuardedStory, everywhere);

TYPED_TEST(GuardedStory, OnlyTheRightPasscodeGetsIn) {
  auto& on = this->stage;
  on.use_config(examples + "websocket-stomp/proxies.xml");
  connect_options wrong;
  wrong.client.stomp.login = "app";
  wrong.client.stomp.passcode = "guess";
  EXPECT_THAT(on.connect_refused(wrong), HasSubstr("password is invalid"));
  connect_options right = wrong;
  right.client.stomp.passcode = "secret";
  on.connect(right).send("/queue/foo", "hi");
  EXPECT_EQ(on.queue("/queue/foo").depth, 1u);
}

// Hundreds of tests side by side: no port, file or clock is shared. Empty: all went well.
template <class Where>
std::vector<std::string> many_stages(std::size_t count, const std::string& config) {
  std::vector<std::unique_ptr<stage>> all;
  std::vector<inbox> inboxes;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(std::make_unique<stage>(Where::make(i + 1), stage_options{.seed = i + 1}));
    if (!config.empty()) all.back()->use_config(config);
    inboxes.push_back(all.back()->connect().subscribe("/queue/foo"));
  }
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < count; ++i) all[i]->publish("/queue/foo", std::to_string(i));
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto got = inboxes[i].next().body; got != std::to_string(i)) wrong.push_back(got);
    for (auto& each : all[i]->finish()) wrong.push_back(std::move(each));
  }
  return wrong;
}

TEST(ManyStages, FiveHundredAreAliveAtOnce) {
  EXPECT_THAT(many_stages<on_simulation>(500, ""), ::testing::IsEmpty());
}

TEST(ManyStages, FiftyWithGatewaysAreAliveAtOnceOnSockets) {
  EXPECT_THAT(many_stages<on_sockets>(50, examples + "websocket-stomp/proxies.xml"),
              ::testing::IsEmpty());
}

// Each on a thread of its own, as the tests of a parallel runner.
TEST(ManyStages, FiveHundredOnEightThreadsDoNotDisturbEachOther) {
  std::vector<std::future<std::vector<std::string>>> results;
  for (int i = 0; i < 8; ++i) {
    results.push_back(
        std::async(std::launch::async, [] { return many_stages<on_simulation>(63, ""); }));
  }
  for (auto& each : results) EXPECT_THAT(each.get(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace harness
