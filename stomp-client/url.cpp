#include "stomp-client/url.hpp"

#include <boost/url/parse.hpp>

namespace stomp_client {

std::string url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::variant<url, std::string> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  if (!parsed) return "is not a URL such as ws://localhost:61614/";
  url out;
  const std::string scheme(parsed->scheme());
  if (scheme == "ws" || scheme == "wss") {
    out.websocket = true;
  } else if (scheme != "stomp" && scheme != "stomp+ssl") {
    return "must start with ws://, wss://, stomp:// or stomp+ssl://";
  }
  out.tls = scheme == "wss" || scheme == "stomp+ssl";
  out.host = std::string(parsed->host_address());
  if (out.host.empty()) return "names no host";
  if (parsed->has_userinfo()) return "must not hold a login; use --login, --passcode or --basic";
  // port_number() does not tell numbers that are too large.
  const std::string port(parsed->port());
  const unsigned long number = port.empty() || port.size() > 5 ? 0 : std::stoul(port);
  if (parsed->has_port() && (number == 0 || number > 65535)) return "has no port from 1 to 65535";
  out.port = parsed->has_port() ? static_cast<std::uint16_t>(number)
             : out.websocket    ? std::uint16_t(out.tls ? 443 : 80)
                                : std::uint16_t(out.tls ? 61612 : 61613);
  const std::string target(parsed->encoded_target());
  if (!target.empty()) out.target = target;
  return out;
}

}  // namespace stomp_client
