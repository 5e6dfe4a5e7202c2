// Names by shell patterns. Pure.
#pragma once

#include <string_view>

namespace harness::ladder {

// Whether all of `text` is as `pattern` says, in which '*' is any text and '?' one octet.
bool matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace harness::ladder
