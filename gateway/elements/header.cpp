// <header>: the old name of <headerExtractor>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& header_element() {
  static const element_descriptor d = [] {
    element_descriptor old = key_header("header");
    old.doc = "Old name of headerExtractor.";
    return old;
  }();
  return d;
}

}  // namespace gateway
