#include "mockbroker/console/mbeans.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mockbroker {
namespace {

namespace json = boost::json;

constexpr std::string_view domain = "org.apache.activemq";

// `*` stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last one, and where it may begin to match
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool fits(const object_name& pattern, bool is_open, const object_name& name) {
  if (!fits(pattern.domain, name.domain)) return false;
  if (!is_open && pattern.keys.size() != name.keys.size()) return false;
  return std::ranges::all_of(pattern.keys, [&](const auto& each) {
    const auto own = name.keys.find(each.first);
    return own != name.keys.end() && fits(each.second, own->second);
  });
}

// A text as a value of an object name, as ActiveMQ writes it.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == ',' || c == '\'' || c == '"') {
      out += '_';
    } else if (c == '?') {
      out += "&qe;";
    } else if (c == '=') {
      out += "&amp;";
    } else if (c == '*') {
      out += "&ast;";
    } else {
      out += c;
    }
  }
  return out;
}

object_name java_name(std::string_view type) {
  return {"java.lang", {{"type", std::string(type)}}, false};
}

const family& family_of(const subscription_info& s) {
  if (s.is_durable) return s.connection == 0 ? inactive_durable_family : durable_family;
  const bool topic = !s.wanted.empty() && s.wanted.front().kind == destination_kind::topic;
  return topic ? topic_subscription_family : subscription_family;
}

std::size_t json_octets(std::string_view text) {
  std::size_t octets = 2;
  for (const char c : text) {
    octets += static_cast<unsigned char>(c) < 0x20 ? 6 : c == '"' || c == '\\' || c == '/' ? 2 : 1;
  }
  return octets;
}

// Of its text, or a little more.
std::size_t json_octets(const json::value& value) {
  std::size_t octets = 2;
  if (value.is_string()) return json_octets(std::string_view(value.get_string()));
  if (value.is_array()) {
    for (const json::value& each : value.get_array()) octets += json_octets(each) + 1;
  } else if (value.is_object()) {
    for (const auto& [key, each] : value.get_object()) {
      octets += json_octets(std::string_view(key)) + json_octets(each) + 2;
    }
  } else {
    octets = value.is_bool() || value.is_null() ? 5 : 24;  // the longest numbers
  }
  return octets;
}

std::string signature(const operation& o) { return "(" + std::string(o.parameters) + ")"; }

std::size_t parameters_of(const operation& o) {
  return o.parameters.empty() ? 0
                              : 1 + static_cast<std::size_t>(std::ranges::count(o.parameters, ','));
}

json::object describe(const operation& o) {
  json::array parameters;
  std::string_view rest = o.parameters;
  for (std::size_t i = 1; !rest.empty(); ++i) {
    const std::size_t comma = rest.find(',');
    parameters.push_back(
        {{"name", "p" + std::to_string(i)}, {"type", rest.substr(0, comma)}, {"desc", ""}});
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return {{"args", std::move(parameters)}, {"ret", o.result}, {"desc", ""}};
}

json::object describe(const family& f) {
  json::object attributes;
  for (const attribute& a : f.attributes) {
    attributes[a.name] = {{"rw", false}, {"type", a.type}, {"desc", ""}};
  }
  json::object operations;
  for (const operation& o : f.operations) {
    json::value* known = operations.if_contains(o.name);
    if (known == nullptr) {
      operations[o.name] = describe(o);
    } else if (known->is_array()) {
      known->get_array().push_back(describe(o));
    } else {
      json::array both{*known, describe(o)};
      *known = std::move(both);
    }
  }
  return {{"op", std::move(operations)},
          {"attr", std::move(attributes)},
          {"class", f.class_name},
          {"desc", "Information on the management interface of the MBean"}};
}

// What later releases deny by how it begins.
bool changes_the_broker(std::string_view operation) {
  constexpr std::string_view verbs[] = {"add",   "copy",  "create", "destroy",
                                        "move",  "purge", "remove", "restart",
                                        "retry", "send",  "stop",   "terminate"};
  return std::ranges::any_of(verbs, [&](auto verb) { return operation.starts_with(verb); });
}

}  // namespace

std::int64_t management::uptime_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(rt.now() - started).count();
}

