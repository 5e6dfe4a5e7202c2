// <interceptor refid="x"/>: the element with that id, in this place, too.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return context.make_reference(node, *node.find("refid"));
}

}  // namespace

const element_descriptor& interceptor_element() {
  static const element_descriptor d{
      .name = "interceptor",
      .doc = "Stands for the element beside the router that has this id.",
      .attributes = {{.name = "refid", .doc = "The id.", .required = true}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
