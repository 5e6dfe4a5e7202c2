#include "gateway/config/unreachable.hpp"

#include <algorithm>

namespace gateway {

namespace {

constexpr std::string_view blanks = " \t\r\n";

void check_name(const element_node& node, const attribute_value& hosts, std::size_t at,
                std::string_view name, build_context& context) {
  if (const auto comma = name.find(','); comma != name.npos)
    return context.error(node, hosts, at + comma, "has a ','; names are separated by blanks");
  const auto port = name.rfind(':');
  const bool v6 = port != name.npos && (name.find(':') != port || name.ends_with(']'));
  if (port == name.npos || v6) return;
  context.error(node, hosts, at + port, "has a port, which is not looked at; 'port' says it");
}

}  // namespace

void check_reachable(const element_node& node, build_context& context) {
  if (const attribute_value* hosts = node.find("host")) {
    const std::string_view text = hosts->text;
    for (auto at = text.find_first_not_of(blanks); at != text.npos;) {
      const auto end = std::min(text.find_first_of(blanks, at), text.size());
      check_name(node, *hosts, at, text.substr(at, end - at), context);
      at = text.find_first_not_of(blanks, end);
    }
  }
  const attribute_value* method = node.find("method");
  if (method && method->text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
    context.error(node, *method, 0, "must be in capitals, as methods are in requests");
}

std::vector<std::string> unreachable_proxies(const config& c) {
  std::vector<std::string> found;
  for (const listener_settings& l : c.listeners) {
    const proxy* taker = nullptr;
    for (const std::size_t index : l.proxies) {
      const proxy& p = *c.proxies[index];
      if (taker) {
        found.push_back(c.message_at(p.position, "this proxy is never reached: the one in line " +
                                                     std::to_string(taker->position.line) +
                                                     " takes all of port " +
                                                     std::to_string(l.written_port)));
      }
      if (!taker && p.hosts.empty() && p.method.empty() && !p.path && !p.test) taker = &p;
    }
  }
  return found;
}

}  // namespace gateway
