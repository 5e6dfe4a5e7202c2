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

// AMQ-HB-1
TEST(StompHeartBeat, IntegersMayBeNegativeButNotSpaced) {
  using stomp::milliseconds;
  EXPECT_EQ(stomp::parse_integer_beats("-1,+5"),
            (stomp::heart_beat{milliseconds(-1), milliseconds(5)}));
  EXPECT_EQ(stomp::parse_integer_beats("99999999999,0")->send, milliseconds(99999999999));
  for (const char* bad : {"", "0", "0, 0", " 0,0", "T,0", "1,2,3", "1e3,0", ",", "-,0"}) {
    EXPECT_FALSE(stomp::parse_integer_beats(bad)) << bad;
  }
}

// AMQ-HB-3: when a silent client is cut, in ms after CONNECT. Seen on a real broker.
TEST(StompHeartBeat, ChecksGiveUpAtTheThirdOne) {
  struct row {
    int period;
    int first;
    bool at_once;
    int cut;
  };
  for (const row& r :
       {row{500, 500, false, 1500}, row{500, 0, false, 1500}, row{500, 0, true, 1000},
        row{1000, 1000, false, 3000}, row{1500, 1000, false, 4000}}) {
    stomp::beat_schedule s;
    const stomp::time_point start{std::chrono::hours(1)};
    s.start({stomp::milliseconds(0), stomp::milliseconds(r.period)}, start,
            stomp::beat_checks{stomp::milliseconds(r.first), r.at_once, true});
    stomp::time_point now = start;
    while (!s.is_dead(now)) now = s.next();
    EXPECT_EQ(now - start, stomp::milliseconds(r.cut)) << r.period << " " << r.first;
  }
}

TEST(StompHeartBeat, ChecksCutTwoToThreePeriodsAfterTheLastOctet) {
  stomp::beat_schedule s;
  const stomp::time_point start{std::chrono::hours(1)};
  s.start({stomp::milliseconds(0), stomp::milliseconds(1000)}, start, stomp::beat_checks{});
  for (int i = 1; i <= 10; ++i) {
    s.on_read(start + stomp::milliseconds(i * 1000 - 1));
    EXPECT_FALSE(s.is_dead(start + stomp::milliseconds(i * 1000)));
  }
  EXPECT_FALSE(s.is_dead(start + stomp::milliseconds(11000)));
  EXPECT_TRUE(s.is_dead(start + stomp::milliseconds(12000)));
}

// AMQ-HB-2: over TCP a beat is left out after other output, over WebSocket it never is.
TEST(StompHeartBeat, ChecksLeaveOutABeatAfterOtherOutput) {
  const stomp::time_point start{std::chrono::hours(1)};
  const auto at = [start](int ms) { return start + stomp::milliseconds(ms); };
  stomp::beat_schedule tcp;
  tcp.start({stomp::milliseconds(500), stomp::milliseconds(0)}, start, stomp::beat_checks{});
  EXPECT_FALSE(tcp.must_write(at(500))) << "CONNECTED was written";
  EXPECT_TRUE(tcp.must_write(at(1000)));
  stomp::beat_schedule ws;
  ws.start({stomp::milliseconds(500), stomp::milliseconds(0)}, start,
           stomp::beat_checks{stomp::milliseconds(0), true, false});
  EXPECT_TRUE(ws.must_write(at(0)));
  ws.on_write(at(100));
  EXPECT_TRUE(ws.must_write(at(500)));
}
