// Follows the frame headers of one direction of a tunnel without keeping any payload: it knows
// where frames end and whether a Close went by. No allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "ws/header.hpp"

namespace ws {

class frame_walker {
 public:
  // Which way the octets go decides whether frames are masked (W-FR-1).
  enum class flow { client_to_server, server_to_client };
  explicit frame_walker(flow way) noexcept : masked_(way == flow::client_to_server) {}
  // What passes is not WebSocket: opaque from the start.
  void set_opaque() noexcept { opaque_ = true; }

  // Looks at the next octets of the stream, in any pieces. Extensions may use the RSV bits. When
  // a header is not RFC 6455 the stream is opaque from then on: the tunnel still copies it, but
  // nothing can be inserted any more.
  void feed(std::string_view part) noexcept;

  // Whether the last octet seen ended a frame (or none was seen): only here a Close may be
  // inserted. False once opaque.
  bool at_boundary() const noexcept { return !opaque_ && remaining_ == 0 && decoder_.empty(); }
  bool opaque() const noexcept { return opaque_; }
  // Why it became opaque; none for a wrong mask bit.
  header_fault fault() const noexcept { return fault_; }
  // The opcode of the last complete header; continuation before the first.
  opcode last_opcode() const noexcept { return last_; }
  // Whether the header of a Close frame went by. closed(): the whole frame did.
  bool close_seen() const noexcept { return close_seen_; }
  bool closed() const noexcept { return close_seen_ && at_boundary(); }
  // Complete headers seen.
  std::uint64_t frames() const noexcept { return frames_; }

 private:
  header_decoder decoder_;
  std::uint64_t remaining_ = 0;  // payload octets of the current frame still to come
  std::uint64_t frames_ = 0;
  opcode last_ = opcode::continuation;
  header_fault fault_ = header_fault::none;
  bool masked_;
  bool close_seen_ = false;
  bool opaque_ = false;
};

}  // namespace ws
