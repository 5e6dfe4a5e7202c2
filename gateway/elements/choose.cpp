// <choose>: the first <case> whose test is true, else <otherwise>, in each direction.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/expression.hpp"

namespace gateway {

namespace {

struct branch {
  std::optional<expression> test;  // nothing: <otherwise>
  flow nested;
};

class choose_block final : public element {
 public:
  explicit choose_block(std::vector<branch> branches) : branches_(std::move(branches)) {}

  bool waits() const noexcept override {
    for (const branch& b : branches_)
      if (b.nested.waits()) return true;
    return false;
  }
  net::task<outcome> on_request(exchange& ex) const override {
    const flow* chosen = choose(ex, flow_direction::request);
    if (!chosen) co_return outcome::proceed;
    co_return co_await chosen->on_request(ex);
  }
  net::task<outcome> on_response(exchange& ex) const override {
    const flow* chosen = choose(ex, flow_direction::response);
    if (!chosen) co_return outcome::proceed;
    co_return co_await chosen->on_response(ex);
  }
  outcome request_now(exchange& ex) const override {
    const flow* chosen = choose(ex, flow_direction::request);
    return chosen ? chosen->request_now(ex) : outcome::proceed;
  }
  outcome response_now(exchange& ex) const override {
    const flow* chosen = choose(ex, flow_direction::response);
    return chosen ? chosen->response_now(ex) : outcome::proceed;
  }

 private:
  const flow* choose(const exchange& ex, flow_direction where) const {
    for (const branch& b : branches_)
      if (!b.test || b.test->test(ex, where)) return &b.nested;
    return nullptr;
  }

  std::vector<branch> branches_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<branch> branches;
  for (const element_node& child : node.children) {
    branch b;
    b.test = child.tested("test");
    b.nested = context.make_flow(child);
    branches.push_back(std::move(b));
  }
  return std::make_unique<choose_block>(std::move(branches));
}

}  // namespace

const element_descriptor& choose_element() {
  static const element_descriptor d{
      .name = "choose",
      .doc = "Runs the first <case> whose test is true, else <otherwise>.",
      .example = R"(<choose>
  <case test="method == 'GET'">
    <log body="false"/>
  </case>
  <otherwise>
    <return status="405"/>
  </otherwise>
</choose>)",
      .children = {{.names = {"case"}, .min = 1}, {.names = {"otherwise"}, .max = 1}},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
