// Close codes and the payload of a Close frame (RFC 6455 5.5.1 and 7.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ws {

// RFC 6455 7.4.1 and the IANA registry (W-CL-3).
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,  // never on the wire: a Close without a code
  abnormal = 1006,   // never on the wire: no Close at all
  bad_data = 1007,   // not UTF-8
  policy_violation = 1008,
  too_big = 1009,
  missing_extension = 1010,
  internal_error = 1011,
  restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
};

// Whether a peer may put `code` into a Close frame (W-CL-2).
constexpr bool may_be_sent(std::uint16_t code) noexcept {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

struct close_info {
  std::uint16_t code = static_cast<std::uint16_t>(close_code::no_status);
  std::string reason;
  friend bool operator==(const close_info&, const close_info&) = default;
};

// Reads the payload of a Close frame. Empty: 1005. Nothing when it is malformed: one octet, a
// code that must not be sent, or a reason that is not UTF-8; `fault` then says how to answer
// (1002, or 1007 for the reason).
std::optional<close_info> parse_close(std::string_view payload, close_code& fault);

// The payload for a Close frame: the code in two octets and the reason, cut to 123 octets at a
// character boundary (W-CL-5). Empty for 1005.
std::string make_close(std::uint16_t code, std::string_view reason = {});
std::string make_close(close_code code, std::string_view reason = {});

}  // namespace ws
