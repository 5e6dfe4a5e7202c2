// Helpers for tests on net::simulation: run one task to its end, and destroy a whole scenario after
// every number of steps. All failures are GoogleTest failures.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "net/simulation.hpp"

namespace net {

// Found by GoogleTest: what a failed teardown check prints.
inline void PrintTo(const simulation::left_over& left, std::ostream* out) {
  *out << left.frames << " frames, " << left.streams << " streams, " << left.waits << " waits, "
       << left.timers << " timers, " << left.listeners << " listeners, " << left.posts << " posts";
}

}  // namespace net

namespace harness {

// Starts `t` and steps the simulation until it ends; its result. Throws when it never will.
template <class T>
T run(net::simulation& sim, net::task<T> t) {
  std::optional<T> out;
  net::task_group group(sim);
  auto body = [](net::task<T> inner, std::optional<T>& into) -> net::task<void> {
    into.emplace(co_await inner);
  };
  group.spawn(body(std::move(t), out));
  sim.run_until([&] { return out.has_value(); });
  if (!out) throw std::runtime_error("the simulation came to rest before the task ended");
  return std::move(*out);
}

inline void run(net::simulation& sim, net::task<void> t) {
  auto body = [](net::task<void> inner) -> net::task<bool> {
    co_await inner;
    co_return true;
  };
  run(sim, body(std::move(t)));
}

// Nothing of ours is left once what was posted has run.
inline void expect_nothing_left(net::simulation& sim) {
  EXPECT_TRUE(sim.run());
  EXPECT_EQ(sim.outstanding(), net::simulation::left_over{});
}

// A scenario spawns its tasks into the group and returns what they use; the group dies first.
using scenario = std::function<std::shared_ptr<void>(net::simulation&, net::task_group&)>;

// Runs `start` again and again and destroys it after 0, 1, 2, ... steps, until a run ends by
// itself; nothing may be left over, ever. Answers the number of steps of the whole run.
inline std::size_t cancel_at_every_step(const net::simulation::options& how, const scenario& start,
                                        std::size_t most = 20'000) {
  for (std::size_t steps = 0; steps < most; ++steps) {
    net::simulation sim(how);
    bool ended = false;
    {
      auto group = std::make_unique<net::task_group>(sim);
      auto state = start(sim, *group);
      for (std::size_t i = 0; i < steps && !ended; ++i) ended = !sim.step();
      ended = ended || group->size() == 0;
      group.reset();
    }
    expect_nothing_left(sim);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "destroyed after step " << steps;
      return steps;
    }
    if (ended) return steps;
  }
  ADD_FAILURE() << "the scenario did not end within " << most << " steps";
  return most;
}

// Reads until the end of the stream (or an error, which goes to `why` unless null).
inline net::task<std::string> read_to_end(net::byte_channel& from, std::error_code* why = nullptr) {
  std::string all;
  std::string into(64 * 1024, '\0');
  while (true) {
    auto got = co_await net::read_some(from, into);
    if (!got) {
      if (why) *why = got.error();
      co_return std::move(all);
    }
    all.append(into.data(), *got);
  }
}

// Reads exactly `size` octets; fewer when the stream ends before.
inline net::task<std::string> read_exactly(net::byte_channel& from, std::size_t size) {
  std::string all;
  std::string into(64 * 1024, '\0');
  while (all.size() < size) {
    auto got = co_await net::read_some(
        from, std::span<char>(into.data(), std::min(into.size(), size - all.size())));
    if (!got) break;
    all.append(into.data(), *got);
  }
  co_return std::move(all);
}

}  // namespace harness
