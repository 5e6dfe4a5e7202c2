// <destination>: where the request goes instead of the target.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

class set_destination final : public sync_element {
 public:
  explicit set_destination(destination to) : to_(std::move(to)) {}
  explicit set_destination(std::unique_ptr<const destination_template> url)
      : url_(std::move(url)) {}
  outcome request_now(exchange& ex) const override {
    ex.to = url_ ? url_->evaluate(ex) : to_;
    if (ex.to) return outcome::proceed;
    ex.response = problem_response(failure::bad_destination, ex.request);
    return outcome::abort;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  std::optional<destination> to_;
  std::unique_ptr<const destination_template> url_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  if (auto made = context.url_template(node, "url"))
    return std::make_unique<set_destination>(std::move(made));
  return std::make_unique<set_destination>(context.resolve_url(node, *node.find("url")));
}

}  // namespace

const element_descriptor& destination_element() {
  static const element_descriptor d{
      .name = "destination",
      .doc = "Sends the request elsewhere than to the target.",
      .example = R"(<destination url="http://localhost:8081/${urlEncode(params.shop)}"/>)",
      .attributes = {{.name = "url",
                      .type = attribute_type::url_template,
                      .doc = "Where to. A path other than '/' replaces the request's.",
                      .required = true},
                     language_attribute()},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
