// The client's end of one STOMP connection as a state machine: calls and octets in, effects out.
// Owned by one connection, single-threaded. Nothing blocks; receipts come back as effects.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stomp/dialect.hpp"
#include "stomp/heart_beat.hpp"
#include "stomp/parser.hpp"
#include "stomp/serializer.hpp"
#include "stomp/session_io.hpp"

namespace stomp {

struct client_options {
  dialect rules{};
  std::set<version> versions{version::v1_0, version::v1_1, version::v1_2};
  std::string host = "localhost";  // S-CON-2; empty: not sent
  std::optional<std::string> login{};
  std::optional<std::string> passcode{};
  heart_beat beats{milliseconds(0), milliseconds(0)};
  beat_grace grace{};
  std::vector<header> connect_headers{};  // further ones, after ours
  milliseconds connect_timeout{10000};    // CONNECT to CONNECTED (S-CON-1b)
  milliseconds disconnect_timeout{5000};  // DISCONNECT to its RECEIPT (S-DISC-1)
  std::size_t outstanding_receipts = 10000;
  length_policy length = length_policy::with_body;
};

class client_sink : public session_sink {
 public:
  // CONNECTED came; calls may be made now.
  virtual void connected(const frame& answer, version v) = 0;
  virtual void message(frame f) = 0;
  // The RECEIPT for something we sent. Others are reported as well: a broker may be wrong.
  virtual void receipt(std::string_view receipt_id) = 0;
  // An ERROR frame. The session goes on; a server that means it closes (S-ERR-2). Before
  // CONNECTED it ends the session.
  virtual void error(frame f) = 0;
};

enum class want_receipt { no, yes };

// What came of a call. With an error nothing was sent.
struct sent {
  std::error_code error;
  std::string receipt_id;  // the RECEIPT to wait for; empty when none was asked for
  std::string id;          // subscribe(): the subscription; begin(): the transaction
};

class client_session {
 public:
  client_session(client_options options, transport how, client_sink& sink);

  // Sends CONNECT; the connect timeout runs from `now`. Call once.
  std::error_code connect(time_point now);

  // As for server_session.
  void on_bytes(std::string_view bytes, time_point now);
  void on_message(std::string_view message, time_point now);
  void on_tick(time_point now);
  // We do not read for reasons of our own: the peer's silence until `now` is not its fault.
  void on_paused(time_point now) noexcept { schedule_.on_read(now); }
  void on_lost() noexcept { state_ = state::closed; }

  // Any client frame, for what the calls below do not cover. With `want`, a fresh receipt id is
  // added unless the frame has one. Before CONNECTED and after DISCONNECT: errc::not_connected.
  sent submit(frame f, want_receipt want, time_point now);

  sent send(std::string_view destination, std::string_view body, const std::vector<header>& more,
            want_receipt want, time_point now);
  // Ids are "sub-1", "sub-2", ... unless `more` has an `id`.
  sent subscribe(std::string_view destination, ack_mode mode, const std::vector<header>& more,
                 want_receipt want, time_point now);
  sent unsubscribe(std::string_view id, want_receipt want, time_point now);
  // Settle a received MESSAGE with the keys its version asks for (S-ACK-1): 1.2 its `ack`, 1.1
  // message-id and subscription, 1.0 message-id. nack() in 1.0: errc::unknown_command.
  // `transaction` may be empty.
  sent ack(const frame& message, std::string_view transaction, want_receipt want, time_point now);
  sent nack(const frame& message, std::string_view transaction, want_receipt want, time_point now);
  // Transactions are "tx-1", "tx-2", ...
  sent begin(want_receipt want, time_point now);
  sent commit(std::string_view transaction, want_receipt want, time_point now);
  sent abort(std::string_view transaction, want_receipt want, time_point now);
  // Sends DISCONNECT with a receipt and closes when it comes, or after the timeout (S-DISC-1).
  sent disconnect(time_point now);

  bool is_connected() const noexcept { return state_ == state::connected; }
  bool is_closed() const noexcept { return state_ == state::closed; }
  version negotiated() const noexcept { return version_.value_or(version::v1_0); }
  const beat_schedule& beats() const noexcept { return schedule_; }
  // Receipts asked for and not yet answered.
  const std::set<std::string, std::less<>>& outstanding() const noexcept { return outstanding_; }

 private:
  enum class state { fresh, connecting, connected, leaving, closed };

  void read(std::string_view& input, time_point now);
  void on_event(parse_event event, time_point now);
  void on_connected(frame f, time_point now);
  void on_frame(frame f);
  void on_receipt(const frame& f);
  void on_error(frame f);
  sent settle(std::string_view command, const frame& message, std::string_view transaction,
              want_receipt want, time_point now);
  sent transact(std::string_view command, std::string_view transaction, want_receipt want,
                time_point now);
  std::error_code write(const frame& f, time_point now);
  void close(const failure& why);
  void arm();

  client_options options_;
  transport transport_;
  client_sink& sink_;
  parser parser_;
  beat_schedule schedule_;
  wake_request wake_;
  state state_ = state::fresh;
  std::optional<version> version_;
  time_point deadline_ = time_point::max();  // of connecting or leaving
  std::set<std::string, std::less<>> outstanding_;
  std::string goodbye_;  // the receipt that ends the session
  std::uint64_t receipts_ = 0;
  std::uint64_t subscriptions_ = 0;
  std::uint64_t transactions_ = 0;
};

}  // namespace stomp
