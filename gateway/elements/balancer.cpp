// <balancer>: sends each exchange, and each WebSocket with it, to one of several nodes.
#include <algorithm>

#include "gateway/core/balancer.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/expression.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

// How often <byThreadStrategy> looks for a node with room, as Membrane.
constexpr int looks = 5;

// Where the id of a session stands.
class session_source {
 public:
  virtual ~session_source() = default;
  virtual std::string id(const exchange& ex, flow_direction where) const = 0;
};

class jsession_cookie final : public session_source {
 public:
  std::string id(const exchange& ex, flow_direction where) const override {
    const bool asked = where == flow_direction::request;
    const net::header_list& fields = asked ? ex.request.headers : ex.response->headers;
    for (const net::header_field& f : fields.fields()) {
      if (!net::iequals(f.name, asked ? "Cookie" : "Set-Cookie")) continue;
      std::string_view rest = f.value;
      while (!rest.empty()) {
        std::string_view pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.starts_with("JSESSIONID=")) return std::string(pair.substr(pair.find('=') + 1));
        if (!asked) break;  // behind it are attributes
      }
    }
    return {};
  }
};

class session_expression final : public session_source {
 public:
  explicit session_expression(expression source) : source_(std::move(source)) {}
  std::string id(const exchange& ex, flow_direction where) const override {
    return to_text(source_.evaluate(ex, where));
  }

 private:
  expression source_;
};

class balancing final : public element {
 public:
  balancing(std::shared_ptr<balancer> nodes, std::unique_ptr<const session_source> sessions,
            net::duration busy_pause)
      : nodes_(std::move(nodes)), sessions_(std::move(sessions)), busy_pause_(busy_pause) {}

  // Only for a node with room.
  bool waits() const noexcept override {
    return nodes_->settings().strategy == balancing_strategy::by_threads;
  }
  outcome request_now(exchange& ex) const override { return enter(ex, choose(ex)); }
  net::task<outcome> on_request(exchange& ex) const override {
    net::runtime& rt = ex.world.runtime;
    auto selected = choose(ex);
    for (int look = 1; selected.busy && !selected.choice && look < looks; ++look) {
      co_await net::wait_until(rt, rt.now() + busy_pause_);
      selected = choose(ex);
    }
    co_return enter(ex, std::move(selected));
  }
  outcome response_now(exchange& ex) const override {
    if (!sessions_ || !ex.choice || !ex.response) return outcome::proceed;
    const std::string id = sessions_->id(ex, flow_direction::response);
    if (!id.empty()) nodes_->remember(id, *ex.choice, ex.world.runtime.now());
    return outcome::proceed;
  }
  net::task<outcome> on_response(exchange& ex) const override { co_return response_now(ex); }

 private:
  balancer::selection choose(const exchange& ex) const {
    const std::string session = sessions_ ? sessions_->id(ex, flow_direction::request) : "";
    return nodes_->choose(session, ex.world.runtime.now());
  }

  outcome enter(exchange& ex, balancer::selection selected) const {
    if (!selected.choice) {
      ++ex.world.count.no_node;
      ex.response = problem_response(
          failure::unavailable, ex.request,
          selected.busy ? "All nodes are busy." : "No node of the balancer is up.");
      ex.response->headers.set("Retry-After", selected.busy ? "1" : "10");
      return outcome::abort;
    }
    ex.choice = std::move(selected.choice);
    ex.to = ex.choice->current();
    return outcome::proceed;
  }

  std::shared_ptr<balancer> nodes_;
  std::unique_ptr<const session_source> sessions_;
  net::duration busy_pause_;
};

balancer_node node_of(const element_node& node, const std::string& cluster,
                      build_context& context) {
  balancer_node n;
  n.cluster = cluster;
  n.priority = node.integer("priority");
  const attribute_value& host = *node.find("host");
  const auto name = parse_host(host.text);
  if (!name) {
    context.error(node, host, 0, "must be a name or address alone");
    return n;
  }
  n.to.host = *name;
  n.to.port =
      mapped_port(context.ports(), n.to.host, static_cast<std::uint16_t>(node.integer("port")));
  const attribute_value* health = node.find("healthUrl");
  if (!health) return n;
  n.health = context.resolve_url(node, *health);
  if (!n.health->internal.empty())
    context.error(node, *health, 0, "must start with http:// or https://");
  return n;
}

