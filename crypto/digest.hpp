// Digests and encodings over OpenSSL. Pure: bytes in, bytes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crypto {

// Raw digests (20 and 32 octets).
std::string sha1(std::string_view bytes);
std::string sha256(std::string_view bytes);
std::string hex(std::string_view bytes);

// RFC 4648 section 4, with padding. Decoding refuses anything else.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2).
std::string websocket_accept(std::string_view key);

// Compares in time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

}  // namespace crypto
