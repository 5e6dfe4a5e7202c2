// Ladders as JSON, for programs that write or read them; docs/ladder.md has the members. What one
// form says the other can say: from_json(to_json(rows)) gives the same rows. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/parser.hpp"

namespace harness::ladder {

// One document with one case a line, and a line's end. Tables are filled in.
std::string to_json(const std::vector<row>& rows);

// All errors are collected, at most one for each step; their texts begin with the path
// ("cases[0].steps[2].send.headers"), or, where the text is no JSON, they have line and column.
// `file` is only told again.
parse_result from_json(std::string_view text, const std::string& file);

// A file of either form: JSON when its name ends in ".json".
parse_result read_ladder(std::string_view text, const std::string& file);

}  // namespace harness::ladder
