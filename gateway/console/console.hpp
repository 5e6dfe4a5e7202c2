// The admin console: pages and JSON over what the workers know. Words, columns and URLs are
// Membrane's (facts: ServiceProxies at /admin, Stream Pumps at /admin/streams, Load
// Balancing at /admin/balancers); the look is ours.
#pragma once

#include <vector>

#include "gateway/config/config.hpp"
#include "gateway/core/exchange.hpp"
#include "gateway/pump/registry.hpp"
#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace gateway {

// What the console shows. Implemented by the application, which gathers over its workers.
class console_source {
 public:
  virtual ~console_source() = default;
  virtual net::task<std::vector<pump_row>> pumps() = 0;
  // Requests handled so far, by proxy index of current().
  virtual net::task<std::vector<std::uint64_t>> proxy_counts() = 0;
  virtual std::shared_ptr<const config> current() const = 0;
  virtual net::time_point now() const = 0;
  // Why the last reload changed nothing, as the loader says it; empty when it went well.
  virtual const std::string& reload_problem() const = 0;
};

class console final : public console_handler {
 public:
  explicit console(console_source& source) : source_(source) {}
  net::task<net::http_response> handle(net::http_request& request,
                                       const console_options& options) override;

 private:
  net::task<net::http_response> proxies_page();
  net::task<net::http_response> streams_page();
  net::task<net::http_response> proxies_json();
  net::task<net::http_response> streams_json();
  net::http_response balancers_page() const;
  net::http_response balancers_json() const;

  console_source& source_;
};

}  // namespace gateway
