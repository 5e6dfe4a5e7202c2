// STOMP frames as a careful observer sees them: nothing is undone, nothing is refused. Written for
// the ladder alone, so that a mistake in stomp/ cannot hide itself. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

struct wire_frame {
  std::string command;
  std::vector<std::pair<std::string, std::string>> headers;  // as on the wire
  std::string body;
  std::string octets;  // the whole frame, its NUL included

  // The first header of that name.
  std::optional<std::string_view> get(std::string_view name) const;
};

// The frame in a whole WebSocket message, whatever it holds.
wire_frame read_message(std::string_view text);

// Frames and heart-beats in a stream of octets.
class frame_reader {
 public:
  // With `newline_follows` one LF behind each NUL belongs to the frame and is no heart-beat.
  explicit frame_reader(bool newline_follows) : newline_follows_(newline_follows) {}

  struct item {
    bool is_beat = false;
    wire_frame frame;
  };
  void feed(std::string_view octets) { buffer_ += octets; }
  // The next one, or nothing until more was fed.
  std::optional<item> next();
  // Octets of a frame that is not complete.
  const std::string& rest() const noexcept { return buffer_; }

 private:
  bool newline_follows_;
  bool after_nul_ = false;
  std::string buffer_;
};

// `value` without the escapes of `version` ("1.1", "1.2"; others have none). Unknown ones stay.
std::string unescape(std::string_view value, std::string_view version);

// For people: quotes where needed, escapes, at most `longest` characters.
std::string printable(std::string_view text, std::size_t longest = 200);
std::string to_text(const wire_frame& f);

}  // namespace harness::ladder
