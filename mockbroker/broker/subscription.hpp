// One SUBSCRIBE of one connection, and the messages it holds.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mockbroker/broker/message_queue.hpp"
#include "mockbroker/broker/selector.hpp"
#include "stomp/dialect.hpp"

namespace mockbroker {

struct destination;
struct subscription;
struct durable;

// A message that a consumer holds and has not settled.
struct delivery {
  queue_entry entry;
  destination* from = nullptr;    // null: that destination was removed meanwhile
  std::string ack_key;            // how ACK and NACK of this connection's version name it
  std::uint64_t transaction = 0;  // that has settled it and is still open; 0: none
  bool is_named = false;          // by the ACK or NACK of that transaction
  bool is_dropped = false;        // purged meanwhile: it counts no more
};

// The way to a consumer: its connection.
class consumer_port {
 public:
  virtual ~consumer_port() = default;
  // Whether more messages may be written now.
  virtual bool is_writable() const noexcept = 0;
  // Writes the MESSAGE. For a subscription that is not auto, files it under `number` in
  // `to.unsettled` first.
  virtual void take_message(subscription& to, destination& from, queue_entry entry,
                            std::uint64_t number) = 0;
  // The browser has seen everything.
  virtual void end_browse(subscription& /*to*/) {}
};

// What a SUBSCRIBE asks for.
struct subscription_options {
  stomp::ack_mode mode = stomp::ack_mode::automatic;
  std::size_t prefetch = 1;  // unsettled messages it may hold
  int priority = 0;          // 0 to 127: higher ones are served first
  bool exclusive = false;    // of several, one gets everything
  bool no_local = false;     // not what its own connection sent
  bool retroactive = false;  // kept for consoles
  bool browser = false;      // looks at a queue and takes nothing
  std::size_t backlog = 0;   // topics: messages that may wait for it; 0: no limit
  std::string selector_text{};
  std::optional<std::string> transformation{};  // of bodies; nothing: none asked for
};

// Owned by its connection; destinations keep a pointer until it is detached.
struct subscription {
  std::uint64_t id = 0;          // unique in the broker
  std::uint64_t connection = 0;  // whose
  std::uint64_t number = 0;      // of its connection's subscriptions
  std::string key;               // the `id` header, or in 1.0 without one the destination
  bool has_id = true;            // false: MESSAGE has no `subscription`
  consumer_port* port = nullptr;
  std::vector<destination_name> wanted;  // may have wildcards
  std::vector<destination*> from;        // what it is attached to
  subscription_options options;
  std::optional<selector> filter;
  durable* lasting = nullptr;  // a durable topic subscription
  message_queue own;           // topics and browsers: what waits for this subscriber
  bool browse_ended = false;
  bool is_woken = false;                        // waits for flush()
  std::map<std::uint64_t, delivery> unsettled;  // by delivery number, so in order
  std::size_t in_transaction = 0;               // of those, settled by an open transaction
  // Counters.
  std::uint64_t enqueued = 0;   // offered
  std::uint64_t delivered = 0;  // written
  std::uint64_t dequeued = 0;   // settled
  std::uint64_t discarded = 0;  // dropped because it was too slow

  // Whether its window has room. What an open transaction has settled no longer fills it.
  bool has_room() const noexcept {
    const bool room = options.mode == stomp::ack_mode::automatic ||
                      unsettled.size() - in_transaction < options.prefetch;
    return room && options.prefetch > 0;
  }
  // Whether it takes another message: its window and its connection have room.
  bool is_ready() const noexcept { return has_room() && port->is_writable(); }
  // Whether it wants this message at all, which was handed out `deliveries` times before.
  bool wants(const message& m, const destination& at, unsigned deliveries) const;
};

// A durable topic subscription: it exists also while nobody is connected for it.
struct durable {
  std::string client_id;
  std::string name;
  destination_name topic;
  subscription_options options;
  std::optional<selector> filter;
  subscription* active = nullptr;
  message_queue backlog;
  std::uint64_t enqueued = 0;
  std::uint64_t dequeued = 0;
  std::uint64_t delivered = 0;
};

}  // namespace mockbroker
