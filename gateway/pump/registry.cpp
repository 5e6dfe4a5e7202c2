#include "gateway/pump/registry.hpp"

namespace gateway {

std::vector<pump_row> pump_registry::rows(net::time_point now) const {
  std::vector<pump_row> rows;
  rows.reserve(2 * entries_.size());
  for (const entry& e : entries_) {
    const std::string start = std::string(e.protocol) + " " + e.client;
    pump_row row{e.connection, start + " -> " + e.server, e.proxy,
                 e.created,    now - e.started,           e.pumps->client_to_server_bytes()};
    rows.push_back(row);
    row.name = start + " <- " + e.server;
    row.bytes = e.pumps->server_to_client_bytes();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace gateway
