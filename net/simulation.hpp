// A runtime without a world: memory pipes, a virtual clock and seeded chance on one thread.
//
// step() runs the next runnable thing; when nothing is runnable the clock jumps to the next timer.
// "Nothing runnable and no timer" is quiescence: what has not happened by then never will, so a
// test can judge "never" without waiting. The same seed gives the same order of events.
#pragma once

#include <deque>
#include <map>
#include <random>

#include "net/runtime.hpp"

namespace net {

class simulation final : public runtime {
 public:
  struct options {
    std::uint64_t seed = 1;
    // Upper bound of the seeded number of extra turns before a readiness is told: explores orders.
    unsigned hops = 2;
    // When true, reads and writes move seeded short pieces.
    bool short_transfers = false;
    // Octets a pipe holds before writes block.
    std::size_t pipe_capacity = 64 * 1024;
    // One way delay of every connection.
    duration latency{0};
    // Civil time at virtual time zero; 2026-01-01T00:00:00Z.
    wall_time epoch{std::chrono::seconds(1767225600)};
  };

  // What still exists. All zero after a clean end.
  struct left_over {
    std::size_t frames = 0;
    std::size_t streams = 0;
    std::size_t waits = 0;
    std::size_t timers = 0;
    std::size_t listeners = 0;
    std::size_t posts = 0;
    friend bool operator==(const left_over&, const left_over&) = default;
  };

  simulation();
  explicit simulation(options chosen);
  ~simulation() override;

  // Runs one thing. False at quiescence.
  bool step();
  // Runs until `done` or quiescence, at most `steps` steps; answers done().
  bool run_until(const std::function<bool()>& done, std::size_t steps = 10'000'000);
  // Runs to quiescence, at most `steps` steps; false when they did not suffice.
  bool run(std::size_t steps = 10'000'000);
  // Runs everything that is due within `d`, then sets the clock there. std::runtime_error when time
  // does not go on, since something happens without end.
  void advance(duration d);
  left_over outstanding() const;
  // Ends all connections of `port` as if its process died: peers see connection_lost.
  void kill_port(std::uint16_t port);
  // Two connected ends, for tests of channels.
  std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> make_pair();

  time_point now() const override { return now_; }
  wall_time wall_now() const override;
  std::unique_ptr<timer> make_timer() override;
  void post(std::function<void()> f) override;
  void post_from_any_thread(std::function<void()> f) override { post(std::move(f)); }
  std::uint64_t random() override { return random_(); }
  using runtime::listen;
  result<std::unique_ptr<listener>> listen(const endpoint& at, port_sharing sharing) override;
  task<result<std::unique_ptr<stream>>> connect(std::string host, std::uint16_t port) override;
  task<void> offload(std::function<void()> work) override;
  void on_signals(std::vector<int> signals, std::function<void(int)> f) override;
  // Delivers a signal to its handlers.
  void raise(int signal);

 private:
  friend class memory_stream;
  friend class memory_timer;
  friend class memory_listener;
  struct listening;
  struct wire;

  bool run_ready();
  // Random number in [1, most], or most when transfers are not shortened.
  std::size_t piece(std::size_t most);

  options options_;
  std::mt19937_64 random_;
  time_point now_{};
  std::deque<std::function<void()>> ready_;
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> timers_;
  std::uint64_t sequence_ = 0;
  std::map<std::uint16_t, std::shared_ptr<listening>> ports_;
  std::uint16_t next_port_ = 49152;
  std::vector<std::weak_ptr<wire>> wires_;
  std::vector<std::pair<std::vector<int>, std::function<void(int)>>> signals_;
  std::size_t streams_ = 0;
  std::size_t waits_ = 0;
  std::size_t listeners_ = 0;
};

}  // namespace net
