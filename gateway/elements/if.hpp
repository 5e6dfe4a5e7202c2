// <if>: a nested flow that runs when its test is true, in both directions (facts/membrane.md 2.6).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& if_element();

}  // namespace gateway
