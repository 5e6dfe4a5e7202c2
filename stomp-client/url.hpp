// Where a STOMP broker is: ws://, wss://, stomp:// or stomp+ssl://.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace stomp_client {

struct url {
  bool websocket = false;    // ws, wss
  bool tls = false;          // wss, stomp+ssl
  std::string host;          // IPv6 without brackets
  std::uint16_t port = 0;    // default: 80, 443, 61613, 61612
  std::string target = "/";  // path and query, for ws and wss

  // "localhost:61614", for the Host field.
  std::string authority() const;
};

// The URL, or what is wrong with it as the end of a sentence.
std::variant<url, std::string> parse_url(std::string_view text);

}  // namespace stomp_client
