// <keys>: the keys of <apiKey>, in the file itself.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

element_descriptor inline_key_store(std::string_view name) {
  return {
      .name = name,
      .doc = "Keys that stand here.",
      .role = element_role::structure,
      .children = {{.names = {"secret"}, .min = 1}},
  };
}

const element_descriptor& keys_element() {
  static const element_descriptor d = inline_key_store("keys");
  return d;
}

}  // namespace gateway
