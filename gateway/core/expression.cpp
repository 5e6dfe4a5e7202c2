#include "gateway/core/expression.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace gateway {

namespace {

using op = expression::op;
using subject = expression::subject;

const std::string* text_of(const expression_value& v) { return std::get_if<std::string>(&v); }

expression_value text_or_null(std::optional<std::string_view> text) {
  if (!text) return {};
  return std::string(*text);
}

const net::header_list* headers_of(subject of, const exchange& ex, flow_direction where) {
  const bool response =
      of == subject::response || (of == subject::current && where == flow_direction::response);
  if (!response) return &ex.request.headers;
  return ex.response ? &ex.response->headers : nullptr;
}

expression_value version_of(subject of, const exchange& ex, flow_direction where) {
  const bool response =
      of == subject::response || (of == subject::current && where == flow_direction::response);
  if (response && !ex.response) return {};
  const int version = response ? ex.response->version : ex.request.version;
  return std::string(version == 10 ? "1.0" : "1.1");
}

// Orders numbers; anything else has no order, so every comparison is false.
bool ordered(op code, const expression_value& a, const expression_value& b) {
  const double* x = std::get_if<double>(&a);
  const double* y = std::get_if<double>(&b);
  if (!x || !y) return false;
  switch (code) {
    case op::less:
      return *x < *y;
    case op::less_equal:
      return *x <= *y;
    case op::greater:
      return *x > *y;
    default:
      return *x >= *y;
  }
}

std::string in_case(std::string text, bool upper) {
  for (char& c : text) {
    const auto u = static_cast<unsigned char>(c);
    c = static_cast<char>(upper ? std::toupper(u) : std::tolower(u));
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

expression_value apply_to_text(op code, const std::string& text) {
  switch (code) {
    case op::to_lower:
      return in_case(text, false);
    case op::to_upper:
      return in_case(text, true);
    case op::trim:
      return trimmed(text);
    case op::is_empty:
      return text.empty();
    default:
      return static_cast<double>(text.size());
  }
}

expression_value compare_texts(op code, const std::string& a, const std::string& b) {
  switch (code) {
    case op::equals_ignore_case:
      return net::iequals(a, b);
    case op::contains:
      return a.find(b) != std::string::npos;
    case op::starts_with:
      return a.starts_with(b);
    default:
      return a.ends_with(b);
  }
}

// What a node without operands reads from the exchange.
expression_value read(const expression::node& n, const exchange& ex, flow_direction where) {
  switch (n.code) {
    case op::method:
      return ex.request.method;
    case op::path:
      return std::string(ex.request.path());
    case op::uri:
      return ex.request.target;
    case op::status:
      if (!ex.response) return {};
      return static_cast<double>(ex.response->status);
    case op::version:
      return version_of(n.of, ex, where);
    case op::user:
      if (ex.user.empty()) return {};
      return ex.user;
    case op::flow:
      return std::string(where == flow_direction::request ? "REQUEST" : "RESPONSE");
    default:
      return n.constant;
  }
}

}  // namespace

bool is_true(const expression_value& v) noexcept {
  if (const bool* b = std::get_if<bool>(&v)) return *b;
  if (const double* d = std::get_if<double>(&v)) return *d != 0;
  const std::string* s = text_of(v);
  return s && !s->empty() && !net::iequals(*s, "false") && !net::iequals(*s, "no") && *s != "0";
}

std::string to_text(const expression_value& v) {
  if (const bool* b = std::get_if<bool>(&v)) return *b ? "true" : "false";
  if (const double* d = std::get_if<double>(&v)) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, *d);
    return {buffer, end.ptr};
  }
  const std::string* s = text_of(v);
  return s ? *s : std::string();
}

expression_value expression::evaluate(const exchange& ex, flow_direction where) const {
  return nodes_.empty() ? expression_value() : run(root_, ex, where);
}

expression_value expression::run(std::uint16_t index, const exchange& ex,
                                 flow_direction where) const {
  const node& n = nodes_[index];
  switch (n.code) {
    case op::logical_or:
      return is_true(run(n.left, ex, where)) || is_true(run(n.right, ex, where));
    case op::logical_and:
      return is_true(run(n.left, ex, where)) && is_true(run(n.right, ex, where));
    case op::logical_not:
      return !is_true(run(n.left, ex, where));
    case op::equal:
      return run(n.left, ex, where) == run(n.right, ex, where);
    case op::not_equal:
      return run(n.left, ex, where) != run(n.right, ex, where);
    case op::less:
    case op::less_equal:
    case op::greater:
    case op::greater_equal:
      return ordered(n.code, run(n.left, ex, where), run(n.right, ex, where));
    case op::first_header:
    case op::header:
    case op::has_header:
      return run_header(n, ex, where);
    case op::equals_ignore_case:
    case op::contains:
    case op::starts_with:
    case op::ends_with: {
      const expression_value a = run(n.left, ex, where);
      const expression_value b = run(n.right, ex, where);
      if (!text_of(a)) return {};
      return compare_texts(n.code, *text_of(a), to_text(b));
    }
    case op::to_lower:
    case op::to_upper:
    case op::trim:
    case op::is_empty:
    case op::length: {
      const expression_value a = run(n.left, ex, where);
      if (!text_of(a)) return {};
      return apply_to_text(n.code, *text_of(a));
    }
    default:
      return read(n, ex, where);
  }
}

expression_value expression::run_header(const node& n, const exchange& ex,
                                        flow_direction where) const {
  const std::string& name = std::get<std::string>(n.constant);
  const net::header_list* headers = headers_of(n.of, ex, where);
  if (!headers) return {};
  if (n.code == op::has_header) return headers->contains(name);
  if (n.code == op::first_header) return text_or_null(headers->get(name));
  const auto all = headers->joined(name);
  if (!all) return {};
  return *all;
}

}  // namespace gateway
