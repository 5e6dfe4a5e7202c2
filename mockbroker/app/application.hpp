// The broker as a program: binds, serves, stops on a signal.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/ladder/model.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/console/console.hpp"
#include "mockbroker/faults/fault.hpp"

namespace mockbroker {

// A broker elsewhere: "ws://host:port/", "wss://...", "stomp://host:port".
struct upstream_address {
  bool websocket = true;
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
};
// The address, or what is wrong with it.
std::variant<upstream_address, std::string> parse_upstream(std::string_view url);

struct application_options {
  std::string bind = "127.0.0.1";
  std::uint16_t ws = 61614;
  std::uint16_t stomp = 61613;
  std::uint16_t console = 8161;
  std::optional<std::uint16_t> wss;
  std::string keystore;  // PKCS#12 for wss
  std::string keystore_password;
  console_options web{};
  std::vector<std::string> queues;  // made at start
  std::vector<std::string> topics;
  // With any of these three, relays stand in front of the ports and journal what passes.
  std::vector<fault> faults;                 // armed from the start
  std::optional<std::uint16_t> control;      // port of the control API
  double time_scale = 1;                     // the broker's time runs so much faster
  std::vector<upstream_address> upstreams;   // real brokers instead of the mock one, for their kind
  std::vector<harness::ladder::row> ladder;  // a script in the broker's place; empty: none
  std::string ready_file;
  server_options server;
};

// The cases of FILE that can be played as the broker; "FILE#CASE": those whose name matches. Or all
// that is wrong, a line each.
std::variant<std::vector<harness::ladder::row>, std::string> load_ladder(std::string_view text);

// Runs until SIGTERM (0; with a ladder 1 when it did not hold to its end) or SIGINT (130). 2: bad
// options; 3: cannot bind or read the keystore.
int run_broker(const application_options& options, net::log_sink& log);

}  // namespace mockbroker
