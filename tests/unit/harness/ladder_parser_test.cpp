// The grammar of .ladder files: what rows come out, and where errors point.
#include "harness/ladder/parser.hpp"

#include <gmock/gmock.h>

#include "harness/ladder/values.hpp"

namespace harness::ladder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<row> rows_of(const std::string& text) {
  auto parsed = parse(text, "f");
  for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
  return parsed.rows;
}

// One case around `steps`.
std::vector<step> steps_of(const std::string& steps) {
  auto rows = rows_of("profile strict\ncase a\ncites X\n" + steps + "\n");
  return rows.empty() ? std::vector<step>() : rows[0].steps;
}

std::string text_of(const value& v) {
  scope s;
  s.now_ms = 1000;
  s.variables["q"] = "here";
  std::string problem;
  return render(v, s, problem) + problem;
}

TEST(LadderParser, ReadsTheSettingsOfARow) {
  const auto rows = rows_of(
      "profile activemq\non tcp\n"
      "case first\n  cites activemq.md 2.5, S-CON-1\n"
      "case second\n  cites X\n  on tcp ws\n  delivery split\n  label slow\n  clients any\n  "
      "profile strict\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "first");
  EXPECT_EQ(rows[0].line, 3u);
  EXPECT_THAT(rows[0].cites, ElementsAre("activemq.md 2.5", "S-CON-1"));
  EXPECT_THAT(rows[0].on, ElementsAre(transport::tcp));
  EXPECT_EQ(rows[0].deliveries.size(), 3u);
  EXPECT_EQ(rows[1].profile, "strict");
  EXPECT_EQ(rows[1].on.size(), 2u);
  EXPECT_THAT(rows[1].deliveries, ElementsAre(delivery::split));
  EXPECT_THAT(rows[1].labels, ElementsAre("slow"));
  EXPECT_FALSE(rows[0].any_client);
  EXPECT_TRUE(rows[1].any_client);
}

TEST(LadderParser, MakesARowOfEachCombinationOfTables) {
  const auto rows = rows_of(
      "profile strict\ncase $name-$v\n  cites X\n  with v = 1.0 | 1.1\n  with name frame\n"
      "    | a | SEND destination=/queue/$q\n    | b | ACK version=$v\n  > $frame\n");
  std::vector<std::string> names;
  for (const auto& r : rows) names.push_back(r.name);
  EXPECT_THAT(names, ElementsAre("a-1.0", "a-1.1", "b-1.0", "b-1.1"));
  EXPECT_EQ(text_of(rows[3].steps[0].send.headers[0].text), "1.1");
}

TEST(LadderParser, ReadsAFrameThatIsSent) {
  const auto s =
      steps_of("> SEND destination=/queue/$q a=1 a=\"two words\" body=\"x\\n\\0\\x41\" # no");
  ASSERT_EQ(s.size(), 1u);
  const auto& sent = s[0].send;
  EXPECT_EQ(text_of(sent.command), "SEND");
  ASSERT_EQ(sent.headers.size(), 3u);
  EXPECT_EQ(text_of(sent.headers[0].text), "/queue/here");
  EXPECT_EQ(text_of(sent.headers[2].text), "two words");
  EXPECT_EQ(text_of(sent.body), std::string("x\n\0A", 4));
}

TEST(LadderParser, ReadsHowAFrameIsBroken) {
  const auto s = steps_of("> !bad_escape_\\t SEND destination=/queue/a body=hi\n> SEND a=b");
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s[0].send.malformation, mockbroker::find_malformation("bad_escape_\\t"));
  EXPECT_EQ(text_of(s[0].send.command), "SEND");
  EXPECT_EQ(s[0].send.headers.size(), 1u);
  EXPECT_EQ(text_of(s[0].send.body), "hi");
  EXPECT_EQ(s[1].send.malformation, nullptr);
}

