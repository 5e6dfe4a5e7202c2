#include "gateway/core/client_address.hpp"

#include "net/http_fields.hpp"

namespace gateway {

namespace {

// Calls `f` with the entries of a comma-separated list, the last one first, until it says false.
template <class F>
void backwards(std::string_view list, F f) {
  while (true) {
    const auto comma = list.rfind(',');
    const bool is_last = comma == std::string_view::npos;
    if (!f(net::trimmed(is_last ? list : list.substr(comma + 1))) || is_last) return;
    list = list.substr(0, comma);
  }
}

bool is_address(std::string_view entry) {
  return parse_address_range(entry) && entry.find('/') == std::string_view::npos;
}

}  // namespace

bool trusted_proxies::add(std::string_view list, std::string& wrong) {
  bool good = true;
  backwards(list, [&](std::string_view entry) {
    const auto range = parse_address_range(entry);
    if (range) {
      ranges_.push_back(*range);
    } else {
      wrong = std::string(entry);
      good = false;
    }
    return good;
  });
  return good;
}

bool trusted_proxies::contains(std::string_view address) const {
  for (const auto& each : ranges_) {
    if (each.contains(address)) return true;
  }
  return false;
}

std::string client_address(const exchange& ex, const trusted_proxies& trusted) {
  std::string known = ex.connection.client.address;
  if (!trusted.count() && !trusted.contains(known)) return known;
  const auto hops = ex.request.headers.joined("X-Forwarded-For");
  if (!hops) return known;
  std::size_t proxies = trusted.count().value_or(0);
  backwards(*hops, [&](std::string_view entry) {
    if (proxies > 0) {
      --proxies;
      return true;
    }
    if (!is_address(entry)) return false;
    known = std::string(entry);
    return !trusted.count() && trusted.contains(entry);
  });
  return known;
}

}  // namespace gateway
