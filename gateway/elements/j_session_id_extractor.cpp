// <jSessionIdExtractor>: sessions of a <balancer> by the cookie JSESSIONID.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& j_session_id_extractor_element() {
  static const element_descriptor d{
      .name = "jSessionIdExtractor",
      .doc = "Requests with the same cookie JSESSIONID go to the same node: the one that set it.",
      .role = element_role::structure,
  };
  return d;
}

}  // namespace gateway
