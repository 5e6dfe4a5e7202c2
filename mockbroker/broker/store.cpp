// Destinations, subscriptions and how they find each other.
#include "mockbroker/broker/store.hpp"

#include <algorithm>
#include <utility>

#include "mockbroker/broker/destination_pattern.hpp"

namespace mockbroker {
namespace {

constexpr std::size_t longest_name = 1024;

bool names_many(const destination_name& name, const naming& rules) {
  return rules.has_wildcards && !name.temporary && is_pattern(name.name);
}

bool wants_name(const destination_name& wanted, const destination_name& have) {
  return wanted.kind == have.kind && !have.temporary && matches_pattern(wanted.name, have.name);
}

// The topic whose messages a queue gets: "VirtualTopic.x" of "Consumer.me.VirtualTopic.x".
std::string virtual_topic_of(const destination_name& queue, const profile& kind) {
  const std::string& prefix = kind.virtual_queue_prefix;
  if (prefix.empty() || queue.kind != destination_kind::queue || queue.temporary) return {};
  if (!queue.name.starts_with(prefix)) return {};
  const std::size_t dot = queue.name.find('.', prefix.size());
  if (dot == std::string::npos) return {};
  std::string topic = queue.name.substr(dot + 1);
  return topic.starts_with(kind.virtual_topic_prefix) ? topic : std::string();
}

}  // namespace

destination* store::find(const destination_name& name) noexcept {
  const auto found = destinations_.find(name);
  return found == destinations_.end() ? nullptr : found->second.get();
}

const destination* store::find(const destination_name& name) const noexcept {
  const auto found = destinations_.find(name);
  return found == destinations_.end() ? nullptr : found->second.get();
}

destination* store::open(const destination_name& name, outcome& why, std::uint64_t owner) {
  why = outcome::done;
  if (destination* known = find(name)) return known;
  if (destinations_.size() >= max_destinations_) why = outcome::too_many;
  if (name.name.empty() || name.name.size() > longest_name) why = outcome::bad_name;
  if (why != outcome::done) return nullptr;
  auto made = std::make_unique<destination>();
  destination& d = *made;
  d.name = name;
  d.text = format_destination(name, kind_.names);
  d.owner = owner;
  if (owner != 0) owned_[owner].push_back(name);
  d.stored = message_queue(kind_.queue_order);
  destinations_.emplace(name, std::move(made));
  link_virtual(d);
  if (name.kind == destination_kind::topic) {
    for (const auto& [key, each] : durables_) {
      if (each->topic == name) d.durables.push_back(each.get());
    }
  }
  if (const auto wanting = by_name_.find(name); wanting != by_name_.end()) {
    for (subscription* s : wanting->second) join(*s, d);
  }
  if (!name.temporary) {
    by_pattern_[name.kind].for_each_pattern_of(name.name, [&](auto& wanting) {
      for (subscription* s : wanting) join(*s, d);
    });
  }
  observer_.on_destination(d, true);
  return &d;
}

void store::link_virtual(destination& d) {
  if (const std::string topic = virtual_topic_of(d.name, kind_); !topic.empty()) {
    virtual_queues_[topic].push_back(&d);
    if (destination* t = find({destination_kind::topic, false, topic})) {
      t->virtual_queues.push_back(&d);
    }
  } else if (d.name.kind == destination_kind::topic && !d.name.temporary) {
    const auto queues = virtual_queues_.find(d.name.name);
    if (queues != virtual_queues_.end()) d.virtual_queues = queues->second;
  }
}

void store::unlink_virtual(destination& d) {
  const std::string topic = virtual_topic_of(d.name, kind_);
  if (topic.empty()) return;
  std::erase(virtual_queues_[topic], &d);
  if (virtual_queues_[topic].empty()) virtual_queues_.erase(topic);
  if (destination* t = find({destination_kind::topic, false, topic})) {
    std::erase(t->virtual_queues, &d);
  }
}

// What it held is gone, and consumers lose it.
void store::forget(destination& d) {
  unlink_virtual(d);
  std::vector<subscription*> listeners = d.browsers;
  d.for_each_consumer([&](subscription& s) { listeners.push_back(&s); });
  for (subscription* s : listeners) {
    std::erase(s->from, &d);
    for (auto& [number, held] : s->unsettled) {
      if (held.from == &d) held.from = nullptr;
    }
  }
  expiring_ -= d.expiring;
  std::erase(dirty_, &d);
}

outcome store::remove(const destination_name& name) {
  destination* d = find(name);
  if (d == nullptr) return outcome::not_found;
  if (d->consumer_count > 0 && !kind_.removes_under_consumers) return outcome::has_consumers;
  forget(*d);
  observer_.on_destination(*d, false);
  destinations_.erase(name);
  return outcome::done;
}

outcome store::purge(const destination_name& name) {
  destination* d = find(name);
  if (d == nullptr) return outcome::not_found;
  d->dequeued += d->size;
  d->size = 0;
  d->octets = 0;
  expiring_ -= std::exchange(d->expiring, 0);
  d->stored.clear();
  d->paged.clear();
  d->for_each_consumer([d](subscription& s) {
    if (!d->is_queue()) s.own.clear();
    for (auto& [number, held] : s.unsettled) held.is_dropped |= held.from == d;
  });
  return outcome::done;
}

void store::remove_owned_by(std::uint64_t owner) {
  const auto owned = owned_.extract(owner);
  if (owned.empty()) return;
  for (const destination_name& name : owned.mapped()) {
    destination* d = find(name);
    if (d == nullptr) continue;
    forget(*d);
    observer_.on_destination(*d, false);
    destinations_.erase(name);
  }
}

outcome store::pause(const destination_name& name, bool paused) {
  destination* d = find(name);
  if (d == nullptr || !d->is_queue()) return outcome::not_found;
  d->is_paused = paused;
  mark(*d);
  return outcome::done;
}

bool store::attach(subscription& s, outcome& why) {
  why = outcome::done;
  for (const destination_name& wanted : s.wanted) {
    // A pattern is also a destination of that very name (facts: ActiveMQ 3.2).
    if (open(wanted, why) == nullptr) return false;
  }
  for (const destination_name& wanted : s.wanted) {
    if (!names_many(wanted, kind_.names)) {
      by_name_[wanted].push_back(&s);
      join(s, *find(wanted));
      continue;
    }
    by_pattern_[wanted.kind][wanted.name].push_back(&s);
    for (const auto& [name, d] : destinations_) {
      if (wants_name(wanted, name)) join(s, *d);
    }
  }
  if (s.lasting != nullptr) s.lasting->active = &s;
  wake(s);
  return true;
}

void store::join(subscription& s, destination& d) {
  if (std::ranges::find(s.from, &d) != s.from.end()) return;
  s.from.push_back(&d);
  ++d.consumer_count;
  if (s.options.browser) {
    d.browsers.push_back(&s);
    return browse(s, d);
  }
  d.consumers[s.options.priority].push_back(&s);
  if (s.options.exclusive && d.is_queue()) {
    const bool better =
        d.exclusive == nullptr || s.options.priority > d.exclusive->options.priority;
    if (better) d.exclusive = &s;
  }
  if (d.is_queue()) mark(d);
}

void store::leave(subscription& s, destination& d) {
  --d.consumer_count;
  if (s.options.browser) {
    std::erase(d.browsers, &s);
    return;
  }
  const auto list = d.consumers.find(s.options.priority);
  list->second.remove(&s);
  if (list->second.empty()) d.consumers.erase(list);
  d.groups.remove_owner(s);
  if (d.exclusive == &s) {
    d.exclusive = nullptr;
    d.for_each_consumer([&d](subscription& other) {
      if (other.options.exclusive && d.exclusive == nullptr) d.exclusive = &other;
    });
  }
  if (d.is_queue()) mark(d);
}

void store::detach(subscription& s) {
  give_back(s);
  for (destination* d : s.from) leave(s, *d);
  s.from.clear();
  for (const destination_name& wanted : s.wanted) {
    if (names_many(wanted, kind_.names)) {
      auto& patterns = by_pattern_[wanted.kind];
      std::vector<subscription*>* list = patterns.find(wanted.name);
      if (list != nullptr) std::erase(*list, &s);
      if (list != nullptr && list->empty()) patterns.erase(wanted.name);
      continue;
    }
    const auto list = by_name_.find(wanted);
    if (list == by_name_.end()) continue;
    std::erase(list->second, &s);
    if (list->second.empty()) by_name_.erase(list);
  }
  std::erase(woken_, &s);
  if (s.lasting != nullptr) s.lasting->active = nullptr;
  s.own.clear();
}

void store::give_back(subscription& s) {
  for (auto& [number, held] : s.unsettled) {
    if (held.from == nullptr || s.options.browser) continue;
    destination& d = *held.from;
    --d.in_flight;
    if (held.is_dropped) continue;
    if (d.is_queue()) {
      const std::uint64_t sequence = held.entry.sequence;
      d.paged.emplace(sequence, std::move(held.entry));
    } else if (s.lasting != nullptr) {
      held.entry.deliveries = 0;  // it comes again without `redelivered` (facts: ActiveMQ 3.5)
      s.lasting->backlog.put_back(std::move(held.entry));
    }
  }
  s.unsettled.clear();
  s.in_transaction = 0;
}

durable* store::find_durable(const std::string& client_id, const std::string& name) noexcept {
  const auto found = durables_.find({client_id, name});
  return found == durables_.end() ? nullptr : found->second.get();
}

durable* store::open_durable(const std::string& client_id, const std::string& name,
                             const destination_name& topic, outcome& why) {
  destination* d = open(topic, why);
  if (d == nullptr) return nullptr;
  if (durables_.size() >= max_durables_) {
    why = outcome::too_many;
    return nullptr;
  }
  auto made = std::make_unique<durable>();
  made->client_id = client_id;
  made->name = name;
  made->topic = topic;
  made->backlog = message_queue(kind_.durable_order);
  d->durables.push_back(made.get());
  return durables_.emplace(std::pair(client_id, name), std::move(made)).first->second.get();
}

void store::remove_durable(durable& gone) {
  if (destination* d = find(gone.topic)) std::erase(d->durables, &gone);
  durables_.erase({gone.client_id, gone.name});
}

}  // namespace mockbroker
