// Descriptors of the elements around the flow: router, proxies, TLS and targets.
#include <array>

#include "gateway/config/config.hpp"

namespace gateway {

namespace {

using type = attribute_type;
constexpr std::int64_t max_port = 65535;

// Nothing is connected in a relative order other than the one of facts/membrane.md 1.4.
const element_descriptor router{
    .name = "router",
    .doc = "Holds all proxies. Exactly one per file.",
    .role = element_role::structure,
    .children = {{.names = {"serviceProxy"}}},
    .foreign_attributes = {"exchangeStore", "hotDeploy", "production", "retryInit",
                           "retryInitInterval", "jmx"},
};

const element_descriptor service_proxy{
    .name = "serviceProxy",
    .doc = "Listens on a port and sends what matches through a flow of elements to a target.",
    .role = element_role::structure,
    .attributes = {{.name = "name",
                    .doc = "Name in logs and the console; derived from ip, port, method and path "
                           "when not written."},
                   {.name = "port",
                    .type = type::integer,
                    .doc = "Port to listen on.",
                    .default_value = "80",
                    .min = 1,
                    .max = max_port},
                   {.name = "ip", .doc = "Numeric address to listen on; all when not written."},
                   {.name = "host",
                    .doc = "Blank-separated host names to accept; '*' stands for any characters. "
                           "Case and port of the Host field are ignored.",
                    .default_value = "*"},
                   {.name = "method",
                    .doc = "Request method to accept, exact; '*' accepts all.",
                    .default_value = "*"}},
    .children = {{.names = {"path"}, .max = 1},
                 {.names = {"ssl"}, .max = 1},
                 {},
                 {.names = {"target"}, .max = 1}},
};

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

const element_descriptor ssl{
    .name = "ssl",
    .doc = "TLS: on a serviceProxy for its listener, on a target for the connection to it.",
    .role = element_role::structure,
    .children = {{.names = {"keystore"}, .max = 1}, {.names = {"truststore"}, .max = 1}},
    .foreign_attributes = {"protocol", "protocols", "ciphers", "clientAuth", "algorithm",
                           "endpointIdentificationAlgorithm", "serverName", "useAsDefault",
                           "ignoreTimestampCheckFailure", "showSSLExceptions",
                           "useExperimentalHttp2"},
};

const element_descriptor keystore{
    .name = "keystore",
    .doc = "File with the certificate and its private key.",
    .role = element_role::structure,
    .attributes = {{.name = "location",
                    .type = type::path,
                    .doc = "The file, relative to the configuration file.",
                    .required = true},
                   {.name = "password",
                    .doc = "Opens the file; keyPassword when not written.",
                    .secret = true},
                   {.name = "keyPassword",
                    .doc = "Opens the key.",
                    .default_value = "changeit",
                    .secret = true},
                   {.name = "keyAlias", .doc = "Which key; the first when not written."},
                   {.name = "type",
                    .type = type::choice,
                    .doc = "Format of the file.",
                    .default_value = "PKCS12",
                    .choices = {"PKCS12"}}},
    .foreign_attributes = {"provider"},
};

const element_descriptor truststore{
    .name = "truststore",
    .doc = "File with the certificates to trust instead of the system's.",
    .role = element_role::structure,
    .attributes = {{.name = "location",
                    .type = type::path,
                    .doc = "The file, relative to the configuration file.",
                    .required = true},
                   {.name = "password",
                    .doc = "Opens the file; needed unless the type is PEM.",
                    .secret = true},
                   {.name = "type",
                    .type = type::choice,
                    .doc = "Format of the file.",
                    .default_value = "PKCS12",
                    .choices = {"PKCS12", "PEM"}}},
    .foreign_attributes = {"algorithm", "checkRevocation", "provider"},
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
                    .type = type::url,
                    .doc = "Address of the server; wins over host and port. A path other than '/' "
                           "replaces the request's."},
                   {.name = "adjustHostHeader",
                    .type = type::boolean,
                    .doc = "Send host:port of the target as Host field.",
                    .default_value = "true"}},
    .children = {{.names = {"ssl"}, .max = 1}},
    .foreign_attributes = {"method", "language", "escaping"},
};

constexpr std::array<const element_descriptor*, 7> structure = {
    &router, &service_proxy, &path, &ssl, &keystore, &truststore, &target};

}  // namespace

element_registry structure_elements() { return structure; }

}  // namespace gateway
