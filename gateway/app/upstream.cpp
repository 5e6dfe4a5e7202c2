#include "gateway/app/upstream.hpp"

#include <algorithm>

#include "gateway/core/frames.hpp"
#include "ws/handshake.hpp"

namespace gateway {

namespace {

// Fields that describe one connection only (RFC 9110 7.6.1).
constexpr std::string_view hop_by_hop[] = {
    "Keep-Alive",         "Proxy-Connection",   "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    "Proxy-Authenticate", "Proxy-Authorization"};
// A Connection field may not name these away: routing and framing depend on them.
constexpr std::string_view protected_fields[] = {"Host", "Content-Length", "Content-Type",
                                                 "Authorization", "Cookie"};

bool is_protected(std::string_view name) {
  for (const auto field : protected_fields) {
    if (net::iequals(field, name)) return true;
  }
  return false;
}

void remove_hop_by_hop(net::header_list& headers) {
  if (const auto named = headers.joined("Connection")) {
    for (const auto name : ws::split_tokens(*named)) {
      if (!is_protected(name)) headers.remove(std::string(name));
    }
  }
  headers.remove("Connection");
  for (const auto name : hop_by_hop) headers.remove(name);
}

void append(net::header_list& headers, std::string_view name, std::string_view value) {
  const auto before = headers.get(name);
  headers.set(name, before ? std::string(*before) + ", " + std::string(value) : std::string(value));
}

void add_forwarded(exchange& ex) {
  net::header_list& headers = ex.request.headers;
  append(headers, "X-Forwarded-For", ex.connection.client.address);
  if (!headers.contains("X-Forwarded-Proto")) {
    headers.add("X-Forwarded-Proto", ex.connection.tls ? "https" : "http");
  }
  if (const auto host = headers.get("Host")) {
    append(headers, "X-Forwarded-Host", std::string(*host));
  }
}

// Whether the connection to the target ends with this exchange.
enum class afterwards { close, keep, upgrade };

// What is sent through a proxy without a tunnel names its server (RFC 9112 3.2.2).
bool is_tunnelled(const destination& to, bool upgrade) { return to.tls || upgrade; }

void name_target(exchange& ex, bool upgrade, const upstream_limits& limits) {
  net::http_request& request = ex.request;
  request.target = ex.to->path ? *ex.to->path : std::string(origin_form(request.target));
  if (!limits.proxy || is_tunnelled(*ex.to, upgrade)) return;
  std::string server = to_string(*ex.to);
  if (server.ends_with('/')) server.pop_back();
  request.target = server + request.target;
  if (!limits.proxy->authorization.empty())
    request.headers.set("Proxy-Authorization", limits.proxy->authorization);
}

void prepare_request(exchange& ex, afterwards then, const upstream_limits& limits) {
  net::header_list& headers = ex.request.headers;
  // First, so that a client's Connection field cannot name away what we add.
  remove_hop_by_hop(headers);
  if (limits.forwarded_fields) add_forwarded(ex);
  if (!limits.authorization.empty()) headers.set("Authorization", limits.authorization);
  headers.remove("Expect");  // we have answered it ourselves
  if (then == afterwards::close) headers.add("Connection", "close");
  if (then == afterwards::upgrade) {
    headers.add("Connection", "Upgrade");
    headers.add("Upgrade", ex.upgrade);
    // Elements see frames as RFC 6455 has them, not compressed.
    if (ex.frames && !ex.frames->empty()) headers.remove("Sec-WebSocket-Extensions");
  }
  if (ex.to->adjust_host || !headers.contains("Host")) headers.set("Host", host_and_port(*ex.to));
  name_target(ex, then == afterwards::upgrade, limits);
}

std::string sentence(std::string_view doing, const std::string& target, std::error_code error) {
  return std::string(doing) + " " + target + ": " + error.message() + ".";
}

upstream_failure cannot_connect(std::error_code error, const std::string& target,
                                const std::string& tls_problem) {
  upstream_failure failed{failure::connection_lost, sentence("Cannot connect to", target, error)};
  failed.unsent = true;
  if (!tls_problem.empty()) failed.detail += " (" + tls_problem + ")";
  if (error == net::errc::connection_refused) failed.why = failure::connection_refused;
  if (error == net::errc::name_not_found) failed.why = failure::name_not_found;
  if (error == net::errc::timed_out) failed.why = failure::connect_timeout;
  if (error == net::errc::tls_failure) failed.why = failure::upstream_tls;
  return failed;
}

upstream_failure no_answer(std::error_code error, const destination& to) {
  upstream_failure failed{failure::connection_lost,
                          sentence("No answer from", to_string(to), error)};
  if (error == net::errc::timed_out) failed.why = failure::upstream_timeout;
  if (error == net::errc::bad_message) failed.why = failure::upstream_protocol;
  if (error == net::errc::tls_failure) failed.why = failure::upstream_tls;
  if (error == net::errc::body_failed || error == net::errc::body_timed_out) {
    const bool stalled = error == net::errc::body_timed_out;
    failed.why = stalled ? failure::request_timeout : failure::bad_request;
    failed.detail = sentence("The request did not get to", to_string(to), error);
    failed.by_client = true;
  }
  return failed;
}

// Connects to the server, or through the proxy to it.
net::task<net::result<std::unique_ptr<net::stream>>> open_plain(
    net::runtime& rt, const destination& to, bool upgrade,
    const std::optional<outbound_proxy>& proxy, std::string& why) {
  const std::string host = proxy ? proxy->host : to.host;
  const std::uint16_t port = proxy ? proxy->port : to.port;
  auto opened = co_await rt.connect(host, port);
  if (!opened || !proxy || !is_tunnelled(to, upgrade)) co_return std::move(opened);
  auto status = co_await net::open_http_tunnel(**opened, host_and_port(to), proxy->authorization);
  if (!status) co_return status.error();
  if (*status / 100 == 2) co_return std::move(opened);
  why = "the proxy answered " + std::to_string(*status);
  co_return net::errc::connection_lost;
}

net::task<net::result<std::unique_ptr<net::stream>>> open(
    net::runtime& rt, const destination& to, bool upgrade,
    std::shared_ptr<const net::tls_context> tls, const std::optional<outbound_proxy>& proxy,
    std::string& why) {
  auto plain = co_await open_plain(rt, to, upgrade, proxy, why);
  if (!plain || !to.tls) co_return std::move(plain);
  co_return co_await net::tls_connect(rt, std::move(*plain), std::move(tls), to.host, &why);
}

// Why a 101 may not be relayed; empty when it may.
std::string check_switch(const net::http_response& response, std::string_view protocol) {
  if (!response.headers.has_token("Upgrade", protocol) ||
      !response.headers.has_token("Connection", "upgrade")) {
    return "its 101 does not switch to " + std::string(protocol);
  }
  if (protocol == "websocket" && !response.headers.contains("Sec-WebSocket-Accept"))
    return "its 101 has no Sec-WebSocket-Accept";
  return {};
}

void drop_unoffered(exchange& ex, net::http_response& response) {
  const auto& offer = ex.request.headers;
  auto log = [&](std::string_view what) {
    ex.world.log.write(net::log_level::warning, "upstream",
                       "#" + std::to_string(ex.connection.id) + " dropped a " + std::string(what) +
                           " that the client did not offer");
  };
  if (const auto chosen = response.headers.joined("Sec-WebSocket-Protocol")) {
    const auto offered = offer.joined("Sec-WebSocket-Protocol");
    const auto tokens = offered ? ws::split_tokens(*offered) : std::vector<std::string_view>{};
    if (tokens.empty() || !ws::is_offered(tokens, *chosen)) {
      response.headers.remove("Sec-WebSocket-Protocol");
      log("subprotocol");
    }
  }
  if (const auto chosen = response.headers.joined("Sec-WebSocket-Extensions")) {
    const auto offered = offer.joined("Sec-WebSocket-Extensions").value_or("");
    for (const auto extension : ws::split_tokens(*chosen)) {
      const auto name = extension.substr(0, extension.find(';'));
      if (offered.find(name) != std::string::npos) continue;
      response.headers.remove("Sec-WebSocket-Extensions");
      log("WebSocket extension");
      break;
    }
  }
}

// Makes the answer fit for the client's leg; a failure when it must not be relayed.
std::optional<upstream_failure> finish_answer(exchange& ex, bool upgrade,
                                              net::http_response& response) {
  if (response.status != 101) {
    remove_hop_by_hop(response.headers);
    return std::nullopt;
  }
  const std::string problem =
      upgrade ? check_switch(response, ex.upgrade) : "it answered 101 unasked";
  if (!problem.empty()) {
    return upstream_failure{failure::upstream_protocol, to_string(*ex.to) + ": " + problem + "."};
  }
  drop_unoffered(ex, response);
  remove_hop_by_hop(response.headers);
  response.headers.remove("Content-Length");
  response.headers.add("Connection", "Upgrade");
  response.headers.add("Upgrade", ex.upgrade);
  return std::nullopt;
}

std::string shown(const destination& to, const net::endpoint& remote) {
  return to.host + "/" + net::to_string(remote);
}

// How long a connection may stay: as long as we say and, where the server says so, well before it
// will close.
net::duration idle_time(net::duration ours, const net::keep_alive_terms& theirs) {
  if (theirs.requests == std::uint64_t(0)) return {};
  if (!theirs.timeout) return ours;
  const auto margin = std::min<net::duration>(std::chrono::seconds(1), *theirs.timeout / 2);
  return std::min(ours, *theirs.timeout - margin);
}

// `pool` is null where the connection is not to be kept.
net::http_client_options client_options(bool upgrade, const upstream_limits& limits,
                                        upstream_pool* pool, const upstream_target& target,
                                        bool& began) {
  net::http_client_options options;
  options.head_time = upgrade ? limits.handshake : limits.answer;
  options.transfer_time = limits.answer;
  options.answer_began = &began;
  if (!pool) return options;
  options.on_reusable = [pool, target, ours = limits.keep_alive](
                            std::unique_ptr<net::stream> connection,
                            const net::keep_alive_terms& terms) {
    pool->put(target, std::move(connection), idle_time(ours, terms));
  };
  return options;
}

// NTLM and Negotiate log in the connection, not the request: others must not get it.
bool logs_in_connection(const net::http_request& request) {
  const std::string_view given = request.headers.get("Authorization").value_or("");
  const std::string_view scheme = given.substr(0, given.find(' '));
  return net::iequals(scheme, "NTLM") || net::iequals(scheme, "Negotiate");
}

void take_answer(exchange& ex, bool upgrade, net::result<net::http_answer> answer,
                 upstream_answer& out) {
  if (!answer) {
    out.failed = no_answer(answer.error(), *ex.to);
    return;
  }
  out.failed = finish_answer(ex, upgrade, answer->response);
  out.answer = std::move(*answer);
}

}  // namespace

std::string_view wanted_upgrade(const net::http_request& request) {
  if (request.version < 11 || !request.headers.has_token("Connection", "upgrade")) return {};
  for (const std::string_view protocol : {"websocket", "tcp"})
    if (request.headers.has_token("Upgrade", protocol)) return protocol;
  return {};
}

bool may_be_repeated(const net::http_request& request) {
  constexpr std::string_view idempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return !request.body && std::find(std::begin(idempotent), std::end(idempotent), request.method) !=
                              std::end(idempotent);
}

net::task<upstream_answer> call_upstream(exchange& ex, bool upgrade,
                                         std::shared_ptr<const net::tls_context> tls,
                                         const upstream_limits& limits_now, upstream_pool& pool) {
  // A reload may change them while this call waits.
  const upstream_limits limits = limits_now;
  upstream_answer out;
  net::runtime& rt = ex.world.runtime;
  const upstream_target target{
      ex.to->host, ex.to->port, ex.to->tls ? tls : nullptr,
      limits.proxy ? limits.proxy->host + ":" + std::to_string(limits.proxy->port) : std::string()};
  // A tap names connections by their client's number: they cannot serve several clients.
  const bool keep = !upgrade && limits.keep_alive > net::duration::zero() && !rt.tap() &&
                    !logs_in_connection(ex.request);
  prepare_request(ex,
                  upgrade ? afterwards::upgrade
                  : keep  ? afterwards::keep
                          : afterwards::close,
                  limits);
  bool began = false;
  const auto options = client_options(upgrade, limits, keep ? &pool : nullptr, target, began);
  std::unique_ptr<net::stream> connection = keep ? pool.take(target) : nullptr;
  if (connection) {
    out.reused = true;
    out.shown_address = shown(*ex.to, connection->remote_endpoint());
    auto answer = co_await net::http_call(rt, std::move(connection), ex.request, options);
    out.stale = answer.error() == net::errc::connection_lost && !began;
    if (!out.stale || !may_be_repeated(ex.request)) {
      take_answer(ex, upgrade, std::move(answer), out);
      co_return std::move(out);
    }
  }
  std::string why;
  auto opened = co_await net::within(rt, limits.connect,
                                     open(rt, *ex.to, upgrade, std::move(tls), limits.proxy, why));
  if (!opened) {
    out.failed = cannot_connect(opened.error(), to_string(*ex.to), why);
    co_return std::move(out);
  }
  connection = net::tapped(rt, std::move(*opened), net::leg::upstream, ex.connection.id);
  out.shown_address = shown(*ex.to, connection->remote_endpoint());
  auto answer = co_await net::http_call(rt, std::move(connection), ex.request, options);
  take_answer(ex, upgrade, std::move(answer), out);
  co_return std::move(out);
}

net::task<opened_upstream> open_upstream(net::runtime& rt, destination to,
                                         std::shared_ptr<const net::tls_context> tls,
                                         upstream_limits limits, std::uint64_t id) {
  opened_upstream out;
  std::string why;
  // As for an upgrade: a proxy has to open a tunnel.
  auto opened = co_await net::within(rt, limits.connect,
                                     open(rt, to, true, std::move(tls), limits.proxy, why));
  if (!opened) {
    out.failed = cannot_connect(opened.error(), host_and_port(to), why);
    co_return std::move(out);
  }
  out.connection = net::tapped(rt, std::move(*opened), net::leg::upstream, id);
  out.shown_address = shown(to, out.connection->remote_endpoint());
  co_return std::move(out);
}

}  // namespace gateway
