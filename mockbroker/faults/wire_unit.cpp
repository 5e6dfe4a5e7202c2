#include "mockbroker/faults/wire_unit.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "stomp/text.hpp"

namespace mockbroker {

namespace {

constexpr std::array<std::string_view, 2> ways{"to-broker", "to-client"};
constexpr std::array<std::string_view, 8> kinds{"request", "response", "frame", "beat",
                                                "ping",    "pong",     "close", "octets"};
constexpr std::size_t body_shown = 200;
constexpr std::size_t value_shown = 80;

template <std::size_t N>
std::optional<std::size_t> place_of(const std::array<std::string_view, N>& names,
                                    std::string_view text) noexcept {
  const auto* found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return std::size_t(found - names.begin());
}

}  // namespace

std::string_view to_string(way w) noexcept { return ways[std::size_t(w)]; }
std::optional<way> parse_way(std::string_view text) noexcept {
  const auto place = place_of(ways, text);
  return place ? std::optional(way(*place)) : std::nullopt;
}
std::string_view to_string(wire_unit::kind k) noexcept { return kinds[std::size_t(k)]; }
std::optional<wire_unit::kind> parse_unit_kind(std::string_view text) noexcept {
  const auto place = place_of(kinds, text);
  return place ? std::optional(wire_unit::kind(*place)) : std::nullopt;
}

bool is_secret(std::string_view header) noexcept {
  constexpr std::array<std::string_view, 5> secret{"passcode", "authorization", "cookie",
                                                   "set-cookie", "proxy-authorization"};
  return std::any_of(secret.begin(), secret.end(), [&](std::string_view name) {
    return std::equal(name.begin(), name.end(), header.begin(), header.end(), [](char a, char b) {
      return a == char(std::tolower(static_cast<unsigned char>(b)));
    });
  });
}

std::string summary_of(const wire_unit& unit) {
  using kind = wire_unit::kind;
  switch (unit.what) {
    case kind::request:
    case kind::response:
      return unit.frame.command;
    case kind::beat:
      return "beat";
    case kind::ping:
    case kind::pong:
      return std::string(to_string(unit.what)) +
             (unit.text.empty() ? "" : " " + stomp::quote_peer_text(unit.text, value_shown));
    case kind::close:
      return "close " + std::to_string(unit.code) +
             (unit.text.empty() ? "" : " " + stomp::quote_peer_text(unit.text, value_shown));
    case kind::octets:
      return "octets(" + std::to_string(unit.raw.size()) +
             ")=" + stomp::quote_peer_text(unit.raw, value_shown);
    case kind::frame:
      break;
  }
  std::string text = unit.frame.command;
  for (const auto& h : unit.frame.headers) {
    text += ' ' + h.name + '=';
    text += is_secret(h.name) ? "***" : stomp::quote_peer_text(h.value, value_shown);
  }
  if (!unit.frame.body.empty()) {
    text += " body(" + std::to_string(unit.frame.body.size()) +
            ")=" + stomp::quote_peer_text(unit.frame.body, body_shown);
  }
  return text;
}

}  // namespace mockbroker
