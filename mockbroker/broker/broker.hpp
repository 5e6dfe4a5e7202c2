// The message broker as a state machine: calls with the time in, effects on `output` out. Purely
// in memory, single-threaded, no clock, socket or file. A shell drives it over TCP and WebSocket:
//
//   id = on_open(...)            accepted (WebSocket: after the handshake)
//   on_bytes / on_message        what the peer sent; ask should_stall() before reading more
//   on_tick                      when the time of output::wake_at() has come
//   on_sweep                     when the time of output::sweep_at() has come
//   on_writable                  the output queue that send() reported full has drained
//   on_closed                    the connection is gone, whoever ended it; exactly once
//
// The same calls with the same times and seed give the same effects, octet by octet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/connection.hpp"
#include "mockbroker/broker/listener.hpp"
#include "mockbroker/broker/management.hpp"
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
  void on_sweep(time_point now);
  void on_writable(connection_id id, time_point now);
  void on_closed(connection_id id, time_point now);
  // Whether the shell must not read this connection for now, because stored messages are at their
  // limit and it only makes more (others must be read: their ACKs free memory). What has begun to
  // come is read to its end unless the messages alone fill the memory: only their going frees it.
  // Ask again at output::memory_freed().
  bool should_stall(connection_id id) const;

  // Management, for consoles, the control API and tests. Names of destinations are what clients
  // write ("/queue/a") or a destination_name.
  destination_name parse_name(std::string_view text) const;
  outcome create_destination(std::string_view name, time_point now);
  outcome create_destination(const destination_name& name, time_point now);
  outcome remove_destination(std::string_view name, time_point now);
  outcome remove_destination(const destination_name& name, time_point now);
  outcome purge(std::string_view name, time_point now);
  outcome purge(const destination_name& name, time_point now);
  outcome pause(const destination_name& queue, bool paused, time_point now);
  // Stores a message as another client would: `headers` are those of a SEND. `id`, when given,
  // gets the message's id.
  outcome publish(std::string_view destination, std::string_view body,
                  const std::vector<stomp::header>& headers, time_point now,
                  std::string* id = nullptr);
  // Removes a message from a queue, also from a consumer's hands.
  outcome remove_message(const destination_name& queue, std::string_view message_id,
                         time_point now);
  // Copies or moves one; `original-destination` then says where it was.
  outcome copy_message(const destination_name& from, std::string_view message_id,
                       const destination_name& to, time_point now);
  outcome move_message(const destination_name& from, std::string_view message_id,
                       const destination_name& to, time_point now);
  // Moves a dead letter back to where it came from.
  outcome retry_message(const destination_name& from, std::string_view message_id, time_point now);
  // A durable subscription for a client that is not there. `selector` may be empty; a bad one is
  // bad_name.
  outcome create_durable(const std::string& client_id, const std::string& name,
                         const std::string& topic, const std::string& selector, time_point now);
  // has_consumers: it is active.
  outcome remove_durable(const std::string& client_id, const std::string& name, time_point now);
  // Consumers inside the process (listener.hpp). `id` names the new one; of one that is gone,
  // nothing is taken and nothing happens.
  outcome open_listener(listener_options options, time_point now, connection_id& id);
  std::optional<taken_message> take(connection_id id, time_point now);
  void settle(connection_id id, std::uint64_t number, time_point now);
  void give_back(connection_id id, std::uint64_t number);
  void close_listener(connection_id id, time_point now);
  // Sends ERROR with `text` and closes.
  outcome close_connection(connection_id id, std::string_view text, time_point now);
  // Sets the counters of all destinations to zero.
  void reset_statistics();

  std::vector<destination_info> destinations() const;  // by kind and name
  std::optional<destination_info> find_destination(const destination_name& name) const;
  std::vector<connection_info> connections() const;  // by id
  // All of them, also of listeners, then the durable ones that are offline.
  std::vector<subscription_info> subscriptions() const;
  // Shows `look` the waiting messages of a queue, oldest first, until it returns false; those that
  // consumers hold (`is_held`) first when `held` is set. Null `filter`: all. `look` must not call
  // back.
  using message_look = std::function<bool(const queue_entry&, bool is_held)>;
  void for_each_message(const destination_name& queue, bool held, const selector* filter,
                        const message_look& look) const;
  // At most `limit` of those, copied.
  std::vector<message_info> messages(const destination_name& queue, std::size_t limit,
                                     bool held = true, const selector* filter = nullptr) const;
  std::optional<message_info> find_message(const destination_name& queue,
                                           std::string_view message_id) const;
  // Waiting messages as MESSAGE frames.
  std::vector<stomp::frame> browse(std::string_view queue, std::size_t limit) const;
  const broker_counters& counters() const noexcept { return state_.counters; }
  // How often headers or a mended body of a MESSAGE were written out: once for each message and
  // version, however many receive it.
  std::uint64_t serialised() const noexcept { return state_.account.serialised; }
  std::size_t memory_used() const noexcept { return state_.memory_used(); }
  const broker_options& options() const noexcept { return state_.options; }
  // "ID:name-1-1700000000000-0:1", or empty where the product has none.
  std::string broker_id() const { return state_.expand("{stem}-0:1", 0); }

 private:
  // One call from outside. What it leaves behind is tidied when the outermost one ends.
  class turn {
   public:
    turn(broker& owner, time_point now) : owner_(owner), now_(now) {
      ++owner_.depth_;
      owner_.state_.destinations.set_time(owner_.state_.wall_ms(now));
    }
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
  // A tenth of the limit between "full" and "free" keeps producers from stopping and starting
  // with every message.
  struct watermark {
    bool is_full = false;
    // True when it is free again.
    bool update(std::size_t used, std::size_t limit) noexcept {
      const bool was = is_full;
      is_full = used >= limit || (was && used >= limit - limit / 10);
      return was && !is_full;
    }
  };
  void plan_sweep(time_point now);
  outcome reroute_message(const message& m, const destination_name& to,
                          const std::string& from_text);
  destination_info describe(const destination& d) const;

  broker_state state_;
  std::map<connection_id, std::unique_ptr<connection>> connections_;
  std::map<connection_id, std::unique_ptr<listener>> listeners_;
  connection_id last_connection_ = 0;
  unsigned depth_ = 0;               // calls that are running
  std::vector<connection_id> gone_;  // closed from inside one of them
  watermark stored_;                 // messages
  watermark crowded_;                // messages and parts of frames
  bool sweep_planned_ = false;
  std::size_t had_stored_ = 0;
};

}  // namespace mockbroker
