// What of a ladder cannot be played as the broker. Pure.
#pragma once

#include <vector>

#include "harness/ladder/parser.hpp"

namespace mockbroker {

// One error for each line that has no meaning in the broker's role, with its place and why.
std::vector<harness::ladder::parse_error> refusals(const std::vector<harness::ladder::row>& rows);

}  // namespace mockbroker
