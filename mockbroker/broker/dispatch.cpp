// Messages on their way in and to consumers.
#include <algorithm>
#include <utility>

#include "mockbroker/broker/message_properties.hpp"
#include "mockbroker/broker/store.hpp"

namespace mockbroker {

bool subscription::wants(const message& m, const destination& at, unsigned deliveries) const {
  if (options.no_local && m.facts().producer == connection) return false;
  return !filter || filter->matches(message_properties(m, at, deliveries));
}

void store::count_in(destination& d, const message& m) {
  const std::size_t octets = m.content().body.size();
  ++d.enqueued;
  d.smallest = d.enqueued == 1 ? octets : std::min(d.smallest, octets);
  d.largest = std::max(d.largest, octets);
  d.total_octets += octets;
  ++counters_.messages_in;
  if (!d.is_queue()) return;
  ++d.size;
  d.octets += m.cost();
  if (m.facts().expires_ms <= 0) return;
  ++d.expiring;
  ++expiring_;
}

void store::count_out(destination& d, const message& m) {
  ++d.dequeued;
  if (!d.is_queue()) return;
  --d.size;
  d.octets -= m.cost();
  if (m.facts().expires_ms <= 0) return;
  --d.expiring;
  --expiring_;
}

void store::enqueue(destination& d, const message_ptr& m) {
  count_in(d, *m);
  if (d.is_queue()) {
    // ActiveMQ does not even store what comes too late.
    if (kind_.buries_expired && drop_expired(d, m)) return;
    d.stored.push(m);
    return mark(d);
  }
  for (destination* q : d.virtual_queues) {
    enqueue(*q, reroute(*m, {q->name, q->text, d.text, false}));
  }
  d.for_each_consumer([&](subscription& s) { offer(d, s, m); });
  for (durable* each : d.durables) {
    if (each->active != nullptr) continue;
    if (each->filter && !each->filter->matches(message_properties(*m, d, 0))) continue;
    ++each->enqueued;
    each->backlog.push(m);
  }
}

void store::enqueue_for(destination& topic, subscription& s, const message_ptr& m) {
  count_in(topic, *m);
  offer(topic, s, m);
}

// A topic's message for one subscriber. What does not fit its window waits; of a slow one that is
// not durable, only the newest.
void store::offer(destination& d, subscription& s, const message_ptr& m) {
  if (!s.wants(*m, d, 0)) return;
  ++s.enqueued;
  message_queue& waiting = s.lasting != nullptr ? s.lasting->backlog : s.own;
  if (s.lasting != nullptr) ++s.lasting->enqueued;
  waiting.push(m);
  if (s.lasting == nullptr && s.options.backlog != 0 && !s.is_ready()) {
    const bool automatic = s.options.mode == stomp::ack_mode::automatic;
    const std::size_t most = s.options.backlog + (automatic ? s.options.prefetch : 0);
    while (waiting.size() > most) {
      waiting.take();
      ++s.discarded;
    }
  }
  mark(s);
}

void store::mark(destination& d) {
  ++d.wakeups;
  if (std::exchange(d.is_dirty, true)) return;
  dirty_.push_back(&d);
}

void store::mark(subscription& s) {
  if (std::exchange(s.is_woken, true)) return;
  woken_.push_back(&s);
}

void store::wake(subscription& s) {
  if (s.options.browser || !s.own.empty() || s.lasting != nullptr) mark(s);
  for (destination* d : s.from) {
    if (d->is_queue() && d->has_waiting()) mark(*d);
  }
}

void store::flush(std::int64_t wall_ms) {
  wall_ms_ = wall_ms;
  while (!dirty_.empty() || !woken_.empty()) {
    // Handing out a message may mark more; those come in the next round.
    woken_now_.swap(woken_);
    for (subscription* s : woken_now_) {
      s->is_woken = false;
      drain(*s);
    }
    woken_now_.clear();
    dirty_now_.swap(dirty_);
    for (destination* d : dirty_now_) {
      d->is_dirty = false;
      dispatch(*d);
    }
    dirty_now_.clear();
  }
}

// One round looks at what waits for a consumer that wants it, then takes one page more.
void store::dispatch(destination& d) {
  for (unsigned rounds = std::exchange(d.wakeups, 0U); rounds > 0; --rounds) {
    if (d.is_paused || d.consumers.empty()) return;
    bool moved = true;
    while (moved) {
      const bool may_page = d.paged.size() < kind_.paged_limit;
      moved = dispatch_paged(d);
      if (may_page && !d.stored.empty()) moved |= dispatch_stored(d);
      if (kind_.one_page_at_a_time) break;
    }
    if (!moved) return;
  }
}

bool store::dispatch_paged(destination& d) {
  bool moved = false;
  for (auto it = d.paged.begin(); it != d.paged.end();) {
    if (drop_expired(d, it->second.m)) {
      it = d.paged.erase(it);
      continue;
    }
    subscription* s = next_consumer(d, it->second);
    if (s == nullptr) {
      if (!has_room(d)) break;
      ++it;
      continue;
    }
    queue_entry entry = std::move(it->second);
    it = d.paged.erase(it);
    hand_over(d, *s, std::move(entry));
    moved = true;
  }
  return moved;
}

bool store::dispatch_stored(destination& d) {
  bool moved = false;
  for (std::size_t page = kind_.page_size; page > 0 && !d.stored.empty(); --page) {
    if (!kind_.one_page_at_a_time && !has_room(d)) break;
    queue_entry entry = d.stored.take();
    if (drop_expired(d, entry.m)) continue;
    moved = true;
    if (subscription* s = next_consumer(d, entry)) {
      hand_over(d, *s, std::move(entry));
      continue;
    }
    const std::uint64_t sequence = entry.sequence;
    d.paged.emplace(sequence, std::move(entry));
    if (d.paged.size() >= kind_.paged_limit) break;
  }
  return moved;
}

bool store::has_room(const destination& d) const {
  for (const auto& [priority, list] : d.consumers) {
    if (std::ranges::any_of(list, [](const subscription* s) { return s->is_ready(); })) return true;
  }
  return false;
}

// The consumer whose turn it is among those that want it and have room; its next turn comes last.
subscription* store::next_consumer(destination& d, const queue_entry& entry) {
  subscription* last_resort = nullptr;
  for (auto& [priority, list] : d.consumers) {
    for (auto it = list.begin(); it != list.end(); ++it) {
      subscription* s = *it;
      if (!s->is_ready() || !may_have(d, *s, entry)) continue;
      if (s->id == entry.refused_by) {
        last_resort = s;
        continue;
      }
      if (s != d.exclusive) list.splice(list.end(), list, it);
      return s;
    }
  }
  return last_resort;
}

bool store::may_have(destination& d, subscription& s, const queue_entry& entry) {
  if (d.exclusive != nullptr && d.exclusive != &s) return false;
  if (!s.wants(*entry.m, d, entry.deliveries)) return false;
  const message_facts& facts = entry.m->facts();
  if (facts.group.empty() || !kind_.has_groups) return true;
  // JMSXGroupSeq: 1 starts the group anew, a negative one ends it (facts: ActiveMQ 3.9).
  subscription* owner = facts.group_sequence == 1 ? nullptr : d.groups.owner(facts.group);
  if (owner == nullptr) {
    d.groups.assign(facts.group, s);
    return true;
  }
  if (owner != &s) return false;
  if (facts.group_sequence < 0) d.groups.remove(facts.group);
  return true;
}

void store::drain(subscription& s) {
  message_queue& waiting = s.lasting != nullptr ? s.lasting->backlog : s.own;
  while (!waiting.empty() && s.is_ready()) {
    queue_entry entry = waiting.take();
    destination* d = find(entry.m->destination());
    if (d == nullptr && !s.from.empty()) d = s.from.front();
    if (d == nullptr || entry.m->expired_at(wall_ms_)) continue;
    hand_over(*d, s, std::move(entry));
  }
  if (s.options.browser && waiting.empty() && s.port->is_writable() &&
      !std::exchange(s.browse_ended, true)) {
    s.port->end_browse(s);
  }
}

// A browser gets copies of what is stored now, also of what consumers hold.
void store::browse(subscription& s, destination& d) {
  std::map<std::uint64_t, queue_entry> held;
  d.for_each_consumer([&](subscription& other) {
    for (const auto& [number, h] : other.unsettled) {
      if (h.from == &d && !h.is_dropped) held.emplace(h.entry.sequence, h.entry);
    }
  });
  const auto look = [&](const queue_entry& entry) {
    if (s.wants(*entry.m, d, entry.deliveries)) s.own.push(entry.m);
    return true;
  };
  for (const auto& [sequence, entry] : held) look(entry);
  d.for_each_waiting(look);
  mark(s);
}

void store::hand_over(destination& d, subscription& s, queue_entry entry) {
  ++counters_.messages_out;
  ++s.delivered;
  ++d.dispatched;
  if (s.lasting != nullptr) ++s.lasting->delivered;
  const bool automatic = s.options.mode == stomp::ack_mode::automatic;
  if (!s.options.browser) {
    if (entry.deliveries++ != 0) ++counters_.messages_redelivered;
    if (automatic) {
      count_out(d, *entry.m);
      ++s.dequeued;
      if (s.lasting != nullptr) ++s.lasting->dequeued;
      ++counters_.messages_settled;
      if (d.is_queue() && kind_.one_page_at_a_time) mark(d);
    } else {
      ++d.in_flight;
    }
  }
  s.port->take_message(s, d, std::move(entry), ++deliveries_);
}

}  // namespace mockbroker
