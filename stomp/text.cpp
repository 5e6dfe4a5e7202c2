#include "stomp/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <vector>

namespace stomp {
namespace {

// Skips eight ASCII octets at a time: nearly all header text is ASCII.
const unsigned char* skip_ascii(const unsigned char* p, const unsigned char* end) noexcept {
  while (end - p >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
    p += 8;
  }
  while (p != end && *p < 0x80) ++p;
  return p;
}

// The length of the well-formed sequence at `p`, 0 if there is none.
std::size_t sequence_length(const unsigned char* p, const unsigned char* end) noexcept {
  const unsigned lead = *p;
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || static_cast<std::size_t>(end - p) < length) return 0;
  if (p[1] < low || p[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((p[i] & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) noexcept {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Integer value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

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

bool differ_in_case_only(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::int32_t> parse_int32(std::string_view text) noexcept {
  return parse_integer<std::int32_t>(text);
}

std::optional<std::int64_t> parse_int64(std::string_view text) noexcept {
  return parse_integer<std::int64_t>(text);
}

bool is_utf8(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  for (p = skip_ascii(p, end); p != end; p = skip_ascii(p, end)) {
    const std::size_t length = sequence_length(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string quote_peer_text(std::string_view text, std::size_t limit) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text.substr(0, limit)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"') out += '\\';
    if (octet >= 0x20 && octet < 0x7F && c != '\\') {
      out += c;
    } else {
      out += "\\x";
      out += digits[octet >> 4U];
      out += digits[octet & 0x0FU];
    }
  }
  out += text.size() > limit ? "...\"" : "\"";
  return out;
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  // Nobody misspells that much, and the table grows with the square.
  if (name.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::min<std::size_t>(6, 2 * ((name.size() + 2) / 3)) + 1;
  for (const std::string_view candidate : candidates) {
    if (differ_in_case_only(name, candidate)) return candidate;
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

}  // namespace stomp
