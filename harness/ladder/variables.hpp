// `$name` in texts: who uses which, and filling them in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

// Letters, digits and _, not starting with a digit.
bool is_variable_name(std::string_view name) noexcept;
// `$q`, `$q2`, ...: a name that no other row and no other run has.
bool is_unique_name(std::string_view name) noexcept;
// The names used in `text`.
std::vector<std::string> variables_in(std::string_view text);
// The name when `text` is one variable and nothing else.
std::optional<std::string> lone_variable(std::string_view text);
// `text` with every `$name` replaced by what `value_of` answers.
std::string fill(std::string_view text,
                 const std::function<std::string(const std::string&)>& value_of);

// The first use of a name that nothing before it in the case defines.
std::optional<parse_error> find_undefined(const ladder_case& of);

}  // namespace harness::ladder
