// Vocabulary shared by pure rooms and the world: errors, time, addresses and the byte channel.
// Standard library only, so that gateway/pump, mockbroker/broker and the fault rooms may use it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace net {

// Monotonic time: deadlines and heart-beats. Real runtimes read a clock, simulated ones do not.
using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;
// Civil time: dates, expiry, certificate checks.
using wall_time = std::chrono::system_clock::time_point;

// What can go wrong between us and a peer. Numbers are stable; texts come from the category.
enum class errc {
  would_block = 1,      // nothing to do now; wait for readiness
  end_of_stream = 2,    // the peer ended its direction in order (FIN, close_notify)
  connection_lost = 3,  // reset, broken pipe, or TLS ended without close_notify
  connection_refused = 4,
  name_not_found = 5,  // the host name has no address
  unreachable = 6,     // no route, network down, address family missing
  timed_out = 7,       // a deadline of ours passed
  address_in_use = 8,  // another socket listens on that port
  permission_denied = 9,
  cancelled = 10,
  no_descriptors = 11,  // EMFILE, ENFILE, ENOBUFS
  not_found = 12,       // file does not exist
  tls_failure = 13,     // handshake or record failure; the text says which
  bad_message = 14,     // the peer broke the protocol's grammar
  too_large = 15,       // a limit of ours was exceeded
  body_failed = 16,     // the source of a body that we were sending on broke
  body_timed_out = 17,  // the source of a body that we were sending on made no progress
  other = 99,
};
const std::error_category& error_category() noexcept;
std::error_code make_error_code(errc code) noexcept;

// Either a value or the error that took its place.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(std::error_code error) : state_(std::in_place_index<1>, error) {}
  result(errc error) : state_(std::in_place_index<1>, make_error_code(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  // The error; success (zero) when there is a value.
  std::error_code error() const noexcept {
    return has_value() ? std::error_code{} : std::get<1>(state_);
  }

 private:
  std::variant<T, std::error_code> state_;
};

// Address and port of one end of a connection or listener. `address` is numeric ("127.0.0.1",
// "::1"); in configuration it may be "" for "all addresses, dual stack".
struct endpoint {
  std::string address;
  std::uint16_t port = 0;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};
// "127.0.0.1:80" or "[::1]:80".
std::string to_string(const endpoint& e);

enum class direction { read, write };

// Outcome of a non-blocking transfer. `size` octets were moved; `error` says why it stopped short
// (would_block, end_of_stream, connection_lost, ...) and is only set when size is 0.
struct transfer {
  std::size_t size = 0;
  std::error_code error;
};

// One ordered, reliable, two-way stream of octets: TCP, TLS or memory. Not thread-safe; owned and
// used on one runtime. Nothing here blocks.
class byte_channel {
 public:
  virtual ~byte_channel() = default;

  // Moves what is there into `into` (not empty). Size 0 always has an error.
  virtual transfer try_read(std::span<char> into) = 0;
  // Takes a prefix of `from` (not empty). What was taken will be delivered in order.
  virtual transfer try_write(std::span<const char> from) = 0;

  // Calls `ready` once, later and never from inside wait(), when try_read or try_write may get
  // further (errors count). One waiter a direction; a second wait() replaces the first.
  virtual void wait(direction d, std::function<void()> ready) = 0;
  // The waiter of `d`, if any, will not be called.
  virtual void cancel_wait(direction d) noexcept = 0;

  // Ends our direction in order after everything taken so far (FIN; TLS: close_notify first).
  virtual void shutdown_write() = 0;
  // Ends both directions at once, as close(2) does: octets already taken may still reach the peer,
  // who then sees the end of the stream. Idempotent; waiters are dropped.
  virtual void close() noexcept = 0;
};

}  // namespace net

template <>
struct std::is_error_code_enum<net::errc> : std::true_type {};
