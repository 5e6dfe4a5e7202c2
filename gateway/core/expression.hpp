// The languages of `test` attributes and of ${...}: the part of SpEL and of Groovy that conditions
// on messages need. docs/expressions.md has the whole list.
//
//   header.Upgrade == 'websocket' and not path.startsWith('/admin')           SpEL
//   exc.request.header.getFirstValue('Upgrade') == 'websocket'                Groovy
//
// A missing header is null; everything of null is null. Unlike types are never equal.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/core/exchange.hpp"
#include "gateway/core/script_value.hpp"

namespace gateway {

enum class flow_direction { request, response };

// `automatic`: SpEL, today's default, or Groovy, the default up to Membrane 5, where only that
// compiles.
enum class expression_language { automatic, spel, groovy };

// null, truth, number, text or (in scripts only) a message.
using expression_value = script_code::value;
// Text form as in a log line; null is empty.
std::string to_text(const expression_value& v);

// Where and why a text is not an expression. `offset` is 0-based in octets; may equal the length.
struct expression_error {
  std::size_t offset = 0;
  std::string message;
};

// Immutable once compiled; shared by all workers.
class expression {
 public:
  // Compiles `text`, which need not outlive the call. Bounds: script_compiler.hpp.
  static std::variant<expression, expression_error> compile(
      std::string_view text, expression_language language = expression_language::automatic);

  // Throws script_failure (gateway/core/script.hpp), as for a division by zero.
  expression_value evaluate(const exchange& ex, flow_direction where) const;
  // SpEL: null, false, 0, "", "false", "no" and "0" are false (Membrane's conversion). Groovy:
  // null, false, 0 and "".
  bool test(const exchange& ex, flow_direction where) const;

 private:
  std::shared_ptr<const script_code::program> code_;
};

}  // namespace gateway
