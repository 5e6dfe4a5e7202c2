// Variables of a running row, and values made from templates. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/arrival.hpp"
#include "harness/ladder/model.hpp"

namespace harness::ladder {

struct scope {
  std::map<std::string, std::string, std::less<>> variables;  // "q", captures
  std::int64_t now_ms = 0;                                    // civil time for $now
  std::size_t repetition = 0;                                 // $i
  const wire_frame* last = nullptr;                           // for $last.NAME
  bool takes_any_time = false;  // $now of a pattern is any number: it is another side's clock
};

// Whether `name` has a value.
bool is_bound(const scope& in, std::string_view name);
// The text of `v`; `quote` makes the variables' values literal for a regular expression. An unbound
// variable is named in `problem`.
std::string render(const value& v, const scope& in, std::string& problem, bool quote = false);

// What keeps `got` from being what `wanted` says: one line for each difference, empty if nothing.
// Variables that had no value get one from a frame that matches: the value as a whole, or what
// stands in their place in it.
std::vector<std::string> differences(const expect_step& wanted, const arrival& got, scope& in);
// "< RECEIPT receipt-id="r1"" with what the variables hold now, behind `arrow`.
std::string describe(const expect_step& wanted, const scope& in, std::string_view arrow = "<");
// Every variable of `v` without a value gets one of `make`.
void bind_all(const value& v, scope& in, const std::function<std::string()>& make);

// What a row that failed says: where, what, and the ladder so far (its last 60 lines).
std::string failure_report(const row& r, unsigned line, std::string_view how,
                           const std::string& text, const std::vector<std::string>& told);

}  // namespace harness::ladder
