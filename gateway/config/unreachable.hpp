// Finds what no request can ever meet: mistakes that would show only as 404 at run time.
#pragma once

#include "gateway/config/config.hpp"

namespace gateway {

// Of proxies behind one that takes all requests of their port, of hosts with commas or ports, and
// of methods in small letters: complete messages, for config::warnings. Membrane takes all of them,
// so they are no errors.
std::vector<std::string> unreachable_proxies(const config& c);

}  // namespace gateway
