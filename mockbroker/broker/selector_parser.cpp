#include "mockbroker/broker/selector_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace mockbroker {
namespace {

using enum selector_op;
using enum selector_token;

}  // namespace

selector_parser::selector_parser(selector_program& program)
    : program_(program), lexer_(program.text) {
  advance();
}

void selector_parser::parse() {
  const node_index root = any_of();
  if (word_.kind != end) fail("unexpected '" + std::string(word_.image) + "'");
  program_.root = as_boolean(root, 0);
}

node_index selector_parser::any_of() {
  const std::size_t offset = word_.offset;
  node_index left = all_of();
  while (take(word_or)) {
    const std::size_t right_offset = word_.offset;
    const node_index right = all_of();
    left = chain(any, as_boolean(left, offset), as_boolean(right, right_offset));
  }
  return left;
}

node_index selector_parser::all_of() {
  const std::size_t offset = word_.offset;
  node_index left = equality();
  while (take(word_and)) {
    const std::size_t right_offset = word_.offset;
    const node_index right = equality();
    left = chain(all, as_boolean(left, offset), as_boolean(right, right_offset));
  }
  return left;
}

node_index selector_parser::equality() {
  node_index left = comparison();
  for (;;) {
    const std::size_t offset = word_.offset;
    if (take("=")) {
      left = equal(left, comparison(), offset);
    } else if (take("<>")) {
      left = add({.op = logical_not, .boolean = true, .a = equal(left, comparison(), offset)});
    } else if (take(word_is)) {
      const bool negated = take(word_not);
      expect(word_null, "NULL");
      const node_index null = add_constant({}, true);
      left = add({.op = selector_op::equal, .boolean = true, .a = left, .b = null});
      if (negated) left = add({.op = logical_not, .boolean = true, .a = left});
    } else {
      return left;
    }
  }
}

node_index selector_parser::comparison() {
  constexpr std::array<std::pair<std::string_view, selector_op>, 4> orders = {
      {{">", greater}, {">=", greater_equal}, {"<", less}, {"<=", less_equal}}};
  node_index left = sum();
  for (;;) {
    const std::size_t offset = word_.offset;
    const auto* found =
        std::ranges::find_if(orders, [this](const auto& o) { return is_symbol(o.first); });
    if (found != orders.end()) {
      advance();
      left = ordered(found->second, left, sum(), offset);
    } else if (word_.kind == word_not) {
      advance();
      left = special_comparison(left, true);
    } else if (word_.kind == word_like || word_.kind == word_in || word_.kind == word_between) {
      left = special_comparison(left, false);
    } else {
      return left;
    }
  }
}

node_index selector_parser::special_comparison(node_index left, bool negated) {
  if (take(word_in)) return in(left, negated);
  if (take(word_between)) return between(left, negated);
  expect(word_like, "LIKE, IN or BETWEEN");
  left = like(left);
  return negated ? add({.op = logical_not, .boolean = true, .a = left}) : left;
}

node_index selector_parser::like(node_index left) {
  const std::string pattern = expect_text();
  std::string escape;
  if (take(word_escape)) {
    const std::size_t offset = word_.offset;
    escape = expect_text();
    if (!is_one_char(escape)) fail("ESCAPE needs one character", offset);
  }
  program_.patterns.emplace_back(pattern, escape);
  return add({.op = selector_op::like,
              .boolean = true,
              .a = left,
              .b = static_cast<node_index>(program_.patterns.size() - 1)});
}

node_index selector_parser::in(node_index left, bool negated) {
  if (program_.nodes[left].op != property) fail("only a property can be IN a list");
  std::vector<std::string> list;
  expect("(");
  do {
    list.push_back(expect_text());
  } while (take(","));
  expect(")");
  std::ranges::sort(list);
  program_.lists.push_back(std::move(list));
  return add({.op = negated ? not_in : selector_op::in,
              .boolean = true,
              .a = left,
              .b = static_cast<node_index>(program_.lists.size() - 1)});
}

