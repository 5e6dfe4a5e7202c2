// <prometheus>: what the gateway counted, for Prometheus to fetch.
#include <algorithm>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/text.hpp"
#include "gateway/core/traffic.hpp"

namespace gateway {

namespace {

class prometheus final : public element {
 public:
  explicit prometheus(std::vector<std::uint32_t> buckets) : buckets_(std::move(buckets)) {}

  net::task<outcome> on_request(exchange& ex) const override {
    if (ex.request.method != "GET" && ex.request.method != "HEAD") {
      ex.response = problem_response(failure::method_not_allowed, ex.request);
      ex.response->headers.set("Allow", "GET, HEAD");
      co_return outcome::respond;
    }
    if (!ex.world.metrics) {
      ex.response = problem_response(failure::unavailable, ex.request, "Nothing is counted.");
      co_return outcome::respond;
    }
    auto collecting = ex.world.metrics->prometheus(buckets_);
    std::string text = co_await collecting;
    ex.response =
        net::make_response(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
    ex.response->headers.set("Cache-Control", "no-store");
    co_return outcome::respond;
  }
  net::task<outcome> on_response(exchange&) const override { co_return outcome::proceed; }

 private:
  std::vector<std::uint32_t> buckets_;
};

std::string all_bounds() {
  std::string out;
  for (const std::uint32_t ms : time_histogram::bounds())
    out += (out.empty() ? "" : " ") + std::to_string(ms);
  return out;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const attribute_value& list = *node.find("buckets");
  const auto known = time_histogram::bounds();
  const std::string_view text = list.text;
  constexpr std::string_view separators = ", ";
  std::vector<std::uint32_t> buckets;
  for (auto at = text.find_first_not_of(separators); at != text.npos;) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    const auto one = text.substr(at, end - at);
    const auto ms = parse_integer(one);
    if (!ms || std::find(known.begin(), known.end(), *ms) == known.end())
      context.error(
          node, list, at,
          "has '" + printable(one, 20) + "'; times are counted up to these (ms): " + all_bounds());
    else if (!buckets.empty() && *ms <= buckets.back())
      context.error(node, list, at, "must ascend");
    else
      buckets.push_back(static_cast<std::uint32_t>(*ms));
    at = text.find_first_not_of(separators, end);
  }
  if (list.text.find_first_not_of(separators) == std::string::npos)
    context.error(node, list, 0, "must name at least one time");
  return std::make_unique<prometheus>(std::move(buckets));
}

}  // namespace

const element_descriptor& prometheus_element() {
  static const element_descriptor d{
      .name = "prometheus",
      .doc =
          "Answers with what all proxies counted, in the text format of Prometheus. It shows names "
          "of proxies: put it behind a port or a login of its own.",
      .example = R"(<prometheus buckets="100,500,1000,5000"/>)",
      .attributes = {{.name = "buckets",
                      .doc =
                          "Up to which times exchanges are counted together, ascending, with "
                          "commas between: of 1 2 5 10 20 25 50 100 200 250 400 500 750 800 1000 "
                          "2000 2500 4000 5000 8000 10000 20000 30000 60000.",
                      .default_value = "500,1000,2000,4000,10000",
                      .unit = "ms"}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
