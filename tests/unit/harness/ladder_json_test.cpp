// The JSON form of ladders: the same rows both ways, and errors that name the path.
#include <gmock/gmock.h>

#include "harness/ladder/json_twin.hpp"

namespace harness::ladder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<row> rows_of(const std::string& text) {
  auto parsed = parse(text, "f");
  for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
  return parsed.rows;
}

std::vector<std::string> errors_of(const std::string& steps) {
  const auto parsed =
      from_json(R"({"version":1,"cases":[{"name":"a","profile":"strict","cites":["X"],"steps":[)" +
                    steps + "]}]}",
                "f.json");
  std::vector<std::string> all;
  for (const auto& e : parsed.errors) all.push_back(to_string(e));
  return all;
}

TEST(LadderJson, SaysEveryLineThatALadderCanSay) {
  const auto rows = rows_of(
      "profile activemq-6.1\non ws\ndelivery split joined\nlabel slow\nclients any\n"
      "case all\n  cites X-1, a.md 2\n"
      "conn 1 ws connected 1.2 path=/x login=\"a b\"\nconn 2 http\nconn 3 console\nconn 4 tcp\n"
      "> SEND a=$q b=\"$x\\$\" c=a$now+5 d=\"x\\#\"*3\"y\" e=${last.ack}z f= g=\"\" "
      "body=\"\\xff\\0é\"\n"
      "> !no_nul SEND body=$i-1\nat +3s > SEND\n> raw \"a\" \"b\"\n> get \"/\"\n> ws text \"x\"\n"
      "> ws binary \"x\"\n> ws fragments \"x\" \"y\"\n> ws unmasked \"x\"\n> ws ping\n> ws pong "
      "\"x\"\n"
      "> ws close 1000 \"why\"\n> beat\n> close\n> end\n> drop\n"
      "< MESSAGE a=* b=~\"^x\" !c d=$y body=* only in-order on-wire within 3s\n"
      "< beat\n< pong body=x\n< head 200 A=b\nexpect close 1002 reason=~\"x\"\nexpect close\n"
      "until < A\nawait < B\nat 900ms..1600ms < C\nnever < D for 2s\nexpect open\n"
      "any-order {\n< A\n< B\n}\n"
      "repeat 3 {\n> A i=$i+1\nmark\n}\nrepeat 2 < B\nwait 2s\npace 100ms\n");
  const auto back = from_json(to_json(rows), "f");
  for (const auto& e : back.errors) ADD_FAILURE() << to_string(e);
  EXPECT_EQ(to_json(back.rows), to_json(rows));
  EXPECT_TRUE(back.rows == rows);
}

TEST(LadderJson, ReadsWhatAProgramWritesWithoutLines) {
  const auto parsed = from_json(R"({"version":1,"cases":[{"name":"a","profile":"strict",
    "cites":["X"],"steps":[{"conn":{"number":1,"connected":"1.2"}},
    {"send":{"command":"SEND","headers":[["destination","/queue/${q}"]],"body":"hi"}},
    {"expect":{"command":"MESSAGE","headers":[{"name":"n","any":true}]}}]}]})",
                                "f.json");
  ASSERT_THAT(parsed.errors, IsEmpty());
  auto same = rows_of(
      "profile strict\ncase a\ncites X\nconn 1 connected 1.2\n"
      "> SEND destination=/queue/$q body=hi\n< MESSAGE n=*\n");
  const row& got = parsed.rows.at(0);
  ASSERT_EQ(got.steps.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got.steps[i].line, i + 1);
    EXPECT_EQ(got.steps[i].open, same[0].steps[i].open);
    EXPECT_EQ(got.steps[i].send, same[0].steps[i].send);
    EXPECT_EQ(got.steps[i].expect, same[0].steps[i].expect);
  }
}

TEST(LadderJson, NamesThePathAndTheNearestName) {
  EXPECT_THAT(errors_of(R"({"send":{"command":"A","heders":[]}})"),
              ElementsAre("f.json: cases[0].steps[0].send.heders: is not known; did you mean "
                          "'headers'?"));
  const auto clients = from_json(
      R"({"version":1,"cases":[{"name":"a","profile":"strict","cites":["X"],"clients":"all",)"
      R"("steps":[]}]})",
      "f");
  EXPECT_EQ(to_string(clients.errors.at(0)), "f: cases[0].clients: expected 'any'");
  EXPECT_THAT(errors_of(R"({"mark":true},{"repeat":[{"expct":{}}],"times":2})"),
              ElementsAre("f.json: cases[0].steps[1].repeat[0].expct: is not known; did you mean "
                          "'expect'?"));
  EXPECT_THAT(
      errors_of(R"({"send":{"command":"A","malformation":"no_nol"}})"),
      ElementsAre(HasSubstr("malformation: 'no_nol' is not known; did you mean 'no_nul'?")));
}

