#include "mockbroker/broker/message_queue.hpp"

#include <utility>

namespace mockbroker {

void message_queue::push(message_ptr m) {
  queue_entry entry;
  entry.m = std::move(m);
  entry.sequence = next_++;
  fresh_.push_back(std::move(entry));
}

void message_queue::put_back(queue_entry entry) {
  const std::uint64_t sequence = entry.sequence;
  returned_.emplace(sequence, std::move(entry));
}

const queue_entry& message_queue::front() const {
  return returned_.empty() ? fresh_.front() : returned_.begin()->second;
}

queue_entry message_queue::take() {
  if (!returned_.empty()) return std::move(returned_.extract(returned_.begin()).mapped());
  queue_entry entry = std::move(fresh_.front());
  fresh_.pop_front();
  return entry;
}

void message_queue::clear() noexcept {
  fresh_.clear();
  returned_.clear();
}

}  // namespace mockbroker
