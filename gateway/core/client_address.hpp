// Who a request comes from, when proxies stand between.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/address_range.hpp"
#include "gateway/core/exchange.hpp"

namespace gateway {

class trusted_proxies {
 public:
  // "10.0.0.0/8, 192.168.1.5"; false, with the text of the first wrong entry in `wrong`, for
  // others.
  bool add(std::string_view list, std::string& wrong);
  // Believes whoever connects, and that as many of the last entries of X-Forwarded-For are
  // proxies: for networks whose addresses nobody knows beforehand.
  void count(std::size_t proxies) { count_ = proxies; }
  std::optional<std::size_t> count() const noexcept { return count_; }
  bool empty() const noexcept { return ranges_.empty(); }
  bool contains(std::string_view address) const;

 private:
  std::vector<address_range> ranges_;
  std::optional<std::size_t> count_;
};

// The address of the connection's peer. When that is a trusted proxy: the last address in
// X-Forwarded-For (RFC 7239 5.2) that is not a trusted proxy as well. What a client writes in front
// of it counts for nothing, and neither does an entry that is no address: the one behind it is
// taken. With a count() it is the entry in front of that many; the peer where there is none, or no
// address.
std::string client_address(const exchange& ex, const trusted_proxies& trusted);

}  // namespace gateway
