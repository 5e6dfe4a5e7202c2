// Incremental STOMP decoder for both directions. Pull style: feed octets, take one event at a
// time, so that the version can change between two frames of one chunk. Owned by one session; no
// I/O, no exceptions for peer input. Any split of the input gives the same events (S-GRM-1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "stomp/dialect.hpp"
#include "stomp/error.hpp"
#include "stomp/frame.hpp"

namespace stomp {

// One EOL between frames: activity, never a frame (S-GRM-5).
struct heart_beat_octet {
  friend bool operator==(const heart_beat_octet&, const heart_beat_octet&) = default;
};

using parse_event = std::variant<frame, heart_beat_octet, failure>;

class parser {
 public:
  explicit parser(const dialect& rules) : rules_(rules) {}

  // Reads from the front of `input` and removes what it read. Returns one event, or nothing when
  // all of `input` is read and more is needed. After a failure the parser stays failed: it drops
  // input and returns nothing.
  std::optional<parse_event> next(std::string_view& input);

  // A message boundary of a message transport (WebSocket). Returns the frame that only lacks its
  // NUL under dialect::complete_missing_nul; a failure when a frame is cut and the dialect wants
  // one frame a message; else nothing, and the frame may go on in the next message.
  std::optional<parse_event> end_of_message();

  // The rules for the frames that follow. Until called, the rules of CONNECT hold: no escapes,
  // CRLF or LF, values trimmed (the version is not yet known). Only valid at_boundary().
  void set_version(version v) noexcept { version_ = v; }

  // Whether no frame is in progress: the only place for a heart-beat (HB-5).
  bool at_boundary() const noexcept { return state_ == state::between; }
  bool failed() const noexcept { return state_ == state::failed; }
  // Octets held for the frame in progress. Bounded by the dialect's limits.
  std::size_t buffered() const noexcept { return memory_; }

 private:
  enum class state { between, command, headers, counted_body, open_body, terminator, failed };

  std::optional<parse_event> between(std::string_view& input);
  std::optional<parse_event> read_line(std::string_view& input);
  std::optional<parse_event> end_line(std::string_view line);
  std::optional<parse_event> end_command(std::string_view line);
  std::optional<parse_event> end_header(std::string_view line);
  std::optional<parse_event> end_headers();
  std::optional<parse_event> read_counted(std::string_view& input);
  std::optional<parse_event> read_open(std::string_view& input);
  std::optional<parse_event> read_terminator(std::string_view& input);
  std::optional<parse_event> take_length();
  std::optional<parse_event> keep_body(std::string_view part);

  bool exceeds_frame(std::size_t more) const noexcept;
  parse_event frame_too_large();
  parse_event finish();
  parse_event fail(errc code, std::string_view detail);
  parse_event line_too_long(std::string_view line);
  bool strips_cr() const noexcept;
  bool trims() const noexcept;
  version escapes() const noexcept;  // whose escapes the frame in progress has
  bool forbids_cr() const noexcept;
  bool has_body() const noexcept;  // the command of the frame in progress is one with a body
  bool drops_body() const noexcept;
  bool connect_rules() const noexcept;

  dialect rules_;
  std::optional<version> version_;
  state state_ = state::between;
  bool cr_between_ = false;  // a CR between frames waits for its LF
  std::string line_;         // a line that came in pieces
  frame frame_;
  std::size_t memory_ = 0;
  std::size_t head_seen_ = 0;    // octets of command and headers, with their ends of line
  std::size_t body_seen_ = 0;    // octets of body read, also dropped ones
  std::size_t body_length_ = 0;  // announced, in counted_body
};

}  // namespace stomp
