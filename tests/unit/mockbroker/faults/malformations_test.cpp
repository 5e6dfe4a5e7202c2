// The octets of every malformation, written by hand.
#include "mockbroker/faults/malformations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mockbroker/faults/malformations_support.hpp"

namespace mockbroker::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ending = malformed::ending;
using strings = std::vector<std::string>;
constexpr auto as_stomp = malformed::part::kind::stomp;
constexpr auto as_wire = malformed::part::kind::wire;

// "819e 0000" as octets.
std::string hex(std::string_view digits) {
  std::string out;
  std::string two;
  for (const char c : digits) {
    if (c == ' ') continue;
    two += c;
    if (two.size() == 2) out += char(std::stoi(std::exchange(two, {}), nullptr, 16));
  }
  return out;
}

struct golden {
  std::string_view name;
  frame of;
  malform_context how;
  malformed::part::kind what = as_stomp;
  strings parts;
  ending end = ending::none;
};
void PrintTo(const golden& g, std::ostream* out) { *out << g.name; }

class MalformationOctets : public ::testing::TestWithParam<golden> {};

TEST_P(MalformationOctets, AreAsWrittenHere) {
  const golden& g = GetParam();
  const malformed got = named(g.name).make(g.of, g.how);
  strings parts;
  for (const auto& p : got.parts) {
    EXPECT_EQ(p.what, g.what);
    parts.push_back(p.octets);
  }
  EXPECT_EQ(parts, g.parts);
  EXPECT_EQ(got.end, g.end);
}

std::string ten_thousand_headers() {
  std::string out;
  for (int i = 0; i < 10'000; ++i) out += "broken-" + std::to_string(i) + ":x\n";
  return out;
}

strings octets_one_by_one(const std::string& text) {
  strings all;
  for (const char c : text) all.emplace_back(1, c);
  return all;
}

// Fragments of one octet: `masked` with a key of zeros.
strings fragments_one_by_one(const std::string& text, bool masked) {
  strings all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string first = i == 0 ? "01" : i + 1 == text.size() ? "80" : "00";
    all.push_back(hex(first + (masked ? "81 00000000" : "01")) + text[i]);
  }
  return all;
}

