#include "gateway/core/text.hpp"

#include <algorithm>
#include <vector>

namespace gateway {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edit distance where a letter in the other case costs 1 and every other change 2; swapped
// neighbours count as one change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = 2 * i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = 2 * j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same_letter = lower(a[i - 1]) == lower(b[j - 1]);
      const std::size_t change = a[i - 1] == b[j - 1] ? 0U : (same_letter ? 1U : 2U);
      d[i][j] = std::min({d[i - 1][j] + 2, d[i][j - 1] + 2, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 2);
    }
  }
  return d[a.size()][b.size()];
}

void append_hex(std::string& out, unsigned char c) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\x";
  out += digits[c >> 4];
  out += digits[c & 15];
}

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xC2   ? 0U
                           : first < 0xE0 ? 2U
                           : first < 0xF0 ? 3U
                           : first < 0xF5 ? 4U
                                          : 0U;
  if (size == 0) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (!is_continuation(text, i)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  // Overlong forms, surrogates and values above U+10FFFF.
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return size;
}

std::string printable(std::string_view peer_text, std::size_t limit) {
  std::string out;
  std::size_t characters = 0;
  while (!peer_text.empty()) {
    if (characters++ == limit) return out + "...";
    const std::size_t size = utf8_sequence(peer_text);
    const auto c = static_cast<unsigned char>(peer_text[0]);
    // C1 controls (U+0080..U+009F) steer terminals as C0 do.
    const bool c1 = size == 2 && c == 0xC2 && static_cast<unsigned char>(peer_text[1]) < 0xA0;
    if (size == 0 || c < 0x20 || c == 0x7F || c1) {
      append_hex(out, c);
      peer_text.remove_prefix(1);
    } else {
      out += peer_text.substr(0, size);
      peer_text.remove_prefix(size);
    }
  }
  return out;
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  // Nobody misspells that much, and the table grows with the square.
  if (name.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::min<std::size_t>(6, 2 * ((name.size() + 2) / 3)) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = candidate.size() > 64 ? best_distance : distance(name, candidate);
    if (d < best_distance && d < 2 * candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest_name(name, candidates);
  return near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?";
}

}  // namespace gateway
