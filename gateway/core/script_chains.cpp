// What a chain begins with and what hangs on it: names, members, entries, calls.
#include <array>

#include "gateway/core/script_parser.hpp"
#include "gateway/core/text.hpp"

namespace gateway::script_code {

namespace {

// Fields that have getters and setters of their own in Membrane.
struct named_header {
  std::string_view member;
  std::string_view field;
};
constexpr std::array named_headers = {named_header{"Host", "Host"},
                                      named_header{"ContentType", "Content-Type"},
                                      named_header{"UserAgent", "User-Agent"},
                                      named_header{"Authorization", "Authorization"},
                                      named_header{"Location", "Location"},
                                      named_header{"Accept", "Accept"}};

// "uri" for "getUri" or "setUri" and the like; empty when `name` has no such form.
std::string property_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() == prefix.size()) return {};
  std::string out(name.substr(prefix.size()));
  if (out[0] < 'A' || out[0] > 'Z') return {};
  out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

}  // namespace

// A primary and what hangs on it: .name, ['name'], .call(...).
operand compiler::parse_chain() {
  last_place_ = {};
  const std::size_t start = current_.offset;
  operand o = parse_primary();
  while (is_symbol(".") || is_symbol("?.") || (is_symbol("[") && !current_.line_before)) {
    const bool index = is_symbol("[");
    advance();
    last_place_ = {};
    o = index ? parse_index(o) : parse_member(o);
    o.offset = start;
  }
  return o;
}

operand compiler::parse_primary() {
  const token t = current_;
  if (is_symbol("(")) {
    advance();
    ++parentheses_;
    operand inner = parse_choice();
    expect(")");
    --parentheses_;
    last_place_ = {};
    return inner;
  }
  if (t.kind == token_kind::end || t.kind == token_kind::symbol) unexpected();
  advance();
  if (t.kind == token_kind::text)
    return {kind::scalar, subject::current, constant(t.text), t.offset};
  if (t.kind == token_kind::number)
    return {kind::scalar, subject::current, constant(t.number), t.offset};
  if (t.kind == token_kind::template_) return parse_template(t);
  if (t.text == "new" && script_) return parse_new(t);
  if (is_symbol("(") && !current_.line_before) return parse_function(t);
  return root(t);
}

// The expressions within "...${...}..." are read where they stand.
operand compiler::parse_template(const token& t) {
  const level guard(*this);
  node all{.code = op::join};
  all.offset = static_cast<std::uint32_t>(t.offset);
  const lexer after = lexer_;
  const token following = current_;
  for (const template_part& part : t.parts) {
    if (part.literal) {
      if (!part.text.empty()) all.list.push_back(constant(part.text));
      continue;
    }
    lexer_ = lexer(text_, part.begin, part.end, out_.language);
    advance();
    if (current_.kind == token_kind::end) fail_at(part.begin, "an expression is expected here");
    all.list.push_back(value(parse_choice()));
    if (current_.kind != token_kind::end) unexpected();
  }
  lexer_ = after;
  current_ = following;
  last_place_ = {};
  return {kind::scalar, subject::current, add(std::move(all)), t.offset};
}

operand compiler::parse_new(const token& t) {
  std::string name;
  while (current_.kind == token_kind::name || is_symbol(".")) {
    name += current_.text;
    advance();
  }
  const bool request = name == "Request.Builder";
  if (!request && name != "Response.ResponseBuilder" && name != "Response.Builder")
    fail_at(t.offset, "only new Request.Builder() and new Response.ResponseBuilder() are known");
  expect("(");
  expect(")");
  operand made = make(request ? op::new_request : op::new_response, t.offset);
  made.is = request ? kind::request_builder : kind::response_builder;
  return made;
}

operand compiler::parse_function(const token& t) {
  const std::vector<operand> arguments = parse_arguments();
  std::vector<std::string_view> names;
  for (const function_row& f : functions()) {
    names.push_back(f.name);
    if (f.name != t.text) continue;
    if (f.arguments != arguments.size())
      fail_at(t.offset, "'" + t.text + "' takes " + std::to_string(f.arguments) +
                            " arguments, not " + std::to_string(arguments.size()));
    return make(f.code, t.offset, arguments.empty() ? none : value(arguments[0]));
  }
  if (is_foreign_function(t.text))
    fail_at(t.offset, "function '" + t.text + "' exists in Membrane but is not supported here");
  fail_at(t.offset,
          "function '" + printable(t.text, 40) + "' is not known" + suggestion(t.text, names));
}

