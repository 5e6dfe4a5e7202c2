#include "gateway/core/script_machine.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gateway/core/script.hpp"
#include "gateway/core/text.hpp"

namespace gateway::script_code {

namespace {

using built_pointer = std::shared_ptr<built_message>;

const std::string* text_in(const value& v) { return std::get_if<std::string>(&v); }

// As within other texts.
std::string shown(const value& v) {
  return std::holds_alternative<std::monostate>(v) ? std::string("null") : to_text(v);
}

std::string in_case(std::string text, bool upper) {
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

value text_or_null(std::optional<std::string_view> found) {
  if (!found) return {};
  return std::string(*found);
}

value parameter_of(std::string_view query, const std::string& name) {
  for (const net::header_field& f : net::parse_form(query))
    if (f.name == name) return f.value;
  return {};
}

value cookie_of(const net::header_list& headers, const std::string& name) {
  const std::string all = headers.joined("Cookie").value_or("");
  std::string_view rest = all;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string one = trimmed(std::string(rest.substr(0, end)));
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace

void machine::fail(const node& at, std::string message) const {
  throw script_failure(at.offset, message);
}

bool machine::truth(const value& v) const {
  if (std::holds_alternative<built_pointer>(v)) return true;
  // Groovy: every text but the empty one.
  const std::string* s = text_in(v);
  if (s && code_.language == dialect::groovy) return !s->empty();
  if (s) return !s->empty() && !net::iequals(*s, "false") && !net::iequals(*s, "no") && *s != "0";
  if (const bool* b = std::get_if<bool>(&v)) return *b;
  const double* d = std::get_if<double>(&v);
  return d && *d != 0;
}

void machine::charge(std::size_t octets, const node& at) {
  made_ += octets;
  if (made_ > script_limits::texts) fail(at, "the texts it makes are too large");
}

value machine::made(std::string text, const node& at) {
  charge(text.size(), at);
  return text;
}

std::string machine::text(std::uint16_t index) { return shown(eval(index)); }

// The key of an entry; null is the empty name, which nothing has.
std::string machine::name(std::uint16_t index) { return to_text(eval(index)); }

double machine::number(std::uint16_t index, const node& at) {
  const value v = eval(index);
  const double* d = std::get_if<double>(&v);
  if (!d) fail(at, "a number is expected here");
  return *d;
}

value machine::eval(std::uint16_t index) {
  if (index == none) return {};
  const node& n = code_.nodes[index];
  if (n.code == op::constant) return n.constant;
  if (n.code <= op::greater_equal) return eval_logic(n);
  if (n.code <= op::elvis) return eval_arithmetic(n);
  if (n.code <= op::join) return eval_pattern(n);
  if (n.code <= op::remote_address) return eval_read(n);
  if (n.code <= op::destination) return eval_entry(n);
  if (n.code == op::built) return eval(n.a);
  if (n.code <= op::to_number) return eval_text(n);
  if (n.code <= op::is_logged_in) return eval_function(n);
  if (n.code <= op::set_message) {
    change(n);
    return {};
  }
  if (n.code <= op::build_headers) return eval_build(n);
  return eval_statement(n);
}

value machine::eval_logic(const node& n) {
  switch (n.code) {
    case op::logical_or:
      return truth(eval(n.a)) || truth(eval(n.b));
    case op::logical_and:
      return truth(eval(n.a)) && truth(eval(n.b));
    case op::logical_not:
      return !truth(eval(n.a));
    case op::equal:
      return eval(n.a) == eval(n.b);
    case op::not_equal:
      return eval(n.a) != eval(n.b);
    default:
      break;
  }
  const value left = eval(n.a);
  const value right = eval(n.b);
  const auto ordered = [&n](const auto& x, const auto& y) {
    if (n.code == op::less) return x < y;
    if (n.code == op::less_equal) return x <= y;
    if (n.code == op::greater) return x > y;
    return x >= y;
  };
  if (text_in(left) && text_in(right)) return ordered(*text_in(left), *text_in(right));
  const double* x = std::get_if<double>(&left);
  const double* y = std::get_if<double>(&right);
  // Other things have no order, so every comparison is false.
  return x && y && ordered(*x, *y);
}

value machine::eval_arithmetic(const node& n) {
  if (n.code == op::choice) return eval(truth(eval(n.a)) ? n.b : n.c);
  if (n.code == op::elvis) {
    value first = eval(n.a);
    // SpEL takes what is there, Groovy what is true.
    const bool there =
        !std::holds_alternative<std::monostate>(first) && first != value(std::string());
    const bool taken = code_.language == dialect::spel ? there : truth(first);
    return taken ? first : eval(n.b);
  }
  if (n.code == op::negate) return -number(n.a, n);
  if (n.code == op::add) {
    const value left = eval(n.a);
    const value right = eval(n.b);
    if (text_in(left) || text_in(right)) {
      return made(shown(left) + shown(right), n);
    }
    const double* x = std::get_if<double>(&left);
    const double* y = std::get_if<double>(&right);
    if (!x || !y) fail(n, "texts or numbers are expected around '+'");
    return *x + *y;
  }
  const double left = number(n.a, n);
  const double right = number(n.b, n);
  if (n.code == op::subtract) return left - right;
  if (n.code == op::multiply) return left * right;
  if (right == 0) fail(n, "division by zero");
  return n.code == op::divide ? left / right : std::fmod(left, right);
}

value machine::eval_pattern(const node& n) {
  if (n.code == op::join) {
    std::string all;
    for (const std::uint16_t part : n.list) {
      const std::string piece = text(part);
      charge(piece.size(), n);
      all += piece;
    }
    return all;
  }
  const value subject_of = eval(n.a);
  const std::string* s = text_in(subject_of);
  if (!s) return false;
  if (s->size() > script_limits::matched) fail(n, "the text is too long to be matched");
  return std::regex_match(*s, *n.pattern);
}

bool machine::is_response(subject of) const {
  return of == subject::response || (of == subject::current && where_ == flow_direction::response);
}

built_pointer machine::built(std::uint16_t index) {
  const value v = eval(index);
  const auto* p = std::get_if<built_pointer>(&v);
  return p ? *p : nullptr;
}

// `keep` holds the message that the answer belongs to where the script holds it nowhere else.
const net::header_list* machine::headers_of(subject of, std::uint16_t base, built_pointer& keep) {
  if (of == subject::built) {
    keep = built(base);
    return keep ? &keep->headers : nullptr;
  }
  if (!is_response(of)) return &ex_.request.headers;
  return ex_.response ? &ex_.response->headers : nullptr;
}

// What a node without an entry reads from the exchange or a built message.
value machine::eval_read(const node& n) {
  if (n.of == subject::built) {
    const auto message = built(n.a);
    if (!message) return {};
    if (n.code == op::method) return message->method;
    if (n.code == op::uri) return message->target;
    if (n.code == op::status) return static_cast<double>(message->status);
    if (n.code == op::body) return message->body;
    return {};
  }
  const bool response = is_response(n.of);
  const bool there = !response || ex_.response.has_value();
  switch (n.code) {
    case op::present:
      return there;
    case op::method:
      return ex_.request.method;
    case op::path:
      return std::string(ex_.request.path());
    case op::uri:
      return ex_.request.target;
    case op::status:
      return ex_.response ? value(static_cast<double>(ex_.response->status)) : value();
    case op::reason:
      return ex_.response ? value(ex_.response->reason) : value();
    case op::version:
      if (!there) return {};
      return std::string((response ? ex_.response->version : ex_.request.version) == 10 ? "1.0"
                                                                                        : "1.1");
    case op::body: {
      if (!there) return {};
      return *(response ? held_->response : held_->request);
    }
    case op::user:
      return ex_.user.empty() ? value() : value(ex_.user);
    case op::flow:
      return std::string(where_ == flow_direction::request ? "REQUEST" : "RESPONSE");
    default:
      return ex_.connection.client.address;
  }
}

value machine::eval_entry(const node& n) {
  const std::string key = name(n.b);
  switch (n.code) {
    case op::parameter:
      return parameter_of(ex_.request.query(), key);
    case op::cookie:
      return cookie_of(ex_.request.headers, key);
    case op::path_parameter: {
      const auto found = ex_.path_parameters.find(key);
      return found == ex_.path_parameters.end() ? value() : value(found->second);
    }
    case op::property:
    case op::has_property: {
      const auto found = ex_.properties.find(key);
      const bool there = found != ex_.properties.end();
      if (n.code == op::has_property) return there;
      if (!there) return {};
      return std::visit([](const auto& v) { return value(v); }, found->second);
    }
    case op::destination: {
      if (!ex_.to) return {};
      std::string url = gateway::to_string(*ex_.to);
      if (ex_.to->path) return made(std::move(url), n);
      url.pop_back();  // the '/' that stands for no path
      return made(url + std::string(origin_form(ex_.request.target)), n);
    }
    default:
      break;
  }
  built_pointer keep;
  const net::header_list* headers = headers_of(n.of, n.a, keep);
  if (!headers) return {};
  if (n.code == op::has_header) return headers->contains(key);
  if (n.code == op::first_header) return text_or_null(headers->get(key));
  auto all = headers->joined(key);
  if (!all) return {};
  return std::move(*all);
}

// Functions of a text; of anything else they are null, as everything of null is.
value machine::eval_text(const node& n) {
  const value of = eval(n.a);
  if (n.code == op::to_text) {
    if (std::holds_alternative<std::monostate>(of)) return {};
    return made(to_text(of), n);
  }
  const std::string* text = text_in(of);
  if (!text) return {};
  switch (n.code) {
    case op::to_lower:
      return made(in_case(*text, false), n);
    case op::to_upper:
      return made(in_case(*text, true), n);
    case op::trim:
      return made(trimmed(*text), n);
    case op::is_empty:
      return text->empty();
    case op::is_blank:
      return trimmed(*text).empty();
    case op::length:
      return static_cast<double>(text->size());
    case op::to_number: {
      const std::string digits = trimmed(*text);
      double number = 0;
      const char* end = digits.data() + digits.size();
      const auto read = std::from_chars(digits.data(), end, number, std::chars_format::fixed);
      if (digits.empty() || read.ec != std::errc{} || read.ptr != end)
        fail(n, "'" + printable(digits, 40) + "' is not a number");
      return number;
    }
    default:
      return eval_texts(n, *text);
  }
}

value machine::eval_texts(const node& n, const std::string& text) {
  if (n.code == op::substring) {
    const double from = number(n.b, n);
    const double to = n.c == none ? static_cast<double>(text.size()) : number(n.c, n);
    const auto size = static_cast<double>(text.size());
    if (!(from >= 0 && from <= to && to <= size)) fail(n, "the text is shorter than that");
    const auto begin = static_cast<std::size_t>(from);
    return made(text.substr(begin, static_cast<std::size_t>(to) - begin), n);
  }
  const std::string other = to_text(eval(n.b));
  switch (n.code) {
    case op::equals_ignore_case:
      return net::iequals(text, other);
    case op::contains:
      return text.find(other) != std::string::npos;
    case op::starts_with:
      return text.starts_with(other);
    case op::ends_with:
      return text.ends_with(other);
    case op::index_of: {
      const auto at = text.find(other);
      return at == std::string::npos ? -1.0 : static_cast<double>(at);
    }
    case op::concat:
      return made(text + other, n);
    default:
      break;
  }
  const std::string by = to_text(eval(n.c));
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = other.empty() ? text.npos : text.find(other, at);
    out.append(text, at, found == text.npos ? text.npos : found - at);
    if (found == text.npos) break;
    out += by;
    at = found + other.size();
    if (out.size() > script_limits::texts) break;  // made() says so
  }
  return made(std::move(out), n);
}

value machine::eval_function(const node& n) {
  switch (n.code) {
    case op::url_encode:
      return made(net::percent_encode(text(n.a)), n);
    case op::weight: {
      const double percent = number(n.a, n);
      return static_cast<double>(ex_.world.runtime.random() % 10'000) < percent * 100;
    }
    case op::has_scope:
      return ex_.scopes.count(text(n.a)) > 0;
    case op::scopes: {
      std::string all;
      for (const std::string& scope : ex_.scopes) all += (all.empty() ? "" : ",") + scope;
      return made(std::move(all), n);
    }
    case op::is_bearer: {
      const auto given = ex_.request.headers.get("Authorization");
      return given && net::iequals(given->substr(0, 7), "bearer ");
    }
    default:
      return !ex_.user.empty();
  }
}

value machine::eval_statement(const node& n) {
  switch (n.code) {
    case op::load:
      return slots_[n.slot];
    case op::store:
      slots_[n.slot] = eval(n.a);
      return {};
    case op::branch:
      return eval(truth(eval(n.a)) ? n.b : n.c);
    case op::give: {
      value result = eval(n.a);
      answered_ = true;
      outcome_answer_ = n.slot == gives_outcome;
      return result;
    }
    default:
      break;
  }
  for (const std::uint16_t statement : n.list) {
    value result = eval(statement);
    if (answered_) return result;
  }
  return {};
}

}  // namespace gateway::script_code
