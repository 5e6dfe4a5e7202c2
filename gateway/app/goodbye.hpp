// The last octets that a connection gets before we close it.
#pragma once

#include <string>

#include "net/runtime.hpp"

namespace gateway {

// Sends `octets` and FIN, then drops what still comes until the other side ends too: closing on
// unread octets would reset our last ones away. Ends after a second at the latest.
net::task<void> say_goodbye(net::runtime& rt, net::stream& to, std::string octets);

}  // namespace gateway
