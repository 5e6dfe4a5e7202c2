// The one door to the world. Everything that has a clock, a socket, a file or chance comes from a
// runtime, so that the same code runs on the real world and on a simulated one.
//
// A runtime belongs to one thread; all its callbacks run there. Only post_from_any_thread() may be
// called from others. Callbacks are never run from inside the call that registered them.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "net/task.hpp"
#include "net/types.hpp"

namespace net {

// One-shot timer. Destroying or cancelling it means its callback will not run.
class timer {
 public:
  virtual ~timer() = default;
  // Replaces an earlier setting.
  virtual void start(time_point at, std::function<void()> expired) = 0;
  virtual void cancel() noexcept = 0;
};

class listener {
 public:
  virtual ~listener() = default;
  // Next connection. errc::no_descriptors is temporary: wait and call again.
  virtual task<result<std::unique_ptr<stream>>> accept() = 0;
  // The bound address with the real port.
  virtual endpoint local_endpoint() const = 0;
};

// Which side of the gateway (or broker, or client) a connection is on.
enum class leg { client, upstream };

// Plaintext octets as they pass, above TLS: what journals and recordings are made of.
struct tap_event {
  std::uint64_t connection;
  net::leg leg;
  direction from;  // read: came from the peer; write: went to it
  std::string_view bytes;
  time_point at;
};

// How listeners of several workers share one port (SO_REUSEPORT).
enum class port_sharing {
  exclusive,  // nobody else
  first,      // the first of several workers; a port that somebody else holds is an error
  next,       // a further worker of ours
};

class runtime {
 public:
  virtual ~runtime() = default;

  virtual time_point now() const = 0;
  virtual wall_time wall_now() const = 0;
  virtual std::unique_ptr<timer> make_timer() = 0;
  // Runs `f` soon, in order with other posts.
  virtual void post(std::function<void()> f) = 0;
  virtual void post_from_any_thread(std::function<void()> f) = 0;

  // Random number; derived from the seed in simulation.
  virtual std::uint64_t random() = 0;

  // Listens on `at`; port 0 takes a free one; address "" means all, dual stack. A busy port is
  // errc::address_in_use even when its owner shares ports.
  virtual result<std::unique_ptr<listener>> listen(const endpoint& at, port_sharing sharing) = 0;
  result<std::unique_ptr<listener>> listen(const endpoint& at) {
    return listen(at, port_sharing::exclusive);
  }
  // Tries every address of `host` in order. The caller sets the deadline.
  virtual task<result<std::unique_ptr<stream>>> connect(std::string host, std::uint16_t port) = 0;

  // Runs slow `work` (password hashes, big files) off the data path and resumes when it is done.
  // Cancelling abandons the result; `work` must own what it touches.
  virtual task<void> offload(std::function<void()> work) = 0;

  // Calls `f` on each arrival of one of `signals` until the runtime ends.
  virtual void on_signals(std::vector<int> signals, std::function<void(int)> f) = 0;

  // Numbers connections from 1, for logs, pumps and taps.
  std::uint64_t next_connection_id() noexcept { return last_connection_id_ += id_step_; }
  // Makes the numbers of `count` workers distinct; `index` from 0. Before the first connection.
  void number_connections(unsigned index, unsigned count) noexcept {
    last_connection_id_ = std::uint64_t(index) + 1 - count;
    id_step_ = count;
  }
  // Sees all plaintext of connections that are opened from now on; empty: nobody looks.
  void set_tap(std::function<void(const tap_event&)> tap) { tap_ = std::move(tap); }
  const std::function<void(const tap_event&)>& tap() const noexcept { return tap_; }

