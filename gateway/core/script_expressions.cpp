// Operators, loosest first.
#include "gateway/core/regex.hpp"
#include "gateway/core/script_parser.hpp"
#include "gateway/core/text.hpp"

namespace gateway::script_code {

void compiler::unexpected() const {
  const std::string_view wanted = script_ ? "an operator or a new line" : "an operator";
  switch (current_.kind) {
    case token_kind::end:
      fail(script_ ? "the script ends too early" : "the expression ends too early");
    case token_kind::name:
      fail("unexpected name '" + printable(current_.text, 40) + "'; " + std::string(wanted) +
           " is expected");
    case token_kind::number:
      fail("unexpected number; " + std::string(wanted) + " is expected");
    case token_kind::text:
    case token_kind::template_:
    case token_kind::pattern:
      fail("unexpected text; " + std::string(wanted) + " is expected");
    case token_kind::symbol:
      break;
  }
  if (current_.text == "=") fail("unexpected '='; did you mean '=='?");
  if (current_.text == "&") fail("unexpected '&'; did you mean '&&'?");
  if (current_.text == "|") fail("unexpected '|'; did you mean '||'?");
  if (spel() && (current_.text == "=~" || current_.text == "==~"))
    fail("'" + current_.text + "' is Groovy; SpEL has matches");
  for (const std::string_view s : {"->", "++", "--", "*.", "@"})
    if (current_.text == s) fail("'" + current_.text + "' is not supported here");
  fail("unexpected '" + current_.text + "'");
}

// The node of a single value; an error for whole things.
std::uint16_t compiler::value(const operand& o) {
  switch (o.is) {
    case kind::scalar:
      return o.node;
    case kind::headers:
      fail_at(o.offset, "this stands for all headers; name one, as in header['Upgrade']");
    case kind::message:
    case kind::built:
      fail_at(o.offset, "this stands for a whole message; name a part, as in request.method");
    case kind::nothing:
      fail_at(o.offset, "this has no value");
    default:
      fail_at(o.offset, "this stands for " + std::string(to_string(o.is)) + "; name a part of it");
  }
}

// Where only true or false matters, a message counts as true when it is there.
std::uint16_t compiler::truth(const operand& o) {
  if (o.is == kind::message) return read(o, op::present, o.offset).node;
  if (o.is == kind::headers) return read(o, op::present, o.offset).node;
  return value(o);
}

bool compiler::is_null(const operand& o) const {
  if (o.is != kind::scalar || o.node == none) return false;
  const node& n = out_.nodes[o.node];
  return n.code == op::constant && std::holds_alternative<std::monostate>(n.constant);
}

operand compiler::compare(op code, const operand& left, const operand& right) {
  // A whole message can be compared with null only.
  const bool whole_left = left.is == kind::message && is_null(right);
  const bool whole_right = right.is == kind::message && is_null(left);
  if (!whole_left && !whole_right) return make(code, left.offset, value(left), value(right));
  const operand there = read(whole_left ? left : right, op::present, left.offset);
  if (code == op::not_equal) return there;
  return make(op::logical_not, left.offset, there.node);
}

operand compiler::parse_choice() {
  const level guard(*this);
  operand condition = parse_or();
  if (take("?:")) return make(op::elvis, condition.offset, value(condition), value(parse_choice()));
  if (!take("?")) return condition;
  const std::uint16_t test = truth(condition);
  const std::uint16_t yes = value(parse_choice());
  expect(":");
  const std::uint16_t no = value(parse_choice());
  return make(op::choice, condition.offset, test, yes, no);
}

operand compiler::parse_or() {
  operand left = parse_and();
  while (take("||", "or")) {
    const std::uint16_t a = truth(left);
    left = make(op::logical_or, left.offset, a, truth(parse_and()));
  }
  return left;
}

operand compiler::parse_and() {
  operand left = parse_equality();
  while (take("&&", "and")) {
    const std::uint16_t a = truth(left);
    left = make(op::logical_and, left.offset, a, truth(parse_equality()));
  }
  return left;
}

operand compiler::parse_equality() {
  operand left = parse_order();
  while (true) {
    if (take("==", "eq"))
      left = compare(op::equal, left, parse_order());
    else if (take("!=", "ne"))
      left = compare(op::not_equal, left, parse_order());
    else if (!spel() && take("=~"))
      left = parse_match(op::find, left);
    else if (!spel() && take("==~"))
      left = parse_match(op::matches, left);
    else
      return left;
  }
}

operand compiler::parse_order() {
  operand left = parse_sum();
  const auto order = [&](op code) {
    const std::uint16_t a = value(left);
    return make(code, left.offset, a, value(parse_sum()));
  };
  if (take("<=", "le")) return order(op::less_equal);
  if (take(">=", "ge")) return order(op::greater_equal);
  if (take("<", "lt")) return order(op::less);
  if (take(">", "gt")) return order(op::greater);
  if (spel() && is_word("matches")) {
    advance();
    return parse_match(op::matches, left);
  }
  return left;
}

operand compiler::parse_match(op code, const operand& left) {
  if (!spel() && is_symbol("/")) current_ = lexer_.pattern_behind(current_);
  if (current_.kind != token_kind::text && current_.kind != token_kind::pattern)
    fail("a regular expression in quotes is expected here");
  const token pattern = current_;
  advance();
  return make_match(code, left, pattern.text, pattern.offset);
}

// Patterns are compiled once, hence written in place.
operand compiler::make_match(op code, const operand& of, const std::string& pattern,
                             std::size_t offset) {
  auto compiled = code == op::find ? compile_regex_somewhere(pattern) : compile_regex(pattern);
  if (!compiled.regex) fail_at(offset, "this " + compiled.error);
  operand made = make(code, of.offset, value(of));
  out_.nodes[made.node].pattern = std::make_shared<const std::regex>(std::move(*compiled.regex));
  return made;
}

operand compiler::parse_sum() {
  operand left = parse_product();
  while (true) {
    const bool plus = is_symbol("+");
    if (!take("+") && !take("-")) return left;
    const std::uint16_t a = value(left);
    left = make(plus ? op::add : op::subtract, left.offset, a, value(parse_product()));
  }
}

operand compiler::parse_product() {
  operand left = parse_unary();
  while (true) {
    op code = op::multiply;
    if (take("/", "div"))
      code = op::divide;
    else if (take("%", "mod"))
      code = op::remainder;
    else if (!take("*"))
      return left;
    const std::uint16_t a = value(left);
    left = make(code, left.offset, a, value(parse_unary()));
  }
}

operand compiler::parse_unary() {
  const level guard(*this);
  const std::size_t offset = current_.offset;
  if (take("!", "not")) return make(op::logical_not, offset, truth(parse_unary()));
  if (take("-")) return make(op::negate, offset, value(parse_unary()));
  return parse_chain();
}

}  // namespace gateway::script_code
