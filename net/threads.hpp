// The only place that makes threads: workers of the binaries, the blocking client, name lookups.
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace net {

// Threads that are joined at the latest when the set ends.
class thread_set {
 public:
  thread_set() = default;
  thread_set(const thread_set&) = delete;
  thread_set& operator=(const thread_set&) = delete;
  ~thread_set() { join(); }
  void start(std::function<void()> body) { threads_.emplace_back(std::move(body)); }
  void join() {
    for (auto& t : threads_) t.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

// Runs `body` on a thread that nobody waits for; it must own what it touches. Throws
// std::system_error when there can be no further thread.
inline void start_detached(std::function<void()> body) { std::thread(std::move(body)).detach(); }

}  // namespace net
