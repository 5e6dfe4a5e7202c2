// <simple>: the old name of <keys>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& simple_element() {
  static const element_descriptor d = [] {
    element_descriptor old = inline_key_store("simple");
    old.doc = "Old name of keys.";
    return old;
  }();
  return d;
}

}  // namespace gateway
