// <chain>: elements under one name, for <interceptor refid="...">.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class chain_block final : public element {
 public:
  explicit chain_block(flow nested) : nested_(std::move(nested)) {}

  bool waits() const noexcept override { return nested_.waits(); }
  net::task<outcome> on_request(exchange& ex) const override {
    co_return co_await nested_.on_request(ex);
  }
  net::task<outcome> on_response(exchange& ex) const override {
    co_return co_await nested_.on_response(ex);
  }
  net::task<void> on_abort(exchange& ex) const override {
    auto all = nested_.on_abort(ex);
    co_await all;
  }
  outcome request_now(exchange& ex) const override { return nested_.request_now(ex); }
  outcome response_now(exchange& ex) const override { return nested_.response_now(ex); }
  void abort_now(exchange& ex) const override { nested_.abort_now(ex); }

 private:
  flow nested_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<chain_block>(context.make_flow(node));
}

}  // namespace

const element_descriptor& chain_element() {
  static const element_descriptor d{
      .name = "chain",
      .doc = "Elements that several proxies use: with an id beside the router, once for all.",
      .example = R"(<chain>
  <log/>
  <setHeader name="X-Seen" value="yes"/>
</chain>)",
      .children = {{}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