const std::vector<golden> frames{
    {"no_nul", send, broker_tcp, as_stomp, {"SEND\ndestination:/queue/a\n\nhi"}},
    {"nul_twice", send, broker_tcp, as_stomp, {"SEND\ndestination:/queue/a\n\nhi\0\0"s}},
    {"nul_in_header",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken:a\0b\n\nhi\0"s}},
    {"cr_only_eol", send, broker_tcp, as_stomp, {"SEND\rdestination:/queue/a\r\rhi\0"s}},
    {"crlf_mixed", send, broker_tcp, as_stomp, {"SEND\r\ndestination:/queue/a\n\r\nhi\0"s}},
    {"crlf_mixed",
     connect,
     broker_tcp,
     as_stomp,
     {"CONNECT\r\naccept-version:1.2\nhost:localhost\r\n\r\n\0"s}},
    {"no_blank_line", send, broker_tcp, as_stomp, {"SEND\ndestination:/queue/a\nhi\0"s}},
    {"empty_command", send, broker_tcp, as_stomp, {"\ndestination:/queue/a\n\nhi\0"s}},
    {"lower_case_command", send, broker_tcp, as_stomp, {"send\ndestination:/queue/a\n\nhi\0"s}},
    {"unknown_command", send, broker_tcp, as_stomp, {"BROKEN\ndestination:/queue/a\n\nhi\0"s}},
    {"leading_bom",
     send,
     broker_tcp,
     as_stomp,
     {"\xEF\xBB\xBFSEND\ndestination:/queue/a\n\nhi\0"s}},
    {"header_without_colon",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken\n\nhi\0"s}},
    {"header_empty_name",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\n:broken\n\nhi\0"s}},
    {"bad_escape_\\t",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken:a\\tb\n\nhi\0"s}},
    {"escape_at_end",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken:a\\\n\nhi\0"s}},
    {"unescaped_colon_1.2",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken:a:b\n\nhi\0"s}},
    {"repeated_header_first_wins",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ndestination:second\n\nhi\0"s}},
    {"repeated_header_first_wins",
     stomp::make_frame("ERROR", {{"content-length", "0"}}),
     client_tcp,
     as_stomp,
     {"ERROR\ncontent-length:0\nbroken:first\nbroken:second\n\n\0"s}},
    {"header_64k",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\nbroken:" + std::string(65536, 'x') + "\n\nhi\0"s}},
    {"headers_10k",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\n" + ten_thousand_headers() + "\nhi\0"s}},
    {"content_length_short",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ncontent-length:1\n\nhi\0"s}},
    {"content_length_short",
     connected,
     client_tcp,
     as_stomp,
     {"CONNECTED\nversion:1.2\ncontent-length:0\n\nb\0"s}},
    {"content_length_long",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ncontent-length:3\n\nhi\0"s}},
    {"content_length_long",
     stomp::make_frame("ERROR", {{"content-length", "2"}, {"message", "no"}}, "hi"),
     client_tcp,
     as_stomp,
     {"ERROR\nmessage:no\ncontent-length:3\n\nhi\0"s}},
    {"content_length_negative",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ncontent-length:-1\n\nhi\0"s}},
    {"content_length_text",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ncontent-length:many\n\nhi\0"s}},
    {"content_length_overflow",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\ncontent-length:18446744073709551618\n\nhi\0"s}},
    {"content_length_overflow",
     stomp::make_frame("SEND", {}, std::string(1000, 'x')),
     broker_tcp,
     as_stomp,
     {"SEND\ncontent-length:18446744073709552616\n\n" + std::string(1000, 'x') + '\0'}},
    {"body_with_nul_no_length",
     send,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/a\n\nh\0i\0"s}},
    {"body_with_nul_no_length",
     connected,
     client_tcp,
     as_stomp,
     {"CONNECTED\nversion:1.2\n\nbro\0ken\0"s}},
    {"body_with_nul_no_length",
     stomp::make_frame("SEND", {{"content-length", "2"}}, "hi"),
     broker_tcp,
     as_stomp,
     {"SEND\n\nh\0i\0"s}},
    {"body_on_SUBSCRIBE",
     stomp::make_frame("SUBSCRIBE", {{"id", "s"}, {"destination", "/queue/a"}}),
     broker_tcp,
     as_stomp,
     {"SUBSCRIBE\nid:s\ndestination:/queue/a\n\nbroken\0"s}},
    {"body_on_SUBSCRIBE",
     send,
     broker_tcp,
     as_stomp,
     {"SUBSCRIBE\nid:broken\ndestination:/queue/broken\n\nbroken\0"s, send_octets}},
    {"truncated_frame_then_fin", send, broker_tcp, as_stomp, {"SEND\ndestinatio"}, ending::fin},
};
INSTANTIATE_TEST_SUITE_P(Frames, MalformationOctets, ::testing::ValuesIn(frames));

const std::vector<golden> deliveries{
    {"frame_split_every_byte", send, broker_tcp, as_wire, octets_one_by_one(send_octets)},
    {"frame_split_every_byte", send, broker_ws, as_wire, fragments_one_by_one(send_octets, true)},
    {"frame_split_every_byte", message, client_ws, as_wire,
     fragments_one_by_one(message_octets, false)},
    {"two_frames_one_ws_message", send, broker_ws, as_stomp, {send_octets + send_octets}},
    {"two_frames_one_ws_message", message, client_ws, as_stomp, {message_octets + message_octets}},
    {"frame_over_two_ws_messages",
     send,
     broker_ws,
     as_stomp,
     {"SEND\ndestinatio", "n:/queue/a\n\nhi\0"s}},
    {"beat_inside_frame", send, broker_tcp, as_stomp, {"SEND\ndesti\nnation:/queue/a\n\nhi\0"s}},
    {"beat_inside_frame", stomp::make_frame("ACK"), broker_tcp, as_stomp, {"A\nCK\n\n\0"s}},
    {"beat_crlf", send, broker_tcp, as_stomp, {"\r\n", send_octets}},
    {"beat_crlf", send, broker_ws, as_stomp, {"\r\n", send_octets}},
    {"ws_binary", send, broker_ws, as_wire, {hex("829e 00000000") + send_octets}},
    {"ws_binary", message, client_ws, as_wire, {hex("823d") + message_octets}},
    {"ws_fragmented_text",
     send,
     broker_ws,
     as_wire,
     {hex("018f 00000000") + "SEND\ndestinatio", hex("808f 00000000") + "n:/queue/a\n\nhi\0"s}},
    {"ws_fragmented_text",
     message,
     client_ws,
     as_wire,
     {hex("011e") + "MESSAGE\nsubscription:s\nmessage",
      hex("801f") + "-id:m\ndestination:/queue/a\n\nhi\0"s}},
    {"ws_ping_mid_fragment",
     send,
     broker_ws,
     as_wire,
     {hex("018f 00000000") + "SEND\ndestinatio", hex("8986 00000000") + "broken",
      hex("808f 00000000") + "n:/queue/a\n\nhi\0"s}},
    {"ws_ping_mid_fragment",
     message,
     client_ws,
     as_wire,
     {hex("011e") + "MESSAGE\nsubscription:s\nmessage", hex("8906") + "broken",
      hex("801f") + "-id:m\ndestination:/queue/a\n\nhi\0"s}},
    {"ws_text_mid_fragment",
     send,
     broker_ws,
     as_wire,
     {hex("018f 00000000") + "SEND\ndestinatio", hex("819e 00000000") + send_octets,
      hex("808f 00000000") + "n:/queue/a\n\nhi\0"s}},
    {"ws_text_mid_fragment",
     message,
     client_ws,
     as_wire,
     {hex("011e") + "MESSAGE\nsubscription:s\nmessage", hex("813d") + message_octets,
      hex("801f") + "-id:m\ndestination:/queue/a\n\nhi\0"s}},
    {"ws_continuation_first", send, broker_ws, as_wire, {hex("809e 00000000") + send_octets}},
    {"ws_continuation_first", message, client_ws, as_wire, {hex("803d") + message_octets}},
    {"ws_unmasked", send, broker_ws, as_wire, {hex("811e") + send_octets}},
    {"ws_unmasked", message, client_ws, as_wire, {hex("813d") + message_octets}},
    {"ws_masked_from_server", send, broker_ws, as_wire, {hex("819e 00000000") + send_octets}},
    {"ws_masked_from_server", message, client_ws, as_wire, {hex("81bd 00000000") + message_octets}},
    {"ws_rsv1", send, broker_ws, as_wire, {hex("c19e 00000000") + send_octets}},
    {"ws_rsv1", message, client_ws, as_wire, {hex("c13d") + message_octets}},
    {"ws_reserved_opcode", send, broker_ws, as_wire, {hex("839e 00000000") + send_octets}},
    {"ws_reserved_opcode", message, client_ws, as_wire, {hex("833d") + message_octets}},
    {"ws_length_not_minimal",
     send,
     broker_ws,
     as_wire,
     {hex("81ff 000000000000001e 00000000") + send_octets}},
    {"ws_length_not_minimal",
     message,
     client_ws,
     as_wire,
     {hex("817f 000000000000003d") + message_octets}},
    {"ws_bad_utf8",
     send,
     broker_ws,
     as_wire,
     {hex("81a8 00000000") + "SEND\ndestination:/queue/a\nbroken:\xC3(\n\nhi\0"s}},
    {"ws_bad_utf8",
     connected,
     client_ws,
     as_wire,
     {hex("8122") + "CONNECTED\nversion:1.2\nbroken:\xC3(\n\n\0"s}},
    {"ws_oversize",
     send,
     broker_ws,
     as_wire,
     {hex("81ff 4000000000000000 00000000") + send_octets}},
    {"ws_oversize", message, client_ws, as_wire, {hex("817f 4000000000000000") + message_octets}},
    {"ws_ping_126_bytes",
     send,
     broker_ws,
     as_wire,
     {hex("89fe 007e 00000000") + std::string(126, 'x'), hex("819e 00000000") + send_octets}},
    {"ws_ping_126_bytes",
     message,
     client_ws,
     as_wire,
     {hex("897e 007e") + std::string(126, 'x'), hex("813d") + message_octets}},
    {"ws_ping_fragmented",
     send,
     broker_ws,
     as_wire,
     {hex("0983 00000000") + "bro", hex("8083 00000000") + "ken",
      hex("819e 00000000") + send_octets}},
    {"ws_ping_fragmented",
     message,
     client_ws,
     as_wire,
     {hex("0903") + "bro", hex("8003") + "ken", hex("813d") + message_octets}},
    {"ws_close_1005", send, broker_ws, as_wire, {hex("8882 00000000 03ed")}},
    {"ws_close_1005", message, client_ws, as_wire, {hex("8802 03ed")}},
    {"ws_close_1006", send, broker_ws, as_wire, {hex("8882 00000000 03ee")}},
    {"ws_close_1006", message, client_ws, as_wire, {hex("8802 03ee")}},
    {"ws_close_reason_124_bytes",
     send,
     broker_ws,
     as_wire,
     {hex("88fe 007e 00000000 03e8") + std::string(124, 'x')}},
    {"ws_close_reason_124_bytes",
     message,
     client_ws,
     as_wire,
     {hex("887e 007e 03e8") + std::string(124, 'x')}},
};
INSTANTIATE_TEST_SUITE_P(Deliveries, MalformationOctets, ::testing::ValuesIn(deliveries));

const std::string message_of_nobody =
    "MESSAGE\nsubscription:broken\nmessage-id:broken\ndestination:/queue/broken\n\nbroken\0"s;

const std::vector<golden> orders{
    {"second_CONNECT", connect, broker_tcp, as_stomp, {connect_octets, connect_octets}},
    {"second_CONNECT", send, broker_tcp, as_stomp, {send_octets, connect_octets}},
    {"second_CONNECT", message, client_tcp, as_stomp, {message_octets, connected_octets}},
    {"SEND_before_CONNECT",
     connect,
     broker_tcp,
     as_stomp,
     {"SEND\ndestination:/queue/broken\n\nbroken\0"s, connect_octets}},
    {"SEND_before_CONNECT", connected, client_tcp, as_stomp, {message_of_nobody, connected_octets}},
    {"STOMP_instead_of_CONNECT",
     connect,
     broker_tcp,
     as_stomp,
     {"STOMP\naccept-version:1.2\nhost:localhost\n\n\0"s}},
    {"STOMP_instead_of_CONNECT",
     send,
     broker_tcp,
     as_stomp,
     {"STOMP\naccept-version:1.2\nhost:localhost\n\n\0"s}},
    {"STOMP_instead_of_CONNECT", connected, client_tcp, as_stomp, {"STOMP\nversion:1.2\n\n\0"s}},
    {"version_not_offered",
     connect,
     broker_tcp,
     as_stomp,
     {"CONNECT\naccept-version:9.9\nhost:localhost\n\n\0"s}},
    {"version_not_offered",
     send,
     broker_tcp,
     as_stomp,
     {"CONNECT\naccept-version:9.9\nhost:localhost\n\n\0"s}},
    {"version_not_offered", connected, client_tcp, as_stomp, {"CONNECTED\nversion:9.9\n\n\0"s}},
    {"heart-beat_text",
     connect,
     broker_tcp,
     as_stomp,
     {"CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:many,few\n\n\0"s}},
    {"heart-beat_text",
     connected,
     client_tcp,
     as_stomp,
     {"CONNECTED\nversion:1.2\nheart-beat:many,few\n\n\0"s}},
    {"heart-beat_negative",
     stomp::make_frame("STOMP", {{"heart-beat", "0,0"}, {"host", "h"}}),
     broker_tcp,
     as_stomp,
     {"STOMP\nheart-beat:-1,-1\nhost:h\n\n\0"s}},
    {"heart-beat_negative",
     connected,
     client_tcp,
     as_stomp,
     {"CONNECTED\nversion:1.2\nheart-beat:-1,-1\n\n\0"s}},
    {"receipt_for_unknown_id",
     message,
     client_tcp,
     as_stomp,
     {"RECEIPT\nreceipt-id:broken\n\n\0"s, message_octets}},
    {"receipt_for_unknown_id",
     send,
     broker_tcp,
     as_stomp,
     {"RECEIPT\nreceipt-id:broken\n\n\0"s, send_octets}},
    {"MESSAGE_unknown_subscription",
     message,
     client_tcp,
     as_stomp,
     {message_of_nobody, message_octets}},
    {"MESSAGE_unknown_subscription", send, broker_tcp, as_stomp, {message_of_nobody, send_octets}},
};
INSTANTIATE_TEST_SUITE_P(Orders, MalformationOctets, ::testing::ValuesIn(orders));

TEST(Malformations, HaveTheNamesOfTheCatalogueInItsOrder) {
  EXPECT_THAT(
      all_names(),
      ElementsAre("no_nul", "nul_twice", "nul_in_header", "cr_only_eol", "crlf_mixed",
                  "no_blank_line", "empty_command", "lower_case_command", "unknown_command",
                  "leading_bom", "header_without_colon", "header_empty_name", "bad_escape_\\t",
                  "escape_at_end", "unescaped_colon_1.2", "repeated_header_first_wins",
                  "header_64k", "headers_10k", "content_length_short", "content_length_long",
                  "content_length_negative", "content_length_text", "content_length_overflow",
                  "body_with_nul_no_length", "body_on_SUBSCRIBE", "truncated_frame_then_fin",
                  "frame_split_every_byte", "two_frames_one_ws_message",
                  "frame_over_two_ws_messages", "beat_inside_frame", "beat_crlf", "ws_binary",
                  "ws_fragmented_text", "ws_ping_mid_fragment", "ws_text_mid_fragment",
                  "ws_continuation_first", "ws_unmasked", "ws_masked_from_server", "ws_rsv1",
                  "ws_reserved_opcode", "ws_length_not_minimal", "ws_bad_utf8", "ws_oversize",
                  "ws_ping_126_bytes", "ws_ping_fragmented", "ws_close_1005", "ws_close_1006",
                  "ws_close_reason_124_bytes", "second_CONNECT", "SEND_before_CONNECT",
                  "STOMP_instead_of_CONNECT", "version_not_offered", "heart-beat_text",
                  "heart-beat_negative", "receipt_for_unknown_id", "MESSAGE_unknown_subscription"));
  EXPECT_EQ(malformations().size(), 56U);
}

TEST(Malformations, AreFoundByTheirExactNameOnly) {
  for (const auto& m : malformations()) {
    EXPECT_EQ(find_malformation(m.name), &m);
    EXPECT_TRUE(m.doc.ends_with('.')) << m.name;
  }
  EXPECT_EQ(find_malformation("NO_NUL"), nullptr);
  EXPECT_EQ(find_malformation("no-nul"), nullptr);
  EXPECT_EQ(find_malformation(""), nullptr);
}

TEST(Malformations, SuggestTheNearestName) {
  EXPECT_EQ(suggest_malformation("no_nil"), "; did you mean 'no_nul'?");
  EXPECT_EQ(suggest_malformation("second_connect"), "; did you mean 'second_CONNECT'?");
  EXPECT_EQ(suggest_malformation("ws_rsv2"), "; did you mean 'ws_rsv1'?");
  EXPECT_EQ(suggest_malformation("something_else"), "");
}

TEST(Malformations, HaveGoldenOctetsEach) {
  auto without = all_names();
  for (const auto* table : {&frames, &deliveries, &orders}) {
    for (const golden& g : *table) std::erase(without, g.name);
  }
  EXPECT_THAT(without, IsEmpty());
}

TEST(Malformations, OfOctetsOfAFrameAreTheSameOnEveryLeg) {
  for (const golden& g : frames) {
    for (const auto& how : {broker_tcp, broker_ws, client_tcp, client_ws}) {
      const auto got = named(g.name).make(g.of, how);
      strings parts;
      for (const auto& p : got.parts) parts.push_back(p.octets);
      EXPECT_EQ(parts, g.parts) << g.name;
      EXPECT_EQ(got.end, g.end) << g.name;
    }
  }
}

TEST(Malformations, EscapeTheHeadersOfTheFrameForItsVersion) {
  const frame f = stomp::make_frame("SEND", {{"a:b", "c\nd"}});
  EXPECT_EQ(named("no_nul").make(f, {}).parts[0].octets, "SEND\na\\cb:c\\nd\n\n");
  const frame raw = stomp::make_frame("SEND", {{"a", "c:d"}});
  EXPECT_EQ(named("no_nul").make(raw, {.v = stomp::version::v1_0}).parts[0].octets,
            "SEND\na:c:d\n\n");
  const frame login = stomp::make_frame("CONNECT", {{"login", "c:d"}});
  EXPECT_EQ(named("no_nul").make(login, {}).parts[0].octets, "CONNECT\nlogin:c:d\n\n");
}

TEST(Malformations, BreakNothingButWhatTheySay) {
  const frame f = stomp::make_frame("SEND", {}, "a\0b"s);
  EXPECT_EQ(named("unknown_command").make(f, {}).parts[0].octets,
            "BROKEN\ncontent-length:3\n\na\0b\0"s);
}

TEST(Malformations, CutTextBetweenCharacters) {
  const frame f = stomp::make_frame("SEND", {{"a", "\xE2\x82\xAC\xE2\x82\xAC"}});
  // 16 octets; the middle is inside the first of the two characters.
  const auto parts = named("frame_over_two_ws_messages").make(f, broker_ws).parts;
  EXPECT_EQ(parts[0].octets, "SEND\na:");
  EXPECT_EQ(parts[1].octets, "\xE2\x82\xAC\xE2\x82\xAC\n\n\0"s);
}

}  // namespace
}  // namespace mockbroker::test
