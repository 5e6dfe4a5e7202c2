#include "mockbroker/broker/selector_like.hpp"

#include <algorithm>

namespace mockbroker {
namespace {

// Octets of the character that starts the text, which is not empty. Broken UTF-8 is single octets.
std::size_t first_size(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  std::size_t size = 1;
  while (size < wanted && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
    ++size;
  return size;
}

}  // namespace

bool is_one_char(std::string_view text) noexcept {
  return !text.empty() && text.size() < 4 && first_size(text) == text.size();
}

like_pattern::like_pattern(std::string_view pattern, std::string_view escape) {
  const auto is_special = [&](std::string_view rest) {
    return rest.starts_with('%') || rest.starts_with('_') || rest.starts_with(escape);
  };
  while (!pattern.empty()) {
    const bool escaped =
        !escape.empty() && pattern.starts_with(escape) && is_special(pattern.substr(escape.size()));
    if (escaped) pattern.remove_prefix(escape.size());
    const std::size_t size = escaped ? first_size(pattern) : 1;
    if (!escaped && pattern[0] == '%') {
      // Two are like one.
      if (steps_.empty() || steps_.back().what != kind::many) steps_.push_back({kind::many, 0});
    } else if (!escaped && pattern[0] == '_') {
      steps_.push_back({kind::one, 0});
    } else {
      for (char c : pattern.substr(0, size)) steps_.push_back({kind::octet, c});
    }
    pattern.remove_prefix(size);
  }
}

// Goes on greedily; where it fails it goes back to the last `%` only and lets that one eat one
// character more. An earlier `%` cannot help then.
bool like_pattern::matches(std::string_view text) const noexcept {
  std::size_t at = 0;
  std::size_t next = 0;
  std::size_t after_many = steps_.size() + 1;  // none seen
  std::size_t eaten = 0;                       // up to where the last `%` ate
  while (at < text.size()) {
    if (next < steps_.size() && steps_[next].what == kind::many) {
      after_many = ++next;
      if (after_many == steps_.size()) return true;
      eaten = at;
    } else if (next < steps_.size() && steps_[next].what == kind::one) {
      at += first_size(text.substr(at));
      ++next;
    } else if (next < steps_.size() && steps_[next].octet == text[at]) {
      ++at;
      ++next;
    } else if (after_many <= steps_.size()) {
      eaten += first_size(text.substr(eaten));
      at = eaten;
      next = after_many;
    } else {
      return false;
    }
  }
  return next == steps_.size() || (next + 1 == steps_.size() && steps_[next].what == kind::many);
}

}  // namespace mockbroker
