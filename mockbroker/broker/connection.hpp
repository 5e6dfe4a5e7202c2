// One client of the broker: its session, subscriptions and transactions. Owned by the broker.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mockbroker/broker/management.hpp"
#include "mockbroker/broker/state.hpp"
#include "mockbroker/broker/subscription.hpp"
#include "mockbroker/broker/temporary_names.hpp"
#include "stomp/server_session.hpp"

namespace mockbroker {

// How a client came.
struct open_info {
  stomp::transport how = stomp::transport::stream;
  std::string remote{};  // for people: "127.0.0.1:5000"
  // Caps the version to an agreed subprotocol (S-VER-3).
  std::set<stomp::version> versions{stomp::version::v1_0, stomp::version::v1_1,
                                    stomp::version::v1_2};
};

class connection final : public stomp::server_sink, public consumer_port {
 public:
  connection(broker_state& shared, connection_id id, open_info info, time_point now);
  ~connection() override;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void on_bytes(std::string_view bytes, time_point now);
  void on_message(std::string_view text, stomp::payload kind, time_point now);
  void on_tick(time_point now);
  // The shell's queue has room again.
  void on_writable(time_point now);
  // The peer is gone: everything it held goes back.
  void on_lost(time_point now);
  // The broker's operator ends it with an ERROR.
  void end(const stomp::failure& why, time_point now);

  connection_info info() const;
  connection_facts facts() const;
  // Whether reading it while memory is short would only make things worse: it produces, and it
  // holds nothing that an ACK of it could free.
  bool is_pure_producer() const noexcept;
  // Whether a part of a frame has come. Only the rest of it frees the memory it takes.
  bool is_in_mid_frame() const noexcept { return partial_ != 0; }
  // Whether the queue it sent to last is at its own limit.
  bool is_over_limit() const noexcept;

 private:
  struct operation {
    stomp::command what = stomp::command::send;
    message_ptr m{};                     // send
    std::vector<destination_name> to{};  // send
    std::uint64_t subscription = 0;      // ack, nack
    std::uint64_t number = 0;            // ack, nack: the delivery
  };
  struct transaction {
    std::uint64_t id = 0;
    std::vector<operation> work;
  };
  struct held {
    subscription* s = nullptr;
    std::uint64_t number = 0;
  };

  // Destinations as this connection writes them.
  struct resolved {
    std::vector<destination_name> names{};
    std::string text{};           // of all, for `original-destination` of a composite
    std::string missing{};        // a temporary one whose connection is gone, as URI
    outcome why = outcome::done;  // else `names` is empty
  };

  // stomp::server_sink
  void send(std::string bytes, stomp::payload kind) override;
  void close(const stomp::failure& why) override;
  void wake_at(time_point when) override;
  stomp::login_verdict authenticate(const stomp::frame& connect) override;
  void welcome(const stomp::frame& connect, stomp::frame& answer) override;
  std::optional<stomp::wording> word(const stomp::refusal& why, stomp::version v) override;
  void connected(const stomp::frame& connect, stomp::version v) override;
  void deliver(stomp::client_request request) override;
  // consumer_port
  bool is_writable() const noexcept override { return writable_; }
  void take_message(subscription& to, destination& from, queue_entry entry,
                    std::uint64_t number) override;
  void end_browse(subscription& to) override;

  // One function a command: connection_requests.cpp, connection_subscribe.cpp.
  void handle(stomp::client_request& request);
  bool has_what_it_needs(const stomp::client_request& request);
  void handle_send(stomp::client_request& request);
  void handle_subscribe(stomp::client_request& request);
  void handle_unsubscribe(stomp::client_request& request);
  void handle_settle(stomp::client_request& request);
  void handle_begin(stomp::client_request& request);
  void handle_commit(stomp::client_request& request);
  void handle_abort(stomp::client_request& request);
  void refuse(const stomp::client_request& request, stomp::refusal why);
  void refuse(const stomp::client_request& request, stomp::errc code, std::string text);
  void receipt(const stomp::client_request& request) { session_.receipt(request.f, now_); }

