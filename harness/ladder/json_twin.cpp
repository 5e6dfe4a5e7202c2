#include "harness/ladder/json_twin.hpp"

#include <algorithm>
#include <array>

#include "harness/ladder/json_values.hpp"
#include "stomp/text.hpp"

namespace harness::ladder {

namespace json = boost::json;

namespace {

using known_names = std::vector<std::string_view>;

// In the order of their enumerators.
const known_names sent_kinds{"frame", "raw",  "get",   "text", "binary", "fragments", "unmasked",
                             "ping",  "pong", "close", "beat", "end",    "drop"};
const known_names expected_kinds{"frame", "beat", "pong", "head", "close"};
// What the first word behind '<' is called, by kind; empty: there is none.
constexpr std::array<std::string_view, 5> first_word{"command", "", "", "status", "code"};
const known_names transports{"tcp", "ws"};
const known_names deliveries{"written", "split", "joined"};
const known_names versions{"1.0", "1.1", "1.2"};

template <class Kind>
Kind kind_of(const known_names& all, const std::string& name) {
  return Kind(std::find(all.begin(), all.end(), name) - all.begin());
}

std::int64_t ms(net::duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

// ---- to JSON

json::array fields_to_json(const std::vector<field>& fields) {
  json::array all;
  for (const field& f : fields) all.push_back(json::array{f.name, value_to_json(f.text)});
  return all;
}

json::object open_to_json(const open_connection& o) {
  json::object out{{"number", o.number}};
  if (o.console) {
    out["to"] = "console";
  } else if (o.http) {
    out["to"] = "http";
  }
  if (o.using_) out["over"] = to_string(*o.using_);
  if (!o.connected.empty()) out["connected"] = o.connected;
  if (!o.options.empty()) out["options"] = fields_to_json(o.options);
  return out;
}

json::object send_to_json(const send_step& s) {
  json::object out;
  if (s.malformation) out["malformation"] = std::string(s.malformation->name);
  if (s.what == send_step::kind::frame) {
    out["command"] = value_to_json(s.command);
    if (!s.headers.empty()) out["headers"] = fields_to_json(s.headers);
    if (!s.body.empty()) out["body"] = value_to_json(s.body);
  } else {
    out["what"] = std::string(sent_kinds[std::size_t(s.what)]);
    json::array pieces;
    for (const value& p : s.pieces) pieces.push_back(value_to_json(p));
    if (!pieces.empty()) out["pieces"] = std::move(pieces);
  }
  if (s.at) out["at_ms"] = ms(*s.at);
  return out;
}

json::object pattern_to_json(const pattern& p, bool with_name) {
  json::object out;
  if (with_name) out["name"] = p.name;
  switch (p.what) {
    case pattern::kind::equal:
      out["is"] = value_to_json(p.text);
      break;
    case pattern::kind::regex:
      out["matches"] = value_to_json(p.text);
      break;
    case pattern::kind::any:
      out["any"] = true;
      break;
    case pattern::kind::absent:
      out["absent"] = true;
      break;
  }
  return out;
}

json::object expect_to_json(const expect_step& e) {
  json::object out;
  if (e.what != expect_step::kind::frame) {
    out["what"] = std::string(expected_kinds[std::size_t(e.what)]);
  }
  if (!e.command.empty()) out[first_word[std::size_t(e.what)]] = e.command;
  json::array headers;
  for (const pattern& p : e.headers) headers.push_back(pattern_to_json(p, true));
  if (!headers.empty()) out["headers"] = std::move(headers);
  if (e.body) out["body"] = pattern_to_json(*e.body, false);
  const std::pair<const char*, bool> flags[] = {{"only", e.only},
                                                {"in_order", e.in_order},
                                                {"on_wire", e.on_wire},
                                                {"until", e.until},
                                                {"await", e.await}};
  for (const auto& [name, is_set] : flags) {
    if (is_set) out[name] = true;
  }
  if (e.within) out["within_ms"] = ms(*e.within);
  if (e.at) out["between_ms"] = json::array{ms(e.at->first), ms(e.at->second)};
  return out;
}

json::object step_to_json(const step& s);

json::array steps_to_json(const std::vector<step>& steps) {
  json::array all;
  for (const step& s : steps) all.push_back(step_to_json(s));
  return all;
}

json::object step_to_json(const step& s) {
  json::object out;
  switch (s.what) {
    case step::kind::open:
      out["conn"] = open_to_json(s.open);
      break;
    case step::kind::send:
      out["send"] = send_to_json(s.send);
      break;
    case step::kind::expect:
      out["expect"] = expect_to_json(s.expect);
      break;
    case step::kind::never:
      out["never"] = expect_to_json(s.never.what);
      if (s.never.quiet) out["for_ms"] = ms(*s.never.quiet);
      break;
    case step::kind::any_order:
      out["any_order"] = steps_to_json(s.inner);
      break;
    case step::kind::repeat:
      out["repeat"] = steps_to_json(s.inner);
      out["times"] = s.times;
      break;
    case step::kind::mark:
      out["mark"] = true;
      break;
    case step::kind::wait:
      out["wait_ms"] = ms(s.pause);
      break;
    case step::kind::pace:
      out["pace_ms"] = ms(s.pause);
      break;
    case step::kind::alive:
      out["alive"] = true;
      break;
  }
  out["line"] = s.line;
  out["column"] = s.column;
  out["source"] = s.source;
  return out;
}

json::object row_to_json(const row& r) {
  json::array on;
  for (const auto t : r.on) on.emplace_back(to_string(t));
  json::array ways;
  for (const auto d : r.deliveries) ways.emplace_back(to_string(d));
  json::array labels(r.labels.begin(), r.labels.end());
  json::object out{{"name", r.name},
                   {"line", r.line},
                   {"profile", r.profile},
                   {"cites", json::array(r.cites.begin(), r.cites.end())},
                   {"on", on},
                   {"delivery", ways},
                   {"label", labels}};
  if (r.any_client) out["clients"] = "any";
  out["steps"] = steps_to_json(r.steps);
  return out;
}

// ---- from JSON

std::vector<field> fields_from_json(const object_reader& from, std::string_view name) {
  std::vector<field> all;
  if (!from.has(name)) return all;
  const auto& list = from.array(name);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto* pair = list[i].if_array();
    const bool is_pair = pair && pair->size() == 2 && (*pair)[0].is_string();
    const auto path = from.path_of(name, i);
    if (!is_pair) throw json_error{path + ": expected [\"name\", value]"};
    all.push_back(
        {std::string((*pair)[0].get_string()), value_from_json((*pair)[1], path + "[1]")});
  }
  return all;
}

open_connection open_from_json(const json::value& v, const std::string& path) {
  const object_reader from(v, path, {"number", "to", "over", "connected", "options"});
  open_connection out;
  out.number = unsigned(from.number("number", 1, most_connections));
  const auto to = from.one_of("to", {"broker", "http", "console"}, "broker");
  out.console = to == "console";
  out.http = to != "broker";
  if (from.has("over")) {
    out.using_ = kind_of<transport>(transports, from.one_of("over", transports, ""));
  }
  out.connected = from.one_of("connected", versions, "");
  out.options = fields_from_json(from, "options");
  return out;
}

send_step send_from_json(const json::value& v, const std::string& path) {
  const object_reader from(
      v, path, {"what", "malformation", "command", "headers", "body", "pieces", "at_ms"});
  send_step out;
  out.what = kind_of<send_step::kind>(sent_kinds, from.one_of("what", sent_kinds, "frame"));
  out.at = from.optional_time("at_ms");
  const bool is_frame = out.what == send_step::kind::frame;
  for (const std::string_view name : {"malformation", "command", "headers", "body"}) {
    if (!is_frame && from.has(name)) from.fail(name, "is for frames only");
  }
  if (is_frame) {
    if (from.has("pieces")) from.fail("pieces", "is not for frames");
    if (from.has("malformation")) {
      const auto name = from.text("malformation");
      out.malformation = mockbroker::find_malformation(name);
      if (!out.malformation) {
        from.fail("malformation",
                  "'" + name + "' is not known" + mockbroker::suggest_malformation(name));
      }
    }
    out.command = value_from_json(from.at("command"), from.path_of("command"));
    out.headers = fields_from_json(from, "headers");
    if (from.has("body")) out.body = value_from_json(from.at("body"), from.path_of("body"));
  } else if (from.has("pieces")) {
    const auto& pieces = from.array("pieces");
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      out.pieces.push_back(value_from_json(pieces[i], from.path_of("pieces", i)));
      for (const auto& s : out.pieces.back().segments) out.body.segments.push_back(s);
    }
  }
  return out;
}

pattern pattern_from_json(const json::value& v, const std::string& path, bool with_name) {
  known_names known{"is", "matches", "any", "absent"};
  if (with_name) known.push_back("name");
  const object_reader from(v, path, known);
  pattern out;
  if (with_name) out.name = from.text("name");
  std::size_t said = 0;
  for (const std::string_view name : {"is", "matches", "any", "absent"}) {
    if (!from.has(name)) continue;
    ++said;
    out.what = name == "is"        ? pattern::kind::equal
               : name == "matches" ? pattern::kind::regex
               : name == "any"     ? pattern::kind::any
                                   : pattern::kind::absent;
    const bool has_text = name == "is" || name == "matches";
    if (has_text) {
      out.text = value_from_json(from.at(name), from.path_of(name));
    } else if (!from.flag(name)) {
      from.fail(name, "expected true");
    }
  }
  if (said != 1) throw json_error{path + ": expected one of is, matches, any, absent"};
  // The ladder's `name=*` has the star as its text.
  if (out.what == pattern::kind::any) out.text.segments = {{{{part::kind::text, "*", 0}}, 1}};
  return out;
}

expect_step expect_from_json(const json::value& v, const std::string& path) {
  const object_reader from(v, path,
                           {"what", "command", "status", "code", "headers", "body", "only",
                            "in_order", "on_wire", "until", "await", "within_ms", "between_ms"});
  expect_step out;
  out.what =
      kind_of<expect_step::kind>(expected_kinds, from.one_of("what", expected_kinds, "frame"));
  const auto first = first_word[std::size_t(out.what)];
  for (const std::string_view name : {"command", "status", "code"}) {
    if (from.has(name) && name != first) {
      from.fail(name, "is not for " + std::string(expected_kinds[std::size_t(out.what)]));
    }
  }
  const bool needs = out.what == expect_step::kind::frame || out.what == expect_step::kind::head;
  if (!first.empty() && (needs || from.has(first))) out.command = from.text(first);
  if (from.has("headers")) {
    const auto& list = from.array("headers");
    for (std::size_t i = 0; i < list.size(); ++i) {
      out.headers.push_back(pattern_from_json(list[i], from.path_of("headers", i), true));
    }
  }
  if (from.has("body")) {
    out.body = pattern_from_json(from.at("body"), from.path_of("body"), false);
    out.body->name = out.what == expect_step::kind::close ? "reason" : "body";
  }
  out.only = from.flag("only");
  out.in_order = from.flag("in_order");
  out.on_wire = from.flag("on_wire");
  out.until = from.flag("until");
  out.await = from.flag("await");
  if (out.until && out.await) from.fail("await", "goes without until");
  out.within = from.optional_time("within_ms");
  if (from.has("between_ms")) {
    const auto& both = from.array("between_ms");
    boost::system::error_code bad[2];
    if (both.size() != 2) from.fail("between_ms", "expected two numbers");
    const auto low = both[0].to_number<std::int64_t>(bad[0]);
    const auto high = both[1].to_number<std::int64_t>(bad[1]);
    if (bad[0] || bad[1] || low < 0 || high < low) {
      from.fail("between_ms", "expected two numbers, the later one second");
    }
    out.at = {std::chrono::milliseconds(low), std::chrono::milliseconds(high)};
  }
  return out;
}

class document_reader {
 public:
  document_reader(const std::string& file, parse_result& out) : file_(file), out_(out) {}

