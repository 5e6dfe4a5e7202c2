// Reads .ladder files (docs/ladder.md). Pure: the text comes from the caller.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

// All cases of one file, tables spelled out, in order. `file` names it in errors and cases. The
// first error ends the reading.
std::variant<std::vector<ladder_case>, parse_error> parse(std::string_view text,
                                                          const std::string& file);

}  // namespace harness::ladder
