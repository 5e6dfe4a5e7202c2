#include "stomp/parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "stomp/escape.hpp"
#include "stomp/text.hpp"

namespace stomp {
namespace {

// Peers announce lengths they never send; only this much is reserved on their word alone.
constexpr std::size_t trusted_reserve = 64 * 1024;
constexpr std::size_t shown = 40;  // octets of a peer's line in an error text

std::size_t find(std::string_view text, char c) noexcept {
  if (text.empty()) return std::string_view::npos;
  const void* p = std::memchr(text.data(), c, text.size());
  return p == nullptr ? std::string_view::npos
                      : static_cast<std::size_t>(static_cast<const char*>(p) - text.data());
}

// Without octets up to 0x20 at both ends, as Java trims.
std::string_view trim_controls(std::string_view text) noexcept {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_control(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_control(text.back())) text.remove_suffix(1);
  return text;
}

// 1*DIGIT up to `limit`. Nothing when it is not a number; limit + 1 when it is larger (S-CLEN-3).
std::optional<std::size_t> parse_length(std::string_view text, std::size_t limit) noexcept {
  if (text.empty()) return std::nullopt;
  std::size_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (value <= limit) value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return std::min(value, limit + 1);
}

}  // namespace

std::optional<parse_event> parser::next(std::string_view& input) {
  while (!input.empty()) {
    std::optional<parse_event> event;
    switch (state_) {
      case state::between:
        event = between(input);
        break;
      case state::command:
      case state::headers:
        event = read_line(input);
        break;
      case state::counted_body:
        event = read_counted(input);
        break;
      case state::open_body:
        event = read_open(input);
        break;
      case state::terminator:
        event = read_terminator(input);
        break;
      case state::failed:
        input = {};
        break;
    }
    if (event) return event;
  }
  return std::nullopt;
}

std::optional<parse_event> parser::end_of_message() {
  if (state_ == state::between || state_ == state::failed) return std::nullopt;
  const bool whole = state_ == state::terminator || state_ == state::open_body;
  if (whole && rules_.complete_missing_nul) return finish();
  if (rules_.message_boundary == boundary_rule::one_frame) {
    return fail(errc::incomplete_message, "the message ended inside the frame (no NUL)");
  }
  return std::nullopt;
}

std::optional<parse_event> parser::between(std::string_view& input) {
  const char c = input.front();
  if (c == '\n') {
    input.remove_prefix(1);
    cr_between_ = false;
    return heart_beat_octet{};
  }
  if (cr_between_ && rules_.stray_cr_is_error) return fail(errc::stray_cr, "CR between frames");
  cr_between_ = c == '\r';
  if (c == '\0' && !rules_.skip_nul_between_frames) {
    return fail(errc::stray_nul, "NUL between frames");
  }
  if (c == '\r' || c == '\0') {
    input.remove_prefix(1);
  } else {
    state_ = state::command;
  }
  return std::nullopt;
}

// Reads up to the next LF. A NUL or too long a line is found as early as it can be, so that
// the verdict does not depend on how the input was cut.
std::optional<parse_event> parser::read_line(std::string_view& input) {
  const std::size_t lf = find(input, '\n');
  const std::string_view piece = input.substr(0, lf);
  const std::size_t nul =
      rules_.nul_in_headers_is_data ? std::string_view::npos : find(piece, '\0');
  const std::string_view part = piece.substr(0, nul);
  const std::size_t limit =
      state_ == state::command ? rules_.limit.command : rules_.limit.header_line;
  // One octet more than the limit may still turn out to be the CR of the EOL.
  if (line_.size() + part.size() > limit + 1) {
    line_.append(part.substr(0, shown));
    return line_too_long(line_);
  }
  if (nul != std::string_view::npos) {
    line_.append(part);
    const std::string line = std::move(line_);
    return fail(errc::nul_in_headers, "NUL in line " + quote_peer_text(line, shown));
  }
  if (lf == std::string_view::npos) {
    line_.append(part);
    memory_ += part.size();
    input = {};
    return std::nullopt;
  }
  input.remove_prefix(lf + 1);
  if (line_.empty()) return end_line(part);
  line_.append(part);
  const std::string line = std::exchange(line_, {});
  return end_line(line);
}

std::optional<parse_event> parser::end_line(std::string_view line) {
  if (strips_cr() && line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t limit =
      state_ == state::command ? rules_.limit.command : rules_.limit.header_line;
  if (line.size() > limit) return line_too_long(line);
  if (rules_.check_utf8 && !is_utf8(line)) {
    return fail(errc::not_utf8, "line " + quote_peer_text(line, shown) + " is not UTF-8");
  }
  if (forbids_cr() && find(line, '\r') != std::string_view::npos) {
    return fail(errc::stray_cr,
                "CR without LF in line " + quote_peer_text(line, shown) + " (expected CR LF)");
  }
  return state_ == state::command ? end_command(line) : end_header(line);
}

std::optional<parse_event> parser::end_command(std::string_view line) {
  if (rules_.commands == command_rule::prefix) {
    line = trim_controls(line);
    if (line.empty()) {
      state_ = state::between;
      return std::nullopt;
    }
  }
  if (rules_.trim == trim_rule::always) line = trim(line);
  frame_.command = line;
  memory_ = sizeof(frame) + line.size();
  head_seen_ = line.size() + 1;
  state_ = state::headers;
  return std::nullopt;
}

std::optional<parse_event> parser::end_header(std::string_view line) {
  const std::size_t last = rules_.header_end == header_end_rule::short_line ? 1 : 0;
  head_seen_ += line.size() + 1;
  if (exceeds_frame(0)) return frame_too_large();
  if (line.size() <= last) return end_headers();
  std::size_t colon = find(line, ':');  // S-GRM-3: the first one; later ones are data
  const bool is_name = rules_.colon == colon_rule::whole_line_is_name;
  if (colon == std::string_view::npos && is_name) colon = line.size();
  if (colon == std::string_view::npos || colon == 0) {
    if (rules_.colon == colon_rule::ignore_line) return std::nullopt;
    return fail(colon == 0 ? errc::empty_header_name : errc::header_without_colon,
                "header line " + quote_peer_text(line, shown) + " (expected name:value)");
  }
  const std::string_view raw_name = line.substr(0, colon);
  std::string_view raw_value = line.substr(std::min(colon + 1, line.size()));
  if (trims()) raw_value = trim(raw_value);
  if (!rules_.keep_repeated_headers && frame_.has(raw_name)) return std::nullopt;
  if (frame_.headers.size() >= rules_.limit.headers) {
    return fail(errc::too_many_headers,
                "more than " + std::to_string(rules_.limit.headers) + " headers");
  }
  header& h = frame_.headers.emplace_back();
  const version v = escapes();
  const bool good = unescape(raw_name, rules_.unescape_names ? v : version::v1_0,
                             rules_.unknown_escapes, h.name) &&
                    unescape(raw_value, v, rules_.unknown_escapes, h.value);
  if (!good) {
    return fail(errc::bad_escape, "undefined escape in header line " +
                                      quote_peer_text(line, shown) + " for version " +
                                      std::string(to_string(v)));
  }
  // ActiveMQ trims what it has decoded.
  if (rules_.unescape_1_0 && trims()) h.value = std::string(trim_controls(h.value));
  memory_ += sizeof(header) + line.size();
  return std::nullopt;
}

std::optional<parse_event> parser::end_headers() {
  body_seen_ = 0;
  state_ = state::open_body;
  const bool honoured =
      rules_.content_length == length_rule::any_frame || may_have_body(frame_.command);
  return honoured ? take_length() : std::nullopt;
}

std::optional<parse_event> parser::take_length() {
  std::optional<std::string_view> first;
  for (const header& h : frame_.headers) {
    if (h.name != "content-length") continue;
    if (!first) first = h.value;
    // S-CLEN-3: two readers that pick different ones would see different frames.
    if (*first != h.value && rules_.conflicting_lengths_are_errors) {
      return fail(errc::conflicting_content_length, "content-length is both " +
                                                        quote_peer_text(*first, shown) + " and " +
                                                        quote_peer_text(h.value, shown));
    }
  }
  if (!first) return std::nullopt;
  std::string number(*first);
  if (rules_.content_length == length_rule::frames_with_body) {
    const auto read = parse_int32(trim_controls(*first));
    number = read ? std::to_string(*read) : "";
  }
  if (number.starts_with('-') && parse_length(number.substr(1), rules_.limit.body)) {
    return fail(errc::negative_content_length,
                "content-length " + quote_peer_text(*first, shown) + " (expected digits)");
  }
  const std::optional<std::size_t> length = parse_length(number, rules_.limit.body);
  if (!length) {
    return fail(errc::bad_content_length,
                "content-length " + quote_peer_text(*first, shown) + " (expected digits)");
  }
  if (*length > rules_.limit.body) {
    return fail(errc::body_too_large, "content-length " + quote_peer_text(*first, shown) +
                                          " is above " + std::to_string(rules_.limit.body));
  }
  if (exceeds_frame(*length)) return frame_too_large();
  body_length_ = *length;
  state_ = body_length_ == 0 ? state::terminator : state::counted_body;
  if (!drops_body()) frame_.body.reserve(std::min(body_length_, trusted_reserve));
  return std::nullopt;
}

bool parser::exceeds_frame(std::size_t more) const noexcept {
  return rules_.limit.frame != 0 && head_seen_ + more > rules_.limit.frame;
}

parse_event parser::frame_too_large() {
  return fail(errc::frame_too_large,
              "frame is above " + std::to_string(rules_.limit.frame) + " octets");
}

std::optional<parse_event> parser::read_counted(std::string_view& input) {
  const std::string_view part = input.substr(0, body_length_ - body_seen_);
  input.remove_prefix(part.size());
  if (auto error = keep_body(part)) return error;
  if (body_seen_ == body_length_) state_ = state::terminator;
  return std::nullopt;
}

std::optional<parse_event> parser::read_open(std::string_view& input) {
  const std::size_t nul = find(input, '\0');
  const std::string_view part = input.substr(0, nul);
  const bool counts = has_body() || drops_body();
  if (counts && part.size() > rules_.limit.body - body_seen_) {
    return fail(errc::body_too_large,
                "body is above " + std::to_string(rules_.limit.body) + " octets");
  }
  if (exceeds_frame(body_seen_ + part.size())) return frame_too_large();
  input.remove_prefix(part.size());
  if (auto error = keep_body(part)) return error;
  if (nul == std::string_view::npos) return std::nullopt;
  input.remove_prefix(1);
  return finish();
}

std::optional<parse_event> parser::read_terminator(std::string_view& input) {
  if (input.front() != '\0') {
    return fail(errc::missing_nul, "octet " + quote_peer_text(input.substr(0, 1)) + " after " +
                                       std::to_string(body_length_) +
                                       " octets of body (expected NUL)");
  }
  input.remove_prefix(1);
  return finish();
}

std::optional<parse_event> parser::keep_body(std::string_view part) {
  if (part.empty()) return std::nullopt;
  body_seen_ += part.size();
  if (drops_body()) return std::nullopt;
  if (!has_body()) {
    return fail(errc::body_not_allowed, "body (only SEND, MESSAGE and ERROR have one)");
  }
  frame_.body.append(part);
  memory_ += part.size();
  return std::nullopt;
}

parse_event parser::finish() {
  state_ = state::between;
  memory_ = 0;
  cr_between_ = false;
  return std::exchange(frame_, {});
}

parse_event parser::fail(errc code, std::string_view detail) {
  std::string text =
      frame_.command.empty() ? std::string{} : quote_peer_text(frame_.command, 24) + ": ";
  text += detail;
  state_ = state::failed;
  frame_ = {};
  line_ = {};
  memory_ = 0;
  return failure{code, std::move(text)};
}

parse_event parser::line_too_long(std::string_view line) {
  const bool is_command = state_ == state::command;
  const std::size_t limit = is_command ? rules_.limit.command : rules_.limit.header_line;
  const std::string text = std::string(is_command ? "command " : "header line ") +
                           quote_peer_text(line.substr(0, limit), std::min(shown, limit) - 1) +
                           " is above " + std::to_string(limit) + " octets";
  return fail(is_command ? errc::command_too_long : errc::header_line_too_long, text);
}

bool parser::connect_rules() const noexcept {
  return !version_ || is_connect_family(frame_.command);
}

version parser::escapes() const noexcept {
  const bool connecting = connect_rules();
  const version v = connecting ? version::v1_0 : *version_;
  const bool raised = connecting ? rules_.unescape_connect : rules_.unescape_1_0;
  return v == version::v1_0 && raised ? version::v1_1 : v;
}

bool parser::strips_cr() const noexcept {
  if (rules_.cr == cr_rule::part_of_eol || connect_rules()) return true;
  return *version_ != version::v1_1;
}

bool parser::forbids_cr() const noexcept {
  return rules_.stray_cr_is_error && !connect_rules() && *version_ == version::v1_2;
}

bool parser::trims() const noexcept {
  if (rules_.trim != trim_rule::per_version) return rules_.trim == trim_rule::always;
  return connect_rules() || *version_ == version::v1_0;
}

bool parser::has_body() const noexcept {
  return may_have_body(frame_.command) || classify(frame_.command, rules_) == command::send;
}

bool parser::drops_body() const noexcept {
  if (has_body()) return false;
  // STOMP 1.0 says nothing of the kind; its SUBSCRIBE body is read and ignored (S-BODY-1).
  return rules_.body == body_rule::drop || (version_ == version::v1_0 && !connect_rules());
}

}  // namespace stomp
