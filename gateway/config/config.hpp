// The configuration as the gateway runs it: an immutable snapshot, shared by all workers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/placeholders.hpp"
#include "gateway/core/address_range.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/destination.hpp"
#include "gateway/core/expression.hpp"
#include "gateway/core/flow.hpp"

namespace gateway {

// Membrane's <keystore> or <truststore>. Whether the file exists and opens is for the application
// to check; config::message_at prints its findings with the place.
struct store_settings {
  std::string location;  // as written
  std::string path;      // absolute
  std::string type;      // "PKCS12" or "PEM"; empty: whatever the content is
  std::string password;
  std::string key_password;  // keystore only; as `password` when not written
  std::string key_alias;     // keystore only; empty: the first key
  source_position position;  // of the location attribute
};

// A <certificate> or <private>: PEM in a file, or written between the tags.
struct pem_source {
  std::string element;       // its name, for messages
  std::string location;      // as written; empty: `text` has it
  std::string path;          // absolute; empty: `text` has it
  std::string text;          // without the blanks that indent its lines
  source_position position;  // of the location attribute, or of the element
};

// Membrane's <key>.
struct key_settings {
  pem_source key;
  std::string password;                  // of an encrypted key
  std::vector<pem_source> certificates;  // the key's first, then those of its issuers
  source_position position;
};

// Whether a listener asks its clients for a certificate (Membrane's clientAuth).
enum class client_auth { none, want, need };

struct tls_settings {
  // At most one of these two; on a serviceProxy just one.
  std::optional<store_settings> key_store;
  std::optional<key_settings> key;
  // At most one of these two: whom to trust; without them the system's list.
  std::optional<store_settings> trust_store;
  std::vector<pem_source> trust;
  bool tls12 = true;
  bool tls13 = true;
  std::string cipher_list;    // OpenSSL names for TLS 1.2, ':' between; empty: OpenSSL's choice
  std::string cipher_suites;  // the same for TLS 1.3
  // Listener only. Verified against whom the listener trusts.
  client_auth clients = client_auth::none;
  // Listener: its certificate goes before those of others, which matters without SNI.
  bool use_as_default = true;
  // Target only.
  bool check_host = true;                  // the certificate must name the host
  bool ignore_expiry = false;              // certificates out of their time are accepted
  std::optional<std::string> server_name;  // SNI; empty text: none is sent; else the target's host
  source_position position;
};

struct path_rule {
  std::string text;
  // Set for isRegExp and for a path with {names} of an <api>: matches the whole URI, or its path
  // (ECMAScript, in polynomial time).
  std::optional<std::regex> regex;
  std::vector<std::string> names;  // {names} of an <api>, in order: the groups of `regex`
};

// What <configuration>, <transport> and <httpClientConfig> say.
struct router_settings {
  bool production = false;  // answers to clients keep details to the log
  bool hot_deploy = true;   // reload when the file changes
  net::duration reload_grace = std::chrono::seconds(30);
  // Inbound: silence between requests or within a body.
  net::duration socket_timeout = std::chrono::seconds(30);
  std::optional<std::size_t> connections_per_address;  // nothing: any number
  bool forwarded_fields = true;                        // send X-Forwarded-*
  // Whose X-Forwarded-* are believed; nothing: everybody's, as in Membrane.
  std::optional<std::vector<address_range>> trusted_proxies;
  // Outbound.
  bool adjust_host = true;
  net::duration connect_timeout = std::chrono::seconds(10);
  net::duration answer_timeout = std::chrono::seconds(30);
  // How long a connection may wait for the next request; zero: it is used once.
  net::duration keep_alive = std::chrono::seconds(4);
  std::string target_authorization;     // Authorization field; empty: the client's goes on
  std::optional<outbound_proxy> proxy;  // to call all targets through
  unsigned retries = 2;
  net::duration retry_delay = std::chrono::milliseconds(100);
  unsigned retry_backoff = 2;
  bool retry_on_5xx = false;
  friend bool operator==(const router_settings&, const router_settings&) = default;
};

struct target_settings {
  destination to;                                   // without meaning when `url` is set
  std::shared_ptr<const destination_template> url;  // evaluated for each request
  std::string written_url;                          // the text of `url`, for people
  std::string method;                               // instead of the request's; empty: keep it
  std::optional<tls_settings> tls;                  // child <ssl>; `to.tls` is set then
  source_position position;
};

// <balancerHealthMonitor>.
struct health_settings {
  net::duration interval = std::chrono::seconds(10);  // from one look at all nodes to the next
  net::duration timeout = std::chrono::seconds(5);    // of one look at a node
};

enum class proxy_kind {
  service,   // <serviceProxy>
  api,       // <api>
  internal,  // <internal>: no port, reached by internal://name
  stomp,     // <stompProxy>: the flow runs for the first frame of each connection
  ssl,       // <sslProxy>: forwards TLS by the name that clients ask for; no flow
};

// A <serviceProxy>, <api>, <internal>, <stompProxy> or <sslProxy>.
struct proxy {
  proxy_kind kind = proxy_kind::service;
  std::string name;         // default: "0.0.0.0:4443[ METHOD][ path]" with the written port
  std::size_t index = 0;    // in document order
  std::uint16_t port = 80;  // to listen on, after --map-port
  std::uint16_t written_port = 80;
  std::string ip;                  // numeric; empty: all addresses
  std::vector<std::string> hosts;  // globs, lower case; empty: any host, also none (ssl: SNI)
  std::string method;              // empty: any; else exact, with case
  std::optional<path_rule> path;
  std::optional<expression> test;  // <api test>: false means no match
  std::optional<tls_settings> tls;
  flow elements;                           // those of <global> first
  std::vector<std::string> element_names;  // XML names in order, for the console
  std::optional<target_settings> target;
  std::vector<std::size_t> broker_tls;  // what its <stompClient>s use of config::broker_tls
  bool use_as_default = true;           // ssl: for clients that send no name (SNI)
  std::optional<net::duration> connect_timeout;  // ssl, to its target; nothing: as all targets
  bool serves_console = false;  // has a direct <adminConsole>: its calls are not recorded
  source_position position;
  std::size_t offset = 0;  // octets into the file
  // Everything above in one canonical text without positions: equal texts mean an unchanged proxy
  // (design.md 2.5). Holds passwords: compare it, never print it.
  std::string fingerprint;
};

// What the connections of a listener begin with.
enum class listener_kind {
  http,       // <serviceProxy>, <api>
  stomp,      // one <stompProxy>
  tls_names,  // <sslProxy>: TLS that we do not end
};

// One port to listen on. Proxies that share ip and port share a listener; all are of one kind, and
// all have an <ssl> or none.
struct listener_settings {
  std::string name;  // "0.0.0.0:4443", with the written port
  std::string ip;    // empty: all
  std::uint16_t port = 0;
  std::uint16_t written_port = 0;
  bool tls = false;  // we end it
  listener_kind kind = listener_kind::http;
  std::vector<std::size_t> proxies;  // indexes, document order
};

class config {
 public:
  std::vector<std::unique_ptr<const proxy>> proxies;  // document order
  std::vector<listener_settings> listeners;           // order of first appearance
  router_settings router;
  std::shared_ptr<balancer_list> balancers = std::make_shared<balancer_list>();  // never null
  std::optional<health_settings> health;  // nothing: nobody looks at nodes
  std::vector<tls_settings> broker_tls;   // of <stompClient>s, see broker_settings::tls
  std::vector<file_use> files;            // stores and folders named by the file
  std::string file_name;                  // as shown in messages
  std::string folder;                     // absolute; relative paths start here
  std::string text;                       // the file itself
  std::vector<std::string> warnings;      // what works, but hardly as meant: complete messages

