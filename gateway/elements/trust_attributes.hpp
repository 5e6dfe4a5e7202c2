// Which proxies are believed in what they say of the client: for elements that judge by address.
#pragma once

#include <vector>

#include "gateway/core/client_address.hpp"
#include "gateway/core/descriptor.hpp"

namespace gateway {

// trustForwardedFor and trustedProxyList.
std::vector<attribute_descriptor> trust_attributes();
// trustedProxyCount, for elements that take it besides.
attribute_descriptor trusted_count_attribute();
// What they say; errors where one of them lacks another.
trusted_proxies read_trust(const element_node& node, build_context& context);

}  // namespace gateway
