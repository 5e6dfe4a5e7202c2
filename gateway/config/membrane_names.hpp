// Names that exist in Membrane 7.5 and its older releases, whether supported here or not.
#pragma once

#include <string_view>

namespace gateway {

bool is_membrane_element(std::string_view name);

}  // namespace gateway
