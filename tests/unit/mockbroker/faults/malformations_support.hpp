// Frames to break, and the legs they are on.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/faults/malformations.hpp"

namespace mockbroker::test {

using namespace std::string_literals;
using stomp::frame;

inline const frame send = stomp::make_frame("SEND", {{"destination", "/queue/a"}}, "hi");
inline const frame connect =
    stomp::make_frame("CONNECT", {{"accept-version", "1.2"}, {"host", "localhost"}});
inline const frame message = stomp::make_frame(
    "MESSAGE", {{"subscription", "s"}, {"message-id", "m"}, {"destination", "/queue/a"}}, "hi");
inline const frame connected = stomp::make_frame("CONNECTED", {{"version", "1.2"}});

inline const std::string send_octets = "SEND\ndestination:/queue/a\n\nhi\0"s;  // 30
inline const std::string connect_octets = "CONNECT\naccept-version:1.2\nhost:localhost\n\n\0"s;
inline const std::string message_octets =
    "MESSAGE\nsubscription:s\nmessage-id:m\ndestination:/queue/a\n\nhi\0"s;  // 61
inline const std::string connected_octets = "CONNECTED\nversion:1.2\n\n\0"s;

// A mask of zeros leaves the payload readable.
inline constexpr malform_context broker_tcp{};
inline constexpr malform_context broker_ws{.websocket = true};
inline constexpr malform_context client_tcp{.to_broker = false};
inline constexpr malform_context client_ws{.to_broker = false, .websocket = true};

inline const malformation& named(std::string_view name) {
  const auto* found = find_malformation(name);
  if (!found) throw std::invalid_argument("no malformation " + std::string(name));
  return *found;
}

inline std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const auto& m : malformations()) names.push_back(m.name);
  return names;
}

}  // namespace mockbroker::test
