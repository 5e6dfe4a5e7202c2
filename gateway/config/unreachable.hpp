// Finds what no request can ever meet: mistakes that would show only as 404 at run time.
#pragma once

#include "gateway/config/config.hpp"

namespace gateway {

// Errors for what 'host' and 'method' of a proxy's element say and no request has: names with
// commas or ports, methods in small letters.
void check_reachable(const element_node& node, build_context& context);

// Of proxies behind one that takes all requests of their port: complete messages, for
// config::warnings.
std::vector<std::string> unreachable_proxies(const config& c);

}  // namespace gateway
