// <headerExtractor>: a place where <apiKey> looks for the key.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

element_descriptor key_header(std::string_view name) {
  return {
      .name = name,
      .doc = "Takes the key from a header field. Logs mask the field.",
      .role = element_role::structure,
      .attributes = {{.name = "name", .doc = "Name of the field.", .default_value = "X-Api-Key"}},
  };
}

const element_descriptor& header_extractor_element() {
  static const element_descriptor d = key_header("headerExtractor");
  return d;
}

}  // namespace gateway
