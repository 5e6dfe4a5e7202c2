// <return>: ends the request flow with a response.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class return_now final : public sync_element {
 public:
  return_now(int status, std::string content_type)
      : status_(status), content_type_(std::move(content_type)) {}

  outcome request_now(exchange& ex) const override {
    if (!ex.response) ex.response = from_request(ex.request);
    if (status_ != 0) {
      ex.response->status = status_;
      ex.response->reason.clear();
    }
    if (!content_type_.empty()) ex.response->headers.set("Content-Type", content_type_);
    return outcome::respond;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  // Membrane's way to answer with what <static> and the like have made of the request.
  static net::http_response from_request(net::http_request& request) {
    net::http_response made;
    if (const auto type = request.headers.get("Content-Type"); type && request.body) {
      made.headers.add("Content-Type", *type);
    }
    made.body = std::move(request.body);
    return made;
  }

  int status_;
  std::string content_type_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const auto status = static_cast<int>(node.integer("status"));
  if (status != 0 && (status < 200 || status > 599)) {
    context.error(node, *node.find("status"), 0,
                  "must be from 200 to 599, or 0 to keep the status");
  }
  return std::make_unique<return_now>(status, node.value("contentType"));
}

}  // namespace

const element_descriptor& return_element() {
  static const element_descriptor d{
      .name = "return",
      .doc = "Answers with the response that is there, else with the body of the request.",
      .example = R"(<return status="404" contentType="text/plain"/>)",
      .attributes = {{.name = "status",
                      .type = attribute_type::integer,
                      .doc = "Status of the response, 200 to 599; 0 keeps the one it has.",
                      .default_value = "200",
                      .min = 0,
                      .max = 599,
                      .aliases = {"statusCode"}},
                     {.name = "contentType", .doc = "Content-Type of the response."}},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
