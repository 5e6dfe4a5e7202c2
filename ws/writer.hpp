// Writes WebSocket frames (RFC 6455 5.2), right ones and, for faults and tests, wrong ones: it
// does what it is told and checks nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ws/close.hpp"
#include "ws/header.hpp"

namespace ws {

// How the payload length is written. Anything but `shortest` may be wrong on purpose.
enum class length_form { shortest, in_16_bits, in_64_bits };

struct write_options {
  bool fin = true;
  std::uint8_t rsv = 0;            // 0-7
  std::optional<mask_key> mask{};  // a client passes a fresh unpredictable key for each frame
  length_form form = length_form::shortest;
  // Written instead of the payload's size: a header that lies. Cut to the form's width.
  std::optional<std::uint64_t> claimed_length{};
};

// Appends one frame to `out`. `code` is 0-15 and need not be a defined opcode.
void write_frame(std::string& out, std::uint8_t code, std::string_view payload,
                 const write_options& options = {});
void write_frame(std::string& out, opcode op, std::string_view payload,
                 const write_options& options = {});
// Appends a Close frame.
void write_close(std::string& out, close_code code, std::string_view reason,
                 std::optional<mask_key> mask = std::nullopt);

// The most octets a header can have.
inline constexpr std::size_t max_header_size = 14;

}  // namespace ws
