// The STOMP frame: command, headers in wire order, body. Plain data; no wire rules live here
// (parser.hpp reads the wire, serializer.hpp writes it).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stomp {

// Protocol versions, in ascending order so that std::max picks the better one.
enum class version { v1_0, v1_1, v1_2 };

// "1.0", "1.1", "1.2".
std::string_view to_string(version v) noexcept;
// The inverse of to_string; nothing for any other text.
std::optional<version> parse_version(std::string_view text) noexcept;

// One header line after unescaping. Names are case sensitive (STOMP 1.2, Frames).
struct header {
  std::string name;
  std::string value;
  friend bool operator==(const header&, const header&) = default;
};

// One frame. Repeated headers are all kept in order: the first is the value, later ones are
// history (STOMP 1.2, Repeated Header Entries).
struct frame {
  std::string command;
  std::vector<header> headers;
  std::string body;

  // The value of the first header called `name`. The view lives as long as the frame is unchanged.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  // Like get(), with a value for "absent".
  std::string_view get_or(std::string_view name, std::string_view fallback) const noexcept;
  bool has(std::string_view name) const noexcept { return get(name).has_value(); }

  // Makes `value` the only value of `name`, at the place of its first occurrence or at the end.
  frame& set(std::string_view name, std::string_view value);
  // Puts the header in front, where it overrides what a peer wrote (S-REP-1).
  frame& prepend(std::string_view name, std::string_view value);
  // Puts the header at the end; an earlier one of that name keeps winning.
  frame& add(std::string_view name, std::string_view value);
  // Removes every header called `name`; returns how many there were.
  std::size_t remove(std::string_view name);

  friend bool operator==(const frame&, const frame&) = default;
};

// A frame from its parts.
frame make_frame(std::string_view command, std::initializer_list<header> headers = {},
                 std::string_view body = {});
// RECEIPT for the frame that asked with `receipt:<id>` (S-RCPT-1).
frame make_receipt(std::string_view receipt_id);
// ERROR with `message`, and for a body content-type text/plain. receipt-id is added when
// `receipt_id` is given (S-ERR-1). The serializer adds content-length.
frame make_error(std::string_view message, std::string_view body = {},
                 std::optional<std::string_view> receipt_id = std::nullopt);

// Whether frames of this command may have a body: SEND, MESSAGE and ERROR (S-BODY-1).
bool may_have_body(std::string_view command) noexcept;
// CONNECT, STOMP and CONNECTED: never escaped, read before a version is agreed.
bool is_connect_family(std::string_view command) noexcept;

// Memory a stored frame costs, in octets: its texts plus bookkeeping. For limits, not exact.
std::size_t memory_cost(const frame& f) noexcept;

}  // namespace stomp
