#include "mockbroker/app/server.hpp"

#include <array>
#include <utility>

#include "mockbroker/app/handshake.hpp"
#include "net/websocket.hpp"

namespace mockbroker {

namespace {

std::span<char> scratch() {
  thread_local std::array<char, 64 * 1024> bytes;
  return bytes;
}

// Reads of one connection before others get their turn.
constexpr unsigned turns = 16;

broker_options with_maps(broker_options options, const map_reader& maps) {
  options.maps = &maps;
  return options;
}

// As Jetty words it (facts: ActiveMQ 1.5).
std::string idle_text(std::chrono::milliseconds limit) {
  const std::string ms = std::to_string(limit.count());
  return "java.util.concurrent.TimeoutException: Idle timeout expired: " + ms + "/" + ms + " ms";
}

// The versions a client may ask for after it agreed on `subprotocol` (S-VER-3).
std::set<stomp::version> versions_of(std::string_view subprotocol) {
  std::set<stomp::version> all{stomp::version::v1_0, stomp::version::v1_1, stomp::version::v1_2};
  if (subprotocol == "v10.stomp") all.erase(stomp::version::v1_1);
  if (subprotocol == "v10.stomp" || subprotocol == "v11.stomp") all.erase(stomp::version::v1_2);
  return all;
}

}  // namespace

// One connection as the broker's effects see it. Registered with the server while it exists.
class server::link {
 public:
  link(server& owner, open_info info)
      : owner_(owner), timer_(owner.rt_.make_timer()), wake_(owner.rt_) {
    id_ = owner_.broker_.on_open(std::move(info), owner_.rt_.now());
    owner_.links_[id_] = this;
    // What on_open asked for came before we were listed; a tick makes the broker ask again.
    owner_.broker_.on_tick(id_, owner_.rt_.now());
  }
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  virtual ~link() {
    owner_.links_.erase(id_);
    owner_.broker_.on_closed(id_, owner_.rt_.now());
  }

  virtual void send(std::string bytes, stomp::payload kind) = 0;
  virtual std::size_t queued() const = 0;

  // Marks the connection for its end; its task carries it out.
  void end(std::optional<stomp::failure> why) {
    if (!ending_) reason_ = std::move(why);
    ending_ = true;
    wake_.set();
    if (ended_) ended_->set();
  }
  // Also set `ended` when the end is marked; it must outlive the link or be taken back by null.
  void tell(net::event* ended) { ended_ = ended; }
  void wake_at(stomp::time_point when) {
    timer_->start(when, [this] { owner_.broker_.on_tick(id_, owner_.rt_.now()); });
  }
  // Something changed that the task may be waiting for.
  void poke() { wake_.set(); }

  bool is_full() const { return queued() >= owner_.options_.output_limit; }
  // The queue ran empty: dispatch goes on if it had been full.
  void drained() {
    if (std::exchange(was_full_, false)) owner_.broker_.on_writable(id_, owner_.rt_.now());
    wake_.set();
  }
  bool report_room() {
    if (is_full()) was_full_ = true;
    return !was_full_;
  }
  bool may_read() const { return !is_full() && !owner_.broker_.should_stall(id_); }
  // Ends the connection when nothing came or went for `limit`.
  void watch_idle(net::duration limit) {
    idle_timer_ = owner_.rt_.make_timer();
    idle_limit_ = limit;
    touch();
    look_for_life();
  }
  void touch() { last_life_ = owner_.rt_.now(); }
  bool is_idle() const { return is_idle_; }
  bool ending() const { return ending_; }
  bool in_order() const {
    return !reason_ || reason_->code == make_error_code(stomp::errc::disconnected);
  }
  const std::optional<stomp::failure>& reason() const { return reason_; }
  connection_id id() const { return id_; }
  net::event& wake() { return wake_; }

 protected:
  server& owner_;

 private:
  connection_id id_ = 0;
  std::unique_ptr<net::timer> timer_;
  net::event wake_;
  std::optional<stomp::failure> reason_;
  net::event* ended_ = nullptr;
  bool ending_ = false;
  bool was_full_ = false;

  void look_for_life() {
    if (owner_.rt_.now() >= last_life_ + idle_limit_) {
      is_idle_ = true;
      return end(std::nullopt);
    }
    idle_timer_->start(last_life_ + idle_limit_, [this] { look_for_life(); });
  }
  std::unique_ptr<net::timer> idle_timer_;  // null: idle for as long as it likes
  net::duration idle_limit_{};
  net::time_point last_life_{};
  bool is_idle_ = false;
};

class server::stream_link final : public link {
 public:
  stream_link(server& owner, net::stream& channel, open_info info)
      : link(owner, std::move(info)), channel_(channel) {}
  ~stream_link() override {
    channel_.cancel_wait(net::direction::read);
    channel_.cancel_wait(net::direction::write);
  }

