// Elements of Membrane 7.5 and its older releases that are not supported here.
#pragma once

#include <optional>
#include <string_view>

namespace gateway {

// What to use instead of the element `name`, as a clause; nothing when Membrane has no such element
// or it is supported.
std::optional<std::string_view> instead_of(std::string_view name);

}  // namespace gateway
