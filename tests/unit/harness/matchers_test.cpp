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

const stomp::frame order = stomp::make_frame(
    "SEND", {}, R"({"items": [{"name": "pump", "price": 3}], "paid": true, "total": 3.0})");

TEST(HarnessMatchers, BodyJsonIsEqualWhateverTheOrderOfMembers) {
  EXPECT_THAT(order, harness::body_json(
                         R"({"total": 3, "paid": true, "items": [{"price": 3, "name": "pump"}]})"));
  EXPECT_THAT(order, harness::body_json("total", 3));
  EXPECT_THAT(order, harness::body_json("items.0.name", "pump"));
  EXPECT_THAT(order,
              harness::body_json("items", boost::json::array{{{"name", "pump"}, {"price", 3}}}));
  EXPECT_THAT(order, AllOf(harness::command("SEND"), harness::body_json("paid", true)));
  EXPECT_THAT(order, Not(harness::body_json("paid", "true")));
}

TEST(HarnessMatchers, BodyJsonNamesTheFirstDifference) {
  const auto whole = [](const char* expected) {
    return explain(harness::body_json(expected), order);
  };
  EXPECT_EQ(whole(R"({"items": [], "paid": true, "total": 3})"),
            "body items has 1 elements, expected 0");
  EXPECT_EQ(whole(R"({"items": [{"name": "pump", "price": 4}], "paid": true, "total": 3})"),
            "body items.0.price is 3, expected 4");
  EXPECT_EQ(whole(R"({"items": [{"name": "pump", "price": 3}], "paid": true})"),
            "body total is 3E0, expected not to be there");
  EXPECT_EQ(whole("[]").substr(0, 22), "body it is {\"items\":[{");
  EXPECT_EQ(explain(harness::body_json("items.0.prise", 3), order),
            "body items.0 has no member 'prise'; did you mean 'price'?");
  EXPECT_EQ(explain(harness::body_json("items.1", 3), order),
            R"(body items is [{"name":"pump","price":3}] and has no '1')");
  EXPECT_EQ(explain(harness::body_json("paid", false), order), "body paid is true, expected false");
  EXPECT_THAT(explain(harness::body_json("a", 1), sample), StartsWith("body is no JSON ("));
}

TEST(HarnessMatchers, BodyJsonDescribesItselfAndRefusesWhatIsNoJson) {
  EXPECT_EQ(DescribeMatcher<const stomp::frame&>(harness::body_json("price", 3)),
            "body at 'price' is the JSON 3");
  EXPECT_EQ(DescribeMatcher<const stomp::frame&>(harness::body_json(R"({"a":1})")),
            R"(body is the JSON {"a":1})");
  EXPECT_THAT([] { harness::body_json("{"); },
              ::testing::ThrowsMessage<std::invalid_argument>(HasSubstr("is no JSON")));
}

// The harness is tested too: a mismatch must be reported as a failure.
TEST(HarnessMatchers, AMismatchFailsTheTestWithFrameAndReason) {
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(sample, harness::body("bye")), "body(6)=\"hello\\x0a\"");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(sample, harness::has_header("y")), "'y' is absent");
}
