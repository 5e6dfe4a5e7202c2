// One evaluation of a compiled selector.
#pragma once

#include <cstddef>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "mockbroker/broker/selector.hpp"
#include "mockbroker/broker/selector_program.hpp"

namespace mockbroker {

class selector_evaluator {
 public:
  // hasty: only whether it is true is asked, so that AND stops at the first unknown.
  selector_evaluator(const selector_program& program, const property_source& properties,
                     bool hasty) noexcept
      : program_(program), properties_(properties), hasty_(hasty) {}

  selector_truth run();

 private:
  selector_operand value_of(node_index node, bool hasty);
  selector_operand property(node_index name) const;
  selector_operand truth_of(node_index node);
  selector_operand negate(node_index node);
  selector_operand logical_not(node_index node);
  selector_operand chain(const selector_node& n, bool decisive, bool hasty);
  selector_operand equal(const selector_node& n);
  selector_operand ordered(const selector_node& n);
  selector_operand between(const selector_node& n, bool hasty);
  selector_operand like(const selector_node& n);
  selector_operand in(const selector_node& n);
  selector_operand arithmetic(const selector_node& n);
  selector_operand glue(std::string_view left, const selector_operand& right);

  // Nothing where the two do not compare, which makes every comparison false.
  std::optional<int> order_of(const selector_operand& left, const selector_operand& right);
  selector_operand fail() noexcept;

  const selector_program& program_;
  const property_source& properties_;
  bool hasty_;
  bool failed_ = false;
  std::forward_list<std::string> glued_;
  std::size_t glued_size_ = 0;
};

}  // namespace mockbroker
