// What exchanges and tunnels amounted to, and as text for Prometheus (format 0.0.4), in Membrane's
// names and ours. One a worker; pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"
#include "net/types.hpp"

namespace gateway {

// Exchanges of one proxy with one status.
struct code_traffic {
  std::uint64_t count = 0;
  std::uint64_t good = 0;  // not aborted
  std::uint64_t good_ms = 0;
  std::uint64_t request_octets = 0;  // of bodies of good ones
  std::uint64_t response_octets = 0;
};

// Octets of the tunnels of one proxy, after the 101.
struct tunnel_traffic {
  std::uint64_t open = 0;  // tunnels
  std::uint64_t to_server = 0;
  std::uint64_t to_client = 0;
};

// A node of a balancer.
struct node_traffic {
  std::string balancer;
  std::string cluster;
  std::string node;  // "localhost:61614"
  bool up = false;   // may get new exchanges
  std::uint64_t connections = 0;
};

// How long exchanges took, in the buckets that there are.
class time_histogram {
 public:
  // Upper bounds in ms; a <prometheus buckets> chooses some of them.
  static std::span<const std::uint32_t> bounds() noexcept;
  void note(net::duration took);
  void add(const time_histogram& other);
  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t sum_ms() const noexcept { return sum_us_ / 1000; }
  // How many took at most `ms`, one of bounds().
  std::uint64_t within(std::uint32_t ms) const noexcept;

 private:
  std::array<std::uint64_t, 24> counts_{};  // by bound; those above all are in none
  std::uint64_t count_ = 0;
  std::uint64_t sum_us_ = 0;
};

// What the parts of one exchange took. Without a call of a target only `total`.
struct exchange_times {
  net::duration total{0};
  bool called = false;
  net::duration request_flow{0};
  net::duration target{0};  // to its head
  net::duration response_flow{0};
};

struct traffic {
  static constexpr std::size_t most_codes = 64;  // of one proxy; further ones count as 0

  // By the proxy's name. Bodies whose size is not known beforehand are counted as they pass.
  std::map<std::string, std::map<int, std::shared_ptr<code_traffic>>> rules;
  std::map<std::string, tunnel_traffic> tunnels;
  // By the first digit of the status: request flow, response flow, target, total.
  std::array<std::array<time_histogram, 4>, 6> times;
  std::map<std::string, std::uint64_t> events;  // by name, see worker::count()
  std::vector<node_traffic> nodes;              // of all workers together

  std::shared_ptr<code_traffic>& of(const std::string& rule, int status);
  void note_times(int status, const exchange_times& t);
  // Forgets proxies whose names are not in `names`.
  void keep(const std::vector<std::string>& names);
  // A copy that shares nothing.
  traffic snapshot() const;
  void add(const traffic& other);
};

// A source that counts the octets of `body` in `count` as they are read. Neither is null.
std::unique_ptr<net::body_source> counted_body(std::unique_ptr<net::body_source> body,
                                               std::shared_ptr<std::uint64_t> count);

// A proxy that runs, and when the certificate that it shows is good.
struct running_rule {
  struct times {
    net::wall_time from;
    net::wall_time until;
  };
  std::string name;
  std::optional<times> certificate{};  // nothing: it shows none
};

// All of `t` as text. `buckets` are of time_histogram::bounds(), ascending. Labels are in lower
// case, other characters than letters and digits are '_'.
std::string prometheus_text(const traffic& t, const std::vector<running_rule>& rules,
                            const std::vector<std::uint32_t>& buckets);

}  // namespace gateway
