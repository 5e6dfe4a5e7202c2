// Judges what passes a connection against RFC 6455 and STOMP: which side broke which rule. It looks
// only; what it has to say goes to the journal. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mockbroker/faults/wire_unit.hpp"
#include "net/types.hpp"
#include "stomp/heart_beat.hpp"
#include "stomp/server_checks.hpp"
#include "ws/message_reader.hpp"

namespace mockbroker {

class conformance {
 public:
  explicit conformance(bool websocket);

  // One piece that passed `direction`. For each of its units the rules that its sender broke:
  // "STOMP 1.2, RECEIPT: answers no frame ('r7')".
  std::vector<std::vector<std::string>> look(way direction, const wire_piece& piece,
                                             net::time_point now);
  // The connection ends, `by` one side: what is missing at the end.
  std::vector<std::string> finish(way by, net::time_point now);
  // What CONNECTED agreed on.
  std::optional<stomp::version> version() const noexcept { return version_; }

 private:
  std::vector<std::string> look_at(way direction, const wire_unit& unit, net::time_point now);
  void client_frame(const stomp::frame& f, std::vector<std::string>& out);
  void broker_frame(const stomp::frame& f, std::vector<std::string>& out);
  void check_connected(const stomp::frame& f, std::vector<std::string>& out);
  void check_message(const stomp::frame& f, std::vector<std::string>& out);
  void check_grammar(const wire_unit& unit, std::vector<std::string>& out) const;
  void check_beats(way direction, net::time_point now, std::vector<std::string>& out);
  std::string rule(std::string_view chapter, std::string_view text) const;

  bool websocket_;
  bool upgraded_ = false;
  std::optional<ws::message_reader> readers_[2];  // by way
  bool ws_failed_[2] = {false, false};
  bool closed_[2] = {false, false};  // Close was sent
  std::optional<stomp::frame> connect_;
  std::optional<stomp::version> version_;
  bool connected_ = false;
  bool disconnecting_ = false;
  bool error_ = false;
  stomp::server_book book_{stomp::server_book::bounds{}};
  std::set<std::string> subscriptions_;  // ids that were ever opened; MESSAGEs may be under way
  std::multiset<std::string> receipts_;  // asked for, not answered
  // Beats: what each way promised, and when it last wrote.
  stomp::milliseconds period_[2] = {stomp::milliseconds(0), stomp::milliseconds(0)};
  net::time_point last_[2] = {};
};

}  // namespace mockbroker
