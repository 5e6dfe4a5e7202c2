// Serves one connection of a <stompProxy>: reads the first frame of the client, lets the flow judge
// it, and hands the connection to a tunnel, or says in an ERROR frame why not. Never anything but
// STOMP goes to the client.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/app/client_connection.hpp"

namespace gateway {

struct stomp_end {
  // For a counter: "upgraded" (the tunnel ran and ended), "refused" (by the flow, or there was no
  // broker), "malformed", "login-timeout" (all three with an ERROR frame) or "lost".
  std::string_view reason;
  std::string detail{};  // what the ERROR frame said, for logs: without what the client said
};

// `limit` is for the first frame. Owns the connection; `service` belongs to it.
net::task<stomp_end> serve_stomp(net::runtime& rt, std::unique_ptr<net::stream> connection,
                                 client_connection& service, net::duration limit);

// Tells a client that has said nothing yet why it is not served, and closes.
net::task<void> refuse_stomp(net::runtime& rt, std::unique_ptr<net::stream> connection,
                             problem why);

}  // namespace gateway