 private:
  std::uint64_t last_connection_id_ = 0;
  std::uint64_t id_step_ = 1;
  std::function<void(const tap_event&)> tap_;
};

// `connection` itself when nobody taps, else a stream that reports what passes through it.
std::unique_ptr<stream> tapped(runtime& rt, std::unique_ptr<stream> connection, leg side,
                               std::uint64_t id);

// Awaitable: resumes at `at` (or soon, when that has passed).
class wait_until {
 public:
  wait_until(runtime& rt, time_point at) : timer_(rt.make_timer()), at_(at) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    timer_->start(at_, [h] { h.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  std::unique_ptr<timer> timer_;
  time_point at_;
};

// Awaitable: lets everything else that is ready now run first. For loops that may find work for
// ever, so that a busy peer does not starve the rest.
class next_turn {
 public:
  explicit next_turn(runtime& rt) : runtime_(rt) {}
  next_turn(const next_turn&) = delete;
  next_turn& operator=(const next_turn&) = delete;
  ~next_turn() { *waiter_ = nullptr; }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    *waiter_ = h;
    runtime_.post([w = waiter_] {
      if (auto waiting = std::exchange(*w, nullptr)) waiting.resume();
    });
  }
  void await_resume() const noexcept {}

 private:
  runtime& runtime_;
  std::shared_ptr<std::coroutine_handle<>> waiter_ = std::make_shared<std::coroutine_handle<>>();
};

// Reads and drops what still comes, until the end: before a close, so that our last octets are not
// lost to a reset (RFC 9112 9.6). The caller sets the deadline; answers 0.
task<int> drop_rest(runtime& rt, byte_channel& from);

// Lets one coroutine wait for a cause set by another. set() never resumes inline, so it may be
// called from anywhere on the runtime, also by code that the waiter is about to destroy.
class event {
 public:
  explicit event(runtime& rt) : runtime_(rt), state_(std::make_shared<state>()) {}
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  ~event() { state_->waiter = nullptr; }

  void set() {
    state_->set = true;
    if (!state_->waiter || state_->posted) return;
    state_->posted = true;
    runtime_.post([s = state_] {
      s->posted = false;
      if (auto h = std::exchange(s->waiter, nullptr)) h.resume();
    });
  }
  bool is_set() const noexcept { return state_->set; }
  void clear() noexcept { state_->set = false; }

  struct state {
    bool set = false;
    bool posted = false;
    std::coroutine_handle<> waiter;
  };
  // Destroying it (with the coroutine that waits) takes the wait back.
  struct awaiter {
    explicit awaiter(std::shared_ptr<state> s) noexcept : of(std::move(s)) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    ~awaiter() {
      if (self && of->waiter == self) of->waiter = nullptr;
    }
    bool await_ready() const noexcept { return of->set; }
    void await_suspend(std::coroutine_handle<> h) { of->waiter = self = h; }
    void await_resume() const noexcept {}

    std::shared_ptr<state> of;
    std::coroutine_handle<> self;
  };
  // Awaiting an event that is set does not suspend. One waiter at a time.
  awaiter operator co_await() const noexcept { return awaiter(state_); }

 private:
  runtime& runtime_;
  std::shared_ptr<state> state_;
};

// Owns root tasks. Destroying or cancelling it destroys those that still run. An exception that
// leaves a root task ends that task only and is handed to `on_error`.
class task_group {
 public:
  explicit task_group(runtime& rt, std::function<void(std::exception_ptr)> on_error = {});
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  ~task_group();

  // Starts `t` at once, inside this call, up to its first suspension.
  void spawn(task<void> t);
  std::size_t size() const noexcept;
  // Destroys all. Not from inside one of its own tasks.
  void cancel() noexcept;
  // Resumes when the group is empty. One waiter at a time.
  task<void> wait_empty();

 private:
  struct core;
  std::shared_ptr<core> core_;
};

// Runs `op` up to its end when it never has to wait; else it is destroyed and the answer is
// nothing.
template <class T>
std::optional<T> at_once(runtime& rt, task<T> op) {
  std::optional<T> value;
  std::exception_ptr error;
  task_group group(rt, [&error](std::exception_ptr e) { error = e; });
  auto run = [](task<T> inner, std::optional<T>& out) -> task<void> {
    out.emplace(co_await inner);
  };
  group.spawn(run(std::move(op), value));
  if (error) std::rethrow_exception(error);
  return value;
}

// Runs `op`; when `at` comes first, `op` is destroyed and the answer is nothing.
template <class T>
task<std::optional<T>> with_deadline(runtime& rt, time_point at, task<T> op) {
  event done(rt);
  std::optional<T> value;
  std::exception_ptr error;
  task_group group(rt);
  auto run = [](task<T> inner, std::optional<T>& out, std::exception_ptr& failed,
                event& ended) -> task<void> {
    try {
      out.emplace(co_await inner);
    } catch (...) {
      failed = std::current_exception();
    }
    ended.set();
  };
  auto alarm = rt.make_timer();
  alarm->start(at, [&done] { done.set(); });
  group.spawn(run(std::move(op), value, error, done));
  co_await done;
  if (error) std::rethrow_exception(error);
  co_return std::move(value);
}

// As above for operations that answer with an error code or a result: errc::timed_out.
template <class R>
task<R> within(runtime& rt, duration limit, task<R> op) {
  auto value = co_await with_deadline(rt, rt.now() + limit, std::move(op));
  if (!value) co_return R(make_error_code(errc::timed_out));
  co_return std::move(*value);
}

}  // namespace net
