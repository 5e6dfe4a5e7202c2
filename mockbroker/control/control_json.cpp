#include "mockbroker/control/control_json.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

#include "crypto/digest.hpp"
#include "mockbroker/control/json_match.hpp"
#include "mockbroker/control/shape.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

// A scalar as the text that a line would have.
std::string text_of(const json::value& v) {
  if (v.is_string()) return std::string(v.as_string());
  if (v.is_bool()) return v.as_bool() ? "true" : "false";
  return v.is_int64() ? std::to_string(v.as_int64()) : std::to_string(v.as_uint64());
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

// The members of a table as shapes, so that the schema lists what is read. An empty attribute is
// the map of headers.
constexpr shape scalars = a_scalar();
constexpr shape anything_at_all = map_of(scalars);
template <std::size_t N>
constexpr std::array<member, N> members_from(const std::array<renamed, N>& table) {
  std::array<member, N> out{};
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = {table[i].member, table[i].attribute.empty() ? map_of(scalars) : a_scalar()};
  }
  return out;
}
constexpr auto scope_shapes = members_from(scope_members);
constexpr auto on_shapes = members_from(on_members);
constexpr std::array fault_shapes{
    member{"name", a_scalar(), false, "unlike those of other faults; for reports"},
    member{"scope", object_of(scope_shapes), false, "where it may act"},
    member{"on", object_of(on_shapes), false, "which units it counts, and at which it acts"},
    member{"action", map_of(anything_at_all), true, "one member: the action with its attributes"},
    member{"limit", a_scalar(), false, "acts so often at most; 0: always"}};

// Members of a match.
constexpr shape any = anything();
constexpr std::array match_shapes{
    member{"command", a_scalar()},
    member{"destination", a_scalar()},
    member{"headers", map_of(scalars)},
    member{"body", a_scalar()},
    member{"body_contains", a_scalar()},
    member{"body_json", anything(), false, "the body's value, whatever the order of members"},
    member{"body_json_at", map_of(any), false, "values by path: items.0.price"},
    member{"kind", a_scalar()},
    member{"leg", a_scalar()},
    member{"way", a_scalar()},
    member{"connection", a_scalar()}};

class flattening {
 public:
  std::vector<stomp::header> out;

  void part(const json::object& whole, std::string_view name, std::span<const renamed> members) {
    const auto* given = whole.if_contains(name);
    if (given == nullptr) return;
    for (const auto& m : members) {
      const auto* value = given->as_object().if_contains(m.member);
      if (value == nullptr) continue;
      if (!m.attribute.empty()) {
        add(std::string(m.attribute), *value);
        continue;
      }
      for (const auto& h : value->as_object()) add("header." + std::string(h.key()), h.value());
    }
  }
  void add(std::string attribute, const json::value& value) {
    out.push_back({std::move(attribute), text_of(value)});
  }
};

void put_text(json::object& into, std::string_view name, const std::string& text) {
  if (stomp::is_utf8(text)) {
    into[name] = text;
  } else {
    into[std::string(name) + "Base64"] = crypto::base64_encode(text);
  }
}

// A member of `whole` that is an object is judged by itself, so that texts name where it stands.
std::optional<fault_problem> problem_in(const json::value& whole, const shape& wanted,
                                        std::string_view name) {
  auto wrong = problem_with(whole, wanted, name);
  if (!wrong) return std::nullopt;
  if (!whole.is_object()) return fault_problem{*wrong};
  for (const auto& m : std::span(wanted.members, wanted.count)) {
    const auto* inner = whole.as_object().if_contains(m.name);
    if (inner == nullptr || m.is.what != shape::kind::object || !inner->is_object()) continue;
    if (const auto deeper = problem_with(*inner, m.is, m.name)) {
      return fault_problem{std::string(m.name) + ": " + *deeper};
    }
  }
  return fault_problem{std::string(name) + ": " + *wrong};
}