operand compiler::root(const token& t) {
  const auto known = variables_.find(t.text);
  if (known != variables_.end()) {
    const variable& v = known->second;
    operand o{v.is, v.of, none, t.offset};
    // Only another name for something: nothing that can be assigned to.
    if (v.is != kind::scalar && v.is != kind::built) return o;
    last_place_ = {.write = op::store, .of = v.of, .slot = v.slot, .message = v.is == kind::built};
    node n{.code = op::load};
    n.slot = v.slot;
    n.offset = static_cast<std::uint32_t>(t.offset);
    o.node = add(std::move(n));
    return o;
  }
  if (t.text == "null") return {kind::scalar, subject::current, constant({}), t.offset};
  if (t.text == "true" || t.text == "false")
    return {kind::scalar, subject::current, constant(t.text == "true"), t.offset};
  std::vector<std::string_view> names;
  for (const root_row& row : roots()) {
    names.push_back(row.name);
    if (row.name != t.text) continue;
    if (row.groovy_only && spel())
      fail_at(t.offset,
              "'" + t.text + "' is Groovy" + (t.text == "exc" ? "; in SpEL it is 'exchange'" : ""));
    operand o{row.gives, row.of, none, t.offset};
    if (row.gives == kind::scalar) o = read(o, row.read, t.offset);
    if (row.gives == kind::outcome) o.node = constant(row.constant);
    return o;
  }
  for (const auto& [name, v] : variables_) names.push_back(name);
  if (is_refused_word(t.text)) fail_at(t.offset, "'" + t.text + "' is not supported here");
  std::string hint = suggestion(t.text, names);
  // "header.X-Api-Key" is a subtraction.
  const bool behind_minus = t.offset > 0 && text_[t.offset - 1] == '-';
  if (hint.empty() && behind_minus) hint = "; a name with '-' stands in brackets: header['X-A']";
  if (hint.empty() && !script_)
    hint = "; a text stands between quotes: '" + printable(t.text, 40) + "'";
  fail_at(t.offset, "name '" + printable(t.text, 40) + "' is not known" + hint);
}

void compiler::note_body(subject of, std::size_t offset) {
  if (!script_) fail_at(offset, "a body is not read for an expression; only <groovy> can use it");
  if (of == subject::request) out_.reads.request = true;
  if (of == subject::response) out_.reads.response = true;
  if (of == subject::current) out_.reads.current = true;
}

operand compiler::read(const operand& o, op code, std::size_t offset) {
  if (code == op::body) note_body(o.of, offset);
  node n{.code = code, .of = o.of, .a = o.node};
  n.offset = static_cast<std::uint32_t>(offset);
  return {kind::scalar, subject::current, add(std::move(n)), offset};
}

void compiler::needs_script(std::size_t offset) const {
  if (!script_) fail_at(offset, "an expression cannot change anything; use <groovy>");
}

// One entry of a map or list.
operand compiler::keyed(const operand& o, std::uint16_t key, std::size_t offset) {
  node n{.of = o.of, .a = o.node, .b = key};
  n.offset = static_cast<std::uint32_t>(offset);
  op write = op::constant;
  switch (o.is) {
    case kind::headers:
      n.code = op::header;
      write = op::set_header;
      break;
    case kind::properties:
      n.code = op::property;
      write = op::set_property;
      break;
    case kind::parameters:
      n.code = op::parameter;
      break;
    case kind::cookies:
      n.code = op::cookie;
      break;
    case kind::path_parameters:
      n.code = op::path_parameter;
      break;
    case kind::destinations: {
      const node& index = out_.nodes[key];
      const double* number = std::get_if<double>(&index.constant);
      if (index.code != op::constant || !number || *number != 0)
        fail_at(offset, "only destinations[0] is there: a request has one destination");
      n.code = op::destination;
      write = op::set_destination;
      break;
    }
    default:
      fail_at(offset, "only headers take '[...]', as in header['Upgrade']");
  }
  last_place_ = {.write = write, .of = o.of, .base = o.node, .key = key};
  return {kind::scalar, subject::current, add(std::move(n)), offset};
}

operand compiler::parse_index(const operand& o) {
  const std::size_t offset = current_.offset;
  if (o.is == kind::headers && !script_ && current_.kind != token_kind::text)
    fail("a header name in quotes is expected");
  if (o.is == kind::scalar) fail("only headers take '[...]', as in header['Upgrade']");
  ++parentheses_;
  const std::uint16_t key = value(parse_choice());
  expect("]");
  --parentheses_;
  return keyed(o, key, offset);
}

