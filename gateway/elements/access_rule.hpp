// What <allow> and <deny> have in common.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

element_descriptor access_rule(std::string_view name, std::string_view doc);

}  // namespace gateway
