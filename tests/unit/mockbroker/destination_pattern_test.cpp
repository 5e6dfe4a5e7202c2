#include "mockbroker/broker/destination_pattern.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "mockbroker/broker/destination_map.hpp"

using mockbroker::destination_map;
using mockbroker::is_pattern;
using mockbroker::matches_pattern;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

using texts = std::vector<std::string>;

texts patterns_of(destination_map<std::string>& map, std::string_view name) {
  texts found;
  map.for_each_pattern_of(name, [&](const std::string& value) { found.push_back(value); });
  std::sort(found.begin(), found.end());
  return found;
}

texts names_in(destination_map<std::string>& map, std::string_view pattern) {
  texts found;
  map.for_each_name_in(pattern, [&](const std::string& value) { found.push_back(value); });
  std::sort(found.begin(), found.end());
  return found;
}

destination_map<std::string> map_of(const texts& keys) {
  destination_map<std::string> map;
  for (const std::string& key : keys) map[key] = key;
  return map;
}

std::string deep_name(std::size_t levels) {
  std::string name = "a";
  for (std::size_t i = 1; i < levels; ++i) name += ".a";
  return name;
}

// Names of few and odd levels, so that many of them meet.
std::string random_name(std::mt19937& random) {
  constexpr const char* levels[] = {"a", "b", "*", ">", "", "a*"};
  std::string name = levels[random() % 6];
  for (auto more = random() % 4; more > 0; --more) name.append(".").append(levels[random() % 6]);
  return name;
}

}  // namespace

