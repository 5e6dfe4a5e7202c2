// The broker's outer vocabulary: what a shell hands in and what it gets to do.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/destination_name.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "stomp/error.hpp"
#include "stomp/frame.hpp"
#include "stomp/session_io.hpp"

namespace mockbroker {

using stomp::time_point;
using wall_time = std::chrono::system_clock::time_point;

// Names one connection for as long as the broker lives; never reused, never 0.
using connection_id = std::uint64_t;

// The effects. One shell implements this for all connections. Called from inside the broker's
// methods; an implementation must not call the broker back from here (on_closed() is the
// exception: it then takes effect when the running call returns).
class output {
 public:
  virtual ~output() = default;
  // One whole frame, or a heart-beat "\n". On WebSocket: one message of the kind given. Returns
  // false when this connection's queue is now full (1 MiB): the broker then dispatches no more
  // messages to it until on_writable(). Bytes are taken even then: answers are never dropped, the
  // shell stops reading a full connection instead.
  virtual bool send(connection_id id, std::string bytes, stomp::payload kind) = 0;
  // Write out what was sent, end the connection, then call on_closed(). A code of
  // stomp::errc::disconnected is a good end (WebSocket 1000).
  virtual void close(connection_id id, const stomp::failure& why) = 0;
  // Call on_tick(id) at `when`. Replaces the connection's earlier request.
  virtual void wake_at(connection_id id, time_point when) = 0;
  // Call broker::on_sweep() at `when`. Replaces the earlier request.
  virtual void sweep_at(time_point /*when*/) {}
  // Memory is below its limit again: ask should_stall() for the connections that were stalled.
  virtual void memory_freed() {}
  // A tap for journals: a client frame that passed the checks, CONNECT included.
  virtual void frame_received(connection_id, const stomp::frame&) {}
};

struct user {
  std::string name;
  std::string passcode;
};

struct broker_options {
  profile kind = strict_profile();
  std::vector<user> users{};       // none: any login is accepted, also none
  std::uint64_t seed = 1;          // message ids derive from it
  std::string name = "localhost";  // of the broker, for consoles and errors
  // Reads the bodies of map messages; outlives the broker. Null: bodies are not transformed.
  const map_reader* maps = nullptr;
  // One moment on both clocks. Dates of messages are counted from here with the monotonic time
  // that every call brings, so that the same calls give the same bytes.
  time_point start{};
  wall_time wall_start{};
  std::size_t memory_limit = std::size_t{256} << 20U;  // octets of stored messages
  std::size_t destination_memory_limit = 0;  // of those, in one queue; 0: only the broker's limit
  std::size_t max_destinations = 200000;
  std::size_t max_durables = 10000;
  stomp::server_book::bounds per_connection{};  // subscriptions and transactions
  std::size_t transaction_operations = 100000;  // SEND, ACK and NACK in one transaction
};

// Counters of the whole broker since its start.
struct broker_counters {
  std::uint64_t connections_opened = 0;
  std::uint64_t messages_in = 0;       // stored: by SEND, COMMIT or publish()
  std::uint64_t messages_out = 0;      // MESSAGE frames written
  std::uint64_t messages_settled = 0;  // acknowledged, or sent to an auto subscription
  std::uint64_t messages_redelivered = 0;
  std::uint64_t messages_dead = 0;  // refused for good
  std::uint64_t messages_expired = 0;
  std::uint64_t connections_failed = 0;  // ended by the broker for a fault of the client's
};

// What publish(), create_destination() and their like say.
enum class outcome {
  done,
  not_found,
  already_there,
  has_consumers,  // remove_destination(): somebody listens
  bad_name,       // empty, too long, or without a prefix the profile knows
  memory_full,
  too_many,  // destinations or durable subscriptions
};
std::string_view to_string(outcome o) noexcept;

}  // namespace mockbroker
