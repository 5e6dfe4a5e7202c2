// Times as ISO 8601 writes them: the part that java.time.Duration reads, days to seconds.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "net/types.hpp"

namespace gateway {

// Where and why a text is no such time. `offset` is 0-based in octets; may equal the length.
struct duration_error {
  std::size_t offset = 0;
  std::string message;
};

// "PT30S", "PT1H30M", "P1DT12H", "PT0.5S", also in lower case; each unit once, the largest first.
// Up to 9 digits a number, fractions only of seconds, down to a microsecond. Without signs, and
// without years, months and weeks, which have no length or none in Java. What is longer than 95
// years counts as 95 years.
std::variant<net::duration, duration_error> parse_iso_duration(std::string_view text);

}  // namespace gateway
