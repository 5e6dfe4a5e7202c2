// HTTP/1.1 client side of one connection: one request, one response, streamed bodies. Who wants to
// use the connection again gets it back when the answer has been read.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http_parser.hpp"
#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace net {

struct http_client_options {
  http_limits limits{64 * 1024, 64 * 1024, 256 * 1024, 500};
  duration head_time = std::chrono::seconds(30);      // request sent to last octet of the head
  duration transfer_time = std::chrono::seconds(30);  // no progress of a body
  // Gets the connection when the request went out whole, the answer was read to its end and the
  // server lets another request follow; else it is closed. Called at most once, from inside
  // http_call() or from a pull of the answer's body, which may outlive these options. Empty: it is
  // always closed.
  std::function<void(std::unique_ptr<stream>, const keep_alive_terms&)> on_reusable;
  // Set when the first octet of an answer is here; null: nobody wants to know. Used by http_call()
  // itself only.
  bool* answer_began = nullptr;
};

struct http_answer {
  http_response response;  // its body owns the connection
  // Only with status 101: the connection and the octets behind the head (RFC 6455: they belong to
  // the new protocol).
  std::unique_ptr<stream> upgraded;
  std::string early;
};

// Sends `request` (framing headers are set here, from its body) and reads the head of the answer.
// 1xx other than 101 are skipped. A refusal (4xx, 5xx) that comes early ends the sending.
// errc::bad_message: the answer is not HTTP or is truncated. errc::body_failed and
// errc::body_timed_out: not the server's fault, the body of `request` could not be pulled.
task<result<http_answer>> http_call(runtime& rt, std::unique_ptr<stream> connection,
                                    http_request& request, const http_client_options& options);

// Asks the HTTP proxy behind `proxy` for a tunnel to `authority` ("host:port"; RFC 9110 9.3.6).
// `authorization` is the value of Proxy-Authorization; empty: none. Answers the status: with 2xx
// the stream is the tunnel. The caller sets the deadline.
task<result<int>> open_http_tunnel(stream& proxy, std::string authority, std::string authorization);

}  // namespace net