  void send(std::string bytes, stomp::payload) override {
    output_ += bytes;
    if (!waiting_) flush();
  }
  std::size_t queued() const override { return output_.size(); }

  // Reads what is there. False when the stream has ended.
  bool read() {
    for (unsigned turn = 0; may_read() && !ending(); ++turn) {
      if (turn == turns) {
        poke();  // others first
        break;
      }
      auto [size, error] = channel_.try_read(scratch());
      if (size > 0) {
        owner_.broker_.on_bytes(id(), {scratch().data(), size}, owner_.rt_.now());
        continue;
      }
      if (error != net::errc::would_block) return false;
      channel_.wait(net::direction::read, [this] { poke(); });
      break;
    }
    return true;
  }

 private:
  void flush() {
    std::size_t sent = 0;
    while (sent < output_.size()) {
      auto [size, error] = channel_.try_write({output_.data() + sent, output_.size() - sent});
      sent += size;
      if (size > 0) continue;
      if (error != net::errc::would_block) sent = output_.size();
      break;
    }
    output_.erase(0, sent);
    waiting_ = !output_.empty();
    if (!waiting_) {
      output_ = std::string();
      return;
    }
    channel_.wait(net::direction::write, [this] {
      waiting_ = false;
      flush();
      if (!waiting_) drained();
    });
  }

  net::stream& channel_;
  std::string output_;
  bool waiting_ = false;
};

class server::websocket_link final : public link {
 public:
  websocket_link(server& owner, net::websocket& socket, open_info info)
      : link(owner, std::move(info)), socket_(socket) {
    socket_.on_drained([this] { drained(); });
  }
  ~websocket_link() override { socket_.on_drained({}); }
  void send(std::string bytes, stomp::payload kind) override {
    touch();
    socket_.send(kind == stomp::payload::text ? ws::opcode::text : ws::opcode::binary, bytes);
  }
  std::size_t queued() const override { return socket_.queued(); }
  net::websocket& socket() { return socket_; }

 private:
  net::websocket& socket_;
};

// Answers handshakes on the WebSocket ports.
class server::websocket_service final : public net::http_service {
 public:
  explicit websocket_service(server& owner) : owner_(owner) {}

  net::task<net::http_response> handle(net::http_request& request) override {
    auto made = answer_handshake(request, owner_.options_.broker.kind, owner_.rt_.wall_now());
    if (!made.is_accepted) co_return std::move(made.answer);
    made.answer.on_upgrade = [this, name = std::move(made.subprotocol)](
                                 std::unique_ptr<net::stream> connection, std::string early) {
      return owner_.run_websocket(std::move(connection), std::move(early), name);
    };
    co_return std::move(made.answer);
  }
  net::http_response refuse(const net::http_error& error) override {
    return net::make_response(error.status, "text/plain; charset=utf-8", error.detail + "\n");
  }

 private:
  server& owner_;
};

server::server(net::runtime& rt, net::log_sink& log, server_options options)
    : rt_(rt),
      log_(log),
      options_(std::move(options)),
      broker_(with_maps(options_.broker, maps_), *this),
      upgrades_(std::make_unique<websocket_service>(*this)),
      sweep_(rt.make_timer()),
      acceptors_(rt),
      connections_(rt, [this](std::exception_ptr failed) {
        try {
          std::rethrow_exception(failed);
        } catch (const std::exception& e) {
          log_.write(net::log_level::error, "connection", e.what());
        } catch (...) {
          log_.write(net::log_level::error, "connection", "unknown exception");
        }
      }) {}

server::~server() {
  acceptors_.cancel();
  connections_.cancel();
}

bool server::send(connection_id id, std::string bytes, stomp::payload kind) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second->ending()) return true;
  found->second->send(std::move(bytes), kind);
  return found->second->report_room();
}

void server::close(connection_id id, const stomp::failure& why) {
  if (const auto found = links_.find(id); found != links_.end()) found->second->end(why);
}

void server::wake_at(connection_id id, stomp::time_point when) {
  if (const auto found = links_.find(id); found != links_.end()) {
    found->second->wake_at(when);
  }
}

void server::sweep_at(stomp::time_point when) {
  sweep_->start(when, [this] { broker_.on_sweep(rt_.now()); });
}

void server::memory_freed() {
  for (auto& [id, each] : links_) each->poke();
}

net::task<void> server::run_stream(std::unique_ptr<net::stream> connection) {
  std::optional<stream_link> each;
  each.emplace(*this, *connection,
               open_info{stomp::transport::stream, net::to_string(connection->remote_endpoint()),
                         versions_of({})});
  bool open = true;
  while (open && !each->ending()) {
    open = each->read();
    if (!open || each->ending()) break;
    co_await each->wake();
    each->wake().clear();
  }
  if (open) {
    // We end it: what was queued goes out first, then FIN, then a bounded wait for the peer, so
    // that an ERROR is not lost to a reset (S-ERR-1).
    auto finish = [](net::runtime& rt, stream_link& of, net::stream& channel) -> net::task<int> {
      while (of.queued() > 0) {
        of.wake().clear();
        co_await of.wake();
      }
      channel.shutdown_write();
      co_return co_await net::drop_rest(rt, channel);
    };
    co_await net::with_deadline(rt_, rt_.now() + options_.close_wait,
                                finish(rt_, *each, *connection));
  }
  each.reset();
  connection->close();
}

