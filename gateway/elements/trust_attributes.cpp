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

trusted_proxies read_trust(const element_node& node, build_context& context) {
  trusted_proxies out;
  const attribute_value* list = node.find("trustedProxyList");
  const bool trusts = node.boolean("trustForwardedFor");
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
