#include "mockbroker/faults/conformance.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "stomp/parser.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace {

constexpr std::size_t most_octets = std::size_t{128} << 20U;

std::size_t at(way w) { return std::size_t(w); }

std::string quoted(std::string_view text) { return stomp::quote_peer_text(text, 60); }

ws::reader_options reading(ws::role self) {
  ws::reader_options o;
  o.self = self;
  o.max_frame = o.max_message = most_octets;
  return o;
}

constexpr std::array<std::string_view, 4> broker_commands{"CONNECTED", "MESSAGE", "RECEIPT",
                                                          "ERROR"};

}  // namespace

conformance::conformance(bool websocket) : websocket_(websocket) {
  readers_[at(way::to_broker)].emplace(reading(ws::role::server));
  readers_[at(way::to_client)].emplace(reading(ws::role::client));
}

std::string conformance::rule(std::string_view chapter, std::string_view text) const {
  return "STOMP " + std::string(stomp::to_string(version_.value_or(stomp::version::v1_2))) + ", " +
         std::string(chapter) + ": " + std::string(text);
}

std::vector<std::vector<std::string>> conformance::look(way direction, const wire_piece& piece,
                                                        net::time_point now) {
  std::vector<std::vector<std::string>> out(piece.units.size());
  std::vector<std::string> framing;
  const bool is_head =
      !piece.units.empty() && (piece.units.front().what == wire_unit::kind::request ||
                               piece.units.front().what == wire_unit::kind::response);
  if (is_head && piece.units.front().code == 101) upgraded_ = true;
  if (websocket_ && upgraded_ && !is_head && !ws_failed_[at(direction)]) {
    if (closed_[at(direction)]) framing.push_back("RFC 6455 5.5.1: a frame behind its own Close");
    std::string_view rest = piece.wire;
    auto& reader = *readers_[at(direction)];
    while (auto event = reader.next(rest)) {
      if (const auto* failed = std::get_if<ws::read_failure>(&*event)) {
        framing.push_back("RFC 6455: " + failed->text);
        ws_failed_[at(direction)] = true;
        break;
      }
    }
    closed_[at(direction)] = reader.close_seen();
  }
  for (std::size_t i = 0; i < piece.units.size(); ++i) {
    out[i] = look_at(direction, piece.units[i], now);
  }
  if (!framing.empty()) {
    if (out.empty()) out.emplace_back();
    out.front().insert(out.front().begin(), framing.begin(), framing.end());
  }
  return out;
}

std::vector<std::string> conformance::look_at(way direction, const wire_unit& unit,
                                              net::time_point now) {
  std::vector<std::string> out;
  using kind = wire_unit::kind;
  if (unit.what == kind::request || unit.what == kind::response) return out;
  if (websocket_ && !upgraded_) return out;  // bodies of answers that are no 101
  check_beats(direction, now, out);
  const bool was_cut = unit.text == "the end is missing" && closed_[at(opposite(direction))];
  if (unit.what == kind::octets && !unit.text.empty() && unit.text != "part of a frame" &&
      !was_cut) {
    out.push_back(rule("Augmented BNF", unit.text));
  }
  if (unit.what != kind::frame) return out;
  check_grammar(unit, out);
  if (direction == way::to_broker) {
    client_frame(unit.frame, out);
  } else {
    broker_frame(unit.frame, out);
  }
  return out;
}

void conformance::check_grammar(const wire_unit& unit, std::vector<std::string>& out) const {
  stomp::dialect rules = stomp::strict();
  rules.limit = {1024, 1024 * 1024, 100000, most_octets, 0};
  stomp::parser parser(rules);
  if (version_) parser.set_version(*version_);
  std::string_view rest = unit.raw;
  while (auto event = parser.next(rest)) {
    if (const auto* failed = std::get_if<stomp::failure>(&*event)) {
      out.push_back(rule("Augmented BNF", failed->text));
      return;
    }
  }
}

void conformance::client_frame(const stomp::frame& f, std::vector<std::string>& out) {
  const auto command = stomp::classify(f.command, stomp::strict());
  if (const auto receipt = f.get("receipt")) receipts_.emplace(*receipt);
  if (disconnecting_) out.push_back(rule("DISCONNECT", "a frame behind DISCONNECT"));
  if (!command) {
    out.push_back(rule("Client Frames", quoted(f.command) + " is no client command"));
    return;
  }
  if (*command == stomp::command::connect) {
    if (connect_) out.push_back(rule("Connecting", "a second CONNECT"));
    connect_ = f;
    return;
  }
  if (!connect_) {
    out.push_back(rule("Connecting", f.command + " before CONNECT"));
    return;
  }
  if (*command == stomp::command::disconnect) disconnecting_ = true;
  if (!version_) return;  // sent ahead of CONNECTED: allowed, and judged by nobody
  stomp::client_request request{*command, f, {}, stomp::ack_mode::automatic};
  const auto failed = book_.check(request, *version_, stomp::strict());
  if (failed.code) out.push_back(rule("Client Frames", failed.text));
  if (*command == stomp::command::subscribe) {
    subscriptions_.emplace(f.get_or("id", f.get_or("destination", {})));
  }
}

