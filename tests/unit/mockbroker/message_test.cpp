#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

stomp::frame echoed(const std::string& headers, std::string_view body = "x",
                    const std::string& to = "1.2") {
  bench b;
  auto producer = client::connected(b);
  auto consumer = client::connected(b, to);
  consumer->subscribe("/queue/a", "s", "client");
  producer->send("/queue/a", body, headers);
  return consumer->take_one();
}

}  // namespace

TEST(BrokerMessage, CarriesTheStandardHeaders) {
  EXPECT_THAT(echoed(""),
              AllOf(harness::destination("/queue/a"), harness::message_id("message-7-1"),
                    harness::subscription("s"), harness::has_header("ack"),
                    harness::header("timestamp", "1700000000000"), harness::header("expires", "0"),
                    harness::header("priority", "4"), harness::header("content-length", "1")));
}

// S-USR-1
TEST(BrokerMessage, CarriesUserHeadersInOrderWithRepeats) {
  const auto f = echoed("b:2\na:1\nb:3\ncontent-type:text/plain\npriority:9\n");
  const std::vector<stomp::header> tail(f.headers.end() - 6, f.headers.end());
  EXPECT_EQ(tail, (std::vector<stomp::header>{{"b", "2"},
                                              {"a", "1"},
                                              {"b", "3"},
                                              {"content-type", "text/plain"},
                                              {"priority", "9"},
                                              {"content-length", "1"}}));
}

// S-USR-1
TEST(BrokerMessage, ForgedHeadersAreTakenOut) {
  const auto f = echoed(
      "message-id:forged\nsubscription:forged\nack:forged\nredelivered:true\ntimestamp:1\n"
      "receipt:r\ntransaction-x:kept\n");
  for (const char* name : {"message-id", "subscription", "ack", "timestamp"}) {
    EXPECT_EQ(std::count_if(f.headers.begin(), f.headers.end(),
                            [name](const auto& h) { return h.name == name; }),
              1)
        << name;
    EXPECT_THAT(f, Not(harness::header(name, "forged")));
  }
  EXPECT_THAT(f, AllOf(Not(harness::has_header("redelivered")), Not(harness::has_header("receipt")),
                       harness::header("transaction-x", "kept")));
}

TEST(BrokerMessage, EscapesForTheReceiversVersion) {
  EXPECT_THAT(echoed("k\\ca:v\\nw\n"), harness::header("k:a", "v\nw"));
  EXPECT_THAT(echoed("k:v\\nw\n", "x", "1.1"), harness::header("k", "v\nw"));
}

// S12-ESC-3
TEST(BrokerMessage, DropsHeadersTheReceiverCannotBeTold) {
  EXPECT_THAT(echoed("k:a\\rb\nl:ok\n", "x", "1.1"),
              AllOf(Not(harness::has_header("k")), harness::header("l", "ok"), harness::body("x")));
  EXPECT_THAT(echoed("k:a\\nb\nl:ok\n", "x", "1.0"),
              AllOf(Not(harness::has_header("k")), harness::header("l", "ok")));
}

// AMQ-CL-1
TEST(BrokerMessage, AProfileMayPassContentLengthOnOnlyWhenGiven) {
  auto o = default_options();
  o.kind.length = stomp::length_policy::as_is;
  bench b(o);
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  c->send("/queue/a", "x");
  c->send("/queue/a", "y", "content-length:1\n");
  EXPECT_THAT(c->take(), ElementsAre(Not(harness::has_header("content-length")),
                                     harness::header("content-length", "1")));
}

