// <webSocket>: permits the upgrade to websocket and says where the tunnel goes
// (facts/membrane.md 2.4).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& web_socket_element();

}  // namespace gateway
