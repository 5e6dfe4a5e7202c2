// <include>: a rule of <headerFilter>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& include_element() {
  static const element_descriptor d{
      .name = "include",
      .doc = "Fields to keep: a pattern that fits the whole name, in upper or lower case.",
      .role = element_role::structure,
      .text_content = true,
  };
  return d;
}

}  // namespace gateway
