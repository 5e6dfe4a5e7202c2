// The parts of the opening handshake that are only text (RFC 6455 4). The digest of the accept
// key lives where SHA-1 does.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace ws {

// The tokens of a comma list ("a, b"), empty ones dropped. Views into `list`.
std::vector<std::string_view> split_tokens(std::string_view list);

// Whether the comma list has `token`, letter case ignored: for Connection and Upgrade (W-HS-1).
bool has_token(std::string_view list, std::string_view token) noexcept;

// Whether `key` is the base64 form of 16 octets, as Sec-WebSocket-Key must be (W-HS-1).
bool is_valid_key(std::string_view key) noexcept;

// The first of `supported` (best first) that was offered; nothing when none was, and then no
// header belongs in the answer (W-SUB-1, W-SUB-3). `offered` are the values of all
// Sec-WebSocket-Protocol headers. Tokens compare case-sensitively.
std::optional<std::string_view> choose_subprotocol(const std::vector<std::string_view>& offered,
                                                   const std::vector<std::string_view>& supported);

// Whether an answer's subprotocol is acceptable to a client that offered `offered`: one of them,
// or none (W-SUB-2, W-HS-4).
bool is_offered(const std::vector<std::string_view>& offered, std::string_view answer);

}  // namespace ws
