// The specifications' own examples (tests/data/stomp/README.md), read every way and written back.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "stomp/serializer.hpp"
#include "tests/unit/stomp/events.hpp"

using namespace stomp_test;

namespace {

std::string read_file(const std::string& name) {
  std::ifstream in(std::string(PUMPHOUSE_SOURCE_DIR) + "/tests/data/stomp/" + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

void check(const std::vector<std::string>& row) {
  SCOPED_TRACE(row[0]);
  const auto v = stomp::parse_version(row[1]);
  const std::string input = read_file(row[0]);
  ASSERT_TRUE(v && !input.empty());
  const auto f = one_frame(input, {.v = v});
  EXPECT_EQ(f.command, row[2]);
  const auto headers = split(row[3], ';');
  ASSERT_EQ(f.headers.size(), headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    EXPECT_EQ(f.headers[i].name + "=" + f.headers[i].value, headers[i]);
  }
  EXPECT_EQ(std::to_string(f.body.size()), row[4]);
  std::string out;
  ASSERT_FALSE(stomp::serialize(f, {*v, stomp::length_policy::as_is}, out));
  if (v != stomp::version::v1_0) {  // 1.0 pads its values
    EXPECT_EQ(out + "\n", input);
  }
}

}  // namespace

TEST(StompGolden, ExamplesOfTheSpecificationsAreReadAndWrittenExactly) {
  std::size_t rows = 0;
  for (const auto& line : split(read_file("expected.txt"), '\n')) {
    check(split(line, '|'));
    ++rows;
  }
  EXPECT_GE(rows, 45U);
}

// Examples in the text of STOMP 1.2, Value Encoding and Repeated Header Entries.
TEST(StompGolden, AllExamplesOfAVersionInOneStream) {
  for (const char* v : {"1.0", "1.1", "1.2"}) {
    std::string stream;
    std::size_t count = 0;
    for (const auto& line : split(read_file("expected.txt"), '\n')) {
      if (split(line, '|')[1] != v) continue;
      stream += read_file(split(line, '|')[0]);
      ++count;
    }
    EXPECT_EQ(frames(parse_every_way(stream, {.v = stomp::parse_version(v)})).size(), count);
  }
}
