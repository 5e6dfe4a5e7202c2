// The broker seen by its operator.
#include "mockbroker/broker/management.hpp"

#include <utility>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/broker/message_properties.hpp"

namespace mockbroker {

namespace {

struct found_message {
  queue_entry entry;
  bool is_held;
};

// The message of this id that waits in `d` or that a consumer of it holds.
std::optional<found_message> find_in(const destination& d, std::string_view id) {
  std::optional<found_message> found;
  const auto look = [&](const queue_entry& entry, bool is_held) {
    if (!found && entry.m->id() == id) found = found_message{entry, is_held};
    return !found;
  };
  d.for_each_waiting([&](const queue_entry& entry) { return look(entry, false); });
  d.for_each_consumer([&](const subscription& s) {
    for (const auto& [number, h] : s.unsettled) {
      if (h.from == &d && !h.is_dropped) look(h.entry, true);
    }
  });
  return found;
}

}  // namespace

message_info describe(const queue_entry& entry, bool is_held) {
  message_info i;
  i.facts = entry.m->facts();
  i.content = entry.m->content();
  i.redelivered = entry.deliveries > (is_held ? 1U : 0U);
  i.is_held = is_held;
  return i;
}

subscription_info describe(const subscription& s) {
  subscription_info i;
  i.connection = s.connection;
  i.number = s.number;
  i.id = s.key;
  i.wanted = s.wanted;
  i.ack = s.options.mode;
  i.unsettled = s.unsettled.size();
  i.waiting = s.lasting != nullptr ? s.lasting->backlog.size() : s.own.size();
  i.enqueued = s.enqueued;
  i.delivered = s.delivered;
  i.dequeued = s.dequeued;
  i.discarded = s.discarded;
  i.prefetch = s.options.prefetch;
  i.backlog = s.options.backlog;
  i.priority = s.options.priority;
  i.exclusive = s.options.exclusive;
  i.retroactive = s.options.retroactive;
  i.no_local = s.options.no_local;
  i.browser = s.options.browser;
  i.is_durable = s.lasting != nullptr;
  if (s.lasting != nullptr) i.durable_name = s.lasting->name;
  i.selector = s.options.selector_text;
  return i;
}

destination_name broker::parse_name(std::string_view text) const {
  const auto parts = parse_destination(text, state_.options.kind.names);
  return parts.size() == 1 ? parts.front().name : destination_name{};
}

outcome broker::create_destination(std::string_view name, time_point now) {
  return create_destination(parse_name(name), now);
}

outcome broker::create_destination(const destination_name& name, time_point now) {
  const turn scope(*this, now);
  if (state_.destinations.find(name) != nullptr) return outcome::already_there;
  outcome why = outcome::done;
  state_.destinations.open(name, why);
  return why;
}

outcome broker::remove_destination(std::string_view name, time_point now) {
  return remove_destination(parse_name(name), now);
}

outcome broker::remove_destination(const destination_name& name, time_point now) {
  const turn scope(*this, now);
  return state_.destinations.remove(name);
}

outcome broker::purge(std::string_view name, time_point now) {
  return purge(parse_name(name), now);
}

outcome broker::purge(const destination_name& name, time_point now) {
  const turn scope(*this, now);
  return state_.destinations.purge(name);
}

outcome broker::pause(const destination_name& queue, bool paused, time_point now) {
  const turn scope(*this, now);
  return state_.destinations.pause(queue, paused);
}

outcome broker::publish(std::string_view to, std::string_view body,
                        const std::vector<stomp::header>& headers, time_point now,
                        std::string* id) {
  const turn scope(*this, now);
  if (state_.has_no_memory_left()) return outcome::memory_full;
  const profile& kind = state_.options.kind;
  const destination_name name = parse_name(to);
  outcome why = outcome::done;
  destination* d = state_.destinations.open(name, why);
  if (d == nullptr) return why;
  stomp::frame f = stomp::make_frame("SEND", {}, body);
  f.headers = headers;
  sent_message sent = kind.read(f, state_.wall_ms(now));
  if (sent.wrong) return outcome::bad_name;
  sent.facts.id = state_.expand(kind.ids.local_message, 0) + std::to_string(++state_.last_message);
  sent.facts.destination = name;
  if (id != nullptr) *id = sent.facts.id;
  f.prepend("message-id", sent.facts.id);
  f.prepend("destination", d->text);
  state_.destinations.enqueue(
      *d, std::make_shared<const message>(state_.account, std::move(f), std::move(sent.facts)));
  return outcome::done;
}

outcome broker::remove_message(const destination_name& queue, std::string_view message_id,
                               time_point now) {
  const turn scope(*this, now);
  destination* d = state_.destinations.find(queue);
  const bool found = d != nullptr && state_.destinations.take_out(*d, message_id) != nullptr;
  return found ? outcome::done : outcome::not_found;
}

outcome broker::reroute_message(const message& m, const destination_name& to,
                                const std::string& from_text) {
  outcome why = outcome::done;
  destination* d = state_.destinations.open(to, why);
  if (d == nullptr) return why;
  state_.destinations.enqueue(*d, reroute(m, {d->name, d->text, from_text, false}));
  return outcome::done;
}

outcome broker::copy_message(const destination_name& from, std::string_view message_id,
                             const destination_name& to, time_point now) {
  const turn scope(*this, now);
  const destination* d = state_.destinations.find(from);
  if (d == nullptr) return outcome::not_found;
  const auto found = find_in(*d, message_id);
  if (!found) return outcome::not_found;
  if (state_.has_no_memory_left()) return outcome::memory_full;
  return reroute_message(*found->entry.m, to, d->text);
}

outcome broker::move_message(const destination_name& from, std::string_view message_id,
                             const destination_name& to, time_point now) {
  const turn scope(*this, now);
  destination* d = state_.destinations.find(from);
  if (d == nullptr || !find_in(*d, message_id)) return outcome::not_found;
  outcome why = outcome::done;
  // Before it is taken out: it must have somewhere to go.
  if (state_.destinations.open(to, why) == nullptr) return why;
  const message_ptr m = state_.destinations.take_out(*d, message_id);
  return m == nullptr ? outcome::not_found : reroute_message(*m, to, d->text);
}

outcome broker::retry_message(const destination_name& from, std::string_view message_id,
                              time_point now) {
  const auto m = find_message(from, message_id);
  const auto back = m ? m->content.get("original-destination") : std::nullopt;
  if (!back) return outcome::not_found;
  return move_message(from, message_id, parse_name(*back), now);
}

outcome broker::create_durable(const std::string& client_id, const std::string& name,
                               const std::string& topic, const std::string& selector_text,
                               time_point now) {
  const turn scope(*this, now);
  if (state_.destinations.find_durable(client_id, name) != nullptr) return outcome::already_there;
  std::optional<selector> filter;
  if (!selector_text.empty()) {
    auto made = selector::compile(selector_text);
    if (std::holds_alternative<selector_error>(made)) return outcome::bad_name;
    filter.emplace(std::move(std::get<selector>(made)));
  }
  outcome why = outcome::done;
  durable* d = state_.destinations.open_durable(client_id, name,
                                                {destination_kind::topic, false, topic}, why);
  if (d == nullptr) return why;
  d->filter = std::move(filter);
  d->options.selector_text = selector_text;
  d->options.prefetch = state_.options.kind.prefetch_durable;
  return outcome::done;
}

outcome broker::remove_durable(const std::string& client_id, const std::string& name,
                               time_point now) {
  const turn scope(*this, now);
  durable* d = state_.destinations.find_durable(client_id, name);
  if (d == nullptr) return outcome::not_found;
  if (d->active != nullptr) return outcome::has_consumers;
  state_.destinations.remove_durable(*d);
  return outcome::done;
}

outcome broker::close_connection(connection_id id, std::string_view text, time_point now) {
  const turn scope(*this, now);
  connection* c = find(id);
  if (c == nullptr) return outcome::not_found;
  c->end({stomp::errc::rejected, std::string(text)}, now);
  return outcome::done;
}

void broker::reset_statistics() {
  for (const auto& [name, d] : state_.destinations.all()) {
    d->enqueued = d->dequeued = d->dispatched = d->expired = d->total_octets = 0;
    d->smallest = d->largest = 0;
  }
}

destination_info broker::describe(const destination& d) const {
  destination_info i;
  i.name = d.name;
  i.text = d.text;
  i.pending = d.size;
  if (!d.is_queue()) {
    d.for_each_consumer(
        [&](const subscription& s) { i.pending += s.own.size() + s.unsettled.size(); });
  }
  i.unsettled = d.in_flight;
  i.consumers = d.consumer_count;
  i.enqueued = d.enqueued;
  i.dequeued = d.dequeued;
  i.dispatched = d.dispatched;
  i.expired = d.expired;
  i.octets = d.octets;
  i.total_octets = d.total_octets;
  i.smallest = d.smallest;
  i.largest = d.largest;
  i.groups = d.groups.size();
  i.is_paused = d.is_paused;
  i.is_dead_letter = d.name == state_.options.kind.dead_letter;
  return i;
}

std::vector<destination_info> broker::destinations() const {
  std::vector<destination_info> list;
  list.reserve(state_.destinations.all().size());
  for (const auto& [name, d] : state_.destinations.all()) list.push_back(describe(*d));
  return list;
}

std::optional<destination_info> broker::find_destination(const destination_name& name) const {
  const destination* d = state_.destinations.find(name);
  if (d == nullptr) return std::nullopt;
  return describe(*d);
}

std::vector<connection_info> broker::connections() const {
  std::vector<connection_info> list;
  list.reserve(connections_.size());
  for (const auto& [id, c] : connections_) list.push_back(c->info());
  return list;
}

std::vector<subscription_info> broker::subscriptions() const {
  std::vector<subscription_info> list;
  for (const auto& [id, c] : connections_) {
    for (auto& s : c->info().subscriptions) list.push_back(std::move(s));
  }
  for (const auto& [id, l] : listeners_) list.push_back(l->info());
  for (const auto& [key, d] : state_.destinations.durables()) {
    if (d->active != nullptr) continue;
    subscription_info& i = list.emplace_back();
    i.client_id = d->client_id;
    i.durable_name = d->name;
    i.is_durable = true;
    i.wanted = {d->topic};
    i.destination = format_destination(d->topic, state_.options.kind.names);
    i.waiting = d->backlog.size();
    i.enqueued = d->enqueued;
    i.dequeued = d->dequeued;
    i.delivered = d->delivered;
    i.selector = d->options.selector_text;
    i.prefetch = d->options.prefetch;
  }
  return list;
}

void broker::for_each_message(const destination_name& queue, bool held, const selector* filter,
                              const message_look& look) const {
  const destination* d = state_.destinations.find(queue);
  if (d == nullptr) return;
  bool goes_on = true;
  const auto show = [&](const queue_entry& entry, bool is_held) {
    const bool wanted =
        filter == nullptr || filter->matches(message_properties(*entry.m, *d, entry.deliveries));
    if (goes_on && wanted) goes_on = look(entry, is_held);
    return goes_on;
  };
  if (held) {
    d->for_each_consumer([&](const subscription& s) {
      for (const auto& [number, h] : s.unsettled) {
        if (h.from == d && !h.is_dropped && !show(h.entry, true)) return;
      }
    });
  }
  if (goes_on) d->for_each_waiting([&](const queue_entry& entry) { return show(entry, false); });
}

std::vector<message_info> broker::messages(const destination_name& queue, std::size_t limit,
                                           bool held, const selector* filter) const {
  std::vector<message_info> list;
  if (limit == 0) return list;
  for_each_message(queue, held, filter, [&](const queue_entry& entry, bool is_held) {
    list.push_back(mockbroker::describe(entry, is_held));
    return list.size() < limit;
  });
  return list;
}

std::optional<message_info> broker::find_message(const destination_name& queue,
                                                 std::string_view message_id) const {
  const destination* d = state_.destinations.find(queue);
  if (d == nullptr) return std::nullopt;
  const auto found = find_in(*d, message_id);
  if (!found) return std::nullopt;
  return mockbroker::describe(found->entry, found->is_held);
}

std::vector<stomp::frame> broker::browse(std::string_view queue, std::size_t limit) const {
  std::vector<stomp::frame> list;
  const destination* d = state_.destinations.find(parse_name(queue));
  if (d == nullptr) return list;
  d->for_each_waiting([&](const queue_entry& entry) {
    if (list.size() >= limit) return false;
    message_labels labels;
    labels.redelivered = entry.deliveries > 0;
    list.push_back(make_message_frame(*entry.m, labels));
    return true;
  });
  return list;
}

}  // namespace mockbroker
