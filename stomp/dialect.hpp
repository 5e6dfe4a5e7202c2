// Named switches for everything in which STOMP peers differ. Codec and sessions take one of these;
// `strict` and `lenient` are presets, a broker profile is another.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "stomp/frame.hpp"

namespace stomp {

// Limits for reading, in octets unless said otherwise (S-LIM-1).
struct limits {
  std::size_t command = 1024;                  // command line without its EOL
  std::size_t header_line = 10 * 1024;         // one header line without its EOL
  std::size_t headers = 1000;                  // header lines in one frame (a count)
  std::size_t body = std::size_t{100} << 20U;  // 100 MiB
  std::size_t frame = 0;                       // all of a frame up to its NUL; 0: no limit
};

// What a CR in front of LF means. Per version unless overridden (S12-EOL-1, S12-EOL-2).
enum class cr_rule {
  per_version,  // 1.0, 1.2 and CONNECT: part of the EOL; 1.1: part of the value
  part_of_eol,  // everywhere part of the EOL
};
// A backslash sequence the version does not define (S12-ESC-2).
enum class escape_rule { fatal, keep_as_is };
// A header line without ':' or with an empty name (S-GRM-4).
enum class colon_rule {
  fatal,
  ignore_line,
  whole_line_is_name,  // without ':' the value is empty (AMQ-PARSE-1); an empty name stays fatal
};
// Which values lose spaces and tabs at their ends (S11-TRIM-1).
enum class trim_rule { per_version, always, never };
// A body on a frame that must not have one (S-BODY-1). STOMP 1.0 frames always drop it.
enum class body_rule { fatal, drop };
// Which frames honour content-length, and how it is read: digits, or (S-CLEN-4: ActiveMQ) only on
// SEND and MESSAGE, as Java reads integers.
enum class length_rule { any_frame, frames_with_body };
// What a WebSocket message boundary means.
enum class boundary_rule {
  none,  // frames may be split and merged over messages at will
  // A message is one frame or exactly "\n": a partial or missing one is an error, what follows the
  // frame is dropped (AMQ-WS-2).
  one_frame,
};
// How commands are recognised (AMQ-PARSE-1).
enum class command_rule {
  exact,
  prefix,  // also trimmed of octets up to 0x20, NUL included
};
// Where a header block ends.
enum class header_end_rule {
  empty_line,
  short_line,  // at a line of at most one octet (AMQ-PARSE-1)
};
// How the parts of accept-version are compared (S-VER-1).
enum class version_list_rule {
  trimmed,
  verbatim,  // "1.0, 1.2" offers 1.0 and " 1.2"
};
// What a heart-beat header may be (HB-1).
enum class beat_header_rule {
  digits,    // two runs of digits
  integers,  // as Java reads them: signs allowed, spaces not
};
// What frames before CONNECT and a second CONNECT do (S-CON-1).
enum class order_rule {
  fatal,
  tolerant,  // ERROR, and the connection goes on; DISCONNECT before CONNECT says nothing
};
// Who checks headers, subscription ids and transactions of client frames.
enum class check_rule {
  session,      // server_book, before deliver()
  application,  // whoever gets deliver(): every frame with a known command arrives
};

// Which refused frames also end the connection. A malformed frame always does.
struct fatal_errors {
  bool unknown_command = true;
  bool invalid_frame = true;  // missing or wrong headers, unknown subscription or transaction
  bool unknown_ack = true;    // S-ACK-2
  bool refused = true;        // the application refused a SEND or SUBSCRIBE (S-ERR-1)
};

struct dialect {
  limits limit{};
  cr_rule cr = cr_rule::per_version;
  bool stray_cr_is_error = true;  // S12-EOL-2, only where the version forbids it
  escape_rule unknown_escapes = escape_rule::fatal;
  bool unescape_names = true;     // ActiveMQ does not (AMQ-PARSE-1)
  bool unescape_connect = false;  // ActiveMQ does
  bool unescape_1_0 = false;      // ActiveMQ does
  colon_rule colon = colon_rule::fatal;
  trim_rule trim = trim_rule::per_version;
  body_rule body = body_rule::fatal;
  length_rule content_length = length_rule::any_frame;
  bool conflicting_lengths_are_errors = true;  // S-CLEN-3
  bool check_utf8 = true;                      // S-UTF8-1
  bool skip_nul_between_frames = true;         // S-GRM-5
  bool complete_missing_nul = false;           // QSJ-5: React Native cuts the NUL of a text message
  boundary_rule message_boundary = boundary_rule::none;
  command_rule commands = command_rule::exact;
  header_end_rule header_end = header_end_rule::empty_line;
  bool nul_in_headers_is_data = false;  // else it ends the frame, which is an error
  bool keep_repeated_headers = true;    // else only the first counts, also for limits::headers
  version_list_rule version_list = version_list_rule::trimmed;
  beat_header_rule beat_header = beat_header_rule::digits;
  bool beats_in_1_0 = false;  // a heart-beat header counts in every version
  order_rule order = order_rule::fatal;
  check_rule checks = check_rule::session;
  bool unknown_ack_mode_is_error = true;  // S-ACKM-1; else it means auto
  fatal_errors fatal{};
};

// The specification to the letter where it says MUST, and an error where it is silent.
dialect strict() noexcept;
// Takes what careless clients send, as long as there is only one way to read it.
dialect lenient() noexcept;

// How messages of one subscription are acknowledged (S-ACKM-1).
enum class ack_mode { automatic, client, client_individual };
// "auto", "client", "client-individual".
std::string_view to_string(ack_mode mode) noexcept;
// The inverse of to_string; nothing for any other text.
std::optional<ack_mode> parse_ack_mode(std::string_view text) noexcept;

// Client commands as a session sees them.
enum class command {
  connect,  // CONNECT or STOMP
  send,
  subscribe,
  unsubscribe,
  ack,
  nack,
  begin,
  commit,
  abort,
  disconnect,
};
// Which client command `text` is under `rules`; nothing if it is none (S-GRM-2).
std::optional<command> classify(std::string_view text, const dialect& rules) noexcept;

}  // namespace stomp
