// GoogleTest fixtures over a stage. One test body runs on the simulation, on sockets, and on the
// programs as users run them:
//
//   template <class Where> class Story : public harness::stage_fixture<Where> {};
//   TYPED_TEST_SUITE(Story, harness::everywhere);
//   TYPED_TEST(Story, TellsTheBroker) {
//     auto& c = this->stage.connect();
//     c.send("/queue/foo", "hi");
//     EXPECT_THAT(this->stage, harness::eventually(harness::body("hi")));
//   }
//
// or on the simulation alone: class Story : public harness::broker_fixture {};
// Tear-down fails the test for what stage::finish() finds.
#pragma once

#include <gtest/gtest.h>

#include "harness/cpp/journal_matchers.hpp"

namespace harness {

// Where stages can be: types for TYPED_TEST.
struct on_simulation {
  static std::unique_ptr<world> make(std::uint64_t seed) {
    net::simulation::options how;
    how.seed = seed;
    return make_simulated_world(how);
  }
};
struct on_sockets {
  static std::unique_ptr<world> make(std::uint64_t) { return make_socket_world(); }
};
// The programs `gateway` and `mockbroker` (world.hpp says where they are looked for).
struct on_processes {
  static std::unique_ptr<world> make(std::uint64_t) { return make_process_world(); }
};
using in_process = ::testing::Types<on_simulation, on_sockets>;
using everywhere = ::testing::Types<on_simulation, on_sockets, on_processes>;

template <class Where>
class stage_fixture : public ::testing::Test {
 protected:
  explicit stage_fixture(const stage_options& options = {})
      : stage(Where::make(options.seed), options) {}

  void TearDown() override {
    for (const auto& wrong : stage.finish()) {
      ADD_FAILURE() << wrong << "\nReplay  : " << replay_command(stage);
    }
  }
  // Ends the test where only a simulation can go on.
  bool only_simulated() {
    if (stage.is_simulated()) return false;
    []() { GTEST_SKIP() << "needs virtual time, which real sockets do not have"; }();
    return true;
  }

  harness::stage stage;
};

using broker_fixture = stage_fixture<on_simulation>;
using gateway_process_fixture = stage_fixture<on_processes>;

}  // namespace harness
