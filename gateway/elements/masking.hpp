// Keeps secrets of messages out of logs.
#pragma once

#include <string>
#include <string_view>

#include "gateway/core/secret_names.hpp"

namespace gateway {

// True for header fields whose values are secrets: Authorization, Cookie, API keys, tokens, STOMP
// login and passcode, and those that the configuration declares.
bool is_secret_header(std::string_view name, const secret_names& declared = {});

// Replaces the values of secret-looking ("token", "password", ...) and declared parameters of a
// query or form by **** and user info of URLs by ****@. Other text stays as it is.
std::string mask_parameters(std::string_view text, const secret_names& declared = {});

// Masks the values of secret header lines ("passcode:...") in a text that comes in pieces, cut
// anywhere: STOMP frames over WebSocket. One for each direction of a connection.
class line_masker {
 public:
  // The next piece with secrets as ****. A line may go on behind the end of a message.
  std::string mask(std::string_view piece, bool ends_message);

 private:
  enum class state { name, value, secret };
  state state_ = state::name;
  std::string name_;       // of the line so far; bounded
  std::size_t fresh_ = 0;  // where in it the current message began
};

}  // namespace gateway
