// Descriptors of the router's own settings: configuration, transport and the HTTP client.
#include "gateway/config/router_structure.hpp"

#include <algorithm>
#include <array>

#include "crypto/digest.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

using type = attribute_type;
constexpr std::int64_t longest = 86'400'000;  // a day, in ms

const element_descriptor configuration{
    .name = "configuration",
    .doc = "Settings of the gateway as a whole.",
    .role = element_role::structure,
    .attributes = {{.name = "production",
                    .type = type::boolean,
                    .doc = "Error answers keep their details to the log.",
                    .default_value = "false"},
                   {.name = "hotDeploy",
                    .type = type::boolean,
                    .doc = "Load the file again when it or a file that it names changes.",
                    .default_value = "true"},
                   {.name = "retryInit",
                    .type = type::boolean,
                    .doc = "Taken and without effect: a file that cannot run is refused whole.",
                    .default_value = "false"},
                   {.name = "retryInitInterval",
                    .type = type::integer,
                    .doc = "Taken and without effect.",
                    .default_value = "300000",
                    .unit = "ms",
                    .min = 0},
                   {.name = "jmxRouterName", .doc = "Taken and without effect: there is no JVM."}},
    .children = {{.names = {"uriFactory"}, .max = 1}},
};

const element_descriptor health_monitor{
    .name = "balancerHealthMonitor",
    .doc =
        "Looks at all nodes of all balancers; one that does not answer within 5 s, or the "
        "timeout of <connection>, gets nothing until it does. Stands beside <router>.",
    .role = element_role::top,
    .attributes = {{.name = "interval",
                    .type = type::integer,
                    .doc = "Time from one look to the next.",
                    .default_value = "10000",
                    .unit = "ms",
                    .min = 100,
                    .max = longest}},
    .children = {{.names = {"httpClientConfig"}, .max = 1}},
};

const element_descriptor uri_factory{
    .name = "uriFactory",
    .doc = "Taken and without effect: URIs are passed on as they came.",
    .role = element_role::structure,
    .attributes = {{.name = "allowIllegalCharacters",
                    .type = type::boolean,
                    .doc = "Without effect.",
                    .default_value = "false"},
                   {.name = "autoEscapeBackslashes",
                    .type = type::boolean,
                    .doc = "Without effect.",
                    .default_value = "true"}},
};

const element_descriptor transport{
    .name = "transport",
    .doc = "How clients are served.",
    .role = element_role::structure,
    .attributes =
        {{.name = "coreThreadPoolSize",
          .type = type::integer,
          .doc = "Without effect: connections do not own threads; see --threads.",
          .default_value = "20",
          .min = 0},
         {.name = "maxThreadPoolSize",
          .type = type::integer,
          .doc = "Without effect: connections do not own threads.",
          .min = 0},
         {.name = "socketTimeout",
          .type = type::integer,
          .doc = "How long a client may be silent between requests or in a body.",
          .default_value = "30000",
          .unit = "ms",
          .min = 1,
          .max = longest},
         {.name = "tcpNoDelay",
          .type = type::boolean,
          .doc = "Without effect: it is always on.",
          .default_value = "true"},
         {.name = "backlog",
          .type = type::integer,
          .doc = "Without effect: the system's largest backlog is used.",
          .default_value = "50",
          .min = 1},
         {.name = "forceSocketCloseOnHotDeployAfter",
          .type = type::integer,
          .doc = "How long connections of a changed proxy may go on after a reload.",
          .default_value = "30000",
          .unit = "ms",
          .min = 0,
          .max = longest},
         {.name = "reverseDNS",
          .type = type::boolean,
          .doc = "Without effect: clients are shown by address.",
          .default_value = "true"},
         {.name = "concurrentConnectionLimitPerIp",
          .type = type::integer,
          .doc = "Connections of one address at once; beyond: 429, or closed with TLS. -1: any.",
          .default_value = "-1",
          .min = -1,
          .max = 1'000'000},
         {.name = "trustedProxies",
          .doc = "Addresses and networks (10.0.0.0/8), with blanks between, whose X-Forwarded-* "
                 "and Forwarded fields are believed; those of others are dropped. Everybody's are "
                 "believed when not written. Not in Membrane."}},
    .children = {{.names = {"ruleMatching", "logContext", "exchangeStore", "dispatching",
                            "reverseProxying", "userFeature", "internalRouting", "httpClient"}}},
};

