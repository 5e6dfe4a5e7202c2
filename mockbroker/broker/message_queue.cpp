#include "mockbroker/broker/message_queue.hpp"

#include <utility>

namespace mockbroker {

void message_queue::push(message_ptr m) {
  std::size_t part = 0;
  if (order_ == cursor_order::persistent_first) part = m->facts().persistent ? 0 : 1;
  if (order_ == cursor_order::persistent_last) part = m->facts().persistent ? 1 : 0;
  queue_entry entry;
  entry.m = std::move(m);
  fresh_[part].push_back(std::move(entry));
}

void message_queue::put_back(queue_entry entry) {
  const std::uint64_t sequence = entry.sequence;
  returned_.emplace(sequence, std::move(entry));
}

const queue_entry& message_queue::front() const {
  if (!returned_.empty()) return returned_.begin()->second;
  return fresh_[0].empty() ? fresh_[1].front() : fresh_[0].front();
}

queue_entry message_queue::take() {
  if (!returned_.empty()) return std::move(returned_.extract(returned_.begin()).mapped());
  auto& part = next_part();
  queue_entry entry = std::move(part.front());
  part.pop_front();
  entry.sequence = next_++;
  return entry;
}

void message_queue::clear() noexcept {
  returned_.clear();
  for (auto& part : fresh_) part.clear();
}

}  // namespace mockbroker
