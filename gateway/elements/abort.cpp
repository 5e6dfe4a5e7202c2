// <abort>.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

// The elements inside see the problem that is about to be sent, as a response.
class abort_block final : public element {
 public:
  explicit abort_block(flow nested) : nested_(std::move(nested)) {}

  bool waits() const noexcept override { return nested_.waits(); }
  net::task<outcome> on_request(exchange&) const override { co_return outcome::proceed; }
  net::task<outcome> on_response(exchange&) const override { co_return outcome::proceed; }
  net::task<void> on_abort(exchange& ex) const override {
    if (!ex.response) co_return;
    auto all = nested_.on_response(ex);
    co_await all;
  }
  outcome request_now(exchange&) const override { return outcome::proceed; }
  outcome response_now(exchange&) const override { return outcome::proceed; }
  void abort_now(exchange& ex) const override {
    if (ex.response) nested_.response_now(ex);
  }

 private:
  flow nested_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<abort_block>(context.make_flow(node));
}

}  // namespace

const element_descriptor& abort_element() {
  static const element_descriptor d{
      .name = "abort",
      .doc = "Runs the elements inside, the last one first, when the exchange was aborted.",
      .example = R"(<abort>
  <static>The shop is closed.</static>
</abort>)",
      .children = {{}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
