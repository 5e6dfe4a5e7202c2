// accessLog: which line it prints.
#include "gateway/elements/date_pattern.hpp"
#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

struct log_row {
  const char* name;
  std::string elements;
  std::string request;
  std::string answer;
  const char* line;
};
void PrintTo(const log_row& row, std::ostream* to) { *to << row.name; }

class AccessLogRows : public testing::TestWithParam<log_row> {};
class AccessLogErrors : public testing::TestWithParam<error_row> {};

// The simulation's clock stands still, so the pattern here is a word.
std::string access_log(const std::string& inside = {}, const std::string& attributes = {}) {
  return "<accessLog dateTimePattern=\"'T'\" " + attributes + ">" + inside + "</accessLog>";
}
std::string with(const std::string& attributes) {
  return access_log("<additionalVariable name='v' " + attributes + "/>");
}

TEST_P(AccessLogRows, Hold) {
  const log_row& row = GetParam();
  flow_run f;
  f.call(row.elements, row.request, row.answer);
  EXPECT_EQ(f.w.log.text(), std::string(row.line) + "\n");
}

TEST_P(AccessLogErrors, AreRefusedWithThePlace) { expect_error(GetParam()); }

const log_row rows[] = {
    {"IsLikeApaches", access_log(), "GET /a?b=c", "200\n\nhello",
     "127.0.0.1 - - [T] \"GET /a?b=c HTTP/1.1\" 200 5 \"-\" \"-\""},
    {"HasRefererAndAgent", access_log(), "GET /\nReferer: http://a/\nUser-Agent: curl/8", "404",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 404 0 \"http://a/\" \"curl/8\""},
    {"HasAnotherWordForNothing", access_log("", "defaultValue='?'"), "GET /", "200",
     "127.0.0.1 - ? [T] \"GET / HTTP/1.1\" 200 0 \"?\" \"?\""},
    {"LeavesTheSizeOut", access_log("", "excludePayloadSize='true'"), "GET /", "200\n\nhello",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 - \"-\" \"-\""},
    {"HasTheRequestAsItCame", access_log() + "<rewriter><map from='^/a' to='/b'/></rewriter>",
     "GET /a", "200", "127.0.0.1 - - [T] \"GET /a HTTP/1.1\" 200 0 \"-\" \"-\""},
    {"SeesAnswersOfElementsBehind", access_log() + "<return status='403'/>", "POST /", "200",
     "127.0.0.1 - - [T] \"POST / HTTP/1.1\" 403 0 \"-\" \"-\""},
    {"StandsInResponse", "<response>" + access_log() + "</response>", "GET /a", "200",
     "127.0.0.1 - - [T] \"GET /a HTTP/1.1\" 200 0 \"-\" \"-\""},
    {"MasksSecretsInUris", access_log(), "GET /?token=abc&x=1", "200",
     "127.0.0.1 - - [T] \"GET /?token=****&x=1 HTTP/1.1\" 200 0 \"-\" \"-\""},
    {"MasksSecretsInReferers", access_log(), "GET /\nReferer: http://a/?password=abc", "200",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"http://a/?password=****\" \"-\""},
    {"CannotBeForged", access_log(), "GET /\nUser-Agent: a\" 200 0 \"\x1b[2J\\", "200",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"a\\\" 200 0 \\\"\\x1b[2J\\\\\""},
    {"HasAVariable", with("expression='method'"), "PUT /", "200",
     "127.0.0.1 - - [T] \"PUT / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"PUT\""},
    {"HasAVariableOfTheAnswer", with("expression=\"header['X-A']\""), "GET /", "200\nX-A: 1",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"1\""},
    {"HasTheDefaultOfTheElement", with("expression='header.B'"), "GET /", "200",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"-\""},
    {"HasTheDefaultOfTheVariable", with("expression='header.B' defaultValue='none'"), "GET /",
     "200", "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"none\""},
    {"PassesExpressionsThatFail", with("expression='1 / 0'"), "GET /", "200",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"-\""},
    {"EscapesVariables", with("expression='params.x'"), "GET /?x=%22%0A", "200",
     "127.0.0.1 - - [T] \"GET /?x=%22%0A HTTP/1.1\" 200 0 \"-\" \"-\" v=\"\\\"\\x0a\""},
    {"HasVariablesInTheirOrder",
     access_log("<additionalVariable name='b' expression='1'/>"
                "<additionalVariable name='a' expression='2'/>"),
     "GET /", "200", "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" b=\"1\" a=\"2\""},
    {"KnowsTheCorrelationId", with("expression='properties.correlationId'") + "<correlationId/>",
     "GET /\nX-Correlation-Id: abc", "200",
     "127.0.0.1 - - [T] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\" v=\"abc\""},
};
INSTANTIATE_TEST_SUITE_P(AccessLog, AccessLogRows, testing::ValuesIn(rows), name_of<log_row>);

