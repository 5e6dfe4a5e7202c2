// `stomp-client bench`: the times it tells, what it counts, and how it ends.
#include "stomp-client/bench.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cstdlib>

#include "../mockbroker/simulated.hpp"

namespace stomp_client {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(Latencies, TellSharesWithinAThirtySecond) {
  latencies all;
  EXPECT_EQ(all.at(0.5), microseconds(0));
  for (int us = 1; us <= 100000; ++us) all.add(microseconds(us));
  for (const double share : {0.1, 0.5, 0.9, 0.99}) {
    const auto exact = 100000 * share;
    EXPECT_GE(double(all.at(share).count()), exact * 0.999);
    EXPECT_LE(double(all.at(share).count()), exact * (1 + 1.0 / 31));
  }
  EXPECT_EQ(all.at(1), microseconds(100000));
  EXPECT_EQ(all.longest(), microseconds(100000));
}

TEST(Latencies, KeepShortTimesExactlyAndLongOnesAtAll) {
  latencies all;
  all.add(microseconds(7));
  EXPECT_EQ(all.at(0.99), microseconds(7));
  all.add(std::chrono::hours(24 * 365));
  EXPECT_EQ(all.at(0.5), microseconds(7));
  EXPECT_LE(all.at(1), all.longest());
}

class Bench : public mockbroker::simulated_broker {
 protected:
  exit_code measure(bench what, const std::string& to = "ws://localhost:61614/") {
    char* memory = nullptr;
    std::size_t size = 0;
    std::FILE* file = open_memstream(&memory, &size);
    report out(file, what.json);
    const auto code = mockbroker::run_to_end(
        sim, run_bench(sim, std::get<url>(parse_url(to)), {}, std::move(what), out));
    std::fclose(file);
    printed.assign(memory, size);
    std::free(memory);
    return code;
  }
  std::string printed;
};

bench of_messages(std::uint64_t messages) {
  bench b;
  b.messages = messages;
  return b;
}

TEST_F(Bench, CountsWhatComesBackOnEveryTransport) {
  start();
  for (const auto* to : {"ws://localhost:61614/", "stomp://localhost:61613"}) {
    bench b = of_messages(1000);
    b.connections = 3;
    b.json = true;
    EXPECT_EQ(measure(b, to), exit_code::done);
    const auto told = boost::json::parse(printed).as_object();
    EXPECT_EQ(told.at("messages").as_int64(), 1000);
    EXPECT_EQ(told.at("connections").as_int64(), 3);
    EXPECT_EQ(told.at("errors").as_int64(), 0);
    EXPECT_TRUE(told.at("latency_ms").as_object().contains("p99"));
  }
  EXPECT_EQ(shell->broker().browse("/queue/bench.1", 10).size(), 0u);
}

TEST_F(Bench, TellsPeople) {
  start();
  bench b = of_messages(10);
  b.size = 20;
  EXPECT_EQ(measure(b), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("10 messages of 20 octets over 1 connection in "));
  EXPECT_THAT(printed, HasSubstr(" messages/s\nlatency p50 "));
  EXPECT_THAT(printed, HasSubstr("\n0 errors\n"));
}

TEST_F(Bench, DropsWhatAnEarlierRunLeft) {
  start();
  auto& c = connected("ws://localhost:61614/");
  subscribe(c, "/queue/other");
  static_cast<void>(c.session().send("/queue/bench.1", "old", {{"bench-number", "1"}},
                                     stomp::want_receipt::no, sim.now()));
  EXPECT_EQ(measure(of_messages(5)), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("5 messages of"));
}

TEST_F(Bench, TellsAMessageThatIsLost) {
  start();
  auto& thief = connected("ws://localhost:61614/");
  subscribe(thief, "/queue/bench.1");  // the broker takes turns
  bench b = of_messages(10);
  b.timeout = seconds(1);
  EXPECT_EQ(measure(b), exit_code::timed_out);
  EXPECT_THAT(printed, HasSubstr("5 messages of"));
  EXPECT_THAT(printed, HasSubstr("5 errors\n  5x a message did not come back\n"));
}

TEST_F(Bench, TellsWhyItCouldNotBegin) {
  start();
  EXPECT_EQ(measure(of_messages(1), "ws://localhost:1/"), exit_code::cannot_connect);
  EXPECT_THAT(printed, HasSubstr("1 error\n  1x cannot connect: "));
}

TEST_F(Bench, TellsThatItsLoginIsRefused) {
  mockbroker::server_options guarded;
  guarded.broker.users = {{"app", "hunter2"}};
  start(std::move(guarded));
  EXPECT_EQ(measure(of_messages(1)), exit_code::failed);
  EXPECT_THAT(printed, HasSubstr("1 error\n  1x ERROR: "));
}

TEST_F(Bench, TellsAnErrorInTheMiddle) {
  start();
  bench b = of_messages(3);
  b.headers = {{"transaction", "none"}};
  EXPECT_EQ(measure(b), exit_code::failed);
  EXPECT_THAT(printed, HasSubstr("ERROR: "));
}

}  // namespace
}  // namespace stomp_client
