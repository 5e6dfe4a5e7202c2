// Makes a tunnel frame-aware: checks both directions against RFC 6455 and lets the elements below
// <webSocket> see every frame.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/core/frames.hpp"
#include "gateway/pump/tunnel_filter.hpp"
#include "ws/message_reader.hpp"

namespace gateway {

class frame_filter final : public tunnel_filter {
 public:
  // Payload octets of one frame; beyond: Close 1009.
  static constexpr std::uint64_t max_frame = 1024 * 1024;

  // All must outlive it.
  frame_filter(const frame_elements& elements, const connection_facts& connection, services& world);

  std::optional<refusal> feed(frame_way way, std::string_view in, std::string& out) override;

 private:
  std::vector<ws_frame> run(frame_way way, ws_frame frame);
  void write(frame_way way, const ws_frame& frame, std::string& out);

  const connection_facts& connection_;
  services& world_;
  std::vector<std::unique_ptr<frame_handler>> handlers_;
  ws::message_reader from_client_;
  ws::message_reader from_server_;
};

}  // namespace gateway
