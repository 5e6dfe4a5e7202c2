// <user>: one user of <basicAuthentication>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& user_element() {
  static const element_descriptor d{
      .name = "user",
      .doc = "A user who may log in.",
      .role = element_role::structure,
      .attributes =
          {{.name = "name", .doc = "Login name.", .required = true, .aliases = {"username"}},
           {.name = "password",
            .doc = "Password in plain text.",
            .required = true,
            .secret = true}},
      // Membrane keeps any further attribute as a property of the user.
      .any_attribute = true,
  };
  return d;
}

}  // namespace gateway
