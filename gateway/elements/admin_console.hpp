// <adminConsole>: hands every request to the admin console (facts/membrane.md 5.1).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& admin_console_element();

}  // namespace gateway
