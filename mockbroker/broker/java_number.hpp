// Numbers as Java reads and writes them: for selectors and for bodies of map messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mockbroker {

// An integer literal that fits no 64 bits. It takes part in arithmetic with its low bits, and
// compares only with its own kind.
struct big_number {
  std::string_view digits;  // decimal, without leading zeros
  bool negative = false;

  // The value modulo 2^64.
  std::int64_t low_bits() const noexcept;
  double nearest() const noexcept;
};
// <0, 0 or >0.
int compare(const big_number& a, const big_number& b) noexcept;
// -1, 0 or 1. Total: NaN equals itself and is above all; -0.0 is below 0.0.
int compare(double a, double b) noexcept;

// Blanks around, sign, decimal or hexadecimal digits with an exponent, a suffix f or d, NaN,
// Infinity. Too large is infinite, too small is zero.
std::optional<double> parse_double(std::string_view text);

// Double.toString and Float.toString: 1.5, 100.0, 1.0E10, NaN.
std::string to_java_text(double value);
std::string to_java_text(float value);

}  // namespace mockbroker
