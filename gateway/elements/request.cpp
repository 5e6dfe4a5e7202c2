// <request>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

// What turns around or fails inside gives the elements before it in the block no way back: they see
// requests only.
class request_block final : public element {
 public:
  explicit request_block(flow nested) : nested_(std::move(nested)) {}

  bool waits() const noexcept override { return nested_.waits(); }
  net::task<outcome> on_request(exchange& ex) const override {
    co_return co_await nested_.forward(ex);
  }
  net::task<outcome> on_response(exchange&) const override { co_return outcome::proceed; }
  outcome request_now(exchange& ex) const override { return nested_.forward_now(ex); }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  flow nested_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<request_block>(context.make_flow(node));
}

}  // namespace

const element_descriptor& request_element() {
  static const element_descriptor d{
      .name = "request",
      .doc = "Runs the elements inside on the way to the target only.",
      .example = R"(<request>
  <setHeader name="X-Seen" value="yes"/>
</request>)",
      .children = {{}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
