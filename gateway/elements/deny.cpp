// <deny>: a rule of <accessControl>.
#include "gateway/elements/access_rule.hpp"

namespace gateway {

const element_descriptor& deny_element() {
  static const element_descriptor d = access_rule("deny", "Clients that are refused.");
  return d;
}

}  // namespace gateway
