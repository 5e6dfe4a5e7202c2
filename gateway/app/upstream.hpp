// The leg to the destination: request headers of a proxy, connect, handshake relay.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/core/exchange.hpp"
#include "gateway/core/problem.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"

namespace gateway {

struct upstream_limits {
  net::duration connect = std::chrono::seconds(10);    // TCP and TLS; beyond: 502
  net::duration handshake = std::chrono::seconds(10);  // request sent to its 101; beyond: 504
  net::duration answer = std::chrono::seconds(30);     // silence of the upstream; beyond: 504
  bool forwarded_fields = true;                        // send X-Forwarded-*
};

struct upstream_failure {
  failure why;
  std::string detail;
  bool by_client = false;  // upstream is not to blame: the request's body broke off
};

struct upstream_answer {
  std::optional<upstream_failure> failed;
  net::http_answer answer;
  // The upstream's address, "localhost/127.0.0.1:61614" as the console shows it.
  std::string shown_address;
};

// True when the request asks to switch to the WebSocket protocol (RFC 9110 7.8; HTTP/1.1 only).
bool wants_websocket(const net::http_request& request);

// Sends ex.request to *ex.to and reads the head of the answer. Rewrites the request's headers as a
// proxy must: hop-by-hop fields out, X-Forwarded-* in, Host set; the WebSocket handshake goes on as
// it is when `upgrade`, any other Upgrade is stripped. Checks a 101 (RFC 6455 4.1) and takes out a
// subprotocol or extension that the client did not offer.
net::task<upstream_answer> call_upstream(exchange& ex, bool upgrade,
                                         std::shared_ptr<const net::tls_context> tls,
                                         const upstream_limits& limits);

}  // namespace gateway
