// <header>: the old name of <headerExtractor>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& header_element() {
  static const element_descriptor d = key_header("header");
  return d;
}

}  // namespace gateway
