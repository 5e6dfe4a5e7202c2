// The list of built-in elements, from elements.def.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

// Every flow element and its parts, in the order of elements.def. Lives for ever.
element_registry builtin_elements();

}  // namespace gateway
