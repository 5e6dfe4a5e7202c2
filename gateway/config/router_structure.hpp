// Descriptors of <configuration>, <transport> and <httpClientConfig>, and what they say.
#pragma once

#include "gateway/config/config.hpp"

namespace gateway {

element_registry router_structure();

// Each reads one validated element. Elements that are not there leave the defaults.
void read_configuration(const element_node& node, router_settings& out);
void read_transport(const element_node& node, router_settings& out, build_context& context);
void read_http_client(const element_node& node, router_settings& out);

}  // namespace gateway
