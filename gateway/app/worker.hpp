// One worker of the gateway: its listeners, connections and tunnels on one runtime. Both legs of a
// connection live on one worker, so nothing here needs a lock; workers talk by posting.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/app/health_monitor.hpp"
#include "gateway/app/materials.hpp"
#include "gateway/app/upstream.hpp"
#include "gateway/config/config.hpp"
#include "gateway/console/console.hpp"
#include "gateway/core/traffic.hpp"
#include "gateway/pump/registry.hpp"
#include "net/http_server.hpp"
#include "net/runtime.hpp"

namespace gateway {

// An immutable configuration with everything it needs to run.
struct running_config {
  std::shared_ptr<const config> settings;
  materials opened;
};

// "#7 ": how log lines name a connection.
std::string tag(std::uint64_t connection);

struct tunnel_parts;  // gateway/app/client_connection.hpp

// What makes a proxy the same after a reload: its canonical text and the octets of its stores.
std::string identity_of(const running_config& config, const proxy& p);

struct worker_options {
  net::http_server_options http;
  upstream_limits upstream;
  tunnel_options tunnel;
  net::duration tls_handshake = std::chrono::seconds(10);
  // To the end of what a client of a <stompProxy> or <sslProxy> says first.
  net::duration first_words = std::chrono::seconds(10);
  // Connections at once; beyond: 503 or an ERROR frame (plain), or closed (TLS).
  std::size_t max_connections = 10000;
  // For rules with host names (services::host_name_of); empty: no client has a name.
  std::function<std::string(const std::string& address)> host_name_of{};
};

class worker final : public console_source, public metrics_source {
 public:
  worker(net::runtime& rt, net::log_sink& log, const worker_options& options);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() override;

  // Serves `config` on `listeners`, which belong to config.listeners in order.
  void start(std::shared_ptr<const running_config> config,
             std::vector<std::unique_ptr<net::listener>> listeners);
  // Takes over `next`. Listeners that it names as before stay open, the others are closed; `added`
  // has the new ones, by name. Requests go by `next` from now on, also on connections that are
  // open; those in flight finish as they began. Tunnels of proxies that are no longer the same get
  // Close 1012, spread over the time of <transport forceSocketCloseOnHotDeployAfter>. Does nothing
  // once drain() has begun.
  void reload(std::shared_ptr<const running_config> next,
              std::map<std::string, std::unique_ptr<net::listener>> added);
  // What the console says of the last reload; empty when it went well.
  void set_reload_problem(std::string text) { reload_problem_ = std::move(text); }
  const std::string& reload_problem() const override { return reload_problem_; }
  // Stops accepting, ends tunnels with Close 1001 spread over the time, waits for requests in
  // flight, at most `limit`; then ends what is left.
  net::task<void> drain(net::duration limit);
  // The other workers, for the console. Set before start.
  void set_peers(std::vector<worker*> peers) { peers_ = std::move(peers); }

  // Named counts: "connection-closed", "tunnel-upstream-lost", "refused-431", "tls-timeout", ...
  std::uint64_t count(const std::string& name) const;
  std::size_t connections() const noexcept { return connections_.size(); }
  // Connections to targets that wait for the next request.
  std::size_t idle_upstreams() const noexcept { return pool_.size(); }
  std::size_t tunnels() const noexcept { return pumps_.tunnels(); }

  net::task<std::vector<pump_row>> pumps() override;
  net::task<std::vector<std::uint64_t>> proxy_counts() override;
  net::task<std::string> prometheus(const std::vector<std::uint32_t>& buckets) override;
  std::shared_ptr<const config> current() const override { return config_->settings; }
  net::time_point now() const override { return rt_.now(); }
  std::shared_ptr<const running_config> running() const { return config_; }

 private:
  friend class client_connection;
  class tunnel_driver;
  class address_count;

  struct open_port {
    std::unique_ptr<net::listener> socket;
    std::unique_ptr<net::task_group> accepting;  // dies first
  };
  struct open_tunnel {
    tunnel* pumps = nullptr;
    std::shared_ptr<const running_config> config;
    const proxy* of = nullptr;
  };

  void take(std::shared_ptr<const running_config> next);
  void apply(const router_settings& router);
  bool is_current(const open_tunnel& t) const;
  void open(const std::string& name, std::unique_ptr<net::listener> socket);
  std::optional<std::size_t> listener_named(std::string_view name) const;
  net::task<void> accept_loop(net::listener& from, std::string name);
  net::task<void> serve(std::unique_ptr<net::stream> connection, std::size_t index);
  // Serves a connection of <sslProxy>s; the reason of its end, for a counter: "upgraded" (the
  // tunnel ran and ended), "refused" (there was no target), "malformed", "unknown-name" (all with
  // an alert), "hello-timeout" or "lost".
  net::task<std::string_view> forward_tls(std::string listener, std::unique_ptr<net::stream> client,
                                          std::uint64_t id);
  net::task<void> end_tunnels(std::vector<std::uint64_t> ids, ws::close_code code,
                              std::string_view reason, net::duration limit);
  // Ends TLS where there is a `context`.
  net::task<net::result<std::unique_ptr<net::stream>>> secure(
      std::unique_ptr<net::stream> plain, std::shared_ptr<const net::tls_context> context,
      std::uint64_t id);
  net::task<void> run_tunnel(std::shared_ptr<tunnel_parts> parts,
                             std::unique_ptr<net::stream> client, std::string early);
  net::task<void> refuse_connection(std::unique_ptr<net::stream> connection,
                                    const listener_settings& listener, failure why);
  void note(const std::string& name) { ++counts_[name]; }
  traffic counted();
  template <class T>
  net::task<std::vector<std::vector<T>>> gather(std::vector<T> (*collect)(worker&));

  net::runtime& rt_;
  net::log_sink& log_;
  const worker_options started_with_;
  worker_options options_;  // as the file says
  counters element_counts_;
  console console_;
  services services_;
  std::shared_ptr<const running_config> config_;
  std::set<std::string> identities_;        // of the proxies of config_
  std::map<std::string, open_port> ports_;  // by the listener's name
  std::vector<worker*> peers_;
  std::vector<std::uint64_t> proxy_counts_;
  std::map<std::string, std::uint64_t> counts_;
  traffic traffic_;
  // For https destinations without an <ssl> of their own: the system's trust list.
  std::shared_ptr<const net::tls_context> default_client_;
  pump_registry pumps_;
  upstream_pool pool_;  // outlives the connections, whose answers go back there
  std::map<std::uint64_t, open_tunnel> tunnels_;    // by the connection's number
  std::map<std::string, std::size_t> per_address_;  // connections of each client address
  std::size_t busy_ = 0;                            // requests being answered
  bool draining_ = false;
  std::string reload_problem_;
  health_monitor health_;    // of the first worker only
  net::task_group endings_;  // of tunnels after reloads
  net::task_group connections_;
};

}  // namespace gateway
