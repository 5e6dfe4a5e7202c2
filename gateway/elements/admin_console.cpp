// <adminConsole>: hands every request to the admin console.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

class admin_console final : public element {
 public:
  explicit admin_console(console_options options) : options_(options) {}

  net::task<outcome> on_request(exchange& ex) const override {
    if (!ex.world.console) {
      ex.response = problem_response(failure::unavailable, ex.request, "There is no console.");
      co_return outcome::respond;
    }
    ex.response = co_await ex.world.console->handle(ex.request, options_);
    co_return outcome::respond;
  }
  net::task<outcome> on_response(exchange& /*ex*/) const override { co_return outcome::proceed; }

 private:
  console_options options_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& /*context*/) {
  return std::make_unique<admin_console>(
      console_options{node.boolean("readOnly"), node.boolean("useXForwardedForAsClientAddr")});
}

}  // namespace

const element_descriptor& admin_console_element() {
  static const element_descriptor d{
      .name = "adminConsole",
      .doc =
          "Serves the admin console below /admin. It has no login of its own: put "
          "<basicAuthentication> before it.",
      .example = R"(<adminConsole/>)",
      .attributes = {{.name = "readOnly",
                      .type = attribute_type::boolean,
                      .doc = "Refuse every change.",
                      .default_value = "false"},
                     {.name = "useXForwardedForAsClientAddr",
                      .type = attribute_type::boolean,
                      .doc = "Show the address of X-Forwarded-For as the client's.",
                      .default_value = "false"}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
