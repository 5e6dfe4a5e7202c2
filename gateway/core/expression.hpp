// The language of `test` attributes: the part of Groovy and SpEL that conditions on messages need.
//
//   exc.request.header.getFirstValue('Upgrade') == 'websocket'
//   header.Upgrade == 'websocket' && !(method == "POST" || path.startsWith('/admin'))
//
// Roots: exc, exchange, request, response, message, header, headers, method, path, uri, statusCode,
//   user, flow (`'REQUEST'`, `'RESPONSE'`). Of a message: header, headers, method, path, uri,
//   statusCode, version. Of headers: .Name, ['Name'], .getFirstValue('Name'), .contains('Name').
// Of strings: equalsIgnoreCase, equals, contains, startsWith, endsWith, toLowerCase, toUpperCase,
//   trim, isEmpty, length.
// Operators: ||, or, &&, and, ==, eq, !=, ne, <, <=, >, >=, !, not, parentheses.
// Literals: 'text', "text" (escapes \\ \' \" \n \r \t), numbers, true, false, null.
//
// A missing header is null; everything of null is null. Strings compare with their case. Unlike
// types are never equal. Truth: null, false, 0, "", "false", "no" and "0" are false (Membrane's
// SpEL conversion).
//
// Nothing loops, so an evaluation takes at most one step per node. Bounds: 4096 octets of text, 64
// levels, 512 nodes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/core/exchange.hpp"

namespace gateway {

enum class flow_direction { request, response };

// null, truth, number or text.
using expression_value = std::variant<std::monostate, bool, double, std::string>;
bool is_true(const expression_value& v) noexcept;
// Text form as in a log line; null is empty.
std::string to_text(const expression_value& v);

// Where and why a text is not an expression. `offset` is 0-based in octets; may equal the length.
struct expression_error {
  std::size_t offset = 0;
  std::string message;
};

class expression {
 public:
  // Compiles `text`, which need not outlive the call.
  static std::variant<expression, expression_error> compile(std::string_view text);

  // Never throws on message contents.
  expression_value evaluate(const exchange& ex, flow_direction where) const;
  bool test(const exchange& ex, flow_direction where) const { return is_true(evaluate(ex, where)); }

  // Code of one node; public for the compiler in expression_parser.cpp only.
  enum class op : std::uint8_t {
    constant,
    logical_or,
    logical_and,
    logical_not,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    method,
    path,
    uri,
    status,
    version,
    user,
    flow,
    header,  // all values, joined with ", "
    first_header,
    has_header,
    equals_ignore_case,
    contains,
    starts_with,
    ends_with,
    to_lower,
    to_upper,
    trim,
    is_empty,
    length,
  };
  // Which message a node reads: the one of the current direction, or a fixed one.
  enum class subject : std::uint8_t { current, request, response };
  struct node {
    op code = op::constant;
    subject of = subject::current;
    std::uint16_t left = 0;   // index of the first operand
    std::uint16_t right = 0;  // index of the second operand
    expression_value constant{};
  };

 private:
  friend class expression_compiler;
  expression_value run(std::uint16_t index, const exchange& ex, flow_direction where) const;
  expression_value run_header(const node& n, const exchange& ex, flow_direction where) const;

  std::vector<node> nodes_;
  std::uint16_t root_ = 0;
};

}  // namespace gateway
