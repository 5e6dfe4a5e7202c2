// <basicAuthentication>: HTTP Basic (RFC 7617) against users of the file (facts/membrane.md 2.5).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& basic_authentication_element();

}  // namespace gateway
