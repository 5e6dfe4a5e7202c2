#include "gateway/config/unreachable.hpp"

#include "gateway/core/text.hpp"

namespace gateway {

namespace {

// Why no request has this host; empty: some may.
std::string complaint_of(const std::string& host) {
  if (host.find(',') != host.npos)
    return "host '" + printable(host, 60) + "' fits no request; names are separated by blanks";
  const auto port = host.rfind(':');
  const bool v6 = port != host.npos && (host.find(':') != port || host.ends_with(']'));
  if (port == host.npos || v6) return {};
  return "host '" + printable(host, 60) + "' fits no request; the port of a host is not looked at";
}

void add_conditions(const proxy& p, const config& c, std::vector<std::string>& found) {
  for (const std::string& host : p.hosts)
    if (const auto why = complaint_of(host); !why.empty())
      found.push_back(c.message_at(p.position, why));
  if (p.method.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
    found.push_back(c.message_at(p.position, "method '" + printable(p.method, 60) +
                                                 "' fits no request; methods are in capitals"));
}

}  // namespace

std::vector<std::string> unreachable_proxies(const config& c) {
  std::vector<std::string> found;
  for (const auto& p : c.proxies) add_conditions(*p, c, found);
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
