// What the grammar's rules share: nodes with their checks, and words.
#include <algorithm>

#include "mockbroker/broker/selector_parser.hpp"

namespace mockbroker {

node_index selector_parser::add(selector_node node) {
  const bool leaf = node.op == selector_op::constant || node.op == selector_op::property ||
                    node.op == selector_op::nothing;
  const bool has_table =
      node.op == selector_op::like || node.op == selector_op::in || node.op == selector_op::not_in;
  std::size_t depth = 0;
  if (!leaf) depth = program_.nodes[node.a].depth;
  if (!leaf && !has_table) {
    for (node_index n : {node.b, node.c})
      if (n != no_node) depth = std::max<std::size_t>(depth, program_.nodes[n].depth);
  }
  // The evaluation recurses.
  if (++depth > selector::deepest) fail("nested too deep");
  node.depth = static_cast<std::uint16_t>(depth);
  program_.nodes.push_back(node);
  return static_cast<node_index>(program_.nodes.size() - 1);
}

node_index selector_parser::add_constant(selector_operand value, bool boolean) {
  program_.constants.push_back(value);
  return add({.op = selector_op::constant,
              .boolean = boolean,
              .a = static_cast<node_index>(program_.constants.size() - 1)});
}

// Many terms of one kind are one node, or a long selector would be a deep one.
node_index selector_parser::chain(selector_op op, node_index left, node_index right) {
  if (program_.nodes[left].op != op) left = add({.op = op, .boolean = true, .a = left, .b = left});
  selector_node& head = program_.nodes[left];
  const std::size_t depth = std::max<std::size_t>(head.depth, program_.nodes[right].depth + 1U);
  if (depth > selector::deepest) fail("nested too deep");
  head.depth = static_cast<std::uint16_t>(depth);
  program_.nodes[head.b].next = right;
  head.b = right;
  return left;
}

node_index selector_parser::as_boolean(node_index node, std::size_t offset) {
  if (program_.nodes[node].boolean) return node;
  if (program_.nodes[node].op != selector_op::property)
    fail("this is no condition, which can be true or false", offset);
  return add({.op = selector_op::truth_of, .boolean = true, .a = node});
}

const selector_operand* selector_parser::constant_of(node_index node) const {
  const selector_node& n = program_.nodes[node];
  return n.op == selector_op::constant ? &program_.constants[n.a] : nullptr;
}

node_index selector_parser::equal(node_index left, node_index right, std::size_t offset) {
  const selector_operand* l = constant_of(left);
  const selector_operand* r = constant_of(right);
  for (const selector_operand* side : {l, r})
    if (side && std::holds_alternative<std::monostate>(*side))
      fail("nothing is equal to NULL; use IS NULL", offset);
  if (l && r && program_.nodes[left].boolean && !program_.nodes[right].boolean)
    fail("a truth value does not compare with this", offset);
  return add({.op = selector_op::equal, .boolean = true, .a = left, .b = right});
}

void selector_parser::must_have_order(node_index node, std::size_t offset) const {
  const selector_operand* constant = constant_of(node);
  const bool bad =
      constant ? std::holds_alternative<std::string_view>(*constant) || program_.nodes[node].boolean
               : program_.nodes[node].boolean;
  if (bad) fail("only numbers are less or greater than others", offset);
}

node_index selector_parser::ordered(selector_op op, node_index left, node_index right,
                                    std::size_t offset) {
  must_have_order(left, offset);
  must_have_order(right, offset);
  return add({.op = op, .boolean = true, .a = left, .b = right});
}

void selector_parser::advance() {
  word_ = lexer_.next();
  if (word_.kind == selector_token::bad) {
    const bool open = word_.image == "'";
    fail(open ? "the text does not end" : "unexpected '" + std::string(word_.image) + "'");
  }
}

bool selector_parser::is_symbol(std::string_view symbol) const {
  return word_.kind == selector_token::symbol && word_.image == symbol;
}

bool selector_parser::take(selector_token kind) {
  if (word_.kind != kind) return false;
  advance();
  return true;
}

bool selector_parser::take(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

void selector_parser::expect(std::string_view symbol) {
  if (!take(symbol)) fail("expected '" + std::string(symbol) + "'");
}

void selector_parser::expect(selector_token kind, std::string_view what) {
  if (!take(kind)) fail("expected " + std::string(what));
}

std::string selector_parser::expect_text() {
  if (word_.kind != selector_token::text) fail("expected a text in single quotes");
  std::string text = unquote(word_.image);
  advance();
  return text;
}

void selector_parser::fail(std::string message, std::size_t offset) {
  throw selector_error{std::move(message), offset + 1};
}

}  // namespace mockbroker
