// How the values of a selector compare and what arithmetic makes of them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "mockbroker/broker/selector_evaluator.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

template <class T>
constexpr bool is_number = std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
                           std::is_same_v<T, double> || std::is_same_v<T, big_number>;

// Java's equalsIgnoreCase("true").
bool reads_true(std::string_view text) noexcept {
  return std::ranges::equal(text, std::string_view("true"), {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

// The order of UTF-16 units, which is that of octets but for characters beyond U+FFFF.
int compare_texts(std::string_view a, std::string_view b) noexcept {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (x == a.end() || y == b.end()) return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  if (left >= 0xF0 && (right == 0xEE || right == 0xEF)) return -1;
  if (right >= 0xF0 && (left == 0xEE || left == 0xEF)) return 1;
  return left < right ? -1 : 1;
}

template <class T>
int compare_numbers(T a, T b) noexcept {
  return a < b ? -1 : a > b ? 1 : 0;
}

template <class T>
std::optional<T> parse_as(std::string_view text) {
  if constexpr (std::is_same_v<T, std::int32_t>) return stomp::parse_int32(text);
  if constexpr (std::is_same_v<T, std::int64_t>) return stomp::parse_int64(text);
  if constexpr (std::is_same_v<T, double>) return parse_double(text);
}

double as_double(const selector_operand& v) noexcept {
  return std::visit(
      [](const auto& n) -> double {
        using T = std::decay_t<decltype(n)>;
        if constexpr (std::is_same_v<T, big_number>) {
          return n.nearest();
        } else if constexpr (is_number<T>) {
          return static_cast<double>(n);
        } else {
          return 0;
        }
      },
      v);
}

std::uint64_t as_bits(const selector_operand& v) noexcept {
  return std::visit(
      [](const auto& n) -> std::uint64_t {
        using T = std::decay_t<decltype(n)>;
        if constexpr (std::is_same_v<T, big_number>) {
          return static_cast<std::uint64_t>(n.low_bits());
        } else if constexpr (std::is_integral_v<T> && is_number<T>) {
          return static_cast<std::uint64_t>(std::int64_t{n});
        } else {
          return 0;
        }
      },
      v);
}

bool is_numeric(const selector_operand& v) noexcept {
  return std::visit([](const auto& n) { return is_number<std::decay_t<decltype(n)>>; }, v);
}

// How values of two types compare; the same type first.
struct comparison {
  bool convert;
  bool& failed;
  using result = std::optional<int>;

  result operator()(std::monostate, std::monostate) const { return 0; }
  result operator()(bool a, bool b) const { return compare_numbers<int>(a, b); }
  result operator()(std::string_view a, std::string_view b) const { return compare_texts(a, b); }
  result operator()(const big_number& a, const big_number& b) const { return compare(a, b); }
  result operator()(std::string_view a, bool b) const {
    if (!convert) return std::nullopt;
    return compare_numbers<int>(reads_true(a), b);
  }
  result operator()(bool, std::string_view) const {
    failed = failed || convert;  // the broker casts the wrong one
    return std::nullopt;
  }
  template <class A, class B>
  result operator()(const A& a, const B& b) const {
    constexpr bool plain = !std::is_same_v<A, big_number> && !std::is_same_v<B, big_number>;
    if constexpr (plain && is_number<A> && is_number<B>) {
      using common = std::common_type_t<A, B>;
      if constexpr (std::is_same_v<common, double>)
        return compare(static_cast<double>(a), static_cast<double>(b));
      else
        return compare_numbers<common>(a, b);
    } else if constexpr (plain && is_number<A> && std::is_same_v<B, std::string_view>) {
      const auto converted = convert ? parse_as<A>(b) : std::nullopt;
      return converted ? (*this)(a, *converted) : std::nullopt;
    } else if constexpr (plain && is_number<B> && std::is_same_v<A, std::string_view>) {
      const auto converted = convert ? parse_as<B>(a) : std::nullopt;
      return converted ? (*this)(*converted, b) : std::nullopt;
    } else {
      return std::nullopt;
    }
  }
};

// Java's integers wrap.
std::uint64_t whole_result(selector_op op, std::uint64_t left, std::uint64_t right) noexcept {
  if (op == selector_op::add) return left + right;
  return op == selector_op::subtract ? left - right : left * right;
}

double real_result(selector_op op, double left, double right) noexcept {
  switch (op) {
    case selector_op::add:
      return left + right;
    case selector_op::subtract:
      return left - right;
    case selector_op::multiply:
      return left * right;
    case selector_op::divide:
      return left / right;
    default:
      return std::fmod(left, right);
  }
}

selector_operand calculate(selector_op op, const selector_operand& l, const selector_operand& r) {
  const bool real = std::holds_alternative<double>(l) || std::holds_alternative<double>(r) ||
                    op == selector_op::divide || op == selector_op::remainder;
  if (real) return real_result(op, as_double(l), as_double(r));
  const std::uint64_t bits = whole_result(op, as_bits(l), as_bits(r));
  if (std::holds_alternative<std::int64_t>(l) || std::holds_alternative<std::int64_t>(r))
    return static_cast<std::int64_t>(bits);
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
}

std::string text_of(const selector_operand& v) {
  return std::visit(
      [](const auto& x) -> std::string {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, std::monostate>) return "null";
        if constexpr (std::is_same_v<T, bool>) return x ? "true" : "false";
        if constexpr (std::is_same_v<T, double>) return to_java_text(x);
        if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>)
          return std::to_string(x);
        if constexpr (std::is_same_v<T, big_number>)
          return (x.negative ? "-" : "") + std::string(x.digits);
        if constexpr (std::is_same_v<T, std::string_view>) return std::string(x);
      },
      v);
}

}  // namespace

std::optional<int> selector_evaluator::order_of(const selector_operand& left,
                                                const selector_operand& right) {
  return std::visit(comparison{program_.convert_strings, failed_}, left, right);
}

selector_operand selector_evaluator::negate(node_index node) {
  const selector_operand v = value_of(node, false);
  if (const auto* d = std::get_if<double>(&v)) return -*d;
  if (std::holds_alternative<std::int32_t>(v))
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(0 - as_bits(v)));
  if (std::holds_alternative<std::int64_t>(v)) return static_cast<std::int64_t>(0 - as_bits(v));
  if (const auto* big = std::get_if<big_number>(&v)) {
    // The one number that 64 bits can hold only with its sign.
    if (!big->negative && big->digits == "9223372036854775808")
      return std::numeric_limits<std::int64_t>::min();
    return big_number{big->digits, !big->negative};
  }
  return {};
}

selector_operand selector_evaluator::arithmetic(const selector_node& n) {
  const selector_operand left = value_of(n.a, false);
  if (failed_ || std::holds_alternative<std::monostate>(left)) return {};
  const selector_operand right = value_of(n.b, false);
  if (failed_ || std::holds_alternative<std::monostate>(right)) return {};
  const auto* text = std::get_if<std::string_view>(&left);
  if (text && n.op == selector_op::add) return glue(*text, right);
  if (!is_numeric(left) || !is_numeric(right)) return fail();
  return calculate(n.op, left, right);
}

selector_operand selector_evaluator::glue(std::string_view left, const selector_operand& right) {
  std::string whole(left);
  whole += text_of(right);
  glued_size_ += whole.size();
  if (glued_size_ > selector::longest_glued) return fail();
  return std::string_view(glued_.emplace_front(std::move(whole)));
}

}  // namespace mockbroker
