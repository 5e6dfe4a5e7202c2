#include "gateway/core/address_range.hpp"

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

struct parsed {
  std::array<std::uint8_t, 16> octets{};
  bool v4 = false;
};

std::optional<parsed> parse_address(std::string_view text) {
  parsed out;
  if (const auto v4 = boost::urls::parse_ipv4_address(text)) {
    const auto bytes = v4->to_bytes();
    out.v4 = true;
    out.octets[10] = out.octets[11] = 0xff;
    std::copy(bytes.begin(), bytes.end(), out.octets.begin() + 12);
    return out;
  }
  const auto v6 = boost::urls::parse_ipv6_address(text);
  if (!v6) return std::nullopt;
  const auto bytes = v6->to_bytes();
  std::copy(bytes.begin(), bytes.end(), out.octets.begin());
  return out;
}

}  // namespace

bool address_range::contains(std::string_view address) const {
  const auto other = parse_address(address);
  if (!other) return false;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if (((octets[i / 8] ^ other->octets[i / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<address_range> parse_address_range(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  address_range out{address->octets, 128};
  if (slash == text.npos) return out;
  const auto bits = parse_integer(text.substr(slash + 1));
  const std::int64_t most = address->v4 ? 32 : 128;
  if (!bits || *bits < 0 || *bits > most) return std::nullopt;
  out.bits = static_cast<unsigned>(*bits) + (address->v4 ? 96U : 0U);
  return out;
}

}  // namespace gateway
