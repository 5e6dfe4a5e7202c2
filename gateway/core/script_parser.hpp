// The parser behind script_compiler.hpp: recursive descent with a level counter. Its parts are
// in script_expressions.cpp (operators), script_chains.cpp (names, members, calls) and
// script_statements.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/script_code.hpp"
#include "gateway/core/script_lexer.hpp"
#include "gateway/core/script_members.hpp"

namespace gateway::script_code {

inline constexpr std::size_t max_levels = 64;
inline constexpr std::size_t max_nodes = 2048;
inline constexpr std::size_t max_variables = 64;

// A part of an expression: what it is, and the node that gives its value where there is one.
struct operand {
  kind is = kind::scalar;
  subject of = subject::current;
  std::uint16_t node = none;
  std::size_t offset = 0;
};

// Something that can be assigned to.
struct place {
  op write = op::constant;  // constant: nothing that can
  subject of = subject::current;
  std::uint16_t base = none;  // the built message
  std::uint16_t key = none;
  std::uint16_t slot = 0;
  bool message = false;  // takes a built message instead of a value
};

class compiler {
 public:
  compiler(std::string_view text, dialect language, bool script)
      : text_(text), lexer_(text, 0, text.size(), language), script_(script) {
    out_.language = language;
    advance();
  }

  program expression() {
    if (current_.kind == token_kind::end) fail("an expression is expected here");
    out_.root = value(parse_choice());
    if (current_.kind != token_kind::end) unexpected();
    return std::move(out_);
  }

  program script() {
    node all{.code = op::block};
    while (current_.kind != token_kind::end) parse_statement(all.list);
    out_.root = add(std::move(all));
    answer_with_last(out_.root);
    return std::move(out_);
  }

 private:
  // Counts nesting for the time it lives.
  struct level {
    explicit level(compiler& c) : owner(c) {
      if (++owner.levels_ > max_levels)
        owner.fail("the expression is nested more than " + std::to_string(max_levels) + " levels");
    }
    level(const level&) = delete;
    level& operator=(const level&) = delete;
    ~level() { --owner.levels_; }
    compiler& owner;
  };
  struct variable {
    kind is = kind::scalar;
    subject of = subject::current;
    std::uint16_t slot = 0;
  };

  [[noreturn]] static void fail_at(std::size_t offset, std::string message) {
    throw expression_error{offset, std::move(message)};
  }
  [[noreturn]] void fail(std::string message) const {
    fail_at(current_.offset, std::move(message));
  }
  [[noreturn]] void unexpected() const;

  void advance() { current_ = lexer_.next(); }
  bool spel() const { return out_.language == dialect::spel; }
  bool is_symbol(std::string_view s) const {
    return current_.kind == token_kind::symbol && current_.text == s;
  }
  bool is_word(std::string_view s) const {
    return current_.kind == token_kind::name && current_.text == s;
  }
  // Whether the operator here belongs to the statement that was begun lines ago.
  bool goes_on() const {
    return !script_ || parentheses_ > 0 || !current_.line_before ||
           !(is_symbol("+") || is_symbol("-") || is_symbol("("));
  }
  bool take(std::string_view symbol, std::string_view spel_word = {}) {
    const bool word = !spel_word.empty() && spel() && is_word(spel_word);
    if (!word && !(is_symbol(symbol) && goes_on())) return false;
    advance();
    return true;
  }
  void expect(std::string_view symbol) {
    if (is_symbol(symbol)) return advance();
    if (current_.kind == token_kind::end)
      fail("the expression ends too early; '" + std::string(symbol) + "' is expected");
    unexpected();
  }

