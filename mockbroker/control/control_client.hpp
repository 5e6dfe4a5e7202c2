// One call of a control API that listens on this machine.
#pragma once

#include <cstdint>
#include <string>

#include "net/runtime.hpp"

namespace mockbroker {

struct control_answer {
  int status = 0;      // of HTTP; 0: there was no connection, -1: no answer
  std::string text{};  // the body, or what went wrong
  bool is_good() const noexcept { return status / 100 == 2; }
};

// `path` is what stands behind /__mock/; an empty `body` is none. The caller sets the deadline.
net::task<control_answer> call_control(net::runtime& rt, std::uint16_t port, std::string method,
                                       std::string path, std::string body);

}  // namespace mockbroker