// Confirmed with ActiveMQ's DestinationFilter.
TEST(DestinationPattern, MatchesLevelByLevel) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } cases[] = {
      {"a", "a", true},          {"a", "b", false},         {"a", "A", false},
      {"a.b", "a.b", true},      {"a.b", "a", false},       {"a", "a.b", false},
      {"a.*", "a.b", true},      {"a.*", "a", false},       {"a.*", "a.b.c", false},
      {"a.*", "b.b", false},     {"a.*", "ab", false},      {"a.*", "a.", true},
      {"*.b", "a.b", true},      {"*.b", "b", false},       {"*.b", "a.c", false},
      {"*", "a", true},          {"*", "a.b", false},       {"*.*", "a.b", true},
      {"a.*.c", "a.b.c", true},  {"a.*.c", "a.c", false},   {"a.*.c", "a.b.b.c", false},
      {"a.>", "a", true},        {"a.>", "a.b", true},      {"a.>", "a.b.c", true},
      {"a.>", "ab", false},      {"a.>", "b", false},       {"a.>", "b.a", false},
      {">", "a", true},          {">", "a.b.c", true},      {">.>", "a", true},
      {"a.>.>", "a", true},      {"a.>.>", "a.b", true},    {"a.b.>", "a", false},
      {"a.*.>", "a", false},     {"a.*.>", "a.b", true},    {"a.*.>", "a.b.c", true},
      {"*.>", "a", true},        {"*.b.>", "a.b.c", true},  {"*.b.>", "a.c", false},
      {"a.>.c", "a.b.c", false}, {"a.>.c", "a.>.c", true},  {">.b", "a.b", false},
      {"a*", "ab", false},       {"a*", "a*", true},        {"a*.>", "ab.c", false},
      {"a>", "ab", false},       {"a.>.*", "a.b.c", false}, {"a.>.*", "a.>.c", true},
      {"a.*", "a.*", true},      {"a.b", "a.*", false},     {"a.b.>", "a.*", true},
      {"a.b.>", "*.b.c", true},  {"a.b.>", "a.*.c", true},  {"a.>", "a.>", true},
      {"a.b", "a.>", false},     {"a..c", "a..c", true},    {"a.*.c", "a..c", true},
      {"a.", "a.", true},        {"a.", "a", false},        {".a", ".a", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(matches_pattern(c.pattern, c.name), c.matches) << c.pattern << " for " << c.name;
}

TEST(DestinationPattern, IsToldByItsCharacters) {
  for (const char* name : {"*", ">", "a.*", "a.>", "*.a", "a.>.b", "a*", "a>b"})
    EXPECT_TRUE(is_pattern(name)) << name;
  for (const char* name : {"", "a", "a.b", "a-b_c", "#", "a.+"})
    EXPECT_FALSE(is_pattern(name)) << name;
}

TEST(DestinationMap, FindsValuesByTheirKey) {
  destination_map<int> map;
  map["a.b"] = 1;
  map["a.*"] = 2;
  map["a"];
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(*map.find("a.b"), 1);
  EXPECT_EQ(*map.find("a.*"), 2);
  EXPECT_EQ(*map.find("a"), 0);
  for (const char* missing : {"", "b", "a.c", "a.b.c", "a."}) EXPECT_EQ(map.find(missing), nullptr);
}

TEST(DestinationMap, ForgetsWhatIsErased) {
  auto map = map_of({"a.b", "a.b.c", "a"});
  EXPECT_FALSE(map.erase("a.c"));
  EXPECT_TRUE(map.erase("a.b"));
  EXPECT_FALSE(map.erase("a.b"));
  EXPECT_EQ(map.find("a.b"), nullptr);
  EXPECT_THAT(names_in(map, ">"), ElementsAre("a", "a.b.c"));
  EXPECT_TRUE(map.erase("a.b.c"));
  EXPECT_TRUE(map.erase("a"));
  EXPECT_TRUE(map.empty());
}

TEST(DestinationMap, FindsThePatternsOfAName) {
  auto map = map_of({">", "a.>", "a.*", "a.b", "*.b", "a.b.>", "a.b.c", "b.>", "a.*.*"});
  EXPECT_THAT(patterns_of(map, "a.b"), ElementsAre("*.b", ">", "a.*", "a.>", "a.b", "a.b.>"));
  EXPECT_THAT(patterns_of(map, "a"), ElementsAre(">", "a.>"));
  EXPECT_THAT(patterns_of(map, "c"), ElementsAre(">"));
}

TEST(DestinationMap, FindsTheNamesOfAPattern) {
  auto map = map_of({"a", "a.b", "a.c", "a.b.c", "b", "b.b"});
  EXPECT_THAT(names_in(map, "a.*"), ElementsAre("a.b", "a.c"));
  EXPECT_THAT(names_in(map, "a.>"), ElementsAre("a", "a.b", "a.b.c", "a.c"));
  EXPECT_THAT(names_in(map, "*.b"), ElementsAre("a.b", "b.b"));
  EXPECT_THAT(names_in(map, "a.b"), ElementsAre("a.b"));
  EXPECT_THAT(names_in(map, "c.>"), IsEmpty());
}

TEST(DestinationMap, AgreesWithMatchingOneByOne) {
  std::mt19937 random(7);
  texts keys;
  for (int i = 0; i < 400; ++i) keys.push_back(random_name(random));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  auto map = map_of(keys);
  for (int i = 0; i < 2000; ++i) {
    const std::string asked = random_name(random);
    texts patterns, names;
    for (const std::string& key : keys) {
      if (matches_pattern(key, asked)) patterns.push_back(key);
      if (matches_pattern(asked, key)) names.push_back(key);
    }
    ASSERT_EQ(patterns_of(map, asked), patterns) << asked;
    ASSERT_EQ(names_in(map, asked), names) << asked;
  }
}

TEST(DestinationMap, KeepsAbsurdlyDeepNamesAsWell) {
  const std::string deep = deep_name(5000);
  auto map = map_of({deep, deep + ".>", "a.>", deep_name(256)});
  EXPECT_EQ(map.size(), 4U);
  EXPECT_EQ(*map.find(deep), deep);
  EXPECT_EQ(patterns_of(map, deep).size(), 3U);
  EXPECT_EQ(names_in(map, "a.>").size(), 4U);
  EXPECT_TRUE(map.erase(deep));
  EXPECT_FALSE(map.erase(deep));
  EXPECT_EQ(map.size(), 3U);
}

TEST(DestinationMap, KeepsAddressesWhileItGrows) {
  destination_map<int> map;
  int* first = &map["a.b"];
  for (int i = 0; i < 1000; ++i) map["a." + std::to_string(i)] = i;
  EXPECT_EQ(map.find("a.b"), first);
}
