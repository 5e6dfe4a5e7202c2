// A stored message: what a producer sent, without what only concerned the producer. Shared by all
// its receivers and never changed. Its memory is accounted while it lives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "stomp/frame.hpp"

namespace mockbroker {

// Octets of all messages that live. Outlives them.
struct memory_account {
  std::size_t used = 0;
};

class message {
 public:
  struct origin {
    std::string id;
    std::string destination;    // resolved name
    std::int64_t timestamp_ms;  // since 1970
  };
  // Takes the headers and body of `sent` (a SEND, or what a console publishes), minus the ones
  // that a sender must not forge or that only concerned it (S-USR-1).
  message(memory_account& account, stomp::frame sent, origin from);
  ~message();
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  const std::string& id() const noexcept { return from_.id; }
  const std::string& destination() const noexcept { return from_.destination; }
  const stomp::frame& content() const noexcept { return content_; }
  // Whether the sender gave content-length (AMQ-CL-1).
  bool had_length() const noexcept { return had_length_; }
  bool expired_at(std::int64_t wall_ms) const noexcept {
    return expires_ms_ != 0 && wall_ms >= expires_ms_;
  }
  std::int64_t timestamp_ms() const noexcept { return from_.timestamp_ms; }
  memory_account& account() const noexcept { return account_; }

 private:
  memory_account& account_;
  origin from_;
  stomp::frame content_;
  std::size_t cost_ = 0;
  std::int64_t expires_ms_ = 0;  // 0: never
  bool had_length_ = false;
};

using message_ptr = std::shared_ptr<const message>;

// The same message for the dead letter queue `grave`: same id and date, `original-destination`
// says where it came from, and it does not expire.
message_ptr make_dead_letter(const message& m, std::string grave);

// How one receiver is told about a message.
struct message_labels {
  std::string_view subscription;  // empty: none (1.0 without id)
  std::string_view ack;           // empty: none (not 1.2, or auto)
  bool redelivered = false;
  bool add_length = false;  // content-length although the serializer would not add it
};

// The MESSAGE frame. Standard headers come first, so that they win over user headers.
stomp::frame make_message_frame(const message& m, const message_labels& labels);

}  // namespace mockbroker
