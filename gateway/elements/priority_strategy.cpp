// <priorityStrategy>: the nodes of a <balancer> by their priority.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& priority_strategy_element() {
  static const element_descriptor d{
      .name = "priorityStrategy",
      .doc = "Of the nodes that can serve, those with the lowest 'priority', in turn.",
      .role = element_role::structure,
  };
  return d;
}

}  // namespace gateway
