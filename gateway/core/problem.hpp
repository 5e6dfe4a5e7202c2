// Errors that clients see: RFC 9457 problem documents as JSON, or as HTML for browsers.
#pragma once

#include <string>
#include <string_view>

#include "net/http_types.hpp"

namespace gateway {

// Every reason why the gateway itself answers, with the status that Membrane gives it unless that
// is plainly wrong (design.md 7).
enum class failure {
  no_matching_proxy,   // 404
  not_found,           // 404
  connection_refused,  // 502
  connection_lost,     // 502 reset or end in the middle of the response head
  connect_timeout,     // 502 (Membrane: 504)
  upstream_timeout,    // 504 its response
  name_not_found,      // 502
  upstream_protocol,   // 502 invalid framing
  upstream_tls,        // 502
  bad_destination,     // 400
  bad_path,            // 400
  bad_request,         // 400
  request_timeout,     // 408
  upgrade_denied,      // 403 (Membrane: 401)
  unauthorized,        // 401
  forbidden,           // 403
  method_not_allowed,  // 405
  body_too_large,      // 413 (Membrane: 500)
  target_too_long,     // 414
  bad_range,           // 416
  head_too_large,      // 431
  misdirected,         // 421
  too_many_requests,   // 429
  element_failed,      // 500
  no_response,         // 500 the flow proceeded and there is no destination
  method_unknown,      // 501
  overloaded,          // 503 out of descriptors or memory
  unavailable,         // 503
};

struct problem {
  int status = 500;
  std::string title;
  std::string type;    // absolute URI
  std::string detail;  // empty: left out. Own words; peer text only through printable()
};

// Status, title and type of `why`; `detail` in own words.
problem make_problem(failure why, std::string detail = {});

// {"title":...,"type":...,"status":...,"detail":...} in that order, pretty-printed.
std::string problem_json(const problem& p);
// What problem_json() wrote; of any other text a problem with `status` and its standard phrase.
problem parse_problem(int status, std::string_view json);
// A small self-contained page: <h1>404 Not Found</h1> and the detail, everything escaped.
std::string problem_html(const problem& p);

// True when `request` accepts text/html at least as gladly as JSON and names it (RFC 9110 12.5.1):
// browser navigation. Wildcards alone do not count: curl gets JSON.
bool prefers_html(const net::http_request& request);

// Response in the form that `request` prefers; Cache-Control: no-store.
net::http_response problem_response(const problem& p, const net::http_request& request);
net::http_response problem_response(failure why, const net::http_request& request,
                                    std::string detail = {});

}  // namespace gateway
