#include "mockbroker/faults/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "mockbroker/faults/malformations.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace {

using text_view = std::string_view;

std::optional<std::uint64_t> parse_number(text_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// One attribute that every fault has: how it is read into the fault. Answers what was expected, or
// nothing when all is well.
struct common_attribute {
  text_view name;
  std::string (*read)(fault& into, text_view value);
};

// What must be there instead of `found`: one of these names. Empty: it is one.
std::string expected_name(text_view found, std::span<const text_view> names, text_view what) {
  if (std::find(names.begin(), names.end(), found) != names.end()) return {};
  std::string text(what);
  for (const auto& each : names) text += (each == names.front() ? "" : ", ") + std::string(each);
  return text;
}

// Any command may be waited for, but one that looks like a known one is a slip.
std::string expected_command(text_view found) {
  constexpr std::array<text_view, 15> known{
      "CONNECT", "STOMP",  "CONNECTED", "SEND",       "SUBSCRIBE", "UNSUBSCRIBE", "ACK",  "NACK",
      "BEGIN",   "COMMIT", "ABORT",     "DISCONNECT", "MESSAGE",   "RECEIPT",     "ERROR"};
  const auto near = stomp::nearest_name(found, known);
  if (near.empty() || near == found) return {};
  return "a command; " + std::string(near) + " is the nearest";
}

std::string read_number(std::uint64_t& into, text_view value, std::uint64_t least) {
  const auto number = parse_number(value);
  if (!number || *number < least) {
    return least == 0 ? "a number" : "a number from 1";
  }
  into = *number;
  return {};
}

// Those whose names are not `header.NAME`.
constexpr std::array commons{
    common_attribute{"name",
                     [](fault& f, text_view v) {
                       f.name = v;
                       return std::string();
                     }},
    common_attribute{"leg",
                     [](fault& f, text_view v) {
                       f.scope.leg = v;
                       return expected_name(v, fault_legs, "a leg: ");
                     }},
    common_attribute{"way",
                     [](fault& f, text_view v) {
                       f.scope.direction = parse_way(v);
                       return f.scope.direction ? std::string()
                                                : std::string("to-broker or to-client");
                     }},
    common_attribute{"connection",
                     [](fault& f, text_view v) {
                       f.scope.connection = 0;
                       return read_number(*f.scope.connection, v, 1);
                     }},
    common_attribute{"login",
                     [](fault& f, text_view v) {
                       f.scope.login = v;
                       return std::string();
                     }},
    common_attribute{"path",
                     [](fault& f, text_view v) {
                       f.scope.path = v;
                       return v.starts_with('/') ? std::string() : std::string("a path");
                     }},
    common_attribute{"subscription",
                     [](fault& f, text_view v) {
                       f.scope.subscription = v;
                       return std::string();
                     }},
    common_attribute{"kind",
                     [](fault& f, text_view v) {
                       f.on.kind = parse_unit_kind(v);
                       return f.on.kind ? std::string()
                                        : std::string(
                                              "request, response, frame, beat, ping, pong, "
                                              "close or octets");
                     }},
    common_attribute{"on",
                     [](fault& f, text_view v) {
                       f.on.command = v;
                       return expected_command(v);
                     }},
    common_attribute{"destination",
                     [](fault& f, text_view v) {
                       f.on.headers.push_back({"destination", std::string(v)});
                       return std::string();
                     }},
    common_attribute{"on-body",
                     [](fault& f, text_view v) {
                       f.on.body = v;
                       return std::string();
                     }},
    common_attribute{"body-contains",
                     [](fault& f, text_view v) {
                       f.on.body_contains = v;
                       return std::string();
                     }},
    common_attribute{"nth", [](fault& f, text_view v) { return read_number(f.on.nth, v, 1); }},
    common_attribute{"offset",
                     [](fault& f, text_view v) { return read_number(f.on.offset, v, 0); }},
    common_attribute{"after",
                     [](fault& f, text_view v) {
                       const auto d = parse_fault_duration(v);
                       f.on.after = d.value_or(net::duration{0});
                       return d ? std::string() : std::string("a time as 250, 250ms, 3s or 2m");
                     }},
    common_attribute{"manual",
                     [](fault& f, text_view v) {
                       f.on.manual = v == "true";
                       return v == "true" || v == "false" ? std::string()
                                                          : std::string("true or false");
                     }},
    common_attribute{"limit", [](fault& f, text_view v) { return read_number(f.limit, v, 0); }},
};
constexpr text_view header_prefix = "header.";
constexpr std::array<text_view, 2> action_prefixes{"set.", "remove."};

std::string quoted(text_view text) { return '\'' + std::string(text) + '\''; }

fault_problem unknown(const fault_action& action, text_view name) {
  std::vector<text_view> known;
  for (const auto& each : commons) known.push_back(each.name);
  for (const auto& each : action.attributes) known.push_back(each.name);
  return {"fault " + quoted(action.name) + ": attribute " + quoted(name) + " is not known" +
          stomp::suggestion(name, known)};
}

fault_problem expected(const fault_action& action, text_view name, text_view what,
                       text_view found) {
  return {"fault " + quoted(action.name) + ": " + quoted(name) + " must be " + std::string(what) +
          ", not " + stomp::quote_peer_text(found)};
}

// What a value of this type must be; empty: it is.
std::string judge(const attribute_rule& rule, text_view value) {
  switch (rule.type) {
    case attribute_type::text:
      return {};
    case attribute_type::number:
      return parse_number(value) ? "" : "a number";
    case attribute_type::duration:
      return parse_fault_duration(value) ? "" : "a time as 250, 250ms, 3s or 2m";
    case attribute_type::malformation:
      return find_malformation(value) != nullptr ? ""
                                                 : "a malformation" + suggest_malformation(value);
  }
  return {};
}

// Whether an attribute is one of `set.NAME` and `remove.NAME`, and the action has those.
bool names_a_header(const fault_action& action, text_view name) {
  if (!takes_headers(action)) return false;
  return std::any_of(action_prefixes.begin(), action_prefixes.end(), [&](text_view prefix) {
    return name.starts_with(prefix) && name.size() > prefix.size();
  });
}

std::optional<fault_problem> take(fault& into, const stomp::header& given) {
  const fault_action& action = *into.action;
  const text_view name = given.name;
  // An action's own attribute comes first: its names are more special.
  for (const auto& rule : action.attributes) {
    if (rule.name != name) continue;
    if (const auto wrong = judge(rule, given.value); !wrong.empty()) {
      return expected(action, name, wrong, given.value);
    }
    into.with[given.name] = given.value;
    return std::nullopt;
  }
  for (const auto& each : commons) {
    if (each.name != name) continue;
    const auto wrong = each.read(into, given.value);
    return wrong.empty() ? std::nullopt : std::optional(expected(action, name, wrong, given.value));
  }
  if (name == "command") {  // where the action has none of its own
    into.on.command = given.value;
    const auto wrong = expected_command(given.value);
    return wrong.empty() ? std::nullopt : std::optional(expected(action, name, wrong, given.value));
  }
  if (name == "body") {
    into.on.body = given.value;
    return std::nullopt;
  }
  if (name.starts_with(header_prefix) && name.size() > header_prefix.size()) {
    into.on.headers.push_back({std::string(name.substr(header_prefix.size())), given.value});
    return std::nullopt;
  }
  if (names_a_header(action, name)) {
    into.with[given.name] = given.value;
    return std::nullopt;
  }
  return unknown(action, name);
}

std::variant<fault, fault_problem> make_of(const fault_action& action,
                                           const std::vector<stomp::header>& attributes) {
  fault made;
  made.action = &action;
  made.limit = action.limit;
  made.on.kind = action.kind;
  made.scope.direction = action.direction;
  std::vector<text_view> seen;
  for (const auto& each : attributes) {
    if (std::find(seen.begin(), seen.end(), each.name) != seen.end()) {
      return fault_problem{"fault " + quoted(action.name) + ": " + quoted(each.name) +
                           " is given twice"};
    }
    seen.push_back(each.name);
    if (auto problem = take(made, each)) return *problem;
  }
  for (const auto& rule : action.attributes) {
    if (made.with.contains(rule.name)) continue;
    if (!rule.fallback) {
      return fault_problem{"fault " + quoted(action.name) + ": needs " + quoted(rule.name) + ", " +
                           std::string(rule.doc)};
    }
    made.with.emplace(rule.name, *rule.fallback);
  }
  return made;
}

// Words of a line; quotes hide spaces, a backslash hides a quote.
std::variant<std::vector<std::string>, fault_problem> words_of(text_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  bool in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!in_quotes && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      in_quotes = !in_quotes;
    } else if (c == '\\' && in_quotes && i + 1 < line.size()) {
      words.back() += line[++i];
    } else {
      words.back() += c;
    }
  }
  if (in_quotes) return fault_problem{"fault: a quote is not closed"};
  return words;
}