std::string object_name::properties() const {
  std::string out;
  for (const auto& [key, value] : keys) {
    if (!out.empty()) out += ',';
    out += key;
    out += '=';
    out += value;
  }
  return out;
}

std::optional<object_name> parse_object_name(std::string_view text) {
  object_name out;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  out.domain = text.substr(0, colon);
  out.is_pattern = out.domain.find('*') != std::string::npos;
  text.remove_prefix(colon + 1);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (part == "*") {
      out.is_pattern = true;
      out.keys["*"] = "*";  // taken away again by whoever compares
      continue;
    }
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const std::string_view value = part.substr(equals + 1);
    out.is_pattern |= value.find('*') != std::string_view::npos;
    out.keys.emplace(part.substr(0, equals), value);
  }
  if (out.keys.empty()) return std::nullopt;
  return out;
}

json::object reference(const object_name& name) { return {{"objectName", name.text()}}; }

std::string argument(const arguments& given, std::size_t i) {
  if (i >= given.size() || given[i].is_null()) return {};
  return given[i].is_string() ? std::string(given[i].get_string()) : json::serialize(given[i]);
}

bool answer_room::take(const json::value& value) {
  const std::size_t wanted = json_octets(value);
  const bool fits = wanted <= left;
  left = fits ? left - wanted : 0;
  return fits;
}

operation_error too_large(answer_room& room) {
  room.left = 0;
  return {500, "java.lang.IllegalStateException",
          "The answer has more than " + std::to_string(room.most) +
              " octets. Ask for fewer MBeans, attributes or messages at once."};
}

operation_result do_nothing(const management&, const mbean&, const arguments&) {
  return json::value();
}

object_name broker_bean(const management& m) {
  return {std::string(domain),
          {{"type", "Broker"}, {"brokerName", encoded(m.shown.options().name)}},
          false};
}

object_name destination_bean(const management& m, const destination_name& d) {
  object_name name = broker_bean(m);
  name.keys["destinationType"] = type_name(d);
  name.keys["destinationName"] = encoded(d.name);
  return name;
}

object_name subscription_bean(const management& m, const subscription_info& s) {
  destination_name joined;
  for (const destination_name& each : s.wanted) {
    if (joined.name.empty()) {
      joined = each;
    } else {
      joined.name += "," + each.name;
    }
  }
  object_name name = destination_bean(m, joined);
  name.keys["endpoint"] = "Consumer";
  name.keys["clientId"] = encoded(s.client_id);
  name.keys["consumerId"] =
      s.is_durable ? "Durable(" + encoded(s.client_id) + "_" + encoded(s.durable_name) + ")"
                   : encoded(s.session + ":-1:" + std::to_string(s.number));
  return name;
}

object_name connector_bean(const management& m, stomp::transport how) {
  object_name name = broker_bean(m);
  name.keys["connector"] = "clientConnectors";
  name.keys["connectorName"] = how == stomp::transport::stream ? "stomp" : "ws";
  return name;
}

object_name connection_bean(const management& m, const connection_info& c, bool by_address) {
  object_name name = connector_bean(m, c.how);
  name.keys["connectionViewType"] = by_address ? "remoteAddress" : "clientId";
  const std::string& client = c.client_id.empty() ? c.session : c.client_id;
  name.keys["connectionName"] = encoded(by_address ? "tcp://" + c.remote : client);
  return name;
}

const family& family_of(const destination_info& d) {
  return d.name.kind == destination_kind::queue ? queue_family : topic_family;
}

std::vector<mbean> mbeans::all() const {
  std::vector<mbean> list{{broker_bean(from_), &broker_family},
                          {java_name("Runtime"), &runtime_family},
                          {java_name("Memory"), &memory_family}};
  object_name health = broker_bean(from_);
  health.keys["service"] = "Health";
  list.push_back({std::move(health), &health_family});
  for (const auto how : {stomp::transport::stream, stomp::transport::messages}) {
    list.push_back({connector_bean(from_, how), &connector_family});
  }
  for (const auto& c : from_.shown.connections()) {
    if (!c.connected) continue;
    for (const bool by_address : {false, true}) {
      list.push_back({connection_bean(from_, c, by_address), &connection_family, c});
    }
  }
  for (const auto& s : from_.shown.subscriptions()) {
    list.push_back({subscription_bean(from_, s), &family_of(s), s});
  }
  for (const auto& d : from_.shown.destinations()) {
    list.push_back({destination_bean(from_, d.name), &family_of(d), d});
  }
  return list;
}

