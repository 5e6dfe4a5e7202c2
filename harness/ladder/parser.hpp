// .ladder text to rows. Pure; all errors of a file are collected.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

struct parse_error {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string text;
};
// "file:line:column: text".
std::string to_string(const parse_error& e);

struct parse_result {
  std::vector<row> rows;
  std::vector<parse_error> errors;
};

// `file` is only told again in rows and errors. Tables come out as one row for each line of them.
parse_result parse(std::string_view text, const std::string& file);

}  // namespace harness::ladder
