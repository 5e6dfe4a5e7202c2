// What our own strict broker, client and WebSocket reader make of the malformations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mockbroker/faults/malformations_support.hpp"
#include "tests/unit/stomp/sessions.hpp"
#include "tests/unit/ws/wire.hpp"

namespace mockbroker::test {
namespace {

using stomp::errc;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Everything that a reader said about what was written.
struct verdict {
  std::vector<frame> frames;  // that reached the application
  std::error_code refused;    // by the session
  int ws_code = 0;            // of the refusal by the WebSocket reader
  int pings = 0;
  bool complete = true;  // no frame is in progress
};

// Parts as one stream of octets, text messages framed.
std::string stream_of(const malformed& m, const malform_context& how) {
  std::string out;
  for (const auto& p : m.parts) {
    if (!how.websocket || p.what == malformed::part::kind::wire) {
      out += p.octets;
    } else {
      ws::write_options options;
      if (how.to_broker) options.mask = how.mask;
      ws::write_frame(out, ws::opcode::text, p.octets, options);
    }
  }
  return out;
}

template <class Session>
void feed(Session& session, std::string_view octets, const malform_context& how, verdict& out) {
  if (!how.websocket) return session.on_bytes(octets, stomp_test::t0);
  ws::reader_options options;
  options.self = how.to_broker ? ws::role::server : ws::role::client;
  for (auto& event : ws_test::read({octets}, options)) {
    if (auto* m = std::get_if<ws::message>(&event)) session.on_message(m->payload, stomp_test::t0);
    if (auto* f = std::get_if<ws::read_failure>(&event)) out.ws_code = int(f->code);
    if (auto* c = std::get_if<ws::control>(&event)) out.pings += c->op == ws::opcode::ping;
  }
}

stomp::transport transport_of(const malform_context& how) {
  return how.websocket ? stomp::transport::messages : stomp::transport::stream;
}

// A broker with the strict rules reads it, CONNECT first unless it is the frame.
verdict broker_reads(std::string_view name, const frame& f, const malform_context& how,
                     stomp::version v = stomp::version::v1_2) {
  stomp_test::server_log log;
  stomp::server_options options;
  options.versions = {v};
  stomp::server_session session(options, transport_of(how), log, stomp_test::t0);
  verdict out;
  if (f.command != "CONNECT") {
    const std::string opening =
        "CONNECT\naccept-version:" + std::string(to_string(v)) + "\nhost:localhost\n\n\0"s;
    if (how.websocket) session.on_message(opening, stomp_test::t0);
    if (!how.websocket) session.on_bytes(opening, stomp_test::t0);
  }
  feed(session, stream_of(named(name).make(f, how), how), how, out);
  for (const auto& r : log.requests) out.frames.push_back(r.f);
  if (f.command == "CONNECT" && !log.connects.empty()) out.frames.push_back(f);
  if (log.out.closed) out.refused = log.out.closed->code;
  out.complete = session.buffered() == 0;
  return out;
}

// A client that has subscribed to "s" reads it; for CONNECTED, one that has sent CONNECT.
verdict client_reads(std::string_view name, const frame& f, const malform_context& how) {
  stomp_test::client_log log;
  stomp::client_session session({}, transport_of(how), log);
  verdict out;
  EXPECT_FALSE(session.connect(stomp_test::t0));
  if (f.command != "CONNECTED") {
    if (how.websocket) session.on_message(connected_octets, stomp_test::t0);
    if (!how.websocket) session.on_bytes(connected_octets, stomp_test::t0);
  }
  feed(session, stream_of(named(name).make(f, how), how), how, out);
  out.frames = log.messages;
  for (const auto& id : log.receipts) out.frames.push_back(stomp::make_receipt(id));
  if (f.command == "CONNECTED" && log.connected_as) out.frames.push_back(f);
  if (log.out.closed) out.refused = log.out.closed->code;
  return out;
}

struct refusal_row {
  std::string_view name;
  frame of;
  errc code;
};

const std::vector<refusal_row> refused_by_session{
    {"nul_in_header", send, errc::nul_in_headers},
    {"cr_only_eol", send, errc::nul_in_headers},
    {"no_blank_line", send, errc::nul_in_headers},
    {"empty_command", send, errc::body_not_allowed},
    {"lower_case_command", send, errc::body_not_allowed},
    {"lower_case_command", stomp::make_frame("ACK", {{"id", "1"}}), errc::unknown_command},
    {"unknown_command", send, errc::body_not_allowed},
    {"unknown_command", stomp::make_frame("ACK", {{"id", "1"}}), errc::unknown_command},
    {"leading_bom", send, errc::body_not_allowed},
    {"leading_bom", stomp::make_frame("ACK", {{"id", "1"}}), errc::unknown_command},
    {"header_without_colon", send, errc::header_without_colon},
    {"header_empty_name", send, errc::empty_header_name},
    {"bad_escape_\\t", send, errc::bad_escape},
    {"escape_at_end", send, errc::bad_escape},
    {"header_64k", send, errc::header_line_too_long},
    {"headers_10k", send, errc::too_many_headers},
    {"content_length_short", send, errc::missing_nul},
    {"content_length_negative", send, errc::negative_content_length},
    {"content_length_text", send, errc::bad_content_length},
    {"content_length_overflow", send, errc::body_too_large},
    {"body_with_nul_no_length", send, errc::nul_in_headers},
    {"body_on_SUBSCRIBE", send, errc::body_not_allowed},
    {"beat_inside_frame", send, errc::header_without_colon},
    {"second_CONNECT", send, errc::already_connected},
    {"SEND_before_CONNECT", connect, errc::not_connected},
    {"version_not_offered", connect, errc::no_common_version},
    {"heart-beat_text", connect, errc::bad_heart_beat},
    {"heart-beat_negative", connect, errc::bad_heart_beat},
    {"receipt_for_unknown_id", send, errc::unknown_command},
    {"MESSAGE_unknown_subscription", send, errc::unknown_command},
};

TEST(MalformationVerdicts, TheStrictBrokerRefusesBrokenFrames) {
  for (const auto& row : refused_by_session) {
    for (const auto& how : {broker_tcp, broker_ws}) {
      EXPECT_EQ(broker_reads(row.name, row.of, how).refused, row.code) << row.name;
    }
  }
}

struct ws_refusal_row {
  std::string_view name;
  ws::close_code code;
};

const std::vector<ws_refusal_row> refused_by_websocket{
    {"ws_text_mid_fragment", ws::close_code::protocol_error},
    {"ws_continuation_first", ws::close_code::protocol_error},
    {"ws_rsv1", ws::close_code::protocol_error},
    {"ws_reserved_opcode", ws::close_code::protocol_error},
    {"ws_length_not_minimal", ws::close_code::protocol_error},
    {"ws_bad_utf8", ws::close_code::bad_data},
    {"ws_oversize", ws::close_code::too_big},
    {"ws_ping_126_bytes", ws::close_code::protocol_error},
    {"ws_ping_fragmented", ws::close_code::protocol_error},
    {"ws_close_1005", ws::close_code::protocol_error},
    {"ws_close_1006", ws::close_code::protocol_error},
    {"ws_close_reason_124_bytes", ws::close_code::protocol_error},
};

TEST(MalformationVerdicts, BrokenWebSocketFramesAreRefusedAtBothEnds) {
  for (const auto& row : refused_by_websocket) {
    const auto broker = broker_reads(row.name, send, broker_ws);
    EXPECT_EQ(broker.ws_code, int(row.code)) << row.name;
    EXPECT_THAT(broker.frames, IsEmpty()) << row.name;
    const auto client = client_reads(row.name, message, client_ws);
    EXPECT_EQ(client.ws_code, int(row.code)) << row.name;
    EXPECT_THAT(client.frames, IsEmpty()) << row.name;
  }
}

TEST(MalformationVerdicts, AWrongMaskIsRefusedAtTheEndWhereItIsWrong) {
  EXPECT_EQ(broker_reads("ws_unmasked", send, broker_ws).ws_code, 1002);
  EXPECT_THAT(client_reads("ws_unmasked", message, client_ws).frames, ElementsAre(message));
  EXPECT_EQ(client_reads("ws_masked_from_server", message, client_ws).ws_code, 1002);
  EXPECT_THAT(broker_reads("ws_masked_from_server", send, broker_ws).frames, ElementsAre(send));
}

const std::vector<std::string_view> sound{
    "nul_twice", "crlf_mixed",         "frame_split_every_byte", "frame_over_two_ws_messages",
    "beat_crlf", "ws_fragmented_text", "ws_ping_mid_fragment",   "ws_binary",
};

TEST(MalformationVerdicts, SoundOnesAreReadAsTheFrameAtBothEnds) {
  for (const auto name : sound) {
    for (const bool websocket : {false, true}) {
      if (!websocket && named(name).websocket_only) continue;
      const auto broker = broker_reads(name, send, {.websocket = websocket});
      EXPECT_THAT(broker.frames, ElementsAre(send)) << name;
      EXPECT_FALSE(broker.refused) << name;
      EXPECT_EQ(broker.ws_code, 0) << name;
      const auto client = client_reads(name, message, {.to_broker = false, .websocket = websocket});
      EXPECT_THAT(client.frames, ElementsAre(message)) << name;
      EXPECT_EQ(broker.pings, name == "ws_ping_mid_fragment" ? 1 : 0);
    }
  }
}

TEST(MalformationVerdicts, TwoFramesOfOneMessageAreBothRead) {
  EXPECT_THAT(broker_reads("two_frames_one_ws_message", send, broker_ws).frames,
              ElementsAre(send, send));
  EXPECT_THAT(client_reads("two_frames_one_ws_message", message, client_ws).frames,
              ElementsAre(message, message));
}

TEST(MalformationVerdicts, OfRepeatedHeadersTheFirstCounts) {
  const auto got = broker_reads("repeated_header_first_wins", send, broker_tcp).frames;
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].get("destination"), "/queue/a");
}

