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

// ECMAScript syntax, at most 512 characters. Never throws on bad patterns.
compiled_regex compile_regex(std::string_view pattern);

}  // namespace gateway
