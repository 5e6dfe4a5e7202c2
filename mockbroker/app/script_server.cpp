#include "mockbroker/app/script_server.hpp"

#include <utility>

#include "harness/ladder/wire_reader.hpp"
#include "mockbroker/app/handshake.hpp"
#include "net/websocket.hpp"

namespace mockbroker {

namespace ladder = harness::ladder;

namespace {

constexpr auto close_wait = std::chrono::seconds(2);  // for the peer's side of a close
constexpr auto tls_handshake = std::chrono::seconds(10);
constexpr std::size_t most_connections = 1000;
constexpr std::uint64_t most_message = std::uint64_t{128} << 20U;

}  // namespace

// One connection as the script's effects see it. Registered while it exists.
class script_server::link {
 public:
  link(script_server& owner, client_info info) : owner_(owner), changed_(owner.rt_) {
    id_ = ++owner_.last_id_;
    owner_.links_[id_] = this;
    owner_.script_.on_open(id_, std::move(info), owner_.rt_.now());
  }
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  ~link() { owner_.links_.erase(id_); }

  void send(std::string octets) {
    output_.push_back(std::move(octets));
    changed_.set();
  }
  void close(std::uint16_t code, std::string reason) {
    if (std::exchange(is_closing_, true)) return;
    code_ = code;
    reason_ = std::move(reason);
    changed_.set();
  }
  // The client has ended its side.
  void leave(std::uint16_t code) {
    ladder::arrival end;
    end.what = ladder::arrival::kind::close;
    end.code = code;
    close(1000, {});
    owner_.script_.on_arrival(id_, std::move(end), owner_.rt_.now());
  }

  // Octets of STOMP as they come, in any pieces.
  void read(std::string_view octets) {
    while (!octets.empty()) {
      const auto event = reader_.next(octets);
      if (event == ladder::wire_reader::event::none) return;
      ladder::arrival a;
      if (event == ladder::wire_reader::event::eol) {
        // One behind a frame's NUL belongs to the frame.
        if (std::exchange(was_frame_, false)) continue;
        a.what = ladder::arrival::kind::beat;
      } else {
        a.frame = reader_.take();
        was_frame_ = true;
      }
      owner_.script_.on_arrival(id_, std::move(a), owner_.rt_.now());
    }
    was_frame_ = false;
  }

  // The next octets to write, or nothing when the connection is to end.
  net::task<std::optional<std::string>> next_output() {
    while (output_.empty() && !is_closing_) {
      changed_.clear();
      co_await changed_;
    }
    if (output_.empty()) co_return std::nullopt;
    std::optional<std::string> first(std::move(output_.front()));
    output_.pop_front();
    co_return first;
  }
  std::uint16_t code() const { return code_; }
  const std::string& reason() const { return reason_; }

 private:
  script_server& owner_;
  client_id id_ = 0;
  net::event changed_;
  std::deque<std::string> output_;
  bool is_closing_ = false;
  std::uint16_t code_ = 1000;
  std::string reason_;
  ladder::wire_reader reader_{ladder::wire_reader::from::client};
  bool was_frame_ = false;
};

// Answers handshakes.
class script_server::upgrades final : public net::http_service {
 public:
  explicit upgrades(script_server& owner) : owner_(owner) {}

  net::task<net::http_response> handle(net::http_request& request) override {
    auto made = answer_handshake(request, owner_.kind_, owner_.rt_.wall_now());
    if (!made.is_accepted) co_return std::move(made.answer);
    client_info info{true, request.target,
                     request.headers.joined("Sec-WebSocket-Protocol").value_or("")};
    made.answer.on_upgrade = [this, info](std::unique_ptr<net::stream> connection,
                                          std::string early) {
      return owner_.run_websocket(std::move(connection), std::move(early), info);
    };
    co_return std::move(made.answer);
  }
  net::http_response refuse(const net::http_error& error) override {
    return net::make_response(error.status, "text/plain; charset=utf-8", error.detail + "\n");
  }

