// What malformations are made of. A part of the catalogue, not for others.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/faults/malformations.hpp"
#include "ws/writer.hpp"

namespace mockbroker {

// The catalogue in its order: a frame's octets, how they are delivered, frames out of order.
std::span<const malformation> frame_malformations();
std::span<const malformation> delivery_malformations();
std::span<const malformation> order_malformations();

// A frame as it stands on the wire, in pieces that can be spoiled.
struct draft {
  std::string command;
  std::vector<std::string> lines;  // of headers, without their EOL
  std::string body;

  draft(const stomp::frame& f, const malform_context& how);
  draft& drop_length();
  // Makes `value` the only content-length.
  draft& set_length(std::string_view value);
  // Command and headers with their EOLs, the empty line included.
  std::string head() const;
  // All of the frame with its NUL.
  std::string octets() const;
};

// The octets of `f`, nothing broken.
std::string octets_of(const stomp::frame& f, const malform_context& how);
// The first half of `text`, which ends with a whole character.
std::string_view first_half(std::string_view text);

malformed stomp_part(std::string octets);
malformed wire_part(std::string octets);
malformed stomp_parts(std::vector<std::string> octets);
malformed wire_parts(std::vector<std::string> octets);

// One WebSocket frame, masked as its direction wants it.
std::string ws_frame(const malform_context& how, ws::opcode op, std::string_view payload,
                     ws::write_options options = {});

}  // namespace mockbroker
