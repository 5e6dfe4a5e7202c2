// Replaces what a pattern fits, as Java's replaceAll does, with a bound on the work: whatever
// clients send, no text keeps a worker busy.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/core/expression.hpp"

namespace gateway {

// Immutable once compiled; shared by all workers.
class replacement {
 public:
  // Why it cannot be compiled; `offset` into the text that is wrong.
  struct error {
    bool in_pattern = false;  // else in the replacement
    expression_error what;
  };
  // `pattern` as for compile_regex(). In `by` $0 stands for all that fits, $1 to $9 for groups; a
  // backslash takes the meaning from what follows it.
  static std::variant<replacement, error> compile(std::string_view pattern, std::string_view by);

  struct outcome {
    std::string text;
    std::size_t count = 0;  // replacements
  };
  // `text` with all places replaced, line by line: ^ and $ fit at the ends of each. Nothing when
  // that takes reading more than `budget` octets, counted again for each replacement in a line, or
  // the result is longer than 2 * budget.
  std::optional<outcome> apply(std::string_view text, std::size_t budget) const;

  // The replacement's text before its first group.
  std::string_view leading_text() const;

 private:
  struct piece {
    std::string literal;
    std::optional<std::size_t> group;  // behind the literal
  };
  bool apply_to_line(std::string_view line, std::size_t& budget, std::size_t longest,
                     outcome& out) const;

  std::regex before_and_behind_;  // groups: before, what fits, the pattern's own, behind
  std::size_t groups_ = 0;        // of the pattern
  std::vector<piece> by_;
};

}  // namespace gateway
