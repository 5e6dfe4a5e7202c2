#include "ws/close.hpp"

#include "ws/utf8.hpp"

namespace ws {

std::optional<close_info> parse_close(std::string_view payload, close_code& fault) {
  if (payload.empty()) return close_info{};
  fault = close_code::protocol_error;
  if (payload.size() == 1) return std::nullopt;
  close_info info;
  info.code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8U |
                                         static_cast<std::uint8_t>(payload[1]));
  if (!may_be_sent(info.code)) return std::nullopt;
  payload.remove_prefix(2);
  if (!is_utf8(payload)) {
    fault = close_code::bad_data;
    return std::nullopt;
  }
  info.reason = payload;
  return info;
}

std::string make_close(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code == static_cast<std::uint16_t>(close_code::no_status)) return payload;
  payload += static_cast<char>(code >> 8U);
  payload += static_cast<char>(code & 0xFFU);
  payload += cut_utf8(reason, 123);
  return payload;
}

std::string make_close(close_code code, std::string_view reason) {
  return make_close(static_cast<std::uint16_t>(code), reason);
}

}  // namespace ws
