// A stored message: what a producer sent, without what only concerned the producer. Shared by all
// its receivers and never changed. Its memory is accounted while it lives.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/destination_name.hpp"
#include "mockbroker/broker/transformation.hpp"
#include "stomp/frame.hpp"
#include "stomp/serializer.hpp"
#include "stomp/session_io.hpp"

namespace mockbroker {

// What all messages of a broker add up to. Outlives them.
struct memory_account {
  std::size_t used = 0;  // octets of those that live
  // Heads and mended bodies that were written out, of all there ever were.
  std::uint64_t serialised = 0;
};

// What the broker itself needs to know of a message.
struct message_facts {
  std::string id;
  destination_name destination;
  std::int64_t timestamp_ms = 0;  // since 1970
  std::int64_t expires_ms = 0;    // since 1970; 0 or less: never
  int priority = 4;               // 0 to 9
  bool persistent = false;
  bool is_bytes = false;         // the sender gave content-length (AMQ-CL-1)
  bool was_redelivered = false;  // says the sender
  bool shows_sender = false;     // `destination` or `reply-to` is temporary: shown to each its way
  std::string group;             // JMSXGroupID; empty: none
  int group_sequence = 0;        // JMSXGroupSeq
  std::uint64_t producer = 0;    // the connection that sent it; 0: the broker itself
  std::shared_ptr<const sent_body> map;  // the body of a map message; null: the frame's is it
};

class message {
 public:
  // `content` holds the headers that every receiver gets, `destination` and `message-id` among
  // them, and the body.
  message(memory_account& account, stomp::frame content, message_facts facts);
  ~message();
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  const message_facts& facts() const noexcept { return facts_; }
  const std::string& id() const noexcept { return facts_.id; }
  const destination_name& destination() const noexcept { return facts_.destination; }
  const stomp::frame& content() const noexcept { return content_; }
  // Octets it is accounted with, without a mended body.
  std::size_t cost() const noexcept { return cost_; }
  bool expired_at(std::int64_t wall_ms) const noexcept {
    return facts_.expires_ms > 0 && wall_ms >= facts_.expires_ms;
  }
  memory_account& account() const noexcept { return account_; }

  // The header lines that all receivers of one version share; headers the version cannot express
  // are left out (S12-ESC-3). Made once and kept for the next receiver.
  const std::string& common_lines(const stomp::serialize_options& options) const;
  // The same with some values replaced or added; not kept.
  std::string lines(const stomp::serialize_options& options,
                    std::span<const stomp::header> instead) const;
  // Whether the body is well-formed UTF-8. Judged once.
  bool is_text() const;
  // The body, with U+FFFD for what is not well-formed UTF-8. Made once and kept.
  const std::string& text_body() const;

 private:
  memory_account& account_;
  message_facts facts_;
  stomp::frame content_;
  std::size_t cost_ = 0;
  mutable std::array<std::string, 3> common_;  // by version
  mutable std::optional<std::string> mended_;
  mutable std::uint8_t text_ = 0;  // 0: not judged, 1: no, 2: yes
};

using message_ptr = std::shared_ptr<const message>;

// The same message for another destination: same id and date, `original-destination` says where
// it was (`from`, as written on the wire). With `forever` it no longer expires.
struct rerouting {
  destination_name to;
  std::string to_text;
  std::string from_text;  // empty: no `original-destination`
  bool forever = false;
};
message_ptr reroute(const message& m, const rerouting& how,
                    const std::vector<stomp::header>& more = {});

// How one receiver is told about a message.
struct message_labels {
  std::string_view subscription;  // empty: none (1.0 without id)
  std::string_view ack;           // empty: none (not 1.2, or auto)
  bool redelivered = false;
  bool mends_text = false;               // a body that is not UTF-8 gets U+FFFD for what is wrong
  std::span<const stomp::header> own{};  // these replace what others get
  const std::string* body = nullptr;     // as does this
};

// The octets of the MESSAGE frame. What differs between receivers comes first, so that it wins.
std::string write_message(const message& m, const message_labels& labels,
                          const stomp::serialize_options& options);
// The MESSAGE as a frame, for management.
stomp::frame make_message_frame(const message& m, const message_labels& labels);

// `text` with U+FFFD for every octet that is not part of well-formed UTF-8.
std::string mend_utf8(std::string_view text);

}  // namespace mockbroker
