#include "mockbroker/broker/selector_lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mockbroker {
namespace {

using enum selector_token;

constexpr std::array<std::pair<std::string_view, selector_token>, 13> keywords = {{
    {"NOT", word_not},
    {"AND", word_and},
    {"OR", word_or},
    {"BETWEEN", word_between},
    {"LIKE", word_like},
    {"ESCAPE", word_escape},
    {"IN", word_in},
    {"IS", word_is},
    {"TRUE", word_true},
    {"FALSE", word_false},
    {"NULL", word_null},
    {"XPATH", word_xpath},
    {"XQUERY", word_xquery},
}};

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_octal_digit(char c) noexcept { return c >= '0' && c <= '7'; }
constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F');
}
constexpr bool starts_name(char c) noexcept {
  return (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || c == '$';
}
constexpr bool is_name_char(char c) noexcept { return starts_name(c) || is_digit(c); }

// How many characters from `from` on are of the kind.
template <class Kind>
std::size_t run(std::string_view text, std::size_t from, Kind is_kind) noexcept {
  std::size_t to = from;
  while (to < text.size() && is_kind(text[to])) ++to;
  return to - from;
}

// e+5
std::size_t exponent_size(std::string_view text, std::size_t from) noexcept {
  if (from >= text.size() || upper(text[from]) != 'E') return 0;
  std::size_t at = from + 1;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  const std::size_t digits = run(text, at, is_digit);
  return digits == 0 ? 0 : at + digits - from;
}

// 5.5 5. .5 5e3; 0 where none is.
std::size_t real_size(std::string_view text) noexcept {
  const std::size_t whole = run(text, 0, is_digit);
  std::size_t at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = run(text, at + 1, is_digit);
    if (whole + fraction == 0) return 0;
    at += 1 + fraction;
    return at + exponent_size(text, at);
  }
  const std::size_t exponent = exponent_size(text, at);
  return whole == 0 || exponent == 0 ? 0 : at + exponent;
}

selector_token keyword_or_name(std::string_view image) noexcept {
  const auto same = [image](const auto& entry) {
    return std::ranges::equal(image, entry.first, {}, upper);
  };
  const auto* found = std::ranges::find_if(keywords, same);
  return found == keywords.end() ? name : found->second;
}

}  // namespace

selector_word selector_lexer::take(selector_token kind, std::size_t size) noexcept {
  selector_word word{kind, text_.substr(at_, size), at_};
  at_ += size;
  return word;
}

bool selector_lexer::skip_comment() noexcept {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("--")) {
    const std::size_t end = rest.find_first_of("\r\n");
    if (end == rest.npos) return false;
    at_ += end + 1;
    return true;
  }
  if (rest.starts_with("/*")) {
    const std::size_t end = rest.find("*/", 2);
    if (end == rest.npos) return false;
    at_ += end + 2;
    return true;
  }
  return false;
}

selector_word selector_lexer::number() noexcept {
  const std::string_view rest = text_.substr(at_);
  selector_token kind = decimal;
  std::size_t size = 0;
  if (rest.size() > 2 && rest[0] == '0' && upper(rest[1]) == 'X' && is_hex_digit(rest[2])) {
    kind = hex;
    size = 2 + run(rest, 2, is_hex_digit);
  } else if (rest[0] == '0') {
    kind = octal;
    size = run(rest, 0, is_octal_digit);
  } else {
    size = run(rest, 0, is_digit);
    if (size > 0 && size < rest.size() && upper(rest[size]) == 'L') ++size;
  }
  const std::size_t as_real = real_size(rest);
  if (as_real > size) return take(real, as_real);
  return size == 0 ? take(bad, 1) : take(kind, size);
}

selector_word selector_lexer::quoted() noexcept {
  std::size_t end = at_ + 1;
  for (;;) {
    end = text_.find('\'', end);
    if (end == text_.npos) return take(bad, 1);
    if (end + 1 == text_.size() || text_[end + 1] != '\'') break;
    end += 2;
  }
  return take(selector_token::text, end + 1 - at_);
}

selector_word selector_lexer::next() noexcept {
  do {
    at_ = std::min(text_.find_first_not_of(" \t\n\r\f", at_), text_.size());
  } while (skip_comment());
  if (at_ == text_.size()) return take(end, 0);
  const char c = text_[at_];
  if (starts_name(c)) {
    const std::size_t size = run(text_, at_, is_name_char);
    return take(keyword_or_name(text_.substr(at_, size)), size);
  }
  if (is_digit(c) || c == '.') return number();
  if (c == '\'') return quoted();
  const std::string_view two = text_.substr(at_, 2);
  if (two == "<>" || two == "<=" || two == ">=") return take(symbol, 2);
  return take(std::string_view("=<>(),+-*/%").find(c) == std::string_view::npos ? bad : symbol, 1);
}

std::string unquote(std::string_view image) {
  std::string result;
  for (std::size_t i = 1; i + 1 < image.size(); ++i) {
    if (image[i] == '\'') ++i;
    result += image[i];
  }
  return result;
}

}  // namespace mockbroker
