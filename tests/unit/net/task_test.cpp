#include "net/task.hpp"

#include "support.hpp"

namespace net {
namespace {

using std::chrono::seconds;

class Task : public SimulatedTest {};

task<int> later(runtime& rt, duration d, int value) {
  co_await wait_until(rt, rt.now() + d);
  co_return value;
}

TEST_F(Task, EndsAtOnceWithoutSuspension) {
  auto now = []() -> task<int> { co_return 7; };
  EXPECT_EQ(run_to_end(sim, now()), 7);
}

TEST_F(Task, ALongLoopOfReadyChildrenKeepsTheStackShort) {
  auto loop = []() -> task<int> {
    auto one = []() -> task<int> { co_return 1; };
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await one();
    co_return sum;
  };
  EXPECT_EQ(run_to_end(sim, loop()), 1'000'000);
}

TEST_F(Task, HandsExceptionsToItsParent) {
  auto outer = [](runtime& rt) -> task<std::string> {
    auto inner = [](runtime& r) -> task<int> {
      co_await wait_until(r, r.now() + seconds(1));
      throw std::runtime_error("inner");
    };
    try {
      co_await inner(rt);
    } catch (const std::runtime_error& e) {
      co_return std::string(e.what());
    }
    co_return std::string();
  };
  EXPECT_EQ(run_to_end(sim, outer(sim)), "inner");
}

TEST_F(Task, AGroupReportsWhatLeavesARootAndLivesOn) {
  int failures = 0;
  task_group group(sim, [&](std::exception_ptr) { ++failures; });
  auto bad = [](runtime& rt) -> task<void> {
    co_await wait_until(rt, rt.now());
    throw std::runtime_error("root");
  };
  group.spawn(bad(sim));
  group.spawn(bad(sim));
  sim.run();
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(Task, WaitEmptyResumesAfterTheLastTask) {
  task_group group(sim);
  auto wait = [](runtime& rt, duration d) -> task<void> { co_await wait_until(rt, rt.now() + d); };
  group.spawn(wait(sim, seconds(1)));
  group.spawn(wait(sim, seconds(3)));
  auto all = [](task_group& g) -> task<int> {
    co_await g.wait_empty();
    co_return 0;
  };
  run_to_end(sim, all(group));
  EXPECT_EQ(sim.now().time_since_epoch(), seconds(3));
}

TEST_F(Task, ADeadlineDestroysWhatIsLate) {
  const auto late =
      run_to_end(sim, with_deadline(sim, sim.now() + seconds(1), later(sim, seconds(2), 1)));
  EXPECT_FALSE(late);
  EXPECT_EQ(sim.now().time_since_epoch(), seconds(1));
  const auto in_time =
      run_to_end(sim, with_deadline(sim, sim.now() + seconds(2), later(sim, seconds(1), 1)));
  EXPECT_EQ(in_time, 1);
}

TEST_F(Task, DestroyingAtEachStepLeavesNothing) {
  auto chain = [](runtime& rt) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      co_await with_deadline(rt, rt.now() + seconds(2), later(rt, seconds(1), i));
    }
  };
  std::size_t steps = 0;
  bool ended = false;
  while (!ended) {
    {
      task_group group(sim);
      group.spawn(chain(sim));
      for (std::size_t i = 0; i < steps && group.size() > 0; ++i) sim.step();
      ended = group.size() == 0;
    }
    sim.run();
    ASSERT_EQ(sim.outstanding(), simulation::left_over{}) << steps;
    ++steps;
  }
  EXPECT_GT(steps, 4u);
}

TEST_F(Task, AnEventSetBeforeTheWaitIsNotMissed) {
  event e(sim);
  e.set();
  auto wait = [](event& of) -> task<int> {
    co_await of;
    co_return 1;
  };
  EXPECT_EQ(run_to_end(sim, wait(e)), 1);
}

}  // namespace
}  // namespace net
