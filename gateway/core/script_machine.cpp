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

bool is_token(std::string_view name) {
  for (const char c : name)
    if (c <= ' ' || c >= 127 || std::string_view("\"(),/:;<=>?@[\\]{}").find(c) != name.npos)
      return false;
  return !name.empty();
}

bool has_line_end(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
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

std::string machine::method_name(std::uint16_t index, const node& at) {
  std::string given = to_text(eval(index));
  if (!is_token(given)) fail(at, "'" + printable(given, 40) + "' is not a method");
  return given;
}

std::string machine::request_target(std::uint16_t index, const node& at) {
  std::string given = to_text(eval(index));
  const bool blank =
      std::any_of(given.begin(), given.end(), [](char c) { return c <= ' ' && c >= 0; });
  if (given.empty() || blank || given.find('\x7f') != given.npos)
    fail(at, "'" + printable(given, 40) + "' cannot stand in a request line");
  if (given[0] != '/' && !given.starts_with("http://") && !given.starts_with("https://"))
    fail(at, "a uri begins with '/'");
  return given;
}

int machine::final_status(std::uint16_t index, const node& at) {
  const double status = number(index, at);
  if (!(status >= 200 && status <= 599)) fail(at, "a status is a number from 200 to 599");
  return static_cast<int>(status);
}

// Name b and value c of a field that may be sent.
net::header_field machine::field(const node& n) {
  net::header_field f{name(n.b), to_text(eval(n.c))};
  if (!is_token(f.name)) fail(n, "'" + printable(f.name, 40) + "' is not the name of a header");
  if (has_line_end(f.value)) fail(n, "the value of header '" + f.name + "' has a line end");
  charge(f.value.size(), n);
  return f;
}

std::string machine::text(std::uint16_t index) {
  const value v = eval(index);
  if (std::holds_alternative<std::monostate>(v)) return "null";
  return to_text(v);
}

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
  if (n.code <= op::server_name) return eval_read(n);
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
      const auto shown = [](const value& v) {
        return std::holds_alternative<std::monostate>(v) ? std::string("null") : to_text(v);
      };
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
      const std::string* held = response ? held_->response : held_->request;
      return held && there ? value(*held) : value();
    }
    case op::user:
      return ex_.user.empty() ? value() : value(ex_.user);
    case op::flow:
      return std::string(where_ == flow_direction::request ? "REQUEST" : "RESPONSE");
    case op::remote_address:
      return ex_.connection.client.address;
    default:
      return ex_.connection.server_name;
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
      while (url.ends_with('/')) url.pop_back();
      return made(
          url + (ex_.to->path ? *ex_.to->path : std::string(origin_form(ex_.request.target))), n);
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
    case op::is_bearer: {
      const auto given = ex_.request.headers.get("Authorization");
      return given && net::iequals(given->substr(0, 7), "bearer ");
    }
    default:
      return !ex_.user.empty();
  }
}

