// The lines of a .ladder file as cases, tables filled in. Text only, no grammar of steps.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/ladder/parser.hpp"

namespace harness::ladder {

struct source_line {
  unsigned number = 0;
  std::string text;
};
struct source_case {
  std::vector<source_line> lines;  // the first is `case NAME`
};
struct source_file {
  std::vector<source_line> preamble;
  std::vector<source_case> cases;
};

// Splits `text` and fills every `with` table in: a case becomes one for each combination of rows.
source_file split_cases(std::string_view text, const std::string& file,
                        std::vector<parse_error>& errors);

}  // namespace harness::ladder
