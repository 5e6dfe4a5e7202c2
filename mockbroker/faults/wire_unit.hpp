// What passes between a client and a broker, cut into the pieces that a journal lists and faults
// act on. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stomp/frame.hpp"

namespace mockbroker {

enum class way { to_broker, to_client };
// "to-broker", "to-client".
std::string_view to_string(way w) noexcept;
std::optional<way> parse_way(std::string_view text) noexcept;
constexpr way opposite(way w) noexcept {
  return w == way::to_broker ? way::to_client : way::to_broker;
}

struct wire_unit {
  enum class kind {
    request,   // head of an HTTP request
    response,  // head of an HTTP response
    frame,     // STOMP frame
    beat,      // end of line between frames (STOMP 1.2, Heart-beating)
    ping,
    pong,
    close,   // WebSocket Close
    octets,  // anything else: HTTP bodies, parts of frames, what is no STOMP
  };
  kind what = kind::octets;
  // frame: as parsed, values unescaped. request, response: the first line as command, the fields.
  stomp::frame frame;
  std::string text;        // ping, pong: payload; close: reason; octets: why it is no frame
  std::uint16_t code = 0;  // close: its code, 1005 without one; response: the status
  bool binary = false;     // came in a binary WebSocket message
  bool spans = false;      // frame: it began in an earlier WebSocket message, which has passed
  std::string raw;         // frame, beat, octets: as STOMP has them; else as on the wire
};
std::string_view to_string(wire_unit::kind k) noexcept;
std::optional<wire_unit::kind> parse_unit_kind(std::string_view text) noexcept;

// "SEND destination="/queue/a" body(5)="hello"", "beat", "close 1000 "bye"": one line, bounded,
// control characters escaped. Values of passcode, authorization and cookie headers are "***".
std::string summary_of(const wire_unit& unit);
// Whether the value of this header or field must not be shown.
bool is_secret(std::string_view header) noexcept;

// One stretch of the wire that is passed on as a whole: a head, a STOMP frame on TCP, a WebSocket
// message with all its fragments, a control frame.
struct wire_piece {
  std::string wire;              // as it came
  std::vector<wire_unit> units;  // what is in it, in order; a WebSocket message may hold none
  bool is_message = false;       // a WebSocket text or binary message
};

}  // namespace mockbroker
