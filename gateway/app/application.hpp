// The gateway as a program: loads the configuration, binds, runs the workers, drains, stops.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/worker.hpp"
#include "net/log.hpp"
#include "net/ready_file.hpp"

namespace gateway {

// Exit codes of the command line (design, section 3).
enum class exit_code {
  done = 0,
  failed = 1,
  usage = 2,        // command line or configuration, everything that -t finds
  cannot_bind = 3,  // also: TLS material cannot be read at start
  interrupted = 130,
};

struct application_options {
  std::string config_file;
  std::string bind;  // address for proxies without ip; empty: all
  // --map-port FROM=TO, TO 0: any free port.
  std::map<std::uint16_t, std::uint16_t> ports;
  unsigned threads = 1;
  std::string ready_file;
  net::duration drain_time = std::chrono::seconds(30);
  // For repeatable runs on a simulation; see net::tls_context::server.
  net::session_tickets tickets = net::session_tickets::offer;
  worker_options worker;
};

// Loads `file` and opens all it names, without binding. Messages go to standard error.
exit_code test_config(const application_options& options);

// A gateway whose ports are bound, on a runtime of the caller's: one worker, for tests and
// harnesses in process. The binary uses the same steps.
struct bound_gateway {
  std::shared_ptr<const running_config> config;
  std::vector<std::unique_ptr<net::listener>> listeners;
};
struct bind_result {
  bound_gateway value;
  exit_code code = exit_code::done;
  std::vector<std::string> errors;
};
// Loads `text` (named `file_name`, relative paths from `folder`), binds every listener with the
// mapped ports, opens the materials. `sharing` as for the workers of the program.
bind_result bind_gateway(net::runtime& rt, const std::string& text, const std::string& file_name,
                         const std::string& folder, const application_options& options,
                         net::port_sharing sharing = net::port_sharing::exclusive);

// What worker::reload() needs: the new configuration, and listeners for names that `running` does
// not have.
struct rebound_gateway {
  std::shared_ptr<const running_config> config;
  std::map<std::string, std::unique_ptr<net::listener>> added;
};
struct rebind_result {
  rebound_gateway value;
  std::vector<std::string> errors;  // complete messages; not empty: nothing was bound
};
// Loads `text` anew for a gateway that runs `running`: everything is checked, opened and bound
// before anything changes.
rebind_result rebind_gateway(net::runtime& rt, const std::string& text,
                             const std::string& file_name, const std::string& folder,
                             const application_options& options, const running_config& running,
                             net::port_sharing sharing = net::port_sharing::exclusive);

std::vector<net::ready_file::entry> ready_entries(const bound_gateway& gateway);

// Loads the file again on SIGHUP and, unless hotDeploy is false, when it or a store that it names
// has changed; a file that cannot run changes nothing. Runs until SIGTERM (drains, exit 0) or
// SIGINT (drains, exit 130); a second one stops at once.
exit_code run_gateway(const application_options& options, net::log_sink& log);

}  // namespace gateway