net::task<void> server::read_messages(websocket_link& of) {
  net::event& wake = of.wake();
  while (!of.ending()) {
    auto message = co_await of.socket().receive();
    if (!message) break;
    of.touch();
    const auto kind =
        message->op == ws::opcode::text ? stomp::payload::text : stomp::payload::binary;
    broker_.on_message(of.id(), message->payload, kind, rt_.now());
    while (!of.ending() && !of.may_read()) {
      wake.clear();
      co_await wake;
    }
  }
  of.end(std::nullopt);
}

net::task<void> server::run_websocket(std::unique_ptr<net::stream> connection, std::string early,
                                      std::string subprotocol) {
  ws::reader_options reader;
  reader.self = ws::role::server;
  const profile& kind = options_.broker.kind;
  // A message holds a frame: its body and head at the most.
  reader.max_message =
      kind.largest_ws_message != 0 ? kind.largest_ws_message : kind.rules.limit.body + 1024 * 1024;
  reader.max_frame = reader.max_message;
  reader.too_big_text = kind.too_big_text;
  reader.minimal_lengths = kind.minimal_ws_lengths;
  const std::string remote = net::to_string(connection->remote_endpoint());
  net::websocket socket(rt_, std::move(connection), reader, std::move(early));
  net::event ended(rt_);
  std::optional<websocket_link> each;
  each.emplace(*this, socket,
               open_info{stomp::transport::messages, remote,
                         versions_of(kind.pins_version ? subprotocol : std::string())});
  each->tell(&ended);
  if (kind.ws_idle.count() > 0) each->watch_idle(kind.ws_idle);
  net::task_group reading(rt_);
  reading.spawn(read_messages(*each));
  co_await ended;
  reading.cancel();
  const bool quiet = kind.closes_quietly;
  const auto code = stopping_ || each->is_idle() ? ws::close_code::going_away
                    : quiet || each->in_order()  ? ws::close_code::normal
                                                 : ws::close_code::protocol_error;
  std::string text = each->reason() && !quiet ? each->reason()->text : std::string();
  if (each->is_idle()) text = idle_text(kind.ws_idle);
  co_await socket.close(static_cast<std::uint16_t>(code), ws::cut_utf8(text, 100),
                        options_.close_wait);
  each.reset();
}

net::task<void> server::answer_http(std::unique_ptr<net::stream> connection,
                                    std::shared_ptr<const net::tls_context> tls,
                                    net::http_service* service) {
  if (tls) {
    auto secured = co_await net::within(rt_, options_.tls_handshake,
                                        net::tls_accept(rt_, std::move(connection), tls));
    if (!secured) co_return;
    connection = std::move(*secured);
  }
  co_await net::serve_http(rt_, std::move(connection), *service, options_.http);
}

net::task<void> server::accept_loop(std::unique_ptr<net::listener> from, handler serve,
                                    std::shared_ptr<const net::tls_context> tls,
                                    net::http_service* service) {
  while (true) {
    auto accepted = co_await from->accept();
    if (!accepted) {
      log_.write(net::log_level::error, "accept", accepted.error().message());
      co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(100));
      continue;
    }
    if (connections_.size() >= options_.max_connections) continue;
    if (service) {
      connections_.spawn(answer_http(std::move(*accepted), tls, service));
    } else {
      connections_.spawn((this->*serve)(std::move(*accepted)));
    }
  }
}

void server::serve_stomp(std::unique_ptr<net::listener> from) {
  acceptors_.spawn(accept_loop(std::move(from), &server::run_stream, nullptr, nullptr));
}

void server::serve_websocket(std::unique_ptr<net::listener> from,
                             std::shared_ptr<const net::tls_context> tls) {
  acceptors_.spawn(accept_loop(std::move(from), nullptr, std::move(tls), upgrades_.get()));
}

void server::serve_http(std::unique_ptr<net::listener> from, net::http_service& service) {
  acceptors_.spawn(accept_loop(std::move(from), nullptr, nullptr, &service));
}

net::task<void> server::stop(net::duration limit) {
  stopping_ = true;
  acceptors_.cancel();
  for (auto& [id, each] : links_) each->end(std::nullopt);
  auto empty = [](server& self) -> net::task<int> {
    while (!self.links_.empty()) {
      co_await net::wait_until(self.rt_, self.rt_.now() + std::chrono::milliseconds(5));
    }
    co_return 0;
  };
  co_await net::with_deadline(rt_, rt_.now() + limit, empty(*this));
  connections_.cancel();
}

}  // namespace mockbroker
