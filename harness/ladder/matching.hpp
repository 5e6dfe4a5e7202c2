// Compares a frame with what was expected. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"
#include "harness/ladder/wire_frame.hpp"

namespace harness::ladder {

// `pattern` with * (any text) and ? (one octet).
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

struct comparison {
  std::vector<std::string> differences;         // none: it matches
  std::map<std::string, std::string> captured;  // values for names that had none
  bool matches() const noexcept { return differences.empty(); }
};

struct names {
  std::function<bool(const std::string&)> has;
  std::function<std::string(const std::string&)> value_of;
};

// `version` is what the connection agreed on, "" before that: how escapes are undone. The order of
// headers does not matter; of an ERROR's body only the first line counts.
comparison compare(const frame_pattern& expected, const wire_frame& actual,
                   std::string_view version, const names& known);

}  // namespace harness::ladder
