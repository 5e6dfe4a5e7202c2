// <clusters>: the clusters of a <balancer>, up to Membrane 7.0.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& clusters_element() {
  static const element_descriptor d{
      .name = "clusters",
      .doc = "Holds the clusters of a <balancer>; they may also stand without it.",
      .role = element_role::structure,
      .children = {{.names = {"cluster"}, .min = 1}},
  };
  return d;
}

}  // namespace gateway
