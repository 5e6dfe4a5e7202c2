// What may look at and change the octets of a tunnel on their way.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ws/close.hpp"
#include "ws/frame_walker.hpp"

namespace gateway {

// Serves one tunnel, both directions, on its thread.
class tunnel_filter {
 public:
  virtual ~tunnel_filter() = default;
  // The peer that sent something cannot be heard any further.
  struct refusal {
    ws::close_code code = ws::close_code::protocol_error;
    std::string reason;
  };
  // Octets of one direction, in any pieces; appends what goes on to `out`, whole frames only. After
  // a refusal that direction is not fed again.
  virtual std::optional<refusal> feed(ws::frame_walker::flow way, std::string_view in,
                                      std::string& out) = 0;
};

}  // namespace gateway
