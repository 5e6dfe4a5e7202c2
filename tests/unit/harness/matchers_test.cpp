#include "harness/cpp/matchers.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

using ::testing::AllOf;
using ::testing::DescribeMatcher;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

const stomp::frame sample =
    stomp::make_frame("SEND", {{"destination", "/queue/a"}, {"x", "1"}, {"x", "2"}}, "hello\n");

std::string explain(const harness::frame_matcher& matcher, const stomp::frame& f) {
  ::testing::StringMatchResultListener listener;
  matcher.MatchAndExplain(f, &listener);
  return listener.str();
}

}  // namespace

TEST(HarnessMatchers, MatchFieldsByValueOrMatcher) {
  EXPECT_THAT(sample, AllOf(harness::command("SEND"), harness::destination("/queue/a"),
                            harness::header("x", "1"), harness::has_header("x"),
                            harness::body(StartsWith("hel"))));
  EXPECT_THAT(sample, Not(harness::command("MESSAGE")));
  EXPECT_THAT(sample, Not(harness::has_header("y")));
  EXPECT_THAT(stomp::make_receipt("7"), harness::receipt_for("7"));
  EXPECT_THAT(stomp::make_error("no way"), harness::error_saying(HasSubstr("no")));
}

TEST(HarnessMatchers, ExplainWhichFieldDiffers) {
  EXPECT_EQ(explain(harness::command("ACK"), sample), "command is \"SEND\"");
  EXPECT_EQ(explain(harness::body("x"), sample), "body is \"hello\\x0a\"");
  EXPECT_EQ(explain(harness::header("y", "1"), sample), "header 'y' is absent");
  EXPECT_THAT(explain(AllOf(harness::command("SEND"), harness::destination("/b")), sample),
              HasSubstr("header 'destination' is \"/queue/a\""));
}

TEST(HarnessMatchers, DescribeThemselves) {
  EXPECT_EQ(DescribeMatcher<const stomp::frame&>(harness::destination("/q")),
            "header 'destination' is equal to \"/q\"");
}

// The harness is tested too: a mismatch must be reported as a failure.
TEST(HarnessMatchers, AMismatchFailsTheTestWithFrameAndReason) {
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(sample, harness::body("bye")), "body(6)=\"hello\\x0a\"");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(sample, harness::has_header("y")), "'y' is absent");
}
