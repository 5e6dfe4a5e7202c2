// Descriptors of the elements around the flow: router, proxies and targets. TLS: tls_structure.cpp.
#include <array>

#include "gateway/config/config.hpp"
#include "gateway/config/router_structure.hpp"
#include "gateway/config/tls_settings.hpp"

namespace gateway {

namespace {

using type = attribute_type;
constexpr std::int64_t max_port = 65535;

const element_descriptor router{
    .name = "router",
    .doc = "Holds all proxies. Exactly one per file.",
    .role = element_role::top,
    // Their place up to Membrane 6; now attributes of <configuration>.
    .attributes = {{.name = "hotDeploy",
                    .type = type::boolean,
                    .doc = "Old place of configuration's attribute."},
                   {.name = "production",
                    .type = type::boolean,
                    .doc = "Old place of configuration's attribute."},
                   {.name = "retryInit",
                    .type = type::boolean,
                    .doc = "Old place of configuration's attribute; without effect."},
                   {.name = "retryInitInterval",
                    .type = type::integer,
                    .doc = "Old place of configuration's attribute; without effect.",
                    .unit = "ms",
                    .min = 0},
                   {.name = "jmx", .doc = "Old name of jmxRouterName; without effect."},
                   {.name = "exchangeStore", .doc = "Taken and without effect."}},
    .children = {{.names = {"configuration"}, .max = 1},
                 {.names = {"httpClientConfig"}, .max = 1},
                 {.names = {"transport"}, .max = 1},
                 {.names = {"global"}, .max = 1},
                 {.names = {"serviceProxy", "api", "internal", "internalProxy", "stompProxy",
                            "sslProxy"}}},
};

const element_descriptor global{
    .name = "global",
    .doc = "Elements that run for every proxy, before its own.",
    .role = element_role::structure,
    .children = {{}},
};

// What all proxies that listen share.
std::vector<attribute_descriptor> port_attributes(std::string_view default_port) {
  return {{.name = "name",
           .doc = "Name in logs and the console; derived from ip, port, method and path "
                  "when not written."},
          {.name = "port",
           .type = type::integer,
           .doc = "Port to listen on.",
           .default_value = default_port,
           .min = 1,
           .max = max_port},
          {.name = "ip", .doc = "Numeric address to listen on; all when not written."}};
}

std::vector<attribute_descriptor> listening_attributes() {
  auto all = port_attributes("80");
  all.push_back({.name = "host",
                 .doc = "Blank-separated host names to accept; '*' stands for any characters. "
                        "Case and port of the Host field are ignored.",
                 .default_value = "*"});
  all.push_back({.name = "method",
                 .doc = "Request method to accept, exact; '*' accepts all.",
                 .default_value = "*"});
  return all;
}

std::vector<attribute_descriptor> name_attributes() {
  auto all = port_attributes("443");
  all.push_back({.name = "host",
                 .doc = "Blank-separated names that clients may ask for (SNI); '*' stands for any "
                        "characters.",
                 .default_value = "*"});
  all.push_back({.name = "useAsDefault",
                 .type = type::boolean,
                 .doc = "Whether it also serves clients that send no name.",
                 .default_value = "true"});
  return all;
}

std::vector<attribute_descriptor> with_test(std::vector<attribute_descriptor> all) {
  all.push_back({.name = "test",
                 .type = type::expression,
                 .doc = "A request for which it is false is not for this proxy."});
  all.push_back(language_attribute());
  return all;
}

const element_descriptor service_proxy{
    .name = "serviceProxy",
    .doc = "Listens on a port and sends what matches through a flow of elements to a target.",
    .role = element_role::structure,
    .attributes = listening_attributes(),
    .children = {{.names = {"path"}, .max = 1},
                 {.names = {"ssl"}, .max = 1},
                 {},
                 {.names = {"target"}, .max = 1}},
    .foreign_attributes = {"blockRequest", "blockResponse"},
};

const element_descriptor api{
    .name = "api",
    .doc = "A serviceProxy with a test and a path that may hold {names}.",
    .role = element_role::structure,
    .attributes = with_test(listening_attributes()),
    .children = {{.names = {"description"}, .max = 1},
                 {.names = {"path"}, .max = 1},
                 {.names = {"ssl"}, .max = 1},
                 {},
                 {.names = {"target"}, .max = 1}},
    .foreign_attributes = {"blockRequest", "blockResponse"},
};

const element_descriptor description{
    .name = "description",
    .doc = "Words for people.",
    .role = element_role::structure,
    .text_content = true,
};

const element_descriptor stomp_proxy{
    .name = "stompProxy",
    .doc =
        "Listens for STOMP over TCP, or TLS with <ssl>. The elements see the first frame of a "
        "client as a request (method CONNECT, uri '/', the frame's headers); where they come to "
        "a <stompClient>, octets pass both ways unchanged. Refusals become ERROR frames.",
    .role = element_role::structure,
    .attributes = port_attributes("80"),
    .children = {{.names = {"ssl"}, .max = 1}, {}},
};

const element_descriptor ssl_proxy{
    .name = "sslProxy",
    .doc =
        "Passes TLS on as it is, by the name that clients ask for. Several may share a port, the "
        "first one with the name counts. Of <target> there is host and port, which is that of "
        "the proxy when not written; of <connection> the timeout counts.",
    .role = element_role::structure,
    .attributes = name_attributes(),
    .children = {{.names = {"connection"}, .max = 1}, {.names = {"target"}, .min = 1, .max = 1}},
};

element_descriptor make_internal(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .role = element_role::structure,
          .attributes = {{.name = "name",
                          .doc = "Other proxies reach it as internal://NAME.",
                          .required = true}},
          .children = {{}, {.names = {"target"}, .max = 1}}};
}
const element_descriptor internal =
    make_internal("internal", "A proxy without a port: a flow and a target for others to use.");
const element_descriptor internal_proxy = make_internal("internalProxy", "Old name of internal.");

const element_descriptor path{
    .name = "path",
    .doc = "Limits the proxy to requests whose URI begins with the text.",
    .role = element_role::structure,
    .attributes = {{.name = "isRegExp",
                    .type = type::boolean,
                    .doc = "The text is a regular expression that must match the whole URI.",
                    .default_value = "false"}},
    .text_content = true,
};

const element_descriptor target{
    .name = "target",
    .doc = "Where requests go that no element of the flow answered.",
    .role = element_role::structure,
    .attributes = {{.name = "host", .doc = "Name or address of the server."},
                   {.name = "port",
                    .type = type::integer,
                    .doc = "Its port; 80, or 443 with <ssl>, when not written.",
                    .min = 1,
                    .max = max_port},
                   {.name = "url",
                    .type = type::url_template,
                    .doc = "Address of the server; wins over host and port. A path other than '/' "
                           "replaces the request's. ${...} holds expressions as in <if test>."},
                   {.name = "method", .doc = "Method to call it with instead of the request's."},
                   {.name = "adjustHostHeader",
                    .type = type::boolean,
                    .doc = "Send host:port of the target as Host field.",
                    .default_value = "true"},
                   {.name = "escaping",
                    .type = type::choice,
                    .doc = "How values are inserted into the url.",
                    .default_value = "URL",
                    .choices = {"URL"}},
                   language_attribute()},
    .children = {{.names = {"ssl"}, .max = 1}},
};

constexpr std::array<const element_descriptor*, 11> around_flows = {
    &router,         &service_proxy, &api,  &stomp_proxy, &ssl_proxy, &internal,
    &internal_proxy, &description,   &path, &target,      &global};

}  // namespace

element_registry structure_elements() {
  static const auto all = [] {
    std::vector<const element_descriptor*> rows;
    for (const element_descriptor* d : around_flows) rows.push_back(d);
    for (const element_descriptor* d : tls_structure_elements()) rows.push_back(d);
    for (const element_descriptor* d : router_structure()) rows.push_back(d);
    return rows;
  }();
  return all;
}

}  // namespace gateway