value machine::eval_build(const node& n) {
  if (n.code == op::new_request || n.code == op::new_response) {
    auto message = std::make_shared<built_message>();
    message->response = n.code == op::new_response;
    return message;
  }
  const auto message = built(n.a);
  if (!message) fail(n, "there is no builder");
  switch (n.code) {
    case op::build_method:
      message->method = method_name(n.b, n);
      break;
    case op::build_uri:
      message->target = request_target(n.b, n);
      break;
    case op::build_status:
      message->status = final_status(n.b, n);
      break;
    case op::build_body:
      message->body = to_text(eval(n.b));
      charge(message->body.size(), n);
      break;
    case op::build_header: {
      const net::header_field f = field(n);
      message->headers.add(f.name, f.value);
      break;
    }
    default: {
      built_pointer keep;
      if (const net::header_list* from = headers_of(n.from, n.b, keep)) message->headers = *from;
      break;
    }
  }
  return message;
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

net::header_list& machine::headers_to_change(const node& n, built_pointer& keep) {
  if (n.of == subject::built) {
    keep = built(n.a);
    if (!keep) fail(n, "there is no such message");
    return keep->headers;
  }
  if (!is_response(n.of)) return write_->request.headers;
  if (!write_->response) fail(n, "there is no response yet");
  return write_->response->headers;
}

void machine::change(const node& n) {
  switch (n.code) {
    case op::set_header:
    case op::add_header: {
      built_pointer keep;
      net::header_list& headers = headers_to_change(n, keep);
      const bool nothing = std::holds_alternative<std::monostate>(eval(n.c));
      if (nothing && n.code == op::set_header) return headers.remove(name(n.b));
      const net::header_field f = field(n);
      if (n.code == op::add_header)
        headers.add(f.name, f.value);
      else
        headers.set(f.name, f.value);
      return;
    }
    case op::remove_header: {
      built_pointer keep;
      headers_to_change(n, keep).remove(name(n.b));
      return;
    }
    case op::set_property: {
      const std::string key = name(n.b);
      auto& all = write_->properties;
      if (all.size() >= script_limits::properties && all.count(key) == 0)
        fail(n, "there are too many properties");
      value given = eval(n.c);
      if (const std::string* text = text_in(given)) {
        if (text->size() > script_limits::property) fail(n, "the property is too long");
        charge(text->size(), n);
        all[key] = *text;
      } else if (const bool* b = std::get_if<bool>(&given)) {
        all[key] = *b;
      } else if (const double* d = std::get_if<double>(&given)) {
        all[key] = *d;
      } else {
        all.erase(key);
      }
      return;
    }
    default:
      return change_message(n);
  }
}

void machine::change_message(const node& n) {
  const bool response = is_response(n.of);
  switch (n.code) {
    case op::set_method:
    case op::set_uri:
    case op::set_status:
    case op::set_reason:
      return n.of == subject::built ? change_built_line(n) : change_start_line(n);
    case op::set_body:
      return set_body(n, to_text(eval(n.b)));
    case op::set_destination: {
      const std::string url = to_text(eval(n.c));
      const auto parsed = parse_destination(url);
      const auto* to = std::get_if<destination>(&parsed);
      if (!to) fail(n, "the destination " + std::get<std::string>(parsed));
      const bool adjust = !write_->to || write_->to->adjust_host;
      write_->to = *to;
      write_->to->adjust_host = adjust;
      // The whole URL counts, also a bare "/".
      if (!write_->to->path && url.ends_with('/')) write_->to->path = "/";
      return;
    }
    case op::clear_destinations:
      write_->to.reset();
      return;
    default:
      break;
  }
  const auto message = built(n.b);
  if (!message) fail(n, "there is no message");
  if (response != message->response)
    fail(n, response ? "a response is expected here" : "a request is expected here");
  if (response) {
    if (!write_->response) write_->response.emplace();
    write_->response->status = message->status;
    write_->response->reason.clear();
    write_->response->headers = message->headers;
  } else {
    write_->request.method = message->method;
    write_->request.headers = message->headers;
    // A builder that names no uri means the one of the request it replaces.
    if (!message->target.empty()) write_->request.target = message->target;
  }
  set_body(n, message->body);
}

void machine::change_start_line(const node& n) {
  if (n.code == op::set_method) {
    write_->request.method = method_name(n.b, n);
    return;
  }
  if (n.code == op::set_uri) {
    write_->request.target = request_target(n.b, n);
    return;
  }
  if (!write_->response) fail(n, "there is no response yet");
  if (n.code == op::set_reason) {
    write_->response->reason = printable(to_text(eval(n.b)), 100);
    return;
  }
  if (write_->response->status == 101) fail(n, "the status of a WebSocket cannot be changed");
  write_->response->status = final_status(n.b, n);
  write_->response->reason.clear();
}

void machine::change_built_line(const node& n) {
  const auto message = built(n.a);
  if (!message) fail(n, "there is no such message");
  if (n.code == op::set_method) message->method = method_name(n.b, n);
  if (n.code == op::set_uri) message->target = request_target(n.b, n);
  if (n.code == op::set_status) message->status = final_status(n.b, n);
}

void machine::set_body(const node& n, std::string text) {
  if (n.of == subject::built) {
    const auto message = built(n.a);
    if (!message) fail(n, "there is no such message");
    message->body = std::move(text);
    return;
  }
  const bool response = is_response(n.of);
  if (response && !write_->response) fail(n, "there is no response yet");
  charge(text.size(), n);
  if (response) {
    if (!held_->response) fail(n, "there is no response yet");
    *held_->response = std::move(text);
    held_->response_changed = true;
  } else {
    *held_->request = std::move(text);
    held_->request_changed = true;
  }
}

}  // namespace gateway::script_code
