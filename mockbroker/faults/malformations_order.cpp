// Sound frames at the wrong time, or that say what was not agreed.
#include <array>

#include "mockbroker/faults/malformations_parts.hpp"

namespace mockbroker {

namespace {

using std::string;
using std::string_view;
using stomp::frame;
using context = const malform_context&;

malformed frames(const frame& first, const frame& second, context how) {
  return stomp_parts({octets_of(first, how), octets_of(second, how)});
}

// The frame that opens a connection: `f` if it is one, else one of our own.
frame opening(const frame& f, context how) {
  const string_view v = stomp::to_string(how.v);
  if (!how.to_broker) {
    return f.command == "CONNECTED" ? f : stomp::make_frame("CONNECTED", {{"version", string(v)}});
  }
  if (f.command == "CONNECT" || f.command == "STOMP") return f;
  return stomp::make_frame("CONNECT", {{"accept-version", string(v)}, {"host", "localhost"}});
}

malformed opening_with(string_view name, string_view value, const frame& f, context how) {
  frame changed = opening(f, how);
  changed.set(name, value);
  return stomp_part(octets_of(changed, how));
}

frame message_of_nobody() {
  return stomp::make_frame(
      "MESSAGE",
      {{"subscription", "broken"}, {"message-id", "broken"}, {"destination", "/queue/broken"}},
      "broken");
}

malformed second_connect(const frame& f, context how) { return frames(f, opening(f, how), how); }

malformed send_before_connect(const frame& f, context how) {
  if (!how.to_broker) return frames(message_of_nobody(), f, how);
  return frames(stomp::make_frame("SEND", {{"destination", "/queue/broken"}}, "broken"), f, how);
}

malformed stomp_instead_of_connect(const frame& f, context how) {
  frame changed = opening(f, how);
  changed.command = "STOMP";
  return stomp_part(octets_of(changed, how));
}

malformed version_not_offered(const frame& f, context how) {
  return opening_with(how.to_broker ? "accept-version" : "version", "9.9", f, how);
}

malformed heart_beat_text(const frame& f, context how) {
  return opening_with("heart-beat", "many,few", f, how);
}

malformed heart_beat_negative(const frame& f, context how) {
  return opening_with("heart-beat", "-1,-1", f, how);
}

malformed receipt_for_unknown_id(const frame& f, context how) {
  return frames(stomp::make_receipt("broken"), f, how);
}

malformed message_unknown_subscription(const frame& f, context how) {
  return frames(message_of_nobody(), f, how);
}

constexpr bool both = false;  // over TCP and WebSocket

constexpr std::array table{
    malformation{"second_CONNECT", "A CONNECT behind the frame; towards a client CONNECTED.", both,
                 second_connect},
    malformation{"SEND_before_CONNECT",
                 "A SEND in front of the frame, which should be CONNECT; towards a client MESSAGE.",
                 both, send_before_connect},
    malformation{"STOMP_instead_of_CONNECT",
                 "STOMP in the place of CONNECT, or of the frame; right since 1.1.", both,
                 stomp_instead_of_connect},
    malformation{"version_not_offered",
                 "CONNECT, or CONNECTED, of version 9.9; in the place of any other frame.", both,
                 version_not_offered},
    malformation{"heart-beat_text",
                 "CONNECT, or CONNECTED, with heart-beat 'many,few'; in the place of any other "
                 "frame.",
                 both, heart_beat_text},
    malformation{"heart-beat_negative",
                 "CONNECT, or CONNECTED, with heart-beat '-1,-1'; in the place of any other frame.",
                 both, heart_beat_negative},
    malformation{"receipt_for_unknown_id", "In front of the frame a RECEIPT that nobody asked for.",
                 both, receipt_for_unknown_id},
    malformation{"MESSAGE_unknown_subscription",
                 "In front of the frame a MESSAGE of a subscription that nobody has.", both,
                 message_unknown_subscription},
};

}  // namespace

std::span<const malformation> order_malformations() { return table; }

}  // namespace mockbroker