std::string word(text_view name, text_view value) {
  std::string text = std::string(name) + "=";
  if (!value.empty() && value.find_first_of(" \t\"\\") == text_view::npos) {
    return text.append(value);
  }
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace

std::optional<net::duration> parse_fault_duration(text_view text) noexcept {
  std::int64_t unit = 1000000;
  if (text.ends_with("ms")) {
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    unit *= 1000;
    text.remove_suffix(1);
  } else if (text.ends_with('m')) {
    unit *= 60000;
    text.remove_suffix(1);
  }
  const auto number = parse_number(text);
  // A year is long enough, and fits.
  if (!number || *number > std::uint64_t{31536000000} / std::uint64_t(unit / 1000000)) {
    return std::nullopt;
  }
  return net::duration(std::int64_t(*number) * unit);
}

std::string_view fault::text(std::string_view attribute) const {
  const auto found = with.find(attribute);
  return found == with.end() ? std::string_view() : std::string_view(found->second);
}
std::uint64_t fault::number(std::string_view attribute) const {
  return parse_number(text(attribute)).value_or(0);
}
net::duration fault::duration(std::string_view attribute) const {
  return parse_fault_duration(text(attribute)).value_or(net::duration{0});
}

std::variant<fault, fault_problem> make_fault(const std::vector<stomp::header>& attributes) {
  const auto given = std::find_if(attributes.begin(), attributes.end(),
                                  [](const auto& a) { return a.name == "action"; });
  if (given == attributes.end()) return fault_problem{"fault: needs 'action', what it does"};
  const fault_action* action = find_fault_action(given->value);
  if (action == nullptr) {
    std::vector<text_view> known;
    for (const auto& row : fault_actions()) known.push_back(row.name);
    return fault_problem{"fault: action " + quoted(given->value) + " is not known" +
                         stomp::suggestion(given->value, known)};
  }
  std::vector<stomp::header> others(attributes.begin(), given);
  others.insert(others.end(), given + 1, attributes.end());
  return make_of(*action, others);
}

std::variant<fault, fault_problem> parse_fault(text_view line) {
  auto split = words_of(line);
  if (auto* problem = std::get_if<fault_problem>(&split)) return *problem;
  std::vector<stomp::header> attributes;
  for (const auto& each : std::get<std::vector<std::string>>(split)) {
    const auto equal = each.find('=');
    if (attributes.empty() && equal == std::string::npos) {
      attributes.push_back({"action", each});
    } else if (equal == std::string::npos || equal == 0) {
      return fault_problem{"fault: expected name=value, found " + stomp::quote_peer_text(each)};
    } else {
      attributes.push_back({each.substr(0, equal), each.substr(equal + 1)});
    }
  }
  return make_fault(attributes);
}

std::string to_line(const fault& f) {
  std::string text(f.action->name);
  const auto add = [&](text_view name, text_view value) { text += ' ' + word(name, value); };
  if (!f.name.empty()) add("name", f.name);
  if (!f.scope.leg.empty()) add("leg", f.scope.leg);
  if (f.scope.direction) add("way", to_string(*f.scope.direction));
  if (f.scope.connection) add("connection", std::to_string(*f.scope.connection));
  if (!f.scope.login.empty()) add("login", f.scope.login);
  if (!f.scope.path.empty()) add("path", f.scope.path);
  if (!f.scope.subscription.empty()) add("subscription", f.scope.subscription);
  if (f.on.kind) add("kind", to_string(*f.on.kind));
  if (!f.on.command.empty()) add("on", f.on.command);
  for (const auto& h : f.on.headers) add("header." + h.name, h.value);
  if (f.on.body) add("on-body", *f.on.body);
  if (f.on.body_contains) add("body-contains", *f.on.body_contains);
  if (f.on.nth != 1) add("nth", std::to_string(f.on.nth));
  if (f.on.offset != 0) add("offset", std::to_string(f.on.offset));
  if (f.on.after.count() != 0) add("after", std::to_string(f.on.after.count() / 1000000) + "ms");
  if (f.on.manual) add("manual", "true");
  for (const auto& [name, value] : f.with) add(name, value);
  if (f.limit != f.action->limit) add("limit", std::to_string(f.limit));
  return text;
}

}  // namespace mockbroker