 private:
  script_server& owner_;
};

script_server::script_server(net::runtime& rt, net::log_sink& log, std::vector<ladder::row> rows,
                             profile kind)
    : rt_(rt),
      log_(log),
      kind_(std::move(kind)),
      script_(std::move(rows), *this),
      upgrades_(std::make_unique<upgrades>(*this)),
      timer_(rt.make_timer()),
      acceptors_(rt),
      connections_(rt) {}

script_server::~script_server() {
  acceptors_.cancel();
  connections_.cancel();
}

void script_server::send(client_id to, std::string octets) {
  if (const auto found = links_.find(to); found != links_.end()) {
    found->second->send(std::move(octets));
  }
}

void script_server::close(client_id to, std::uint16_t code, const std::string& reason) {
  if (const auto found = links_.find(to); found != links_.end()) {
    found->second->close(code, reason);
  }
}

void script_server::wake_at(net::time_point when) {
  timer_->start(when, [this] { script_.on_tick(rt_.now()); });
}

std::int64_t script_server::civil_ms() const {
  const auto since = rt_.wall_now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

void script_server::ended(const ladder::row& r, const std::string& report) {
  const bool held = report.empty();
  auto text = held ? "passed " + r.name + " (broker)" : "FAILED " + report;
  log_.write(held ? net::log_level::info : net::log_level::error, "ladder",
             text.substr(0, text.find("\n  Ladder:")));
  results_.push_back(std::move(text));
}

net::task<void> script_server::run_stream(std::unique_ptr<net::stream> connection) {
  link each(*this, {});
  auto read_all = [](link& of, net::stream& from) -> net::task<void> {
    std::string into(64 * 1024, '\0');
    while (true) {
      auto got = co_await net::read_some(from, into);
      if (!got) break;
      of.read(std::string_view(into.data(), *got));
    }
    of.leave(0);
  };
  net::task_group reading(rt_);
  reading.spawn(read_all(each, *connection));
  while (auto octets = co_await each.next_output()) {
    if (co_await net::write_all(*connection, *octets)) break;
  }
  reading.cancel();
  connection->shutdown_write();
  co_await net::with_deadline(rt_, rt_.now() + close_wait, net::drop_rest(rt_, *connection));
}

net::task<void> script_server::run_websocket(std::unique_ptr<net::stream> connection,
                                             std::string early, client_info info) {
  ws::reader_options options;
  options.self = ws::role::server;
  options.max_message = options.max_frame = most_message;
  net::websocket socket(rt_, std::move(connection), options, std::move(early));
  link each(*this, std::move(info));
  auto read_all = [](link& of, net::websocket& from) -> net::task<void> {
    while (auto message = co_await from.receive()) of.read(message->payload);
    of.leave(from.peer_close().code);
  };
  net::task_group reading(rt_);
  reading.spawn(read_all(each, socket));
  while (auto octets = co_await each.next_output()) {
    socket.send(ws::opcode::text, *octets);
    if (co_await socket.drain()) break;
  }
  reading.cancel();
  if (each.code() == static_cast<std::uint16_t>(ws::close_code::abnormal)) co_return;
  co_await socket.close(each.code(), each.reason(), close_wait);
}

net::task<void> script_server::answer_http(std::unique_ptr<net::stream> connection,
                                           std::shared_ptr<const net::tls_context> tls) {
  if (tls) {
    auto secured =
        co_await net::within(rt_, tls_handshake, net::tls_accept(rt_, std::move(connection), tls));
    if (!secured) co_return;
    connection = std::move(*secured);
  }
  co_await net::serve_http(rt_, std::move(connection), *upgrades_, net::http_server_options{});
}

net::task<void> script_server::accept_loop(std::unique_ptr<net::listener> from, bool websocket,
                                           std::shared_ptr<const net::tls_context> tls) {
  while (true) {
    auto accepted = co_await from->accept();
    if (!accepted) {
      log_.write(net::log_level::error, "accept", accepted.error().message());
      co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(100));
      continue;
    }
    if (connections_.size() >= most_connections) continue;
    if (websocket) {
      connections_.spawn(answer_http(std::move(*accepted), tls));
    } else {
      connections_.spawn(run_stream(std::move(*accepted)));
    }
  }
}

void script_server::serve_stomp(std::unique_ptr<net::listener> from) {
  acceptors_.spawn(accept_loop(std::move(from), false, nullptr));
}

void script_server::serve_websocket(std::unique_ptr<net::listener> from,
                                    std::shared_ptr<const net::tls_context> tls) {
  acceptors_.spawn(accept_loop(std::move(from), true, std::move(tls)));
}

net::task<void> script_server::stop(net::duration limit) {
  acceptors_.cancel();
  script_.finish(rt_.now());
  for (auto& [id, each] : links_) each->close(1001, {});
  auto empty = [](net::task_group& all) -> net::task<int> {
    co_await all.wait_empty();
    co_return 0;
  };
  co_await net::with_deadline(rt_, rt_.now() + limit, empty(connections_));
  connections_.cancel();
}

}  // namespace mockbroker
