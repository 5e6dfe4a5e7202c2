// What comes against what a row expects.
#include <gmock/gmock.h>

#include "harness/ladder/glob.hpp"
#include "harness/ladder/parser.hpp"
#include "harness/ladder/values.hpp"

namespace harness::ladder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

arrival frame(std::string octets) {
  octets += '\0';
  wire_reader reader;
  std::string_view input = octets;
  EXPECT_EQ(reader.next(input), wire_reader::event::frame);
  arrival a;
  a.frame = reader.take();
  return a;
}

expect_step expecting(const std::string& text) {
  const auto parsed = parse("profile strict\ncase a\ncites X\n" + text + "\n", "f");
  EXPECT_THAT(parsed.errors, IsEmpty());
  return parsed.rows.at(0).steps.at(0).expect;
}

std::vector<std::string> differ(const std::string& expected, const std::string& octets, scope& in) {
  return differences(expecting(expected), frame(octets), in);
}
std::vector<std::string> differ(const std::string& expected, const std::string& octets) {
  scope in;
  return differ(expected, octets, in);
}

TEST(LadderMatch, IgnoresOrderAndFurtherHeaders) {
  EXPECT_THAT(differ("< A b=1 c=2", "A\nc:2\nx:y\nb:1\n\n"), IsEmpty());
}

TEST(LadderMatch, TellsEveryDifference) {
  EXPECT_THAT(
      differ("< A b=1 c=2 !x body=hi only", "A\nb:3\nx:y\nz:\n\nho"),
      ElementsAre("b: \"3\" is not \"1\"", "c: is not there", "x: \"y\" should not be there",
                  "z: \"\" should not be there", "body: \"ho\" is not \"hi\""));
}

TEST(LadderMatch, ComparesDecodedValuesUnlessToldOtherwise) {
  EXPECT_THAT(differ("< A b=\"x:\\n\\\\\"", "A\nb:x\\c\\n\\\\\n\n"), IsEmpty());
  EXPECT_THAT(differ("< A b=\"x\\\\c\" on-wire", "A\nb:x\\c\n\n"), IsEmpty());
  EXPECT_THAT(differ("< CONNECTED b=\"x\\\\c\"", "CONNECTED\nb:x\\c\n\n"), IsEmpty());
}

TEST(LadderMatch, CapturesOnlyFromAFrameThatMatches) {
  scope in;
  EXPECT_FALSE(differ("< A id=$x b=1", "A\nid:7\nb:2\n\n", in).empty());
  EXPECT_FALSE(is_bound(in, "x"));
  EXPECT_THAT(differ("< A id=$x b=1", "A\nid:7\nb:1\n\n", in), IsEmpty());
  EXPECT_THAT(differ("< A id=$x", "A\nid:8\n\n", in), ElementsAre("id: \"8\" is not \"7\""));
}

TEST(LadderMatch, ComparesTheFirstLineOfAnErrorsBody) {
  EXPECT_THAT(differ("< ERROR body=\"java: no\"", "ERROR\n\njava: no\n\tat x\n"), IsEmpty());
}

TEST(LadderMatch, KnowsRegularExpressionsAndLiteralVariablesInThem) {
  scope in;
  in.variables["q"] = "a.b";
  EXPECT_THAT(differ("< A b=~\"^$q\\$\"", "A\nb:a.b\n\n", in), IsEmpty());
  EXPECT_FALSE(differ("< A b=~\"^$q\\$\"", "A\nb:axb\n\n", in).empty());
}

TEST(LadderMatch, ChecksTheOrderWhenAsked) {
  EXPECT_THAT(differ("< A b=1 c=2 in-order", "A\nb:1\nx:y\nc:2\n\n"), IsEmpty());
  EXPECT_THAT(differ("< A b=1 c=2 in-order", "A\nc:2\nb:1\n\n"),
              ElementsAre("order: c comes earlier than expected"));
}

TEST(LadderGlob, KnowsStarsAndQuestionMarks) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*c?e", "abbcccde"));
  EXPECT_TRUE(matches("*b*b", "abab"));
  EXPECT_FALSE(matches("a*", "ba"));
  EXPECT_FALSE(matches("a?", "a"));
  EXPECT_FALSE(matches("", "a"));
}

TEST(LadderWire, GivesTheSameFramesForAnySplit) {
  constexpr char raw[] = "\nA\nx:1\n\nbody\0\n\nB\ncontent-length:3\n\na\0b\0C\n\n\0";
  const std::string octets(raw, sizeof raw - 1);
  auto events = [&](std::size_t piece) {
    wire_reader reader;
    std::string all;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      std::string_view input = std::string_view(octets).substr(at, piece);
      while (true) {
        const auto e = reader.next(input);
        if (e == wire_reader::event::none) break;
        if (e == wire_reader::event::eol) {
          all += ".";
        } else {
          const auto f = reader.take();
          all += f.command + std::to_string(f.body.size());
        }
      }
    }
    return all;
  };
  EXPECT_EQ(events(octets.size()), ".A4..B3C0");
  for (std::size_t piece = 1; piece < octets.size(); ++piece) {
    EXPECT_EQ(events(piece), events(octets.size())) << piece;
  }
}

TEST(LadderWire, EscapesForTheVersion) {
  EXPECT_EQ(escaped("a:b\n\r\\", "1.0"), "a:b\n\r\\");
  EXPECT_EQ(escaped("a:b\n\r\\", "1.1"), "a\\cb\\n\r\\\\");
  EXPECT_EQ(escaped("a:b\n\r\\", "1.2"), "a\\cb\\n\\r\\\\");
  EXPECT_EQ(unescaped("a\\cb\\n\\r\\\\\\t\\"), "a:b\n\r\\\\t\\");
}

}  // namespace
}  // namespace harness::ladder
