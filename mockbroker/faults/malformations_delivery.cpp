// Frames in unusual and in wrong pieces, and WebSocket frames that break RFC 6455.
#include <array>

#include "mockbroker/faults/malformations_parts.hpp"

namespace mockbroker {

namespace {

using std::string;
using std::string_view;
using stomp::frame;
using context = const malform_context&;
using ws::opcode;

// The first or a middle fragment of a message.
string open_fragment(context how, opcode op, string_view payload) {
  ws::write_options options;
  options.fin = false;
  return ws_frame(how, op, payload, options);
}

// One text message with these options in its header.
malformed text_with(const ws::write_options& options, const frame& f, context how) {
  return wire_part(ws_frame(how, opcode::text, octets_of(f, how), options));
}

malformed close_with(string_view payload, context how) {
  return wire_part(ws_frame(how, opcode::close, payload));
}

// The frame as a text message of two fragments with `between` between them.
malformed around(const std::vector<string>& between, const frame& f, context how) {
  const string octets = octets_of(f, how);
  const string_view half = first_half(octets);
  std::vector<string> parts{open_fragment(how, opcode::text, half)};
  parts.insert(parts.end(), between.begin(), between.end());
  parts.push_back(ws_frame(how, opcode::continuation, octets.substr(half.size())));
  return wire_parts(std::move(parts));
}

malformed frame_split_every_byte(const frame& f, context how) {
  const string octets = octets_of(f, how);
  std::vector<string> parts;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const string octet = octets.substr(i, 1);
    const opcode op = i == 0 ? opcode::text : opcode::continuation;
    parts.push_back(!how.websocket           ? octet
                    : i + 1 == octets.size() ? ws_frame(how, op, octet)
                                             : open_fragment(how, op, octet));
  }
  return wire_parts(std::move(parts));
}

malformed two_frames_one_ws_message(const frame& f, context how) {
  const string octets = octets_of(f, how);
  return stomp_part(octets + octets);
}

malformed frame_over_two_ws_messages(const frame& f, context how) {
  const string octets = octets_of(f, how);
  const string_view half = first_half(octets);
  return stomp_parts({string(half), octets.substr(half.size())});
}

// In the middle of the first header's name: a beat may get anywhere when two threads write.
malformed beat_inside_frame(const frame& f, context how) {
  draft d(f, how);
  string& line = d.lines.empty() ? d.command : d.lines.front();
  line.insert(line.substr(0, line.find(':')).size() / 2, 1, '\n');
  return stomp_part(d.octets());
}

malformed beat_crlf(const frame& f, context how) {
  return stomp_parts({"\r\n", octets_of(f, how)});
}

malformed ws_binary(const frame& f, context how) {
  return wire_part(ws_frame(how, opcode::binary, octets_of(f, how)));
}

malformed ws_fragmented_text(const frame& f, context how) { return around({}, f, how); }

malformed ws_ping_mid_fragment(const frame& f, context how) {
  return around({ws_frame(how, opcode::ping, "broken")}, f, how);
}

malformed ws_text_mid_fragment(const frame& f, context how) {
  return around({ws_frame(how, opcode::text, octets_of(f, how))}, f, how);
}

malformed ws_continuation_first(const frame& f, context how) {
  return wire_part(ws_frame(how, opcode::continuation, octets_of(f, how)));
}

malformed ws_unmasked(const frame& f, context how) {
  malform_context unmasked = how;
  unmasked.to_broker = false;
  return text_with({}, f, unmasked);
}

malformed ws_masked_from_server(const frame& f, context how) {
  malform_context masked = how;
  masked.to_broker = true;
  return text_with({}, f, masked);
}

malformed ws_rsv1(const frame& f, context how) {
  ws::write_options options;
  options.rsv = 4;
  return text_with(options, f, how);
}

malformed ws_reserved_opcode(const frame& f, context how) {
  return wire_part(ws_frame(how, static_cast<opcode>(3), octets_of(f, how)));
}

malformed ws_length_not_minimal(const frame& f, context how) {
  ws::write_options options;
  options.form = ws::length_form::in_64_bits;
  return text_with(options, f, how);
}

malformed ws_bad_utf8(const frame& f, context how) {
  draft d(f, how);
  d.lines.push_back("broken:\xC3(");
  return wire_part(ws_frame(how, opcode::text, d.octets()));
}

malformed ws_oversize(const frame& f, context how) {
  ws::write_options options;
  options.form = ws::length_form::in_64_bits;
  options.claimed_length = std::uint64_t{1} << 62U;
  return text_with(options, f, how);
}

malformed ws_ping_126_bytes(const frame& f, context how) {
  return wire_parts({ws_frame(how, opcode::ping, string(126, 'x')),
                     ws_frame(how, opcode::text, octets_of(f, how))});
}

malformed ws_ping_fragmented(const frame& f, context how) {
  return wire_parts({open_fragment(how, opcode::ping, "bro"),
                     ws_frame(how, opcode::continuation, "ken"),
                     ws_frame(how, opcode::text, octets_of(f, how))});
}

malformed ws_close_1005(const frame&, context how) { return close_with("\x03\xED", how); }
malformed ws_close_1006(const frame&, context how) { return close_with("\x03\xEE", how); }
malformed ws_close_reason_124(const frame&, context how) {
  return close_with("\x03\xE8" + string(124, 'x'), how);
}

constexpr bool both = false;    // over TCP and WebSocket
constexpr bool ws_only = true;  // over WebSocket

constexpr std::array table{
    malformation{"frame_split_every_byte",
                 "Octet by octet; on WebSocket as fragments of a message. Right.", both,
                 frame_split_every_byte},
    malformation{"two_frames_one_ws_message",
                 "The frame twice in one message; right, some brokers take the first only.",
                 ws_only, two_frames_one_ws_message},
    malformation{"frame_over_two_ws_messages",
                 "The frame's halves in two messages; right, some brokers want whole frames.",
                 ws_only, frame_over_two_ws_messages},
    malformation{"beat_inside_frame", "An LF in the middle of the first header's name.", both,
                 beat_inside_frame},
    malformation{"beat_crlf", "A beat of CR LF in front of the frame; right in STOMP 1.2 only.",
                 both, beat_crlf},
    malformation{"ws_binary", "The frame in a binary message; right, some brokers ignore it.",
                 ws_only, ws_binary},
    malformation{"ws_fragmented_text", "The frame in two fragments of a message. Right.", ws_only,
                 ws_fragmented_text},
    malformation{"ws_ping_mid_fragment", "A Ping between two fragments of the frame. Right.",
                 ws_only, ws_ping_mid_fragment},
    malformation{"ws_text_mid_fragment", "A new message between two fragments of the frame.",
                 ws_only, ws_text_mid_fragment},
    malformation{"ws_continuation_first", "The frame in a continuation of nothing.", ws_only,
                 ws_continuation_first},
    malformation{"ws_unmasked", "The frame without a mask; right towards a client.", ws_only,
                 ws_unmasked},
    malformation{"ws_masked_from_server", "The frame with a mask; right towards a broker.", ws_only,
                 ws_masked_from_server},
    malformation{"ws_rsv1", "RSV1 is set and no extension agreed.", ws_only, ws_rsv1},
    malformation{"ws_reserved_opcode", "The frame under opcode 3.", ws_only, ws_reserved_opcode},
    malformation{"ws_length_not_minimal", "The payload's length in 64 bits, whatever it is.",
                 ws_only, ws_length_not_minimal},
    malformation{"ws_bad_utf8", "A header 'broken' that is not UTF-8 in a text message.", ws_only,
                 ws_bad_utf8},
    malformation{"ws_oversize", "The WebSocket header announces 2^62 octets.", ws_only,
                 ws_oversize},
    malformation{"ws_ping_126_bytes", "A Ping of 126 octets in front of the frame.", ws_only,
                 ws_ping_126_bytes},
    malformation{"ws_ping_fragmented", "A Ping in two fragments in front of the frame.", ws_only,
                 ws_ping_fragmented},
    malformation{"ws_close_1005", "In the place of the frame a Close that says 1005.", ws_only,
                 ws_close_1005},
    malformation{"ws_close_1006", "In the place of the frame a Close that says 1006.", ws_only,
                 ws_close_1006},
    malformation{"ws_close_reason_124_bytes",
                 "In the place of the frame a Close with a reason of 124 octets, one too many.",
                 ws_only, ws_close_reason_124},
};

}  // namespace

std::span<const malformation> delivery_malformations() { return table; }

}  // namespace mockbroker
