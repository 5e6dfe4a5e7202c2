// Where an exchange goes: parsed once when the configuration is loaded, never per request.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gateway {

struct destination {
  bool tls = false;      // https
  std::string internal;  // name of an <internal> proxy; host and port are empty then
  std::string host;      // name or address, IPv6 without brackets; never empty
  std::uint16_t port = 80;
  // Replaces path and query of the request when set (a <webSocket url>, or a <target url> with a
  // path other than "/"); starts with '/'.
  std::optional<std::string> path;
  // False: the client's Host field goes on unchanged.
  bool adjust_host = true;

  friend bool operator==(const destination&, const destination&) = default;
};

// Ports to rewrite (--map-port): written -> real. For listeners and for loopback hosts.
using port_map = std::map<std::uint16_t, std::uint16_t>;
// The port that `host` is really called on.
std::uint16_t mapped_port(const port_map& ports, std::string_view host, std::uint16_t port);

// An HTTP proxy that targets are called through (Membrane: <httpClientConfig><proxy>).
struct outbound_proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // its Proxy-Authorization field; empty: none
  friend bool operator==(const outbound_proxy&, const outbound_proxy&) = default;
};

// "http://localhost:61614/": always with the port, IPv6 in brackets. For logs and problems.
std::string to_string(const destination& d);
// "localhost:61614": always with the port, as Membrane writes the Host field.
std::string host_and_port(const destination& d);

// Reads an absolute http://, https:// or internal:// URL (service:name is the old form of the
// last): port 1..65535, no user info, no fragment, no "${". The answer on failure is the end of a
// sentence ("must start with http:// or https://"); it never repeats the URL, which may hold a
// secret. A path of "/" or none leaves `path` empty.
std::variant<destination, std::string> parse_destination(std::string_view url);

// A host as it stands in a `host` attribute: a name or address alone, IPv6 with or without
// brackets; the answer is without. Nothing when it is anything else.
std::optional<std::string> parse_host(std::string_view text);

// True for localhost, *.localhost, 127.0.0.0/8 and ::1 (with or without brackets): the hosts whose
// ports --map-port rewrites.
bool is_loopback(std::string_view host);

// Path and query of a request target: the target itself in origin form, what follows the authority
// in absolute form ("/" when that is no path), unchanged otherwise ("*").
std::string_view origin_form(std::string_view target);

}  // namespace gateway
