// A simulated world whose every leftover fails the test, and short ways to run tasks on it.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>

#include "net/simulation.hpp"

namespace net {

template <class T>
T run_to_end(simulation& sim, task<T> t) {
  std::optional<T> out;
  task_group group(sim);
  auto body = [](task<T> inner, std::optional<T>& result) -> task<void> {
    result.emplace(co_await inner);
  };
  group.spawn(body(std::move(t), out));
  sim.run_until([&] { return out.has_value(); });
  if (!out) throw std::runtime_error("the task did not end");
  return std::move(*out);
}

class SimulatedTest : public ::testing::Test {
 protected:
  void TearDown() override {
    sim.run();
    EXPECT_EQ(sim.outstanding(), simulation::left_over{});
  }
  simulation sim;
};

// Everything up to the end of the stream; its error goes to `end`.
inline task<std::string> read_to_end(byte_channel& from, std::error_code& end) {
  std::string all;
  std::string into(65536, '\0');
  while (true) {
    auto got = co_await read_some(from, into);
    if (!got) {
      end = got.error();
      co_return all;
    }
    all.append(into.data(), *got);
  }
}

}  // namespace net
