// Faults as text: what is read, what is refused, and that a line says all of a fault.
#include "mockbroker/faults/fault.hpp"

#include <gmock/gmock.h>

#include "mockbroker/faults/fault_engine.hpp"

namespace mockbroker {
namespace {

fault made(std::string_view line) {
  auto result = parse_fault(line);
  if (auto* problem = std::get_if<fault_problem>(&result)) {
    ADD_FAILURE() << problem->text;
    return {};
  }
  return std::get<fault>(std::move(result));
}
std::string problem_of(std::string_view line) {
  const auto result = parse_fault(line);
  const auto* problem = std::get_if<fault_problem>(&result);
  return problem ? problem->text : "";
}

TEST(Fault, ReadsScopeTriggerActionAndLimit) {
  const fault f = made(
      "drop name=lost leg=gateway-broker way=to-client connection=2 command=RECEIPT nth=2 "
      "header.receipt-id=\"r 1\" limit=3");
  EXPECT_EQ(f.name, "lost");
  EXPECT_EQ(f.scope.leg, "gateway-broker");
  EXPECT_EQ(f.scope.direction, way::to_client);
  EXPECT_EQ(f.scope.connection, 2u);
  EXPECT_EQ(f.on.command, "RECEIPT");
  EXPECT_EQ(f.on.nth, 2u);
  ASSERT_EQ(f.on.headers.size(), 1u);
  EXPECT_EQ(f.on.headers[0].value, "r 1");
  EXPECT_EQ(f.limit, 3u);
}

TEST(Fault, FillsInWhatTheActionSays) {
  const fault f = made("fail_upgrade");
  EXPECT_EQ(f.with.at("status"), "503");
  EXPECT_EQ(f.on.kind, wire_unit::kind::request);
  EXPECT_EQ(f.scope.direction, way::to_broker);
  EXPECT_EQ(f.limit, 1u);
  EXPECT_EQ(made("latency latency=100 jitter=10ms").limit, 0u);
}

TEST(Fault, NamesWhatIsWrongAndTheNearestName) {
  EXPECT_EQ(problem_of("dorp"), "fault: action 'dorp' is not known; did you mean 'drop'?");
  EXPECT_EQ(problem_of("delay by=1s comand=SEND"),
            "fault 'delay': attribute 'comand' is not known");
  EXPECT_EQ(problem_of("drop conection=1"),
            "fault 'drop': attribute 'conection' is not known; did you mean 'connection'?");
  EXPECT_EQ(problem_of("delay"), "fault 'delay': needs 'by', how long");
  EXPECT_EQ(problem_of("delay by=soon"),
            "fault 'delay': 'by' must be a time as 250, 250ms, 3s or 2m, not \"soon\"");
  EXPECT_EQ(problem_of("drop nth=0"), "fault 'drop': 'nth' must be a number from 1, not \"0\"");
  EXPECT_EQ(problem_of("drop way=up"),
            "fault 'drop': 'way' must be to-broker or to-client, not \"up\"");
  EXPECT_EQ(problem_of("drop leg=broker"),
            "fault 'drop': 'leg' must be a leg: client-broker, browser-gateway, gateway-broker, "
            "not \"broker\"");
  EXPECT_EQ(problem_of("drop on=RECIEPT"),
            "fault 'drop': 'on' must be a command; RECEIPT is the nearest, not \"RECIEPT\"");
  EXPECT_EQ(problem_of("drop on=JUMP"), "");
  EXPECT_EQ(problem_of("drop leg=client-broker leg=browser-gateway"),
            "fault 'drop': 'leg' is given twice");
  EXPECT_EQ(problem_of("corrupt kind=no_null"),
            "fault 'corrupt': 'kind' must be a malformation; did you mean 'no_nul'?, not "
            "\"no_null\"");
  EXPECT_EQ(problem_of("drop x"), "fault: expected name=value, found \"x\"");
  EXPECT_EQ(problem_of("drop body=\"x"), "fault: a quote is not closed");
  EXPECT_EQ(problem_of(""), "fault: needs 'action', what it does");
}

TEST(Fault, ALineSaysAllOfIt) {
  for (const char* line :
       {"drop", "delay by=3s on=SEND body-contains=\"a \\\"b\\\" c\" nth=4 limit=0",
        "corrupt kind=no_nul way=to-client connection=7 login=me path=/x subscription=/queue/q",
        "rewrite set.a=b remove.c= body=\"new body\" on=SEND after=250ms manual=true",
        "limit_data bytes=10 offset=3 leg=client-broker", "reply command=RECEIPT on=SEND"}) {
    const std::string said = to_line(made(line));
    EXPECT_EQ(to_line(made(said)), said) << line;
  }
}

TEST(Fault, EveryActionHasADocumentedRow) {
  std::vector<std::string_view> names;
  for (const auto& row : fault_actions()) {
    EXPECT_THAT(names, ::testing::Not(::testing::Contains(row.name)));
    names.push_back(row.name);
    EXPECT_TRUE(row.doc.ends_with('.')) << row.name;
    EXPECT_EQ(row.apply == nullptr, row.place == fault_action::acts_on::stream) << row.name;
    for (const auto& a : row.attributes) EXPECT_FALSE(a.doc.empty()) << row.name << a.name;
    EXPECT_EQ(find_fault_action(row.name), &row);
  }
}

TEST(FaultEngine, GivesNamesAndRefusesOneTwice) {
  fault_engine engine(1);
  EXPECT_FALSE(engine.add(made("drop"), {}));
  EXPECT_FALSE(engine.add(made("drop"), {}));
  EXPECT_NE(engine.find("drop-1"), nullptr);
  EXPECT_NE(engine.find("drop-2"), nullptr);
  const auto problem = engine.add(made("drop name=drop-2"), {});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->text, "fault: the name 'drop-2' is in use");
  EXPECT_THAT(engine.unused(), ::testing::ElementsAre("drop-1", "drop-2"));
  EXPECT_TRUE(engine.remove("drop-1"));
  EXPECT_FALSE(engine.remove("drop-1"));
}

wire_unit frame_unit(std::string command, std::string body = {}) {
  wire_unit u;
  u.what = wire_unit::kind::frame;
  u.frame.command = std::move(command);
  u.frame.body = std::move(body);
  u.raw = u.frame.command + "\n\n" + u.frame.body + '\0';
  return u;
}

TEST(FaultEngine, ActsAtTheNthMatchOnceAndCounts) {
  fault_engine engine(1);
  engine.add(made("drop name=d command=SEND nth=2"), {});
  relayed_connection c;
  c.leg = "client-broker";
  c.number = 1;
  EXPECT_TRUE(engine.watches(c, way::to_broker));
  EXPECT_FALSE(engine.judge(c, way::to_broker, frame_unit("SEND"), {}).altered);
  EXPECT_FALSE(engine.judge(c, way::to_broker, frame_unit("BEGIN"), {}).altered);
  EXPECT_TRUE(engine.judge(c, way::to_broker, frame_unit("SEND"), {}).altered);
  EXPECT_FALSE(engine.judge(c, way::to_broker, frame_unit("SEND"), {}).altered);
  EXPECT_EQ(engine.find("d")->fired, 1u);
  EXPECT_FALSE(engine.watches(c, way::to_broker));
}

TEST(FaultEngine, LooksAtTheSubscriptionsDestination) {
  fault_engine engine(1);
  engine.add(made("drop subscription=/queue/a"), {});
  relayed_connection c;
  c.subscriptions["s"] = "/queue/a";
  wire_unit other = frame_unit("MESSAGE");
  other.frame.add("subscription", "t");
  EXPECT_FALSE(engine.judge(c, way::to_client, other, {}).altered);
  wire_unit mine = frame_unit("MESSAGE");
  mine.frame.add("subscription", "s");
  EXPECT_TRUE(engine.judge(c, way::to_client, mine, {}).altered);
}

TEST(FaultEngine, AManualFaultWaitsForItsOrder) {
  fault_engine engine(1);
  engine.add(made("drop name=m manual=true"), {});
  relayed_connection c;
  EXPECT_FALSE(engine.judge(c, way::to_broker, frame_unit("SEND"), {}).altered);
  EXPECT_TRUE(engine.fire("m"));
  EXPECT_FALSE(engine.fire("n"));
  EXPECT_TRUE(engine.judge(c, way::to_broker, frame_unit("SEND"), {}).altered);
}

}  // namespace
}  // namespace mockbroker
