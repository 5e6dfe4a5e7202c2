// The wire table: every tests/wire/*.ladder.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/ladder/ladder.hpp"

namespace wire {

// Reads one script; throws with the parse error.
inline std::vector<harness::ladder::row> load_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto read = harness::ladder::parse(text, path.filename().string());
  if (auto* wrong = std::get_if<harness::ladder::parse_error>(&read)) {
    throw std::runtime_error(wrong->text);
  }
  return std::move(std::get<std::vector<harness::ladder::row>>(read));
}

// All scripts of a folder, in the order of their names.
inline std::vector<harness::ladder::row> load_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".ladder") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<harness::ladder::row> rows;
  for (const auto& file : files) {
    for (auto& r : load_file(file)) rows.push_back(std::move(r));
  }
  return rows;
}

}  // namespace wire
