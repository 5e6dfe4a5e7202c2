// <response>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

// Does not run for problems of the gateway itself, which abort the exchange; <abort> does.
class response_block final : public element {
 public:
  explicit response_block(flow nested) : nested_(std::move(nested)) {}

  bool waits() const noexcept override { return nested_.waits(); }
  net::task<outcome> on_request(exchange&) const override { co_return outcome::proceed; }
  net::task<outcome> on_response(exchange& ex) const override {
    co_return co_await nested_.on_response(ex);
  }
  outcome request_now(exchange&) const override { return outcome::proceed; }
  outcome response_now(exchange& ex) const override { return nested_.response_now(ex); }

 private:
  flow nested_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<response_block>(context.make_flow(node));
}

}  // namespace

const element_descriptor& response_element() {
  static const element_descriptor d{
      .name = "response",
      .doc = "Runs the elements inside on the way back only, the last one first.",
      .example = R"(<response>
  <setHeader name="Cache-Control" value="no-store"/>
</response>)",
      .children = {{}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
