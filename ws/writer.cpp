#include "ws/writer.hpp"

namespace ws {
namespace {

void write_length(std::string& out, std::uint64_t length, length_form form, unsigned mask_bit) {
  const auto put = [&out](unsigned octet) { out += static_cast<char>(octet & 0xFFU); };
  if (form == length_form::shortest && length < 126) {
    put(mask_bit | static_cast<unsigned>(length));
    return;
  }
  const bool wide =
      form == length_form::in_64_bits || (form == length_form::shortest && length > 0xFFFF);
  put(mask_bit | (wide ? 127U : 126U));
  for (unsigned shift = wide ? 64 : 16; shift != 0; shift -= 8) {
    put(static_cast<unsigned>(length >> (shift - 8)));
  }
}

}  // namespace

void write_frame(std::string& out, std::uint8_t code, std::string_view payload,
                 const write_options& options) {
  const unsigned first = (options.fin ? 0x80U : 0U) | (options.rsv & 0x7U) << 4U | (code & 0x0FU);
  out.reserve(out.size() + payload.size() + max_header_size);
  out += static_cast<char>(first);
  write_length(out, options.claimed_length.value_or(payload.size()), options.form,
               options.mask ? 0x80U : 0U);
  if (options.mask) {
    for (std::uint8_t octet : *options.mask) out += static_cast<char>(octet);
  }
  const std::size_t start = out.size();
  out += payload;
  if (options.mask) apply_mask(out.data() + start, payload.size(), *options.mask, 0);
}

void write_frame(std::string& out, opcode op, std::string_view payload,
                 const write_options& options) {
  write_frame(out, static_cast<std::uint8_t>(op), payload, options);
}

void write_close(std::string& out, close_code code, std::string_view reason,
                 std::optional<mask_key> mask) {
  write_options options;
  options.mask = mask;
  write_frame(out, opcode::close, make_close(code, reason), options);
}

}  // namespace ws
