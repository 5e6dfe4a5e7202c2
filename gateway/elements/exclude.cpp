// <exclude>: a rule of <headerFilter>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& exclude_element() {
  static const element_descriptor d{
      .name = "exclude",
      .doc = "Fields to take away: a pattern that fits the whole name, in upper or lower case.",
      .role = element_role::structure,
      .text_content = true,
  };
  return d;
}

}  // namespace gateway
