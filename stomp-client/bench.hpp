// stomp-client bench: how fast a broker, and what is in front of it, hands messages back.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "stomp-client/command.hpp"

namespace stomp_client {

struct bench {
  std::string destination = "/queue/bench";  // ".1", ".2", ... behind it: one for each connection
  unsigned connections = 1;
  std::uint64_t messages = 0;          // of all connections; 0: no bound
  net::duration time{0};               // of sending; 0: no bound
  std::size_t size = 100;              // octets of a body
  std::size_t window = 100;            // messages of one connection that are on their way at a time
  std::vector<stomp::header> headers;  // of each SEND
  net::duration timeout = std::chrono::seconds(10);  // for connecting, and without any progress
  bool json = false;
};

// Counts of times in steps of at most a thirty-second of the time itself. Pure.
class latencies {
 public:
  void add(std::chrono::microseconds took);
  // The time that so much of all did not exceed ("0.99"), rounded up to its step; 0 without any.
  std::chrono::microseconds at(double share) const;
  std::chrono::microseconds longest() const noexcept { return longest_; }

 private:
  std::array<std::uint64_t, 64 + 32 * 58> counts_{};
  std::uint64_t all_ = 0;
  std::chrono::microseconds longest_{0};
};

// Each connection subscribes to a destination of its own and sends to it what fits into its window;
// messages that somebody else put there are dropped. One of the bounds must be set; the first that
// is reached ends it. done: every message came back; failed: an ERROR, an end, a message that was
// lost; cannot_connect, timed_out: as elsewhere.
net::task<exit_code> run_bench(net::runtime& rt, url to, options chosen, bench what, report& out);

}  // namespace stomp_client
