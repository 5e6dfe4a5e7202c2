// Looks at the nodes of all balancers, again and again (Membrane: <balancerHealthMonitor>). Used on
// one worker's runtime.
#pragma once

#include <memory>

#include "gateway/config/config.hpp"
#include "net/log.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace gateway {

class health_monitor {
 public:
  health_monitor(net::runtime& rt, net::log_sink& log);
  health_monitor(const health_monitor&) = delete;
  health_monitor& operator=(const health_monitor&) = delete;
  ~health_monitor();

  // From now on at the nodes of `c`, the first time at once. When it says nothing of that, never,
  // and all count as healthy.
  void watch(std::shared_ptr<const config> c);
  void stop();

 private:
  net::task<void> look_again_and_again(std::shared_ptr<const config> c);
  net::task<void> look_at(std::string balancer, balancer_node node, net::duration limit);

  net::runtime& rt_;
  net::log_sink& log_;
  std::shared_ptr<const net::tls_context> tls_;  // for https; null until it is needed
  std::unique_ptr<net::task_group> looks_;
};

}  // namespace gateway
