// <if>: a nested flow that runs when its test is true, in both directions.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/expression.hpp"

namespace gateway {

namespace {

// The test is evaluated in each direction, as in Membrane: it may ask for the status of the
// response.
class if_block final : public element {
 public:
  if_block(expression test, flow nested) : test_(std::move(test)), nested_(std::move(nested)) {}

  bool waits() const noexcept override { return nested_.waits(); }
  net::task<outcome> on_request(exchange& ex) const override {
    if (!test_.test(ex, flow_direction::request)) co_return outcome::proceed;
    co_return co_await nested_.on_request(ex);
  }
  net::task<outcome> on_response(exchange& ex) const override {
    if (!test_.test(ex, flow_direction::response)) co_return outcome::proceed;
    co_return co_await nested_.on_response(ex);
  }
  outcome request_now(exchange& ex) const override {
    if (!test_.test(ex, flow_direction::request)) return outcome::proceed;
    return nested_.request_now(ex);
  }
  outcome response_now(exchange& ex) const override {
    if (!test_.test(ex, flow_direction::response)) return outcome::proceed;
    return nested_.response_now(ex);
  }

 private:
  expression test_;
  flow nested_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<if_block>(*node.tested("test"), context.make_flow(node));
}

}  // namespace

const element_descriptor& if_element() {
  static const element_descriptor d{
      .name = "if",
      .doc = "Runs the elements inside when the test is true.",
      .example = R"(<if test="header.Upgrade == 'websocket'">
  <log body="false"/>
</if>)",
      .attributes = {{.name = "test",
                      .type = attribute_type::expression,
                      .doc = "Condition on the message, as header.Upgrade == 'websocket'.",
                      .required = true},
                     language_attribute()},
      .children = {{}},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
