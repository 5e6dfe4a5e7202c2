// Destinations as one connection writes them: temporary ones have a name of their own on it.
#include <utility>

#include "mockbroker/broker/connection.hpp"

namespace mockbroker {

// "/temp-queue/reply" belongs to the connection that says it. Others reach it by its full name,
// which they get as reply-to.
destination_name connection::own_temporary(const parsed_name& p) {
  if (const auto known = own_temporaries_.find(p.text); known != own_temporaries_.end()) {
    return known->second;
  }
  const profile& kind = shared_.options.kind;
  destination_name made = p.name;
  if (shared_.destinations.find(made) != nullptr) return made;  // a full name
  if (kind.names.strips_prefix) {
    made.name = temporary_prefix_;
    made.name += kind.ids.temporary_by_number ? std::to_string(++last_temporary_) : p.name.name;
  } else {
    const std::size_t prefix = p.text.find('/', 1) + 1;
    made.name = p.text.substr(0, prefix) + temporary_prefix_ + p.text.substr(prefix);
  }
  own_temporaries_.emplace(p.text, made);
  if (kind.names.strips_prefix) shown_temporaries_.emplace(made, p.text);
  return made;
}

std::string connection::show(const destination_name& d) const {
  const auto own = d.temporary ? shown_temporaries_.find(d) : shown_temporaries_.end();
  return own != shown_temporaries_.end() ? own->second
                                         : format_destination(d, shared_.options.kind.names);
}

connection::resolved connection::resolve(std::string_view text) {
  resolved out;
  for (const parsed_name& p : parse_destination(text, shared_.options.kind.names)) {
    const destination_name name = p.is_own_temporary ? own_temporary(p) : p.name;
    if (name.name.empty()) return {};
    const bool is_gone =
        name.temporary && !p.is_own_temporary && shared_.destinations.find(name) == nullptr;
    if (is_gone) out.missing = to_uri(name);
    // The first part is written as on the wire, later ones as URIs.
    if (out.names.empty()) {
      out.text = format_destination(name, shared_.options.kind.names);
    } else {
      out.text += ',' + to_uri(name);
    }
    out.names.push_back(name);
  }
  return out;
}

void connection::resolve_reply(stomp::frame& f, sent_message& m) {
  if (m.reply_to.empty()) return;
  const auto parts = parse_destination(m.reply_to, shared_.options.kind.names);
  if (parts.size() != 1 || !parts.front().is_own_temporary) return;
  const destination_name name = own_temporary(parts.front());
  outcome why = outcome::done;
  shared_.destinations.open(name, why, id_);
  f.set("reply-to", format_destination(name, shared_.options.kind.names));
  m.facts.shows_sender = true;
}

}  // namespace mockbroker
