// Elements below <webSocket>: they see the WebSocket frames of a connection, one direction at a
// time, already checked against RFC 6455.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gateway/core/exchange.hpp"
#include "ws/close.hpp"
#include "ws/frame_walker.hpp"
#include "ws/header.hpp"

namespace gateway {

// Which way a frame goes.
using frame_way = ws::frame_walker::flow;

// A frame without its mask. Data frames may be fragments (RFC 6455 5.4).
struct ws_frame {
  ws::opcode op = ws::opcode::text;
  bool fin = true;
  std::string payload;
};

// Thrown by a handler: the connection cannot go on. Both sides get a Close; `reason` is own text
// for the one that sent the frame.
class frame_refused : public std::runtime_error {
 public:
  frame_refused(ws::close_code code, const std::string& reason)
      : std::runtime_error(reason), code_(code) {}
  ws::close_code code() const noexcept { return code_; }

 private:
  ws::close_code code_;
};

// One element's state for one connection, both directions; dies with the connection.
class frame_handler {
 public:
  virtual ~frame_handler() = default;
  // Takes `frame` over; what goes on is appended to `out`.
  virtual void on_frame(frame_way way, ws_frame frame, std::vector<ws_frame>& out) = 0;
};

// As configured: immutable and shared by all workers.
class frame_element {
 public:
  virtual ~frame_element() = default;
  // Both arguments outlive the handler.
  virtual std::unique_ptr<frame_handler> open(const connection_facts& connection,
                                              services& world) const = 0;
};

// The elements of one <webSocket>: frames to the server run first to last, those to the client last
// to first.
using frame_elements = std::vector<std::unique_ptr<const frame_element>>;

}  // namespace gateway
