// <expressionExtractor>: a place where <apiKey> looks for the key.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& expression_extractor_element() {
  static const element_descriptor d{
      .name = "expressionExtractor",
      .doc =
          "Takes the key from an expression. Logs mask what looks like a secret, but cannot know "
          "where an expression looks: better a field or parameter of the extractors above.",
      .role = element_role::structure,
      .attributes = {{.name = "expression",
                      .type = attribute_type::expression,
                      .doc = "The key, as cookies.key; null and empty: there is none.",
                      .required = true},
                     language_attribute()},
  };
  return d;
}

}  // namespace gateway
