// What expressions and scripts are compiled to: a list of nodes that refer to each other by index.
// Only for the files of the language itself (script_*.cpp, expression.cpp, script.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <regex>
#include <vector>

#include "gateway/core/script_value.hpp"

namespace gateway::script_code {

enum class dialect : std::uint8_t { spel, groovy };

// Which message a node reads or changes: that of the current direction, a fixed one, or one that
// was built (operand a).
enum class subject : std::uint8_t { current, request, response, built };

// In groups, whose order counts: machine::eval tells them by their last members.
enum class op : std::uint8_t {
  constant,
  // Operators on values.
  logical_or,
  logical_and,
  logical_not,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  negate,
  choice,   // a ? b : c
  elvis,    // a ?: b
  find,     // =~: `pattern` occurs in a
  matches,  // ==~, matches: `pattern` is all of a
  join,     // texts of `list`
  // Reading the exchange.
  present,  // whether the message is there
  method,
  path,
  uri,
  status,
  reason,
  version,
  body,
  user,
  flow,
  remote_address,
  header,  // all values of `constant` or a, joined with ", "
  first_header,
  has_header,
  parameter,
  cookie,
  path_parameter,
  property,
  has_property,
  destination,
  built,  // variable or expression a, as it is
  // Functions of texts.
  equals_ignore_case,
  contains,
  starts_with,
  ends_with,
  index_of,
  concat,
  replace,
  substring,
  to_lower,
  to_upper,
  trim,
  is_empty,
  is_blank,
  length,
  to_text,
  to_number,
  url_encode,
  weight,
  has_scope,
  scopes,
  is_bearer,
  is_logged_in,
  // Changing things; scripts only.
  set_method,
  set_uri,
  set_status,
  set_reason,
  set_body,
  set_header,
  add_header,
  remove_header,
  set_property,
  set_destination,
  clear_destinations,
  set_message,  // exc.request = built message b
  // Building a message: a is the builder, the answer is it as well.
  new_request,
  new_response,
  build_method,
  build_uri,
  build_status,
  build_body,
  build_header,   // b: name, c: value
  build_headers,  // all of the subject `from`
  // Variables and statements.
  load,    // variable number `slot`
  store,   // a into `slot`
  block,   // `list` in order
  branch,  // if a then b else c
  give,    // return a (none: null); `slot` gives_outcome: one of CONTINUE, RETURN, ABORT
};

inline constexpr std::uint16_t none = 0xffff;
inline constexpr std::uint16_t gives_outcome = 1;
inline constexpr std::uint32_t no_offset = 0xffffffff;

struct node {
  op code = op::constant;
  subject of = subject::current;
  subject from = subject::current;
  std::uint16_t a = none;
  std::uint16_t b = none;
  std::uint16_t c = none;
  std::uint16_t slot = 0;
  std::uint32_t offset = no_offset;  // into the text, for errors
  value constant{};
  std::vector<std::uint16_t> list{};
  std::shared_ptr<const std::regex> pattern{};
};

// Which bodies have to be there before it runs.
struct body_use {
  bool request = false;
  bool response = false;
  bool current = false;  // of the message of the direction
};

struct program {
  std::vector<node> nodes;
  std::uint16_t root = none;
  std::uint16_t slots = 0;
  dialect language = dialect::groovy;
  body_use reads;
};

}  // namespace gateway::script_code
