// Waits that are taken back: who waited and died must not be resumed.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "harness/cpp/simulated.hpp"
#include "net/runtime.hpp"

namespace net {
namespace {

using std::chrono::seconds;

task<void> wait_for(event& e, std::string& out) {
  co_await e;
  out += 'w';
}

task<void> sleeper(runtime& rt, std::string& out) {
  co_await wait_until(rt, rt.now() + seconds(1));
  out += 's';
}

task<int> late(runtime& rt, duration after, int n) {
  co_await wait_until(rt, rt.now() + after);
  co_return n;
}

TEST(Event, WakesItsWaiterLaterAndNotInline) {
  simulation sim;
  event e(sim);
  std::string out;
  task_group group(sim);
  group.spawn(wait_for(e, out));
  e.set();
  EXPECT_EQ(out, "");
  sim.run();
  EXPECT_EQ(out, "w");
  group.spawn(wait_for(e, out));
  EXPECT_EQ(out, "ww");
}

TEST(Event, ForgetsAWaiterThatIsDestroyedBeforeOrAfterSet) {
  for (const bool set_first : {false, true}) {
    simulation sim;
    event e(sim);
    std::string out;
    {
      task_group group(sim);
      group.spawn(wait_for(e, out));
      if (set_first) e.set();
    }
    e.set();
    sim.run();
    EXPECT_EQ(out, "");
    e.clear();
    task_group group(sim);
    group.spawn(wait_for(e, out));
    e.set();
    sim.run();
    EXPECT_EQ(out, "w");
  }
}

TEST(Event, MayDieBeforeItsWaiterIsTold) {
  simulation sim;
  auto e = std::make_unique<event>(sim);
  std::string out;
  {
    task_group group(sim);
    group.spawn(wait_for(*e, out));
    e->set();
    e.reset();
    sim.run();
    EXPECT_EQ(out, "");
  }
  harness::expect_nothing_left(sim);
}

TEST(TaskGroup, ForgetsAWaiterThatIsDestroyed) {
  simulation sim;
  task_group group(sim);
  std::string out;
  group.spawn(sleeper(sim, out));
  {
    task_group waiters(sim);
    waiters.spawn(group.wait_empty());
  }
  sim.run();
  EXPECT_EQ(out, "s");
  harness::expect_nothing_left(sim);
}

TEST(TaskGroup, MayBeUsedAgainAfterCancel) {
  simulation sim;
  std::string out;
  task_group group(sim);
  group.spawn(sleeper(sim, out));
  group.cancel();
  EXPECT_EQ(group.size(), 0u);
  group.spawn(sleeper(sim, out));
  sim.run();
  EXPECT_EQ(out, "s");
}

TEST(WithDeadline, TakesAResultThatIsThereAtOnceEvenWhenTheTimeHasPassed) {
  simulation sim;
  sim.advance(seconds(5));
  auto now = []() -> task<int> { co_return 3; };
  EXPECT_EQ(harness::run(sim, with_deadline(sim, time_point{}, now())), 3);
}

TEST(WithDeadline, PassesExceptionsOn) {
  simulation sim;
  auto fails = [](runtime& rt) -> task<int> {
    co_await wait_until(rt, rt.now() + seconds(1));
    throw std::runtime_error("no");
  };
  EXPECT_THROW(harness::run(sim, with_deadline(sim, sim.now() + seconds(2), fails(sim))),
               std::runtime_error);
  harness::expect_nothing_left(sim);
}

TEST(WithDeadline, TheInnerOfTwoDecidesWhenItIsEarlier) {
  simulation sim;
  auto inner = with_deadline(sim, sim.now() + seconds(1), late(sim, seconds(60), 1));
  const auto got = harness::run(sim, with_deadline(sim, sim.now() + seconds(2), std::move(inner)));
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, std::nullopt);
  EXPECT_EQ(sim.now(), time_point{} + seconds(1));
}

TEST(Within, TurnsADeadlineIntoTimedOut) {
  simulation sim;
  auto op = [](runtime& rt) -> task<result<int>> { co_return co_await late(rt, seconds(9), 1); };
  EXPECT_EQ(harness::run(sim, within(sim, seconds(1), op(sim))).error(), errc::timed_out);
}

TEST(Cancellation, LeavesNothingAtAnyStepOfNestedDeadlinesAndGroups) {
  auto start = [](simulation& sim, task_group& group) -> std::shared_ptr<void> {
    auto work = [](simulation& s) -> task<void> {
      for (int i = 0; i < 3; ++i) {
        auto inner = with_deadline(s, s.now() + seconds(3), late(s, seconds(1), 1));
        co_await with_deadline(s, s.now() + seconds(2), std::move(inner));
        std::string ignored;
        task_group own(s);
        own.spawn(sleeper(s, ignored));
        co_await own.wait_empty();
        co_await s.offload([] {});
      }
    };
    group.spawn(work(sim));
    group.spawn(work(sim));
    return nullptr;
  };
  EXPECT_GT(harness::cancel_at_every_step({}, start), 20u);
}

// The orders that hops explore, and that the same seed repeats.
std::string order_of_two(std::uint64_t seed) {
  simulation::options o;
  o.seed = seed;
  simulation sim(o);
  auto a = sim.make_pair();
  auto b = sim.make_pair();
  std::string order;
  a.first->wait(direction::read, [&] { order += 'a'; });
  b.first->wait(direction::read, [&] { order += 'b'; });
  a.second->try_write(std::string("x"));
  b.second->try_write(std::string("x"));
  sim.run();
  return order;
}

TEST(Hops, ExploreBothOrdersAndRepeatThem) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    EXPECT_EQ(order_of_two(seed), order_of_two(seed));
    ++seen[order_of_two(seed)];
  }
  EXPECT_GT(seen["ab"], 0);
  EXPECT_GT(seen["ba"], 0);
}

TEST(AtOnce, AnswersForWhatNeverWaitsAndDropsWhatDoes) {
  simulation sim;
  const auto ready = []() -> task<int> { co_return 7; };
  EXPECT_EQ(at_once(sim, ready()), 7);
  EXPECT_EQ(at_once(sim, late(sim, seconds(1), 7)), std::nullopt);
  const auto failing = []() -> task<int> {
    throw std::runtime_error("no");
    co_return 0;
  };
  EXPECT_THROW(at_once(sim, failing()), std::runtime_error);
  sim.run();
  harness::expect_nothing_left(sim);
}

TEST(Tap, SeesWhatPassesWithItsDirection) {
  simulation sim;
  std::string seen;
  sim.set_tap([&](const tap_event& e) {
    seen += std::to_string(e.connection) + (e.leg == leg::client ? "c" : "u") +
            (e.from == direction::read ? "<" : ">") + std::string(e.bytes) + " ";
  });
  auto [a, b] = sim.make_pair();
  auto near = tapped(sim, std::move(a), leg::client, 7);
  near->try_write(std::string("out"));
  b->try_write(std::string("in"));
  char into[8];
  near->try_read(into);
  near->try_read(into);
  EXPECT_EQ(seen, "7c>out 7c<in ");
}

TEST(ConnectionNumbers, OfSeveralWorkersAreDistinct) {
  simulation a;
  simulation b;
  a.number_connections(0, 2);
  b.number_connections(1, 2);
  EXPECT_EQ(a.next_connection_id(), 1u);
  EXPECT_EQ(b.next_connection_id(), 2u);
  EXPECT_EQ(a.next_connection_id(), 3u);
  EXPECT_EQ(b.next_connection_id(), 4u);
}

}  // namespace
}  // namespace net
