// The header of a WebSocket frame, decoded octet by octet (RFC 6455 5.2). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ws {

// RFC 6455 5.2 and 11.8. 3-7 and 11-15 are reserved.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};
// Close, Ping and Pong: at most 125 octets, never fragmented.
constexpr bool is_control(opcode op) noexcept { return static_cast<std::uint8_t>(op) >= 8; }
constexpr bool is_reserved(opcode op) noexcept {
  return op > opcode::pong || (op > opcode::binary && op < opcode::close);
}

using mask_key = std::array<std::uint8_t, 4>;

struct frame_header {
  bool fin = true;
  std::uint8_t rsv = 0;  // RSV1-3 as 4, 2 and 1
  opcode op = opcode::text;
  bool masked = false;
  mask_key key{};
  std::uint64_t length = 0;
};

// Why a header is not RFC 6455. `none` means it is (W-FR-2, W-FR-4).
enum class header_fault {
  none,
  reserved_opcode,
  control_too_long,
  control_fragmented,
  length_not_minimal,
  length_too_large,  // 64-bit length with its top bit set
};
const char* to_string(header_fault fault) noexcept;

// Collects 2 to 14 octets, in any pieces, and decodes them once they are all there (W-FR-3).
class header_decoder {
 public:
  // Takes octets from the front of `input`. True when a header is complete: read header() and
  // fault(), then call reset().
  bool feed(std::string_view& input) noexcept;
  const frame_header& header() const noexcept { return header_; }
  header_fault fault() const noexcept { return fault_; }
  // Whether no octet of a header is held.
  bool empty() const noexcept { return size_ == 0; }
  void reset() noexcept { size_ = 0; }

 private:
  void decode() noexcept;

  std::array<std::uint8_t, 14> octets_{};
  std::size_t size_ = 0;
  frame_header header_;
  header_fault fault_ = header_fault::none;
};

// XORs `size` octets at `data` in place. `offset` is the position of data[0] in the payload, so
// that a payload can be handled in pieces (RFC 6455 5.3).
void apply_mask(char* data, std::size_t size, const mask_key& key, std::uint64_t offset) noexcept;

}  // namespace ws
