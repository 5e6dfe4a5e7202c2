#include "mockbroker/broker/state.hpp"

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
    // It existed when the SEND came; if it cannot be opened again, somebody removed it and the
    // broker is full of others: the message has nowhere to go.
    destination* d = destinations.open(name, why);
    if (d == nullptr) continue;
    destinations.enqueue(
        *d, d->name == m->destination() ? m : reroute(*m, {d->name, d->text, {}, false}));
  }
}

}  // namespace mockbroker
