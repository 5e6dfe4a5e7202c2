// Compiles expressions and scripts. Names, members and numbers of arguments are settled here, so
// that running has nothing left to look up. Throws expression_error.
//
// Bounds: 4096 octets of text for an expression, 32 KiB for a script, 64 levels, 2048 nodes. There
// are no loops, so a run takes at most one step a node.
#pragma once

#include <string_view>

#include "gateway/core/script_code.hpp"

namespace gateway::script_code {

program compile_expression(std::string_view text, dialect language);
program compile_script(std::string_view text);

}  // namespace gateway::script_code
