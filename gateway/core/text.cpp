#include "gateway/core/text.hpp"

namespace gateway {

namespace {

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

}  // namespace gateway
