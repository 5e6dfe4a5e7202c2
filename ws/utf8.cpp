#include "ws/utf8.hpp"

#include <cstring>

namespace ws {
namespace {

constexpr std::uint8_t broken = 255;

}  // namespace

bool utf8_checker::step(std::uint8_t octet) noexcept {
  if (needed_ != 0) {
    if (octet < low_ || octet > high_) return false;
    --needed_;
    low_ = 0x80;
    high_ = 0xBF;
    return true;
  }
  if (octet < 0x80) return true;
  if (octet < 0xC2 || octet > 0xF4) return false;
  needed_ = octet < 0xE0 ? 1 : octet < 0xF0 ? 2 : 3;
  // The second octet carries the rules against overlong forms, surrogates and too high values.
  if (octet == 0xE0) low_ = 0xA0;
  if (octet == 0xED) high_ = 0x9F;
  if (octet == 0xF0) low_ = 0x90;
  if (octet == 0xF4) high_ = 0x8F;
  return true;
}

bool utf8_checker::feed(std::string_view part) noexcept {
  if (needed_ == broken) return false;
  std::size_t i = 0;
  while (i < part.size()) {
    if (needed_ == 0 && part.size() - i >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, part.data() + i, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        i += 8;
        continue;
      }
    }
    if (!step(static_cast<std::uint8_t>(part[i++]))) {
      needed_ = broken;
      return false;
    }
  }
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  utf8_checker checker;
  return checker.feed(text) && checker.complete();
}

std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace ws
