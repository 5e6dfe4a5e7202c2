// <allow>: a rule of <accessControl>.
#include "gateway/elements/access_rule.hpp"

namespace gateway {

element_descriptor access_rule(std::string_view name, std::string_view doc) {
  return {
      .name = name,
      .doc = doc,
      .role = element_role::structure,
      .attributes = {{.name = "target",
                      .doc = "An address (10.1.2.3, ::1), a network (10.0.0.0/8), or a regular "
                             "expression of the client's host name.",
                      .required = true}},
  };
}

const element_descriptor& allow_element() {
  static const element_descriptor d = access_rule("allow", "Clients that may pass.");
  return d;
}

}  // namespace gateway