void conformance::broker_frame(const stomp::frame& f, std::vector<std::string>& out) {
  if (std::find(broker_commands.begin(), broker_commands.end(), f.command) ==
      broker_commands.end()) {
    out.push_back(rule("Server Frames", quoted(f.command) + " is no server command"));
    return;
  }
  if (f.command == "CONNECTED") return check_connected(f, out);
  if (f.command == "ERROR") {
    error_ = true;
  } else if (!connected_) {
    out.push_back(rule("Connecting", f.command + " before CONNECTED"));
  }
  const auto receipt = f.get("receipt-id");
  if (f.command == "RECEIPT" && !receipt) out.push_back(rule("RECEIPT", "without receipt-id"));
  if (receipt) {
    const auto asked = receipts_.find(std::string(*receipt));
    if (asked != receipts_.end()) {
      receipts_.erase(asked);
    } else if (f.command == "RECEIPT") {
      out.push_back(rule("RECEIPT", "nobody asked for " + quoted(*receipt)));
    }
  }
  if (f.command == "MESSAGE") check_message(f, out);
}

void conformance::check_connected(const stomp::frame& f, std::vector<std::string>& out) {
  if (connected_) out.push_back(rule("Connecting", "a second CONNECTED"));
  connected_ = true;
  const auto named = stomp::parse_version(f.get_or("version", "1.0"));
  if (!named) {
    out.push_back(
        rule("Protocol Negotiation", quoted(f.get_or("version", {})) + " is no version of STOMP"));
    return;
  }
  version_ = named;
  if (!connect_) {
    out.push_back(rule("Connecting", "CONNECTED without CONNECT"));
    return;
  }
  const auto offered = stomp::choose_version(*connect_, {*named});
  if (!offered) {
    out.push_back(rule("Protocol Negotiation",
                       "the client did not offer " + std::string(stomp::to_string(*named))));
  }
  if (*named == stomp::version::v1_0) return;
  const auto client = stomp::parse_heart_beat(connect_->get_or("heart-beat", "0,0"));
  const auto broker = stomp::parse_heart_beat(f.get_or("heart-beat", "0,0"));
  if (!client || !broker) {
    if (!broker) out.push_back(rule("Heart-beating", "the header is not two numbers"));
    return;
  }
  const auto agreed = stomp::negotiate(*client, *broker);
  period_[at(way::to_broker)] = agreed.outgoing;
  period_[at(way::to_client)] = agreed.incoming;
}

void conformance::check_message(const stomp::frame& f, std::vector<std::string>& out) {
  for (const char* name : {"destination", "message-id", "subscription"}) {
    const bool needed = name != std::string_view("subscription") ||
                        version_.value_or(stomp::version::v1_0) != stomp::version::v1_0;
    if (needed && !f.has(name)) out.push_back(rule("MESSAGE", "without " + std::string(name)));
  }
  const auto subscription = f.get("subscription");
  if (subscription && !subscriptions_.contains(std::string(*subscription))) {
    out.push_back(rule("MESSAGE", "there is no subscription " + quoted(*subscription)));
  }
}

void conformance::check_beats(way direction, net::time_point now, std::vector<std::string>& out) {
  const auto period = period_[at(direction)];
  const auto since = std::exchange(last_[at(direction)], now);
  if (period.count() == 0 || since == net::time_point{}) return;
  const auto silent = std::chrono::duration_cast<stomp::milliseconds>(now - since);
  // Twice the period is what a receiver allows for (STOMP 1.2, Heart-beating: error margin).
  if (silent > 2 * period) {
    out.push_back(rule("Heart-beating", "silent for " + std::to_string(silent.count()) +
                                            " ms, promised a beat every " +
                                            std::to_string(period.count()) + " ms"));
  }
}

std::vector<std::string> conformance::finish(way by, net::time_point now) {
  std::vector<std::string> out;
  check_beats(way::to_broker, now, out);
  check_beats(way::to_client, now, out);
  if (websocket_ && upgraded_ && !closed_[at(by)] && !closed_[at(opposite(by))]) {
    out.push_back("RFC 6455 7.1.1: the connection ended without a Close");
  }
  return out;
}

}  // namespace mockbroker
