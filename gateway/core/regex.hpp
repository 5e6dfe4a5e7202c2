// Regular expressions of configuration files. Matching takes polynomial time whatever clients send:
// no back-references, no backtracking.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace gateway {

struct compiled_regex {
  std::optional<std::regex> regex;
  std::string error;  // end of a sentence, when there is no regex
};

enum class letter_case { counts, ignored };

// ECMAScript syntax, at most 512 characters. Never throws on bad patterns.
compiled_regex compile_regex(std::string_view pattern, letter_case letters = letter_case::counts);
// One for std::regex_match that fits a text in which `pattern` fits somewhere. std::regex_search
// would begin anew at every character.
compiled_regex compile_regex_somewhere(std::string_view pattern);
// The same, with groups: what stands before the first place, the place, the groups of `pattern`,
// and what stands behind.
compiled_regex compile_regex_between(std::string_view pattern);

}  // namespace gateway
