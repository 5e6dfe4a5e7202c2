// The leg to the destination: request headers of a proxy, connect, handshake relay.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/app/upstream_pool.hpp"
#include "gateway/core/exchange.hpp"
#include "gateway/core/problem.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"

namespace gateway {

struct upstream_limits {
  net::duration connect = std::chrono::seconds(10);    // TCP and TLS; beyond: 502
  net::duration handshake = std::chrono::seconds(10);  // request sent to its 101; beyond: 504
  net::duration answer = std::chrono::seconds(30);     // silence of the upstream; beyond: 504
  // How long a connection may wait for another request; zero: each call has one of its own.
  net::duration keep_alive = std::chrono::seconds(4);
  bool forwarded_fields = true;           // send X-Forwarded-*
  std::string authorization{};            // Authorization field for targets; empty: the client's
  std::optional<outbound_proxy> proxy{};  // between us and all targets
};

struct upstream_failure {
  failure why;
  std::string detail;
  bool by_client = false;  // upstream is not to blame: the request's body broke off
  bool unsent = false;     // there was no connection: the request may go elsewhere
};

struct upstream_answer {
  std::optional<upstream_failure> failed;
  net::http_answer answer;
  // The upstream's address, "localhost/127.0.0.1:61614" as the console shows it.
  std::string shown_address;
  bool reused = false;  // a connection from the pool was tried
  bool stale = false;   // and broke before any octet of an answer
};

// "websocket" or "tcp" when the request asks to switch to that protocol (RFC 9110 7.8; HTTP/1.1
// only), else empty.
std::string_view wanted_upgrade(const net::http_request& request);

// True when the request may be sent again after its connection broke (RFC 9110 9.2.2): idempotent,
// and without a body, since bodies are not kept.
bool may_be_repeated(const net::http_request& request);

// Sends ex.request to *ex.to and reads the head of the answer. Rewrites the request's headers as a
// proxy must: hop-by-hop fields out, X-Forwarded-* in, Host set; the handshake of ex.upgrade goes
// on as it is when `upgrade`, any other Upgrade is stripped. Checks a 101 (RFC 6455 4.1) and takes
// out a subprotocol or extension that the client did not offer. Takes a connection from `pool`
// where it can, and puts it there once the answer's body has been read. A repeatable request whose
// pooled connection broke before any octet of the answer goes out once more on a new one. The pool
// must outlive the answer.
net::task<upstream_answer> call_upstream(exchange& ex, bool upgrade,
                                         std::shared_ptr<const net::tls_context> tls,
                                         const upstream_limits& limits, upstream_pool& pool);

// A connection for octets that are not HTTP.
struct opened_upstream {
  std::optional<upstream_failure> failed;
  std::unique_ptr<net::stream> connection;
  std::string shown_address;  // as in upstream_answer
};
// Connects to `to` within limits.connect, through limits.proxy where there is one; with TLS when
// to.tls. `id` is the client's connection, for taps.
net::task<opened_upstream> open_upstream(net::runtime& rt, destination to,
                                         std::shared_ptr<const net::tls_context> tls,
                                         upstream_limits limits, std::uint64_t id);

}  // namespace gateway
