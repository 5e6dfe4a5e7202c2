// The broker seen by its operator.
#include <utility>

#include "mockbroker/broker/broker.hpp"

namespace mockbroker {

outcome broker::create_destination(std::string_view name) {
  if (state_.destinations.find(name) != nullptr) return outcome::already_there;
  outcome why = outcome::done;
  state_.destinations.open(name, why);
  return why;
}

outcome broker::remove_destination(std::string_view name, time_point now) {
  const turn scope(*this, now);
  return state_.destinations.remove(name);
}

outcome broker::purge(std::string_view name, time_point now) {
  const turn scope(*this, now);
  return state_.destinations.purge(name);
}

outcome broker::publish(std::string_view destination, std::string_view body,
                        const std::vector<stomp::header>& headers, time_point now) {
  const turn scope(*this, now);
  if (state_.has_no_memory_left()) return outcome::memory_full;
  outcome why = outcome::done;
  mockbroker::destination* d = state_.destinations.open(destination, why);
  if (d == nullptr) return why;
  stomp::frame f = stomp::make_frame("SEND", {}, body);
  f.headers = headers;
  state_.destinations.enqueue(*d, state_.make_message(std::move(f), d->name, now));
  return outcome::done;
}

outcome broker::close_connection(connection_id id, std::string_view text, time_point now) {
  const turn scope(*this, now);
  connection* c = find(id);
  if (c == nullptr) return outcome::not_found;
  c->end({stomp::errc::rejected, std::string(text)}, now);
  return outcome::done;
}

std::vector<destination_info> broker::destinations() const {
  std::vector<destination_info> list;
  list.reserve(state_.destinations.all().size());
  for (const auto& [name, d] : state_.destinations.all()) {
    list.push_back(
        {name, d->kind, d->pending(), d->unsettled, d->consumers.size(), d->enqueued, d->dequeued});
  }
  return list;
}

std::vector<connection_info> broker::connections() const {
  std::vector<connection_info> list;
  list.reserve(connections_.size());
  for (const auto& [id, c] : connections_) list.push_back(c->info());
  return list;
}

std::vector<stomp::frame> broker::browse(std::string_view queue, std::size_t limit) const {
  std::vector<stomp::frame> list;
  const auto found = state_.destinations.all().find(queue);
  if (found == state_.destinations.all().end()) return list;
  found->second->queue.for_each([&](const queue_entry& entry) {
    if (list.size() >= limit) return false;
    message_labels labels;
    labels.redelivered = entry.deliveries > 0;
    list.push_back(make_message_frame(*entry.m, labels));
    return true;
  });
  return list;
}

}  // namespace mockbroker
