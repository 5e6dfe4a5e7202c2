// <httpClient>: calls the destination here instead of at the end of the flow.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

class call_destination final : public element {
 public:
  net::task<outcome> on_request(exchange& ex) const override {
    // Up to Membrane 4.0 this was what let a WebSocket through; files of that time have no other.
    ex.websocket_allowed = true;
    if (ex.caller) co_return co_await ex.caller->call(ex);
    ex.response = problem_response(failure::no_response, ex.request);
    co_return outcome::abort;
  }
  net::task<outcome> on_response(exchange&) const override { co_return outcome::proceed; }
};

std::unique_ptr<const element> make(const element_node&, build_context&) {
  return std::make_unique<call_destination>();
}

}  // namespace

const element_descriptor& http_client_element() {
  static const element_descriptor d{
      .name = "httpClient",
      .doc =
          "Calls the destination; what stands behind it in the flow does not run. Permits "
          "WebSocket "
          "connections.",
      .example = R"(<httpClient/>)",
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
