// <log>: prints requests and responses with secrets masked (facts/membrane.md 2.8).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& log_element();

}  // namespace gateway
