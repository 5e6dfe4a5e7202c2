#include "stomp/heart_beat.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using stomp::beat_agreement;
using stomp::heart_beat;
using stomp::time_point;

namespace {

constexpr time_point t0{std::chrono::hours(1)};

}  // namespace

// HB-1
TEST(StompHeartBeat, ReadsTwoNumbers) {
  EXPECT_EQ(stomp::parse_heart_beat("0,0"), (heart_beat{0ms, 0ms}));
  EXPECT_EQ(stomp::parse_heart_beat("10000,4000"), (heart_beat{10000ms, 4000ms}));
  EXPECT_EQ(stomp::parse_heart_beat("1, 2"), (heart_beat{1ms, 2ms}));
  EXPECT_EQ(stomp::parse_heart_beat("99999999999999999999999,1"), (heart_beat{24h, 1ms}));
}

// HB-1
TEST(StompHeartBeat, RefusesOtherForms) {
  for (const char* bad : {"", ",", "1", "1,", ",1", "-1,0", "+1,0", "1,2,3", "1.5,2", "a,b",
                          "1,  2", " 1,2", "0x1,2"}) {
    EXPECT_EQ(stomp::parse_heart_beat(bad), std::nullopt) << bad;
  }
}

// HB-2
TEST(StompHeartBeat, AgreesOnTheLargerOfBothOrNone) {
  struct row {
    heart_beat mine, theirs;
    beat_agreement agreed;
  };
  const row rows[] = {
      {{10s, 10s}, {10s, 10s}, {10s, 10s}},     {{0s, 10s}, {10s, 10s}, {0s, 10s}},
      {{10s, 0s}, {10s, 10s}, {10s, 0s}},       {{10s, 10s}, {0s, 10s}, {10s, 0s}},
      {{10s, 10s}, {10s, 0s}, {0s, 10s}},       {{2s, 3s}, {5s, 1s}, {2s, 5s}},
      {{1s, 1s}, {1s, 9s}, {9s, 1s}},           {{0s, 0s}, {0s, 0s}, {0s, 0s}},
      {{1ms, 1ms}, {1ms, 1ms}, {250ms, 250ms}},
  };
  for (const row& r : rows) EXPECT_EQ(stomp::negotiate(r.mine, r.theirs), r.agreed);
}

// HB-3
TEST(StompHeartBeat, IsDueBeforeThePeriodEndsCountedFromTheLastWrite) {
  stomp::beat_schedule s;
  s.start({10s, 0s}, t0);
  EXPECT_EQ(s.write_due(), t0 + 9s);
  s.on_write(t0 + 5s);
  EXPECT_FALSE(s.must_write(t0 + 13s));
  EXPECT_TRUE(s.must_write(t0 + 14s));
}

// HB-4
TEST(StompHeartBeat, GivesASilentPeerTwicePeriodAndASecond) {
  stomp::beat_schedule s;
  s.start({0s, 10s}, t0);
  EXPECT_EQ(s.dead_at(), t0 + 20s);
  s.on_read(t0 + 15s);
  EXPECT_FALSE(s.is_dead(t0 + 34s));
  EXPECT_TRUE(s.is_dead(t0 + 35s));
  s.start({0s, 300ms}, t0);
  EXPECT_EQ(s.dead_at(), t0 + 1300ms);
  s.start({0s, 10s}, t0, {.factor = 1.0, .at_least = 0ms});
  EXPECT_EQ(s.dead_at(), t0 + 10s);
}

TEST(StompHeartBeat, NeverIsDueWithoutAgreement) {
  stomp::beat_schedule s;
  EXPECT_EQ(s.next(), time_point::max());
  s.start({0s, 0s}, t0);
  EXPECT_FALSE(s.must_write(t0 + 24h));
  EXPECT_FALSE(s.is_dead(t0 + 24h));
}

// HB-3: a day of quiet never leaves a gap above the period
TEST(StompHeartBeat, NeverLeavesAGapAboveThePeriod) {
  stomp::beat_schedule s;
  s.start({1s, 0s}, t0);
  time_point last = t0;
  for (int i = 0; i < 86400; ++i) {
    const time_point due = s.next();
    ASSERT_LT(due - last, 1s);
    s.on_write(due);
    last = due;
  }
}
