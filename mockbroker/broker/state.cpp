#include "mockbroker/broker/state.hpp"

#include "mockbroker/broker/connection.hpp"

namespace mockbroker {

std::string broker_state::expand(std::string_view rule, std::uint64_t connection) const {
  std::string text;
  while (!rule.empty()) {
    const auto take = [&rule](std::string_view piece) {
      if (!rule.starts_with(piece)) return false;
      rule.remove_prefix(piece.size());
      return true;
    };
    if (take("{stem}")) {
      text += "ID:" + options.name + "-" + std::to_string(options.seed) + "-" +
              std::to_string(wall_ms(options.start));
    } else if (take("{seed}")) {
      text += std::to_string(options.seed);
    } else if (take("{c}")) {
      text += std::to_string(connection);
    } else {
      text += rule.front();
      rule.remove_prefix(1);
    }
  }
  return text;
}

void broker_state::deliver(const message_ptr& m, const std::vector<destination_name>& to) {
  for (const destination_name& name : to) {
    outcome why = outcome::done;
    // It existed when the SEND came. A temporary one may have died with its owner meanwhile, and
    // a removed one cannot be opened again when the broker is full of others: then the message
    // has nowhere to go.
    destination* d = name.temporary ? destinations.find(name) : destinations.open(name, why);
    if (d == nullptr) continue;
    destinations.enqueue(
        *d, d->name == m->destination() ? m : reroute(*m, {d->name, d->text, {}, false}));
  }
}

void broker_state::publish(const advisory& what, subscription* only) {
  outcome why = outcome::done;
  destination* topic = destinations.open({destination_kind::topic, false, what.topic}, why);
  if (topic == nullptr) return;
  if (only == nullptr && topic->consumer_count == 0) {
    ++topic->enqueued;  // nobody hears it
    return;
  }
  message_facts facts;
  facts.id = expand("{stem}-1:1:0:0:", 0) + std::to_string(++last_advisory);
  facts.destination = topic->name;
  facts.priority = 0;
  stomp::frame f = stomp::make_frame("MESSAGE",
                                     {{"destination", topic->text},
                                      {"message-id", facts.id},
                                      {"expires", "0"},
                                      {"priority", "0"},
                                      {"timestamp", "0"},
                                      {"type", "Advisory"},
                                      {"originBrokerId", expand("{stem}-0:1", 0)},
                                      {"originBrokerName", options.name},
                                      {"originBrokerURL", "vm://" + options.name},
                                      {"transformation", "jms-advisory-json"}},
                                     what.body);
  for (const auto& h : what.headers) f.add(h.name, h.value);
  const auto m = std::make_shared<const message>(account, std::move(f), std::move(facts));
  if (only != nullptr) {
    destinations.enqueue_for(*topic, *only, m);
  } else {
    destinations.enqueue(*topic, m);
  }
}

void broker_state::replay(subscription& s) {
  if (!options.kind.has_advisories || !is_advisory(s.wanted.front())) return;
  const std::string_view name =
      std::string_view(s.wanted.front().name).substr(advisory_prefix.size());
  std::vector<advisory> past;
  if (name == "Connection") {
    for (const auto& [id, c] : client_ids) past.push_back(connection_started(c->facts()));
  }
  for (const auto& [key, d] : destinations.all()) {
    if (name == type_name(key) && !is_advisory(key)) past.push_back(destination_added(key, acting));
    const std::string consumers = "Consumer." + std::string(type_name(key)) + "." + key.name;
    if (name != consumers) continue;
    d->for_each_consumer([&, &of = key, count = d->consumer_count](const subscription& each) {
      past.push_back(consumer_added(each, of, acting, count));
    });
  }
  for (const advisory& each : past) publish(each, &s);
}

void broker_state::tell_consumer(const subscription& s, std::string_view session, bool added) {
  if (!options.kind.has_advisories) return;
  for (const destination_name& name : s.wanted) {
    if (is_advisory(name)) continue;
    const destination* d = destinations.find(name);
    const std::size_t count = d == nullptr ? 0 : d->consumer_count;
    tell([&] {
      return added ? consumer_added(s, name, session, count)
                   : consumer_removed(s, name, session, count);
    });
  }
}

void broker_state::on_destination(const destination& d, bool added) {
  if (is_advisory(d.name)) return;
  tell([&] {
    return added ? destination_added(d.name, acting) : destination_removed(d.name, acting);
  });
}

void broker_state::on_expired(const destination& d, const message& m) {
  tell([&] { return message_expired(m, d.name); });
}

void broker_state::on_buried(const destination& from, const message& m) {
  tell([&] { return message_buried(m, from.name); });
}

}  // namespace mockbroker
