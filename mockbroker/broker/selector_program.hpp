// A compiled selector: what the parser makes and the evaluation reads.
#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mockbroker/broker/java_number.hpp"
#include "mockbroker/broker/selector_like.hpp"

namespace mockbroker {

// selector_value and what only selectors can make.
using selector_operand = std::variant<std::monostate, bool, std::int32_t, std::int64_t, double,
                                      big_number, std::string_view>;

enum class selector_op : std::uint8_t {
  constant,  // a: in constants
  property,  // a: in names
  nothing,   // XQUERY: false
  truth_of,  // a property as a boolean
  negate,    // the minus sign
  logical_not,
  all,    // AND of the chain that starts at a
  any,    // OR of it
  equal,  // a = b, also IS NULL
  less,
  less_equal,
  greater,
  greater_equal,
  between,  // a from b to c
  outside,  // NOT BETWEEN
  like,     // b: in patterns
  in,       // b: in lists
  not_in,
  add,
  subtract,
  multiply,
  divide,
  remainder,
};

using node_index = std::uint32_t;
inline constexpr node_index no_node = ~node_index{0};

struct selector_node {
  selector_op op = selector_op::constant;
  bool boolean = false;     // gives true, false or unknown, and may stand where that is needed
  std::uint16_t depth = 1;  // of the tree below and including this node
  node_index a = no_node;
  node_index b = no_node;  // all, any: the last of the chain
  node_index c = no_node;
  node_index next = no_node;  // in the chain of the `all` or `any` above
};

struct selector_program {
  std::string text;
  bool convert_strings = true;
  node_index root = no_node;
  std::vector<selector_node> nodes;
  std::vector<selector_operand> constants;  // their views point into strings and text
  std::forward_list<std::string> strings;
  std::vector<std::string_view> names;  // parts of text
  std::vector<like_pattern> patterns;
  std::vector<std::vector<std::string>> lists;  // each sorted
};

}  // namespace mockbroker
