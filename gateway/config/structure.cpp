// Descriptors of the elements around the flow: router, proxies and targets. TLS: tls_structure.cpp.
#include <array>

#include "gateway/config/config.hpp"
#include "gateway/config/tls_settings.hpp"

namespace gateway {

namespace {

using type = attribute_type;
constexpr std::int64_t max_port = 65535;

// Nothing is connected in a relative order other than the one of facts/membrane.md 1.4.
const element_descriptor router{
    .name = "router",
    .doc = "Holds all proxies. Exactly one per file.",
    .role = element_role::structure,
    .children = {{.names = {"serviceProxy"}}},
    .foreign_attributes = {"exchangeStore", "hotDeploy", "production", "retryInit",
                           "retryInitInterval", "jmx"},
};

const element_descriptor service_proxy{
    .name = "serviceProxy",
    .doc = "Listens on a port and sends what matches through a flow of elements to a target.",
    .role = element_role::structure,
    .attributes = {{.name = "name",
                    .doc = "Name in logs and the console; derived from ip, port, method and path "
                           "when not written."},
                   {.name = "port",
                    .type = type::integer,
                    .doc = "Port to listen on.",
                    .default_value = "80",
                    .min = 1,
                    .max = max_port},
                   {.name = "ip", .doc = "Numeric address to listen on; all when not written."},
                   {.name = "host",
                    .doc = "Blank-separated host names to accept; '*' stands for any characters. "
                           "Case and port of the Host field are ignored.",
                    .default_value = "*"},
                   {.name = "method",
                    .doc = "Request method to accept, exact; '*' accepts all.",
                    .default_value = "*"}},
    .children = {{.names = {"path"}, .max = 1},
                 {.names = {"ssl"}, .max = 1},
                 {},
                 {.names = {"target"}, .max = 1}},
};

const element_descriptor path{
    .name = "path",
    .doc = "Limits the proxy to requests whose URI begins with the text.",
    .role = element_role::structure,
    .attributes = {{.name = "isRegExp",
                    .type = type::boolean,
                    .doc = "The text is a regular expression that must match the whole URI.",
                    .default_value = "false"}},
    .text_content = true,
};

const element_descriptor target{
    .name = "target",
    .doc = "Where requests go that no element of the flow answered.",
    .role = element_role::structure,
    .attributes = {{.name = "host", .doc = "Name or address of the server."},
                   {.name = "port",
                    .type = type::integer,
                    .doc = "Its port; 80, or 443 with <ssl>, when not written.",
                    .min = 1,
                    .max = max_port},
                   {.name = "url",
                    .type = type::url,
                    .doc = "Address of the server; wins over host and port. A path other than '/' "
                           "replaces the request's."},
                   {.name = "adjustHostHeader",
                    .type = type::boolean,
                    .doc = "Send host:port of the target as Host field.",
                    .default_value = "true"}},
    .children = {{.names = {"ssl"}, .max = 1}},
    .foreign_attributes = {"method", "language", "escaping"},
};

constexpr std::array<const element_descriptor*, 4> own = {&router, &service_proxy, &path, &target};

}  // namespace

element_registry structure_elements() {
  static const std::vector<const element_descriptor*> all = [] {
    std::vector<const element_descriptor*> list(own.begin(), own.end());
    const element_registry tls = tls_structure_elements();
    list.insert(list.end(), tls.begin(), tls.end());
    return list;
  }();
  return all;
}

}  // namespace gateway
