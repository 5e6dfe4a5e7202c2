#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using stomp::errc;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(BrokerConnect, IntroducesItself) {
  bench b;
  client c(b);
  c.say("CONNECT", "accept-version:1.2\n");
  EXPECT_THAT(c.take_one(), AllOf(harness::command("CONNECTED"), harness::header("version", "1.2"),
                                  harness::header("server", "mockbroker/0.1"),
                                  harness::header("session", "session-1"),
                                  harness::header("heart-beat", "10000,10000")));
}

TEST(BrokerConnect, AcceptsAnyLoginWithoutUsers) {
  bench b;
  client c(b);
  c.say("CONNECT", "accept-version:1.2\nlogin:whoever\npasscode:x\n");
  EXPECT_THAT(c.take_one(), harness::command("CONNECTED"));
  EXPECT_EQ(b.broker.connections().at(0).login, "whoever");
}

TEST(BrokerConnect, ChecksLoginsOnceThereAreUsers) {
  auto o = default_options();
  o.users = {{"app", "secret"}};
  bench b(o);
  client good(b);
  good.say("CONNECT", "accept-version:1.2\nlogin:app\npasscode:secret\n");
  EXPECT_THAT(good.take_one(), harness::command("CONNECTED"));
  for (const char* headers : {"login:app\npasscode:wrong\n", "login:app\n", "",
                              "login:app\npasscode:secret2\n", "login:other\npasscode:secret\n"}) {
    client bad(b);
    bad.say("CONNECT", std::string("accept-version:1.2\n") + headers);
    EXPECT_THAT(bad.take_one(), harness::error_saying(HasSubstr("invalid")));
    EXPECT_EQ(bad.close_code(), errc::login_failed);
  }
}

TEST(BrokerConnect, ClosesClientsThatNeverConnect) {
  bench b;
  client c(b);
  ASSERT_EQ(c.state().wake, t0 + 30s);
  b.broker.on_tick(c.id(), t0 + 30s);
  EXPECT_EQ(c.close_code(), errc::connect_timeout);
}

TEST(BrokerConnect, KeepsTheHeartBeat) {
  bench b;
  client c(b);
  c.say("CONNECT", "accept-version:1.2\nheart-beat:0,1000\n");
  c.take();
  EXPECT_EQ(c.state().wake, t0 + 9s);
  b.broker.on_tick(c.id(), t0 + 9s);
  EXPECT_EQ(c.state().bytes, "\n");
}

TEST(BrokerConnect, DropsSilentClientsAndTheirSubscriptions) {
  bench b;
  client c(b);
  c.say("CONNECT", "accept-version:1.2\nheart-beat:10000,0\n");
  c.subscribe("/queue/a", "1");
  EXPECT_EQ(b.info("/queue/a").consumers, 1U);
  b.broker.on_tick(c.id(), t0 + 20s);
  EXPECT_EQ(c.close_code(), errc::peer_silent);
  EXPECT_EQ(b.info("/queue/a").consumers, 0U);
}

// S-DISC-1
TEST(BrokerConnect, AnswersDisconnectAndCloses) {
  bench b;
  auto c = client::connected(b);
  c->say("DISCONNECT", "receipt:77\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("77"));
  EXPECT_EQ(c->close_code(), errc::disconnected);
  EXPECT_EQ(b.broker.counters().connections_failed, 0U);
}

TEST(BrokerConnect, ForgetsConnectionsThatAreGone) {
  bench b;
  auto c = client::connected(b);
  EXPECT_EQ(b.broker.connections().size(), 1U);
  c->vanish();
  EXPECT_THAT(b.broker.connections(), IsEmpty());
  c->send("/queue/a", "x");  // ignored
  EXPECT_THAT(b.broker.destinations(), IsEmpty());
}

TEST(BrokerConnect, SurvivesAShellThatClosesFromInsideAnEffect) {
  bench b;
  b.out.close_back = &b.broker;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "1");
  c->say("BOGUS", "");
  EXPECT_TRUE(c->is_closed());
  EXPECT_THAT(b.broker.connections(), IsEmpty());
  auto d = client::connected(b);
  EXPECT_EQ(b.broker.close_connection(d->id(), "bye", t0), mockbroker::outcome::done);
  EXPECT_THAT(b.broker.connections(), IsEmpty());
}