element_descriptor built_in_step(std::string_view name, std::string_view doc) {
  return {.name = name, .doc = doc, .role = element_role::structure};
}
const element_descriptor rule_matching{
    .name = "ruleMatching",
    .doc = "Built-in step of <transport>: finds the proxy of a request.",
    .role = element_role::structure,
    .attributes = {{.name = "xForwardedForEnabled",
                    .type = type::boolean,
                    .doc = "Send X-Forwarded-For, -Proto and -Host to targets.",
                    .default_value = "true"}},
};
constexpr std::string_view built_in = "Built-in step of <transport>; it always runs here.";
const element_descriptor log_context = built_in_step("logContext", built_in);
const element_descriptor exchange_store = built_in_step("exchangeStore", built_in);
const element_descriptor dispatching = built_in_step("dispatching", built_in);
const element_descriptor reverse_proxying = built_in_step("reverseProxying", built_in);
const element_descriptor user_feature = built_in_step("userFeature", built_in);
const element_descriptor internal_routing = built_in_step("internalRouting", built_in);

const element_descriptor http_client_config{
    .name = "httpClientConfig",
    .doc = "How targets are called.",
    .role = element_role::structure,
    .attributes = {{.name = "adjustHostHeader",
                    .type = type::boolean,
                    .doc = "Send host:port of the target as Host field.",
                    .default_value = "true"},
                   {.name = "useExperimentalHttp2",
                    .type = type::choice,
                    .doc = "Targets are called over HTTP/1.1.",
                    .default_value = "false",
                    .choices = {"false", "no", "0"}}},
    .children = {{.names = {"retries"}, .max = 1},
                 {.names = {"connection"}, .max = 1},
                 {.names = {"proxy"}, .max = 1},
                 {.names = {"authentication"}, .max = 1}},
};

const element_descriptor proxy{
    .name = "proxy",
    .doc =
        "An HTTP proxy that all targets are called through; with CONNECT for TLS and WebSockets.",
    .role = element_role::structure,
    .attributes = {{.name = "host", .doc = "Its name or address.", .required = true},
                   {.name = "port",
                    .type = type::integer,
                    .doc = "Its port.",
                    .required = true,
                    .min = 1,
                    .max = 65535},
                   {.name = "authentication",
                    .type = type::boolean,
                    .doc = "Whether it wants a login.",
                    .default_value = "false"},
                   {.name = "username", .doc = "The login."},
                   {.name = "password", .doc = "Its password.", .secret = true}},
};

const element_descriptor authentication{
    .name = "authentication",
    .doc = "A login that is sent to all targets, instead of the client's (basic authentication).",
    .role = element_role::structure,
    .attributes = {{.name = "username", .doc = "The login.", .required = true},
                   {.name = "password", .doc = "Its password.", .required = true, .secret = true}},
};

