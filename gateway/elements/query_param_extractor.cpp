// <queryParamExtractor>: a place where <apiKey> looks for the key.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

element_descriptor key_parameter(std::string_view name) {
  return {
      .name = name,
      .doc = "Takes the key from a parameter of the query. Logs mask the parameter.",
      .role = element_role::structure,
      .attributes = {{.name = "name", .doc = "Name of the parameter.", .default_value = "api-key"}},
  };
}

const element_descriptor& query_param_extractor_element() {
  static const element_descriptor d = key_parameter("queryParamExtractor");
  return d;
}

}  // namespace gateway
