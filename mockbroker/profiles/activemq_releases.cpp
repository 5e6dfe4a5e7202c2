#include "mockbroker/profiles/activemq_releases.hpp"

#include <array>
#include <string>

#include "mockbroker/profiles/activemq_words.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr release oldest{5, 17, 0};

// A change came with one release of each line: 5.x, and 6.x up to where 7 would begin.
bool has_change(const release& as_of, const release& in_5, const release& in_6) {
  return as_of >= in_6 || (as_of.major == 5 && as_of >= in_5);
}

// Jetty 9.4, in 5.x.
constexpr std::string_view upgrade_of_jetty_9[] = {"Date", "Sec-WebSocket-Protocol", "Connection",
                                                   "Sec-WebSocket-Accept", "Upgrade"};
std::string too_big_of_jetty_9(std::uint64_t octets, std::uint64_t limit) {
  return "Text message size [" + std::to_string(octets) + "] exceeds maximum size [" +
         std::to_string(limit) + "]";
}

// Jetty 11, in 6.x.
constexpr std::string_view upgrade_of_jetty_11[] = {"Date", "Sec-WebSocket-Protocol", "Upgrade",
                                                    "Connection", "Sec-WebSocket-Accept"};
// As Java writes numbers for people: 65,536.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}
std::string too_big_of_jetty_11(std::uint64_t octets, std::uint64_t limit) {
  return "Text message too large: (actual) " + grouped(octets) +
         " > (configured max text message size) " + grouped(limit);
}

}  // namespace

std::optional<release> parse_release(std::string_view text) {
  std::array<std::int32_t, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    const auto number = stomp::parse_int32(text.substr(0, dot));
    if (!number || *number < 0) return std::nullopt;
    parts.at(i) = *number;
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  const release found{parts[0], parts[1], parts[2]};
  if (found < oldest || found.major > 6) return std::nullopt;
  return found;
}

void set_release(profile& p, const release& as_of) {
  p.version = std::to_string(as_of.major) + "." + std::to_string(as_of.minor) + "." +
              std::to_string(as_of.patch);
  p.server = "ActiveMQ/" + p.version;
  p.upgrade_headers = upgrade_of_jetty_9;
  p.upgrade_token = "WebSocket";
  p.too_big_text = too_big_of_jetty_9;
  if (as_of.major >= 6) {
    p.insists_on_subprotocol = true;
    p.ignores_websocket_versions = true;
    p.upgrade_headers = upgrade_of_jetty_11;
    p.upgrade_token = "websocket";
    p.too_big_text = too_big_of_jetty_11;
    p.ws_idle = stomp::milliseconds(as_of < release{6, 1, 0} ? 30000 : 0);
  }
  p.has_rest = !has_change(as_of, {5, 19, 7}, {6, 2, 6});
  p.limits_management = !p.has_rest;
  if (has_change(as_of, {5, 19, 8}, {6, 2, 7})) {
    p.rules.order = stomp::order_rule::fatal;
    p.words = activemq_strict_words;
  }
  if (has_change(as_of, {5, 19, 9}, {6, 2, 8})) p.largest_frame = 10485760;
}

}  // namespace mockbroker