  // "proxies.xml:12:7: message", the line and a caret; secrets of the line are masked.
  std::string message_at(source_position where, std::string_view message) const;
};

struct load_options {
  std::string file_name = "proxies.xml";  // for messages
  std::string folder = "/";               // absolute folder of the file
  // For #{systemEnvironment[...]} and property placeholders; null: nothing is set.
  environment_lookup environment;
  // Reads a file that the configuration takes texts from; null: there are none.
  std::function<net::result<std::string>(const std::string& path)> read_text;
  // Final numbers. With --map-port FROM=0: load once without a map, bind the listeners, then load
  // the same text again with the ports they got; loading is pure and takes well under 10 ms.
  port_map ports;
};

struct load_result {
  std::shared_ptr<const config> value;  // null when there are errors
  // Each a complete message with line and caret, in the file's order; at most 100.
  std::vector<std::string> errors;
};

// Reads a proxies.xml: UTF-8, at most 4 MiB, 64 levels, no DOCTYPE. `elements` are the flow
// elements and their parts (builtin_elements()); the structure is known here. Opens no file but
// through options.read_text.
load_result load_config(std::string_view text, element_registry elements,
                        const load_options& options);

// All elements around flows (router, serviceProxy, ssl, ...): for the reference and tests.
element_registry structure_elements();

// What decides which proxy a request belongs to.
struct request_facts {
  std::uint16_t port = 0;                // of the listener
  std::string_view ip;                   // local address of the connection
  std::optional<std::string_view> host;  // Host field as sent
  std::string_view method;
  std::string_view target;  // raw request target, origin or absolute form
};

// The first <sslProxy> of the listener in document order whose hosts fit `server_name`; for an
// empty one (the client sent none) the first with use_as_default. Null: nobody serves it.
const proxy* match_server_name(const config& c, const listener_settings& listener,
                               std::string_view server_name);

// What `target` has in the place of the {names} in the path of `p`, which fits it; decoded.
std::map<std::string, std::string, std::less<>> path_parameters(const proxy& p,
                                                                std::string_view target);

// The <internal> of that name, or null.
const proxy* find_internal(const config& c, std::string_view name);

// The first proxy in document order whose port, ip, host, method and path fit; null: 404. `test`
// judges the tests of <api>; null: they count as true.
// Host: globs ('*' = any characters), case and port ignored. Path: prefix of the raw URI including
// its query, "/./" collapsed first; or a regular expression over all of it.
const proxy* match(const config& c, const request_facts& facts,
                   const std::function<bool(const proxy&)>& test = nullptr);

}  // namespace gateway
