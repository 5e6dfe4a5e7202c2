#include "ws/message_reader.hpp"

#include <algorithm>
#include <utility>

namespace ws {

std::optional<read_event> message_reader::next(std::string_view& input) {
  while (true) {
    std::optional<read_event> event;
    if (state_ == state::closed || state_ == state::failed) {
      input = {};
      return std::nullopt;
    }
    if (state_ == state::header) {
      if (!decoder_.feed(input)) return std::nullopt;
      event = begin_frame();
    } else {
      if (input.empty()) return std::nullopt;
      event = read_payload(input);
    }
    if (event) return event;
  }
}

std::optional<read_event> message_reader::begin_frame() {
  const frame_header h = decoder_.header();
  decoder_.reset();
  const header_fault fault = decoder_.fault();
  const bool tolerated = fault == header_fault::length_not_minimal && !options_.minimal_lengths;
  if (fault != header_fault::none && !tolerated) {
    return fail(close_code::protocol_error, to_string(fault));
  }
  if (h.masked != (options_.self == role::server)) {
    return fail(close_code::protocol_error, h.masked ? "frame from the server is masked"
                                                     : "frame from the client is not masked");
  }
  const bool first_data = !is_control(h.op) && h.op != opcode::continuation;
  const unsigned allowed = first_data ? options_.allowed_rsv : 0U;
  if ((h.rsv & ~allowed & 0x7U) != 0) {
    return fail(close_code::protocol_error, "RSV bit without an agreed extension");
  }
  if (!is_control(h.op)) {
    if (auto event = begin_data(h)) return event;
  }
  done_ = 0;
  state_ = state::payload;
  return h.length == 0 ? end_frame() : std::nullopt;
}

std::string message_reader::too_big(std::string_view what, std::uint64_t octets,
                                    std::uint64_t limit) const {
  if (options_.too_big_text != nullptr) return options_.too_big_text(octets, limit);
  return std::string(what) + " is above " + std::to_string(limit) + " octets";
}

std::optional<read_event> message_reader::begin_data(const frame_header& h) {
  const bool continues = h.op == opcode::continuation;
  if (continues && fragments_ == 0) {
    return fail(close_code::protocol_error, "continuation without a message");
  }
  if (!continues && fragments_ != 0) {
    return fail(close_code::protocol_error, "new message inside a fragmented one");
  }
  if (h.length > options_.max_frame) {
    return fail(close_code::too_big, too_big("frame", h.length, options_.max_frame));
  }
  if (options_.join && h.length > options_.max_message - message_.size()) {
    return fail(close_code::too_big,
                too_big("message", message_.size() + h.length, options_.max_message));
  }
  if (++fragments_ > options_.max_fragments && options_.join) {
    return fail(close_code::policy_violation,
                "more than " + std::to_string(options_.max_fragments) + " fragments");
  }
  if (!continues) {
    message_op_ = h.op;
    message_rsv_ = h.rsv;
    utf8_.reset();
  }
  return std::nullopt;
}

std::optional<read_event> message_reader::read_payload(std::string_view& input) {
  const frame_header& h = decoder_.header();
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), h.length - done_));
  std::string& target = is_control(h.op) ? control_ : message_;
  const std::size_t before = target.size();
  target.append(input.substr(0, size));
  input.remove_prefix(size);
  if (h.masked) apply_mask(target.data() + before, size, h.key, done_);
  done_ += size;
  // An extension may have changed the octets: only plain text can be judged here (PMD-4).
  const bool is_text = !is_control(h.op) && message_op_ == opcode::text && message_rsv_ == 0;
  if (is_text && !utf8_.feed(std::string_view(target).substr(before))) {
    return fail(close_code::bad_data, "text message is not UTF-8");
  }
  return done_ == h.length ? end_frame() : std::nullopt;
}

std::optional<read_event> message_reader::end_frame() {
  const frame_header& h = decoder_.header();
  state_ = state::header;
  if (is_control(h.op)) return end_control(h.op);
  if (!h.fin && !options_.join) return message{h.op, std::exchange(message_, {}), h.rsv, false};
  if (!h.fin) return std::nullopt;
  if (message_op_ == opcode::text && message_rsv_ == 0 && !utf8_.complete()) {
    return fail(close_code::bad_data, "text message ends inside a character");
  }
  fragments_ = 0;
  if (!options_.join) return message{h.op, std::exchange(message_, {}), h.rsv};
  return message{message_op_, std::exchange(message_, {}), message_rsv_};
}

std::optional<read_event> message_reader::end_control(opcode op) {
  control event{op, std::exchange(control_, {})};
  if (op != opcode::close) return event;
  close_code fault = close_code::protocol_error;
  if (!parse_close(event.payload, fault)) return fail(fault, "malformed Close frame");
  state_ = state::closed;
  message_ = {};
  return event;
}

read_event message_reader::fail(close_code code, std::string_view text) {
  state_ = state::failed;
  message_ = {};
  control_ = {};
  return read_failure{code, std::string(text)};
}

}  // namespace ws
