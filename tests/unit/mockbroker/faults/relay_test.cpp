// The relay between a real client and the mock broker, on the simulation.
#include "mockbroker/relay/relay.hpp"

#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "net/stderr_log.hpp"
#include "stomp-client/client.hpp"

namespace mockbroker {
namespace {

using std::chrono::seconds;
using stomp_client::event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Relay : public ::testing::TestWithParam<bool> {
 protected:
  Relay() {
    server_options o;
    o.broker.kind = *find_profile("strict");
    o.broker.start = sim.now();
    o.broker.wall_start = sim.wall_now();
    broker = std::make_unique<server>(sim, net::null_log(), std::move(o));
    relay_options r;
    r.websocket = GetParam();
    between = std::make_unique<relay>(sim, engine, log, r);
    auto listener = between->wrap(std::move(*sim.listen({"", 61614})));
    if (GetParam()) {
      broker->serve_websocket(std::move(listener), nullptr);
    } else {
      broker->serve_stomp(std::move(listener));
    }
  }
  void TearDown() override {
    client.reset();
    others.clear();
    broker.reset();
    between.reset();
    harness::expect_nothing_left(sim);
  }
  void arm(std::string_view line) {
    auto made = parse_fault(line);
    if (auto* problem = std::get_if<fault_problem>(&made)) FAIL() << problem->text;
    const auto refused = engine.add(std::get<fault>(std::move(made)), sim.now());
    if (refused) FAIL() << refused->text;
  }
  std::unique_ptr<stomp_client::client> connect(stomp_client::options o = {}) {
    const std::string to = GetParam() ? "ws://localhost:61614/" : "stomp://localhost:61614";
    std::string why;
    auto made = harness::run(
        sim, stomp_client::client::connect(
                 sim, std::get<stomp_client::url>(stomp_client::parse_url(to)), std::move(o), why));
    if (!made) {
      trouble = why;
      return nullptr;
    }
    return std::move(*made);
  }
  void start() {
    client = connect();
    ASSERT_NE(client, nullptr) << trouble;
    ASSERT_EQ(next().what, event::kind::connected);
  }
  event next() { return harness::run(sim, client->next()); }
  std::string subscribe(const std::string& to) {
    auto sent = client->session().subscribe(to, stomp::ack_mode::automatic, {},
                                            stomp::want_receipt::yes, sim.now());
    harness::run(sim, client->wait_receipt(sent.receipt_id));
    return sent.id;
  }
  void send(const std::string& to, const std::string& body) {
    client->session().send(to, body, {}, stomp::want_receipt::no, sim.now());
  }
  std::vector<std::string> lines(std::string_view command) const {
    std::vector<std::string> out;
    for (const auto& e : log.entries()) {
      if (e.what == journal_entry::event::unit && e.unit.frame.command == command) {
        out.push_back(line_of(e));
      }
    }
    return out;
  }
  std::vector<std::string> breaches() const {
    std::vector<std::string> out;
    for (const auto& e : log.entries()) {
      out.insert(out.end(), e.breaches.begin(), e.breaches.end());
    }
    return out;
  }

  net::simulation sim;
  fault_engine engine{1};
  journal log;
  std::unique_ptr<server> broker;
  std::unique_ptr<relay> between;
  std::unique_ptr<stomp_client::client> client;
  std::vector<std::unique_ptr<stomp_client::client>> others;
  std::string trouble;
};

INSTANTIATE_TEST_SUITE_P(Transports, Relay, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "ws" : "tcp"; });

// There is no handshake and no Close on a stream.
class WebSocketRelay : public Relay {};
INSTANTIATE_TEST_SUITE_P(Transports, WebSocketRelay, ::testing::Values(true));

TEST_P(Relay, PassesAConversationAndJournalsIt) {
  start();
  subscribe("/queue/a");
  send("/queue/a", "hi");
  EXPECT_EQ(next().frame.body, "hi");
  EXPECT_THAT(lines("SEND"), ElementsAre(HasSubstr("c1 > SEND destination=\"/queue/a\"")));
  EXPECT_THAT(lines("MESSAGE"), ElementsAre(HasSubstr("body(2)=\"hi\"")));
  EXPECT_THAT(breaches(), ElementsAre());
  EXPECT_EQ(between->open().at(0).subscriptions.at("sub-1"), "/queue/a");
}

TEST_P(Relay, AConnectionThatTheBrokerHasEndedIsNotOpenAnyMore) {
  start();
  client->send_raw(std::string("BOGUS\n\n\0", 8), stomp::payload::text);
  EXPECT_EQ(next().what, event::kind::error);
  EXPECT_EQ(next().what, event::kind::closed);
  EXPECT_TRUE(between->open().empty());
}

TEST_P(Relay, DropsTheSecondMessageOnly) {
  start();
  arm("drop name=lost command=MESSAGE nth=2");
  subscribe("/queue/a");
  for (const char* body : {"1", "2", "3"}) send("/queue/a", body);
  EXPECT_EQ(next().frame.body, "1");
  EXPECT_EQ(next().frame.body, "3");
  EXPECT_EQ(engine.find("lost")->fired, 1u);
  EXPECT_THAT(lines("MESSAGE")[1], HasSubstr("[dropped by lost]"));
}

TEST_P(Relay, DelaysDuplicatesAndReorders) {
  start();
  subscribe("/queue/a");
  arm("duplicate command=MESSAGE");
  send("/queue/a", "twice");
  EXPECT_EQ(next().frame.body, "twice");
  EXPECT_EQ(next().frame.body, "twice");
  arm("reorder command=SEND");
  send("/queue/a", "first");
  send("/queue/a", "second");
  EXPECT_EQ(next().frame.body, "second");
  EXPECT_EQ(next().frame.body, "first");
  arm("delay by=10s command=MESSAGE");
  const auto before = sim.now();
  send("/queue/a", "late");
  EXPECT_EQ(next().frame.body, "late");
  EXPECT_GE(sim.now() - before, seconds(10));
}

TEST_P(Relay, RewritesAndReplies) {
  start();
  subscribe("/queue/a");
  arm("rewrite on=MESSAGE body=changed set.mark=yes");
  send("/queue/a", "as it was");
  const auto got = next();
  EXPECT_EQ(got.frame.body, "changed");
  EXPECT_EQ(got.frame.get("mark"), "yes");
  arm("error on=SEND message=denied then=keep");
  send("/queue/a", "refused");
  const auto error = next();
  EXPECT_EQ(error.what, event::kind::error);
  EXPECT_EQ(error.frame.get("message"), "denied");
  send("/queue/a", "goes on");
  EXPECT_EQ(next().frame.body, "goes on");
}

TEST_P(Relay, AnErrorThatClosesReachesTheClientFirst) {
  start();
  arm("auth_fail on=SEND");
  send("/queue/a", "x");
  EXPECT_EQ(next().what, event::kind::error);
  EXPECT_EQ(next().what, event::kind::closed);
  sim.advance(seconds(5));
  EXPECT_EQ(between->connections(), 0u);
  EXPECT_TRUE(broker->broker().connections().empty());
}

TEST_P(Relay, ResetsAndEndsConnections) {
  start();
  arm("rst on=SEND");
  send("/queue/a", "x");
  EXPECT_EQ(next().what, event::kind::closed);
  start();
  arm("fin on=SEND");
  send("/queue/a", "y");
  EXPECT_EQ(next().what, event::kind::closed);
  arm("refuse_connect");
  connect();
  EXPECT_EQ(engine.find("refuse_connect-1")->fired, 1u);
}

TEST_P(Relay, SwallowsADirectionFromAUnitOn) {
  start();
  subscribe("/queue/a");
  arm("blackhole on=MESSAGE");
  send("/queue/a", "never");
  send("/queue/a", "never either");
  sim.advance(seconds(60));
  const auto all = lines("MESSAGE");
  ASSERT_EQ(all.size(), 2u);
  for (const auto& line : all) EXPECT_THAT(line, HasSubstr("[dropped"));
}

TEST_P(Relay, DelaysEveryOctetByTheLatency) {
  start();
  subscribe("/queue/a");
  arm("latency latency=3s");
  const auto before = sim.now();
  send("/queue/a", "late");
  EXPECT_EQ(next().frame.body, "late");
  EXPECT_EQ(sim.now() - before, seconds(3));
}

TEST_P(Relay, LimitsTheRateAndSlices) {
  start();
  subscribe("/queue/a");
  arm("bandwidth rate=1");
  arm("slicer average_size=10 delay=1000");
  const auto before = sim.now();
  send("/queue/a", std::string(5000, 'x'));
  EXPECT_EQ(next().frame.body.size(), 5000u);
  EXPECT_GE(sim.now() - before, seconds(5));
  EXPECT_LT(sim.now() - before, seconds(7));
}

TEST_P(Relay, EndsBehindSoManyOctets) {
  arm("limit_data bytes=40");
  client = connect();
  if (client) {
    EXPECT_EQ(next().what, event::kind::closed);
  } else {
    EXPECT_FALSE(trouble.empty());
  }
}

TEST_P(Relay, CorruptsAFrameInAWayOfTheCatalogue) {
  start();
  arm("corrupt kind=unknown_command on=SEND");
  send("/queue/a", "x");
  const auto error = next();
  EXPECT_EQ(error.what, event::kind::error);
}

TEST_P(WebSocketRelay, ClosesWithTheCode) {
  start();
  arm("close_ws code=4001 reason=\"for a test\" on=SEND");
  send("/queue/a", "x");
  const auto end = next();
  EXPECT_EQ(end.what, event::kind::closed);
  EXPECT_EQ(end.close_code, 4001);
}

TEST_P(Relay, TouchesNoOctetWhenNothingIsArmed) {
  start();
  subscribe("/queue/a");
  const std::string body(200000, 'b');
  send("/queue/a", body);
  EXPECT_EQ(next().frame.body, body);
  EXPECT_THAT(breaches(), ElementsAre());
}

TEST_P(Relay, InjectsAFrameThatNoPeerWrote) {
  start();
  EXPECT_TRUE(between->inject(
      1, way::to_client,
      {written_part::kind::stomp, std::string("ERROR\nmessage:from nowhere\n\n") + '\0'}));
  EXPECT_EQ(next().frame.get("message"), "from nowhere");
  EXPECT_THAT(lines("ERROR"), ElementsAre(HasSubstr("[injected]")));
  EXPECT_FALSE(between->inject(9, way::to_client, {}));
}

TEST_P(WebSocketRelay, RefusesAHandshake) {
  arm("fail_upgrade status=503");
  EXPECT_EQ(connect(), nullptr);
  EXPECT_THAT(trouble, HasSubstr("503"));
  start();
  client.reset();
  arm("wrong_subprotocol protocol=mqtt");
  EXPECT_EQ(connect(), nullptr);
  arm("wrong_accept");
  EXPECT_EQ(connect(), nullptr);
}

TEST_P(Relay, JournalsWhoEndedAndNamesASilentSide) {
  stomp_client::options o;
  o.stomp.beats = {stomp::milliseconds(1000), stomp::milliseconds(0)};
  client = connect(o);
  ASSERT_NE(client, nullptr);
  ASSERT_EQ(next().what, event::kind::connected);
  arm("eat_heartbeats way=to-broker");
  sim.advance(seconds(10));
  EXPECT_EQ(next().what, event::kind::closed);
  client.reset();
  sim.advance(seconds(10));
  const auto& last = log.entries().back();
  EXPECT_EQ(last.what, journal_entry::event::closed);
  EXPECT_EQ(last.direction, way::to_client);
}

}  // namespace
}  // namespace mockbroker