TEST(LadderJson, RefusesWhatALadderCannotSay) {
  const std::pair<const char*, const char*> bad[] = {
      {R"({})", "steps[0]: expected one of conn, send"},
      {R"({"mark":true,"alive":true})", "alive: is a step of its own, beside mark"},
      {R"({"mark":1})", "mark: expected true or false"},
      {R"({"conn":{"number":0}})", "conn.number: expected a number from 1 to 1000"},
      {R"({"conn":{"number":1,"connected":"1.3"}})", "expected one of 1.0, 1.1, 1.2, found '1.3'"},
      {R"({"conn":{"number":1,"options":[["a"]]}})", "options[0]: expected [\"name\", value]"},
      {R"({"send":{}})", "send.command: is not there"},
      {R"({"send":{"what":"rav"}})", "found 'rav'; did you mean 'raw'?"},
      {R"({"send":{"what":"beat","body":"x"}})", "send.body: is for frames only"},
      {R"({"send":{"command":5}})", "send.command: expected a text, or an array"},
      {R"({"send":{"command":"${"}})", "send.command: expected $$, ${name}"},
      {R"({"send":{"command":"$x"}})", "found '$x'"},
      {R"({"send":{"command":["a",{"repeat":"b","times":-1}]}})", "command[1].times: expected"},
      {R"({"expect":{"command":"A","code":"1"}})", "expect.code: is not for frame"},
      {R"({"expect":{"command":"A","body":{"is":"a","any":true}}})", "body: expected one of is,"},
      {R"({"expect":{"command":"A","within_ms":-5}})", "within_ms: expected a number"},
      {R"({"expect":{"command":"A","between_ms":[5,1]}})", "between_ms: expected two numbers"},
      {R"({"expect":{"command":"A","until":true,"await":true}})", "await: goes without until"},
      {R"({"any_order":[{"mark":true}]})", "any_order[0]: expected an expect"},
      {R"({"mark":true,"times":2})", "times: is for repeat"},
  };
  for (const auto& [steps, text] : bad) {
    EXPECT_THAT(errors_of(steps), ElementsAre(HasSubstr(text))) << steps;
  }
}

TEST(LadderJson, CollectsTheErrorsOfAllSteps) {
  EXPECT_THAT(errors_of(R"({"a":1},{"mark":true},{"b":1})").size(), 2u);
}

TEST(LadderJson, TellsWhereTextIsNoJson) {
  const auto broken = from_json("{\"version\":1,\n  x", "f.json");
  EXPECT_THAT(to_string(broken.errors.at(0)), HasSubstr("f.json:2:3: is no JSON: "));
  const auto behind = from_json("{\"version\":1,\"cases\":[]} x", "f.json");
  EXPECT_THAT(to_string(behind.errors.at(0)), HasSubstr("f.json:1:"));
  EXPECT_THAT(from_json("", "f.json").errors.size(), 1u);
}

TEST(LadderJson, ChecksCasesAsTheLadderDoes) {
  const auto error = [](const std::string& cases) {
    const auto parsed = from_json("{\"version\":1,\"cases\":[" + cases + "]}", "f.json");
    return parsed.errors.empty() ? std::string() : to_string(parsed.errors.at(0));
  };
  const std::string end = R"(,"cites":["X"],"steps":[]})";
  EXPECT_EQ(error(R"({"name":"a","profile":"activmq")" + end),
            "f.json: cases[0].profile: expected a profile, found 'activmq'; did you mean "
            "'activemq'?");
  EXPECT_THAT(error(R"({"name":"a","profile":"strict","on":["tpc"])" + end),
              HasSubstr("on: 'tpc' is not known; did you mean 'tcp'?"));
  const std::string twice = R"({"name":"a","profile":"strict")" + end;
  EXPECT_THAT(error(twice + "," + twice), HasSubstr("found 'a' again"));
  EXPECT_EQ(error(R"({"name":"a","profile":"strict","steps":[]})"), "");
}

TEST(LadderJson, IsReadByItsSuffix) {
  EXPECT_THAT(read_ladder("{\"version\":1,\"cases\":[]}", "a.json").errors, IsEmpty());
  EXPECT_THAT(read_ladder("profile strict\n", "a.ladder").errors, IsEmpty());
}

}  // namespace
}  // namespace harness::ladder
