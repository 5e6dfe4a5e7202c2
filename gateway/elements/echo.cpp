// <echo>: the request as its own answer.
#include <algorithm>
#include <array>

#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

// Fields of the client's connection and of the request's frame mean nothing in the answer.
bool is_echoed(std::string_view name) {
  constexpr std::array<std::string_view, 12> dropped = {"Host",
                                                        "Connection",
                                                        "Keep-Alive",
                                                        "Proxy-Connection",
                                                        "Upgrade",
                                                        "Content-Length",
                                                        "Transfer-Encoding",
                                                        "TE",
                                                        "Trailer",
                                                        "Proxy-Authorization",
                                                        "Expect",
                                                        "Set-Cookie"};
  return std::none_of(dropped.begin(), dropped.end(),
                      [name](std::string_view d) { return net::iequals(d, name); });
}

class echo final : public sync_element {
 public:
  outcome request_now(exchange& ex) const override {
    net::http_response answer;
    answer.status = ex.request.body ? 200 : 204;
    for (const net::header_field& f : ex.request.headers.fields())
      if (is_echoed(f.name)) answer.headers.add(f.name, f.value);
    // What somebody else made a browser send must not run as a page of ours.
    answer.headers.set("X-Content-Type-Options", "nosniff");
    answer.headers.set("Content-Security-Policy", "sandbox");
    answer.body = std::move(ex.request.body);
    ex.response = std::move(answer);
    return outcome::respond;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }
};

std::unique_ptr<const element> make(const element_node&, build_context&) {
  return std::make_unique<echo>();
}

}  // namespace

const element_descriptor& echo_element() {
  static const element_descriptor d{
      .name = "echo",
      .doc =
          "Answers each request with its own header fields and body: 200, or 204 without a body. "
          "For tests.",
      .example = "<echo/>",
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
