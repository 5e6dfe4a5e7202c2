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

TEST(LadderMatch, CapturesWithinAValue) {
  scope in;
  EXPECT_THAT(differ("< A d=/queue/$x.b e=$x-$y", "A\nd:/queue/1.2.b\ne:1.2-3\n\n", in), IsEmpty());
  EXPECT_EQ(in.variables["x"], "1.2");
  EXPECT_EQ(in.variables["y"], "3");
  EXPECT_THAT(differ("< A d=/queue/$z", "A\nd:/topic/1\n\n", in),
              ElementsAre("d: \"/topic/1\" is not of the form \"/queue/$z\""));
  EXPECT_FALSE(differ("< A d=$z-$z", "A\nd:1-2\n\n", in).empty());
  EXPECT_FALSE(differ("< A d=a$z", "A\nd:a\n\n", in).empty());  // takes at least an octet
  EXPECT_FALSE(is_bound(in, "z"));
}

TEST(LadderMatch, ComparesTheRepetition) {
  scope in;
  in.repetition = 3;
  EXPECT_THAT(differ("< A n=$i m=$i+1", "A\nn:3\nm:4\n\n", in), IsEmpty());
  EXPECT_FALSE(differ("< A n=$i", "A\nn:4\n\n", in).empty());
}

TEST(LadderMatch, TakesAnyTimeOfAnotherClock) {
  scope in;
  in.takes_any_time = true;
  EXPECT_THAT(differ("< A t=$now+5 u=$now", "A\nt:17\nu:99\n\n", in), IsEmpty());
  EXPECT_FALSE(differ("< A t=$now", "A\nt:x\n\n", in).empty());
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

TEST(LadderWire, ReadsAClientAsBrokersDo) {
  const std::string text(
      "\0A\r\nx:1\r\ncontent-length:9\r\n\r\n\0\nSEND\ncontent-length:3\n\na\0b\0", 58);
  for (std::size_t size = 1; size <= text.size(); ++size) {
    wire_reader reader(wire_reader::from::client);
    std::vector<wire_frame> all;
    for (std::size_t at = 0; at < text.size(); at += size) {
      std::string_view rest = std::string_view(text).substr(at, size);
      while (!rest.empty()) {
        if (reader.next(rest) == wire_reader::event::frame) all.push_back(reader.take());
      }
    }
    ASSERT_EQ(all.size(), 2u) << size;
    EXPECT_EQ(all[0].command, "A");
    EXPECT_EQ(*all[0].find("x"), "1");
    EXPECT_EQ(all[1].body, std::string("a\0b", 3));
  }
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
