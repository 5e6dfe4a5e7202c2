// <scope>: something that who has a key may do.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& scope_element() {
  static const element_descriptor d{
      .name = "scope",
      .doc = "A scope that the key has, for hasScope() in expressions.",
      .role = element_role::structure,
      .text_content = true,
  };
  return d;
}

}  // namespace gateway
