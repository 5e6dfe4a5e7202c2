// <destination>: where the request goes instead of the target.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class set_destination final : public sync_element {
 public:
  explicit set_destination(destination to) : to_(std::move(to)) {}
  outcome request_now(exchange& ex) const override {
    ex.to = to_;
    return outcome::proceed;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  destination to_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<set_destination>(context.resolve_url(node, *node.find("url")));
}

}  // namespace

const element_descriptor& destination_element() {
  static const element_descriptor d{
      .name = "destination",
      .doc = "Sends the request elsewhere than to the target.",
      .attributes = {{.name = "url",
                      .type = attribute_type::url,
                      .doc = "Where to. A path other than '/' replaces the request's.",
                      .required = true}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
