// tests/data/membrane-samples: a small file for every element that Membrane has in its flows, in
// the style of its samples. The first line says what becomes of it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support.hpp"

namespace gateway::test {
namespace {

const std::string folder = PUMPHOUSE_SOURCE_DIR "/tests/data/membrane-samples/";

std::vector<std::string> sample_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".xml") names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string sample(const std::string& name) { return read(folder + name + ".xml"); }

// "accepted", or "refused: " and the first error without the name of the file.
std::string verdict(const std::string& text) {
  load_options options;
  options.folder = folder;
  options.read_text = read;
  const auto result = load(text, options);
  if (result.value) return "accepted";
  const std::string& error = result.errors.front();
  return "refused: " +
         error.substr(sizeof "proxies.xml:" - 1, error.find('\n') - (sizeof "proxies.xml:" - 1));
}

class MembraneSamples : public testing::TestWithParam<std::string> {};

TEST_P(MembraneSamples, AreAcceptedOrToldWhatToUseInstead) {
  const std::string text = sample(GetParam());
  EXPECT_NE(text.find("<" + GetParam()), text.npos) << "it is not about its element";
  EXPECT_EQ("<!-- " + verdict(text) + " -->", text.substr(0, text.find('\n')));
}

INSTANTIATE_TEST_SUITE_P(Of, MembraneSamples, testing::ValuesIn(sample_names()),
                         [](const auto& row) { return row.param; });

TEST(MembraneSampleFiles, AreThereForEveryElement) { EXPECT_EQ(sample_names().size(), 120U); }

}  // namespace
}  // namespace gateway::test