TEST(MalformationVerdicts, AnUnescapedColonIsReadAsData) {
  const auto got = broker_reads("unescaped_colon_1.2", send, broker_tcp).frames;
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].get("broken"), "a:b");
}

TEST(MalformationVerdicts, StompOpensAConnectionAsConnectDoes) {
  const auto got = broker_reads("STOMP_instead_of_CONNECT", connect, broker_tcp);
  EXPECT_THAT(got.frames, ElementsAre(connect));
  EXPECT_FALSE(got.refused);
}

// What waits for more is refused by what follows, or by the end of its message.
TEST(MalformationVerdicts, AFrameWithoutItsEndIsNeverDelivered) {
  for (const std::string_view name :
       {"no_nul", "content_length_long", "truncated_frame_then_fin"}) {
    const auto got = broker_reads(name, send, broker_tcp);
    EXPECT_THAT(got.frames, IsEmpty()) << name;
    EXPECT_FALSE(got.complete) << name;
    stomp::dialect rules = stomp::strict();
    rules.message_boundary = stomp::boundary_rule::one_frame;
    stomp::parser parser(rules);
    parser.set_version(stomp::version::v1_2);
    const std::string octets = named(name).make(send, broker_ws).parts[0].octets;
    std::string_view input = octets;
    EXPECT_FALSE(parser.next(input)) << name;
    const auto event = parser.end_of_message();
    ASSERT_TRUE(event) << name;
    EXPECT_EQ(std::get<stomp::failure>(*event).code, errc::incomplete_message) << name;
  }
}

