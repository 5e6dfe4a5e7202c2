#include "harness/ladder/connection.hpp"

#include <array>
#include <cstring>

#include "crypto/digest.hpp"
#include "ws/writer.hpp"

namespace harness::ladder {

namespace {

constexpr std::uint64_t most_message = std::uint64_t{128} << 20U;
// An LF this soon behind a frame's NUL ends the frame and is no beat (activemq.md 2.1).
constexpr auto same_write = std::chrono::milliseconds(20);
// Splitting: octet by octet at both ends, longer pieces in the middle of long texts.
constexpr std::size_t fine_head = 600;
constexpr std::size_t fine_tail = 20;
constexpr std::size_t coarse = 4999;

ws::reader_options client_side() {
  ws::reader_options o;
  o.self = ws::role::client;
  o.max_frame = o.max_message = most_message;
  return o;
}

std::vector<std::string_view> pieces_of(std::string_view octets) {
  std::vector<std::string_view> all;
  std::size_t at = 0;
  while (at < octets.size()) {
    const bool fine = at < fine_head || octets.size() - at <= fine_tail;
    std::size_t size = 1;
    if (!fine) size = std::min(coarse, octets.size() - fine_tail - at);
    all.push_back(octets.substr(at, size));
    at += size;
  }
  return all;
}

// The octets of an answer's body as they stand on the wire, chunk sizes included; nothing while
// some are missing.
std::optional<std::size_t> body_size(const wire_frame& head, std::string_view rest) {
  const auto* chunked = head.find("Transfer-Encoding");
  if (chunked && *chunked == "chunked") {
    const auto end = rest.starts_with("0\r\n\r\n") ? 0 : rest.find("\r\n0\r\n\r\n");
    if (end == rest.npos) return std::nullopt;
    return end == 0 ? 5 : end + 7;
  }
  const auto* length = head.find("Content-Length");
  const std::size_t size = length ? std::strtoul(length->c_str(), nullptr, 10) : 0;
  if (rest.size() < size) return std::nullopt;
  return size;
}

net::task<net::result<std::unique_ptr<net::stream>>> open_stream(net::runtime& rt,
                                                                 const address& to,
                                                                 std::string& why) {
  auto plain = co_await rt.connect(to.host, to.port);
  if (!plain || !to.tls) co_return std::move(plain);
  co_return co_await net::tls_connect(rt, std::move(*plain), to.tls, to.host, &why);
}

std::string authority_of(const address& to) {
  const bool is_ipv6 = to.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
}

}  // namespace

connection::connection(net::runtime& rt, std::unique_ptr<net::stream> stream, options how)
    : mark(rt.now()),
      rt_(rt),
      stream_(std::move(stream)),
      how_(std::move(how)),
      messages_(client_side()),
      news_(rt),
      reading_(rt) {}

connection::~connection() {
  reading_.cancel();
  stream_->close();
}

net::task<std::unique_ptr<connection>> connection::open(net::runtime& rt, address to, options how,
                                                        std::string& why) {
  auto stream = co_await net::within(rt, std::chrono::seconds(10), open_stream(rt, to, why));
  if (!stream) {
    if (why.empty()) why = stream.error().message();
    why = "cannot connect to " + authority_of(to) + ": " + why;
    co_return std::unique_ptr<connection>();
  }
  auto made = std::unique_ptr<connection>(new connection(rt, std::move(*stream), std::move(how)));
  if (made->is_websocket()) {
    const auto shaken = co_await net::with_deadline(rt, rt.now() + std::chrono::seconds(10),
                                                    made->shake_hands(authority_of(to), why));
    if (!shaken) why = "no answer to the handshake";
    if (!shaken || !*shaken) co_return std::unique_ptr<connection>();
  }
  made->reading_.spawn(made->read_all());
  co_return std::move(made);
}

// The handshake by hand: the row decides what is offered and the answer may offend RFC 6455.
net::task<bool> connection::shake_hands(const std::string& authority, std::string& why) {
  std::string request = "GET " + how_.path + " HTTP/1.1\r\nHost: " + authority + "\r\n" +
                        "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
                        "Sec-WebSocket-Version: 13\r\n" +
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!how_.subprotocol.empty()) {
    request += "Sec-WebSocket-Protocol: " + how_.subprotocol + "\r\n";
  }
  for (const auto& [name, text] : how_.headers) request += name + ": " + text + "\r\n";
  request += "\r\n";
  co_await net::write_all(*stream_, request);
  std::string answer;
  std::string into(4096, '\0');
  std::size_t end = std::string::npos;
  while ((end = answer.find("\r\n\r\n")) == std::string::npos) {
    auto got = co_await net::read_some(*stream_, into);
    if (!got) {
      why = "the handshake was cut: " + got.error().message();
      co_return false;
    }
    answer.append(into.data(), *got);
  }
  if (!answer.starts_with("HTTP/1.1 101")) {
    why = "the handshake was answered with " + printable(answer.substr(0, answer.find('\r')));
    co_return false;
  }
  on_octets(std::string_view(answer).substr(end + 4));
  co_return true;
}

net::task<void> connection::read_all() {
  std::string into(64 * 1024, '\0');
  while (true) {
    auto got = co_await net::read_some(*stream_, into);
    if (!got) break;
    on_octets(std::string_view(into.data(), *got));
  }
  if (!frames_.rest().empty()) {
    arrival cut;
    cut.what = arrival::kind::garbage;
    cut.text = frames_.rest();
    arrived(std::move(cut));
  }
  if (closed_) co_return;
  arrival end;
  end.what = arrival::kind::close;
  end.code = is_websocket() ? 1006 : 0;
  arrived(std::move(end));
}

