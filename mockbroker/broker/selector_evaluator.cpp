#include "mockbroker/broker/selector_evaluator.hpp"

#include <algorithm>

namespace mockbroker {
namespace {

constexpr selector_operand unknown{};

bool is_unknown(const selector_operand& v) noexcept {
  return std::holds_alternative<std::monostate>(v);
}
bool is(const selector_operand& v, bool truth) noexcept {
  const bool* b = std::get_if<bool>(&v);
  return b && *b == truth;
}
selector_operand in_order(selector_op op, std::optional<int> order) noexcept {
  if (!order) return false;
  switch (op) {
    case selector_op::less:
      return *order < 0;
    case selector_op::less_equal:
      return *order <= 0;
    case selector_op::greater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

}  // namespace

selector_truth selector_evaluator::run() {
  const selector_operand result = value_of(program_.root, hasty_);
  if (failed_) return selector_truth::failed;
  if (is(result, true)) return selector_truth::yes;
  return is(result, false) ? selector_truth::no : selector_truth::unknown;
}

selector_operand selector_evaluator::fail() noexcept {
  failed_ = true;
  return unknown;
}

selector_operand selector_evaluator::value_of(node_index node, bool hasty) {
  const selector_node& n = program_.nodes[node];
  switch (n.op) {
    case selector_op::constant:
      return program_.constants[n.a];
    case selector_op::property:
      return property(n.a);
    case selector_op::nothing:
      return false;
    case selector_op::truth_of:
      return truth_of(n.a);
    case selector_op::negate:
      return negate(n.a);
    case selector_op::logical_not:
      return logical_not(n.a);
    case selector_op::all:
      return chain(n, false, hasty);
    case selector_op::any:
      return chain(n, true, hasty);
    case selector_op::equal:
      return equal(n);
    case selector_op::less:
    case selector_op::less_equal:
    case selector_op::greater:
    case selector_op::greater_equal:
      return ordered(n);
    case selector_op::between:
    case selector_op::outside:
      return between(n, hasty);
    case selector_op::like:
      return like(n);
    case selector_op::in:
    case selector_op::not_in:
      return in(n);
    default:
      return arithmetic(n);
  }
}

selector_operand selector_evaluator::property(node_index name) const {
  return std::visit([](const auto& v) -> selector_operand { return v; },
                    properties_.get(program_.names[name]));
}

selector_operand selector_evaluator::truth_of(node_index node) {
  const selector_operand v = value_of(node, false);
  if (is_unknown(v)) return unknown;
  return is(v, true);
}

selector_operand selector_evaluator::logical_not(node_index node) {
  const selector_operand v = value_of(node, false);
  if (is_unknown(v)) return unknown;
  return is(v, false);
}

// OR is decided by one true, AND by one false.
selector_operand selector_evaluator::chain(const selector_node& n, bool decisive, bool hasty) {
  bool some_unknown = false;
  for (node_index i = n.a; i != no_node; i = program_.nodes[i].next) {
    const selector_operand v = value_of(i, hasty);
    if (failed_) return unknown;
    if (is(v, decisive)) return decisive;
    if (is_unknown(v)) {
      if (hasty && !decisive) return unknown;
      some_unknown = true;
    }
  }
  if (some_unknown) return unknown;
  return !decisive;
}

selector_operand selector_evaluator::equal(const selector_node& n) {
  const selector_operand left = value_of(n.a, false);
  if (failed_) return unknown;
  const selector_operand right = value_of(n.b, false);
  if (is_unknown(left)) return is_unknown(right) ? selector_operand(true) : unknown;
  if (is_unknown(right)) return false;
  return order_of(left, right) == 0;
}

selector_operand selector_evaluator::ordered(const selector_node& n) {
  const selector_operand left = value_of(n.a, false);
  if (is_unknown(left)) return unknown;
  const selector_operand right = value_of(n.b, false);
  if (is_unknown(right)) return unknown;
  return in_order(n.op, order_of(left, right));
}

// value >= low AND value <= high; or value < low OR value > high.
selector_operand selector_evaluator::between(const selector_node& n, bool hasty) {
  const bool outside = n.op == selector_op::outside;
  const selector_operand value = value_of(n.a, false);
  if (is_unknown(value)) return unknown;
  const auto against = [&](node_index bound, selector_op op) -> selector_operand {
    const selector_operand limit = value_of(bound, false);
    if (is_unknown(limit)) return unknown;
    return in_order(op, order_of(value, limit));
  };
  const auto low = against(n.b, outside ? selector_op::less : selector_op::greater_equal);
  if (failed_ || is(low, outside) || (hasty && !outside && is_unknown(low))) return low;
  const auto high = against(n.c, outside ? selector_op::greater : selector_op::less_equal);
  if (is(high, outside)) return outside;
  if (is_unknown(low) || is_unknown(high)) return unknown;
  return !outside;
}

selector_operand selector_evaluator::like(const selector_node& n) {
  const selector_operand v = value_of(n.a, false);
  if (is_unknown(v)) return unknown;
  const auto* text = std::get_if<std::string_view>(&v);
  return text && program_.patterns[n.b].matches(*text);
}

selector_operand selector_evaluator::in(const selector_node& n) {
  const selector_operand v = value_of(n.a, false);
  const auto* text = std::get_if<std::string_view>(&v);
  if (!text) return unknown;
  const bool found = std::ranges::binary_search(program_.lists[n.b], *text, std::less<>{});
  return found == (n.op == selector_op::in);
}

}  // namespace mockbroker