// In a line, attributes of the scope and the trigger stand beside those of the action; here each
// has its place.
std::optional<fault_problem> foreign_to(const fault_action* action, std::string_view attribute) {
  if (action == nullptr) return std::nullopt;
  std::vector<std::string_view> own;
  for (const auto& each : action->attributes) own.push_back(each.name);
  if (std::find(own.begin(), own.end(), attribute) != own.end()) return std::nullopt;
  const bool is_header = attribute.starts_with("set.") || attribute.starts_with("remove.");
  if (is_header && takes_headers(*action)) return std::nullopt;
  return fault_problem{"action." + std::string(action->name) + ": member '" +
                       std::string(attribute) + "' is not known" +
                       stomp::suggestion(attribute, own)};
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
  if (auto wrong = problem_in(given, object_of(fault_shapes), "fault")) return *wrong;
  const auto& action = o.at("action").as_object();
  if (action.size() != 1) {
    return fault_problem{"fault: 'action' must be an object with one member, as {\"drop\":{}}"};
  }
  const auto& what = *action.begin();
  flattening flat;
  flat.add("action", json::value(what.key()));
  for (const auto& a : what.value().as_object()) {
    if (auto foreign = foreign_to(find_fault_action(what.key()), a.key())) return *foreign;
    flat.add(std::string(a.key()), a.value());
  }
  if (const auto* name = o.if_contains("name")) flat.add("name", *name);
  if (const auto* limit = o.if_contains("limit")) flat.add("limit", *limit);
  flat.part(o, "scope", scope_members);
  flat.part(o, "on", on_members);
  return make_fault(flat.out);
}

json::object fault_schema() {
  json::array actions;
  for (const auto& a : fault_actions()) {
    json::object attributes;
    json::array needed;
    for (const auto& each : a.attributes) {
      json::object one = schema_of(a_scalar());
      one["description"] = each.doc;
      attributes[each.name] = std::move(one);
      if (!each.fallback) needed.emplace_back(each.name);
    }
    json::object with{{"type", "object"}, {"properties", std::move(attributes)}};
    if (takes_headers(a)) {
      with["patternProperties"] = json::object{{"^(set|remove)[.].", schema_of(a_scalar())}};
    }
    with["additionalProperties"] = false;
    if (!needed.empty()) with["required"] = std::move(needed);
    actions.push_back(json::object{{"type", "object"},
                                   {"description", a.doc},
                                   {"properties", json::object{{a.name, std::move(with)}}},
                                   {"required", json::array{a.name}},
                                   {"additionalProperties", false}});
  }
  json::object as_members = schema_of(object_of(fault_shapes));
  as_members["properties"].as_object()["action"] = json::object{{"oneOf", std::move(actions)}};
  constexpr std::array line{member{"fault", a_text(), true, "as a line: drop on=RECEIPT nth=2"}};
  return {{"oneOf", json::array{schema_of(object_of(line)), std::move(as_members)}}};
}

json::object match_schema() { return schema_of(object_of(match_shapes)); }

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

std::string without_secrets(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const auto end = std::min(raw.find('\n'), raw.size() - 1) + 1;
    const auto line = raw.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && is_secret(line.substr(0, colon))) {
      out += line.substr(0, colon + 1);
      out += line.substr(colon + 1).starts_with(' ') ? " ***" : "***";
      if (line.ends_with("\r\n")) out += '\r';
      if (line.ends_with('\n')) out += '\n';
    } else {
      out += line;
    }
    raw.remove_prefix(end);
  }
  return out;
}

json::object with_octets(const journal_entry& e) {
  json::object out = to_json(e);
  const std::string raw = without_secrets(e.unit.raw);
  out["raw_octets"] = raw.size();
  out["rawBase64"] = crypto::base64_encode(raw.substr(0, most_raw_octets));
  return out;
}

std::variant<entry_match, fault_problem> match_from_json(const json::value* given) {
  entry_match out;
  if (given == nullptr) return out;
  if (auto wrong = problem_in(*given, object_of(match_shapes), "match")) return *wrong;
  const json::object& o = given->as_object();
  json::object on;
  json::object scope;
  for (const auto& member : o) {
    const std::string_view key(member.key());
    if (key == "body_json") {
      out.body_json.emplace_back("", member.value());
      continue;
    }
    if (key == "body_json_at") {
      for (const auto& each : member.value().as_object()) {
        out.body_json.emplace_back(each.key(), each.value());
      }
      continue;
    }
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
  for (const auto& [path, wanted] : body_json) {
    const auto wrong = json_difference_at(f.body, path, wanted);
    if (!wrong.empty()) out.push_back("body: " + wrong);
  }
  return out;
}

}  // namespace mockbroker
