// Grammar and meaning of single header fields and of request targets (RFC 9110, RFC 9112), as far
// as framing and routing depend on them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_types.hpp"

namespace net {

// Why a message was refused: the status to answer a client with, and a sentence for people.
struct http_error {
  int status = 0;  // 0: no error
  std::string detail;
  explicit operator bool() const noexcept { return status != 0; }
};

// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view text) noexcept;
// One or more characters of RFC 9110 5.6.2.
bool is_token(std::string_view text) noexcept;
// No control character other than the tab.
bool is_field_text(std::string_view text) noexcept;
// "host", "host:port", "[v6]:port" without user, blanks or list; empty is true (RFC 9112 3.2).
bool is_authority(std::string_view text) noexcept;

// The one length that all Content-Length fields announce: decimal digits, or a list of equal ones.
// Nothing when they are malformed, differ, or there is none.
std::optional<std::uint64_t> announced_length(const header_list& headers);

// Looks at method, target and Host together. In absolute form the target's authority takes the
// place of the Host field (RFC 9112 3.2.2), and an empty path becomes "/".
http_error check_target(http_request& request);

// What a Keep-Alive field says about the connection that it came on (RFC 2068 19.7.1).
struct keep_alive_terms {
  std::optional<duration> timeout;        // idle time after which the server will close
  std::optional<std::uint64_t> requests;  // "max": how many more it takes
};
// Parameters that are unknown or malformed say nothing.
keep_alive_terms parse_keep_alive(std::string_view field);

// False for fields that frame, route, authenticate or modify a message, or belong to one
// connection: in a trailer they come too late to be obeyed, and are dropped (RFC 9110 6.5.1).
bool may_be_trailer(std::string_view name) noexcept;

}  // namespace net
