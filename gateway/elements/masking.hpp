// Keeps secrets of messages out of logs.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

// True for header fields whose values are secrets: Authorization, Cookie, API keys, tokens, STOMP
// login and passcode.
bool is_secret_header(std::string_view name) noexcept;

// Replaces the values of secret-looking parameters ("token", "password", ...) of a query or form by
// **** and user info of URLs by ****@. Other text stays as it is.
std::string mask_parameters(std::string_view text);

}  // namespace gateway