TEST(BrokerMessage, IsWrittenOutOnceForEachVersionHoweverManyReceiveIt) {
  bench b;
  auto producer = client::connected(b);
  std::vector<std::unique_ptr<client>> receivers;
  for (int i = 0; i < 30; ++i) {
    for (const char* version : {"1.0", "1.1", "1.2"}) {
      receivers.push_back(client::connected(b, version));
      receivers.back()->subscribe("/topic/t", "s");
    }
  }
  const auto before = b.broker.serialised();
  producer->send("/topic/t", "x", "a:1\n");
  for (auto& each : receivers) EXPECT_THAT(each->bodies(), ElementsAre("x"));
  EXPECT_EQ(b.broker.serialised() - before, 3U);
}

TEST(BrokerMessage, ItsBodyIsMendedOnceHoweverManyReceiveIt) {
  auto o = default_options();
  o.kind.output = mockbroker::ws_output::always_text;
  o.kind.length = stomp::length_policy::as_is;
  bench b(o);
  auto producer = client::connected(b);
  std::vector<std::unique_ptr<client>> receivers;
  for (int i = 0; i < 30; ++i) {
    const mockbroker::open_info over{.how = stomp::transport::messages};
    auto& c = *receivers.emplace_back(std::make_unique<client>(b, "1.2", over));
    for (const auto& said : {wire("CONNECT", "accept-version:1.2\nhost:h\n"),
                             wire("SUBSCRIBE", "destination:/topic/t\nid:s\n")}) {
      b.broker.on_message(c.id(), said, stomp::payload::text, t0);
    }
    EXPECT_THAT(c.take_one(), harness::command("CONNECTED"));
  }
  const auto before = b.broker.serialised();
  producer->send("/topic/t", "a\xff");
  for (auto& each : receivers) EXPECT_THAT(each->bodies(), ElementsAre("a\xEF\xBF\xBD"));
  EXPECT_EQ(b.broker.serialised() - before, 2U);  // the headers and the body
}

TEST(BrokerMessage, DropsExpiredMessagesInsteadOfDelivering) {
  bench b;
  auto c = client::connected(b);
  c->send("/queue/a", "short", "expires:1700000001000\n");
  c->send("/queue/a", "long", "expires:1800000000000\n");
  c->send("/queue/a", "never", "expires:0\n");
  b.now = t0 + 2s;
  c->subscribe("/queue/a", "s");
  EXPECT_THAT(c->bodies(), ElementsAre("long", "never"));
  EXPECT_EQ(b.broker.counters().messages_expired, 1U);
}

TEST(BrokerMessage, DatesFollowTheGivenTime) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  b.now = t0 + 1500ms;
  c->send("/queue/a", "x");
  EXPECT_THAT(c->take_one(), harness::header("timestamp", "1700000001500"));
}

TEST(BrokerMessage, TheSameCallsGiveTheSameBytes) {
  const auto run = [] {
    bench b;
    auto one = client::connected(b);
    auto two = client::connected(b, "1.1");
    one->subscribe("/queue/a", "s", "client");
    two->subscribe("/queue/a", "s", "client");
    for (int i = 0; i < 20; ++i) two->send("/queue/a", std::to_string(i));
    return std::pair(one->state().bytes, two->state().bytes);
  };
  EXPECT_EQ(run(), run());
}

TEST(BrokerMessage, SelectorsChooseWhatAConsumerGets) {
  bench b;
  auto c = client::connected(b);
  c->say("SUBSCRIBE", "destination:/queue/a\nid:1\nselector:a = 1\n");
  c->send("/queue/a", "no", "a:2\n");
  c->send("/queue/a", "yes", "a:1\n");
  EXPECT_THAT(c->bodies(), ElementsAre("yes"));
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST(BrokerMessage, AProfileMayRefuseSelectorsRatherThanIgnoreThem) {
  auto o = default_options();
  o.kind.has_selectors = false;
  bench b(o);
  auto c = client::connected(b);
  c->say("SUBSCRIBE", "destination:/queue/a\nid:1\nselector:a = 1\n");
  EXPECT_THAT(c->take_one(), harness::command("ERROR"));
  EXPECT_THAT(b.broker.destinations(), IsEmpty());
}