operand compiler::parse_member(const operand& o) {
  if (current_.kind != token_kind::name) fail("a name is expected after '.'");
  const token t = current_;
  advance();
  if (is_symbol("(") && !current_.line_before) return parse_call(o, t);
  return member(o, t);
}

operand compiler::member(const operand& o, const token& t) {
  switch (o.is) {
    case kind::headers:
    case kind::properties:
    case kind::parameters:
    case kind::cookies:
    case kind::path_parameters:
      return keyed(o, key_constant(t.text), t.offset);
    case kind::outcomes:
      for (const root_row& row : roots())
        if (row.gives == kind::outcome && row.name == t.text) return root(t);
      break;
    default:
      break;
  }
  if (auto found = find_member(o, t, t.text)) return *found;
  no_member(o, t, false);
}

// `name` as a member without parentheses.
std::optional<operand> compiler::find_member(const operand& o, const token& t,
                                             std::string_view name) {
  const kind looked = o.is == kind::built ? kind::message : o.is;
  for (const property_row& row : properties()) {
    if (row.of != looked || row.name != name) continue;
    if (o.of == subject::request && (row.where & of_request) == 0) return std::nullopt;
    if (o.of == subject::response && (row.where & of_response) == 0) return std::nullopt;
    operand found{row.gives, o.of, o.node, t.offset};
    if (row.gives == kind::message)
      found.of = name == "request" ? subject::request : subject::response;
    place to{.write = row.write, .of = found.of, .base = o.node};
    to.message = row.write == op::set_message;
    if (row.gives == kind::scalar) found = read(found, row.read, t.offset);
    last_place_ = to;
    return found;
  }
  return std::nullopt;
}

void compiler::no_member(const operand& o, const token& t, bool method) const {
  std::string whose(to_string(o.is));
  if (o.is == kind::message && o.of == subject::request) whose = "a request";
  if (o.is == kind::message && o.of == subject::response) whose = "a response";
  auto names = member_names(o.is == kind::built ? kind::message : o.is);
  std::erase(names, std::string_view(t.text));  // there for the other kind of message
  fail_at(t.offset, whose + " has no " + (method ? "method " : "") + "'" + printable(t.text, 40) +
                        "'" + suggestion(t.text, names));
}

std::vector<operand> compiler::parse_arguments() {
  std::vector<operand> arguments;
  expect("(");
  ++parentheses_;
  while (!is_symbol(")")) {
    arguments.push_back(parse_choice());
    if (arguments.size() > 8) fail("there are too many arguments");
    if (!is_symbol(")")) expect(",");
  }
  --parentheses_;
  advance();
  return arguments;
}

operand compiler::parse_call(const operand& o, const token& t) {
  auto arguments = parse_arguments();
  last_place_ = {};
  return call_method(o, t, std::move(arguments));
}

operand compiler::call_method(const operand& o, const token& t, std::vector<operand> arguments) {
  switch (o.is) {
    case kind::request_builder:
    case kind::response_builder:
      return call_builder(o, t, arguments);
    case kind::destinations:
      return call_destinations(o, t, arguments);
    case kind::response_class:
      return call_response_class(o, t, arguments);
    default:
      break;
  }
  if (t.text == "matches" && o.is == kind::scalar && arguments.size() == 1)
    return call_matches(o, arguments[0]);
  bool known = false;
  for (const method_row& row : methods()) {
    if (row.of != o.is || row.name != t.text) continue;
    known = true;
    if (row.arguments != arguments.size()) continue;
    if (row.gives == kind::nothing) needs_script(t.offset);
    node n{.code = row.code, .of = o.of, .a = o.node};
    n.offset = static_cast<std::uint32_t>(t.offset);
    if (!arguments.empty()) n.b = value(arguments[0]);
    if (arguments.size() > 1) n.c = value(arguments[1]);
    return {row.gives, subject::current, add(std::move(n)), t.offset};
  }
  if (arguments.empty()) {
    if (auto found = call_getter(o, t)) return *found;
  }
  if (auto found = call_setter(o, t, arguments)) return *found;
  no_method(o, t, arguments.size(), known);
}

// text.matches('pattern'): the whole text.
operand compiler::call_matches(const operand& o, const operand& pattern) {
  const node& written = out_.nodes[value(pattern)];
  const std::string* text = std::get_if<std::string>(&written.constant);
  if (written.code != op::constant || !text)
    fail_at(pattern.offset, "a regular expression in quotes is expected here");
  return make_match(op::matches, o, std::string(*text), pattern.offset);
}