TEST(AccessLog, TellsOfWhatTheTargetFailed) {
  world w;
  const auto loaded = must_load_flow(access_log());
  const flow& all = loaded->proxies.at(0)->elements;
  exchange ex(make_request(), w.connection, w.all);
  ex.user = "a b\n";
  EXPECT_EQ(run(w, all.on_request(ex)), outcome::proceed);
  ex.response = net::make_response(502, "text/plain", "down");
  all.abort_now(ex);
  EXPECT_EQ(w.log.text(), "127.0.0.1 - a_b\\x0a [T] \"GET / HTTP/1.1\" 502 4 \"-\" \"-\"\n");
  EXPECT_EQ(w.log.components.at(0), "access");
  EXPECT_EQ(w.log.levels.at(0), net::log_level::info);
}

TEST(AccessLog, KeepsQuietAboveItsLevel) {
  flow_run f;
  f.w.log.lowest = net::log_level::warning;
  f.call(access_log(), "GET /");
  EXPECT_EQ(f.w.log.text(), "");
}

TEST(AccessLog, CutsWhatIsTooLong) {
  flow_run f;
  f.call(access_log(), "GET /" + std::string(2000, 'a'));
  EXPECT_LT(f.w.log.text().size(), 1100U);
}

TEST(DatePattern, WritesTimes) {
  using namespace std::chrono;
  const net::wall_time t =
      sys_days(year(2026) / 11 / 7) + hours(3) + minutes(4) + seconds(5) + milliseconds(67);
  for (const auto& [pattern, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"dd/MM/yyyy:HH:mm:ss Z", "07/11/2026:03:04:05 +0000"},
           {"dd/MMM/yyyy:HH:mm:ss Z", "07/Nov/2026:03:04:05 +0000"},
           {"yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-11-07T03:04:05.067Z"},
           {"EEE, d M yy H:m:s", "Sat, 7 11 26 3:4:5"},
           {"'it''s' ''", "it's '"},
           {"", ""}}) {
    const auto compiled = date_pattern::compile(pattern);
    ASSERT_TRUE(std::holds_alternative<date_pattern>(compiled)) << pattern;
    EXPECT_EQ(std::get<date_pattern>(compiled).format(t), text) << pattern;
  }
}

const error_row error_rows[] = {
    {"AnUnknownLetter", "<accessLog dateTimePattern='dd hh'/>", 32,
     "<accessLog>: attribute 'dateTimePattern' has 'hh', which is not known; there are yyyy yy MMM "
     "MM M dd d EEE HH mm ss SSS Z X"},
    {"TooManyLetters", "<accessLog dateTimePattern='MMMM'/>", 29,
     "<accessLog>: attribute 'dateTimePattern' has 'MMMM', which is not known; there are yyyy yy "
     "MMM MM M dd d EEE HH mm ss SSS Z X"},
    {"AnOpenQuote", "<accessLog dateTimePattern=\"dd 'T\"/>", 32,
     "<accessLog>: attribute 'dateTimePattern' has a quote that is not closed"},
    {"ABadBoolean", "<accessLog excludePayloadSize='maybe'/>", 32,
     "<accessLog>: attribute 'excludePayloadSize' must be 'true' or 'false', not 'maybe'"},
    {"AMisspelledAttribute", "<accessLog dateTimePatern='dd'/>", 12,
     "<accessLog>: attribute 'dateTimePatern' is not known; did you mean 'dateTimePattern'?"},
    {"AVariableWithoutItsName", "<accessLog><additionalVariable expression='1'/></accessLog>", 12,
     "<additionalVariable>: attribute 'name' is missing"},
    {"AVariableWithoutItsExpression", "<accessLog><additionalVariable name='a'/></accessLog>", 12,
     "<additionalVariable>: attribute 'expression' is missing"},
    {"AVariableOfTwoWords",
     "<accessLog><additionalVariable name='a b' expression='1'/></accessLog>", 38,
     "<additionalVariable>: attribute 'name' must be a word: it stands before a '='"},
    {"AVariableWithABadExpression",
     "<accessLog><additionalVariable name='a' expression='1 +'/></accessLog>", 56,
     "<additionalVariable>: attribute 'expression' is not an expression: the expression ends too "
     "early"},
    {"AVariableTwice",
     "<accessLog><additionalVariable name='a' expression='1'/><additionalVariable name='a' "
     "expression='2'/></accessLog>",
     83, "<additionalVariable>: attribute 'name' names a variable for the second time"},
    {"AVariableInAFlow", "<additionalVariable name='a' expression='1'/>", 1,
     "<additionalVariable>: is not allowed here; it belongs in <accessLog>"},
};
INSTANTIATE_TEST_SUITE_P(AccessLog, AccessLogErrors, testing::ValuesIn(error_rows),
                         name_of<error_row>);

}  // namespace
}  // namespace gateway::test
