// The harness tested by itself: every matcher and every check must fail where it should, and say
// what happened.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "harness/cpp/fixture.hpp"

namespace harness {
namespace {

using ::testing::HasSubstr;

// What a matcher says when it fails, in the two runs that EXPECT_THAT makes.
template <class Place, class Matcher>
std::string failure_of(const Place& where, const Matcher& m) {
  ::testing::Matcher<const Place&> typed = m;
  EXPECT_FALSE(typed.Matches(where));
  ::testing::StringMatchResultListener why;
  EXPECT_FALSE(typed.MatchAndExplain(where, &why));
  return why.str();
}

class Failures : public broker_fixture {};

TEST_F(Failures, EventuallyNamesTheNearestFrameFieldByField) {
  auto& c = stage.connect();
  c.send("/queue/foo", "hi");
  const auto text = failure_of(
      stage, eventually(command("SEND"), destination("/queue/foo"), body("[MEMBRANE]: hi")));
  EXPECT_THAT(text, HasSubstr("0 of 2 frames at client-broker to-broker matched"));
  EXPECT_THAT(text, HasSubstr("match   command is equal to \"SEND\""));
  EXPECT_THAT(text, HasSubstr("match   header 'destination' is equal to \"/queue/foo\""));
  EXPECT_THAT(text, HasSubstr("differs body is equal to \"[MEMBRANE]: hi\", but body is \"hi\""));
  EXPECT_THAT(text, HasSubstr("Ladder  :\n"));
  EXPECT_THAT(text, HasSubstr("client-broker c1 > SEND destination=\"/queue/foo\""));
  EXPECT_THAT(text, HasSubstr("Seed    : 1"));
  EXPECT_THAT(text, HasSubstr("--gtest_filter=Failures.EventuallyNames"));
}

TEST_F(Failures, EventuallySaysThatNothingCame) {
  stage.url();
  EXPECT_THAT(failure_of(stage, eventually(command("SEND"))), HasSubstr("no frame came there"));
}

TEST_F(Failures, NeverReceivedShowsWhatCame) {
  auto& c = stage.connect();
  c.send("/queue/foo", "hi");
  EXPECT_THAT(failure_of(stage, never_received(command("SEND"))),
              HasSubstr("Came    : c1 > SEND destination=\"/queue/foo\""));
}

TEST_F(Failures, ReceivedTimesCountsExactly) {
  auto& c = stage.connect();
  c.send("/queue/foo", "1");
  c.send("/queue/foo", "2");
  EXPECT_THAT(failure_of(stage, received_times(1, command("SEND"))), HasSubstr("2 of 3 frames"));
  EXPECT_THAT(failure_of(stage, received_times(3, command("SEND"))), HasSubstr("2 of 3 frames"));
  EXPECT_THAT(stage, received_times(2, command("SEND")));
}

TEST_F(Failures, ReceivedInOrderSeesTheWrongOrder) {
  auto& c = stage.connect();
  c.send("/queue/foo", "1");
  c.send("/queue/foo", "2");
  EXPECT_THAT(stage, received_in_order(frame_with(command("CONNECT")), frame_with(body("1")),
                                       frame_with(body("2"))));
  const auto text =
      failure_of(stage, received_in_order(frame_with(body("2")), frame_with(body("1"))));
  EXPECT_THAT(text, HasSubstr("step 2 of 2 (body is equal to \"1\") did not come behind step 1"));
  EXPECT_THAT(text, HasSubstr("Too early: #6 c1 > SEND destination=\"/queue/foo\""));
  EXPECT_THAT(text, HasSubstr("Ladder  :"));
  EXPECT_THROW(leg_of(stage, "browser-gatewai", way::to_broker), std::invalid_argument);
}

TEST_F(Failures, ConformsNamesTheRule) {
  auto& c = stage.connect();
  c.write_raw(std::string("JUMP\n\n") + '\0');
  c.error();
  auto there = leg_of(stage, "client-broker", way::to_broker);
  EXPECT_THAT(failure_of(there, conforms()),
              HasSubstr("STOMP 1.2, Client Frames: \"JUMP\" is no client command"));
}

TEST_F(Failures, ClosedWithNamesTheCode) {
  auto& c = stage.connect();
  stage.arm("close_ws code=4001 reason=bye on=SEND");
  c.send_only("/queue/foo", "x");
  EXPECT_THAT(failure_of(c, closed_with(1000)), HasSubstr("it ended with 4001"));
  EXPECT_THAT(c, closed_with(4001));
}

TEST_F(Failures, AWaitThatEndsShowsTheLadder) {
  auto& c = stage.connect();
  auto s = c.subscribe("/queue/foo");
  stage.arm("drop name=lost on=MESSAGE");
  stage.publish("/queue/foo", "hi");
  try {
    s.next();
    FAIL() << "the message came";
  } catch (const not_happened& e) {
    EXPECT_THAT(e.what(), HasSubstr("client 1: a MESSAGE of subscription 'sub-1' did not come"));
    EXPECT_THAT(e.what(), HasSubstr("[dropped by lost]"));
    EXPECT_THAT(e.what(), HasSubstr("Faults  : lost fired 1x of 1 matches"));
  }
}

// finish() of a stage of its own, so that this test's tear-down has nothing to say.
std::vector<std::string> finished(const std::function<void(harness::stage&)>& story,
                                  stage_options options = {}) {
  harness::stage s(on_simulation::make(1), std::move(options));
  story(s);
  return s.finish();
}

TEST(TearDown, FailsForAFaultThatNeverActed) {
  EXPECT_THAT(finished([](harness::stage& s) {
                s.connect();
                s.arm("drop name=idle on=NACK");
              }),
              ::testing::ElementsAre("the fault 'idle' was armed and never acted"));
}

TEST(TearDown, FailsForABrokenRule) {
  stage_options strict;
  strict.profile = "strict";
  const auto broken = finished(
      [](harness::stage& s) {
        auto& c = s.connect({.url = s.tcp_url()});
        c.send_only("/queue/a", "x", {{"transaction", "nobody-began-it"}});
        c.error();
      },
      strict);
  EXPECT_THAT(broken, ::testing::Contains(HasSubstr("a rule was broken")));
}

TEST(TearDown, SaysNothingOfAnOrderlyTest) {
  EXPECT_THAT(finished([](harness::stage& s) {
                auto& c = s.connect();
                auto sub = c.subscribe("/queue/foo");
                c.send("/queue/foo", "hi");
                sub.next();
              }),
              ::testing::IsEmpty());
}

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

TEST(TearDown, FailsForAConnectionThatIsLeft) {
  harness::stage s(on_simulation::make(1));
  s.tcp_url();
  auto& rt = s.where().runtime();
  const auto kept = s.where().ask<net::result<std::unique_ptr<net::stream>>>(
      [&] { return rt.connect("localhost", 61613); }, std::chrono::seconds(1));
  ASSERT_TRUE(kept && *kept);
  EXPECT_THAT(s.finish(),
              ::testing::ElementsAre(HasSubstr("left behind: 1 connections, 0 timers")));
}

TEST(TearDown, FailsForATimerThatIsLeft) {
  harness::stage s(on_simulation::make(1));
  s.url();
  const auto kept = s.where().runtime().make_timer();
  kept->start(s.where().runtime().now() + std::chrono::hours(1), [] {});
  EXPECT_THAT(s.finish(),
              ::testing::ElementsAre(HasSubstr("left behind: 0 connections, 1 timers")));
}

TEST(TearDown, FailsForADescriptorThatIsLeftOnSockets) {
  harness::stage s(on_sockets::make(1));
  s.connect();
  const int left = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_THAT(s.finish(), ::testing::ElementsAre("left behind: descriptor " + std::to_string(left) +
                                                 " (/dev/null)"));
  ::close(left);
}

TEST(TearDown, FailsForASocketThatIsLeftOnSockets) {
  harness::stage s(on_sockets::make(1));
  const auto port = port_of(s.tcp_url());
  auto kept = s.where().ask<net::result<std::unique_ptr<net::stream>>>(
      [&] { return s.where().runtime().connect("localhost", port); }, std::chrono::seconds(5));
  ASSERT_TRUE(kept && *kept);
  EXPECT_THAT(s.finish(), ::testing::ElementsAre(HasSubstr("(socket:[")));
  s.where().call([&] { kept.reset(); });
}

TEST(TearDown, DoesNotJudgeDescriptorsBesideAnotherStage) {
  harness::stage s(on_sockets::make(1));
  harness::stage other(on_sockets::make(1));
  other.url();
  EXPECT_THAT(s.finish(), ::testing::IsEmpty());
  EXPECT_THAT(other.finish(), ::testing::IsEmpty());
}

// A connection that is no client of the stage.
net::task<int> knock(net::runtime& rt, std::uint16_t port) {
  auto opened = co_await rt.connect("localhost", port);
  if (opened) (*opened)->close();
  co_return 0;
}

template <class Where>
class Strict : public ::testing::Test {
 protected:
  std::vector<std::string> finished(const std::function<void(harness::stage&)>& story) {
    stage_options strict;
    strict.strict = true;
    harness::stage s(Where::make(1), strict);
    story(s);
    return s.finish();
  }
};
TYPED_TEST_SUITE(Strict, everywhere);

TYPED_TEST(Strict, FailsForAMessageThatNobodyTook) {
  const auto wrong = this->finished([](harness::stage& s) {
    auto& c = s.connect();
    auto sub = c.subscribe("/queue/foo");
    s.publish("/queue/foo", "taken");
    s.publish("/queue/foo", "left");
    sub.next();
  });
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_THAT(wrong[0], HasSubstr("strict: client 1 got what the test never took: MESSAGE"));
  EXPECT_THAT(wrong[0], HasSubstr("\"left\""));
}

TYPED_TEST(Strict, FailsForAnErrorThatNobodyExpected) {
  const auto wrong = this->finished([](harness::stage& s) {
    auto& c = s.connect();
    c.subscribe("/queue/foo");
    s.arm("error on=SEND message=no then=keep");
    c.send_only("/queue/foo", "x");
    s.wait_for([&](const auto& all) { return !all.empty() && all.back().number >= 6; });
  });
  EXPECT_THAT(wrong, ::testing::Contains(
                         HasSubstr("strict: client 1 got what the test did not expect: ERROR")));
}

TYPED_TEST(Strict, FailsForAConnectionThatNobodyAskedFor) {
  const auto wrong = this->finished([](harness::stage& s) {
    s.connect();
    s.where().ask<int>([&] { return knock(s.where().runtime(), port_of(s.tcp_url())); },
                       std::chrono::seconds(5));
    s.wait_for([](const auto& all) {
      return std::count_if(all.begin(), all.end(), [](const auto& e) {
               return e.what == journal_entry::event::opened;
             }) == 2;
    });
  });
  EXPECT_THAT(wrong, ::testing::ElementsAre(
                         "strict: nobody asked for a connection: client-broker c2 opened"));
}

TYPED_TEST(Strict, FailsForAFrameToADestinationThatNobodySubscribedTo) {
  const auto wrong = this->finished([](harness::stage& s) {
    auto& c = s.connect();
    c.send("/queue/nobody", "x");
  });
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_THAT(wrong[0], HasSubstr("strict: nobody subscribed to '/queue/nobody': c1 > SEND"));
}

TYPED_TEST(Strict, SaysNothingOfWhatTheTestAskedFor) {
  const auto wrong = this->finished([](harness::stage& s) {
    s.arm("auth_fail on=CONNECT message=no");
    s.connect_refused();
    s.arm("fail_upgrade status=503");
    EXPECT_THROW(s.connect(), not_happened);
    auto& c = s.connect();
    auto sub = c.subscribe("/topic/a.>");
    c.send("/topic/a.b", "to a pattern");
    sub.next();
    c.send("/queue/looked.at", "x");
    EXPECT_EQ(s.queue("/queue/looked.at").depth, 1u);
  });
  EXPECT_THAT(wrong, ::testing::IsEmpty());
}

TYPED_TEST(Strict, KnowsTheConnectionsOfAGateway) {
  const auto wrong = this->finished([](harness::stage& s) {
    s.use_config(PUMPHOUSE_SOURCE_DIR "/examples/websocket-stomp/proxies.xml");
    auto& c = s.connect();
    auto sub = c.subscribe("/queue/foo");
    c.send("/queue/foo", "hi");
    sub.next();
  });
  EXPECT_THAT(wrong, ::testing::IsEmpty());
}

TEST(StageErrors, NameWhatIsWrong) {
  harness::stage s(on_simulation::make(1));
  EXPECT_THAT([&] { s.arm("dorp"); }, ::testing::ThrowsMessage<std::invalid_argument>(HasSubstr(
                                          "action 'dorp' is not known; did you mean 'drop'?")));
  EXPECT_THAT([&] { s.use_config("/nothing/proxies.xml"); },
              ::testing::ThrowsMessage<std::runtime_error>(HasSubstr("/nothing/proxies.xml")));
  EXPECT_THAT([] { harness::stage(on_simulation::make(1), {.profile = "acme"}); },
              ::testing::ThrowsMessage<std::invalid_argument>(
                  HasSubstr("profile 'acme' is not known; known: ")));
}

}  // namespace
}  // namespace harness
