// <sessionIdExtractor>: sessions of a <balancer> by an expression.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& session_id_extractor_element() {
  static const element_descriptor d{
      .name = "sessionIdExtractor",
      .doc = "Requests for which the expression has the same value go to the same node.",
      .role = element_role::structure,
      .attributes = {{.name = "sessionSource",
                      .type = attribute_type::expression,
                      .doc = "The id of the session in a request, and in an answer that begins "
                             "one; at most 256 octets. Nothing, null: no session.",
                      .required = true},
                     language_attribute()},
  };
  return d;
}

}  // namespace gateway
