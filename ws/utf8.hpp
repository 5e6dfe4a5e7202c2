// Incremental UTF-8 check for text messages that come in pieces (RFC 6455 8.1, W-FR-6).
#pragma once

#include <cstdint>
#include <string_view>

namespace ws {

// Accepts exactly well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
class utf8_checker {
 public:
  // False as soon as the octets so far cannot be the start of well-formed text; stays false.
  bool feed(std::string_view part) noexcept;
  // Whether the octets so far are complete text, not cut inside a character.
  bool complete() const noexcept { return needed_ == 0; }
  void reset() noexcept { *this = {}; }

 private:
  bool step(std::uint8_t octet) noexcept;

  std::uint8_t needed_ = 0;  // continuation octets still to come; 255 after an error
  std::uint8_t low_ = 0x80;  // bounds of the next continuation octet
  std::uint8_t high_ = 0xBF;
};

// Whether `text` as a whole is well-formed.
bool is_utf8(std::string_view text) noexcept;
// The longest prefix of at most `limit` octets that does not end inside a character. For
// well-formed text (W-CL-5).
std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept;

}  // namespace ws
