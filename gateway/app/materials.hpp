// What the configuration names outside its own text, opened once at start: keystores, trust
// stores and folders.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/config/config.hpp"
#include "net/log.hpp"
#include "net/tls.hpp"

namespace gateway {

// A certificate of a store, and when it stops being valid.
struct certificate_end {
  std::string name;  // "<keystore> 'server.p12': CN=localhost", "<certificate> in line 7: ..."
  net::wall_time at;
  friend bool operator==(const certificate_end&, const certificate_end&) = default;
};

// When a certificate with its chain is good: the latest of their begins to the earliest of their
// ends.
struct validity {
  net::wall_time from;
  net::wall_time until;
};

// What the log says of it at start: info, a warning in the last 30 days, an error behind the end.
struct end_notice {
  net::log_level level = net::log_level::info;
  std::string text;
};
end_notice describe(const certificate_end& end, net::wall_time now);

struct materials {
  // By listener index of config::listeners; only TLS listeners.
  std::map<std::size_t, std::shared_ptr<const net::tls_context>> servers;
  // By proxy index; only proxies whose <target> has an <ssl>.
  std::map<std::size_t, std::shared_ptr<const net::tls_context>> clients;
  // Of what their <ssl> shows, by proxy index.
  std::map<std::size_t, validity> validities;
  // By the index of config::broker_tls.
  std::vector<std::shared_ptr<const net::tls_context>> brokers;
  // SHA-256 in hex of every store or PEM file that was read, by path: tells a reload what changed.
  std::map<std::string, std::string> digests;
  // Every certificate that was opened, once for each store and element.
  std::vector<certificate_end> ends;
  // What works, but hardly as meant: complete lines with the place.
  std::vector<std::string> warnings;
};

struct materials_result {
  materials value;
  std::vector<std::string> tls_errors;   // complete messages: stores missing, unreadable, closed
  std::vector<std::string> file_errors;  // complete messages: folders
};

// Opens everything; errors name file, line and column and are complete. Reads files.
materials_result open_materials(const config& c,
                                net::session_tickets tickets = net::session_tickets::offer);

}  // namespace gateway
