// All destinations: stores messages, hands them to consumers, takes them back. Knows nothing of
// frames or connections beyond consumer_port. Single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mockbroker/broker/destination.hpp"
#include "mockbroker/broker/destination_map.hpp"
#include "mockbroker/broker/types.hpp"

namespace mockbroker {

// Told what happens to destinations and messages, for advisories. Must not change the store from
// inside a call, but may enqueue.
class store_observer {
 public:
  virtual ~store_observer() = default;
  virtual void on_destination(const destination& d, bool added) = 0;
  virtual void on_expired(const destination& d, const message& m) = 0;
  virtual void on_buried(const destination& from, const message& m) = 0;
};

class store {
 public:
  using by_name_map = std::map<destination_name, std::unique_ptr<destination>>;
  using durable_map = std::map<std::pair<std::string, std::string>, std::unique_ptr<durable>>;

  store(const profile& kind, std::size_t max_destinations, std::size_t max_durables,
        broker_counters& counters, store_observer& observer)
      : kind_(kind),
        observer_(observer),
        max_destinations_(max_destinations),
        max_durables_(max_durables),
        counters_(counters) {}

  // Destinations.
  destination* find(const destination_name& name) noexcept;
  const destination* find(const destination_name& name) const noexcept;
  // Finds or makes it. Null, with `why` set, when the name is bad or there are too many.
  destination* open(const destination_name& name, outcome& why, std::uint64_t owner = 0);
  outcome remove(const destination_name& name);
  // Drops all stored messages of a queue; what consumers hold can still be settled, to no effect.
  outcome purge(const destination_name& name);
  void remove_owned_by(std::uint64_t owner);
  outcome pause(const destination_name& name, bool paused);
  const by_name_map& all() const noexcept { return destinations_; }

  // Subscriptions. attach() makes the destinations that are wanted by name; false, with `why` set,
  // when one cannot be made. Nothing is handed out before flush().
  bool attach(subscription& s, outcome& why);
  // Ends the subscription; what it holds goes back, marked as redelivered (S-ACK-3).
  void detach(subscription& s);
  // The subscription may have room again.
  void wake(subscription& s);

  // Durable subscriptions, by client id and name.
  durable* find_durable(const std::string& client_id, const std::string& name) noexcept;
  durable* open_durable(const std::string& client_id, const std::string& name,
                        const destination_name& topic, outcome& why);
  void remove_durable(durable& d);
  const durable_map& durables() const noexcept { return durables_; }

  // Messages.
  // Stores one; it is handed out at once where a topic's subscriber has room, else in flush().
  void enqueue(destination& d, const message_ptr& m);
  // Settles one delivery: done with it for good. Nothing when the subscription does not hold it.
  void settle(subscription& s, std::uint64_t number);
  // It expired in the consumer's hands.
  void expire(subscription& s, std::uint64_t number);
  // The consumer does not want it: back to the queue, or to the dead letters.
  void refuse(subscription& s, std::uint64_t number);
  // Stores a topic's message for one subscriber alone.
  void enqueue_for(destination& topic, subscription& s, const message_ptr& m);
  // Takes a message out of a queue for good, wherever it is; null when there is none with this id.
  message_ptr take_out(destination& d, std::string_view message_id);
  // The time of the call that is running: it decides about expiry.
  void set_time(std::int64_t wall_ms) noexcept { wall_ms_ = wall_ms; }
  // Hands out what can be handed out. `wall_ms` decides about expiry.
  void flush(std::int64_t wall_ms);
  // Looks for expired messages that nobody asks for.
  void sweep(std::int64_t wall_ms);
  // Whether any stored message can expire.
  bool has_expiring() const noexcept { return expiring_ > 0; }

 private:
  // store.cpp: destinations and subscriptions
  void link_virtual(destination& d);
  void unlink_virtual(destination& d);
  void join(subscription& s, destination& d);
  void leave(subscription& s, destination& d);
  void forget(destination& d);
  void give_back(subscription& s);
  // dispatch.cpp: messages that come and are handed out
  void mark(destination& d);
  void mark(subscription& s);
  void offer(destination& d, subscription& s, const message_ptr& m);
  void dispatch(destination& d);
  bool dispatch_paged(destination& d);
  bool dispatch_stored(destination& d);
  bool has_room(const destination& d) const;
  subscription* next_consumer(destination& d, const queue_entry& entry);
  bool may_have(destination& d, subscription& s, const queue_entry& entry);
  void drain(subscription& s);
  void browse(subscription& s, destination& d);
  void hand_over(destination& d, subscription& s, queue_entry entry);
  void count_in(destination& d, const message& m);
  void count_out(destination& d, const message& m);
  // settle.cpp: messages that go
  delivery take_back(subscription& s, std::map<std::uint64_t, delivery>::iterator held);
  // Sends a message to the dead letters if the profile buries such.
  void bury(const destination& from, const message_ptr& m, const std::vector<stomp::header>& more);
  bool drop_expired(destination& d, const message_ptr& m);
  void expire(destination& d, const message_ptr& m);

  const profile& kind_;
  store_observer& observer_;
  std::size_t max_destinations_;
  std::size_t max_durables_;
  broker_counters& counters_;
  by_name_map destinations_;
  durable_map durables_;
  std::unordered_map<std::uint64_t, std::vector<destination_name>> owned_;  // temporary ones
  // Who wants a destination that may be made later.
  std::map<destination_name, std::vector<subscription*>> by_name_;
  std::map<destination_kind, destination_map<std::vector<subscription*>>> by_pattern_;
  std::map<std::string, std::vector<destination*>> virtual_queues_;  // by topic
  std::vector<destination*> dirty_;
  std::vector<subscription*> woken_;
  std::vector<destination*> dirty_now_;  // of the round that runs
  std::vector<subscription*> woken_now_;
  std::uint64_t deliveries_ = 0;
  std::int64_t wall_ms_ = 0;
  std::size_t expiring_ = 0;
};

}  // namespace mockbroker