  message_ptr make_message(stomp::frame f, message_facts facts, const resolved& where);
  bool read_map(const stomp::client_request& cause, stomp::frame& f,
                std::shared_ptr<const sent_body>& map);
  // Sets `open` to the transaction that `request` names, or null when it names none. False: it
  // was refused, because there is no such transaction or it has no room.
  bool find_transaction(const stomp::client_request& request, transaction*& open);
  bool may_settle(const stomp::client_request& request, const held& target, bool in_transaction);
  void apply(operation& op);
  void settle(subscription& s, std::uint64_t number, stomp::command what);
  void settle_later(transaction& in, held target, stomp::command what);
  void note_partial();
  bool breaks_on_id(const stomp::frame& ack) const;
  bool is_orphan(const held& h) const;
  std::string describe_ack(const held& h) const;
  held find_held(const stomp::frame& ack) const;
  subscription* find_subscription(std::uint64_t id) const noexcept;
  std::string ack_key(const subscription& s, std::string_view message_id, std::uint64_t number);
  void forget_key(const std::string& key, std::uint64_t number);

  // connection_names.cpp
  resolved resolve(std::string_view text);
  // Makes those that are not there.
  outcome open_all(const resolved& where);
  // Nothing when the connection has too many.
  std::optional<destination_name> own_temporary(const parsed_name& p);
  // The connection that a destination dies with; 0 for one that lasts.
  std::uint64_t owner_of(const destination_name& d) const;
  std::string show(const destination_name& d) const;
  // A `reply-to` as this connection writes it.
  std::string show_reply(std::string_view text) const;
  outcome resolve_reply(stomp::frame& f, sent_message& m);
  void refuse_destination(const stomp::client_request& request, std::string_view text, outcome why);
  bool refuse_missing(const stomp::client_request& request, const resolved& where);

  subscription_options read_options(const stomp::client_request& request, bool is_topic) const;
  bool read_selector(const stomp::client_request& request, subscription& s);
  bool attach_durable(const stomp::client_request& request, subscription& s);
  void unsubscribe_durable(const stomp::client_request& request, const std::string& name);
  void drop_subscription(subscription& s);
  void tell_consumer(const subscription& s, bool added);
  void release();
  std::string client_id() const;
  stomp::server_options session_options(const open_info& info) const;

  broker_state& shared_;
  connection_id id_;
  open_info info_;
  time_point opened_;
  time_point now_;  // of the call that is running
  bool writable_ = true;
  bool closed_ = false;
  std::string login_;
  std::string client_id_;
  std::string session_text_;
  std::string message_prefix_;
  std::string ack_prefix_;
  std::string temporary_prefix_;
  std::uint64_t frames_in_ = 0;
  std::uint64_t sends_ = 0;
  std::uint64_t messages_out_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t last_subscription_ = 0;
  std::uint64_t last_temporary_ = 0;
  std::uint64_t last_transaction_ = 0;
  std::size_t partial_ = 0;       // octets of it in broker_state::partial
  destination_name last_target_;  // of SEND
  std::map<std::uint64_t, std::unique_ptr<subscription>> subscriptions_;  // by id: oldest first
  std::map<std::string, subscription*, std::less<>> by_key_;              // the newest of that key
  // How ACK names a delivery -> the delivery. In 1.0 two subscriptions may share a name.
  std::unordered_multimap<std::string, held> held_;
  // Ack ids of subscriptions that ended: an ACK of one says yes and does nothing (ActiveMQ).
  std::set<std::string, std::less<>> late_;
  std::map<std::string, transaction, std::less<>> transactions_;
  temporary_names temporaries_;
  stomp::server_session session_;  // last: its constructor already asks for a wake-up
};

}  // namespace mockbroker
