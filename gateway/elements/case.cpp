// <case>: a branch of <choose>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& case_element() {
  static const element_descriptor d{
      .name = "case",
      .doc = "Elements that run when the test is true and none before was.",
      .role = element_role::structure,
      .attributes = {{.name = "test",
                      .type = attribute_type::expression,
                      .doc = "Condition on the message.",
                      .required = true},
                     language_attribute()},
      .children = {{}},
  };
  return d;
}

}  // namespace gateway
