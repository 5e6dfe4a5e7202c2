// <rateLimiter>: so many requests of one client in so much time.
#include <algorithm>
#include <mutex>

#include "crypto/digest.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/iso_duration.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/rate_window.hpp"
#include "gateway/elements/trust_attributes.hpp"

namespace gateway {

namespace {

constexpr std::size_t longest_key = 64;  // longer ones are kept as their digests
constexpr net::duration shortest_window = std::chrono::milliseconds(100);
constexpr net::duration longest_window = std::chrono::hours(31 * 24);

struct limiter_settings {
  rate_limits limits;
  std::string duration;  // as written
  std::optional<expression> key;
  trusted_proxies trusted;
};

std::int64_t whole_seconds(net::duration d) {
  return std::chrono::ceil<std::chrono::seconds>(d).count();
}

// Whoever has one IPv6 address has the 64 bits behind its network as well (RFC 6177), so that is
// one client. Other texts are kept as they are.
std::string client_of(std::string address) {
  const auto parsed = parse_address_range(address);
  if (!parsed) return address;
  const auto& octets = parsed->octets;
  static const address_range v4 = *parse_address_range("0.0.0.0/0");
  const bool is_v4 = std::equal(octets.begin(), octets.begin() + 12, v4.octets.begin());
  return {octets.begin(), is_v4 ? octets.end() : octets.begin() + 8};
}

class rate_limiter final : public sync_element {
 public:
  explicit rate_limiter(limiter_settings s) : settings_(std::move(s)), window_(settings_.limits) {}

  outcome request_now(exchange& ex) const override {
    const std::string key = key_of(ex);
    const rate_verdict verdict = ask(key, ex.world.runtime.now());
    if (verdict.shared) ++ex.world.count.rate_overflows;
    return verdict.passes ? outcome::proceed : refuse(ex, verdict.wait);
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }

 private:
  // Requests without a key share one window, or leaving it out would be a way around.
  std::string key_of(const exchange& ex) const {
    if (!settings_.key) return client_of(client_address(ex, settings_.trusted));
    std::string key = to_text(settings_.key->evaluate(ex, flow_direction::request));
    return key.size() > longest_key ? crypto::sha256(key) : key;
  }

  // A look-up is all that happens under the lock.
  rate_verdict ask(const std::string& key, net::time_point now) const {
    const std::lock_guard lock(guard_);
    return window_.ask(key, now);
  }

  outcome refuse(exchange& ex, net::duration wait) const {
    ++ex.world.count.rate_limited;
    const std::string seconds = std::to_string(std::max<std::int64_t>(1, whole_seconds(wait)));
    ex.response = problem_response(failure::too_many_requests, ex.request,
                                   "Try again in " + seconds + " seconds.");
    auto& headers = ex.response->headers;
    headers.set("Retry-After", seconds);
    headers.set("X-RateLimit-Limit", std::to_string(settings_.limits.requests));
    headers.set("X-RateLimit-Duration", settings_.duration);
    headers.set("X-RateLimit-Reset", seconds);
    return outcome::respond;
  }

  const limiter_settings settings_;
  mutable std::mutex guard_;  // of window_, which all workers share
  mutable rate_window window_;
};

net::duration read_window(const element_node& node, build_context& context) {
  const attribute_value& written = *node.find("requestLimitDuration");
  const auto read = parse_iso_duration(written.text);
  if (const auto* wrong = std::get_if<duration_error>(&read)) {
    context.error(node, written, wrong->offset, wrong->message);
    return longest_window;
  }
  const auto window = std::get<net::duration>(read);
  if (window < shortest_window || window > longest_window)
    context.error(node, written, 0, "must be between PT0.1S and P31D");
  return window;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  limiter_settings s;
  s.limits.requests = static_cast<std::uint64_t>(node.integer("requestLimit"));
  s.limits.window = read_window(node, context);
  s.duration = node.value("requestLimitDuration");
  s.key = node.tested("keyExpression");
  s.trusted = read_trust(node, context);
  if (const attribute_value& trust = *node.find("trustForwardedFor"); s.key && trust.written)
    context.error(node, trust, 0, "has no effect beside keyExpression");
  return std::make_unique<rate_limiter>(std::move(s));
}

std::vector<attribute_descriptor> attributes() {
  std::vector<attribute_descriptor> all = {
      {.name = "requestLimit",
       .type = attribute_type::integer,
       .doc = "Requests that pass in any such time.",
       .default_value = "1000",
       .min = 1,
       .max = 1'000'000'000},
      {.name = "requestLimitDuration",
       .doc = "The time, as ISO 8601 writes it: PT30S, PT5M, PT1H, P1D. From PT0.1S to P31D.",
       .default_value = "PT3600S"},
      {.name = "keyExpression",
       .type = attribute_type::expression,
       .doc =
           "Who counts as one client, as user() or header['X-Api-Key']; without: its address, of "
           "IPv6 the network of 64 bits. All for whom it has nothing count as one."},
      language_attribute()};
  for (attribute_descriptor& each : trust_attributes()) all.push_back(std::move(each));
  all.push_back(trusted_count_attribute());
  return all;
}

}  // namespace

const element_descriptor& rate_limiter_element() {
  static const element_descriptor d{
      .name = "rateLimiter",
      .doc =
          "Lets so many requests of one client pass in any such time, and answers 429 to the "
          "others, with Retry-After. The time slides: there is no moment at which all start anew. "
          "Refused requests do not count. It remembers 50000 clients that came in this time; "
          "further ones share one window, until others are forgotten. Counts start anew when the "
          "file is loaded.",
      .example = R"(<rateLimiter requestLimit="100" requestLimitDuration="PT1M"/>)",
      .attributes = attributes(),
      .make = make,
  };
  return d;
}

}  // namespace gateway
