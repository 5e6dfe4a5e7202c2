// Messages that wait, in the order they were stored. A message that comes back (its consumer died,
// or said NACK) takes its old place again. No operation gets slower with the number that wait,
// but for the logarithm over those that came back.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "mockbroker/broker/message.hpp"

namespace mockbroker {

// One message on its way through one queue.
struct queue_entry {
  message_ptr m;
  std::uint64_t sequence = 0;    // place in the queue's order
  unsigned deliveries = 0;       // how often it was handed to a consumer
  std::uint64_t refused_by = 0;  // the subscription that said NACK last; 0: none
};

class message_queue {
 public:
  // Stores a new message behind all others.
  void push(message_ptr m);
  // Puts a message that take() gave back to its old place.
  void put_back(queue_entry entry);
  // The next one. Precondition: not empty.
  const queue_entry& front() const;
  queue_entry take();

  bool empty() const noexcept { return fresh_.empty() && returned_.empty(); }
  std::size_t size() const noexcept { return fresh_.size() + returned_.size(); }
  void clear() noexcept;
  // Calls `look(entry)` in order until it returns false.
  template <class Look>
  void for_each(Look look) const {
    for (const auto& [sequence, entry] : returned_) {
      if (!look(entry)) return;
    }
    for (const auto& entry : fresh_) {
      if (!look(entry)) return;
    }
  }

 private:
  // What was taken once is older than everything that was not: take() prefers what came back.
  std::deque<queue_entry> fresh_;
  std::map<std::uint64_t, queue_entry> returned_;
  std::uint64_t next_ = 1;
};

}  // namespace mockbroker
