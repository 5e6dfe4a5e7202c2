#include "gateway/core/iso_duration.hpp"

#include <gtest/gtest.h>

namespace gateway::test {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct good_row {
  const char* name;
  std::string text;
  net::duration is;
};
void PrintTo(const good_row& row, std::ostream* to) { *to << row.name; }
class IsoDuration : public testing::TestWithParam<good_row> {};

TEST_P(IsoDuration, IsRead) {
  const auto read = parse_iso_duration(GetParam().text);
  ASSERT_TRUE(std::holds_alternative<net::duration>(read))
      << std::get<duration_error>(read).message;
  EXPECT_EQ(std::get<net::duration>(read), GetParam().is);
}

const good_row good_rows[] = {
    {"Seconds", "PT3600S", hours(1)},
    {"Minutes", "PT5M", minutes(5)},
    {"Hours", "PT8H", hours(8)},
    {"Days", "P1D", hours(24)},
    {"AllUnits", "P1DT2H3M4S", hours(26) + minutes(3) + seconds(4)},
    {"SomeUnits", "P2DT5S", hours(48) + seconds(5)},
    {"Fractions", "PT1.5S", milliseconds(1500)},
    {"SmallFractions", "PT0.000001S", microseconds(1)},
    {"FractionsBehindMinutes", "PT1M0.25S", milliseconds(60'250)},
    {"LowerCase", "pt1h2m3s", hours(1) + minutes(2) + seconds(3)},
    {"Zero", "PT0S", seconds(0)},
    {"LeadingZeros", "PT007S", seconds(7)},
    {"TheLongest", "P999999999D", seconds(3'000'000'000)},
    {"MinutesThatAreHours", "PT90M", hours(1) + minutes(30)},
};
INSTANTIATE_TEST_SUITE_P(Each, IsoDuration, testing::ValuesIn(good_rows),
                         [](const auto& each) { return std::string(each.param.name); });

struct bad_row {
  const char* name;
  std::string text;
  std::size_t offset;
  std::string message = "must be a time such as PT30S, PT5M, PT1H or P1D";
};
void PrintTo(const bad_row& row, std::ostream* to) { *to << row.name; }
class IsoDurationErrors : public testing::TestWithParam<bad_row> {};

TEST_P(IsoDurationErrors, NameThePlace) {
  const auto read = parse_iso_duration(GetParam().text);
  ASSERT_TRUE(std::holds_alternative<duration_error>(read));
  EXPECT_EQ(std::get<duration_error>(read).offset, GetParam().offset);
  EXPECT_EQ(std::get<duration_error>(read).message, GetParam().message);
}

const bad_row bad_rows[] = {
    {"Nothing", "", 0},
    {"ANumber", "3600", 0},
    {"NoUnits", "P", 1},
    {"NothingBehindT", "PT", 2},
    {"NothingBehindTheDays", "P1DT", 4},
    {"NoNumber", "PTS", 2},
    {"NoUnit", "PT5", 3},
    {"AnUnknownUnit", "PT5X", 3},
    {"SecondsWithoutT", "P5S", 2},
    {"MonthsHaveNoLength", "P1M", 2},
    {"DaysBehindT", "PT1D", 3},
    {"AUnitTwice", "PT1S2S", 5},
    {"TheWrongOrder", "PT1S2M", 5},
    {"TwoTs", "PT1HT1M", 4},
    {"ASign", "PT-5S", 2},
    {"ANegativeTime", "-PT5S", 0},
    {"ABlank", "PT5S ", 4},
    {"TooManyDigits", "PT1234567890S", 11},
    {"NoFraction", "PT1.S", 4, "needs one to six digits behind the '.'"},
    {"ALongFraction", "PT1.1234567S", 10, "needs one to six digits behind the '.'"},
    {"HalfAnHour", "PT0.5H", 5, "may have a fraction of seconds only"},
};
INSTANTIATE_TEST_SUITE_P(Each, IsoDurationErrors, testing::ValuesIn(bad_rows),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace gateway::test
