#include "stomp/dialect.hpp"

namespace stomp {

dialect strict() noexcept { return {}; }

dialect lenient() noexcept {
  dialect d;
  d.cr = cr_rule::part_of_eol;
  d.stray_cr_is_error = false;
  d.unknown_escapes = escape_rule::keep_as_is;
  d.colon = colon_rule::ignore_line;
  d.body = body_rule::drop;
  d.check_utf8 = false;
  d.complete_missing_nul = true;
  d.unknown_ack_mode_is_error = false;
  d.fatal = {
      .unknown_command = false, .invalid_frame = false, .unknown_ack = false, .refused = false};
  return d;
}

std::string_view to_string(ack_mode mode) noexcept {
  switch (mode) {
    case ack_mode::client:
      return "client";
    case ack_mode::client_individual:
      return "client-individual";
    case ack_mode::automatic:
      break;
  }
  return "auto";
}

std::optional<ack_mode> parse_ack_mode(std::string_view text) noexcept {
  for (ack_mode mode : {ack_mode::automatic, ack_mode::client, ack_mode::client_individual}) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<command> classify(std::string_view text, const dialect& rules) noexcept {
  struct row {
    std::string_view name;
    std::string_view prefix;  // the shortest prefix that ActiveMQ takes for the command
    command value;
  };
  constexpr row rows[] = {
      {"CONNECT", "CONNECT", command::connect},
      {"STOMP", "STOMP", command::connect},
      {"SEND", "SEND", command::send},
      {"SUBSCRIBE", "SUB", command::subscribe},
      {"UNSUBSCRIBE", "UNSUB", command::unsubscribe},
      {"ACK", "ACK", command::ack},
      {"NACK", "NACK", command::nack},
      {"BEGIN", "BEGIN", command::begin},
      {"COMMIT", "COMMIT", command::commit},
      {"ABORT", "ABORT", command::abort},
      {"DISCONNECT", "DISCONNECT", command::disconnect},
  };
  for (const row& r : rows) {
    const bool match =
        rules.commands == command_rule::exact ? text == r.name : text.starts_with(r.prefix);
    if (match) return r.value;
  }
  return std::nullopt;
}

}  // namespace stomp
