// A real runtime on a thread of its own, for callers that want to block.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "net/real_runtime.hpp"
#include "net/threads.hpp"

namespace net {

// Owns the runtime and its thread. call() may be used from any thread, one call at a time each;
// everything that tasks touch lives on the runtime's thread only.
class background {
 public:
  background() : runtime_(make_real_runtime()), tasks_(std::make_unique<task_group>(*runtime_)) {
    thread_.start([this] { runtime_->run(); });
  }
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background() {
    runtime_->stop();
    thread_.join();
    tasks_.reset();
  }

  net::runtime& runtime() noexcept { return *runtime_; }

  // Runs the task that `make` gives, on the runtime's thread, and waits for its result at most
  // `limit`; nothing when that has passed, and the task is cancelled then.
  template <class T>
  std::optional<T> call(std::function<task<T>()> make, duration limit) {
    auto done = std::make_shared<rendezvous<T>>();
    runtime_->post_from_any_thread([this, make = std::move(make), limit, done] {
      tasks_->spawn(run<T>(*runtime_, make, limit, done));
    });
    std::unique_lock lock(done->guard);
    done->ready.wait(lock, [&] { return done->ended; });
    return std::move(done->value);
  }

 private:
  template <class T>
  struct rendezvous {
    std::mutex guard;
    std::condition_variable ready;
    std::optional<T> value;
    bool ended = false;
  };

  template <class T>
  static task<void> run(net::runtime& rt, std::function<task<T>()> make, duration limit,
                        std::shared_ptr<rendezvous<T>> done) {
    std::optional<T> value;
    try {
      value = co_await with_deadline(rt, rt.now() + limit, make());
    } catch (...) {
      value.reset();
    }
    {
      const std::lock_guard lock(done->guard);
      done->value = std::move(value);
      done->ended = true;
    }
    done->ready.notify_one();
  }

  std::unique_ptr<real_runtime> runtime_;
  std::unique_ptr<task_group> tasks_;
  thread_set thread_;
};

}  // namespace net
