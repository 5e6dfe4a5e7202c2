// <otherwise>: the last branch of <choose>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& otherwise_element() {
  static const element_descriptor d{
      .name = "otherwise",
      .doc = "Elements that run when no test of <choose> was true.",
      .role = element_role::structure,
      .children = {{}},
  };
  return d;
}

}  // namespace gateway