TEST(LadderParser, RepeatsAndNumbersTexts) {
  const auto s = steps_of(R"(> raw "ab"*2"\#,"*3 "$now+5")");
  EXPECT_EQ(text_of(s[0].send.body), "abab0,1,2,1005");
}

TEST(LadderParser, ReadsPatternsAndModifiers) {
  const auto s = steps_of("at 1s..2s < MESSAGE id=$x a=* b=~\"^c\" !d body=e only within 3s");
  ASSERT_EQ(s.size(), 1u);
  const auto& e = s[0].expect;
  ASSERT_EQ(e.headers.size(), 4u);
  EXPECT_EQ(e.headers[0].text.variable(), "x");
  EXPECT_EQ(e.headers[1].what, pattern::kind::any);
  EXPECT_EQ(e.headers[2].what, pattern::kind::regex);
  EXPECT_EQ(e.headers[3].what, pattern::kind::absent);
  EXPECT_TRUE(e.only);
  EXPECT_EQ(e.within, std::chrono::seconds(3));
  EXPECT_EQ(e.at->first, std::chrono::seconds(1));
}

TEST(LadderParser, ReadsBlocks) {
  const auto s = steps_of("repeat 2 {\nany-order {\n< RECEIPT\n< MESSAGE\n}\n}\nrepeat 3 > beat");
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s[0].times, 2u);
  ASSERT_EQ(s[0].inner.size(), 1u);
  EXPECT_EQ(s[0].inner[0].inner.size(), 2u);
  EXPECT_EQ(s[1].inner.size(), 1u);
}

TEST(LadderParser, ReadsConnections) {
  const auto s = steps_of("conn 2 ws connected 1.1 path=/x client-id=\"a b\"");
  EXPECT_EQ(s[0].open.number, 2u);
  EXPECT_EQ(s[0].open.using_, transport::ws);
  EXPECT_EQ(s[0].open.connected, "1.1");
  ASSERT_EQ(s[0].open.options.size(), 2u);
  EXPECT_EQ(text_of(s[0].open.options[1].text), "a b");
}

struct wrong {
  const char* text;  // lines of a case named a, behind three lines
  const char* error;
};
void PrintTo(const wrong& w, std::ostream* out) { *out << w.text; }

class LadderErrors : public ::testing::TestWithParam<wrong> {};

TEST_P(LadderErrors, NameThePlaceAndWhatWasExpected) {
  const auto parsed =
      parse(std::string("profile strict\ncase a\ncites X\n") + GetParam().text, "f");
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_EQ(to_string(parsed.errors[0]), GetParam().error);
}