void connection::arrived(arrival a) {
  a.at = rt_.now();
  if (a.what == arrival::kind::close) closed_ = true;
  arrivals_.push_back(std::move(a));
  news_.set();
}

void connection::on_octets(std::string_view octets) {
  if (how_.http) return read_head(octets);
  if (!how_.websocket) return read_stomp(octets);
  while (!octets.empty()) {
    auto event = messages_.next(octets);
    if (!event) continue;
    if (const auto* m = std::get_if<ws::message>(&*event)) on_message(*m);
    if (const auto* c = std::get_if<ws::control>(&*event)) on_control(*c);
    if (const auto* f = std::get_if<ws::read_failure>(&*event)) {
      arrival bad;
      bad.what = arrival::kind::garbage;
      bad.text = "not RFC 6455: " + f->text;
      arrived(std::move(bad));
    }
  }
}

void connection::on_message(const ws::message& m) {
  // Text or binary: profiles differ in which they use (MIX-1).
  if (m.payload == "\n") {
    arrival beat;
    beat.what = arrival::kind::beat;
    return arrived(std::move(beat));
  }
  read_stomp(m.payload);
}

void connection::on_control(const ws::control& c) {
  arrival a;
  if (c.op == ws::opcode::ping) {
    auto answer = [](connection& self, std::string payload) -> net::task<void> {
      std::string out;
      self.append_frame(out, std::uint8_t(ws::opcode::pong), payload, true);
      co_await net::write_all(*self.stream_, out);
    };
    reading_.spawn(answer(*this, c.payload));
    return;
  }
  if (c.op == ws::opcode::pong) {
    a.what = arrival::kind::pong;
    a.text = c.payload;
    return arrived(std::move(a));
  }
  ws::close_code fault{};
  const auto info = ws::parse_close(c.payload, fault);
  a.what = arrival::kind::close;
  a.code = info ? info->code : int(fault);
  a.text = info ? info->reason : "malformed";
  arrived(std::move(a));
}

void connection::read_stomp(std::string_view octets) {
  while (!octets.empty()) {
    const auto event = frames_.next(octets);
    if (event == wire_reader::event::none) break;
    arrival a;
    if (event == wire_reader::event::eol) {
      const bool ends = frame_end_ && rt_.now() - *frame_end_ < same_write;
      frame_end_.reset();
      if (ends) continue;
      a.what = arrival::kind::beat;
    } else {
      a.frame = frames_.take();
      frame_end_ = rt_.now();
      if (a.frame.command == "CONNECTED") {
        const auto* v = a.frame.find("version");
        version = v ? *v : "1.0";
      }
    }
    arrived(std::move(a));
  }
}

void connection::read_head(std::string_view octets) {
  head_ += octets;
  const auto end = head_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  arrival a;
  a.what = arrival::kind::head;
  std::string_view rest(head_.data(), end);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const auto colon = line.find(": ");
    if (a.frame.command.empty()) {
      a.frame.command = std::string(line);
    } else {
      a.frame.headers.emplace_back(line.substr(0, colon),
                                   colon == line.npos ? "" : line.substr(colon + 2));
    }
  }
  const auto size = body_size(a.frame, std::string_view(head_).substr(end + 4));
  if (!size) return;  // more of the body is to come
  a.text = head_.substr(end + 4, *size);
  head_.erase(0, end + 4 + *size);
  arrived(std::move(a));
}

void connection::append_frame(std::string& out, std::uint8_t opcode, std::string_view payload,
                              bool fin, bool masked) {
  ws::write_options o;
  o.fin = fin;
  if (masked) o.mask = new_mask();
  ws::write_frame(out, opcode, payload, o);
}

ws::mask_key connection::new_mask() {
  ws::mask_key key;
  const std::uint64_t number = rt_.random();
  std::memcpy(key.data(), &number, key.size());
  return key;
}

net::task<void> connection::send(std::string octets, bool split) {
  if (!is_websocket()) {
    co_await write(std::move(octets), split);
    co_return;
  }
  std::string out;
  if (!split || octets.size() < 2) {
    append_frame(out, std::uint8_t(ws::opcode::text), octets, true);
  } else {
    const auto pieces = pieces_of(octets);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      append_frame(out, std::uint8_t(i == 0 ? ws::opcode::text : ws::opcode::continuation),
                   pieces[i], i + 1 == pieces.size());
    }
  }
  co_await write(std::move(out), false);
}

net::task<void> connection::write(std::string octets, bool split) {
  if (!split) {
    co_await net::with_deadline(rt_, rt_.now() + std::chrono::seconds(60),
                                net::write_all(*stream_, octets));
    co_return;
  }
  for (const auto piece : pieces_of(octets)) {
    const auto failed = co_await net::with_deadline(rt_, rt_.now() + std::chrono::seconds(60),
                                                    net::write_all(*stream_, piece));
    if (!failed || *failed) co_return;
    co_await net::next_turn(rt_);
  }
}

net::task<void> connection::close(std::uint16_t code, std::string reason) {
  if (is_websocket()) {
    std::string out;
    append_frame(out, std::uint8_t(ws::opcode::close), ws::make_close(code, reason), true);
    co_await write(std::move(out), false);
  } else {
    stream_->shutdown_write();
  }
}

net::task<std::optional<arrival>> connection::next(net::time_point deadline) {
  while (arrivals_.empty()) {
    if (rt_.now() >= deadline) co_return std::nullopt;
    auto wait = [](net::event& news) -> net::task<int> {
      news.clear();
      co_await news;
      co_return 0;
    };
    co_await net::with_deadline(rt_, deadline, wait(news_));
  }
  std::optional<arrival> out(std::move(arrivals_.front()));
  arrivals_.pop_front();
  co_return out;
}

}  // namespace harness::ladder
