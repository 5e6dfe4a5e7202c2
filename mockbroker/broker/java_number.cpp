#include "mockbroker/broker/java_number.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

struct number_shape {
  std::size_t digits = 0;    // of the mantissa
  std::size_t exponent = 0;  // digits of it
  bool marked = false;       // has an exponent mark
  bool whole = false;        // the text has nothing else
};

template <class IsDigit>
number_shape shape_of(std::string_view text, IsDigit is_mantissa, char mark) noexcept {
  number_shape s;
  std::size_t at = 0;
  const auto digits = [&](auto wanted) {
    const std::size_t from = at;
    while (at < text.size() && wanted(text[at])) ++at;
    return at - from;
  };
  s.digits = digits(is_mantissa);
  if (at < text.size() && text[at] == '.') {
    ++at;
    s.digits += digits(is_mantissa);
  }
  if (at < text.size() && (text[at] | 0x20) == mark) {
    s.marked = true;
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    s.exponent = digits(is_digit);
  }
  s.whole = at == text.size();
  return s;
}

// std::from_chars says only that a number is out of range, not on which side.
bool is_huge(std::string_view text, char mark) noexcept {
  const std::size_t at = text.find_first_of(mark == 'e' ? "eE" : "pP");
  if (at == text.npos) return text.find_first_not_of("0.") < text.find('.');
  return at + 1 >= text.size() || text[at + 1] != '-';
}

std::optional<double> read(std::string_view text, std::chars_format format, char mark) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, format);
  if (error == std::errc::result_out_of_range)
    return is_huge(text, mark) ? std::numeric_limits<double>::infinity() : 0.0;
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> read_unsigned(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text.empty()) return std::nullopt;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const char last = static_cast<char>(text.back() | 0x20);
  // In hexadecimal an exponent is a must, so that f and d at the end are suffixes there as well.
  if (last == 'f' || last == 'd') text.remove_suffix(1);
  if (hex) {
    text.remove_prefix(2);
    const auto s = shape_of(text, is_hex_digit, 'p');
    if (!s.whole || s.digits == 0 || !s.marked || s.exponent == 0) return std::nullopt;
    return read(text, std::chars_format::hex, 'p');
  }
  const auto s = shape_of(text, is_digit, 'e');
  if (!s.whole || s.digits == 0 || (s.marked && s.exponent == 0)) return std::nullopt;
  return read(text, std::chars_format::general, 'e');
}

}  // namespace

std::int64_t big_number::low_bits() const noexcept {
  std::uint64_t value = 0;
  for (char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

double big_number::nearest() const noexcept {
  double value = std::numeric_limits<double>::infinity();
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return negative ? -value : value;
}

int compare(const big_number& a, const big_number& b) noexcept {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  int order = 0;
  if (a.digits.size() != b.digits.size()) {
    order = a.digits.size() < b.digits.size() ? -1 : 1;
  } else {
    order = a.digits.compare(b.digits);
  }
  return a.negative ? -order : order;
}

int compare(double a, double b) noexcept {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return static_cast<int>(std::signbit(b)) - static_cast<int>(std::signbit(a));
  return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
}

std::optional<double> parse_double(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = read_unsigned(text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

namespace {

template <class Real>
std::string real_text(Real value) {
  if (std::isnan(value)) return "NaN";
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "Infinity";
  if (value == 0) return sign + "0.0";
  // d.ddde[+-]xx, the shortest that reads back the same.
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific)
          .ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t mark = text.find('e');
  std::string digits(1, text[0]);
  if (mark > 2) digits.append(text.substr(2, mark - 2));
  const int exponent = stomp::parse_int32(text.substr(mark + 1)).value_or(0);
  if (exponent < -3 || exponent >= 7) {
    if (digits.size() == 1) digits += '0';
    digits.insert(1, 1, '.');
    return sign + digits + 'E' + std::to_string(exponent);
  }
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto point = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < point + 1) digits.append(point + 1 - digits.size(), '0');
  digits.insert(point, 1, '.');
  return sign + digits;
}

}  // namespace

std::string to_java_text(double value) { return real_text(value); }
std::string to_java_text(float value) { return real_text(value); }

}  // namespace mockbroker
