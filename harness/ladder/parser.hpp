// .ladder text to rows. Pure; all errors of a file are collected.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

inline constexpr std::array<std::string_view, 2> profile_names{"activemq", "strict"};
// Whether it is one of those, or one of a release ("activemq-6.1"), which is looked up by who plays
// it.
bool is_profile(std::string_view name) noexcept;

struct parse_error {
  std::string file;
  unsigned line = 0;  // 0: the text says where
  unsigned column = 0;
  std::string text;
};
// "file:line:column: text", or "file: text".
std::string to_string(const parse_error& e);

struct parse_result {
  std::vector<row> rows;
  std::vector<parse_error> errors;
};

// Adds an error for each name that another row has.
void check_names(parse_result& all, const std::string& file);

// `file` is only told again in rows and errors. Tables come out as one row for each line of them.
parse_result parse(std::string_view text, const std::string& file);

}  // namespace harness::ladder
