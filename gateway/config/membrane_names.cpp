#include "gateway/config/membrane_names.hpp"

#include <string>

namespace gateway {

namespace {

struct group {
  std::string_view instead;  // what people can do here; a clause
  std::string_view names;    // with blanks between
};

constexpr group groups[] = {
    // Proxies.
    {"services with SOAP stay behind Membrane, which a <target> can lead to",
     "soapProxy wsdlPublisher webServiceExplorer sampleSoapService validator rest2Soap "
     "soap2Rest soapBody soapOperationExtractor soapStackTraceFilter wsdlRewriter "
     "wsSecurity wsaEndpointRewriter http2xml analyser wadlRewriter"},
    {"<path> and <if> choose what is let through; API documents stay with the service",
     "openapi swaggerProxy openapiPublisher apiDocs APIsJSON openapiValidator "
     "kubernetesValidation wsdl2openapi"},
    {"a forward proxy such as Squid does that", "proxy"},
    {"the <target> of an <sslProxy> names the server", "routerIpResolver"},
    {"it is for XPath, which expressions do not have here", "xmlConfig namespaces namespace"},
    {"objects of Java cannot be loaded; elements with an id beside <router> can be referred to",
     "bean beans components"},
    // TLS.
    {"make a certificate with openssl and name it in <keystore>", "keyGenerator"},
    {"let certbot renew the file that <keystore> names; a changed one is noticed",
     "acme acmeHttpChallenge"},
    // Flow.
    {"<choose> has a <case> for each", "for switch"},
    {"<httpClient> calls the destination", "call"},
    {"the console counts requests, <log> prints them", "time"},
    // Content.
    {"<template> has texts with ${...}", "groovyTemplate"},
    {"<groovy> has request.body = request.body.replace(a, b)", "replace"},
    {"documents pass unchanged; the service changes them",
     "beautifier json2Xml xml2Json transform xmlContentFilter xpathExtractor"},
    {"<groovy> runs the part of Groovy in docs/expressions.md", "javascript"},
    // Routing.
    {"<rewriter> changes URIs", "urlNormalizer"},
    {"<target method> sets the method", "methodOverride"},
    {"a <balancer> leaves a node out for 10 s when it cannot be reached, and "
     "<balancerHealthMonitor> looks at all of them",
     "faultMonitoringStrategy nodeOnlineChecker"},
    {"sessions stand in headers and cookies: <jSessionIdExtractor>, <sessionIdExtractor>",
     "xmlSessionIdExtractor"},
    {"a request goes to one target", "shadowing"},
    // Tunnels.
    {"<wsLog> prints frames, <wsStompReassembler> with <groovy> changes them", "wsInterceptor"},
    // Servers.
    {"<adminConsole> shows proxies and pumps, /admin/rest has them as JSON",
     "index adminApi membraneMCPServer statisticsProvider statisticsCSV "
     "statisticsJDBC jmxExporter"},
    {"<static> and <webServer> serve pages", "sseDemoStream"},
    {"SIGTERM ends the gateway", "shutdown"},
    // Authentication.
    {"<user> holds a name with its password or the hash of it",
     "staticUserDataProvider "
     "jdbcUserDataProvider customStatementJdbcUserDataProvider ldapUserDataProvider "
     "cachingUserDataProvider unifyingUserDataProvider"},
    {"<keys> holds API keys, or the file of an <apiKeyFileStore>",
     "databaseApiKeyStore mongoDBApiKeyStore"},
    {"<basicAuthentication>, <apiKey> and <ssl clientAuth> are here; other logins need a proxy in "
     "front",
     "login ntlm jwtAuth jwtSign jwks jwk xenAuthentication authHead2Body oauth2Resource "
     "oauth2Resource2 oauth2authserver oauth2authserver2 oauth2Client "
     "oauth2PermissionChecker requireAuth tokenValidator flowInitiator"},
    // Protection.
    {"the service judges contents itself",
     "jsonProtection xmlProtection graphQLProtection jsonRPCProtection mcpProtection "
     "sqlInjectionProtection clamav formValidation idempotency paddingHeader"},
    // Observability.
    {"<log> prints what passes", "openTelemetry otlpExporter"},
    {"exchanges are not kept; <log> prints them",
     "memoryExchangeStore limitedMemoryExchangeStore forgetfulExchangeStore "
     "fileExchangeStore elasticSearchExchangeStore mongoDBExchangeStore"},
    // Other.
    {"a cache such as Varnish stands in front", "cache"},
    {"nothing takes its place", "greaser llmGateway"},
};

}  // namespace

std::optional<std::string_view> instead_of(std::string_view name) {
  for (const group& g : groups) {
    const auto at = (" " + std::string(g.names) + " ").find(" " + std::string(name) + " ");
    if (at != std::string::npos) return g.instead;
  }
  return std::nullopt;
}

}  // namespace gateway
