// <additionalVariable>: one more value in the lines of <accessLog>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& additional_variable_element() {
  static const element_descriptor d{
      .name = "additionalVariable",
      .doc = "One more value in each line, as NAME=\"VALUE\".",
      .role = element_role::structure,
      .attributes = {{.name = "name", .doc = "Its name.", .required = true},
                     {.name = "expression",
                      .type = attribute_type::expression,
                      .doc = "What it is, evaluated when there is a response.",
                      .required = true},
                     {.name = "defaultValue",
                      .doc = "Printed where the expression has no value or fails; that of "
                             "<accessLog> when not written."},
                     language_attribute()},
  };
  return d;
}

}  // namespace gateway
