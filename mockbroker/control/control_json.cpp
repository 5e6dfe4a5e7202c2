#include "mockbroker/control/control_json.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "crypto/digest.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

using names = std::span<const std::string_view>;

// A member that is no name of `known`.
std::optional<fault_problem> unknown_in(const json::object& o, std::string_view where,
                                        names known) {
  for (const auto& member : o) {
    const std::string_view key(member.key());
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fault_problem{std::string(where) + ": member '" + std::string(key) + "' is not known" +
                         stomp::suggestion(key, known)};
  }
  return std::nullopt;
}

// Scalars as the text that a line would have.
std::optional<std::string> text_of(const json::value& v) {
  if (v.is_string()) return std::string(v.as_string());
  if (v.is_bool()) return v.as_bool() ? "true" : "false";
  if (v.is_int64()) return std::to_string(v.as_int64());
  if (v.is_uint64()) return std::to_string(v.as_uint64());
  return std::nullopt;
}

// How members of "scope" and "on" are called in a line.
struct renamed {
  std::string_view member;
  std::string_view attribute;
};
constexpr std::array scope_members{
    renamed{"leg", "leg"},     renamed{"way", "way"},   renamed{"connection", "connection"},
    renamed{"login", "login"}, renamed{"path", "path"}, renamed{"subscription", "subscription"}};
constexpr std::array on_members{
    renamed{"command", "on"},    renamed{"destination", "destination"},
    renamed{"kind", "kind"},     renamed{"body", "on-body"},
    renamed{"nth", "nth"},       renamed{"body_contains", "body-contains"},
    renamed{"offset", "offset"}, renamed{"after_ms", "after"},
    renamed{"manual", "manual"}, renamed{"headers", ""}};

class flattening {
 public:
  std::vector<stomp::header> out;
  std::optional<fault_problem> problem;

  template <std::size_t N>
  void part(const json::object& whole, std::string_view name,
            const std::array<renamed, N>& members) {
    const auto* given = whole.if_contains(name);
    if (given == nullptr || problem) return;
    if (!given->is_object()) return fail(std::string(name) + " must be an object");
    std::array<std::string_view, N> known;
    std::transform(members.begin(), members.end(), known.begin(),
                   [](const renamed& m) { return m.member; });
    if ((problem = unknown_in(given->as_object(), name, known))) return;
    for (const auto& m : members) {
      const auto* value = given->as_object().if_contains(m.member);
      if (value == nullptr) continue;
      if (m.attribute.empty()) {
        headers(*value, name);
      } else {
        add(std::string(m.attribute), *value, std::string(name) + "." + std::string(m.member));
      }
    }
  }
  void add(std::string attribute, const json::value& value, const std::string& where) {
    auto text = text_of(value);
    if (!text) return fail(where + " must be a text, a number or true or false");
    out.push_back({std::move(attribute), std::move(*text)});
  }
  void fail(std::string text) {
    if (!problem) problem = fault_problem{std::move(text)};
  }

 private:
  void headers(const json::value& value, std::string_view where) {
    if (!value.is_object()) return fail(std::string(where) + ".headers must be an object");
    for (const auto& h : value.as_object()) {
      add("header." + std::string(h.key()), h.value(), std::string(where) + ".headers");
    }
  }
};

void put_text(json::object& into, std::string_view name, const std::string& text) {
  if (stomp::is_utf8(text)) {
    into[name] = text;
  } else {
    into[std::string(name) + "Base64"] = crypto::base64_encode(text);
  }
}

}  // namespace

std::variant<fault, fault_problem> fault_from_json(const json::value& given) {
  if (!given.is_object()) return fault_problem{"a fault is an object"};
  const json::object& o = given.as_object();
  if (const auto* line = o.if_contains("fault")) {
    if (o.size() != 1 || !line->is_string()) {
      return fault_problem{"'fault' is a line of text, and stands alone"};
    }
    return parse_fault(line->as_string());
  }
  constexpr std::array<std::string_view, 5> known{"name", "scope", "on", "action", "limit"};
  if (auto problem = unknown_in(o, "fault", known)) return *problem;
  const auto* action = o.if_contains("action");
  if (action == nullptr || !action->is_object() || action->as_object().size() != 1) {
    return fault_problem{"fault: 'action' must be an object with one member, as {\"drop\":{}}"};
  }
  const auto& what = *action->as_object().begin();
  flattening flat;
  flat.out.push_back({"action", std::string(what.key())});
  if (!what.value().is_object()) return fault_problem{"fault: an action's value is an object"};
  for (const auto& a : what.value().as_object()) {
    flat.add(std::string(a.key()), a.value(), "action." + std::string(a.key()));
  }
  if (const auto* name = o.if_contains("name")) flat.add("name", *name, "name");
  if (const auto* limit = o.if_contains("limit")) flat.add("limit", *limit, "limit");
  flat.part(o, "scope", scope_members);
  flat.part(o, "on", on_members);
  if (flat.problem) return *flat.problem;
  return make_fault(flat.out);
}

