// <tcp>: permits the upgrade to tcp, a tunnel for any octets.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class tcp final : public sync_element {
 public:
  outcome request_now(exchange& ex) const override {
    const auto upgrade = ex.request.headers.get("Upgrade");
    if (upgrade && net::iequals(*upgrade, "tcp")) ex.tcp_allowed = true;
    return outcome::proceed;
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }
};

std::unique_ptr<const element> make(const element_node&, build_context&) {
  return std::make_unique<tcp>();
}

}  // namespace

const element_descriptor& tcp_element() {
  static const element_descriptor d{
      .name = "tcp",
      .doc =
          "Permits requests with 'Upgrade: tcp': behind the target's 101 octets pass both ways "
          "unchanged. Other requests pass by.",
      .example = "<tcp/>",
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
