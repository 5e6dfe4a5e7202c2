// Bent time over a simulation, whose own clock says what really passed.
#include "net/clocked_runtime.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/simulation.hpp"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ClockedRuntime : public ::testing::Test {
 protected:
  // Seconds of our time since the beginning.
  double passed() const { return std::chrono::duration<double>(clock->now() - began).count(); }
  // Advances and says whether it did, with nothing of the clock below passing.
  bool advance(duration by) {
    bool moved = false;
    auto body = [](clocked_runtime& of, duration d, bool& out) -> task<void> {
      out = co_await of.advance(d);
    };
    task_group group(below);
    group.spawn(body(*clock, by, moved));
    below.run_until([&] { return group.size() == 0; });
    return moved;
  }
  // A timer that notes its name and the time when it runs.
  timer& alarm(const std::string& name, duration after) {
    timers.push_back(clock->make_timer());
    timers.back()->start(clock->now() + after, [this, name] { note(name); });
    return *timers.back();
  }
  void note(const std::string& name) {
    seen.push_back(name + "@" + std::to_string(int(passed() * 1000)));
  }

  simulation below;
  std::unique_ptr<clocked_runtime> clock = make_clocked_runtime(below, 1);
  time_point began = clock->now();
  std::vector<std::string> seen;
  std::vector<std::unique_ptr<timer>> timers;
};
using seen_list = std::vector<std::string>;

TEST_F(ClockedRuntime, RunsTimersInTheOrderOfTheirDeadlinesEachAtItsTime) {
  alarm("late", seconds(9));
  alarm("early", seconds(2));
  alarm("after", seconds(11));
  EXPECT_TRUE(advance(seconds(10)));
  EXPECT_EQ(seen, (seen_list{"early@2000", "late@9000"}));
  EXPECT_EQ(passed(), 10);
  EXPECT_EQ(clock->advanced(), seconds(10));
  EXPECT_EQ(below.now().time_since_epoch(), duration(0)) << "really nothing passed";
}

TEST_F(ClockedRuntime, RunsTimersThatTimersStart) {
  auto beat = clock->make_timer();
  std::function<void()> again = [&] {
    note("beat");
    beat->start(clock->now() + seconds(1), again);
  };
  beat->start(clock->now() + seconds(1), again);
  EXPECT_TRUE(advance(milliseconds(3500)));
  EXPECT_EQ(seen, (seen_list{"beat@1000", "beat@2000", "beat@3000"}));
}

TEST_F(ClockedRuntime, GivesEverythingElseATurnBetweenTimers) {
  alarm("one", seconds(1));
  alarm("two", seconds(2));
  timers.push_back(clock->make_timer());
  timers.back()->start(clock->now() + milliseconds(1500),
                       [this] { clock->post([this] { note("post"); }); });
  EXPECT_TRUE(advance(seconds(3)));
  EXPECT_EQ(seen, (seen_list{"one@1000", "post@1500", "two@2000"}));
}

TEST_F(ClockedRuntime, TimeGoesOnFromWhereItWasMoved) {
  alarm("later", seconds(15));
  advance(seconds(10));
  below.advance(seconds(4));
  EXPECT_EQ(passed(), 14);
  EXPECT_EQ(seen, seen_list{});
  below.advance(seconds(1));
  EXPECT_EQ(seen, (seen_list{"later@15000"}));
}

TEST_F(ClockedRuntime, ADroppedTimerDoesNotRun) {
  alarm("cancelled", seconds(1)).cancel();
  alarm("destroyed", seconds(1));
  timers.pop_back();
  alarm("moved", seconds(1)).start(clock->now() + seconds(30), [this] { note("moved"); });
  advance(seconds(10));
  EXPECT_EQ(seen, seen_list{});
}

TEST_F(ClockedRuntime, RunsFasterByItsScale) {
  clock = make_clocked_runtime(below, 10);
  began = clock->now();
  const auto wall = clock->wall_now();
  alarm("ten", seconds(10));
  below.advance(milliseconds(999));
  EXPECT_EQ(seen, seen_list{});
  below.advance(milliseconds(1));
  EXPECT_EQ(seen, (seen_list{"ten@10000"}));
  EXPECT_EQ(clock->wall_now() - wall, seconds(10));
  EXPECT_EQ(clock->scale(), 10);
}

TEST_F(ClockedRuntime, ATimerForNeverIsHarmlessAtAnySpeed) {
  for (const double scale : {0.1, 1.0, 1000.0}) {
    clock = make_clocked_runtime(below, scale);
    const auto never = clock->make_timer();
    never->start(time_point::max(), [this] { note("never"); });
    EXPECT_TRUE(advance(std::chrono::hours(24 * 7)));
    below.advance(seconds(1));
  }
  EXPECT_EQ(seen, seen_list{});
}

TEST_F(ClockedRuntime, WallTimeMovesWithIt) {
  const auto wall = clock->wall_now();
  advance(seconds(3600));
  EXPECT_EQ(clock->wall_now() - wall, seconds(3600));
}

TEST_F(ClockedRuntime, RefusesASecondAdvanceWhileOneIsUnderWay) {
  alarm("in between", seconds(1));
  std::vector<bool> moved;
  auto body = [](clocked_runtime& of, std::vector<bool>& out) -> task<void> {
    const bool did = co_await of.advance(seconds(2));
    out.push_back(did);
  };
  task_group group(below);
  group.spawn(body(*clock, moved));
  group.spawn(body(*clock, moved));
  below.run();
  EXPECT_EQ(moved, (std::vector<bool>{false, true}));
  EXPECT_TRUE(advance(seconds(1)));
  EXPECT_EQ(passed(), 3);
}

TEST_F(ClockedRuntime, AnAdvanceEndsAlthoughATimerNeverRests) {
  auto busy = clock->make_timer();
  std::size_t runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    busy->start(clock->now() + duration(1), again);
  };
  busy->start(clock->now(), again);
  EXPECT_TRUE(advance(seconds(3600)));
  EXPECT_EQ(passed(), 3600);
  EXPECT_LE(runs, clocked_runtime::most_steps + 1);
  busy->cancel();
}

TEST_F(ClockedRuntime, WaitsOfCoroutinesUseIt) {
  auto body = [](clocked_runtime& of, double& woken) -> task<void> {
    const auto start = of.now();
    co_await wait_until(of, start + seconds(60));
    woken = std::chrono::duration<double>(of.now() - start).count();
  };
  double woken = 0;
  task_group group(*clock);
  group.spawn(body(*clock, woken));
  advance(seconds(70));
  EXPECT_EQ(woken, 60);
}

}  // namespace
}  // namespace net
