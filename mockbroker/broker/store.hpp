// All destinations: stores messages, hands them to consumers, takes them back. Knows nothing of
// frames or connections beyond consumer_port. Single-threaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/subscription.hpp"
#include "mockbroker/broker/types.hpp"

namespace mockbroker {

struct destination {
  std::string name;
  destination_kind kind = destination_kind::queue;
  std::uint64_t owner = 0;  // the connection a temporary one dies with; 0: lasting
  message_queue queue;      // queues only; a topic's messages wait at its subscribers
  std::vector<subscription*> consumers;
  std::size_t next_consumer = 0;  // round robin
  std::size_t unsettled = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t dequeued = 0;
  bool is_dirty = false;  // waits for dispatch()

  // Stored messages: waiting or not yet settled.
  std::size_t pending() const noexcept;
};

class store {
 public:
  store(const profile& kind, std::size_t max_destinations, broker_counters& counters)
      : kind_(kind), max_destinations_(max_destinations), counters_(counters) {}

  // The kind that the profile gives to a name; nothing when it is refused.
  std::optional<destination_kind> kind_of(std::string_view name) const;
  destination* find(std::string_view name) noexcept;
  // Finds or makes it. Null, with `why` set, when the name is bad or there are too many.
  destination* open(std::string_view name, outcome& why, std::uint64_t owner = 0);
  outcome remove(std::string_view name);
  // Drops all waiting messages; the ones that consumers hold stay theirs.
  outcome purge(std::string_view name);
  void remove_owned_by(std::uint64_t owner);

  void attach(subscription& s);
  // Ends the subscription; what it holds goes back, marked as redelivered (S-ACK-3).
  void detach(subscription& s);

  // Stores a message; dispatch happens in flush().
  void enqueue(destination& d, const message_ptr& m);
  // Settles one delivery: done with it for good.
  void settle(subscription& s, std::uint64_t number);
  // The consumer does not want it: back to the queue, or to the dead letters.
  void refuse(subscription& s, std::uint64_t number);
  // The consumers of `s` may have room again.
  void wake(subscription& s) { mark(*s.from); }

  // Hands out what can be handed out. `wall_ms` decides about expiry.
  void flush(std::int64_t wall_ms);

  const std::map<std::string, std::unique_ptr<destination>, std::less<>>& all() const noexcept {
    return destinations_;
  }

 private:
  void mark(destination& d);
  void dispatch(destination& d, std::int64_t wall_ms);
  void dispatch_topic(destination& d, std::int64_t wall_ms);
  bool drop_expired(destination& d, message_queue& queue, std::int64_t wall_ms);
  subscription* next_ready(destination& d, std::uint64_t avoid);
  void hand_over(destination& d, subscription& s, queue_entry entry);
  void bury(destination& from, const queue_entry& entry);

  const profile& kind_;
  std::size_t max_destinations_;
  broker_counters& counters_;
  std::map<std::string, std::unique_ptr<destination>, std::less<>> destinations_;
  std::vector<destination*> dirty_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace mockbroker
