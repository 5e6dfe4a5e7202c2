// Checks a tree of XML against descriptors: names, attributes, types, order and number of children.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "gateway/config/diagnostics.hpp"
#include "gateway/config/xml_tree.hpp"
#include "gateway/core/descriptor.hpp"

namespace gateway {

class binder {
 public:
  // All must outlive this object.
  binder(diagnostics& errors, element_registry structure, element_registry elements)
      : errors_(errors), structure_(structure), elements_(elements) {}

  // Reports everything that is wrong in `e` and below. The answer has only what was right.
  element_node bind(const xml_element& e, const element_descriptor& d);
  // False when something in `node` or below was wrong: such nodes are not built.
  bool is_valid(const element_node& node) const { return invalid_.count(node.offset) == 0; }

  const element_descriptor* find(std::string_view name) const;
  // Why `e` may not stand below `parent`, as a sentence beginning with its name.
  std::string explain_unexpected(const xml_element& e, const element_descriptor* parent) const;

 private:
  void fail(element_node& node, std::size_t offset, std::string message);
  void bind_attributes(const xml_element& e, element_node& node);
  void bind_attribute(const xml_attribute& a, element_node& node);
  void refuse_attribute(const xml_attribute& a, element_node& node);
  void check_typed(const attribute_value& a, element_node& node);
  void check_template(const attribute_value& a, element_node& node);
  void fail_value(const attribute_value& a, std::size_t offset, std::string message,
                  element_node& node);
  void complete_attributes(element_node& node);
  void bind_children(const xml_element& e, element_node& node);
  void check_counts(const element_node& parent, const std::vector<std::size_t>& counts);
  void bind_text(const xml_element& e, element_node& node);
  void check_text_or_location(const xml_element& e, element_node& node);

  diagnostics& errors_;
  element_registry structure_;
  element_registry elements_;
  std::set<std::size_t> invalid_;
  std::size_t nodes_ = 0;
  expression_language language_ = expression_language::automatic;  // of the element being bound
};

}  // namespace gateway
