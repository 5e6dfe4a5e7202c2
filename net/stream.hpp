// A connection as the rest of the project sees it, with awaitables over its readiness.
#pragma once

#include <memory>
#include <string>

#include "net/task.hpp"
#include "net/types.hpp"

namespace net {

// What TLS agreed on, for logs, matching and the console.
struct tls_info {
  std::string protocol;     // "TLSv1.3"
  std::string cipher;       // OpenSSL name
  std::string server_name;  // SNI, empty when the client sent none
  // Server side: whom the client's certificate is for, once verified; RFC 2253, printable ASCII.
  // Empty when it showed none.
  std::string client_subject;
};

// A byte channel that knows its ends. Destroying it closes it.
class stream : public byte_channel {
 public:
  virtual endpoint local_endpoint() const = 0;
  virtual endpoint remote_endpoint() const = 0;
  // As close(), but the peer sees connection_lost (TCP: RST) and pending octets are dropped.
  virtual void reset() noexcept = 0;
  // Null on plain connections; owned by the stream.
  virtual const tls_info* tls() const { return nullptr; }
};

// Awaitable: resumes when `d` is ready; destroying it takes the wait back.
class readiness {
 public:
  readiness(byte_channel& channel, direction d) : channel_(channel), direction_(d) {}
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  ~readiness() {
    if (waiting_) channel_.cancel_wait(direction_);
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    waiting_ = true;
    channel_.wait(direction_, [this, h] {
      waiting_ = false;
      h.resume();
    });
  }
  void await_resume() const noexcept {}

 private:
  byte_channel& channel_;
  direction direction_;
  bool waiting_ = false;
};

// Reads at least one octet. errc::end_of_stream at the end.
task<result<std::size_t>> read_some(byte_channel& channel, std::span<char> into);
// Writes all of `bytes`, which must live until it ends.
task<std::error_code> write_all(byte_channel& channel, std::string_view bytes);

}  // namespace net