// There is one destination, at index 0.
operand compiler::call_destinations(const operand& o, const token& t,
                                    const std::vector<operand>& arguments) {
  const std::size_t count = arguments.size();
  if (t.text == "clear" && count == 0) {
    needs_script(t.offset);
    operand cleared = make(op::clear_destinations, t.offset);
    cleared.is = kind::nothing;
    return cleared;
  }
  if (t.text == "get" && count == 1) return keyed(o, value(arguments[0]), t.offset);
  const bool indexed = t.text == "set" && count == 2;
  if (!indexed && !(t.text == "add" && count == 1)) no_method(o, t, count, false);
  needs_script(t.offset);
  keyed(o, indexed ? value(arguments[0]) : constant(0.0), t.offset);
  const place to = std::exchange(last_place_, {});
  return {kind::nothing, subject::current, assign(to, arguments.back(), t.offset), t.offset};
}

// Response.ok(), Response.ok(body), Response.statusCode(number).
operand compiler::call_response_class(const operand& o, const token& t,
                                      const std::vector<operand>& arguments) {
  const bool ok = t.text == "ok" && arguments.size() < 2;
  if (!ok && !(t.text == "statusCode" && arguments.size() == 1))
    no_method(o, t, arguments.size(), false);
  operand made = make(op::new_response, t.offset);
  if (!arguments.empty()) {
    const op code = ok ? op::build_body : op::build_status;
    made = make(code, t.offset, made.node, value(arguments[0]));
  }
  made.is = kind::response_builder;
  return made;
}

void compiler::no_method(const operand& o, const token& t, std::size_t arguments,
                         bool known) const {
  if (known)
    fail_at(t.offset,
            "method '" + t.text + "' does not take " + std::to_string(arguments) + " arguments");
  no_member(o, t, true);
}

operand compiler::call_builder(const operand& o, const token& t,
                               const std::vector<operand>& arguments) {
  operand out = o;
  const auto step = [&](op code, std::uint16_t b, std::uint16_t c = none) {
    out.node = make(code, t.offset, out.node, b, c).node;
  };
  const bool one = arguments.size() == 1;
  if (t.text == "header" && one && arguments[0].is == kind::headers) {
    node n{.code = op::build_headers, .from = arguments[0].of, .a = o.node, .b = arguments[0].node};
    n.offset = static_cast<std::uint32_t>(t.offset);
    out.node = add(std::move(n));
    return out;
  }
  if (t.text == "contentType" && one) {
    step(op::build_header, key_constant("Content-Type"), value(arguments[0]));
    return out;
  }
  for (const std::string_view verb : {"get", "post", "put", "delete"}) {
    if (t.text != verb || !one || o.is != kind::request_builder) continue;
    std::string method(verb);
    for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    step(op::build_method, key_constant(method));
    step(op::build_uri, value(arguments[0]));
    return out;
  }
  for (const method_row& row : methods()) {
    if (row.of != o.is || row.name != t.text || row.arguments != arguments.size()) continue;
    if (row.code == op::built) {
      out.is = kind::built;
      out.of = subject::built;
      return out;
    }
    step(row.code, value(arguments[0]), arguments.size() > 1 ? value(arguments[1]) : none);
    return out;
  }
  no_member(o, t, true);
}

std::optional<operand> compiler::call_getter(const operand& o, const token& t) {
  for (const std::string_view prefix : {"get", "is"}) {
    const std::string name = property_of(t.text, prefix);
    if (name.empty()) continue;
    if (o.is == kind::headers) {
      for (const named_header& h : named_headers)
        if (t.text.substr(prefix.size()) == h.member)
          return keyed(o, key_constant(h.field), t.offset);
    }
    if (auto found = find_member(o, t, name)) {
      last_place_ = {};
      return found;
    }
  }
  return std::nullopt;
}

std::optional<operand> compiler::call_setter(const operand& o, const token& t,
                                             const std::vector<operand>& arguments) {
  const std::string name = property_of(t.text, "set");
  if (name.empty() || arguments.size() != 1) return std::nullopt;
  const body_use before = out_.reads;
  bool found = false;
  if (o.is == kind::headers) {
    for (const named_header& h : named_headers) {
      if (t.text.substr(3) != h.member) continue;
      keyed(o, key_constant(h.field), t.offset);
      found = true;
    }
  } else {
    found = find_member(o, t, name).has_value();
  }
  out_.reads = before;  // what is replaced need not be read
  const place to = std::exchange(last_place_, {});
  if (!found || to.write == op::constant) return std::nullopt;
  needs_script(t.offset);
  return operand{kind::nothing, subject::current, assign(to, arguments[0], t.offset), t.offset};
}

}  // namespace gateway::script_code
