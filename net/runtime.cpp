#include "net/runtime.hpp"

#include <array>
#include <list>

namespace net {

namespace {

// A root coroutine: destroys itself at its end, or is destroyed by its group.
struct root {
  struct promise_type {
    root get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  std::coroutine_handle<promise_type> frame;
};

}  // namespace

struct task_group::core {
  explicit core(runtime& rt, std::function<void(std::exception_ptr)> on_error)
      : report(std::move(on_error)), empty(rt) {}

  std::list<std::coroutine_handle<>> frames;
  std::function<void(std::exception_ptr)> report;
  event empty;
};

task_group::task_group(runtime& rt, std::function<void(std::exception_ptr)> on_error)
    : core_(std::make_shared<core>(rt, std::move(on_error))) {}

task_group::~task_group() { cancel(); }

void task_group::spawn(task<void> t) {
  auto run = [](std::shared_ptr<core> group, task<void> work,
                std::list<std::coroutine_handle<>>::iterator place) -> root {
    try {
      co_await work;
    } catch (...) {
      if (group->report) group->report(std::current_exception());
    }
    work.reset();
    group->frames.erase(place);
    if (group->frames.empty()) group->empty.set();
  };
  auto place = core_->frames.emplace(core_->frames.end());
  root started = run(core_, std::move(t), place);
  *place = started.frame;
  started.frame.resume();
}

std::size_t task_group::size() const noexcept { return core_->frames.size(); }

void task_group::cancel() noexcept {
  auto keep = core_;
  while (!keep->frames.empty()) {
    auto frame = keep->frames.front();
    keep->frames.pop_front();
    frame.destroy();
  }
  keep->empty.set();
}

task<void> task_group::wait_empty() {
  auto group = core_;
  while (!group->frames.empty()) {
    group->empty.clear();
    co_await group->empty;
  }
}

task<result<std::size_t>> read_some(byte_channel& channel, std::span<char> into) {
  while (true) {
    auto [size, error] = channel.try_read(into);
    if (size > 0) co_return size;
    if (error != errc::would_block) co_return error;
    co_await readiness(channel, direction::read);
  }
}

task<int> drop_rest(runtime& rt, byte_channel& from) {
  static thread_local std::array<char, 16 * 1024> dropped;
  for (unsigned reads = 1;; ++reads) {
    if (!co_await read_some(from, dropped)) co_return 0;
    if (reads % 16 == 0) co_await next_turn(rt);
  }
}

task<std::error_code> write_all(byte_channel& channel, std::string_view bytes) {
  while (!bytes.empty()) {
    auto [size, error] = channel.try_write({bytes.data(), bytes.size()});
    if (size > 0) {
      bytes.remove_prefix(size);
    } else if (error == errc::would_block) {
      co_await readiness(channel, direction::write);
    } else {
      co_return error;
    }
  }
  co_return std::error_code{};
}

namespace {

class tapped_stream final : public stream {
 public:
  tapped_stream(runtime& rt, std::unique_ptr<stream> next, leg side, std::uint64_t id)
      : runtime_(rt), next_(std::move(next)), leg_(side), id_(id) {}

  transfer try_read(std::span<char> into) override {
    auto moved = next_->try_read(into);
    report(direction::read, {into.data(), moved.size});
    return moved;
  }
  transfer try_write(std::span<const char> from) override {
    auto moved = next_->try_write(from);
    report(direction::write, {from.data(), moved.size});
    return moved;
  }
  void wait(direction d, std::function<void()> ready) override { next_->wait(d, std::move(ready)); }
  void cancel_wait(direction d) noexcept override { next_->cancel_wait(d); }
  void shutdown_write() override { next_->shutdown_write(); }
  void close() noexcept override { next_->close(); }
  void reset() noexcept override { next_->reset(); }
  endpoint local_endpoint() const override { return next_->local_endpoint(); }
  endpoint remote_endpoint() const override { return next_->remote_endpoint(); }
  const tls_info* tls() const override { return next_->tls(); }

 private:
  void report(direction from, std::string_view bytes) {
    if (bytes.empty() || !runtime_.tap()) return;
    runtime_.tap()({id_, leg_, from, bytes, runtime_.now()});
  }

  runtime& runtime_;
  std::unique_ptr<stream> next_;
  leg leg_;
  std::uint64_t id_;
};

}  // namespace

std::unique_ptr<stream> tapped(runtime& rt, std::unique_ptr<stream> connection, leg side,
                               std::uint64_t id) {
  if (!rt.tap()) return connection;
  return std::make_unique<tapped_stream>(rt, std::move(connection), side, id);
}

}  // namespace net
