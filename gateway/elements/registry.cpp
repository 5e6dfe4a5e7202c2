#include "gateway/elements/registry.hpp"

#include <array>

namespace gateway {

#define ELEMENT(name) const element_descriptor& name##_element();
#include "gateway/elements/elements.def"
#undef ELEMENT

element_registry builtin_elements() {
  static const std::array rows = {
#define ELEMENT(name) &name##_element(),
#include "gateway/elements/elements.def"
#undef ELEMENT
  };
  return rows;
}

}  // namespace gateway
