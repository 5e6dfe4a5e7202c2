// <counter>: a test page that counts requests.
#include <atomic>

#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class counter final : public sync_element {
 public:
  explicit counter(std::string name) : name_(std::move(name)) {}

  outcome request_now(exchange& ex) const override {
    const std::uint64_t count = seen_.fetch_add(1, std::memory_order_relaxed) + 1;
    const std::string name = net::html_escape(name_);
    ex.response = net::make_response(
        200, "text/html; charset=utf-8",
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + name +
            "</title></head>\n<body>\n<h1>" + name +
            "</h1>\n<p>Requests: " + std::to_string(count) + "</p>\n</body>\n</html>\n");
    ex.response->headers.set("Cache-Control", "no-store");
    return outcome::respond;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  std::string name_;
  mutable std::atomic<std::uint64_t> seen_{0};  // by any worker
};

std::unique_ptr<const element> make(const element_node& node, build_context&) {
  return std::make_unique<counter>(node.value("name"));
}

}  // namespace

const element_descriptor& counter_element() {
  static const element_descriptor d{
      .name = "counter",
      .doc =
          "Answers with a page that has a name and how many requests it has answered since the "
          "file was loaded. For tests, as of a balancer.",
      .example = R"(<counter name="Node 1"/>)",
      .attributes = {{.name = "name", .doc = "Heading of the page.", .default_value = "counter"}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
