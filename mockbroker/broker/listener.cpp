#include "mockbroker/broker/listener.hpp"

#include <utility>

#include "mockbroker/broker/broker.hpp"

namespace mockbroker {

listener::listener(broker_state& shared, connection_id id, listener_options options)
    : shared_(shared),
      options_(std::move(options)),
      // Clients inside the process have a stem of their own, as ActiveMQ's vm connections.
      session_(shared.expand("{stem}-5:{c}", id)) {
  held_.id = ++shared_.last_subscription;
  held_.connection = id;
  held_.number = 1;
  held_.port = this;
  held_.wanted = {options_.from};
  held_.options.mode = stomp::ack_mode::client_individual;
  held_.options.prefetch = options_.prefetch;
  held_.options.selector_text = options_.selector;
  if (options_.from.kind == destination_kind::topic) {
    held_.options.backlog = shared_.options.kind.topic_backlog;
  }
}

listener::~listener() {
  if (!is_open_) return;
  for (auto& [number, each] : held_.unsettled) {
    if (!taken_.contains(number) && each.entry.deliveries > 0) --each.entry.deliveries;
  }
  shared_.destinations.detach(held_);
  shared_.tell_consumer(held_, session_, false);
}

outcome listener::open() {
  if (!options_.selector.empty()) {
    auto made = selector::compile(options_.selector);
    if (!shared_.options.kind.has_selectors || std::holds_alternative<selector_error>(made)) {
      return outcome::bad_name;
    }
    held_.filter.emplace(std::move(std::get<selector>(made)));
  }
  outcome why = outcome::done;
  is_open_ = shared_.destinations.attach(held_, why);
  if (!is_open_) return why;
  shared_.tell_consumer(held_, session_, true);
  shared_.replay(held_);
  return outcome::done;
}

void listener::take_message(subscription& to, destination& from, queue_entry entry,
                            std::uint64_t number) {
  delivery d;
  d.entry = std::move(entry);
  d.from = &from;
  to.unsettled.emplace(number, std::move(d));
  if (options_.arrived) options_.arrived();
}

std::optional<taken_message> listener::take(std::int64_t wall_ms) {
  for (auto it = held_.unsettled.begin(); it != held_.unsettled.end();) {
    const auto& [number, each] = *it++;  // expire() erases it
    if (taken_.contains(number)) continue;
    if (each.entry.m->expired_at(wall_ms)) {
      shared_.destinations.expire(held_, number);
      continue;
    }
    taken_.insert(number);
    return taken_message{number, describe(each.entry, true)};
  }
  return std::nullopt;
}

void listener::settle(std::uint64_t number) {
  taken_.erase(number);
  shared_.destinations.settle(held_, number);
}

void listener::give_back(std::uint64_t number) {
  if (taken_.erase(number) != 0 && options_.arrived) options_.arrived();
}

subscription_info listener::info() const {
  subscription_info i = describe(held_);
  i.client_id = options_.client_id.empty() ? session_ : options_.client_id;
  i.session = session_;
  i.destination = format_destination(options_.from, shared_.options.kind.names);
  return i;
}

// The broker's side: it owns them and gives them the time.

outcome broker::open_listener(listener_options options, time_point now, connection_id& id) {
  const turn scope(*this, now);
  id = ++last_connection_;
  auto made = std::make_unique<listener>(state_, id, std::move(options));
  const outcome why = made->open();
  if (why == outcome::done) listeners_.emplace(id, std::move(made));
  return why;
}

std::optional<taken_message> broker::take(connection_id id, time_point now) {
  const turn scope(*this, now);
  const auto found = listeners_.find(id);
  return found == listeners_.end() ? std::nullopt : found->second->take(state_.wall_ms(now));
}

void broker::settle(connection_id id, std::uint64_t number, time_point now) {
  const turn scope(*this, now);
  if (const auto found = listeners_.find(id); found != listeners_.end()) {
    found->second->settle(number);
  }
}

void broker::give_back(connection_id id, std::uint64_t number) {
  if (const auto found = listeners_.find(id); found != listeners_.end()) {
    found->second->give_back(number);
  }
}

void broker::close_listener(connection_id id, time_point now) {
  const turn scope(*this, now);
  listeners_.erase(id);
}

}  // namespace mockbroker
