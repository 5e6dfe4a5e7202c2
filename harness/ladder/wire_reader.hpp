// Server octets to frames as they came. A second opinion on purpose: it shares no code with stomp/,
// forgives everything and decodes nothing, so that rows can look at escapes and at what is not
// a frame. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harness::ladder {

struct wire_frame {
  std::string command;
  // In wire order, not unescaped; a line without ':' has no value.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  const std::string* find(std::string_view name) const;
};

// Decodes \n \r \c and \\ of STOMP 1.1 and 1.2; other sequences stay.
std::string unescaped(std::string_view text);
// The wire form for `version` ("1.0", "1.1", "1.2" or "" before it is known).
std::string escaped(std::string_view text, std::string_view version);

class wire_reader {
 public:
  enum class event { none, frame, eol };
  // Who writes the octets. As brokers do, a client's NULs between frames and the CR of CR LF are
  // passed over, and content-length counts on what may have a body (STOMP 1.2) only.
  enum class from { broker, client };

  explicit wire_reader(from whom = from::broker) : is_client_(whom == from::client) {}

  // Takes octets from the front of `input` up to the next event; `frame()` is valid behind
  // event::frame. An LF right behind a frame's NUL is event::eol like any other.
  event next(std::string_view& input);
  wire_frame take() { return std::exchange(frame_, {}); }
  // Octets of a frame that has begun and not ended.
  const std::string& rest() const noexcept { return held_; }

 private:
  bool read_head();

  bool is_client_;
  std::string held_;
  std::size_t searched_ = 0;
  bool in_body_ = false;
  std::optional<std::size_t> length_;
  wire_frame frame_;
};

}  // namespace harness::ladder
