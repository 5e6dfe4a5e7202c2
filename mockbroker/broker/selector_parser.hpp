// The grammar of selectors.
#pragma once

#include "mockbroker/broker/selector.hpp"
#include "mockbroker/broker/selector_lexer.hpp"
#include "mockbroker/broker/selector_program.hpp"

namespace mockbroker {

// Reads the text of a program into its nodes. One method per rule of the grammar, from weak to
// strong binding. Methods throw selector_error; parse() lets it out.
class selector_parser {
 public:
  explicit selector_parser(selector_program& program);
  void parse();

 private:
  node_index any_of();
  node_index all_of();
  node_index equality();
  node_index comparison();
  node_index special_comparison(node_index left, bool negated);
  node_index like(node_index left);
  node_index in(node_index left, bool negated);
  node_index between(node_index left, bool negated);
  node_index sum();
  node_index product();
  node_index unary();
  node_index primary();
  node_index literal();
  node_index number(selector_word word);
  node_index variable();

  node_index add(selector_node node);
  node_index add_constant(selector_operand value, bool boolean);
  node_index chain(selector_op op, node_index left, node_index right);
  node_index equal(node_index left, node_index right, std::size_t offset);
  node_index ordered(selector_op op, node_index left, node_index right, std::size_t offset);
  node_index as_boolean(node_index node, std::size_t offset);
  void must_have_order(node_index node, std::size_t offset) const;
  const selector_operand* constant_of(node_index node) const;

  void advance();
  bool is_symbol(std::string_view symbol) const;
  bool take(selector_token kind);
  bool take(std::string_view symbol);
  void expect(std::string_view symbol);
  void expect(selector_token kind, std::string_view what);
  std::string expect_text();
  [[noreturn]] void fail(std::string message) const { fail(std::move(message), word_.offset); }
  [[noreturn]] static void fail(std::string message, std::size_t offset);

  selector_program& program_;
  selector_lexer lexer_;
  selector_word word_;  // the one to be read next
  std::size_t nesting_ = 0;
};

}  // namespace mockbroker