json::object to_json(const fault_engine::armed& a) {
  return {
      {"name", a.f.name}, {"fault", to_line(a.f)}, {"armed", !a.is_spent()},    {"seen", a.seen},
      {"fired", a.fired}, {"limit", a.f.limit},    {"action", a.f.action->name}};
}

json::object to_json(const journal_entry& e) {
  json::object out{
      {"number", e.number},
      {"leg", e.leg},
      {"connection", e.connection},
      {"way", to_string(e.direction)},
      {"at_ms", double(e.at.time_since_epoch().count()) / 1e6},
      {"wall_ms",
       std::chrono::duration_cast<std::chrono::milliseconds>(e.wall.time_since_epoch()).count()},
      {"line", line_of(e)}};
  if (e.what != journal_entry::event::unit) {
    out["event"] = e.what == journal_entry::event::opened ? "opened" : "closed";
    out["text"] = e.unit.text;
    return out;
  }
  out["event"] = "unit";
  out["kind"] = to_string(e.unit.what);
  out["became"] = to_string(e.became);
  if (!e.faults.empty()) out["faults"] = json::value_from(e.faults);
  if (!e.breaches.empty()) out["breaches"] = json::value_from(e.breaches);
  if (e.unit.code != 0) out["code"] = e.unit.code;
  if (!e.unit.text.empty()) put_text(out, "text", e.unit.text);
  if (e.unit.what != wire_unit::kind::frame) return out;
  out["command"] = e.unit.frame.command;
  json::array headers;
  for (const auto& h : e.unit.frame.headers) {
    headers.push_back(json::array{h.name, is_secret(h.name) ? std::string("***") : h.value});
  }
  out["headers"] = std::move(headers);
  put_text(out, "body", e.unit.frame.body);
  return out;
}

std::variant<entry_match, fault_problem> match_from_json(const json::value* given) {
  entry_match out;
  if (given == nullptr) return out;
  if (!given->is_object()) return fault_problem{"'match' must be an object"};
  constexpr std::array<std::string_view, 9> known{"command", "destination",   "headers",
                                                  "body",    "body_contains", "kind",
                                                  "leg",     "way",           "connection"};
  const json::object& o = given->as_object();
  if (auto problem = unknown_in(o, "match", known)) return *problem;
  json::object on;
  json::object scope;
  for (const auto& member : o) {
    const std::string_view key(member.key());
    const bool is_scope = key == "leg" || key == "way" || key == "connection";
    (is_scope ? scope : on)[key] = member.value();
  }
  // Read as the fault that would drop them, so that both mean the same.
  const json::value as_fault{{"action", json::object{{"drop", json::object()}}},
                             {"scope", std::move(scope)},
                             {"on", std::move(on)}};
  auto made = fault_from_json(as_fault);
  if (auto* problem = std::get_if<fault_problem>(&made)) return *problem;
  out.scope = std::get<fault>(made).scope;
  out.on = std::get<fault>(made).on;
  return out;
}

bool entry_match::holds(const journal_entry& e) const {
  if (!reached(e) || e.unit.what != on.kind.value_or(wire_unit::kind::frame)) return false;
  if (!scope.leg.empty() && scope.leg != e.leg) return false;
  if (scope.direction && *scope.direction != e.direction) return false;
  if (scope.connection && *scope.connection != e.connection) return false;
  return differences(e).empty();
}

std::vector<std::string> entry_match::differences(const journal_entry& e) const {
  std::vector<std::string> out;
  const stomp::frame& f = e.unit.frame;
  const auto differs = [&](std::string_view what, std::string_view wanted, std::string_view is) {
    out.push_back(std::string(what) + ": expected " + stomp::quote_peer_text(wanted, 200) +
                  ", is " + stomp::quote_peer_text(is, 200));
  };
  if (!on.command.empty() && on.command != f.command) differs("command", on.command, f.command);
  for (const auto& h : on.headers) {
    const auto value = f.get(h.name);
    if (!value) {
      out.push_back("header " + h.name + ": expected " + stomp::quote_peer_text(h.value, 200) +
                    ", is absent");
    } else if (*value != h.value) {
      differs("header " + h.name, h.value, *value);
    }
  }
  if (on.body && *on.body != f.body) differs("body", *on.body, f.body);
  if (on.body_contains && f.body.find(*on.body_contains) == std::string::npos) {
    differs("body", "..." + *on.body_contains + "...", f.body);
  }
  return out;
}

}  // namespace mockbroker
