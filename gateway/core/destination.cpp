#include "gateway/core/destination.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "net/http_types.hpp"

namespace gateway {

namespace {

bool has_scheme(std::string_view url, std::string_view scheme) {
  return url.size() >= scheme.size() && net::iequals(url.substr(0, scheme.size()), scheme);
}

// The part that needs no parser: mistakes people make, with sentences of their own.
std::string common_mistake(std::string_view url) {
  if (url.empty()) return "must not be empty";
  if (url.find("${") != std::string_view::npos)
    return "holds an expression '${...}', which is not supported here yet";
  if (has_scheme(url, "ws://"))
    return "must start with http:// instead of ws:// (the upgrade is made over HTTP)";
  if (has_scheme(url, "wss://"))
    return "must start with https:// instead of wss:// (the upgrade is made over HTTP)";
  if (!has_scheme(url, "http://") && !has_scheme(url, "https://"))
    return "must start with http:// or https://";
  if (url.find('#') != std::string_view::npos) return "must not have a fragment ('#...')";
  return {};
}

// Boost 1.81 takes "a:x" for a name; a port that is not a number must not be lost silently.
bool has_odd_port(std::string_view url) {
  std::string_view authority = url.substr(url.find("://") + 3);
  authority = authority.substr(0, authority.find_first_of("/?"));
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  return colon != authority.npos &&
         authority.find_first_not_of("0123456789", colon + 1) != authority.npos;
}

// internal://name[/path] or service:name[/path]; nothing when it is neither.
std::optional<destination> parse_internal(std::string_view url) {
  constexpr std::string_view schemes[] = {"internal://", "service:"};
  for (const std::string_view scheme : schemes) {
    if (!has_scheme(url, scheme)) continue;
    std::string_view rest = url.substr(scheme.size());
    while (scheme == schemes[1] && rest.starts_with('/')) rest.remove_prefix(1);
    destination d;
    d.port = 0;
    const auto slash = rest.find('/');
    d.internal = rest.substr(0, slash);
    if (slash != rest.npos && rest.size() > slash + 1) d.path = std::string(rest.substr(slash));
    return d;
  }
  return std::nullopt;
}

}  // namespace

std::string host_and_port(const destination& d) {
  const bool v6 = d.host.find(':') != std::string::npos;
  return (v6 ? "[" + d.host + "]" : d.host) + ":" + std::to_string(d.port);
}

std::string to_string(const destination& d) {
  if (!d.internal.empty()) return "internal://" + d.internal + d.path.value_or("/");
  return (d.tls ? "https://" : "http://") + host_and_port(d) + d.path.value_or("/");
}

std::variant<destination, std::string> parse_destination(std::string_view url) {
  if (auto internal = parse_internal(url)) {
    if (internal->internal.empty()) return std::string("must name an <internal> proxy");
    return *internal;
  }
  if (auto mistake = common_mistake(url); !mistake.empty()) return mistake;
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return std::string("is not a valid URL (RFC 3986)");
  if (parsed->has_userinfo())
    return std::string("must not hold a user or password before the host");
  if (has_odd_port(url)) return std::string("must have a port between 1 and 65535");
  if (parsed->host().empty()) return std::string("must name a host");
  destination d;
  d.tls = has_scheme(url, "https://");
  d.host =
      parsed->host_type() == boost::urls::host_type::ipv6 ? parsed->host_address() : parsed->host();
  d.port = d.tls ? 443 : 80;
  if (parsed->has_port() && !parsed->port().empty()) {
    if (parsed->port_number() == 0) return std::string("must have a port between 1 and 65535");
    d.port = parsed->port_number();
  }
  std::string path(parsed->encoded_path());
  if (path.empty()) path = "/";
  if (parsed->has_query()) path += "?" + std::string(parsed->encoded_query());
  if (path != "/") d.path = path;
  return d;
}

std::uint16_t mapped_port(const port_map& ports, std::string_view host, std::uint16_t port) {
  const auto found = ports.find(port);
  return found != ports.end() && is_loopback(host) ? found->second : port;
}

bool is_loopback(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (net::iequals(host, "localhost") || host == "::1") return true;
  constexpr std::string_view suffix = ".localhost";
  if (host.size() > suffix.size() && net::iequals(host.substr(host.size() - suffix.size()), suffix))
    return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (scheme == target.npos || scheme > target.find_first_of("/?")) return target;
  const auto path = target.find_first_of("/?", scheme + 3);
  return path == target.npos || target[path] == '?' ? std::string_view("/") : target.substr(path);
}

std::optional<std::string> parse_host(std::string_view text) {
  // Other parts of a URL, and escapes, in which anything could hide.
  if (text.find_first_of("/?#@%") != text.npos) return std::nullopt;
  const bool v6 = text.find(':') != text.npos && !text.starts_with('[');
  std::string url = "http://";
  url += v6 ? "[" + std::string(text) + "]" : std::string(text);
  const auto parsed = parse_destination(url);
  const auto* d = std::get_if<destination>(&parsed);
  if (!d || d->port != 80) return std::nullopt;
  return d->host;
}

}  // namespace gateway
