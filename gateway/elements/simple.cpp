// <simple>: the old name of <keys>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& simple_element() {
  static const element_descriptor d = inline_key_store("simple");
  return d;
}

}  // namespace gateway
