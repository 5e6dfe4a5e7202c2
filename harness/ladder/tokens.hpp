// Splits one line of a .ladder file into words. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

// A word, or a field NAME OP VALUE. `text` of a word, and both sides of a field, have their quotes
// and escapes undone; `$` stays for later.
struct token {
  enum class kind { word, field };
  kind what = kind::word;
  std::string text;     // the word, or the field's name
  std::string value;    // of a field
  std::string op;       // "=", "~=", "@="
  bool quoted = false;  // the word, or the field's name
  bool value_quoted = false;
  place at;
  place value_at;
};

// The words of `line` up to a `#` that begins a word. `at` is where `line` begins in its file; an
// error's `file` is empty.
std::variant<std::vector<token>, parse_error> split_line(std::string_view line, place at);

// What `word` was probably meant to be: the nearest of `known` at most 2 edits away, or "".
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace harness::ladder