// S-VER-3
TEST(BrokerConnect, CapsTheVersionToTheSubprotocol) {
  bench b;
  client c(b, "1.1", {.versions = {stomp::version::v1_1}});
  c.say("CONNECT", "accept-version:1.1,1.2\n");
  EXPECT_THAT(c.take_one(), harness::header("version", "1.1"));
}

TEST(BrokerConnect, ReportsReceivedFrames) {
  bench b;
  auto c = client::connected(b);
  c->send("/queue/a", "x");
  EXPECT_THAT(b.out.received, ElementsAre("CONNECT", "SEND"));
}

// MIX-1, AMQ-WS-2
TEST(BrokerConnect, SpeaksTextAndBinaryOverWebSocket) {
  bench b;
  client c(b, "1.2", {.how = stomp::transport::messages});
  using stomp::payload;
  b.broker.on_message(c.id(), wire("CONNECT", "accept-version:1.2\n"), payload::text, t0);
  b.broker.on_message(c.id(), wire("SUBSCRIBE", "destination:/queue/a\nid:1\n"), payload::binary,
                      t0);
  b.broker.on_message(c.id(), wire("SEND", "destination:/queue/a\n", "h\xC3\xA9"), payload::text,
                      t0);
  b.broker.on_message(c.id(), wire("SEND", "destination:/queue/a\n", "\xFF"), payload::binary, t0);
  EXPECT_THAT(c.state().kinds, ElementsAre(payload::text, payload::text, payload::binary));
}

// AMQ-WS-2
TEST(BrokerConnect, AProfileMayIgnoreBinaryAndWriteTextOnly) {
  auto o = default_options();
  o.kind.binary = mockbroker::binary_input::ignore;
  o.kind.output = mockbroker::ws_output::always_text;
  bench b(o);
  client c(b, "1.2", {.how = stomp::transport::messages});
  using stomp::payload;
  b.broker.on_message(c.id(), wire("CONNECT", ""), payload::binary, t0);
  EXPECT_THAT(c.take(), IsEmpty());
  b.broker.on_message(c.id(), wire("CONNECT", ""), payload::text, t0);
  b.broker.on_message(c.id(), wire("SUBSCRIBE", "destination:/queue/a\n"), payload::text, t0);
  b.broker.publish("/queue/a", "\xFF", {}, t0);
  EXPECT_THAT(c.state().kinds, ElementsAre(payload::text, payload::text));
}

TEST(BrokerConnect, FindsProfilesByName) {
  EXPECT_EQ(mockbroker::find_profile("strict")->name, "strict");
  EXPECT_FALSE(mockbroker::find_profile("nonsense"));
  EXPECT_EQ(mockbroker::find_profile("activemq")->server, "ActiveMQ/5.18.7");
  EXPECT_EQ(mockbroker::find_profile("activemq-6.2.7")->server, "ActiveMQ/6.2.7");
  for (const auto* bad : {"activemq-", "activemq-5", "activemq-5.18", "activemq-5.18.7.1",
                          "activemq-5.16.7", "activemq-7.0.0", "activemq-5.18.x"}) {
    EXPECT_FALSE(mockbroker::find_profile(bad)) << bad;
  }
}

// S-LING-1
TEST(BrokerConnect, KeepsWhatAClientSentThatLeavesAtOnce) {
  bench b;
  client c(b);
  c.raw(wire("CONNECT", "accept-version:1.2\n") + wire("SEND", "destination:/queue/a\n", "x") +
        wire("DISCONNECT", ""));
  c.vanish();
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

// S-CON-4
TEST(BrokerConnect, IgnoresAReceiptOnConnect) {
  bench b;
  client c(b);
  c.say("CONNECT", "accept-version:1.2\nreceipt:r\n");
  EXPECT_THAT(c.take_one(), harness::command("CONNECTED"));
}
