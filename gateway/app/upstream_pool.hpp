// Connections to targets that wait for the next request to the same target. Owned by the worker and
// used on its runtime only; what is in here is closed when it gets too old, too many, or when the
// peer ends it or writes unasked.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace gateway {

// Who a connection leads to, and by which rules its TLS was made: after a reload with other rules
// the context is another one, so that nothing made by the old rules is found again.
struct upstream_target {
  std::string host;
  std::uint16_t port = 0;
  std::shared_ptr<const net::tls_context> tls;  // null: plain
  std::string proxy{};                          // "host:port" of the proxy between; empty: none
  friend auto operator<=>(const upstream_target&, const upstream_target&) = default;
};

struct pool_limits {
  std::size_t per_target = 64;
  std::size_t all = 256;
};

class upstream_pool {
 public:
  explicit upstream_pool(net::runtime& rt, pool_limits limits = {}) : rt_(rt), limits_(limits) {}
  upstream_pool(const upstream_pool&) = delete;
  upstream_pool& operator=(const upstream_pool&) = delete;
  ~upstream_pool() { close_all(); }

  // The connection to `to` that was put here last, or null. The peer had neither ended it nor
  // written to it a moment ago.
  std::unique_ptr<net::stream> take(const upstream_target& to);
  // Keeps `connection`, which is between two messages, for at most `idle`. Where a limit is
  // reached, the oldest one goes.
  void put(const upstream_target& to, std::unique_ptr<net::stream> connection, net::duration idle);
  void close_all() noexcept;
  // Closes all, and from now on whatever is put here.
  void stop() noexcept;

  std::size_t size() const noexcept { return size_; }

 private:
  struct idle_connection {
    std::unique_ptr<net::stream> connection;
    std::unique_ptr<net::timer> expiry;
    std::uint64_t number = 0;  // smaller: older
  };
  using idle_list = std::list<idle_connection>;  // of one target, oldest first
  using all_lists = std::map<upstream_target, idle_list>;

  void watch(all_lists::iterator of, idle_list::iterator which);
  void drop(all_lists::iterator of, idle_list::iterator which) noexcept;
  void drop_oldest() noexcept;

  net::runtime& rt_;
  const pool_limits limits_;
  all_lists lists_;  // none is empty
  std::size_t size_ = 0;
  std::uint64_t last_number_ = 0;
  bool stopped_ = false;
};

}  // namespace gateway
