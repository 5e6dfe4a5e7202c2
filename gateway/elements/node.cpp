// <node>: one target of a <balancer>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& node_element() {
  static const element_descriptor d{
      .name = "node",
      .doc = "One target of a <balancer>; it is called by http://.",
      .role = element_role::structure,
      .attributes =
          {{.name = "host", .doc = "Its name or address.", .required = true},
           {.name = "port",
            .type = attribute_type::integer,
            .doc = "Its port.",
            .default_value = "80",
            .min = 1,
            .max = 65535},
           {.name = "healthUrl",
            .type = attribute_type::url,
            .doc = "What <balancerHealthMonitor> asks by HTTP or HTTPS: below 300, the node is up. "
                   "Without it, the node is up when it takes a connection."},
           {.name = "priority",
            .type = attribute_type::integer,
            .doc = "For <priorityStrategy>; the lowest number goes first.",
            .default_value = "10",
            .min = 0,
            .max = 1'000'000}},
  };
  return d;
}

}  // namespace gateway
