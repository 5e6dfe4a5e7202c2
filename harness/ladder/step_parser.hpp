// Reads one step of a case. Used by parser.cpp only.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/ladder/model.hpp"
#include "harness/ladder/tokens.hpp"

namespace harness::ladder {

// The words a step can begin with.
const std::vector<std::string_view>& step_words();
// Whether `word` begins a step.
bool begins_step(const token& word);
// The step in `words` (not empty, begins_step). `connect` makes two.
std::variant<std::vector<step>, parse_error> parse_step(const std::vector<token>& words,
                                                        std::string_view source);
// `words[from...]` as headers and body of `into`; also what a column holds that is used as headers.
std::optional<parse_error> parse_fields(const std::vector<token>& words, std::size_t from,
                                        bool expected, frame_pattern& into);

}  // namespace harness::ladder
