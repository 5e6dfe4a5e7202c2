#include "ws/header.hpp"

#include <cstring>

namespace ws {
namespace {

// Octets of the header, known once the first two are there.
std::size_t header_size(std::uint8_t second) noexcept {
  const unsigned code = second & 0x7FU;
  const std::size_t extended = code == 126 ? 2 : code == 127 ? 8 : 0;
  return 2 + extended + ((second & 0x80U) != 0 ? 4 : 0);
}

header_fault judge(const frame_header& h, unsigned length_code) noexcept {
  if (is_reserved(h.op)) return header_fault::reserved_opcode;
  if (is_control(h.op)) {
    if (!h.fin) return header_fault::control_fragmented;
    if (length_code > 125) return header_fault::control_too_long;
  }
  if (h.length > 0x7FFFFFFFFFFFFFFFULL) return header_fault::length_too_large;
  const bool wasteful =
      (length_code == 126 && h.length < 126) || (length_code == 127 && h.length < 65536);
  return wasteful ? header_fault::length_not_minimal : header_fault::none;
}

}  // namespace

const char* to_string(header_fault fault) noexcept {
  switch (fault) {
    case header_fault::reserved_opcode:
      return "reserved opcode";
    case header_fault::control_too_long:
      return "control frame above 125 octets";
    case header_fault::control_fragmented:
      return "fragmented control frame";
    case header_fault::length_not_minimal:
      return "length is not in its shortest form";
    case header_fault::length_too_large:
      return "length above 63 bits";
    case header_fault::none:
      break;
  }
  return "none";
}

bool header_decoder::feed(std::string_view& input) noexcept {
  while (!input.empty()) {
    octets_[size_++] = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    if (size_ >= 2 && size_ == header_size(octets_[1])) {
      decode();
      return true;
    }
  }
  return false;
}

void header_decoder::decode() noexcept {
  const std::uint8_t first = octets_[0];
  const std::uint8_t second = octets_[1];
  header_.fin = (first & 0x80U) != 0;
  header_.rsv = static_cast<std::uint8_t>((first >> 4U) & 0x7U);
  header_.op = static_cast<opcode>(first & 0x0FU);
  header_.masked = (second & 0x80U) != 0;
  const unsigned code = second & 0x7FU;
  std::size_t at = 2;
  header_.length = code;
  if (code >= 126) {
    const std::size_t octets = code == 126 ? 2 : 8;
    header_.length = 0;
    for (std::size_t i = 0; i < octets; ++i) header_.length = header_.length << 8U | octets_[at++];
  }
  header_.key = {};
  if (header_.masked) std::memcpy(header_.key.data(), octets_.data() + at, 4);
  fault_ = judge(header_, code);
}

void apply_mask(char* data, std::size_t size, const mask_key& key, std::uint64_t offset) noexcept {
  std::array<std::uint8_t, 8> turned{};
  for (std::size_t i = 0; i < 8; ++i) turned[i] = key[(offset + i) & 3U];
  std::uint64_t wide = 0;
  std::memcpy(&wide, turned.data(), 8);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, 8);
    word ^= wide;
    std::memcpy(data + i, &word, 8);
  }
  for (; i < size; ++i) {
    data[i] = static_cast<char>(static_cast<std::uint8_t>(data[i]) ^ turned[i & 7U]);
  }
}

}  // namespace ws