const wrong table[] = {
    {"  expct close", "f:4:3: expected a step, found 'expct'; did you mean 'expect'?"},
    {"  zzzzzzzz", "f:4:3: expected a step, found 'zzzzzzzz'"},
    {"expect clse", "f:4:8: expected close or open, found 'clse'; did you mean 'close'?"},
    {"expect", "f:4:7: expected close or open at the end of the line"},
    {"expect close soon", "f:4:14: expected a close code, reason= or within, found 'soon'"},
    {"> SEND destination", "f:4:8: expected header=value, found 'destination'"},
    {"> SEND a=~b", "f:4:8: expected '=', found '=~' in a frame that is sent"},
    {"> SEND body=x a=b", "f:4:15: expected the end of the line behind body="},
    {"> bate",
     "f:4:3: expected a command or one of raw, get, ws, beat, close, end, drop, found 'bate'; did "
     "you "
     "mean "
     "'beat'?"},
    {">",
     "f:4:2: expected a command, !malformation, raw, get, ws, beat, close, end or drop at the end "
     "of the line"},
    {"> raw", "f:4:6: expected \"octets\" at the end of the line"},
    {"> ws txt \"a\"",
     "f:4:6: expected one of text, binary, fragments, unmasked, ping, pong, close, found 'txt'; "
     "did you "
     "mean 'text'?"},
    {"> !no_nil SEND",
     "f:4:3: expected the name of a malformation, found 'no_nil'; did you mean 'no_nul'?"},
    {"> !second_connect SEND",
     "f:4:3: expected the name of a malformation, found 'second_connect'; did you mean "
     "'second_CONNECT'?"},
    {"> !a=b SEND", "f:4:3: expected the name of a malformation, found 'a=b'"},
    {"> ! SEND", "f:4:3: expected the name of a malformation, found ''"},
    {"> !no_nul", "f:4:10: expected a command at the end of the line"},
    {"> !no_nul raw \"a\"", "f:4:11: expected a command, found 'raw'"},
    {"> !no_nul a=b", "f:4:11: expected a command, found 'a=b'"},
    {"> !no_nul SEND x", "f:4:16: expected header=value, found 'x'"},
    {"> raw \"a\\q\"", "f:4:9: expected one of \\n \\r \\t \\0 \\\\ \\\" \\$ \\# \\xHH"},
    {"> raw \"abc", "f:4:7: expected '\"' at the end of the text that begins here"},
    {"> raw \"a\"*x", "f:4:11: expected how often the text comes, a number"},
    {"> raw \"$\"", "f:4:8: expected the name of a variable behind '$'"},
    {"< MESSAGE destination",
     "f:4:11: expected header=value, !header or a modifier, found 'destination'"},
    {"< MESSAGE a=b onyl",
     "f:4:15: expected header=value, !header or a modifier, found 'onyl'; did you mean 'only'?"},
    {"< MESSAGE within 3", "f:4:18: expected a time as 250ms, 3s or 2m, found '3'"},
    {"< mesage", "f:4:3: expected a command or one of beat, pong, head, found 'mesage'"},
    {"never MESSAGE", "f:4:7: expected '<' behind never, found 'MESSAGE'"},
    {"conn x", "f:4:6: expected the number of the connection, 1 to 1000, found 'x'"},
    {"conn 1 conected 1.2",
     "f:4:8: expected an option of the connection, found 'conected'; did you mean 'connected'?"},
    {"conn 1 connected 1.3", "f:4:18: expected a version, found '1.3'; did you mean '1.0'?"},
    {"repeat many > beat", "f:4:8: expected how often, a number up to 100000, found 'many'"},
    {"any-order {\n< RECEIPT", "f:4:1: expected '}' at the end of the block that begins here"},
    {"any-order {\n> beat\n}", "f:5:1: expected '< ...' in any-order, found '>'"},
    {"}", "f:4:1: expected a step, found '}' without a block"},
    {"at 1s..x < beat", "f:4:4: expected two times as 900ms..1600ms, found '1s..x'"},
    {"at 1s < beat", "f:4:1: expected 'at +TIME > ...' or 'at FROM..TO < ...'"},
    {"at 1s..2s > beat", "f:4:1: expected 'at +TIME > ...' or 'at FROM..TO < ...'"},
    {"wait long", "f:4:6: expected a time as 250ms, 3s or 2m, found 'long'"},
    {"on udp", "f:4:4: expected a transport, found 'udp'"},
    {"on tcpp", "f:4:4: expected a transport, found 'tcpp'; did you mean 'tcp'?"},
    {"profile activmq", "f:4:9: expected a profile, found 'activmq'; did you mean 'activemq'?"},
    {"clients all", "f:4:9: expected any, found 'all'"},
    {"clients", "f:4:1: expected 'clients any'"},
    {"delivery join", "f:4:10: expected a delivery, found 'join'; did you mean 'joined'?"},
    {"with a b\n| 1", "f:5:1: expected 2 cells, found 1"},
    {"with a", "f:4:1: expected rows of the table: lines that begin with '|'"},
    {"| 1", "f:4:1: expected 'with COLUMNS' above this row"},
    {"with A = 1", "f:4:6: expected a column's name of a-z, 0-9 and _, found 'A'"},
    {"with last = 1", "f:4:6: expected another name, '$last' is a variable of every row"},
    {"case a\ncites Y", "f:4:1: expected a name of its own, found 'a' again"},
    {"case", "f:4:1: expected 'case NAME'"},
};
INSTANTIATE_TEST_SUITE_P(Table, LadderErrors, ::testing::ValuesIn(table));

TEST(LadderParser, CollectsAllErrorsOfAFile) {
  const auto parsed = parse("profile strict\ncase a\ncites X\nfoo\nbar\n", "f");
  EXPECT_EQ(parsed.errors.size(), 2u);
  EXPECT_THAT(parsed.rows, IsEmpty());
}

TEST(LadderParser, RefusesLinesOutsideOfCases) {
  const auto parsed = parse("profle strict\n", "f");
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_EQ(to_string(parsed.errors[0]),
            "f:1:1: expected a setting or 'case NAME', found 'profle'; did you mean 'profile'?");
}

TEST(LadderParser, WantsAProfile) {
  const auto parsed = parse("case a\ncites X\n", "f");
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_EQ(to_string(parsed.errors[0]), "f:1:1: expected 'profile NAME' in case a or above it");
}

}  // namespace
}  // namespace harness::ladder
