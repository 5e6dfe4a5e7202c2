#include "harness/ladder/peer.hpp"

#include <charconv>
#include <cstring>

#include "ws/writer.hpp"

namespace harness::ladder {
namespace {

// Longer texts are split up to here and end in one piece, so that a big row stays fast.
constexpr std::size_t most_split = 2048;
constexpr std::size_t longest_head = 64 * 1024;
constexpr std::uint64_t longest_message = 16 * 1024 * 1024;

ws::reader_options client_options() {
  ws::reader_options o;
  o.self = ws::role::client;
  o.max_frame = longest_message;
  o.max_message = longest_message;
  return o;
}

ws::mask_key make_mask(net::runtime& rt) {
  ws::mask_key key;
  const std::uint64_t number = rt.random();
  std::memcpy(key.data(), &number, key.size());
  return key;
}

// Status and headers of an HTTP answer, names in lower case.
arrival read_http_head(std::string_view text) {
  arrival a;
  a.what = arrival::kind::head;
  for (bool first = true; !text.empty(); first = false) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
    if (first) {
      if (line.size() >= 12) std::from_chars(line.data() + 9, line.data() + 12, a.code);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    a.frame.headers.emplace_back(std::move(name), value);
  }
  return a;
}

}  // namespace

std::string to_text(const arrival& a) {
  switch (a.what) {
    case arrival::kind::frame:
      return to_text(a.frame);
    case arrival::kind::beat:
      return "beat";
    case arrival::kind::pong:
      return "pong " + printable(a.frame.body);
    case arrival::kind::head:
      return "head " + std::to_string(a.code) + to_text(a.frame);
    case arrival::kind::ended:
      break;
  }
  std::string text = "end of the connection";
  if (a.code != 0) text += ", close " + std::to_string(a.code);
  if (!a.frame.body.empty()) text += ' ' + printable(a.frame.body);
  return text;
}

peer::peer(net::runtime& rt, transport over, delivery how, bool newline_follows,
           net::event& changed, std::function<void(std::string)> log)
    : rt_(rt),
      over_(over),
      how_(how),
      changed_(changed),
      log_(std::move(log)),
      work_(rt),
      frames_(newline_follows),
      messages_(client_options()),
      tasks_(rt) {}

peer::~peer() { tasks_.cancel(); }

net::task<bool> peer::connect(net::endpoint to) {
  auto made = co_await rt_.connect(to.address, to.port);
  if (!made) co_return false;
  stream_ = std::move(*made);
  open_ = true;
  opened_ = rt_.now();
  co_return true;
}

net::task<handshake_answer> peer::upgrade(handshake what) {
  std::string request = "GET " + what.path + " HTTP/1.1\r\nHost: " + what.host +
                        "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!what.offer.empty()) request += "Sec-WebSocket-Protocol: " + what.offer + "\r\n";
  for (const auto& [name, value] : what.headers) request += name + ": " + value + "\r\n";
  request += "\r\n";
  handshake_answer answer;
  if (co_await net::write_all(*stream_, request)) co_return answer;
  std::string text;
  std::string into(4096, '\0');
  while (text.find("\r\n\r\n") == text.npos && text.size() < longest_head) {
    const auto got = co_await net::read_some(*stream_, into);
    if (!got) co_return answer;
    text.append(into.data(), *got);
  }
  const auto end = text.find("\r\n\r\n");
  const auto head = read_http_head(std::string_view(text).substr(0, end));
  answer.status = head.code;
  answer.agreed = head.frame.get("sec-websocket-protocol").value_or("");
  early_ = text.substr(std::min(end, text.size() - 4) + 4);
  co_return answer;
}

void peer::start(bool http) {
  if (http) over_ = transport::tcp;  // plain octets from here on
  tasks_.spawn(read_loop(http));
  tasks_.spawn(write_loop());
}

net::task<void> peer::read_loop(bool http) {
  take(early_, http);
  std::string into(64 * 1024, '\0');
  while (open_) {
    const auto got = co_await net::read_some(*stream_, into);
    if (!got) break;
    take(std::string_view(into.data(), *got), http);
  }
  if (!open_) co_return;
  open_ = false;
  arrival end;
  end.what = arrival::kind::ended;
  end.code = over_ == transport::ws && !http ? close_code_ : 0;
  end.frame.body = close_reason_;
  if (!frames_.rest().empty()) end.frame.body = "inside a frame: " + frames_.rest();
  add(std::move(end));
}

void peer::take(std::string_view octets, bool http) {
  if (http) return take_head(octets);
  if (over_ == transport::tcp) return take_stomp(octets);
  while (!octets.empty()) {
    if (auto event = messages_.next(octets)) take_message(std::move(*event));
  }
}

void peer::take_stomp(std::string_view octets) {
  frames_.feed(octets);
  while (auto item = frames_.next()) {
    arrival a;
    a.what = item->is_beat ? arrival::kind::beat : arrival::kind::frame;
    a.frame = std::move(item->frame);
    add(std::move(a));
  }
}

void peer::take_message(ws::read_event event) {
  arrival a;
  if (auto* failed = std::get_if<ws::read_failure>(&event)) {
    close_reason_ = "wrong WebSocket frame: " + failed->text;
    return;
  }
  if (auto* message = std::get_if<ws::message>(&event)) {
    a.what = message->payload == "\n" ? arrival::kind::beat : arrival::kind::frame;
    if (a.what == arrival::kind::frame) a.frame = read_message(message->payload);
    return add(std::move(a));
  }
  const auto& control = std::get<ws::control>(event);
  if (control.op == ws::opcode::pong) {
    a.what = arrival::kind::pong;
    a.frame.body = control.payload;
    add(std::move(a));
  } else if (control.op == ws::opcode::ping) {
    write_part(10, true, 0, true, control.payload);
  } else {
    ws::close_code fault{};
    const auto info = ws::parse_close(control.payload, fault);
    close_code_ = info ? info->code : 1002;
    close_reason_ = info ? info->reason : "malformed";
    if (!close_sent_) write_close(close_code_ == 1005 ? 0 : close_code_, {});
    flush();
  }
}

void peer::take_head(std::string_view octets) {
  if (head_.size() > longest_head) return;
  head_ += octets;
  const auto end = head_.find("\r\n\r\n");
  if (end == head_.npos) return;
  add(read_http_head(std::string_view(head_).substr(0, end)));
  head_.assign(longest_head + 1, ' ');  // the body does not matter
}

void peer::add(arrival a) {
  a.at = rt_.now();
  if (a.frame.command == "CONNECTED") version = a.frame.get("version").value_or("1.0");
  log_("< " + to_text(a));
  arrivals.push_back(std::move(a));
  changed_.set();
}

void peer::write(std::string octets, int opcode) {
  if (over_ == transport::tcp) {
    if (how_ == delivery::split) return queue_pieces(std::move(octets));
    return queue(std::move(octets));
  }
  if (how_ != delivery::split || octets.size() < 2) {
    return write_part(opcode, true, 0, true, octets);
  }
  const std::size_t most = std::min(octets.size() - 1, most_split);
  for (std::size_t i = 0; i < most; ++i) {
    write_part(i == 0 ? opcode : 0, false, 0, true, std::string_view(octets).substr(i, 1));
  }
  write_part(0, true, 0, true, std::string_view(octets).substr(most));
}

void peer::write_part(int opcode, bool fin, int rsv, bool masked, std::string_view payload) {
  ws::write_options o;
  o.fin = fin;
  o.rsv = static_cast<std::uint8_t>(rsv);
  if (masked) o.mask = make_mask(rt_);
  std::string octets;
  ws::write_frame(octets, static_cast<std::uint8_t>(opcode), payload, o);
  queue(std::move(octets));
}

void peer::write_close(int code, std::string_view reason) {
  if (over_ == transport::ws) {
    close_sent_ = true;
    const auto number = static_cast<std::uint16_t>(code);
    std::string payload;
    if (code != 0) {
      payload += static_cast<char>(number >> 8U);
      payload += static_cast<char>(number & 255U);
      payload += reason;
    }
    return write_part(8, true, 0, true, payload);
  }
  flush();
  end_after_output_ = true;
  work_.set();
}

void peer::queue(std::string octets) {
  if (how_ == delivery::joined) {
    joined_ += octets;
    return;
  }
  output_.push_back(std::move(octets));
  work_.set();
}

void peer::queue_pieces(std::string octets) {
  const std::size_t most = std::min(octets.size(), most_split);
  for (std::size_t i = 0; i < most; ++i) output_.push_back(octets.substr(i, 1));
  if (most < octets.size()) output_.push_back(octets.substr(most));
  work_.set();
}

void peer::flush() {
  if (joined_.empty()) return;
  output_.push_back(std::exchange(joined_, {}));
  work_.set();
}

net::task<void> peer::write_loop() {
  while (true) {
    co_await work_;
    work_.clear();
    while (!output_.empty()) {
      const std::string piece = std::move(output_.front());
      output_.pop_front();
      if (co_await net::write_all(*stream_, piece)) co_return;
    }
    if (end_after_output_) {
      stream_->shutdown_write();
      co_return;
    }
  }
}

void peer::drop() {
  open_ = false;
  tasks_.cancel();
  if (stream_) stream_->close();
}

}  // namespace harness::ladder
