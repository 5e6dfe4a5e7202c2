// The sliding window of <rateLimiter>, with time as an argument.
#include "gateway/core/rate_window.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace gateway::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

net::time_point at(net::duration since_start) { return net::time_point{} + since_start; }

struct limiter {
  explicit limiter(std::uint64_t requests, net::duration window, std::size_t most_keys = 50'000)
      : of({requests, window, most_keys}) {}
  bool passes(net::duration when, std::string_view key = "a") {
    return of.ask(key, at(when)).passes;
  }
  rate_window of;
};

TEST(RateWindow, LetsAsManyPassAsTheLimitAndNotOneMore) {
  limiter l(3, minutes(1));
  EXPECT_TRUE(l.passes(seconds(0)));
  EXPECT_TRUE(l.passes(seconds(0)));
  EXPECT_TRUE(l.passes(seconds(0)));
  EXPECT_FALSE(l.passes(seconds(0)));
  EXPECT_FALSE(l.passes(seconds(59)));
}

TEST(RateWindow, CountsEachKeyByItself) {
  limiter l(1, minutes(1));
  EXPECT_TRUE(l.passes(seconds(0), "a"));
  EXPECT_TRUE(l.passes(seconds(0), "b"));
  EXPECT_TRUE(l.passes(seconds(0), ""));
  EXPECT_FALSE(l.passes(seconds(1), "a"));
  EXPECT_FALSE(l.passes(seconds(1), ""));
}

TEST(RateWindow, ForgetsARequestWhenItIsAWindowOld) {
  limiter l(1, minutes(1));
  EXPECT_TRUE(l.passes(seconds(5)));
  EXPECT_FALSE(l.passes(seconds(65) - milliseconds(1)));
  EXPECT_TRUE(l.passes(seconds(65)));
}

TEST(RateWindow, SlidesInsteadOfStartingAnewForAll) {
  limiter l(2, minutes(1));
  EXPECT_TRUE(l.passes(seconds(0)));
  EXPECT_TRUE(l.passes(seconds(50)));
  EXPECT_TRUE(l.passes(seconds(60)));
  // The one of second 50 still counts, and that of 60.
  EXPECT_FALSE(l.passes(seconds(61)));
  EXPECT_FALSE(l.passes(seconds(109)));
  EXPECT_TRUE(l.passes(seconds(110)));
}

TEST(RateWindow, DoesNotDoubleABurstAtABoundary) {
  limiter l(100, minutes(1));
  int passed = 0;
  for (int i = 0; i < 200; ++i) passed += l.passes(seconds(59));
  for (int i = 0; i < 200; ++i) passed += l.passes(seconds(61));
  EXPECT_EQ(passed, 100);
}

TEST(RateWindow, SaysHowLongToWait) {
  limiter l(2, minutes(1));
  l.passes(seconds(10));
  l.passes(seconds(20));
  EXPECT_EQ(l.of.ask("a", at(seconds(30))).wait, seconds(40));
  EXPECT_TRUE(l.passes(seconds(70)));
  EXPECT_EQ(l.of.ask("a", at(seconds(70))).wait, seconds(10));
}

TEST(RateWindow, LetsWhoWaitedAsToldPass) {
  std::mt19937 chance(7);
  limiter l(20, minutes(1));
  net::duration now{0};
  for (int i = 0; i < 2000; ++i) {
    now += milliseconds(chance() % 3000);
    const auto verdict = l.of.ask("a", at(now));
    if (verdict.passes) continue;
    EXPECT_GT(verdict.wait, net::duration(0));
    EXPECT_LE(verdict.wait, minutes(1));
    now += verdict.wait;
    EXPECT_TRUE(l.passes(now));
  }
}

TEST(RateWindow, DoesNotCountWhatItRefuses) {
  limiter l(1, minutes(1));
  EXPECT_TRUE(l.passes(seconds(0)));
  for (int i = 1; i < 60; ++i) EXPECT_FALSE(l.passes(seconds(i)));
  EXPECT_TRUE(l.passes(seconds(60)));
}

TEST(RateWindow, HoldsARequestAtMostASixteenthTooLong) {
  limiter l(10, seconds(160));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(l.passes(seconds(i)));
  // All ten are one group, which ends with its last request.
  EXPECT_FALSE(l.passes(seconds(168)));
  EXPECT_TRUE(l.passes(seconds(169)));
}

// The promise itself: whatever comes when, no window has more than the limit.
TEST(RateWindow, NeverLetsMoreThanTheLimitPassInAnyWindow) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    std::mt19937 chance(seed);
    const std::uint64_t limit = 1 + chance() % 40;
    limiter l(limit, seconds(10));
    std::deque<net::duration> passed;
    net::duration now{0};
    std::size_t sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      now += chance() % 4 == 0 ? milliseconds(chance() % 2000) : milliseconds(chance() % 5);
      if (!l.passes(now)) continue;
      ++sum;
      passed.push_back(now);
      while (now - passed.front() >= seconds(10)) passed.pop_front();
      ASSERT_LE(passed.size(), limit) << "seed " << seed;
    }
    // And it lets enough pass: at worst the limit in each seventeen sixteenths of a window.
    EXPECT_GT(sum, limit * static_cast<std::uint64_t>(now / seconds(10)) * 8 / 10) << seed;
  }
}