node_index selector_parser::between(node_index left, bool negated) {
  const std::size_t offset = word_.offset;
  const node_index low = sum();
  expect(word_and, "AND");
  const node_index high = sum();
  for (node_index n : {left, low, high}) must_have_order(n, offset);
  return add({.op = negated ? outside : selector_op::between,
              .boolean = true,
              .a = left,
              .b = low,
              .c = high});
}

node_index selector_parser::sum() {
  node_index left = product();
  for (;;) {
    if (take("+")) {
      left = add({.op = selector_op::add, .a = left, .b = product()});
    } else if (take("-")) {
      left = add({.op = subtract, .a = left, .b = product()});
    } else {
      return left;
    }
  }
}

node_index selector_parser::product() {
  node_index left = unary();
  for (;;) {
    if (take("*")) {
      left = add({.op = multiply, .a = left, .b = unary()});
    } else if (take("/")) {
      left = add({.op = divide, .a = left, .b = unary()});
    } else if (take("%")) {
      left = add({.op = selector_op::remainder, .a = left, .b = unary()});
    } else {
      return left;
    }
  }
}

node_index selector_parser::unary() {
  if (++nesting_ > selector::deepest) fail("nested too deep");
  node_index result = no_node;
  if (take("+")) {
    result = unary();
  } else if (take("-")) {
    result = add({.op = negate, .a = unary()});
  } else if (take(word_not)) {
    const std::size_t offset = word_.offset;
    const node_index operand = as_boolean(unary(), offset);
    result = add({.op = logical_not, .boolean = true, .a = operand});
  } else if (word_.kind == word_xpath) {
    fail("XPATH is not supported: it needs an XML library");
  } else if (take(word_xquery)) {
    expect_text();
    // The broker has no XQuery either.
    result = add({.op = nothing, .boolean = true});
  } else {
    result = primary();
  }
  --nesting_;
  return result;
}

node_index selector_parser::primary() {
  if (take("(")) {
    const node_index inner = any_of();
    expect(")");
    return inner;
  }
  return word_.kind == name ? variable() : literal();
}

node_index selector_parser::variable() {
  const selector_word word = word_;
  advance();
  if (is_symbol("("))
    fail("there is no function '" + std::string(word.image) + "' here", word.offset);
  program_.names.push_back(word.image);
  return add({.op = property, .a = static_cast<node_index>(program_.names.size() - 1)});
}

node_index selector_parser::literal() {
  const selector_word word = word_;
  advance();
  switch (word.kind) {
    case selector_token::text:
      program_.strings.push_front(unquote(word.image));
      return add_constant(std::string_view(program_.strings.front()), false);
    case decimal:
    case hex:
    case octal:
    case real:
      return number(word);
    case word_true:
      return add_constant(true, true);
    case word_false:
      return add_constant(false, true);
    case word_null:
      return add_constant({}, true);
    case end:
      fail("the selector ends too early", word.offset);
    default:
      fail("unexpected '" + std::string(word.image) + "'", word.offset);
  }
}

node_index selector_parser::number(selector_word word) {
  if (word.kind == real) return add_constant(*parse_double(word.image), false);
  std::string_view digits = word.image;
  if (word.kind == hex) digits.remove_prefix(2);
  if (word.kind == decimal && !(digits.back() >= '0' && digits.back() <= '9'))
    digits.remove_suffix(1);
  const int base = word.kind == hex ? 16 : word.kind == octal ? 8 : 10;
  std::int64_t value = 0;
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  const bool is_big = error == std::errc::result_out_of_range;
  const big_number big{digits};
  if (is_big && base != 10) fail("the number is too large", word.offset);
  if (is_big) value = big.low_bits();
  // Small ones are 32 bits wide. That is said of the low bits of a big one as well.
  if (value >= std::numeric_limits<std::int32_t>::min() &&
      value <= std::numeric_limits<std::int32_t>::max())
    return add_constant(static_cast<std::int32_t>(value), false);
  if (is_big) return add_constant(big, false);
  return add_constant(value, false);
}

}  // namespace mockbroker
