// Descriptors of <ssl> and everything below it.
#include <array>

#include "gateway/config/tls_settings.hpp"

namespace gateway {

namespace {

using type = attribute_type;

const element_descriptor ssl{
    .name = "ssl",
    .doc = "TLS: on a proxy for its listener, on a target or stompClient for the connection to it.",
    .role = element_role::structure,
    .attributes = {{.name = "protocol",
                    .doc = "Only TLS there is; which versions, says protocols.",
                    .default_value = "TLS"},
                   {.name = "protocols",
                    .doc = "TLSv1.2, TLSv1.3 or both, separated by commas or blanks.",
                    .default_value = "TLSv1.2,TLSv1.3"},
                   {.name = "ciphers",
                    .doc = "Cipher suites by Java's or OpenSSL's names, separated by commas or "
                           "blanks, best first; OpenSSL's choice when not written."},
                   {.name = "clientAuth",
                    .type = type::choice,
                    .doc = "Listener: whether clients show a certificate of the truststore.",
                    .default_value = "none",
                    .choices = {"none", "want", "need"}},
                   {.name = "endpointIdentificationAlgorithm",
                    .doc = "Target: HTTPS, the certificate names the host; empty, any name does.",
                    .default_value = "HTTPS"},
                   {.name = "serverName",
                    .doc = "Target: name to send (SNI) instead of the host; empty sends none."},
                   {.name = "useAsDefault",
                    .type = type::boolean,
                    .doc = "Listener: whether clients that send no name (SNI) get this certificate "
                           "before those of other proxies of the port.",
                    .default_value = "true"},
                   {.name = "ignoreTimestampCheckFailure",
                    .type = type::boolean,
                    .doc = "Target: accept certificates that expired or are not valid yet.",
                    .default_value = "false"},
                   {.name = "showSSLExceptions",
                    .type = type::boolean,
                    .doc = "No effect: failed handshakes are always logged with their reason.",
                    .default_value = "false"},
                   {.name = "algorithm", .doc = "No effect: names a Java key manager."},
                   {.name = "useExperimentalHttp2",
                    .type = type::boolean,
                    .doc = "Only false: HTTP/1.1 is spoken.",
                    .default_value = "false"}},
    .children = {{.names = {"keystore"}, .max = 1},
                 {.names = {"key"}, .max = 1},
                 {.names = {"truststore"}, .max = 1},
                 {.names = {"trust"}, .max = 1}},
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
                    .doc = "Format of the file; what its content is when not written.",
                    .choices = {"PKCS12", "PEM"}}},
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
                    .doc = "Format of the file; what its content is when not written.",
                    .choices = {"PKCS12", "PEM"}}},
    .foreign_attributes = {"algorithm", "checkRevocation", "provider"},
};

const element_descriptor key{
    .name = "key",
    .doc = "The certificate and its private key as PEM, instead of a keystore.",
    .role = element_role::structure,
    .attributes = {{.name = "password", .doc = "Opens an encrypted key.", .secret = true}},
    .children = {{.names = {"private"}, .min = 1, .max = 1}, {.names = {"certificate"}, .min = 1}},
};

const element_descriptor trust{
    .name = "trust",
    .doc = "The certificates to trust as PEM, instead of a truststore.",
    .role = element_role::structure,
    .children = {{.names = {"certificate"}, .min = 1}},
    .foreign_attributes = {"algorithm", "checkRevocation"},
};

const element_descriptor private_key{
    .name = "private",
    .doc = "The private key: a PEM file, or PEM text between the tags.",
    .role = element_role::structure,
    .attributes = {{.name = "location",
                    .type = type::path,
                    .doc = "The file, relative to the configuration file."}},
    .text_or_location = true,
};

const element_descriptor certificate{
    .name = "certificate",
    .doc =
        "A certificate: a PEM file, or PEM text between the tags. In a key the first is the "
        "key's own, the others lead to its issuer.",
    .role = element_role::structure,
    .attributes = {{.name = "location",
                    .type = type::path,
                    .doc = "The file, relative to the configuration file."}},
    .text_or_location = true,
};

constexpr std::array<const element_descriptor*, 7> tls_structure = {
    &ssl, &keystore, &key, &truststore, &trust, &private_key, &certificate};

}  // namespace

element_registry tls_structure_elements() { return tls_structure; }

}  // namespace gateway
