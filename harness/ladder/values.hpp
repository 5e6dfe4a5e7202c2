// Variables of a running row, and values made from templates. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harness/ladder/connection.hpp"
#include "harness/ladder/model.hpp"

namespace harness::ladder {

struct scope {
  std::map<std::string, std::string, std::less<>> variables;  // "q", captures
  std::int64_t now_ms = 0;                                    // civil time for $now
  std::size_t repetition = 0;                                 // $i
  const wire_frame* last = nullptr;                           // for $last.NAME
};

// Whether `name` has a value.
bool is_bound(const scope& in, std::string_view name);
// The text of `v`; `quote` makes the variables' values literal for a regular expression. An unbound
// variable is named in `problem`.
std::string render(const value& v, const scope& in, std::string& problem, bool quote = false);

// What keeps `got` from being what `wanted` says: one line for each difference, empty if nothing.
// Variables that had no value get one from a frame that matches.
std::vector<std::string> differences(const expect_step& wanted, const arrival& got, scope& in);
// "< RECEIPT receipt-id="r1"" with what the variables hold now.
std::string describe(const expect_step& wanted, const scope& in);

}  // namespace harness::ladder
