// <secret>: one key of <keys>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& secret_element() {
  static const element_descriptor d{
      .name = "secret",
      .doc = "A key and its scopes.",
      .role = element_role::structure,
      .attributes = {{.name = "value",
                      .doc = "The key: characters without blanks.",
                      .required = true,
                      .secret = true}},
      .children = {{.names = {"scope"}}},
  };
  return d;
}

}  // namespace gateway
