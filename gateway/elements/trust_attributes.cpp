#include "gateway/elements/trust_attributes.hpp"

namespace gateway {

std::vector<attribute_descriptor> trust_attributes() {
  return {{.name = "trustForwardedFor",
           .type = attribute_type::boolean,
           .doc = "Behind proxies of trustedProxyList, take the client's address from "
                  "X-Forwarded-For.",
           .default_value = "false"},
          {.name = "trustedProxyList",
           .doc = "Addresses and networks of proxies that are believed, separated by commas."}};
}

attribute_descriptor trusted_count_attribute() {
  return {.name = "trustedProxyCount",
          .type = attribute_type::integer,
          .doc =
              "Instead of trustedProxyList: believe whoever connects, and take the entry of "
              "X-Forwarded-For in front of so many proxies; 0 is the last entry.",
          .min = 0,
          .max = 100};
}

trusted_proxies read_trust(const element_node& node, build_context& context) {
  trusted_proxies out;
  const attribute_value* list = node.find("trustedProxyList");
  const attribute_value* count = node.find("trustedProxyCount");
  const bool trusts = node.boolean("trustForwardedFor");
  if (count != nullptr && list != nullptr) {
    context.error(node, *count, 0, "has no effect beside trustedProxyList");
  } else if (count != nullptr && !trusts) {
    context.error(node, *count, 0, "has no effect without trustForwardedFor=\"true\"");
  } else if (count != nullptr) {
    out.count(static_cast<std::size_t>(node.integer("trustedProxyCount")));
    return out;
  }
  if (trusts && list == nullptr) {
    // Else everybody could write an address of their choice.
    context.error(node, *node.find("trustForwardedFor"), 0,
                  "needs trustedProxyList, the proxies that are believed");
  }
  if (!trusts && list != nullptr) {
    context.error(node, *list, 0, "has no effect without trustForwardedFor=\"true\"");
  }
  if (list == nullptr) return out;
  std::string wrong;
  if (!out.add(list->text, wrong)) {
    context.error(node, *list, list->text.find(wrong),
                  "must be addresses and networks such as 10.0.0.0/8, separated by commas");
  }
  return out;
}

}  // namespace gateway
