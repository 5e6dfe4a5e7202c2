// The simulated connection must behave as TCP does: what passes here is what the rest relies on.
#include <gtest/gtest.h>

#include <string>

#include "harness/cpp/simulated.hpp"
#include "net/simulation.hpp"

namespace net {
namespace {

class MemoryStream : public ::testing::Test {
 protected:
  MemoryStream() { std::tie(a, b) = sim.make_pair(); }
  void TearDown() override {
    a.reset();
    b.reset();
    harness::expect_nothing_left(sim);
  }
  std::error_code read_error(stream& s) {
    char c = 0;
    return s.try_read({&c, 1}).error;
  }
  std::error_code write_error(stream& s) { return s.try_write(std::string("x")).error; }

  simulation sim;
  std::unique_ptr<stream> a, b;
};

TEST_F(MemoryStream, CarriesOctetsBothWaysInOrder) {
  EXPECT_EQ(a->try_write(std::string("hello ")).size, 6u);
  EXPECT_EQ(a->try_write(std::string("world")).size, 5u);
  EXPECT_EQ(b->try_write(std::string("back")).size, 4u);
  char into[64];
  const auto got = b->try_read(into);
  EXPECT_EQ(std::string(into, got.size), "hello world");
  EXPECT_EQ(std::string(into, a->try_read(into).size), "back");
  EXPECT_EQ(read_error(*a), errc::would_block);
}

TEST_F(MemoryStream, HalfCloseKeepsTheOtherDirection) {
  a->try_write(std::string("bye"));
  a->shutdown_write();
  EXPECT_EQ(write_error(*a), errc::connection_lost);
  EXPECT_EQ(harness::run(sim, harness::read_to_end(*b)), "bye");
  EXPECT_EQ(read_error(*b), errc::end_of_stream);
  EXPECT_EQ(b->try_write(std::string("still")).size, 5u);
  b->shutdown_write();
  EXPECT_EQ(harness::run(sim, harness::read_to_end(*a)), "still");
  EXPECT_EQ(read_error(*a), errc::end_of_stream);
}

TEST_F(MemoryStream, HalfCloseWorksInTheOtherOrderToo) {
  b->shutdown_write();
  EXPECT_EQ(read_error(*a), errc::end_of_stream);
  a->try_write(std::string("late"));
  a->shutdown_write();
  EXPECT_EQ(harness::run(sim, harness::read_to_end(*b)), "late");
}

TEST_F(MemoryStream, CloseDeliversWhatWasTakenAndThenTheEnd) {
  a->try_write(std::string("last words"));
  a->close();
  std::error_code why;
  EXPECT_EQ(harness::run(sim, harness::read_to_end(*b, &why)), "last words");
  EXPECT_EQ(why, errc::end_of_stream);
  EXPECT_EQ(write_error(*b), errc::connection_lost);
}

TEST_F(MemoryStream, CloseWithUnreadOctetsIsAReset) {
  b->try_write(std::string("nobody reads this"));
  a->try_write(std::string("lost as well"));
  a->close();
  EXPECT_EQ(read_error(*b), errc::connection_lost);
}

TEST_F(MemoryStream, ResetBreaksBothDirectionsAtOnce) {
  a->try_write(std::string("dropped"));
  a->reset();
  EXPECT_EQ(read_error(*b), errc::connection_lost);
  EXPECT_EQ(write_error(*b), errc::connection_lost);
  EXPECT_EQ(read_error(*a), errc::connection_lost);
}

TEST_F(MemoryStream, WakesWaitersOfBothDirectionsWhenThePeerGoes) {
  while (a->try_write(std::string(10000, 'x')).size > 0) {
  }
  int told = 0;
  a->wait(direction::read, [&] { ++told; });
  a->wait(direction::write, [&] { ++told; });
  sim.run();
  EXPECT_EQ(told, 0);
  b->reset();
  sim.run();
  EXPECT_EQ(told, 2);
}

TEST_F(MemoryStream, BlocksTheWriterUntilTheReaderMakesRoom) {
  std::size_t taken = 0;
  while (true) {
    const auto put = a->try_write(std::string(1000, 'x'));
    taken += put.size;
    if (put.size == 0) break;
  }
  EXPECT_EQ(taken, 64u * 1024);
  EXPECT_EQ(write_error(*a), errc::would_block);
  bool ready = false;
  a->wait(direction::write, [&] { ready = true; });
  sim.run();
  EXPECT_FALSE(ready);
  char into[100];
  b->try_read(into);
  sim.run();
  EXPECT_TRUE(ready);
  EXPECT_EQ(a->try_write(std::string(1000, 'x')).size, 100u);
}

TEST_F(MemoryStream, ASecondWaitReplacesTheFirstAndCancelDropsIt) {
  std::string told;
  b->wait(direction::read, [&] { told += '1'; });
  b->wait(direction::read, [&] { told += '2'; });
  a->try_write(std::string("x"));
  sim.run();
  EXPECT_EQ(told, "2");
  b->wait(direction::read, [&] { told += '3'; });
  b->cancel_wait(direction::read);
  sim.run();
  EXPECT_EQ(told, "2");
}

TEST_F(MemoryStream, NeverCallsAWaiterFromInsideWait) {
  a->try_write(std::string("x"));
  bool told = false;
  b->wait(direction::read, [&] { told = true; });
  EXPECT_FALSE(told);
  sim.run();
  EXPECT_TRUE(told);
}

TEST_F(MemoryStream, AWaiterMayDestroyItsStream) {
  b->wait(direction::read, [&] { b.reset(); });
  a->try_write(std::string("x"));
  sim.run();
  EXPECT_EQ(b, nullptr);
}

TEST(MemoryStreamPieces, ShortTransfersKeepTheOctets) {
  simulation::options o;
  o.short_transfers = true;
  for (o.seed = 1; o.seed < 6; ++o.seed) {
    simulation sim(o);
    auto [a, b] = sim.make_pair();
    std::string all;
    for (int i = 0; i < 100'000; ++i) all += char('a' + i % 26);
    auto send = [](stream& to, const std::string& bytes) -> task<void> {
      co_await write_all(to, bytes);
      to.shutdown_write();
    };
    task_group group(sim);
    group.spawn(send(*a, all));
    EXPECT_EQ(harness::run(sim, harness::read_to_end(*b)), all);
  }
}

TEST(MemoryStreamLatency, OctetsInFlightToAClosedEndBecomeAReset) {
  simulation::options o;
  o.latency = std::chrono::milliseconds(5);
  simulation sim(o);
  auto [a, b] = sim.make_pair();
  b->try_write(std::string("crossing"));
  a->close();
  std::error_code why;
  harness::run(sim, harness::read_to_end(*b, &why));
  EXPECT_TRUE(why == errc::end_of_stream || why == errc::connection_lost) << why.message();
}

TEST(MemoryStreamCancel, LeavesNothingAtAnyStepOfAnEcho) {
  simulation::options o;
  o.pipe_capacity = 100;
  o.short_transfers = true;
  auto start = [](simulation& sim, task_group& group) -> std::shared_ptr<void> {
    auto ends = std::make_shared<std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>>>(
        sim.make_pair());
    auto client = [](stream& s) -> task<void> {
      co_await write_all(s, std::string(300, 'x'));
      s.shutdown_write();
      co_await harness::read_to_end(s);
    };
    auto server = [](stream& s) -> task<void> {
      const std::string all = co_await harness::read_to_end(s);
      co_await write_all(s, all);
      s.shutdown_write();
    };
    group.spawn(client(*ends->first));
    group.spawn(server(*ends->second));
    return ends;
  };
  EXPECT_GT(harness::cancel_at_every_step(o, start), 10u);
}

}  // namespace
}  // namespace net
