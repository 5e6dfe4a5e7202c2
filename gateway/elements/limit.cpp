// <limit>: bounds bodies.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

// Ends with an error behind so many octets.
class limited_body final : public net::body_source {
 public:
  limited_body(std::unique_ptr<net::body_source> of, std::uint64_t most)
      : of_(std::move(of)), left_(most) {}
  net::task<net::result<std::string_view>> pull() override {
    auto part = co_await of_->pull();
    if (!part) co_return part;
    if (part->size() > left_) co_return make_error_code(net::errc::too_large);
    left_ -= part->size();
    co_return part;
  }
  std::optional<std::uint64_t> size() const override { return of_->size(); }
  const net::header_list* trailer() const override { return of_->trailer(); }

 private:
  std::unique_ptr<net::body_source> of_;
  std::uint64_t left_;
};

class limit final : public sync_element {
 public:
  explicit limit(std::uint64_t most) : most_(most) {}

  outcome request_now(exchange& ex) const override {
    return bound(ex, ex.request.body, failure::body_too_large);
  }
  outcome response_now(exchange& ex) const override {
    // Which of the target's answers are too large is not the client's fault.
    return ex.response ? bound(ex, ex.response->body, failure::upstream_protocol)
                       : outcome::proceed;
  }

 private:
  outcome bound(exchange& ex, std::unique_ptr<net::body_source>& body, failure why) const {
    if (!body) return outcome::proceed;
    const auto size = body->size();
    if (size && *size > most_) {
      ++ex.world.count.too_large;
      ex.response = problem_response(why, ex.request,
                                     "The body is above " + std::to_string(most_) + " octets.");
      // The rest of it is not read.
      if (why == failure::body_too_large) ex.response->close_connection = true;
      return outcome::abort;
    }
    // One that says its length cannot be longer.
    if (!size) body = std::make_unique<limited_body>(std::move(body), most_);
    return outcome::proceed;
  }

  std::uint64_t most_;
};

std::unique_ptr<const element> make(const element_node& node, build_context&) {
  return std::make_unique<limit>(static_cast<std::uint64_t>(node.integer("maxBodyLength")));
}

}  // namespace

const element_descriptor& limit_element() {
  static const element_descriptor d{
      .name = "limit",
      .doc =
          "Refuses bodies above a length: 413 for a request that says its length, 502 for such "
          "an answer; others break off there.",
      .example = R"(<limit maxBodyLength="1000000"/>)",
      .attributes = {{.name = "maxBodyLength",
                      .type = attribute_type::integer,
                      .doc = "Octets that a body may have.",
                      .unit = "octets",
                      .required = true,
                      .min = 0}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
