#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/ladder/parser.hpp"
#include "harness/ladder/variables.hpp"

namespace harness::ladder {
namespace {

using ::testing::ElementsAre;

std::vector<ladder_case> read(std::string_view text) {
  auto got = parse(text, "f.ladder");
  if (auto* e = std::get_if<parse_error>(&got)) {
    ADD_FAILURE() << e->text();
    return {};
  }
  return std::get<std::vector<ladder_case>>(got);
}
std::string error_of(std::string_view text) {
  auto got = parse(text, "f.ladder");
  auto* e = std::get_if<parse_error>(&got);
  return e ? e->text() : "no error";
}

TEST(ladder_parser, reads_a_case_with_its_settings_and_steps) {
  const auto cases = read(
      "on tcp\n"
      "case send.one   # comment\n"
      "  cites 2.6 AMQ-MSG-1\n"
      "  > SEND destination=/queue/$q \"body\"=header body=\"a\\nb\\0\\x41\"\n"
      "  < MESSAGE message-id=$m !receipt priority=* body~=\"a*\" only within 1s..1.5s\n"
      "  never MESSAGE\n"
      "  expect close 1000\n");
  ASSERT_EQ(cases.size(), 1u);
  const auto& c = cases[0];
  EXPECT_EQ(c.name, "send.one");
  EXPECT_THAT(c.cites, ElementsAre("2.6", "AMQ-MSG-1"));
  EXPECT_FALSE(c.on.ws);
  ASSERT_EQ(c.steps.size(), 4u);
  EXPECT_EQ(c.steps[0].pattern.body->value, std::string("a\nb\0A", 5));
  EXPECT_EQ(c.steps[0].pattern.fields[1].name, "body");
  const auto& expected = c.steps[1];
  EXPECT_EQ(expected.pattern.fields[1].how, match::absent);
  EXPECT_EQ(expected.pattern.fields[2].how, match::present);
  EXPECT_EQ(expected.pattern.body->how, match::glob);
  EXPECT_TRUE(expected.pattern.only);
  EXPECT_EQ(expected.span->from, std::chrono::milliseconds(1000));
  EXPECT_EQ(expected.span->to, std::chrono::milliseconds(1500));
  EXPECT_EQ(c.steps[3].code, 1000);
}

TEST(ladder_parser, makes_a_case_of_every_combination_of_tables) {
  const auto cases = read(
      "case no-$what-$v\n"
      "  each v in 1.0 1.2\n"
      "  each what headers\n"
      "    | id \"destination=/queue/$q\"\n"
      "    | all \"\"\n"
      "  > SUBSCRIBE $headers\n");
  ASSERT_EQ(cases.size(), 4u);
  EXPECT_EQ(cases[0].name, "no-id-1.0");
  EXPECT_EQ(cases[3].name, "no-all-1.2");
  ASSERT_EQ(cases[0].steps[0].pattern.fields.size(), 1u);
  EXPECT_EQ(cases[0].steps[0].pattern.fields[0].name, "destination");
  EXPECT_TRUE(cases[3].steps[0].pattern.fields.empty());
}

TEST(ladder_parser, repeats_text_with_a_counter) {
  const auto cases = read("case a\n  > raw \"\\{3*h\\#:v\\n}.\"\n");
  EXPECT_EQ(cases.at(0).steps.at(0).text, "h0:v\nh1:v\nh2:v\n.");
}

TEST(ladder_parser, says_where_and_what_it_expected) {
  EXPECT_EQ(error_of("case a\n  exptect close\n"),
            "f.ladder:2:3: expected a directive or a step, found 'exptect'; did you mean "
            "'expect'?");
  EXPECT_EQ(error_of("case a\n  expect closed\n"),
            "f.ladder:2:10: expected close or open, found 'closed'; did you mean 'close'?");
  EXPECT_EQ(error_of("case a\n  > raw \"\\q\"\n"),
            "f.ladder:2:11: expected one of n r t 0 \\ \" # x { after the backslash");
  EXPECT_EQ(error_of("case a\n  > raw \"abc\n"),
            "f.ladder:2:13: expected '\"' before the end of the line");
  EXPECT_EQ(error_of("case a\n  < MESSAGE id\n"),
            "f.ladder:2:13: expected HEADER=VALUE, !HEADER or only, found 'id'");
  EXPECT_EQ(error_of("case a\n  < beat within 3\n"),
            "f.ladder:2:17: expected a time as 500ms, 2s or 1s..2s, found '3'");
  EXPECT_EQ(error_of("> SEND\n"), "f.ladder:1:1: a step before the first 'case'");
  EXPECT_EQ(error_of("case a\n  on tcpp\n"),
            "f.ladder:2:6: expected tcp ws, found 'tcpp'; did you mean 'tcp'?");
}

TEST(ladder_parser, refuses_names_that_nothing_defines_and_names_twice) {
  EXPECT_EQ(error_of("case a\n  < MESSAGE ack=$ack\n  > ACK id=$akc\n"),
            "f.ladder:3:9: nothing before this defines $akc; did you mean $ack?");
  EXPECT_EQ(error_of("case a\n  > beat\ncase a\n  > beat\n"),
            "f.ladder:3:6: a second case is called 'a'");
  EXPECT_EQ(error_of("case a\n  each x y\n    | 1\n"), "f.ladder:3:5: expected 2 cells, found 1");
  EXPECT_EQ(error_of("case a\n  unordered\n  < MESSAGE\n"),
            "f.ladder:1:6: 'unordered' without 'end'");
}

TEST(ladder_variables, are_filled_in_and_dollars_doubled) {
  const auto upper = [](const std::string& name) { return "<" + name + ">"; };
  EXPECT_EQ(fill("/queue/$q.${b}c$$ $", upper), "/queue/<q>.<b>c$ $");
  EXPECT_EQ(lone_variable("$abc"), "abc");
  EXPECT_EQ(lone_variable("$abc.x"), std::nullopt);
}

}  // namespace
}  // namespace harness::ladder
