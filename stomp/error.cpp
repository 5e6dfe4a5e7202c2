#include "stomp/error.hpp"

namespace stomp {
namespace {

struct row {
  errc code;
  const char* text;
};

constexpr row texts[] = {
    {errc::header_without_colon, "header line without ':'"},
    {errc::empty_header_name, "header with an empty name"},
    {errc::bad_escape, "undefined escape sequence in a header"},
    {errc::stray_cr, "CR without LF"},
    {errc::nul_in_headers, "NUL before the end of the headers"},
    {errc::not_utf8, "command or header is not UTF-8"},
    {errc::bad_content_length, "content-length is not a number"},
    {errc::conflicting_content_length, "two different content-length headers"},
    {errc::missing_nul, "body is not followed by NUL"},
    {errc::body_not_allowed, "this frame must not have a body"},
    {errc::incomplete_message, "message ended inside a frame"},
    {errc::stray_nul, "NUL between frames"},
    {errc::negative_content_length, "content-length is negative"},
    {errc::command_too_long, "command is too long"},
    {errc::header_line_too_long, "header line is too long"},
    {errc::too_many_headers, "too many headers"},
    {errc::body_too_large, "body is too large"},
    {errc::frame_too_large, "frame is too large"},
    {errc::too_many_subscriptions, "too many subscriptions on this connection"},
    {errc::too_many_transactions, "too many open transactions on this connection"},
    {errc::too_much_pending, "too much is pending on this connection"},
    {errc::bad_command, "command cannot be written"},
    {errc::header_not_expressible, "header cannot be expressed in this version"},
    {errc::content_length_mismatch, "content-length differs from the body"},
    {errc::nul_needs_content_length, "a body with NUL needs content-length"},
    {errc::unknown_command, "unknown command"},
    {errc::not_connected, "not connected"},
    {errc::already_connected, "already connected"},
    {errc::no_common_version, "no protocol version in common"},
    {errc::bad_heart_beat, "malformed heart-beat header"},
    {errc::missing_header, "required header is missing"},
    {errc::bad_header_value, "header has a value that is not allowed"},
    {errc::duplicate_subscription, "subscription id is in use"},
    {errc::no_such_subscription, "no such subscription"},
    {errc::unknown_ack, "no such message to acknowledge"},
    {errc::duplicate_transaction, "transaction is already open"},
    {errc::no_such_transaction, "no such transaction"},
    {errc::unexpected_frame, "unexpected frame"},
    {errc::login_failed, "login failed"},
    {errc::host_rejected, "unknown virtual host"},
    {errc::rejected, "rejected"},
    {errc::error_from_server, "the server sent ERROR"},
    {errc::client_id_in_use, "the client id is in use"},
    {errc::bad_destination, "the destination is not a name the broker can use"},
    {errc::connect_timeout, "no connection in time"},
    {errc::peer_silent, "peer missed its heart-beats"},
    {errc::disconnect_timeout, "no receipt for DISCONNECT in time"},
    {errc::disconnected, "disconnected"},
    {errc::connection_lost, "connection lost"},
};

class category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "stomp"; }
  std::string message(int value) const override {
    for (const row& r : texts) {
      if (static_cast<int>(r.code) == value) return r.text;
    }
    return "unknown STOMP error";
  }
  std::error_condition default_error_condition(int value) const noexcept override {
    return make_error_condition(group_of(value));
  }

 private:
  static errc_condition group_of(int value) noexcept {
    if (value < 20) return errc_condition::malformed_frame;
    if (value < 30) return errc_condition::limit_exceeded;
    if (value < 40) return errc_condition::not_expressible;
    if (value < 60) return errc_condition::protocol_violation;
    if (value < 70) return errc_condition::policy_rejected;
    if (value < 80) return errc_condition::timeout;
    return errc_condition::peer_gone;
  }
};

class condition_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "stomp condition"; }
  std::string message(int value) const override {
    constexpr const char* names[] = {"malformed frame",    "limit exceeded",  "not expressible",
                                     "protocol violation", "policy rejected", "timeout",
                                     "peer gone"};
    return value >= 1 && value <= 7 ? names[value - 1] : "unknown";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const category_type instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

std::error_condition make_error_condition(errc_condition condition) noexcept {
  static const condition_category instance;
  return {static_cast<int>(condition), instance};
}

}  // namespace stomp
