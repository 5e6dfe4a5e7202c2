#include "stomp-client/client.hpp"

#include <algorithm>
#include <array>

namespace stomp_client {

namespace {

std::span<char> scratch() {
  thread_local std::array<char, 64 * 1024> bytes;
  return bytes;
}

net::task<net::result<std::unique_ptr<net::stream>>> open(net::runtime& rt, const url& to,
                                                          const options& chosen, std::string& why) {
  auto plain = co_await rt.connect(to.host, to.port);
  if (!plain) why = plain.error().message();
  if (!plain || !to.tls) co_return std::move(plain);
  co_return co_await net::tls_connect(rt, std::move(*plain), chosen.tls, to.host, &why);
}

// Somebody waits for what is behind the queued events.
class need_input {
 public:
  need_input(unsigned& count, net::event& room) : count_(count) {
    ++count_;
    room.set();
  }
  need_input(const need_input&) = delete;
  need_input& operator=(const need_input&) = delete;
  ~need_input() { --count_; }

 private:
  unsigned& count_;
};

}  // namespace

client::client(net::runtime& rt, options chosen, stomp::transport how)
    : rt_(rt),
      options_(std::move(chosen)),
      session_(options_.stomp, how, *this),
      timer_(rt.make_timer()),
      changed_(rt),
      room_(rt),
      reading_(rt) {}

client::~client() {
  reading_.cancel();
  if (stream_) stream_->close();
}

net::task<net::result<std::unique_ptr<client>>> client::connect(net::runtime& rt, url to,
                                                                options chosen, std::string& why) {
  const net::time_point end = rt.now() + chosen.connect_time;
  auto stream = co_await net::within(rt, chosen.connect_time, open(rt, to, chosen, why));
  if (!stream) {
    if (why.empty()) why = stream.error().message();
    co_return stream.error();
  }
  const auto how = to.websocket ? stomp::transport::messages : stomp::transport::stream;
  std::unique_ptr<client> made(new client(rt, std::move(chosen), how));
  if (to.websocket) {
    net::websocket_client_options handshake;
    handshake.host = to.authority();
    handshake.target = to.target;
    handshake.subprotocols = made->options_.subprotocols;
    handshake.headers = made->options_.handshake_headers;
    handshake.handshake_time = end - rt.now();
    auto opened = co_await net::websocket_connect(rt, std::move(*stream), handshake, &why);
    if (!opened) co_return opened.error();
    made->socket_ = std::move(opened->socket);
  } else {
    made->stream_ = std::move(*stream);
  }
  made->start();
  co_return std::move(made);
}

void client::start() {
  static_cast<void>(session_.connect(rt_.now()));
  reading_.spawn(socket_ ? read_messages() : read_stream());
}

bool client::has_room() const {
  return closed_ || awaiting_ > 0 || events_.size() < options_.queue_limit;
}

// Returns once more may be read: the user has taken events, or needs what is behind them.
net::task<void> client::wait_for_room() {
  if (awaiting_ > 0 && events_.size() >= 10 * options_.queue_limit) {
    finish("more than " + std::to_string(events_.size()) + " frames came before the receipt", 0);
  }
  while (!has_room()) {
    paused_ = true;
    room_.clear();
    co_await room_;
  }
  paused_ = false;
}

net::task<void> client::read_stream() {
  for (unsigned reads = 1; !closed_; ++reads) {
    if (reads % 16 == 0) co_await net::next_turn(rt_);
    auto [size, error] = stream_->try_read(scratch());
    if (size > 0) {
      session_.on_bytes({scratch().data(), size}, rt_.now());
      co_await wait_for_room();
    } else if (error == net::errc::would_block) {
      co_await net::readiness(*stream_, net::direction::read);
    } else {
      finish(error.message(), 0);
    }
  }
  if (!writing_) stream_->shutdown_write();
}

net::task<void> client::read_messages() {
  while (!closed_) {
    auto message = co_await socket_->receive();
    if (message) {
      session_.on_message(message->payload, rt_.now());
      co_await wait_for_room();
      continue;
    }
    const auto& close = socket_->peer_close();
    std::string reason = "closed with code " + std::to_string(close.code);
    if (!close.reason.empty()) reason += " (" + close.reason + ")";
    if (close.code == 1006) reason = message.error().message();
    finish(std::move(reason), close.code);
  }
  // Hang up: a peer that has said goodbye must not wait until this object ends.
  co_await socket_->close(1000, {}, std::chrono::seconds(2));
}

void client::push(event e) {
  events_.push_back(std::move(e));
  changed_.set();
}

// The connection is over: tells it once, and lets octets that wait go out.
void client::finish(std::string reason, std::uint16_t code) {
  if (std::exchange(closed_, true)) return;
  session_.on_lost();
  timer_->cancel();
  last_.what = event::kind::closed;
  last_.reason = closing_ && !close_reason_.empty() ? close_reason_ : std::move(reason);
  last_.close_code = code;
  push(last_);
}

void client::send(std::string bytes, stomp::payload kind) {
  if (socket_) {
    socket_->send(kind == stomp::payload::text ? ws::opcode::text : ws::opcode::binary, bytes);
    return;
  }
  output_ += bytes;
  if (!writing_) flush();
}

void client::flush() {
  std::size_t sent = 0;
  while (sent < output_.size()) {
    auto [size, error] = stream_->try_write({output_.data() + sent, output_.size() - sent});
    sent += size;
    if (size > 0) continue;
    if (error != net::errc::would_block) sent = output_.size();
    break;
  }
  output_.erase(0, sent);
  writing_ = !output_.empty();
  if (writing_) stream_->wait(net::direction::write, [this] { flush(); });
  changed_.set();
}

std::size_t client::queued_output() const { return socket_ ? socket_->queued() : output_.size(); }

void client::close(const stomp::failure& why) {
  closing_ = true;
  const bool in_order = why.code == stomp::errc::disconnected;
  close_reason_ = in_order ? std::string() : why.text;
  if (socket_) {
    socket_->send_close(in_order ? 1000 : 1002,
                        in_order ? std::string_view{} : why.text.substr(0, 100));
  } else if (!writing_) {
    stream_->shutdown_write();
  }
}

void client::wake_at(stomp::time_point when) {
  timer_->start(when, [this] {
    if (paused_) session_.on_paused(rt_.now());
    session_.on_tick(rt_.now());
  });
}

void client::connected(const stomp::frame& answer, stomp::version) {
  push({event::kind::connected, answer, {}, 0});
}
void client::message(stomp::frame f) {
  if (!leaving_) push({event::kind::message, std::move(f), {}, 0});
}
void client::receipt(std::string_view receipt_id) {
  push({event::kind::receipt, stomp::make_receipt(receipt_id), {}, 0});
}
void client::error(stomp::frame f) { push({event::kind::error, std::move(f), {}, 0}); }

net::task<event> client::next() {
  while (events_.empty()) {
    if (closed_) co_return last_;
    changed_.clear();
    co_await changed_;
  }
  event first = std::move(events_.front());
  events_.pop_front();
  room_.set();
  co_return std::move(first);
}

net::task<event> client::wait_receipt(std::string id) {
  const need_input needed(awaiting_, room_);
  while (true) {
    const auto found = std::find_if(events_.begin(), events_.end(), [&](const event& e) {
      if (e.what == event::kind::receipt) return e.frame.get_or("receipt-id", "") == id;
      return e.what == event::kind::error || e.what == event::kind::closed;
    });
    if (found != events_.end()) {
      event answer = std::move(*found);
      events_.erase(found);
      co_return std::move(answer);
    }
    if (closed_) co_return last_;
    changed_.clear();
    co_await changed_;
  }
}

net::task<void> client::disconnect(net::duration limit) {
  const need_input needed(awaiting_, room_);
  leaving_ = true;
  if (!closed_) static_cast<void>(session_.disconnect(rt_.now()));
  auto wait = [](client& self) -> net::task<int> {
    while (!self.closed_) {
      self.changed_.clear();
      co_await self.changed_;
    }
    co_return 0;
  };
  co_await net::with_deadline(rt_, rt_.now() + limit, wait(*this));
}

}  // namespace stomp_client