void add_cluster(const element_node& cluster, balancer_settings& settings, build_context& context) {
  const std::string& name = cluster.value("name");
  auto& names = settings.clusters;
  if (std::find(names.begin(), names.end(), name) != names.end())
    context.error(cluster, *cluster.find("name"), 0, "names a cluster for the second time");
  names.push_back(name);
  for (const element_node& child : cluster.children) {
    balancer_node n = node_of(child, name, context);
    const bool known = std::any_of(
        settings.nodes.begin(), settings.nodes.end(),
        [&](const balancer_node& other) { return other.cluster == name && other.to == n.to; });
    if (known && !n.to.host.empty())
      context.error(child, *child.find("host"), 0, "is there for the second time, with its port");
    settings.nodes.push_back(std::move(n));
  }
  if (settings.nodes.size() > balancer::most_nodes)
    context.error(cluster,
                  "there must be at most " + std::to_string(balancer::most_nodes) + " nodes");
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  balancer_settings settings;
  settings.name = node.value("name");
  settings.is_named = node.find("name")->written;
  settings.session_timeout = std::chrono::milliseconds(node.integer("sessionTimeout"));
  std::unique_ptr<const session_source> sessions;
  net::duration busy_pause{0};
  for (const element_node& child : node.children) {
    const std::string_view kind = child.descriptor->name;
    if (kind == "cluster") add_cluster(child, settings, context);
    if (kind == "clusters")
      for (const element_node& cluster : child.children) add_cluster(cluster, settings, context);
    if (kind == "jSessionIdExtractor") sessions = std::make_unique<jsession_cookie>();
    if (kind == "sessionIdExtractor")
      sessions = std::make_unique<session_expression>(*child.tested("sessionSource"));
    if (kind == "priorityStrategy") settings.strategy = balancing_strategy::priority;
    if (kind != "byThreadStrategy") continue;
    settings.strategy = balancing_strategy::by_threads;
    settings.connections_per_node =
        static_cast<std::size_t>(child.integer("maxNumberOfThreadsPerEndpoint"));
    busy_pause = std::chrono::milliseconds(child.integer("retryTimeOnBusy"));
  }
  auto nodes = context.make_balancer(node, std::move(settings));
  if (!nodes) return nullptr;
  return std::make_unique<balancing>(std::move(nodes), std::move(sessions), busy_pause);
}

}  // namespace

const element_descriptor& balancer_element() {
  static const element_descriptor d{
      .name = "balancer",
      .doc =
          "Sends each request to one of several nodes, by default in turn. A WebSocket counts as "
          "a connection of its node as long as it is open. A node that cannot be reached gets "
          "nothing for 10 s, and the request goes to another one; 503 when no node is up.",
      .example = R"(<balancer name="brokers">
  <cluster name="Default">
    <node host="localhost" port="61614"/>
    <node host="localhost" port="61624"/>
  </cluster>
</balancer>)",
      .attributes = {{.name = "name",
                      .doc = "Names it, for <clusterNotification> and the console.",
                      .default_value = "Default"},
                     {.name = "sessionTimeout",
                      .type = attribute_type::integer,
                      .doc = "How long a session that is not used stays at its node; 0: until "
                             "there are too many (100 000).",
                      .default_value = "3600000",
                      .unit = "ms",
                      .min = 0,
                      .max = 86'400'000},
                     {.name = "trackNodeStatus",
                      .type = attribute_type::boolean,
                      .doc = "Taken and without effect: the status of nodes is always known.",
                      .default_value = "false"}},
      .children = {{.names = {"jSessionIdExtractor", "sessionIdExtractor"}, .max = 1},
                   {.names = {"cluster", "clusters"}, .min = 1},
                   {.names = {"roundRobinStrategy", "priorityStrategy", "byThreadStrategy"},
                    .max = 1}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
