// Networks such as 10.0.0.0/8, to tell trusted peers from others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

struct address_range {
  std::array<std::uint8_t, 16> octets{};  // IPv4 as ::ffff:a.b.c.d
  unsigned bits = 128;                    // how many of them count
  friend bool operator==(const address_range&, const address_range&) = default;

  // Whether the numeric address lies in it; false for other texts.
  bool contains(std::string_view address) const;
};

// "10.0.0.0/8", "::1", "192.168.1.5"; nothing for other texts.
std::optional<address_range> parse_address_range(std::string_view text);

}  // namespace gateway
