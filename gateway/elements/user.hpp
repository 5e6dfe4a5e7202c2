// <user>: one user of <basicAuthentication>.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& user_element();

}  // namespace gateway
