// One SUBSCRIBE of one connection, and the messages it holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "mockbroker/broker/message_queue.hpp"
#include "stomp/dialect.hpp"

namespace mockbroker {

struct destination;
struct subscription;

// A message that a consumer holds and has not settled.
struct delivery {
  queue_entry entry;
  std::string ack_key;          // how ACK and NACK of this connection's version name it
  bool in_transaction = false;  // settled by a transaction that is still open
};

// The way to a consumer: its connection.
class consumer_port {
 public:
  virtual ~consumer_port() = default;
  // Whether more messages may be written now.
  virtual bool is_writable() const noexcept = 0;
  // Writes the MESSAGE. For a subscription that is not auto, files it under `number` in
  // `to.unsettled` first.
  virtual void take_message(subscription& to, queue_entry entry, std::uint64_t number) = 0;
};

// Owned by its connection; the destination keeps a pointer until it is detached.
struct subscription {
  std::uint64_t id = 0;  // unique in the broker
  std::string key;       // unique on its connection
  bool has_id = true;    // false in 1.0 without an `id`: MESSAGE then has no `subscription`
  consumer_port* port = nullptr;
  destination* from = nullptr;
  stomp::ack_mode mode = stomp::ack_mode::automatic;
  std::size_t prefetch = 1;
  std::uint64_t delivered = 0;
  message_queue own;                            // topics: what waits for this subscriber
  std::map<std::uint64_t, delivery> unsettled;  // by delivery number, so in order

  // Whether it takes another message: its window and its connection have room.
  bool is_ready() const noexcept {
    const bool room = mode == stomp::ack_mode::automatic || unsettled.size() < prefetch;
    return room && port->is_writable();
  }
  // The queue its messages come from and go back to.
  message_queue& source();
};

}  // namespace mockbroker
