// The control API's own judgement: shapes and their schemas, masks, archives.
#include <gmock/gmock.h>

#include <array>
#include <boost/json.hpp>

#include "mockbroker/control/control.hpp"
#include "mockbroker/control/control_json.hpp"
#include "mockbroker/control/har.hpp"
#include "mockbroker/control/shape.hpp"
#include "net/simulation.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;
using ::testing::Eq;
using ::testing::Optional;

constexpr std::array<std::string_view, 2> words{"fin", "rst"};
constexpr shape text = a_text();
constexpr std::array sample{member{"name", a_text(), true, "of it"},
                            member{"how", one_of(words)},
                            member{"count", a_number(10)},
                            member{"list", list_of(text)},
                            member{"map", map_of(text)},
                            member{"flag", a_truth()}};

std::optional<std::string> problem(const char* body) {
  return problem_with(json::parse(body), object_of(sample));
}

TEST(Shape, TakesWhatItLists) {
  EXPECT_EQ(problem(R"({"name":"a","how":"rst","count":10,"list":["x"],"map":{"k":"v"},)"
                    R"("flag":true})"),
            std::nullopt);
  EXPECT_EQ(problem(R"({"name":"a"})"), std::nullopt);
}

TEST(Shape, NamesWhatIsWrong) {
  EXPECT_THAT(problem("[]"), Optional(Eq("the body must be an object")));
  EXPECT_THAT(problem("{}"), Optional(Eq("needs 'name'")));
  EXPECT_THAT(problem(R"({"name":1})"), Optional(Eq("'name' must be a text")));
  EXPECT_THAT(problem(R"({"nmae":"a"})"),
              Optional(Eq("member 'nmae' is not known; did you mean 'name'?")));
  EXPECT_THAT(problem(R"({"name":"a","how":"x"})"), Optional(Eq("'how' must be one of fin, rst")));
  for (const char* count : {"11", "-1", "1.5", "\"1\""}) {
    EXPECT_THAT(problem((R"({"name":"a","count":)" + std::string(count) + "}").c_str()),
                Optional(Eq("'count' must be a number from 0 to 10")));
  }
  EXPECT_THAT(problem(R"({"name":"a","list":[1]})"), Optional(Eq("'list' must be a text")));
  EXPECT_THAT(problem(R"({"name":"a","map":{"k":1}})"), Optional(Eq("'map.k' must be a text")));
  EXPECT_THAT(problem(R"({"name":"a","flag":1})"), Optional(Eq("'flag' must be true or false")));
}

TEST(Shape, IsASchema) {
  EXPECT_EQ(json::value(schema_of(object_of(sample))), json::parse(R"({
    "type": "object", "additionalProperties": false, "required": ["name"],
    "properties": {
      "name": {"type": "string", "description": "of it"},
      "how": {"type": "string", "enum": ["fin", "rst"]},
      "count": {"type": "integer", "minimum": 0, "maximum": 10},
      "list": {"type": "array", "items": {"type": "string"}},
      "map": {"type": "object", "additionalProperties": {"type": "string"}},
      "flag": {"type": "boolean"}}})"));
}

TEST(WithoutSecrets, MasksValuesAndNothingElse) {
  EXPECT_EQ(without_secrets("CONNECT\npasscode:x:y\nlogin:me\n\nbody"),
            "CONNECT\npasscode:***\nlogin:me\n\nbody");
  EXPECT_EQ(without_secrets("GET / HTTP/1.1\r\nCookie: a=b\r\nauthorization: Basic x\r\n\r\n"),
            "GET / HTTP/1.1\r\nCookie: ***\r\nauthorization: ***\r\n\r\n");
  EXPECT_EQ(without_secrets("CONNECT\npasscode:cut"), "CONNECT\npasscode:***");
  EXPECT_EQ(without_secrets(""), "");
}

TEST(Control, TakesAnyHostWhereItIsNotOnLoopback) {
  net::simulation sim;
  fault_engine engine(1);
  journal log;
  for (const bool is_local : {true, false}) {
    control::parts parts{sim, sim, nullptr, engine, log, {}, {}, {}};
    parts.is_local = is_local;
    control api(std::move(parts));
    net::http_request request;
    request.target = "/__mock/ready";
    request.headers.add("Host", "mockbroker:8162");
    const auto got = net::at_once(sim, api.handle(request));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, is_local ? 403 : 200);
  }
}

journal_entry entry(journal_entry::event what, wire_unit::kind kind, way direction) {
  journal_entry e;
  e.leg = "client-broker";
  e.connection = 1;
  e.what = what;
  e.direction = direction;
  e.unit.what = kind;
  return e;
}

TEST(Har, HasNothingForWhatHasNoHandshake) {
  std::deque<journal_entry> all;
  all.push_back(entry(journal_entry::event::opened, wire_unit::kind::octets, way::to_broker));
  all.push_back(entry(journal_entry::event::unit, wire_unit::kind::frame, way::to_broker));
  EXPECT_TRUE(har_of(all).at("log").at("entries").as_array().empty());
}

TEST(Har, AHandshakeWithoutAnAnswerHasStatus0) {
  std::deque<journal_entry> all;
  all.push_back(entry(journal_entry::event::unit, wire_unit::kind::request, way::to_broker));
  all.back().unit.frame.command = "GET";  // cut short
  all.push_back(entry(journal_entry::event::closed, wire_unit::kind::octets, way::to_client));
  const auto log = har_of(all);
  const auto& only = log.at("log").at("entries").as_array().at(0);
  EXPECT_EQ(only.at("response").at("status"), 0);
  EXPECT_EQ(only.at("request").at("method"), "GET");
}

}  // namespace
}  // namespace mockbroker
