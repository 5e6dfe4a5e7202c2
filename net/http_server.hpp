// HTTP/1.1 server side of one connection: keep-alive, deadlines, limits, upgrades.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http_parser.hpp"
#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace net {

struct http_server_options {
  http_limits limits;
  duration head_time = std::chrono::seconds(10);      // first octet of a head to its last: 408
  duration idle_time = std::chrono::seconds(30);      // between requests: closed
  duration transfer_time = std::chrono::seconds(30);  // no progress of a body: 408, or closed
  // A request body that the service did not read is skipped up to this many octets, else the
  // connection ends, since its framing can no longer be trusted.
  std::size_t skip_limit = 64 * 1024;
};

class http_service {
 public:
  virtual ~http_service() = default;
  // Answers one request. `request.body` reads from the connection and dies with this call's task.
  virtual task<http_response> handle(http_request& request) = 0;
  // The answer to a message that cannot be parsed or whose body breaks off (it replaces what
  // handle() made of it then); also the place to count it.
  virtual http_response refuse(const http_error& error) = 0;
  // Told before each request is handled and after its response is written; for orderly shutdown.
  virtual void set_busy(bool /*busy*/) {}
};

// Why serving ended: for the connection's one log line and counter.
enum class serve_end {
  closed,        // in order, by either side
  idle,          // keep-alive time over
  lost,          // peer went away in the middle
  malformed,     // refused with 4xx
  head_timeout,  // 408
  stalled,       // a body made no progress
  upgraded,      // the upgrade handler ran and ended
};

// Serves requests until the connection ends. Owns the connection; closes it in order: FIN, then
// a short wait for the peer so that nothing unread turns into a reset (RFC 9112 9.6).
task<serve_end> serve_http(runtime& rt, std::unique_ptr<stream> connection, http_service& service,
                           const http_server_options& options);

// Wire form of a head, for both sides.
std::string format_request_head(const http_request& request);
std::string format_response_head(const http_response& response);

// Writes the body: as it is when `chunked` is false, else in chunks with the last one.
task<std::error_code> write_body(runtime& rt, stream& to, body_source& body, bool chunked,
                                 duration progress_time);

}  // namespace net
