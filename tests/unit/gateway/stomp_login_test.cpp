// The first frame of a STOMP client, at every split, and the frames that are made of it.
#include "gateway/core/stomp_login.hpp"

#include "support.hpp"

namespace gateway::test {
namespace {

using namespace std::string_literals;

// What is behind a refusal does not matter.
struct reading {
  std::string answer = "more";  // the frame's command and headers, or the refusal
  std::string behind;
  friend bool operator==(const reading&, const reading&) = default;
};
void PrintTo(const reading& r, std::ostream* to) { *to << r.answer << " | " << r.behind; }

reading read(std::string_view octets, std::size_t first, std::size_t step) {
  stomp_login_reader reader;
  for (std::size_t at = 0; at < octets.size();) {
    const std::size_t size = at == 0 ? first : step;
    std::string_view piece = octets.substr(at, size);
    at += piece.size();
    const auto answer = reader.feed(piece);
    if (!answer) {
      EXPECT_TRUE(piece.empty());
      continue;
    }
    reading out{{}, std::string(piece) + std::string(octets.substr(at))};
    if (const auto* wrong = std::get_if<stomp_login_reader::refusal>(&*answer)) {
      EXPECT_EQ(wrong->for_log.find("hunter2"), std::string::npos) << wrong->for_log;
      return {wrong->text, {}};
    }
    const auto& frame = std::get<stomp::frame>(*answer);
    out.answer = frame.command;
    for (const auto& h : frame.headers) out.answer += " " + h.name + "=" + h.value;
    return out;
  }
  return {};
}

struct login_row {
  const char* name;
  std::string octets;
  reading is;
};
void PrintTo(const login_row& row, std::ostream* to) { *to << row.name; }

class StompLogin : public testing::TestWithParam<login_row> {};

TEST_P(StompLogin, IsTheSameAtEverySplit) {
  const std::string& all = GetParam().octets;
  EXPECT_EQ(read(all, all.size(), 1), GetParam().is);
  const std::size_t most = std::min<std::size_t>(all.size(), 100);
  for (std::size_t first = 1; first < most; ++first) {
    EXPECT_EQ(read(all, first, all.size()), GetParam().is) << first;
    EXPECT_EQ(read(all, first, 3), GetParam().is) << first;
  }
}

const std::string malformed = "The first frame is malformed: \"CONNECT\": header line ";
const std::string http = "The first frame must be CONNECT or STOMP; this connection began with ";

INSTANTIATE_TEST_SUITE_P(
    Rows, StompLogin,
    testing::Values(
        login_row{"Connect", "CONNECT\nlogin:a\n\n\0"s, {"CONNECT login=a", ""}},
        login_row{"Stomp", "STOMP\nhost:a\n\n\0"s, {"STOMP host=a", ""}},
        login_row{"NoFields", "STOMP\n\n\0"s, {"STOMP", ""}},
        login_row{"ReturnsInLineEnds", "CONNECT\r\nlogin:a\r\n\r\n\0"s, {"CONNECT login=a", ""}},
        login_row{"LinesInFront", "\n\r\n\nSTOMP\n\n\0"s, {"STOMP", ""}},
        login_row{"OctetsBehind", "STOMP\n\n\0\n\nSEND"s, {"STOMP", "\n\nSEND"}},
        login_row{"EmptyValue", "CONNECT\npasscode:\n\n\0"s, {"CONNECT passcode=", ""}},
        login_row{"ColonInValue", "CONNECT\nhost:a:b\n\n\0"s, {"CONNECT host=a:b", ""}},
        login_row{"BodyIsDropped", "CONNECT\na:b\n\nbody\0x"s, {"CONNECT a=b", "x"}},
        login_row{"Unfinished", "CONNECT\nlogin:a\n\n", {}},
        login_row{"UnfinishedCommand", "CONN", {}}, login_row{"ShortWordWithoutEnd", "HELLO", {}},
        login_row{"ShortWord", "HELLO\nx", {http + "'HELLO'.", ""}},
        login_row{"WordBehindReturn", "HELLO\rx", {http + "'HELLO'.", ""}},
        login_row{"Get", "GET / HTTP/1.1\r\n", {http + "an HTTP request.", ""}},
        login_row{"Options", "OPTIONS * HTTP/1.1", {http + "an HTTP request.", ""}},
        login_row{"ConnectOfHttp", "CONNECT a:1 HTTP/1.1", {http + "an HTTP request.", ""}},
        login_row{"Tls", "\x16\x03\x01", {http + "a TLS handshake.", ""}},
        login_row{"Nul", "\0STOMP\n\n\0"s, {http + "'\\x00'.", ""}},
        login_row{"Send", "SEND\n", {http + "'SEND'.", ""}},
        login_row{"Subscribe", "SUBSCRIBE\n", {http + "'SUBSCRIB...'.", ""}},
        login_row{
            "NoColon", "CONNECT\nlogin\nx", {malformed + "\"login\" (expected name:value)", ""}},
        login_row{"NoBlankLine",
                  "CONNECT\npasscode:hunter2\0"s,
                  {"The first frame is malformed: \"CONNECT\": NUL in line "
                   "\"passcode:hunter2\"",
                   ""}},
        login_row{"NoName", "CONNECT\n:a\nx", {malformed + "\":a\" (expected name:value)", ""}}),
    [](const auto& row) { return row.param.name; });

TEST(StompLoginFrame, HasTheFirstFieldOfEachNameAndNoLength) {
  const net::header_list fields{{"a", "1"}, {"content-length", "0"}, {"a", "2"}, {"b", ""}};
  EXPECT_EQ(std::get<std::string>(stomp_login_frame("STOMP", fields)), "STOMP\na:1\nb:\n\n\0"s);
}

TEST(StompLoginFrame, NeverCarriesAFieldInsideAnother) {
  for (const char* value : {"a\nlogin:admin", "a\rb", "a\0b"}) {
    const std::string text(value, value[1] == '\0' ? 3 : std::string(value).size());
    const auto made = stomp_login_frame("STOMP", {{"x", text}});
    EXPECT_TRUE(std::holds_alternative<std::string_view>(made)) << value;
  }
  for (const char* name : {"", " a", "a ", "\ta", "a:b", "a\nb"})
    EXPECT_TRUE(std::holds_alternative<std::string_view>(stomp_login_frame("STOMP", {{name, "x"}})))
        << name;
}

// Elements see names without case, brokers with it: they would judge by one and log in by the
// other.
TEST(StompLoginFrame, HasNoTwoNamesThatDifferInCaseOnly) {
  const auto made = stomp_login_frame("STOMP", {{"Login", "me"}, {"login", "admin"}});
  ASSERT_TRUE(std::holds_alternative<std::string_view>(made)) << std::get<std::string>(made);
  EXPECT_EQ(std::get<std::string_view>(made), "has two fields whose names differ in case only");
}

TEST(StompErrorFrame, HasTheTitleAsMessageAndTheDetailAsText) {
  const problem p{502, "Bad Gateway", "t", "Cannot connect to a:1."};
  EXPECT_EQ(stomp_error_frame(p, nullptr),
            "ERROR\nmessage:Bad Gateway\ncontent-type:text/plain\ncontent-length:22\n\nCannot "
            "connect to a:1.\0"s);
}

TEST(StompErrorFrame, IsEscapedAsTheOfferedVersionSays) {
  const problem p{400, "a: b", {}, "x"};
  const auto newer = stomp::make_frame("CONNECT", {{"accept-version", "1.1,1.2"}});
  EXPECT_NE(stomp_error_frame(p, &newer).find("message:a\\c b\n"), std::string::npos);
  const auto older = stomp::make_frame("CONNECT");
  EXPECT_NE(stomp_error_frame(p, &older).find("message:a: b\n"), std::string::npos);
}

TEST(StompErrorFrame, CannotBeSplitByItsTitle) {
  const auto octets = stomp_error_frame({400, "a\nb\rc", {}, {}}, nullptr);
  EXPECT_NE(octets.find("message:a\\x0ab\\x0dc\n"), std::string::npos) << octets;
}

TEST(ParseProblem, ReadsWhatWasWritten) {
  const problem p{429, "Too Many Requests", "https://t", "Wait \"a\" while."};
  const auto read_back = parse_problem(429, problem_json(p));
  EXPECT_EQ(read_back.title, p.title);
  EXPECT_EQ(read_back.detail, p.detail);
  for (const char* other : {"", "{", "[]", "\"a\"", "<html>", "{\"title\":1}"}) {
    EXPECT_EQ(parse_problem(404, other).title, "Not Found") << other;
    EXPECT_EQ(parse_problem(404, other).status, 404) << other;
  }
}

}  // namespace
}  // namespace gateway::test