  // A new node at the end of the program; the place is that of the current token.
  node& append() {
    if (out_.nodes.size() == max_nodes)
      fail("there are more than " + std::to_string(max_nodes) + " parts");
    out_.nodes.emplace_back().offset = static_cast<std::uint32_t>(current_.offset);
    return out_.nodes.back();
  }
  std::uint16_t last() const { return static_cast<std::uint16_t>(out_.nodes.size() - 1); }
  std::uint16_t add(node&& n) {
    node& added = append();
    if (n.offset == no_offset) n.offset = added.offset;
    added = std::move(n);
    return last();
  }
  std::uint16_t constant(script_code::value v) {
    return add({.code = op::constant, .constant = std::move(v)});
  }
  operand make(op code, std::size_t offset, std::uint16_t a = none, std::uint16_t b = none,
               std::uint16_t c = none) {
    node& n = append();
    n.code = code;
    n.a = a;
    n.b = b;
    n.c = c;
    n.offset = static_cast<std::uint32_t>(offset);
    return {kind::scalar, subject::current, last(), offset};
  }

  std::uint16_t value(const operand& o);
  std::uint16_t truth(const operand& o);
  bool is_null(const operand& o) const;
  operand compare(op code, const operand& left, const operand& right);

  // Expressions, loosest first.
  operand parse_choice();
  operand parse_or();
  operand parse_and();
  operand parse_equality();
  operand parse_order();
  operand parse_sum();
  operand parse_product();
  operand parse_unary();
  operand parse_chain();
  operand parse_primary();
  operand parse_template(const token& t);
  operand parse_match(op code, const operand& left);
  operand make_match(op code, const operand& of, const std::string& pattern, std::size_t offset);
  operand parse_new(const token& t);
  operand root(const token& t);
  operand parse_function(const token& t);
  operand parse_index(const operand& o);
  operand parse_member(const operand& o);
  operand parse_call(const operand& o, const token& t);
  operand call_method(const operand& o, const token& t, std::vector<operand> arguments);
  operand call_matches(const operand& o, const operand& pattern);
  operand call_destinations(const operand& o, const token& t,
                            const std::vector<operand>& arguments);
  operand call_response_class(const operand& o, const token& t,
                              const std::vector<operand>& arguments);
  operand call_builder(const operand& o, const token& t, const std::vector<operand>& arguments);
  std::optional<operand> call_getter(const operand& o, const token& t);
  std::optional<operand> call_setter(const operand& o, const token& t,
                                     const std::vector<operand>& arguments);
  operand member(const operand& o, const token& t);
  std::optional<operand> find_member(const operand& o, const token& t, std::string_view name);
  operand keyed(const operand& o, std::uint16_t key, std::size_t offset);
  operand read(const operand& o, op code, std::size_t offset);
  std::uint16_t key_constant(std::string_view name) { return constant(std::string(name)); }
  std::vector<operand> parse_arguments();
  void note_body(subject of, std::size_t offset);
  [[noreturn]] void no_method(const operand& o, const token& t, std::size_t arguments,
                              bool known) const;
  [[noreturn]] void no_member(const operand& o, const token& t, bool method) const;
  void needs_script(std::size_t offset) const;

  // Statements.
  void parse_statement(std::vector<std::uint16_t>& list);
  void parse_return(std::vector<std::uint16_t>& list);
  bool begins_variable();
  void parse_if(std::vector<std::uint16_t>& list);
  std::uint16_t parse_body();
  void parse_declaration(std::vector<std::uint16_t>& list);
  void declare(const token& name, const operand* first, std::vector<std::uint16_t>& list);
  void parse_assignment(const operand& target, std::vector<std::uint16_t>& list);
  void end_statement();
  std::uint16_t assign(const place& to, const operand& from, std::size_t offset);
  void answer_with_last(std::uint16_t index);
  std::uint16_t give(std::uint16_t result, bool is_outcome, std::size_t offset);

  std::string_view text_;
  lexer lexer_;
  token current_;
  bool script_;
  program out_;
  std::size_t levels_ = 0;
  std::size_t parentheses_ = 0;
  place last_place_;  // of the chain that was parsed last
  std::map<std::string, variable, std::less<>> variables_;
  std::map<std::uint16_t, bool> bare_;  // statements that only give a value: whether an outcome
};

// Words of Groovy that are not part of the language here.
bool is_refused_word(std::string_view word) noexcept;

}  // namespace gateway::script_code
