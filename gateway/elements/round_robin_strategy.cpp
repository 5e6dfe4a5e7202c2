// <roundRobinStrategy>: the nodes of a <balancer> in turn.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& round_robin_strategy_element() {
  static const element_descriptor d{
      .name = "roundRobinStrategy",
      .doc = "The nodes in turn; what a <balancer> does when nothing else is said.",
      .role = element_role::structure,
  };
  return d;
}

}  // namespace gateway
