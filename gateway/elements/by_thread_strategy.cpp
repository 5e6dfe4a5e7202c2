// <byThreadStrategy>: as many connections for each node of a <balancer> as it can take.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& by_thread_strategy_element() {
  static const element_descriptor d{
      .name = "byThreadStrategy",
      .doc = "The nodes in turn, each with so many connections at once; 503 when all stay busy.",
      .role = element_role::structure,
      .attributes = {{.name = "maxNumberOfThreadsPerEndpoint",
                      .type = attribute_type::integer,
                      .doc = "Requests and open WebSockets of a node at once.",
                      .default_value = "5",
                      .min = 1,
                      .max = 1'000'000},
                     {.name = "retryTimeOnBusy",
                      .type = attribute_type::integer,
                      .doc = "When all nodes are busy: time to the next look; there are five.",
                      .default_value = "1000",
                      .unit = "ms",
                      .min = 1,
                      .max = 60'000}},
  };
  return d;
}

}  // namespace gateway
