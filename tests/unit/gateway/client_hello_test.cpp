// The name in a ClientHello, at every split, and what is refused with which alert.
#include "gateway/core/client_hello.hpp"

#include <gtest/gtest.h>

#include "tests/client_hellos.hpp"

namespace gateway::test {
namespace {

using namespace client_hellos;
using namespace std::string_literals;

// "name a.b", "no name", "more", "alert 50: text".
std::string read(std::string_view octets, std::size_t first, std::size_t step) {
  client_hello_reader reader;
  for (std::size_t at = 0; at < octets.size();) {
    const auto piece = octets.substr(at, at == 0 ? first : step);
    at += piece.size();
    const auto answer = reader.feed(piece);
    EXPECT_EQ(reader.octets(), octets.substr(0, at));
    if (!answer) continue;
    if (const auto* wrong = std::get_if<client_hello_reader::refusal>(&*answer))
      return "alert " + std::to_string(unsigned(wrong->alert)) + ": " + wrong->text;
    const auto& name = std::get<std::string>(*answer);
    return name.empty() ? "no name" : "name " + name;
  }
  return "more";
}

struct hello_row {
  const char* name;
  std::string octets;
  std::string is;
};
void PrintTo(const hello_row& row, std::ostream* to) { *to << row.name; }

class ClientHello : public testing::TestWithParam<hello_row> {};

TEST_P(ClientHello, IsTheSameAtEverySplit) {
  const std::string& all = GetParam().octets;
  EXPECT_EQ(read(all, all.size(), 1), GetParam().is);
  const std::size_t most = std::min<std::size_t>(all.size(), 400);
  for (std::size_t first = 1; first < most; ++first) {
    EXPECT_EQ(read(all, first, all.size()), GetParam().is) << first;
    EXPECT_EQ(read(all, first, 61), GetParam().is) << first;
  }
}

std::string in_record(std::string_view extensions) {
  return records(message(hello_body(extensions)));
}

INSTANTIATE_TEST_SUITE_P(
    Names, ClientHello,
    testing::Values(
        hello_row{"Plain", hello("a.example"), "name a.example"},
        hello_row{"UpperCase", hello("A.Example"), "name a.example"},
        hello_row{"DotAtTheEnd", hello("a.example."), "name a.example"},
        hello_row{"OneLabel", hello("localhost"), "name localhost"},
        hello_row{"Underscore", hello("_a.b-c.9"), "name _a.b-c.9"},
        hello_row{"Longest", hello(std::string(253, 'a')), "name " + std::string(253, 'a')},
        hello_row{"OctetsBehind", hello("a.b") + "\x17\x03\x03", "name a.b"},
        hello_row{"SplitRecords", records(message(hello_body(server_name("a.b"))), 7), "name a.b"},
        hello_row{"OneOctetRecords", records(message(hello_body(server_name("a.b"))), 1),
                  "name a.b"},
        hello_row{"Large", in_record(extension(51, std::string(9000, 'k')) + server_name("a.b")),
                  "name a.b"},
        hello_row{"LargerThanARecord",
                  in_record(extension(51, std::string(40'000, 'k')) + server_name("a.b")),
                  "name a.b"},
        hello_row{"OtherTypeOfName",
                  in_record(extension(0, vector("\x07" + vector("?", 2) + host("a.b"), 2))),
                  "name a.b"},
        hello_row{"NoName", in_record(extension(51, "x")), "no name"},
        hello_row{"EmptyExtensions", in_record(""), "no name"},
        hello_row{"NoExtensions",
                  [] {
                    std::string body = hello_body("");
                    body.resize(body.size() - 2);
                    return records(message(body));
                  }(),
                  "no name"},
        hello_row{"Unfinished", hello("a.b").substr(0, 50), "more"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Refusals, ClientHello,
    testing::Values(
        hello_row{"Http", "GET / HTTP/1.1\r\n", "alert 10: not a TLS handshake"},
        hello_row{"Ssl2", "\x80\x2e\x01", "alert 10: not a TLS handshake"},
        hello_row{"AlertRecord", "\x15\x03\x03\0\2\1\0"s, "alert 10: not a TLS handshake"},
        hello_row{"Version", "\x16\x02\x01",
                  "alert 50: a malformed ClientHello: no version of TLS"},
        hello_row{"EmptyRecord", "\x16\x03\x01\0\0"s, "alert 10: an empty handshake record"},
        hello_row{"LongRecord", "\x16\x03\x01\x40\x01", "alert 22: a record above 16 KiB"},
        hello_row{"ServerHello", records(message("x", 2)), "alert 10: no ClientHello"},
        hello_row{"AlertBetween", records("\1\0", 2) + "\x15", "alert 10: not a TLS handshake"},
        hello_row{"TooLong", records("\x01\x01\x00\x01"s),
                  "alert 50: a malformed ClientHello: more than 64 KiB"},
        hello_row{"TooLongWithOctetsBehind", records("\x01\x01\x00\x01"s) + "x",
                  "alert 50: a malformed ClientHello: more than 64 KiB"},
        hello_row{"EmptyBody", records(message("")),
                  "alert 50: a malformed ClientHello: a field with a wrong length"},
        hello_row{"CutBody", records(message(hello_body("").substr(0, 60))),
                  "alert 50: a malformed ClientHello: a field with a wrong length"},
        hello_row{"OddCiphers",
                  records(message("\x03\x03" + std::string(32, 'r') + "\0\0\3abc\1\0"s)),
                  "alert 50: a malformed ClientHello: a field with a wrong length"},
        hello_row{"OctetsInTheEnd", records(message(hello_body("") + "x")),
                  "alert 50: a malformed ClientHello: extensions with a wrong length"},
        hello_row{"CutExtension", in_record("\0\0\0"s),
                  "alert 50: a malformed ClientHello: an extension with a wrong length"},
        hello_row{"ExtensionTwice", in_record(server_name("a.b") + server_name("a.b")),
                  "alert 47: an extension twice"},
        hello_row{"TwoNames", in_record(extension(0, vector(host("a") + host("b"), 2))),
                  "alert 47: two host names"},
        hello_row{"EmptyList", in_record(extension(0, "\0\0"s)),
                  "alert 50: a malformed ClientHello: a list of names with a wrong length"},
        hello_row{"CutName", in_record(extension(0, vector("\0\0\5abc"s, 2))),
                  "alert 50: a malformed ClientHello: a name with a wrong length"},
        hello_row{"EmptyName", hello(""), "alert 47: a host name that is none"},
        hello_row{"NameOfBlanks", hello("a b"), "alert 47: a host name that is none"},
        hello_row{"NameWithNul", hello("a\0b"s), "alert 47: a host name that is none"},
        hello_row{"NameWithLineEnd", hello("a\nb"), "alert 47: a host name that is none"},
        hello_row{"NameTooLong", hello(std::string(254, 'a')),
                  "alert 47: a host name that is none"}),
    [](const auto& row) { return row.param.name; });

TEST(ClientHelloReader, KeepsNoMoreThanItsBound) {
  client_hello_reader reader;
  std::size_t sent = 0;
  // Records of one octet carry a message that could still end in time.
  const std::string payload = "\x01\x00\xff\xff"s + std::string(60'000, 'x');
  const std::string all = records(payload, 1);
  while (sent < all.size()) {
    const auto answer = reader.feed(std::string_view(all).substr(sent, 100));
    sent += 100;
    if (!answer) continue;
    EXPECT_TRUE(std::holds_alternative<client_hello_reader::refusal>(*answer));
    break;
  }
  EXPECT_LE(reader.octets().size(), client_hello_reader::max_octets + 100);
}

TEST(AlertRecord, IsFatal) {
  EXPECT_EQ(alert_record(tls_alert::unrecognized_name), "\x15\x03\x03\0\2\2\x70"s);
}

}  // namespace
}  // namespace gateway::test
