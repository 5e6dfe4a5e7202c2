#include "mockbroker/faults/wire_splitter.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "stomp/text.hpp"
#include "ws/close.hpp"

namespace mockbroker {

namespace {

// More octets of a piece are not kept: it flows on as octets.
constexpr std::size_t most_held = std::size_t{128} << 20U;
constexpr std::size_t longest_head = 64 * 1024;

stomp::dialect reading_rules() {
  stomp::dialect rules = stomp::lenient();
  rules.limit.command = 64 * 1024;
  rules.limit.header_line = 1024 * 1024;
  rules.limit.headers = 100000;
  rules.limit.body = most_held;
  rules.stray_cr_is_error = false;
  rules.check_utf8 = false;
  return rules;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

std::optional<std::string_view> field(const stomp::frame& head, std::string_view name) {
  for (const auto& h : head.headers) {
    if (same_name(h.name, name)) return h.value;
  }
  return std::nullopt;
}

stomp::frame parse_head(std::string_view text) {
  stomp::frame head;
  for (bool first = true; !text.empty(); first = false) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (first) {
      head.command = line;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      head.headers.push_back(
          {std::string(line.substr(0, colon)), std::string(stomp::trim(line.substr(colon + 1)))});
    }
  }
  return head;
}

}  // namespace

wire_splitter::wire_splitter(way direction, protocol begins_with)
    : direction_(direction),
      mode_(begins_with == protocol::stomp ? mode::stomp : mode::head),
      parser_(reading_rules()) {}

void wire_splitter::feed(std::string_view octets) {
  while (!octets.empty()) read(octets);
  if (held() > most_held) {
    if (auto piece = give_up()) emit(std::move(*piece));
  }
}

std::optional<wire_piece> wire_splitter::take() {
  if (ready_.empty()) return std::nullopt;
  auto piece = std::move(ready_.front());
  ready_.pop_front();
  return piece;
}

std::optional<wire_piece> wire_splitter::give_up() {
  std::string octets = std::exchange(message_wire_, {}) + std::exchange(held_, {});
  if (octets.empty()) return std::nullopt;
  mode_ = mode::opaque;
  wire_piece piece;
  piece.wire = octets;
  wire_unit rest;
  rest.text = "the end is missing";
  rest.raw = std::move(octets);
  piece.units.push_back(std::move(rest));
  return piece;
}

void wire_splitter::set_version(stomp::version v) noexcept {
  version_ = v;
  if (parser_.at_boundary()) parser_.set_version(v);
}

void wire_splitter::upgrade_refused() {
  if (mode_ == mode::websocket) mode_ = mode::head;
}

void wire_splitter::read(std::string_view& input) {
  switch (mode_) {
    case mode::stomp:
      return read_stomp(input);
    case mode::head:
      return read_head(input);
    case mode::body:
      return read_body(input);
    case mode::websocket:
      return read_websocket(input);
    case mode::opaque:
      emit_octets(std::string(std::exchange(input, {})), {});
      return;
  }
}

void wire_splitter::read_head(std::string_view& input) {
  const std::size_t before = held_.size();
  held_ += input;
  const auto end = held_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    input = {};
    if (held_.size() > longest_head) {
      mode_ = mode::opaque;
      emit_octets(std::exchange(held_, {}), "no HTTP head");
    }
    return;
  }
  const std::size_t used = end + 4 - before;
  input.remove_prefix(used);
  held_.resize(end + 4);
  end_head();
}

void wire_splitter::end_head() {
  wire_piece piece;
  wire_unit head;
  head.frame = parse_head(std::string_view(held_).substr(0, held_.size() - 2));
  head.what = direction_ == way::to_broker ? wire_unit::kind::request : wire_unit::kind::response;
  const std::string& line = head.frame.command;
  if (const auto space = line.find(' '); space != std::string::npos && line.size() > space + 3) {
    std::from_chars(line.data() + space + 1, line.data() + space + 4, head.code);
  }
  const auto upgrade = field(head.frame, "Upgrade");
  const bool to_websocket = upgrade && same_name(*upgrade, "websocket");
  const auto length = field(head.frame, "Content-Length");
  body_left_ = 0;
  if (length) std::from_chars(length->data(), length->data() + length->size(), body_left_);
  if (direction_ == way::to_broker) {
    mode_ = to_websocket                             ? mode::websocket
            : field(head.frame, "Transfer-Encoding") ? mode::opaque
            : body_left_ > 0                         ? mode::body
                                                     : mode::head;
  } else {
    head.what = wire_unit::kind::response;
    const bool bodiless = head.code == 204 || head.code == 304 || head.code / 100 == 1;
    mode_ = head.code == 101 ? mode::websocket
            : bodiless       ? mode::head
            : !length        ? mode::opaque
            : body_left_ > 0 ? mode::body
                             : mode::head;
  }
  if (head.what == wire_unit::kind::request) head.code = 0;
  head.raw = held_;
  piece.wire = std::exchange(held_, {});
  piece.units.push_back(std::move(head));
  emit(std::move(piece));
}

void wire_splitter::read_body(std::string_view& input) {
  const std::size_t size = std::min(body_left_, input.size());
  body_left_ -= size;
  if (body_left_ == 0) mode_ = mode::head;
  emit_octets(std::string(input.substr(0, size)), {});
  input.remove_prefix(size);
}