TEST(MalformationVerdicts, ADialectMayForbidTheSecondNul) {
  stomp::dialect rules = stomp::strict();
  rules.skip_nul_between_frames = false;
  stomp::parser parser(rules);
  const std::string octets = named("nul_twice").make(send, broker_tcp).parts[0].octets;
  std::string_view input = octets;
  EXPECT_TRUE(std::holds_alternative<frame>(*parser.next(input)));
  EXPECT_EQ(std::get<stomp::failure>(*parser.next(input)).code, errc::stray_nul);
}

TEST(MalformationVerdicts, MixedEndsOfLineAreBrokenInVersion1Dot1) {
  EXPECT_EQ(broker_reads("crlf_mixed", send, broker_tcp, stomp::version::v1_1).refused,
            errc::header_without_colon);
}

TEST(MalformationVerdicts, CoverEveryMalformation) {
  auto without = all_names();
  for (const auto& row : refused_by_session) std::erase(without, row.name);
  for (const auto& row : refused_by_websocket) std::erase(without, row.name);
  for (const auto name : sound) std::erase(without, name);
  // Those with a test of their own above.
  for (const std::string_view name :
       {"ws_unmasked", "ws_masked_from_server", "two_frames_one_ws_message",
        "repeated_header_first_wins", "unescaped_colon_1.2", "STOMP_instead_of_CONNECT", "no_nul",
        "content_length_long", "truncated_frame_then_fin"}) {
    std::erase(without, name);
  }
  EXPECT_THAT(without, IsEmpty());
}

TEST(MalformationVerdicts, TheStrictClientRefusesFramesOutOfOrder) {
  const std::vector<refusal_row> table{
      {"second_CONNECT", message, errc::unexpected_frame},
      {"SEND_before_CONNECT", connected, errc::unexpected_frame},
      {"STOMP_instead_of_CONNECT", connected, errc::unexpected_frame},
      {"version_not_offered", connected, errc::no_common_version},
      {"heart-beat_text", connected, errc::bad_heart_beat},
      {"heart-beat_negative", connected, errc::bad_heart_beat},
  };
  for (const auto& row : table) {
    for (const auto& how : {client_tcp, client_ws}) {
      EXPECT_EQ(client_reads(row.name, row.of, how).refused, row.code) << row.name;
    }
  }
}

TEST(MalformationVerdicts, TheClientReportsWhatItDidNotAskFor) {
  const auto receipt = client_reads("receipt_for_unknown_id", message, client_tcp).frames;
  EXPECT_THAT(receipt, ElementsAre(message, stomp::make_receipt("broken")));
  const auto messages = client_reads("MESSAGE_unknown_subscription", message, client_tcp).frames;
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].get("subscription"), "broken");
  EXPECT_EQ(messages[1], message);
}

TEST(MalformationVerdicts, DoNotDependOnTheMask) {
  malform_context masked = broker_ws;
  masked.mask = {0x12, 0x34, 0x56, 0x78};
  for (const auto& m : malformations()) {
    const auto with_zeros = broker_reads(m.name, send, broker_ws);
    const auto with_key = broker_reads(m.name, send, masked);
    EXPECT_EQ(with_key.frames, with_zeros.frames) << m.name;
    EXPECT_EQ(with_key.refused, with_zeros.refused) << m.name;
    EXPECT_EQ(with_key.ws_code, with_zeros.ws_code) << m.name;
  }
}

}  // namespace
}  // namespace mockbroker::test