  void run(const json::value& all) {
    guarded([&] {
      const object_reader from(all, "$", {"version", "cases"});
      from.number("version", 1, 1);
      const auto& cases = from.array("cases");
      for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto path = "cases[" + std::to_string(i) + "]";
        guarded([&] { take(cases[i], path); });
      }
    });
    check_names(out_, file_);
  }

 private:
  template <class F>
  void guarded(F f) {
    try {
      f();
    } catch (const json_error& e) {
      out_.errors.push_back({file_, 0, 0, e.text});
    }
  }

  void take(const json::value& v, const std::string& path) {
    const object_reader from(
        v, path,
        {"name", "line", "profile", "cites", "on", "delivery", "label", "clients", "steps"});
    row made;
    made.file = file_;
    made.name = from.text("name");
    if (from.has("line")) made.line = unsigned(from.number("line", 0, UINT32_MAX));
    made.profile = from.text("profile");
    if (!is_profile(made.profile)) {
      from.fail("profile", "expected a profile, found '" + made.profile + "'" +
                               stomp::suggestion(made.profile, profile_names));
    }
    if (from.has("cites")) made.cites = from.texts("cites");
    names_into(from, "on", transports, made.on);
    names_into(from, "delivery", deliveries, made.deliveries);
    if (from.has("label")) {
      const auto labels = from.texts("label");
      made.labels = {labels.begin(), labels.end()};
    }
    if (from.has("clients")) {
      if (from.text("clients") != "any") from.fail("clients", "expected 'any'");
      made.any_client = true;
    }
    const auto before = out_.errors.size();
    made.steps = steps(from, "steps");
    if (out_.errors.size() == before) out_.rows.push_back(std::move(made));
  }

