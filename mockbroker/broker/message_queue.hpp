// Messages that wait, in the order they are handed out. A message that comes back (its consumer
// died, or said NACK) takes its old place again. No operation gets slower with the number that
// wait, but for the logarithm over those that came back, and for looking through them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>

#include "mockbroker/broker/message.hpp"

namespace mockbroker {

// One message on its way through one queue.
struct queue_entry {
  message_ptr m;
  std::uint64_t sequence = 0;    // place in the queue's order, given when it is first taken
  unsigned deliveries = 0;       // how often it was handed to a consumer
  std::uint64_t refused_by = 0;  // the subscription that said NACK last; 0: none
};

// In which order messages of both kinds leave (facts: ActiveMQ 4.1, two cursors).
enum class cursor_order {
  as_stored,
  persistent_first,
  persistent_last,
};

class message_queue {
 public:
  explicit message_queue(cursor_order order = cursor_order::as_stored) : order_(order) {}

  // Stores a new message behind all others of its kind.
  void push(message_ptr m);
  // Puts a message that take() gave back to its old place.
  void put_back(queue_entry entry);
  // The next one. Precondition: not empty.
  const queue_entry& front() const;
  queue_entry take();

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept {
    return returned_.size() + fresh_[0].size() + fresh_[1].size();
  }
  bool has_returned() const noexcept { return !returned_.empty(); }
  void clear() noexcept;
  // Calls `look(entry)` in order until it returns false.
  template <class Look>
  void for_each(Look look) const {
    for (const auto& [sequence, entry] : returned_) {
      if (!look(entry)) return;
    }
    for (const auto& part : fresh_) {
      for (const auto& entry : part) {
        if (!look(entry)) return;
      }
    }
  }
  // Removes the first entry for which `drop(entry)` is true; false when there is none.
  template <class Drop>
  bool remove_first(Drop drop) {
    const auto back =
        std::ranges::find_if(returned_, [&](auto& item) { return drop(item.second); });
    if (back != returned_.end()) {
      returned_.erase(back);
      return true;
    }
    for (auto& part : fresh_) {
      const auto found = std::ranges::find_if(part, drop);
      if (found == part.end()) continue;
      part.erase(found);
      return true;
    }
    return false;
  }
  // Removes the entries for which `drop(entry)` is true; returns how many.
  template <class Drop>
  std::size_t remove_if(Drop drop) {
    std::size_t count = std::erase_if(returned_, [&](auto& item) { return drop(item.second); });
    for (auto& part : fresh_) count += std::erase_if(part, drop);
    return count;
  }

 private:
  std::deque<queue_entry>& next_part() noexcept {
    return fresh_[0].empty() ? fresh_[1] : fresh_[0];
  }

  // What was taken once is older than everything that was not: take() prefers what came back.
  std::map<std::uint64_t, queue_entry> returned_;
  std::deque<queue_entry> fresh_[2];  // the first one leaves first
  std::uint64_t next_ = 1;
  cursor_order order_;
};

}  // namespace mockbroker
