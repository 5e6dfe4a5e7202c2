#include "ws/handshake.hpp"

#include <algorithm>

namespace ws {
namespace {

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

std::vector<std::string_view> split_tokens(std::string_view list) {
  std::vector<std::string_view> tokens;
  while (true) {
    const std::size_t comma = list.find(',');
    if (const auto token = trim(list.substr(0, comma)); !token.empty()) tokens.push_back(token);
    if (comma == std::string_view::npos) return tokens;
    list.remove_prefix(comma + 1);
  }
}

bool has_token(std::string_view list, std::string_view token) noexcept {
  while (true) {
    const std::size_t comma = list.find(',');
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

bool is_valid_key(std::string_view key) noexcept {
  // 16 octets are 22 characters and "=="; the last character carries only two bits.
  return key.size() == 24 && key.ends_with("==") &&
         std::all_of(key.begin(), key.begin() + 22, is_base64) &&
         std::string_view("AQgw").find(key[21]) != std::string_view::npos;
}

std::optional<std::string_view> choose_subprotocol(const std::vector<std::string_view>& offered,
                                                   const std::vector<std::string_view>& supported) {
  for (std::string_view candidate : supported) {
    if (is_offered(offered, candidate)) return candidate;
  }
  return std::nullopt;
}

bool is_offered(const std::vector<std::string_view>& offered, std::string_view answer) {
  return std::ranges::any_of(offered, [answer](std::string_view list) {
    const auto tokens = split_tokens(list);
    return std::ranges::find(tokens, answer) != tokens.end();
  });
}

}  // namespace ws
