// One request and its response on their way through the gateway. Owned by the connection's task;
// used on that connection's runtime only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gateway/core/destination.hpp"
#include "gateway/core/target_choice.hpp"
#include "net/http_types.hpp"
#include "net/log.hpp"
#include "net/runtime.hpp"

namespace gateway {

// Where a <stompClient> leads; belongs to it.
struct broker_settings {
  destination to;                          // `to.tls` with an <ssl>
  std::optional<std::size_t> tls{};        // of config::broker_tls; nothing: no TLS
  std::optional<net::duration> connect{};  // to connect, TLS included; nothing: as all targets
};

struct proxy;         // gateway/config/config.hpp
class frame_element;  // gateway/core/frames.hpp

// What is known about the client's connection; constant while it lives.
struct connection_facts {
  std::uint64_t id = 0;  // unique within the process
  net::endpoint client;
  net::endpoint local;
  bool tls = false;
  std::string server_name;  // SNI; empty without TLS or when the client sent none
};

enum class outcome {
  proceed,  // Membrane's CONTINUE: on to the next element
  respond,  // RETURN: the exchange has its response, turn around here
  abort,    // ABORT: the exchange failed; its response, if set, is still sent
};

// How an <adminConsole> was configured, handed to the console with each request.
struct console_options {
  bool read_only = false;
  // Show the address of X-Forwarded-For instead of the connection's.
  bool trust_forwarded_for = false;
};

// The admin console as elements see it; gateway/console implements it.
class console_handler {
 public:
  virtual ~console_handler() = default;
  // Answers any request, with problems or pages; throws only on programming errors.
  virtual net::task<net::http_response> handle(net::http_request& request,
                                               const console_options& options) = 0;
};

// What the gateway counted, as elements see it; gateway/app implements it.
class metrics_source {
 public:
  virtual ~metrics_source() = default;
  // Of all workers; one that does not answer within a second is left out. `buckets` as for
  // prometheus_text().
  virtual net::task<std::string> prometheus(const std::vector<std::uint32_t>& buckets) = 0;
};

// Counted by flows and elements, one set a worker; never reset.
struct counters {
  std::uint64_t element_failures = 0;       // exceptions that left an element (500)
  std::uint64_t aborted = 0;                // exchanges whose flow ended with abort
  std::uint64_t unauthorized = 0;           // 401 by <basicAuthentication> and <apiKey>
  std::uint64_t forbidden = 0;              // 403 by <accessControl>, <apiKey> and <cors>
  std::uint64_t too_large = 0;              // bodies that <limit> refused by their length
  std::uint64_t no_node = 0;                // 503 by <balancer>
  std::uint64_t notifications_refused = 0;  // 400 to 405 by <clusterNotification>
  std::uint64_t replacing_refused = 0;      // <rewriter>, <regExReplacer>: beyond their bounds
  std::uint64_t files_served = 0;           // 200, 206 and 304 by <webServer>
  std::uint64_t rate_limited = 0;           // 429 by <rateLimiter>
  std::uint64_t rate_overflows = 0;  // requests that <rateLimiter> had no window of their own for
  std::uint64_t throttled = 0;       // 503 by <throttle>
};

// What elements may use of the world. Owned by the worker, outlives every exchange.
struct services {
  net::runtime& runtime;
  net::log_sink& log;
  counters& count;
  console_handler* console = nullptr;  // null: <adminConsole> answers 503
  metrics_source* metrics = nullptr;   // null: <prometheus> answers 503
  // The host name of a numeric address, empty when it has none that leads back to it. Blocks, so
  // it is called by offload() only. Empty: there are no names.
  std::function<std::string(const std::string& address)> host_name_of{};
};

struct exchange;

// Calls the destination of an exchange from within its flow, for <httpClient>.
class target_caller {
 public:
  virtual ~target_caller() = default;
  // Fills ex.response and answers `respond`, or sets a problem and answers `abort`.
  virtual net::task<outcome> call(exchange& ex) = 0;
};

// What elements and scripts note for those behind them: null, truth, number or text.
using property_value = std::variant<std::monostate, bool, double, std::string>;

struct exchange {
  exchange(net::http_request r, const connection_facts& c, services& s)
      : request(std::move(r)), connection(c), world(s) {}
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  net::http_request request;
  std::optional<net::http_response> response;
  const connection_facts& connection;  // outlives the exchange
  services& world;
  const proxy* matched = nullptr;  // the snapshot that owns it must be kept by the caller

  // Set from the proxy's <target> before the flow runs, replaced by <webSocket url>. Nothing at the
  // end of the request flow means that no element answered and there is nowhere to go.
  std::optional<destination> to;
  // Where else it may go when `to` cannot serve it, by <balancer>; null: nowhere.
  std::shared_ptr<target_choice> choice{};
  // Only an element in the flow (<webSocket>) permits the upgrade to websocket; else 403.
  bool websocket_allowed = false;
  bool tcp_allowed = false;  // the same for <tcp>
  // What the client wants to switch to, "websocket" or "tcp"; empty: nothing.
  std::string_view upgrade{};
  // "CONNECT" or "STOMP": the request is the first frame of a STOMP client, its fields are those of
  // the frame; only `broker` counts, not `to`. Empty: the request is HTTP.
  std::string stomp_command{};
  const broker_settings* broker = nullptr;  // set by <stompClient>
  // What looks at the frames of the tunnel behind the upgrade; empty: nobody. Belongs to the
  // element.
  const std::vector<std::unique_ptr<const frame_element>>* frames = nullptr;
  target_caller* caller = nullptr;            // of the proxy whose flow runs; outlives that flow
  std::string user;                           // authenticated name, empty when there is none
  std::set<std::string, std::less<>> scopes;  // of its API keys
  std::map<std::string, property_value, std::less<>> properties;
  // {names} of the proxy's path and what the request has in their place, decoded.
  std::map<std::string, std::string, std::less<>> path_parameters;
  // What elements hold until the exchange ends, however it ends: its destructor gives it back.
  std::vector<std::shared_ptr<void>> held;
};

// Sets a property; null takes it away. Beyond script_limits nothing changes, and the answer says
// why ("there are too many properties"). Else it is empty.
std::string_view put_property(exchange& ex, const std::string& name, property_value value);

}  // namespace gateway
