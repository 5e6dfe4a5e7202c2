// The message broker as a state machine: calls with the time in, effects on `output` out. Purely
// in memory, single-threaded, no clock, socket or file. A shell drives it over TCP and WebSocket:
//
//   id = on_open(...)            accepted (WebSocket: after the handshake)
//   on_bytes / on_message        what the peer sent; ask should_stall() before reading more
//   on_tick                      when the time of output::wake_at() has come
//   on_writable                  the output queue that send() reported full has drained
//   on_closed                    the connection is gone, whoever ended it; exactly once
//
// The same calls with the same times and seed give the same effects, octet by octet.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/connection.hpp"
#include "mockbroker/broker/state.hpp"
#include "mockbroker/broker/types.hpp"

namespace mockbroker {

class broker {
 public:
  // `effects` outlives the broker.
  broker(broker_options options, output& effects);
  ~broker();
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  // Connections. Calls for an id that is gone do nothing.
  connection_id on_open(open_info info, time_point now);
  void on_bytes(connection_id id, std::string_view bytes, time_point now);
  void on_message(connection_id id, std::string_view message, stomp::payload kind, time_point now);
  void on_tick(connection_id id, time_point now);
  void on_writable(connection_id id, time_point now);
  void on_closed(connection_id id, time_point now);
  // Whether the shell must not read this connection for now, because stored messages are at their
  // limit and it only makes more (others must be read: their ACKs free memory). Ask again at
  // output::memory_freed().
  bool should_stall(connection_id id) const;

  // Management, for consoles, the control API and tests.
  outcome create_destination(std::string_view name);
  outcome remove_destination(std::string_view name, time_point now);
  outcome purge(std::string_view name, time_point now);
  // Stores a message as another client would.
  outcome publish(std::string_view destination, std::string_view body,
                  const std::vector<stomp::header>& headers, time_point now);
  // Sends ERROR with `text` and closes.
  outcome close_connection(connection_id id, std::string_view text, time_point now);
  std::vector<destination_info> destinations() const;  // by name
  std::vector<connection_info> connections() const;    // by id
  // Waiting messages of a queue as MESSAGE frames, oldest first, at most `limit`.
  std::vector<stomp::frame> browse(std::string_view queue, std::size_t limit) const;
  const broker_counters& counters() const noexcept { return state_.counters; }
  std::size_t memory_used() const noexcept { return state_.account.used; }
  const broker_options& options() const noexcept { return state_.options; }

 private:
  // One call from outside. What it leaves behind is tidied when the outermost one ends.
  class turn {
   public:
    turn(broker& owner, time_point now) : owner_(owner), now_(now) { ++owner_.depth_; }
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    broker& owner_;
    time_point now_;
  };
  void tidy(time_point now);
  connection* find(connection_id id) noexcept;
  void drop(connection_id id, time_point now);
  void check_memory();

  broker_state state_;
  std::map<connection_id, std::unique_ptr<connection>> connections_;
  connection_id last_connection_ = 0;
  unsigned depth_ = 0;               // calls that are running
  std::vector<connection_id> gone_;  // closed from inside one of them
  bool is_full_ = false;
};

}  // namespace mockbroker
