// <cluster>: nodes of a <balancer> that share their sessions.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& cluster_element() {
  static const element_descriptor d{
      .name = "cluster",
      .doc =
          "Nodes of a <balancer>. Of several clusters the first one that has a node serves. "
          "One without nodes gets them by <clusterNotification>.",
      .role = element_role::structure,
      .attributes = {{.name = "name", .doc = "Its name.", .default_value = "Default"}},
      .children = {{.names = {"node"}}},
  };
  return d;
}

}  // namespace gateway
