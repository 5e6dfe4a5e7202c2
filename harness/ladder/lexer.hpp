// One line of a .ladder file to words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

// A word: `name`, `!name`, `name=value`, `name=~value` or a value. Only quotes hide spaces.
struct word {
  unsigned column = 1;  // of its first character, from 1
  std::string text;     // as written
  std::string name;     // in front of '=' or '=~'; empty without
  bool regex = false;   // "=~"
  bool quoted = false;  // the value has quotes
  value content;        // behind '='; without one, the whole word
  bool has_name() const noexcept { return !name.empty(); }
  // Whether it is this bare word.
  bool is(std::string_view what) const noexcept { return !quoted && text == what; }
};

struct syntax_error {
  unsigned column = 1;
  std::string text;
};

// Splits `line` up to its end or a '#' that follows a space. On an error the words are those in
// front of it.
std::vector<word> split_words(std::string_view line, std::optional<syntax_error>& error);

// "250ms", "3s", "2m"; nothing for other texts.
std::optional<net::duration> parse_duration(std::string_view text);

}  // namespace harness::ladder
