// What can go wrong with STOMP, as std::error_code. Own text and peer text travel apart from the
// code, in `failure`.
#pragma once

#include <string>
#include <system_error>

namespace stomp {

// Numbers are stable. Each belongs to one condition (see below).
enum class errc {
  // The octets are not a frame (errc_condition::malformed_frame).
  header_without_colon = 1,        // S-GRM-4
  empty_header_name = 2,           // S-GRM-4
  bad_escape = 3,                  // S12-ESC-2
  stray_cr = 4,                    // S12-EOL-2
  nul_in_headers = 5,              // the frame ended before its header block did
  not_utf8 = 6,                    // S-UTF8-1
  bad_content_length = 7,          // S-CLEN-3: not 1*DIGIT
  conflicting_content_length = 8,  // S-CLEN-3: two different values
  missing_nul = 9,                 // S-CLEN-1: the octet after the body is not NUL
  body_not_allowed = 10,           // S-BODY-1
  incomplete_message = 11,         // a WebSocket message ended inside a frame
  stray_nul = 12,                  // NUL between frames where the dialect forbids it
  negative_content_length = 13,    // S-CLEN-3

  // A limit of ours (errc_condition::limit_exceeded).
  command_too_long = 20,
  header_line_too_long = 21,
  too_many_headers = 22,
  body_too_large = 23,
  too_many_subscriptions = 24,
  too_many_transactions = 25,
  too_much_pending = 26,  // input held back while a login is checked, or receipts not yet answered
  frame_too_large = 27,

  // We were asked to write what the version cannot express (errc_condition::not_expressible).
  bad_command = 30,              // empty, or with CR, LF or NUL
  header_not_expressible = 31,   // S12-ESC-3: would be a header injection or lose octets
  content_length_mismatch = 32,  // a content-length header that lies about the body
  nul_needs_content_length = 33,

  // The frame is well-formed but not allowed now (errc_condition::protocol_violation).
  unknown_command = 40,
  not_connected = 41,      // S-CON-1: the first frame is not CONNECT or STOMP
  already_connected = 42,  // S-CON-1: a second CONNECT
  no_common_version = 43,  // S-VER-2
  bad_heart_beat = 44,     // HB-1
  missing_header = 45,
  bad_header_value = 46,
  duplicate_subscription = 47,
  no_such_subscription = 48,
  unknown_ack = 49,  // S-ACK-2
  duplicate_transaction = 50,
  no_such_transaction = 51,
  unexpected_frame = 52,  // a client got a frame that servers do not send, or not now

  // Refused by policy (errc_condition::policy_rejected).
  login_failed = 60,
  host_rejected = 61,
  rejected = 62,           // the application said no
  error_from_server = 63,  // the client received ERROR
  client_id_in_use = 64,   // AMQ: the client-id of CONNECT belongs to another connection
  bad_destination = 65,    // a name the broker cannot use

  // Time passed (errc_condition::timeout).
  connect_timeout = 70,  // S-CON-1, S-CON-1b
  peer_silent = 71,      // HB-4
  disconnect_timeout = 72,

  // The peer left (errc_condition::peer_gone).
  disconnected = 80,     // in order, with DISCONNECT
  connection_lost = 81,  // without
};

// Groups of errc, to branch on: `if (code == stomp::errc_condition::timeout)`.
enum class errc_condition {
  malformed_frame = 1,
  limit_exceeded,
  not_expressible,
  protocol_violation,
  policy_rejected,
  timeout,
  peer_gone,
};

// The category of errc. Its message() is a sentence without peer text.
const std::error_category& error_category() noexcept;
std::error_code make_error_code(errc code) noexcept;
std::error_condition make_error_condition(errc_condition condition) noexcept;

// A code and what we say about it. `text` is ours; peer text in it is bounded and escaped.
struct failure {
  std::error_code code;
  std::string text;
  friend bool operator==(const failure&, const failure&) = default;
};

}  // namespace stomp

template <>
struct std::is_error_code_enum<stomp::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<stomp::errc_condition> : std::true_type {};
