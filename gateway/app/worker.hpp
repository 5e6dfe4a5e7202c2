// One worker of the gateway: its listeners, connections and tunnels on one runtime. Both legs of a
// connection live on one worker, so nothing here needs a lock; workers talk by posting.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/materials.hpp"
#include "gateway/app/upstream.hpp"
#include "gateway/config/config.hpp"
#include "gateway/console/console.hpp"
#include "gateway/pump/registry.hpp"
#include "net/http_server.hpp"
#include "net/runtime.hpp"

namespace gateway {

// An immutable configuration with everything it needs to run.
struct running_config {
  std::shared_ptr<const config> settings;
  materials opened;
};

struct worker_options {
  net::http_server_options http;
  upstream_limits upstream;
  tunnel_options tunnel;
  net::duration tls_handshake = std::chrono::seconds(10);
  // Connections at once; beyond: 503 (plain) or closed (TLS).
  std::size_t max_connections = 10000;
};

class worker final : public console_source {
 public:
  worker(net::runtime& rt, net::log_sink& log, const worker_options& options);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() override;

  // Serves `config` on `listeners`, which belong to config.listeners in order.
  void start(std::shared_ptr<const running_config> config,
             std::vector<std::unique_ptr<net::listener>> listeners);
  // Stops accepting, ends tunnels with Close 1001 spread over the time, waits for requests in
  // flight, at most `limit`; then ends what is left.
  net::task<void> drain(net::duration limit);
  // The other workers, for the console. Set before start.
  void set_peers(std::vector<worker*> peers) { peers_ = std::move(peers); }

  // Named counts: "connection-closed", "tunnel-upstream-lost", "refused-431", "tls-timeout", ...
  std::uint64_t count(const std::string& name) const;
  std::size_t connections() const noexcept { return connections_.size(); }
  std::size_t tunnels() const noexcept { return pumps_.tunnels(); }

  net::task<std::vector<pump_row>> pumps() override;
  net::task<std::vector<std::uint64_t>> proxy_counts() override;
  std::shared_ptr<const config> current() const override { return config_->settings; }

 private:
  friend class client_connection;
  struct tunnel_parts;
  class tunnel_driver;
  class address_count;

  void apply(const router_settings& router);
  net::task<void> accept_loop(net::listener& from, std::size_t index);
  net::task<void> serve(std::unique_ptr<net::stream> connection, std::size_t index);
  net::task<net::result<std::unique_ptr<net::stream>>> secure(std::unique_ptr<net::stream> plain,
                                                              std::size_t index, std::uint64_t id);
  net::task<void> run_tunnel(std::shared_ptr<tunnel_parts> parts,
                             std::unique_ptr<net::stream> client, std::string early);
  net::task<void> refuse_connection(std::unique_ptr<net::stream> connection, bool tls,
                                    std::string status);
  void note(const std::string& name) { ++counts_[name]; }
  template <class T>
  net::task<std::vector<std::vector<T>>> gather(std::vector<T> (*collect)(worker&));

  net::runtime& rt_;
  net::log_sink& log_;
  worker_options options_;
  counters element_counts_;
  console console_;
  services services_;
  std::shared_ptr<const running_config> config_;
  std::vector<std::unique_ptr<net::listener>> listeners_;
  std::vector<worker*> peers_;
  std::vector<std::uint64_t> proxy_counts_;
  std::map<std::string, std::uint64_t> counts_;
  // For https destinations without an <ssl> of their own: the system's trust list.
  std::shared_ptr<const net::tls_context> default_client_;
  pump_registry pumps_;
  std::list<tunnel*> tunnels_;
  std::map<std::string, std::size_t> per_address_;  // connections of each client address
  std::size_t busy_ = 0;                            // requests being answered
  bool draining_ = false;
  net::task_group acceptors_;
  net::task_group connections_;
};

}  // namespace gateway