const element_descriptor retries{
    .name = "retries",
    .doc = "How often a failed call of a target is made again.",
    .role = element_role::structure,
    .attributes = {{.name = "retries",
                    .type = type::integer,
                    .doc = "Further attempts.",
                    .default_value = "2",
                    .min = 0,
                    .max = 20},
                   {.name = "delay",
                    .type = type::integer,
                    .doc = "Pause before the first further attempt.",
                    .default_value = "100",
                    .unit = "ms",
                    .min = 0,
                    .max = 60'000},
                   {.name = "backoffMultiplier",
                    .type = type::integer,
                    .doc = "How many times longer each further pause is.",
                    .default_value = "2",
                    .min = 1,
                    .max = 100},
                   {.name = "failOverOn5XX",
                    .type = type::boolean,
                    .doc = "Also after 500, 502, 503, 504 and 507.",
                    .default_value = "false"}},
};

const element_descriptor connection{
    .name = "connection",
    .doc = "Times of a connection to a target.",
    .role = element_role::structure,
    .attributes = {{.name = "timeout",
                    .type = type::integer,
                    .doc = "To connect, TLS included.",
                    .default_value = "10000",
                    .unit = "ms",
                    .min = 1,
                    .max = longest},
                   {.name = "soTimeout",
                    .type = type::integer,
                    .doc = "How long a target may be silent; 0 stands for 30 seconds.",
                    .default_value = "0",
                    .unit = "ms",
                    .min = 0,
                    .max = longest},
                   {.name = "keepAliveTimeout",
                    .type = type::integer,
                    .doc = "How long an idle connection to a target is kept for the next call; "
                           "0: each call has a connection of its own.",
                    .default_value = "4000",
                    .unit = "ms",
                    .min = 0,
                    .max = longest}},
    .foreign_attributes = {"localAddr"},
};

constexpr std::array<const element_descriptor*, 16> rows = {
    &configuration,      &uri_factory, &transport,        &rule_matching, &log_context,
    &exchange_store,     &dispatching, &reverse_proxying, &user_feature,  &internal_routing,
    &http_client_config, &retries,     &connection,       &proxy,         &authentication,
    &health_monitor};

net::duration milliseconds(const element_node& node, std::string_view name) {
  return std::chrono::milliseconds(node.integer(name));
}

}  // namespace

element_registry router_structure() { return rows; }

void read_configuration(const element_node& node, router_settings& out) {
  out.production = node.boolean("production");
  out.hot_deploy = node.boolean("hotDeploy");
}

namespace {

std::string basic_authorization(const element_node& node) {
  return "Basic " + crypto::base64_encode(node.value("username") + ":" + node.value("password"));
}

void read_trusted_proxies(const element_node& node, router_settings& out, build_context& context) {
  const attribute_value* list = node.find("trustedProxies");
  if (!list) return;
  out.trusted_proxies.emplace();
  constexpr std::string_view blanks = " ,\t\r\n";
  const std::string_view text = list->text;
  for (auto at = text.find_first_not_of(blanks); at != text.npos;) {
    const auto end = std::min(text.find_first_of(blanks, at), text.size());
    const auto one = text.substr(at, end - at);
    if (const auto range = parse_address_range(one))
      out.trusted_proxies->push_back(*range);
    else
      context.error(node, *list, at,
                    "names '" + printable(one, 60) +
                        "'; it must be an address or a network, as 10.0.0.0/8 or ::1");
    at = text.find_first_not_of(blanks, end);
  }
}

}  // namespace

void read_transport(const element_node& node, router_settings& out, build_context& context) {
  read_trusted_proxies(node, out, context);
  out.socket_timeout = milliseconds(node, "socketTimeout");
  out.reload_grace = milliseconds(node, "forceSocketCloseOnHotDeployAfter");
  const auto most = node.integer("concurrentConnectionLimitPerIp");
  if (most >= 0) out.connections_per_address = static_cast<std::size_t>(most);
  if (const element_node* rule = node.child("ruleMatching")) {
    out.forwarded_fields = rule->boolean("xForwardedForEnabled");
  }
}

void read_http_client(const element_node& node, router_settings& out) {
  out.adjust_host = node.boolean("adjustHostHeader");
  if (const element_node* p = node.child("proxy")) {
    out.proxy = {p->value("host"), static_cast<std::uint16_t>(p->integer("port")), {}};
    if (p->boolean("authentication")) out.proxy->authorization = basic_authorization(*p);
  }
  if (const element_node* a = node.child("authentication"))
    out.target_authorization = basic_authorization(*a);
  if (const element_node* r = node.child("retries")) {
    out.retries = static_cast<unsigned>(r->integer("retries"));
    out.retry_delay = milliseconds(*r, "delay");
    out.retry_backoff = static_cast<unsigned>(r->integer("backoffMultiplier"));
    out.retry_on_5xx = r->boolean("failOverOn5XX");
  }
  if (const element_node* c = node.child("connection")) {
    out.connect_timeout = milliseconds(*c, "timeout");
    out.keep_alive = milliseconds(*c, "keepAliveTimeout");
    if (c->integer("soTimeout") > 0) out.answer_timeout = milliseconds(*c, "soTimeout");
  }
}

}  // namespace gateway
