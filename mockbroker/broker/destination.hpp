// One queue or topic: what is stored, who listens, what was counted. Belongs to the store.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mockbroker/broker/destination_name.hpp"
#include "mockbroker/broker/message_queue.hpp"
#include "mockbroker/broker/subscription.hpp"

namespace mockbroker {

// Which consumer a message group belongs to. Bounded: the group that was not used longest goes.
class group_owners {
 public:
  static constexpr std::size_t limit = 1024;  // as ActiveMQ's cache

  // The owner of `group`, or null.
  subscription* owner(const std::string& group);
  void assign(const std::string& group, subscription& to);
  void remove(const std::string& group);
  void remove_owner(const subscription& gone);
  std::size_t size() const noexcept { return owners_.size(); }

 private:
  struct place {
    subscription* owner;
    std::list<std::string>::iterator age;
  };
  std::unordered_map<std::string, place> owners_;
  std::list<std::string> ages_;  // most recent first
};

struct destination {
  destination_name name;
  std::string text;         // as written on the wire, unless temporary
  std::uint64_t owner = 0;  // the connection a temporary one dies with; 0: lasting
  bool is_paused = false;
  bool is_dirty = false;  // waits for flush()

  // Consumers by priority, the highest first; within one the next in turn comes first.
  std::map<int, std::list<subscription*>, std::greater<>> consumers;
  std::size_t consumer_count = 0;
  subscription* exclusive = nullptr;
  std::vector<subscription*> browsers;
  std::vector<durable*> durables;            // topics
  std::vector<destination*> virtual_queues;  // topics: they get a copy of every message

  message_queue stored;  // queues: not looked at yet
  // Queues: looked at, and waiting for a consumer that wants them.
  std::map<std::uint64_t, queue_entry> paged;
  group_owners groups;

  std::size_t size = 0;       // messages stored, also those that consumers hold
  std::size_t in_flight = 0;  // of those (and of purged ones), what consumers hold
  std::size_t octets = 0;     // of the messages stored
  unsigned wakeups = 0;       // events since the last flush
  std::size_t expiring = 0;   // stored messages that can expire
  // Counters.
  std::uint64_t enqueued = 0;
  std::uint64_t dequeued = 0;
  std::uint64_t dispatched = 0;
  std::uint64_t expired = 0;
  std::uint64_t total_octets = 0;  // of everything enqueued
  std::size_t smallest = 0;        // octets of the smallest and largest message enqueued
  std::size_t largest = 0;

  bool is_queue() const noexcept { return name.kind == destination_kind::queue; }
  // Calls `look(subscription&)` for each consumer, in the order of their turns.
  template <class Look>
  void for_each_consumer(Look look) const {
    for (const auto& [priority, list] : consumers) {
      for (subscription* s : list) look(*s);
    }
  }
  // Whether a queue has a message that no consumer holds. (`size` and `in_flight` do not tell:
  // purged messages are still held.)
  bool has_waiting() const noexcept { return !paged.empty() || !stored.empty(); }
  // Calls `look(entry)` for every message that waits, in order, until it returns false.
  template <class Look>
  void for_each_waiting(Look look) const {
    for (const auto& [sequence, entry] : paged) {
      if (!look(entry)) return;
    }
    stored.for_each(look);
  }
};

}  // namespace mockbroker
