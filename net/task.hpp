// task<T>: a lazy coroutine owned by whoever holds it.
//
// Cancellation is destruction: destroying a task that is suspended destroys its frame, its children
// and their awaitables in order, and each awaitable takes back the wait it registered. There is no
// cancelled state to handle, so a cancel between two waits cannot be lost. Two rules follow:
// clean-up belongs in destructors, and a task must not be destroyed from code that it is itself
// running (hand that to net::post).
//
// Resumption never recurses without bound: a child that ends before its first suspension does not
// resume its parent, the parent just goes on. Everything runs on one runtime, hence no locks.
#pragma once

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace net {

template <class T = void>
class task;

namespace detail {

// Coroutine frames alive on this thread: teardown checks compare it with zero.
inline thread_local std::size_t live_frames = 0;

struct promise_base {
  promise_base() noexcept { ++live_frames; }
  promise_base(const promise_base&) = delete;
  promise_base& operator=(const promise_base&) = delete;
  ~promise_base() { --live_frames; }

  std::coroutine_handle<> parent;  // resumed at the end; null while it runs inside its own start
  std::exception_ptr error;

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> self) noexcept {
      // The parent may destroy `self` while it runs; nothing may follow this call.
      if (auto waiting = self.promise().parent) waiting.resume();
    }
    void await_resume() noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& u) {
    value.emplace(std::forward<U>(u));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;

  task() noexcept = default;
  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~task() { reset(); }

  // Cancels: destroys the frame if there is one.
  void reset() noexcept {
    if (auto frame = std::exchange(frame_, nullptr)) frame.destroy();
  }
  explicit operator bool() const noexcept { return frame_ != nullptr; }

  struct awaiter {
    std::coroutine_handle<promise_type> child;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
      child.resume();
      if (child.done()) return false;
      child.promise().parent = parent;
      return true;
    }
    T await_resume() { return child.promise().take(); }
  };
  awaiter operator co_await() const& noexcept {
    assert(frame_);
    return awaiter{frame_};
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {
template <class T>
task<T> promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}
}  // namespace detail

}  // namespace net
