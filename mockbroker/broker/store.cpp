#include "mockbroker/broker/store.hpp"

#include <algorithm>
#include <utility>

namespace mockbroker {
namespace {

constexpr std::size_t longest_name = 1024;

}  // namespace

message_queue& subscription::source() {
  return from->kind == destination_kind::queue ? from->queue : own;
}

std::size_t destination::pending() const noexcept {
  std::size_t count = queue.size() + unsettled;
  if (kind == destination_kind::topic) {
    for (const subscription* s : consumers) count += s->own.size();
  }
  return count;
}

std::optional<destination_kind> store::kind_of(std::string_view name) const {
  if (name.empty() || name.size() > longest_name) return std::nullopt;
  const auto has_prefix = [name](std::string_view prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix);
  };
  if (has_prefix(kind_.queue_prefix) || has_prefix("/temp-queue/")) return destination_kind::queue;
  if (has_prefix(kind_.topic_prefix) || has_prefix("/temp-topic/")) return destination_kind::topic;
  return kind_.unprefixed;
}

destination* store::find(std::string_view name) noexcept {
  const auto found = destinations_.find(name);
  return found == destinations_.end() ? nullptr : found->second.get();
}

destination* store::open(std::string_view name, outcome& why, std::uint64_t owner) {
  why = outcome::done;
  if (destination* known = find(name)) return known;
  const auto kind = kind_of(name);
  if (!kind || destinations_.size() >= max_destinations_) {
    why = kind ? outcome::too_many : outcome::bad_name;
    return nullptr;
  }
  auto fresh = std::make_unique<destination>();
  fresh->name = name;
  fresh->kind = *kind;
  fresh->owner = owner;
  destination* result = fresh.get();
  destinations_.emplace(result->name, std::move(fresh));
  return result;
}

outcome store::remove(std::string_view name) {
  const auto found = destinations_.find(name);
  if (found == destinations_.end()) return outcome::not_found;
  if (!found->second->consumers.empty()) return outcome::has_consumers;
  std::erase(dirty_, found->second.get());
  destinations_.erase(found);
  return outcome::done;
}

outcome store::purge(std::string_view name) {
  destination* d = find(name);
  if (d == nullptr) return outcome::not_found;
  d->dequeued += d->queue.size();
  d->queue.clear();
  for (subscription* s : d->consumers) s->own.clear();
  return outcome::done;
}

void store::remove_owned_by(std::uint64_t owner) {
  for (auto it = destinations_.begin(); it != destinations_.end();) {
    destination& d = *it->second;
    if (d.owner != owner) {
      ++it;
    } else if (d.consumers.empty()) {
      std::erase(dirty_, &d);
      it = destinations_.erase(it);
    } else {
      d.owner = 0;  // another connection still listens; it stays until removed by hand
      ++it;
    }
  }
}

void store::attach(subscription& s) {
  s.from->consumers.push_back(&s);
  mark(*s.from);
}

void store::detach(subscription& s) {
  destination& d = *s.from;
  std::erase(d.consumers, &s);
  d.next_consumer = 0;
  d.unsettled -= s.unsettled.size();
  if (d.kind == destination_kind::queue) {
    for (auto& [number, held] : s.unsettled) d.queue.put_back(std::move(held.entry));
  }
  s.unsettled.clear();
  s.own.clear();
  mark(d);
}

void store::enqueue(destination& d, const message_ptr& m) {
  ++d.enqueued;
  ++counters_.messages_in;
  if (d.kind == destination_kind::queue) {
    d.queue.push(m);
  } else {
    for (subscription* s : d.consumers) s->own.push(m);
  }
  mark(d);
}

void store::settle(subscription& s, std::uint64_t number) {
  if (s.unsettled.erase(number) == 0) return;
  --s.from->unsettled;
  ++s.from->dequeued;
  ++counters_.messages_settled;
  mark(*s.from);
}

void store::refuse(subscription& s, std::uint64_t number) {
  auto held = s.unsettled.extract(number);
  if (held.empty()) return;
  destination& d = *s.from;
  --d.unsettled;
  queue_entry entry = std::move(held.mapped().entry);
  entry.refused_by = s.id;
  if (kind_.nack == nack_rule::redeliver && entry.deliveries < kind_.max_deliveries) {
    s.source().put_back(std::move(entry));
  } else {
    ++d.dequeued;
    bury(d, entry);
  }
  mark(d);
}

void store::bury(destination& from, const queue_entry& entry) {
  ++counters_.messages_dead;
  outcome why = outcome::done;
  destination* grave = open(kind_.dead_letter, why);
  // Dead letters that are refused again would go round for ever.
  if (grave == nullptr || grave == &from) return;
  enqueue(*grave, make_dead_letter(*entry.m, grave->name));
}

void store::mark(destination& d) {
  if (std::exchange(d.is_dirty, true)) return;
  dirty_.push_back(&d);
}

void store::flush(std::int64_t wall_ms) {
  while (!dirty_.empty()) {
    destination& d = *dirty_.back();
    dirty_.pop_back();
    d.is_dirty = false;
    dispatch(d, wall_ms);
  }
}

void store::dispatch(destination& d, std::int64_t wall_ms) {
  if (d.kind == destination_kind::topic) return dispatch_topic(d, wall_ms);
  while (!d.queue.empty() && !d.consumers.empty()) {
    if (drop_expired(d, d.queue, wall_ms)) continue;
    subscription* s = next_ready(d, d.queue.front().refused_by);
    if (s == nullptr) return;
    hand_over(d, *s, d.queue.take());
  }
}

void store::dispatch_topic(destination& d, std::int64_t wall_ms) {
  for (subscription* s : d.consumers) {
    while (!s->own.empty() && s->is_ready()) {
      if (!drop_expired(d, s->own, wall_ms)) hand_over(d, *s, s->own.take());
    }
  }
}

bool store::drop_expired(destination& d, message_queue& queue, std::int64_t wall_ms) {
  if (!queue.front().m->expired_at(wall_ms)) return false;
  queue.take();
  ++d.dequeued;
  ++counters_.messages_expired;
  return true;
}

subscription* store::next_ready(destination& d, std::uint64_t avoid) {
  subscription* last_resort = nullptr;
  const std::size_t count = d.consumers.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (d.next_consumer + i) % count;
    subscription* s = d.consumers[index];
    if (!s->is_ready()) continue;
    if (s->id == avoid) {
      last_resort = s;
      continue;
    }
    d.next_consumer = (index + 1) % count;
    return s;
  }
  return last_resort;
}

void store::hand_over(destination& d, subscription& s, queue_entry entry) {
  if (entry.deliveries++ != 0) ++counters_.messages_redelivered;
  ++counters_.messages_out;
  ++s.delivered;
  if (s.mode == stomp::ack_mode::automatic) {
    ++d.dequeued;
    ++counters_.messages_settled;
  } else {
    ++d.unsettled;
  }
  s.port->take_message(s, std::move(entry), ++deliveries_);
}

}  // namespace mockbroker
