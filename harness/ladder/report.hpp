// What came of a run, for programs.
#pragma once

#include <string>
#include <vector>

#include "harness/ladder/runner.hpp"

namespace harness::ladder {

struct played_row {
  const row* what = nullptr;
  variant how;
  outcome result;
};
struct left_out {
  const row* what = nullptr;
  std::string why;
};

// {"version":1,"rows":[{"name":...,"file":...,"line":...,"transport":...,"delivery":...,
// "cites":[...],"passed":...,"milliseconds":...,"report":...}],"left_out":[{"name":...,"why":...}]}
// and a line's end.
std::string report_of(const std::vector<played_row>& all, const std::vector<left_out>& others);

}  // namespace harness::ladder
