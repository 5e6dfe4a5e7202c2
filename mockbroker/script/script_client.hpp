// One client as a script sees it, and the frames that the script makes for it. Pure.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "harness/ladder/arrival.hpp"
#include "harness/ladder/model.hpp"
#include "harness/ladder/values.hpp"
#include "mockbroker/script/client_choices.hpp"
#include "stomp/heart_beat.hpp"

namespace mockbroker {

using client_id = std::uint64_t;

// What is known of a client when it has come.
struct client_info {
  bool websocket = false;
  std::string path;          // of its handshake
  std::string subprotocols;  // as it offered them
};

// Values for what a script leaves open, unlike in one script.
class value_source {
 public:
  std::string next() { return "ladder-" + std::to_string(++last_); }

 private:
  std::uint64_t last_ = 0;
};

class script_client {
 public:
  script_client(client_id id, client_info info, net::time_point now)
      : mark(now), id_(id), info_(std::move(info)), last_sent_(now) {}

  client_id id() const noexcept { return id_; }
  const client_info& info() const noexcept { return info_; }
  const std::string& version() const noexcept { return version_; }
  // The newest MESSAGE that was sent to it.
  const harness::ladder::wire_frame& last() const noexcept { return last_; }

  // Learns what later answers need: versions, beats, subscriptions, receipts.
  void note(const harness::ladder::wire_frame& said);
  // The frame that `e` says, with a value for everything it leaves open; variables get theirs in
  // `in`. A problem (a variable that cannot have one) is named.
  harness::ladder::wire_frame make(const harness::ladder::expect_step& e,
                                   harness::ladder::scope& in, value_source& values,
                                   std::int64_t civil_ms, std::string& problem);
  // Its octets; what it says is from now on known as sent.
  std::string send(const harness::ladder::wire_frame& f, bool on_wire, net::time_point now);
  void sent_beat(net::time_point now) { last_sent_ = now; }
  // When an LF is due, if CONNECTED promised them.
  std::optional<net::time_point> next_beat() const;

  std::deque<harness::ladder::arrival> waiting;  // what came and was not taken
  net::time_point mark;                          // since when `at` counts
  bool has_begun = false;                        // its `conn` line was reached
  bool has_left = false;                         // its end has come
  bool is_closed = false;                        // we have ended it
  client_choices choices;                        // where any client will do
  std::size_t unsaid_beats = 0;                  // sent as promised; no `< beat` has told them

 private:
  struct subscription {
    std::string id;
    std::string destination;
    bool is_acked = false;
  };
  std::string value_for(std::string_view name, const harness::ladder::expect_step& e,
                        const harness::ladder::wire_frame& so_far, value_source& values,
                        std::int64_t civil_ms) const;
  const subscription* subscription_of(const harness::ladder::wire_frame& message) const;
  std::vector<std::string_view> needed(const harness::ladder::expect_step& e) const;
  void agree_on_beats(std::string_view offered);

  client_id id_;
  client_info info_;
  std::string version_;
  std::string accepts_;  // versions of CONNECT
  stomp::heart_beat asks_;
  std::vector<subscription> subscriptions_;
  std::deque<std::string> receipts_;  // that were asked for and not sent
  harness::ladder::wire_frame last_;
  net::duration beats_{0};
  net::time_point last_sent_;
};

}  // namespace mockbroker
