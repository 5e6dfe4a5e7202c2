// <clusterNotification>: lets nodes of a <balancer> come and go by a request.
#include <array>
#include <charconv>

#include "gateway/core/balancer.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

constexpr std::string_view prefix = "/clustermanager/";

struct command {
  std::string_view name;
  node_status status;
};
constexpr std::array commands = {command{"up", node_status::up}, command{"down", node_status::down},
                                 command{"takeout", node_status::takeout}};

const command* command_in(std::string_view path) {
  if (!path.starts_with(prefix)) return nullptr;
  path.remove_prefix(prefix.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  for (const command& c : commands)
    if (c.name == path) return &c;
  return nullptr;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

class cluster_notification final : public sync_element {
 public:
  cluster_notification(std::shared_ptr<const balancer_list> balancers,
                       std::chrono::milliseconds timeout)
      : balancers_(std::move(balancers)), timeout_(timeout) {}

  outcome request_now(exchange& ex) const override {
    const command* wanted = command_in(ex.request.path());
    if (!wanted) return outcome::proceed;
    if (ex.request.method != "GET" && ex.request.method != "POST") {
      refuse(ex, failure::method_not_allowed, "Notifications are sent by GET or POST.");
      ex.response->headers.set("Allow", "GET, POST");
      return outcome::respond;
    }
    const auto fields = net::parse_form(ex.request.query());
    const auto value = [&fields](std::string_view name, std::string_view otherwise) {
      for (const net::header_field& f : fields)
        if (f.name == name) return std::string_view(f.value);
      return otherwise;
    };
    if (is_late(ex, value("time", ""))) {
      return refuse(ex, failure::forbidden,
                    "'time' must be the time in ms since 1970, at most " +
                        std::to_string(timeout_.count()) + " ms ago.");
    }
    const std::string_view written = value("host", "");
    const auto host = written.size() > 255 ? std::nullopt : parse_host(written);
    const auto port = number<std::uint16_t>(value("port", ""));
    if (!host)
      return refuse(ex, failure::bad_request, "'host' must be the name or address of a node.");
    if (!port || *port == 0)
      return refuse(ex, failure::bad_request, "'port' must be a number from 1 to 65535.");
    balancer* of = find_balancer(*balancers_, value("balancer", "Default"));
    if (!of) return refuse(ex, failure::not_found, "There is no balancer of that name.");
    if (!of->set_status(value("cluster", "Default"), *host, *port, wanted->status))
      return refuse(ex, failure::not_found, "There is no such cluster or node.");
    ex.world.log.write(net::log_level::info, "balancer",
                       of->name() + ": " + printable(*host, 255) + ":" + std::to_string(*port) +
                           " is " + std::string(to_string(wanted->status)) +
                           ", says a notification");
    ex.response.emplace();
    ex.response->status = 204;
    return outcome::respond;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  bool is_late(const exchange& ex, std::string_view text) const {
    if (timeout_.count() == 0) return false;
    const auto sent = number<std::int64_t>(text);
    if (!sent) return true;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        ex.world.runtime.wall_now().time_since_epoch());
    // The clock of who sent it may be ahead of ours.
    return *sent > now.count() + timeout_.count() || *sent < now.count() - timeout_.count();
  }

  static outcome refuse(exchange& ex, failure why, std::string detail) {
    ++ex.world.count.notifications_refused;
    ex.response = problem_response(why, ex.request, std::move(detail));
    return outcome::respond;
  }

  std::shared_ptr<const balancer_list> balancers_;
  std::chrono::milliseconds timeout_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  return std::make_unique<cluster_notification>(context.balancers(),
                                                std::chrono::milliseconds(node.integer("timeout")));
}

}  // namespace

const element_descriptor& cluster_notification_element() {
  static const element_descriptor d{
      .name = "clusterNotification",
      .doc =
          "Changes the status of a node of a <balancer>: GET or POST to "
          "/clustermanager/up?host=HOST&port=PORT, or down, or takeout (sessions stay); also "
          "balancer=NAME and cluster=NAME. 'up' makes a node that is not known. Put "
          "<accessControl> or <basicAuthentication> before it.",
      .example = R"(<clusterNotification/>)",
      .attributes = {{.name = "timeout",
                      .type = attribute_type::integer,
                      .doc = "How old a notification may be by its parameter 'time' (ms since "
                             "1970); 0: any.",
                      .default_value = "0",
                      .unit = "ms",
                      .min = 0,
                      .max = 86'400'000}},
      .foreign_attributes = {"validateSignature", "keyHex"},
      .make = make,
  };
  return d;
}

}  // namespace gateway
