#include "mockbroker/profiles/activemq_words.hpp"

#include <algorithm>
#include <array>

namespace mockbroker {
namespace {

using stomp::errc;
using manner = stomp::wording::manner;

// Where the product prints a stack trace we have none to show; the first line is what counts.
std::string traced(std::string_view exception, std::string_view message) {
  return std::string(exception) + ": " + std::string(message) +
         "\n\tat mockbroker(no stack trace)\n";
}

constexpr std::string_view protocol_exception =
    "org.apache.activemq.transport.stomp.ProtocolException";

stomp::wording say(manner how, std::string message) {
  std::string body = traced(protocol_exception, message);
  return {how, std::move(message), std::move(body), {}};
}

struct limit_text {
  errc code;
  std::string_view message;
};
constexpr std::array<limit_text, 7> limits{
    {{errc::command_too_long, "The maximum command length was exceeded"},
     {errc::header_line_too_long, "The maximum header length was exceeded"},
     {errc::too_many_headers, "The maximum number of headers was exceeded"},
     {errc::body_too_large, "The maximum data length was exceeded"},
     {errc::frame_too_large, "The maximum frame size was exceeded"},
     {errc::bad_content_length, "Specified content-length is not a valid integer"},
     {errc::missing_nul, "content-length bytes were read and there was no trailing null byte"}}};

std::string unexpected_ack(const stomp::refusal& why) {
  const bool nack = why.what == stomp::command::nack;
  return std::string("Unexpected ") + (nack ? "NACK" : "ACK") + " received for message-id [" +
         why.subject + "]";
}

}  // namespace

std::optional<stomp::wording> activemq_words(const stomp::refusal& why, stomp::version) {
  for (const limit_text& row : limits) {
    if (row.code == why.code) return say(manner::close, std::string(row.message));
  }
  switch (why.code) {
    // A Java exception that nobody catches, or no time left: the socket just closes.
    case errc::incomplete_message:
    case errc::empty_header_name:
    case errc::negative_content_length:
    case errc::bad_header_value:
    case errc::bad_destination:
    case errc::connect_timeout:
    case errc::peer_silent:
      return stomp::wording{manner::drop, {}, {}, {}};
    case errc::not_connected:
      return say(manner::keep, "Not connected.");
    case errc::already_connected:
      return say(manner::keep, "Already connected.");
    case errc::unknown_command:
      // One that the version does not have keeps the connection.
      return why.what ? say(manner::keep, why.text)
                      : say(manner::close, "Unknown STOMP action: " + why.subject);
    case errc::no_common_version:
      return say(manner::close, "Invalid Protocol version[" + why.subject +
                                    "], supported versions are: [1.2, 1.1, 1.0]");
    case errc::bad_heart_beat:
      return say(manner::close, "Invalid heart-beat header:" + why.subject);
    case errc::login_failed: {
      // No stack trace: it would tell too much.
      std::string text = "User name [" + (why.subject.empty() ? "null" : why.subject) +
                         "] or password is invalid.";
      return stomp::wording{manner::close, text, text, {}};
    }
    case errc::client_id_in_use:
      return stomp::wording{
          manner::close, why.text, traced("javax.jms.InvalidClientIDException", why.text), {}};
    case errc::no_such_transaction:
      return say(manner::keep, "Invalid transaction id: " + why.subject);
    case errc::duplicate_transaction:
      return say(manner::keep, "The transaction was already started: " + why.subject);
    case errc::unknown_ack:
      return say(manner::keep, unexpected_ack(why));
    default:
      break;
  }
  if (why.detail.empty()) return say(manner::keep, why.text);
  return stomp::wording{
      manner::keep, why.text, why.detail + "\n\tat mockbroker(no stack trace)\n", {}};
}

std::optional<stomp::wording> activemq_strict_words(const stomp::refusal& why, stomp::version v) {
  constexpr std::string_view server_commands[] = {"CONNECTED", "MESSAGE", "RECEIPT", "ERROR"};
  const bool is_unknown =
      !why.what && (why.code == errc::unknown_command || why.code == errc::not_connected);
  if (is_unknown && std::ranges::find(server_commands, why.subject) != std::end(server_commands)) {
    return say(manner::close,
               "StompWireFormat is configured for 'server' mode and received a frame that is only "
               "expected when configured for 'client' mode: " +
                   why.subject);
  }
  if (why.code == errc::not_connected && why.what) {
    return say(manner::close,
               "StompWireFormat is configured for 'server' mode and received an unexpected frame "
               "before CONNECT or STOMP frame: " +
                   why.subject);
  }
  if (why.code == errc::not_connected) {
    return say(manner::close, "Unknown STOMP action: " + why.subject);
  }
  if (why.code == errc::negative_content_length) {
    return say(manner::close, "Specified content-length may not be negative");
  }
  return activemq_words(why, v);
}

}  // namespace mockbroker