void wire_splitter::read_websocket(std::string_view& input) {
  const std::string_view before = input;
  if (!current_) {
    const bool complete = header_.feed(input);
    held_ += before.substr(0, before.size() - input.size());
    if (!complete) return;
    current_ = header_.header();
    const bool bad = header_.fault() != ws::header_fault::none &&
                     header_.fault() != ws::header_fault::length_not_minimal;
    header_.reset();
    if (bad || current_->length > most_held) {
      mode_ = mode::opaque;
      emit_octets(std::exchange(message_wire_, {}) + std::exchange(held_, {}),
                  "no WebSocket frame");
      current_.reset();
      return;
    }
    payload_left_ = current_->length;
    payload_.clear();
  }
  const auto size = std::size_t(std::min<std::uint64_t>(payload_left_, input.size()));
  std::string part(input.substr(0, size));
  held_ += part;
  if (current_->masked) ws::apply_mask(part.data(), size, current_->key, payload_.size());
  payload_ += part;
  payload_left_ -= size;
  input.remove_prefix(size);
  if (payload_left_ == 0) end_ws_frame();
}

void wire_splitter::end_ws_frame() {
  const ws::frame_header h = *std::exchange(current_, std::nullopt);
  if (ws::is_control(h.op)) {
    wire_piece piece;
    wire_unit unit;
    unit.text = payload_;
    unit.raw = held_;
    unit.what = h.op == ws::opcode::ping   ? wire_unit::kind::ping
                : h.op == ws::opcode::pong ? wire_unit::kind::pong
                                           : wire_unit::kind::close;
    if (unit.what == wire_unit::kind::close) {
      ws::close_code fault{};
      const auto said = ws::parse_close(payload_, fault);
      unit.code = said ? said->code : static_cast<std::uint16_t>(fault);
      unit.text = said ? said->reason : payload_;
    }
    piece.wire = std::exchange(held_, {});
    piece.units.push_back(std::move(unit));
    emit(std::move(piece));
    return;
  }
  if (!in_message_) message_binary_ = h.op == ws::opcode::binary;
  in_message_ = !h.fin;
  message_ += payload_;
  message_wire_ += std::exchange(held_, {});
  if (h.fin) end_message();
}

void wire_splitter::end_message() {
  wire_piece piece;
  piece.is_message = true;
  piece.wire = std::exchange(message_wire_, {});
  read_units(std::exchange(message_, {}), message_binary_, piece);
  emit(std::move(piece));
}

void wire_splitter::read_units(std::string_view text, bool binary, wire_piece& into) {
  began_before_ = !parser_.at_boundary();
  while (!text.empty()) {
    const std::string_view before = text;
    auto event = parser_.next(text);
    stomp_raw_ += before.substr(0, before.size() - text.size());
    if (!event) break;
    const bool failed = std::holds_alternative<stomp::failure>(*event);
    if (failed) stomp_raw_ += std::exchange(text, {});
    add_event(std::move(*event), std::exchange(stomp_raw_, {}), binary, into);
    began_before_ = false;
  }
  if (parser_.at_boundary() || stomp_raw_.empty()) {
    stomp_raw_.clear();
    return;
  }
  wire_unit part;
  part.text = "part of a frame";
  part.binary = binary;
  // All of it is kept for the frame; this unit shows what came in this message.
  part.raw = stomp_raw_;
  into.units.push_back(std::move(part));
}

void wire_splitter::add_event(stomp::parse_event event, std::string raw, bool binary,
                              wire_piece& into) {
  wire_unit unit;
  unit.raw = std::move(raw);
  unit.binary = binary;
  if (auto* f = std::get_if<stomp::frame>(&event)) {
    unit.what = wire_unit::kind::frame;
    unit.frame = std::move(*f);
    unit.spans = began_before_;
    if (direction_ == way::to_client && unit.frame.command == "CONNECTED") {
      const auto named = stomp::parse_version(unit.frame.get_or("version", "1.0"));
      set_version(named.value_or(stomp::version::v1_0));
    }
  } else if (std::holds_alternative<stomp::heart_beat_octet>(event)) {
    unit.what = wire_unit::kind::beat;
  } else {
    unit.text = std::get<stomp::failure>(event).text;
    parser_ = stomp::parser(reading_rules());
  }
  if (version_ && parser_.at_boundary()) parser_.set_version(*version_);
  into.units.push_back(std::move(unit));
}

void wire_splitter::read_stomp(std::string_view& input) {
  const std::string_view before = input;
  auto event = parser_.next(input);
  held_ += before.substr(0, before.size() - input.size());
  if (!event) return;
  wire_piece piece;
  if (std::holds_alternative<stomp::failure>(*event)) {
    mode_ = mode::opaque;
    held_ += std::exchange(input, {});
  } else if (std::holds_alternative<stomp::frame>(*event) && direction_ == way::to_client &&
             input.starts_with('\n')) {
    // Brokers end a frame with an LF behind its NUL: no beat, but a part of the frame.
    held_ += '\n';
    input.remove_prefix(1);
  }
  piece.wire = std::exchange(held_, {});
  add_event(std::move(*event), piece.wire, false, piece);
  emit(std::move(piece));
}

void wire_splitter::emit(wire_piece piece) { ready_.push_back(std::move(piece)); }

void wire_splitter::emit_octets(std::string octets, std::string why) {
  wire_piece piece;
  wire_unit unit;
  unit.raw = octets;
  unit.text = std::move(why);
  piece.wire = std::move(octets);
  piece.units.push_back(std::move(unit));
  emit(std::move(piece));
}

}  // namespace mockbroker
