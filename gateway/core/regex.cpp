#include "gateway/core/regex.hpp"

#include <algorithm>

namespace gateway {

namespace {

constexpr std::size_t max_pattern = 512;
constexpr std::size_t max_groups = 32;
// A repeat count multiplies states, nested ones exponentially.
constexpr std::size_t max_count_digits = 2;

// True when some {n} or {n,m}, or the number behind a backslash, has more than two digits: the
// library computes longer ones into an int.
bool has_large_count(std::string_view pattern) {
  std::size_t digits = 0;
  bool inside = false;
  bool escaped = false;  // a backslash and perhaps digits came right before
  for (const char c : pattern) {
    const bool is_digit = c >= '0' && c <= '9';
    if (c == '{') inside = true;
    if (c == '}') inside = false;
    digits = (inside || escaped) && is_digit ? digits + 1 : 0;
    if (digits > max_count_digits) return true;
    escaped = c == '\\' || (escaped && is_digit);
  }
  return false;
}

}  // namespace

namespace {

compiled_regex compile(std::string_view pattern, letter_case letters) {
  try {
    // libstdc++'s default executor recurses once per character and backtracks without bound; this
    // flag selects its breadth-first one.
    auto how = std::regex::ECMAScript | std::regex_constants::__polynomial;
    if (letters == letter_case::ignored) how |= std::regex::icase;
    return {std::regex(pattern.begin(), pattern.end(), how), {}};
  } catch (const std::regex_error& e) {
    if (!pattern.empty() && std::string_view("*+?").find(pattern[0]) != std::string_view::npos)
      return {std::nullopt, std::string("is not a regular expression: nothing stands before '") +
                                pattern[0] + "' that could repeat; '.*' is any text"};
    return {std::nullopt, std::string("is not a regular expression: ") + e.what()};
  }
}

}  // namespace

compiled_regex compile_regex(std::string_view pattern, letter_case letters) {
  if (pattern.size() > max_pattern)
    return {std::nullopt, "is longer than " + std::to_string(max_pattern) + " characters"};
  // The library compiles groups recursively.
  if (static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '(')) > max_groups)
    return {std::nullopt, "has more than " + std::to_string(max_groups) + " groups"};
  if (has_large_count(pattern) || std::count(pattern.begin(), pattern.end(), '{') > 4)
    return {std::nullopt, "has too many or too large repeat counts"};
  return compile(pattern, letters);
}

compiled_regex compile_regex_somewhere(std::string_view pattern) {
  auto alone = compile_regex(pattern);
  if (!alone.regex) return alone;
  return compile("[\\s\\S]*(?:" + std::string(pattern) + ")[\\s\\S]*", letter_case::counts);
}

compiled_regex compile_regex_between(std::string_view pattern) {
  auto alone = compile_regex(pattern);
  if (!alone.regex) return alone;
  return compile("([\\s\\S]*?)(" + std::string(pattern) + ")([\\s\\S]*)", letter_case::counts);
}

}  // namespace gateway
