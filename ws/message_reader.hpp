// Incremental WebSocket reader: octets in, whole messages and control frames out. Enforces
// RFC 6455 5 for one direction. Pull style like the STOMP parser. Any split of the input gives the
// same events; after a failure it stays failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ws/close.hpp"
#include "ws/header.hpp"
#include "ws/utf8.hpp"

namespace ws {

// Which end we are. A server reads masked frames, a client unmasked ones (W-FR-1).
enum class role { client, server };

// Words for a message of at least `octets` where `limit` are allowed; for the Close with 1009.
using too_big_text = std::string (*)(std::uint64_t octets, std::uint64_t limit);

struct reader_options {
  role self = role::server;
  std::uint64_t max_frame = 1024 * 1024;    // payload octets of one frame; more: 1009
  std::uint64_t max_message = 1024 * 1024;  // over all fragments; more: 1009
  std::size_t max_fragments = 10000;        // empty ones are legal, endless ones are not (W-FR-5)
  bool minimal_lengths = true;              // of data frames; false: a longer form is no breach
  std::uint8_t allowed_rsv = 0;             // RSV bits an agreed extension uses on data frames
  ws::too_big_text too_big_text = nullptr;  // null: our own words
  bool join = true;  // false: each data frame is an event of its own, max_message has no effect
};

// A whole text or binary message; `rsv` are the bits of its first frame. Without
// reader_options::join one data frame, also a continuation, and whether it ends its message.
struct message {
  opcode op = opcode::text;
  std::string payload;
  std::uint8_t rsv = 0;
  bool fin = true;
  friend bool operator==(const message&, const message&) = default;
};
// Ping, Pong or Close; may come between the fragments of a message (W-FR-4). A Close payload is
// already checked: parse_close() succeeds.
struct control {
  opcode op = opcode::ping;
  std::string payload;
  friend bool operator==(const control&, const control&) = default;
};
// The peer broke the rules; `code` is the one to close with. `text` is ours.
struct read_failure {
  close_code code = close_code::protocol_error;
  std::string text;
  friend bool operator==(const read_failure&, const read_failure&) = default;
};
using read_event = std::variant<message, control, read_failure>;

class message_reader {
 public:
  explicit message_reader(const reader_options& options) : options_(options) {}

  // Reads from the front of `input` and removes what it read. One event, or nothing when all of
  // `input` is read. What follows a failure or a Close is dropped (RFC 6455 5.5.1).
  std::optional<read_event> next(std::string_view& input);

  // Whether no frame is in progress. A fragmented message may be.
  bool at_frame_boundary() const noexcept { return state_ == state::header && decoder_.empty(); }
  // Whether a message has begun and not ended.
  bool in_message() const noexcept { return fragments_ != 0; }
  bool close_seen() const noexcept { return state_ == state::closed; }
  bool failed() const noexcept { return state_ == state::failed; }
  // Octets held. Bounded by max_message + 125.
  std::size_t buffered() const noexcept { return message_.size() + control_.size(); }

 private:
  enum class state { header, payload, closed, failed };

  std::optional<read_event> begin_frame();
  std::optional<read_event> begin_data(const frame_header& h);
  std::string too_big(std::string_view what, std::uint64_t octets, std::uint64_t limit) const;
  std::optional<read_event> read_payload(std::string_view& input);
  std::optional<read_event> end_frame();
  std::optional<read_event> end_control(opcode op);
  read_event fail(close_code code, std::string_view text);

  reader_options options_;
  header_decoder decoder_;
  state state_ = state::header;
  std::uint64_t done_ = 0;  // octets of the current payload
  std::string message_;
  std::string control_;
  opcode message_op_ = opcode::text;
  std::uint8_t message_rsv_ = 0;
  std::size_t fragments_ = 0;
  utf8_checker utf8_;
};

}  // namespace ws
