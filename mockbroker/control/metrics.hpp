// Numbers of a mock broker in the text format of Prometheus (version 0.0.4). One table, in the
// source; every name begins with pumphouse_mock_.
#pragma once

#include <string>

#include "mockbroker/control/control.hpp"

namespace mockbroker {

std::string metrics_of(const control::parts& of);

}  // namespace mockbroker
