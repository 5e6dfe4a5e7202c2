#include "harness/ladder/peer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "ws/close.hpp"
#include "ws/writer.hpp"

namespace harness::ladder {
namespace {

// The octets of the body that a content-length announces, if it is a number.
std::optional<std::size_t> announced(const wire_frame& f) {
  for (const auto& h : f.headers) {
    if (h.name != "content-length") continue;
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(h.value.data(), h.value.data() + h.value.size(), length);
    if (error == std::errc{}) return length;
  }
  return std::nullopt;
}

wire_frame parse_head(std::string_view head) {
  wire_frame f;
  std::size_t end = std::min(head.find('\n'), head.size());
  f.command = head.substr(0, end);
  while (end < head.size()) {
    head.remove_prefix(end + 1);
    end = std::min(head.find('\n'), head.size());
    const std::string_view line = head.substr(0, end);
    const std::size_t colon = std::min(line.find(':'), line.size());
    f.headers.push_back({std::string(line.substr(0, colon)),
                         std::string(line.substr(std::min(colon + 1, line.size()))),
                         colon < line.size()});
  }
  return f;
}

}  // namespace

void wire_splitter::feed(std::string_view octets, std::deque<wire_frame>& into) {
  rest_ += octets;
  std::size_t at = 0;
  while (true) {
    while (at < rest_.size() && (rest_[at] == '\n' || rest_[at] == '\r' || rest_[at] == '\0')) {
      beats_ += rest_[at] == '\n' ? 1 : 0;
      ++at;
    }
    const std::size_t head_end = rest_.find("\n\n", at);
    if (head_end == std::string::npos) break;
    wire_frame f = parse_head(std::string_view(rest_).substr(at, head_end - at));
    const std::size_t body = head_end + 2;
    const auto length = announced(f);
    const std::size_t end = length ? body + *length : rest_.find('\0', body);
    if (end == std::string::npos || end >= rest_.size()) break;
    f.body = rest_.substr(body, end - body);
    into.push_back(std::move(f));
    at = end + 1;
  }
  rest_.erase(0, at);
}

peer::peer(net::runtime& rt, std::unique_ptr<net::stream> connection, const run_options& options)
    : rt_(rt),
      connection_(std::move(connection)),
      options_(options),
      reader_({.self = ws::role::client,
               .max_frame = 16 * 1024 * 1024,
               .max_message = 16 * 1024 * 1024}),
      changed_(rt),
      reading_(rt) {}

peer::~peer() { reading_.cancel(); }

net::task<bool> peer::shake_hands(std::string host) {
  const std::string request = "GET / HTTP/1.1\r\nHost: " + host +
                              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: v12.stomp, v11.stomp, v10.stomp\r\n\r\n";
  if (co_await net::write_all(*connection_, request)) co_return false;
  std::array<char, 4096> scratch{};
  while (input_.find("\r\n\r\n") == std::string::npos) {
    const auto size = co_await net::read_some(*connection_, scratch);
    if (!size || input_.size() > 64 * 1024) co_return false;
    input_.append(scratch.data(), *size);
  }
  const bool switched = input_.starts_with("HTTP/1.1 101");
  input_.erase(0, input_.find("\r\n\r\n") + 4);
  co_return switched;
}

void peer::listen() { reading_.spawn(read_loop()); }

net::task<void> peer::read_loop() {
  std::array<char, 16 * 1024> scratch{};
  if (!input_.empty()) take(std::exchange(input_, {}));
  while (true) {
    const auto size = co_await net::read_some(*connection_, scratch);
    if (!size) break;
    take({scratch.data(), *size});
  }
  ended_ = true;
  changed_.set();
}

void peer::take(std::string_view octets) {
  if (options_.over == transport::tcp) return keep(octets);
  while (auto event = reader_.next(octets)) {
    if (const auto* m = std::get_if<ws::message>(&*event)) {
      keep(m->payload);
    } else if (const auto* c = std::get_if<ws::control>(&*event)) {
      if (c->op == ws::opcode::close && c->payload.size() >= 2) {
        close_code_ = static_cast<unsigned>(static_cast<unsigned char>(c->payload[0])) * 256 +
                      static_cast<unsigned char>(c->payload[1]);
      }
      if (c->op == ws::opcode::close) ended_ = true;
    } else {
      ended_ = true;
    }
  }
  changed_.set();
}

void peer::keep(std::string_view octets) {
  const std::size_t before = frames_.size();
  splitter_.feed(octets, frames_);
  for (std::size_t i = before; i < frames_.size(); ++i) seen_.push_back(frames_[i]);
  changed_.set();
}

void peer::say(std::string_view octets, ws::opcode op) {
  constexpr ws::mask_key mask{1, 2, 3, 4};
  if (options_.over == transport::tcp) {
    if (options_.how == delivery::joined && !output_.empty()) {
      output_.back() += octets;
    } else if (options_.how == delivery::split) {
      for (char c : octets) output_.emplace_back(1, c);
    } else {
      output_.emplace_back(octets);
    }
    return;
  }
  std::string message;
  if (options_.how != delivery::split || octets.size() > 9000) {
    ws::write_frame(message, op, octets, {.mask = mask});
  } else {
    for (std::size_t i = 0; i < octets.size(); ++i) {
      ws::write_frame(message, i == 0 ? op : ws::opcode::continuation, octets.substr(i, 1),
                      {.fin = i + 1 == octets.size(), .mask = mask});
    }
    if (octets.empty()) ws::write_frame(message, op, octets, {.mask = mask});
  }
  output_.push_back(std::move(message));
}

net::task<void> peer::flush() {
  const auto pieces = std::exchange(output_, {});
  for (const std::string& piece : pieces) {
    if (ended_ || co_await net::write_all(*connection_, piece)) co_return;
    if (options_.how == delivery::split) co_await net::next_turn(rt_);
  }
}

void peer::hang_up() {
  reading_.cancel();
  connection_->close();
  ended_ = true;
}

net::task<void> peer::wait_frames(std::size_t count, net::time_point until) {
  auto enough = [](peer& self, std::size_t wanted) -> net::task<int> {
    while (self.frames_.size() < wanted && !self.ended_) {
      self.changed_.clear();
      co_await self.changed_;
    }
    co_return 0;
  };
  co_await net::with_deadline(rt_, until, enough(*this, count));
}

}  // namespace harness::ladder
