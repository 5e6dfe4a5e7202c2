// Descriptors of <ssl> and everything below it.
#include <array>

#include "gateway/config/tls_settings.hpp"

namespace gateway {

namespace {

using type = attribute_type;

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

constexpr std::array<const element_descriptor*, 3> tls_structure = {&ssl, &keystore, &truststore};

}  // namespace

element_registry tls_structure_elements() { return tls_structure; }

}  // namespace gateway