  template <class Kind>
  void names_into(const object_reader& from, std::string_view name, const known_names& known,
                  std::set<Kind>& into) {
    if (!from.has(name)) return;
    into.clear();
    for (const auto& each : from.texts(name)) {
      const auto found = std::find(known.begin(), known.end(), each);
      if (found == known.end()) {
        from.fail(name, "'" + each + "' is not known" + stomp::suggestion(each, known));
      }
      into.insert(Kind(found - known.begin()));
    }
    if (into.empty()) from.fail(name, "expected at least one");
  }

  std::vector<step> steps(const object_reader& from, std::string_view name) {
    std::vector<step> all;
    const auto& list = from.array(name);
    for (std::size_t i = 0; i < list.size(); ++i) {
      guarded([&] { all.push_back(one(list[i], from.path_of(name, i), unsigned(i))); });
    }
    return all;
  }

  step one(const json::value& v, const std::string& path, unsigned index) {
    using kind = step::kind;
    static const std::pair<std::string_view, kind> verbs[] = {
        {"conn", kind::open},   {"send", kind::send},           {"expect", kind::expect},
        {"never", kind::never}, {"any_order", kind::any_order}, {"repeat", kind::repeat},
        {"mark", kind::mark},   {"wait_ms", kind::wait},        {"pace_ms", kind::pace},
        {"alive", kind::alive}};
    known_names known{"line", "column", "source", "times", "for_ms"};
    for (const auto& each : verbs) known.push_back(each.first);
    const object_reader from(v, path, known);
    step made;
    std::string_view verb;
    for (const auto& each : verbs) {
      if (!from.has(each.first)) continue;
      if (!verb.empty()) from.fail(each.first, "is a step of its own, beside " + std::string(verb));
      verb = each.first;
      made.what = each.second;
    }
    if (verb.empty()) {
      throw json_error{path +
                       ": expected one of conn, send, expect, never, any_order, repeat, mark, "
                       "wait_ms, pace_ms, alive"};
    }
    made.line = from.has("line") ? unsigned(from.number("line", 0, UINT32_MAX)) : index + 1;
    made.column = from.has("column") ? unsigned(from.number("column", 0, UINT32_MAX)) : 1;
    made.source = from.has("source") ? from.text("source") : std::string(verb);
    if (from.has("times") && made.what != kind::repeat) from.fail("times", "is for repeat");
    if (from.has("for_ms") && made.what != kind::never) from.fail("for_ms", "is for never");
    fill(made, from, verb);
    return made;
  }

