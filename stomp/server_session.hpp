// The server's end of one STOMP connection as a state machine: octets and calls in, effects out.
// It negotiates, checks and keeps the beat; what a frame does is the caller's business. Owned by
// one connection, single-threaded; errors of the peer become ERROR frames and effects.
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
#include "stomp/server_checks.hpp"
#include "stomp/session_io.hpp"

namespace stomp {

// Why a frame or a connection is refused.
struct refusal {
  errc code = errc::rejected;
  std::string text;               // our words; peer text in it is bounded and escaped
  std::string subject{};          // the peer's text it is about, raw: a transaction, a command
  std::string detail{};           // body of the ERROR
  std::vector<header> more{};     // further headers of the ERROR
  std::optional<command> what{};  // of the refused frame, when known
};

// How the peer is told.
struct wording {
  enum class manner {
    keep,   // ERROR, and the connection goes on
    close,  // ERROR, then close
    drop,   // close without a word
  };
  manner how = manner::close;
  std::string message;
  std::string body{};
  std::vector<header> more{};
};

// How CONNECTED's heart-beat header comes about.
enum class beat_policy {
  fixed,   // server_options::beats
  mirror,  // the client's values swapped: take whatever it proposes (AMQ-HB-1); also the periods
};

struct server_options {
  dialect rules{};
  std::set<version> versions{version::v1_0, version::v1_1, version::v1_2};
  std::string server_name{};         // CONNECTED's `server`; empty: none
  std::string session_id{};          // CONNECTED's `session`; empty: none
  std::vector<std::string> hosts{};  // accepted `host` values; empty: any. A missing one is fine
  heart_beat beats{milliseconds(10000), milliseconds(10000)};
  beat_policy beat = beat_policy::fixed;
  beat_grace grace{};
  // Watch the peer in fixed intervals instead of `grace`; read periods are then multiplied by
  // grace.factor.
  bool periodic_beat_checks = false;
  milliseconds connect_timeout{30000};  // from the start to a complete CONNECT (S-CON-1)
  bool newline_after_frame = false;     // on a stream, LF after each NUL (AMQ-WS-3)
  length_policy length = length_policy::with_body;
  header_policy headers = header_policy::refuse;
  bool error_message_last = false;  // ERROR: content-type, receipt-id, message
  server_book::bounds bounds{};
  std::size_t pending_input = 64 * 1024;  // octets held while a login is checked
};

enum class login_verdict { accept, reject, in_use, later };  // in_use: its client-id is

class server_sink : public session_sink {
 public:
  // May this CONNECT in? `later`: call accept_login() or reject_login() when known.
  virtual login_verdict authenticate(const frame& connect) = 0;
  // CONNECTED is about to be sent; may change it.
  virtual void welcome(const frame& /*connect*/, frame& /*answer*/) {}
  // The words for a refusal, and whether it ends the connection. Nothing: its own text, and what
  // dialect::fatal says.
  virtual std::optional<wording> word(const refusal& /*why*/, version /*v*/) {
    return std::nullopt;
  }
  // CONNECTED was sent; `connect` is what the client wrote.
  virtual void connected(const frame& connect, version v) = 0;
  // A checked client frame, never CONNECT. Answer with receipt() once it is processed, or
  // refuse(). After DISCONNECT: receipt(), then finish().
  virtual void deliver(client_request request) = 0;
};

class server_session {
 public:
  // The connect timeout runs from `now`.
  server_session(server_options options, transport how, server_sink& sink, time_point now);

  // Octets of a stream.
  void on_bytes(std::string_view bytes, time_point now);
  // One whole message of a message transport; what its boundary means is the dialect's decision.
  void on_message(std::string_view message, time_point now);
  // The time asked for with wake_at() has come. Harmless when early.
  void on_tick(time_point now);
  // The peer is gone; no effect follows.
  void on_lost() noexcept { state_ = state::closed; }

  // The late verdict on a login.
  void accept_login(time_point now);
  void reject_login(time_point now);

  // Sends `f` in the negotiated version. An error means nothing was sent: the frame cannot be
  // expressed, or the session is not connected.
  std::error_code send(const frame& f, time_point now);
  // Answers the `receipt` header of `cause`, if it has one (S-RCPT-1).
  void receipt(const frame& cause, time_point now);
  // The application refuses `cause`: ERROR with receipt-id (S-RCPT-2, S-ERR-1). Ends the connection
  // when the sink's wording or the dialect says so.
  void refuse(const client_request& cause, refusal why, time_point now);
  // The octets of a whole frame that serialize() made for the negotiated version.
  void send_bytes(std::string bytes, payload kind, time_point now);
  // ERROR that concerns no frame, then close.
  void abort(const failure& why, time_point now);
  // Ends the connection in order, without ERROR.
  void finish();

  // How send() writes; for callers that make the octets for send_bytes().
  serialize_options output_options() const noexcept {
    return {negotiated(), options_.length, options_.headers};
  }
  bool is_connected() const noexcept { return state_ == state::connected; }
  bool is_closed() const noexcept { return state_ == state::closed; }
  // The negotiated version; 1.0 before that.
  version negotiated() const noexcept { return version_.value_or(version::v1_0); }
  const beat_schedule& beats() const noexcept { return schedule_; }
  const server_book& book() const noexcept { return book_; }
  // Octets held: a partial frame and input that waits for a verdict.
  std::size_t buffered() const noexcept { return parser_.buffered() + pending_.size(); }

 private:
  enum class state { waiting, checking, connected, leaving, closed };

  void read(std::string_view& input, time_point now, bool first_frame_only);
  void on_event(parse_event event, time_point now);
  void on_frame(frame f, time_point now);
  void on_early_frame(const frame& f, std::optional<command> what, time_point now);
  void on_connect(frame f, time_point now);
  void on_request(command what, frame f, time_point now);
  void welcome(time_point now);
  heart_beat our_beats(const heart_beat& theirs) const noexcept;
  void start_beats(const frame& connect, const heart_beat& theirs, time_point now);
  void refuse_version(const frame& connect, time_point now);
  // Tells the peer and closes when that is due; `must_close` overrides a wording that keeps.
  void say(refusal why, const frame* cause, bool must_close, time_point now);
  void send_error(frame error, time_point now);
  bool is_fatal(errc code) const noexcept;
  std::optional<heart_beat> read_beats(std::string_view text) const noexcept;
  void close(const failure& why);
  void write(std::string bytes, payload kind, time_point now);
  void arm();

  server_options options_;
  transport transport_;
  server_sink& sink_;
  parser parser_;
  server_book book_;
  beat_schedule schedule_;
  wake_request wake_;
  state state_ = state::waiting;
  std::optional<version> version_;
  time_point connect_deadline_;
  frame connect_;        // while its login is checked
  std::string pending_;  // input behind it
  std::uint64_t frames_ = 0;
};

}  // namespace stomp
