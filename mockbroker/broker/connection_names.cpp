// Destinations as one connection writes them: temporary ones have a name of their own on it.
#include <utility>

#include "mockbroker/broker/connection.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

// "/temp-queue/reply" belongs to the connection that says it. Others reach it by its full name,
// which they get as reply-to.
std::optional<destination_name> connection::own_temporary(const parsed_name& p) {
  if (const destination_name* known = temporaries_.find(p.text)) return *known;
  const profile& kind = shared_.options.kind;
  destination_name made = p.name;
  if (shared_.destinations.find(made) != nullptr) return made;  // a full name
  if (temporaries_.size() >= shared_.options.per_connection.subscriptions) return std::nullopt;
  if (kind.names.strips_prefix) {
    made.name = temporary_prefix_;
    made.name += kind.ids.temporary_by_number ? std::to_string(++last_temporary_) : p.name.name;
  } else {
    const std::size_t prefix = p.text.find('/', 1) + 1;
    made.name = p.text.substr(0, prefix) + temporary_prefix_ + p.text.substr(prefix);
  }
  temporaries_.add(p.text, made);
  return made;
}

std::uint64_t connection::owner_of(const destination_name& d) const {
  // A temporary one of nobody's outlives this connection.
  return temporaries_.text_of(d) != nullptr ? id_ : 0;
}

std::string connection::show(const destination_name& d) const {
  const naming& rules = shared_.options.kind.names;
  const std::string* own = d.temporary && rules.strips_prefix ? temporaries_.text_of(d) : nullptr;
  return own != nullptr ? *own : format_destination(d, rules);
}

std::string connection::show_reply(std::string_view text) const {
  const auto parts = parse_destination(text, shared_.options.kind.names);
  const bool is_one = parts.size() == 1 && !parts.front().is_own_temporary;
  return is_one && parts.front().name.temporary ? show(parts.front().name) : std::string(text);
}

connection::resolved connection::resolve(std::string_view text) {
  resolved out;
  for (const parsed_name& p : parse_destination(text, shared_.options.kind.names)) {
    const auto name = p.is_own_temporary ? own_temporary(p) : p.name;
    if (!name) return {.why = outcome::too_many};
    if (name->name.empty()) return {.why = outcome::bad_name};
    const bool is_gone =
        name->temporary && !p.is_own_temporary && shared_.destinations.find(*name) == nullptr;
    if (is_gone) out.missing = to_uri(*name);
    // The first part is written as on the wire, later ones as URIs.
    if (out.names.empty()) {
      out.text = format_destination(*name, shared_.options.kind.names);
    } else {
      out.text += ',' + to_uri(*name);
    }
    out.names.push_back(*name);
  }
  if (out.names.empty()) out.why = outcome::bad_name;
  return out;
}

outcome connection::open_all(const resolved& where) {
  outcome why = where.why;
  for (const auto& name : where.names) {
    if (why == outcome::done) shared_.destinations.open(name, why, owner_of(name));
  }
  return why;
}

outcome connection::resolve_reply(stomp::frame& f, sent_message& m) {
  outcome why = outcome::done;
  if (m.reply_to.empty()) return why;
  const auto parts = parse_destination(m.reply_to, shared_.options.kind.names);
  if (parts.size() != 1 || !parts.front().is_own_temporary) return why;
  const auto name = own_temporary(parts.front());
  if (!name) return outcome::too_many;
  if (shared_.destinations.open(*name, why, id_) == nullptr) return why;
  f.set("reply-to", format_destination(*name, shared_.options.kind.names));
  m.facts.shows_sender = true;
  return why;
}

void connection::refuse_destination(const stomp::client_request& request, std::string_view text,
                                    outcome why) {
  const bool is_name = why == outcome::bad_name;
  refuse(request, {.code = is_name ? stomp::errc::bad_destination : stomp::errc::rejected,
                   .text = "destination " + stomp::quote_peer_text(text) + ": " +
                           std::string(to_string(why)),
                   .subject = std::string(text)});
}

bool connection::refuse_missing(const stomp::client_request& request, const resolved& where) {
  if (where.missing.empty()) return false;
  refuse(request, {.code = stomp::errc::rejected,
                   .text = where.missing,
                   .subject = where.missing,
                   .detail = "org.apache.activemq.DestinationDoesNotExistException: "
                             "The destination " +
                             where.missing + " does not exist."});
  return true;
}

}  // namespace mockbroker