TEST(RateWindow, KeepsAtMost17GroupsOfAKey) {
  limiter l(1'000'000, seconds(16));
  for (int ms = 0; ms < 100'000; ms += 7) l.passes(milliseconds(ms));
  EXPECT_EQ(l.of.keys(), 1U);
  EXPECT_LE(l.of.groups(), 17U);
}

TEST(RateWindow, ForgetsKeysThatAreGone) {
  limiter l(5, minutes(1));
  for (int i = 0; i < 1000; ++i) l.passes(milliseconds(i), std::to_string(i));
  EXPECT_EQ(l.of.keys(), 1000U);
  l.passes(minutes(2), "new");
  EXPECT_EQ(l.of.keys(), 1U);
}

TEST(RateWindow, KeepsAKeyAsLongAsItComes) {
  limiter l(2, minutes(1));
  l.passes(seconds(0), "old");
  for (int s = 1; s < 240; s += 30) {
    l.passes(seconds(s), "a");
    l.passes(seconds(s), "a");
  }
  EXPECT_EQ(l.of.keys(), 1U);
  EXPECT_FALSE(l.passes(seconds(240), "a"));
}

TEST(RateWindow, KeysBeyondTheBoundShareOneWindow) {
  limiter l(2, minutes(1), 3);
  for (const char* key : {"a", "b", "c"}) EXPECT_FALSE(l.of.ask(key, at(seconds(0))).shared);
  EXPECT_TRUE(l.of.ask("d", at(seconds(1))).shared);
  EXPECT_TRUE(l.passes(seconds(1), "e"));
  EXPECT_FALSE(l.passes(seconds(1), "f"));
  EXPECT_EQ(l.of.keys(), 3U);
  // Those that have a window of their own still do.
  EXPECT_TRUE(l.passes(seconds(1), "a"));
  EXPECT_FALSE(l.passes(seconds(1), "a"));
}

TEST(RateWindow, WhoChangesKeysResetsNobody) {
  limiter l(3, minutes(1), 100);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(l.passes(seconds(0), "victim"));
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) passed += l.passes(seconds(1), "k" + std::to_string(i));
  EXPECT_EQ(passed, 99 + 3);
  EXPECT_EQ(l.of.keys(), 100U);
  EXPECT_FALSE(l.passes(seconds(59), "victim"));
}

TEST(RateWindow, TakesNewKeysAgainWhenOthersAreForgotten) {
  limiter l(1, minutes(1), 2);
  l.passes(seconds(0), "a");
  l.passes(seconds(30), "b");
  EXPECT_TRUE(l.of.ask("c", at(seconds(31))).shared);
  EXPECT_FALSE(l.of.ask("d", at(seconds(60))).shared);
  EXPECT_TRUE(l.of.ask("e", at(seconds(61))).shared);
}

TEST(RateWindow, TakesAnEarlierTimeForTheLatest) {
  limiter l(1, minutes(1));
  EXPECT_TRUE(l.passes(seconds(60)));
  EXPECT_FALSE(l.passes(seconds(59)));
  EXPECT_FALSE(l.passes(seconds(119)));
  EXPECT_TRUE(l.passes(seconds(120)));
}

// Against a list of all requests, which is exact and grows without end.
TEST(RateWindow, HoldsOverAnHourOf100000RequestsOf1000Keys) {
  constexpr std::uint64_t limit = 5;
  limiter l(limit, minutes(1));
  std::map<std::string, std::deque<net::duration>> passed;
  std::mt19937 chance(11);
  std::size_t most_groups = 0;
  for (int i = 0; i < 100'000; ++i) {
    const net::duration now = milliseconds(i * 36);
    // Some keys come often, most seldom.
    const std::string key = std::to_string(chance() % (chance() % 4 == 0 ? 1000 : 20));
    if (!l.passes(now, key)) continue;
    auto& own = passed[key];
    own.push_back(now);
    while (now - own.front() >= minutes(1)) own.pop_front();
    ASSERT_LE(own.size(), limit) << key;
    if (i % 1000 == 0) most_groups = std::max(most_groups, l.of.groups());
  }
  EXPECT_LE(l.of.keys(), 1000U);
  EXPECT_LE(most_groups, 1000U * limit);
}

}  // namespace
}  // namespace gateway::test