std::vector<mbean> mbeans::find(const object_name& asked) const {
  object_name pattern = asked;
  const bool is_open = pattern.keys.erase("*") != 0;
  const auto type = pattern.keys.find("destinationType");
  const auto own = pattern.keys.find("destinationName");
  if (!asked.is_pattern && type != pattern.keys.end() && own != pattern.keys.end()) {
    // No need to look at all of them, unless the name was not written as it is.
    destination_name wanted;
    wanted.temporary = type->second.starts_with("Temp");
    wanted.kind =
        type->second.ends_with("Topic") ? destination_kind::topic : destination_kind::queue;
    wanted.name = own->second;
    if (destination_bean(from_, wanted).text() == asked.text()) {
      if (auto d = from_.shown.find_destination(wanted)) {
        const family& kind = family_of(*d);
        return {{asked, &kind, std::move(*d)}};
      }
    }
  }
  std::vector<mbean> found = all();
  std::erase_if(found, [&](const mbean& each) {
    return asked.is_pattern ? !fits(pattern, is_open, each.name) : each.name.text() != asked.text();
  });
  return found;
}

json::object mbeans::attributes(const mbean& of) const {
  json::object out;
  for (const auto& a : of.kind->attributes) out[a.name] = a.get(from_, of);
  return out;
}

std::optional<json::value> mbeans::attribute(const mbean& of, std::string_view name) const {
  const auto found = std::ranges::find(of.kind->attributes, name, &mockbroker::attribute::name);
  if (found == of.kind->attributes.end()) return std::nullopt;
  return found->get(from_, of);
}

operation_result mbeans::invoke(const mbean& of, std::string_view asked, const arguments& given,
                                std::string_view given_name) const {
  const std::string_view bare = asked.substr(0, asked.find('('));
  const std::string text(asked);
  const std::string on = of.name.text();
  const auto refuse = [](std::string why) {
    return operation_error{400, "java.lang.IllegalArgumentException", std::move(why)};
  };
  const bool is_limited = from_.shown.options().kind.limits_management && changes_the_broker(bare);
  if (!of.kind->runs || is_limited) {
    return operation_error{403, "java.lang.Exception",
                           "Operation " + text + " forbidden for MBean " + on};
  }
  std::string signatures;
  const operation* chosen = nullptr;
  std::size_t count = 0;
  for (const operation& o : of.kind->operations) {
    if (o.name != bare) continue;
    ++count;
    signatures += (signatures.empty() ? "" : ",") + signature(o);
    if (bare == asked || asked.substr(bare.size()) == signature(o)) chosen = &o;
  }
  if (count == 0) return refuse("No operation " + text + " found on MBean " + on);
  if (chosen == nullptr) {
    return refuse("No operation " + text + " on MBean " + on +
                  " exists. Known signatures: " + signatures);
  }
  if (count > 1 && bare == asked) {
    return refuse("Operation " + text + " on MBean " + on + " is overloaded. Signatures found: " +
                  signatures + ". Use a signature when specifying the operation.");
  }
  const std::size_t wanted = parameters_of(*chosen);
  if (given.size() != wanted) {
    return refuse("Invalid number of operation arguments. Operation " + text + " on " +
                  std::string(given_name) + " requires " + std::to_string(wanted) +
                  " parameters, not " + std::to_string(given.size()) + " as given");
  }
  return chosen->run(from_, of, given);
}

std::optional<json::object> mbeans::list(std::string_view only) const {
  std::map<const family*, json::value> known;  // described once each
  answer_room room = from_.room;
  json::object out;
  for (const mbean& each : all()) {
    json::value& in = out[each.name.domain];
    if (!in.is_object()) in = json::object();
    const std::string properties = each.name.properties();
    if (!only.empty() && properties != only) continue;
    json::value& shown = known[each.kind];
    if (shown.is_null()) shown = describe(*each.kind);
    if (!room.take(shown)) return std::nullopt;
    in.get_object()[properties] = shown;
  }
  return out;
}

}  // namespace mockbroker
