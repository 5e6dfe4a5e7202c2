// <accessControl>: lets clients in by address, network or host name.
#include <algorithm>

#include "gateway/core/client_address.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/regex.hpp"
#include "gateway/elements/trust_attributes.hpp"

namespace gateway {

namespace {

constexpr net::duration name_time = std::chrono::seconds(2);

struct access {
  bool allows = false;
  std::optional<address_range> range{};
  std::optional<std::regex> name{};  // of the client's host, as a whole
};

class access_control final : public element {
 public:
  access_control(std::vector<access> rules, trusted_proxies trusted)
      : rules_(std::move(rules)), trusted_(std::move(trusted)) {
    needs_names_ = std::any_of(rules_.begin(), rules_.end(),
                               [](const access& r) { return r.name.has_value(); });
  }
  bool waits() const noexcept override { return needs_names_; }

  outcome request_now(exchange& ex) const override {
    return decide(ex, client_address(ex, trusted_), {});
  }
  net::task<outcome> on_request(exchange& ex) const override {
    const std::string address = client_address(ex, trusted_);
    std::string name;
    // Rules in front of the first with a name may have decided already.
    if (needs_names_ && !verdict(address, nullptr)) name = co_await host_name(ex, address);
    co_return decide(ex, address, name);
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }
  net::task<outcome> on_response(exchange& /*ex*/) const override { co_return outcome::proceed; }

 private:
  // The first rule that fits; none: refused. Without a `name` yet, nothing when a rule needs one.
  std::optional<bool> verdict(std::string_view address, const std::string* name) const {
    for (const auto& rule : rules_) {
      if (rule.range ? rule.range->contains(address) : fits(rule, name)) return rule.allows;
      if (rule.name && name == nullptr) return std::nullopt;
    }
    return false;
  }
  static bool fits(const access& rule, const std::string* name) {
    return name != nullptr && !name->empty() && std::regex_match(*name, *rule.name);
  }

  // Empty when it has none, or not in time.
  static net::task<std::string> host_name(exchange& ex, std::string address) {
    net::runtime& rt = ex.world.runtime;
    auto found = std::make_shared<std::string>();
    auto look = [](net::runtime& on, std::function<std::string(const std::string&)> lookup,
                   std::string of, std::shared_ptr<std::string> into) -> net::task<bool> {
      auto work = [lookup = std::move(lookup), of = std::move(of), into] { *into = lookup(of); };
      co_await on.offload(std::move(work));
      co_return true;
    };
    if (!ex.world.host_name_of) co_return std::string();
    const auto in_time = co_await net::with_deadline(
        rt, rt.now() + name_time, look(rt, ex.world.host_name_of, std::move(address), found));
    std::string name;
    if (in_time) name = *found;
    co_return name;
  }

  outcome decide(exchange& ex, const std::string& address, const std::string& name) const {
    if (verdict(address, &name).value_or(false)) return outcome::proceed;
    ++ex.world.count.forbidden;
    // Without the address: in production that is nobody's business.
    ex.response = problem_response(failure::forbidden, ex.request);
    return outcome::abort;
  }

  std::vector<access> rules_;
  trusted_proxies trusted_;
  bool needs_names_ = false;
};

// "10.0.0", "10.0.0.0/33" or "10.0.0.1-10.0.0.9" is a mistake and no name.
bool looks_like_address(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789./-") == std::string_view::npos;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<access> rules;
  for (const element_node& child : node.children) {
    const attribute_value& target = *child.find("target");
    access rule{.allows = child.descriptor->name == "allow"};
    rule.range = parse_address_range(target.text);
    if (!rule.range && (looks_like_address(target.text) || target.text.empty())) {
      context.error(child, target, 0,
                    "must be an address, a network such as 10.0.0.0/8, or a host name");
    } else if (!rule.range) {
      auto compiled = compile_regex(target.text);
      if (!compiled.regex) context.error(child, target, 0, compiled.error);
      rule.name = std::move(compiled.regex);
    }
    rules.push_back(std::move(rule));
  }
  return std::make_unique<access_control>(std::move(rules), read_trust(node, context));
}

}  // namespace

const element_descriptor& access_control_element() {
  static const element_descriptor d{
      .name = "accessControl",
      .doc =
          "Lets clients in by address. The first rule that fits decides; whom none fits is "
          "refused (403).",
      .example = R"(<accessControl>
  <deny target="10.0.0.13"/>
  <allow target="10.0.0.0/8"/>
  <allow target=".*\.example\.org"/>
</accessControl>)",
      .attributes = trust_attributes(),
      .children = {{.names = {"allow", "deny"}, .min = 1}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