  void fill(step& made, const object_reader& from, std::string_view verb) {
    const auto path = from.path_of(verb);
    switch (made.what) {
      case step::kind::open:
        made.open = open_from_json(from.at(verb), path);
        break;
      case step::kind::send:
        made.send = send_from_json(from.at(verb), path);
        break;
      case step::kind::expect:
        made.expect = expect_from_json(from.at(verb), path);
        break;
      case step::kind::never:
        made.never.what = expect_from_json(from.at(verb), path);
        made.never.quiet = from.optional_time("for_ms");
        break;
      case step::kind::any_order:
        made.inner = steps(from, verb);
        for (std::size_t i = 0; i < made.inner.size(); ++i) {
          const auto what = made.inner[i].what;
          if (what != step::kind::expect) {
            throw json_error{from.path_of(verb, i) + ": expected an expect"};
          }
        }
        break;
      case step::kind::repeat:
        made.times = from.number("times", 0, most_repeats);
        made.inner = steps(from, verb);
        break;
      case step::kind::wait:
      case step::kind::pace:
        made.pause = from.time(verb);
        break;
      case step::kind::mark:
      case step::kind::alive:
        if (!from.flag(verb)) from.fail(verb, "expected true");
        break;
    }
  }

  const std::string& file_;
  parse_result& out_;
};

// Where octet `at` of `text` is.
parse_error syntax_error_at(std::string_view text, std::size_t at, const std::string& file,
                            const std::string& what) {
  const auto before = text.substr(0, at);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  return {file, unsigned(lines) + 1, unsigned(start == before.npos ? at : at - start - 1) + 1,
          "is no JSON: " + what};
}

}  // namespace

std::string to_json(const std::vector<row>& rows) {
  std::string out = "{\"version\":1,\"cases\":[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += json::serialize(row_to_json(rows[i])) + (i + 1 < rows.size() ? ",\n" : "\n");
  }
  return out + "]}\n";
}

parse_result from_json(std::string_view text, const std::string& file) {
  parse_result out;
  json::parser reader;
  boost::system::error_code error;
  const auto read = reader.write_some(text, error);
  if (!error && read == text.size()) {
    document_reader(file, out).run(reader.release());
    return out;
  }
  const auto rest = text.substr(read).find_first_not_of(" \t\r\n");
  if (!error && rest == text.npos) {
    document_reader(file, out).run(reader.release());
  } else {
    const std::string what = error ? error.message() : "something stands behind it";
    out.errors.push_back(syntax_error_at(text, read, file, what));
  }
  return out;
}

parse_result read_ladder(std::string_view text, const std::string& file) {
  return file.ends_with(".json") ? from_json(text, file) : parse(text, file);
}

}  // namespace harness::ladder
