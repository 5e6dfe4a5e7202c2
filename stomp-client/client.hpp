// A headless STOMP client on a runtime: connects over ws, wss, stomp or stomp+ssl, keeps
// heart-beats, and hands over what comes as a queue of events. One task uses it at a time.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/runtime.hpp"
#include "net/tls.hpp"
#include "net/websocket.hpp"
#include "stomp-client/url.hpp"
#include "stomp/client_session.hpp"

namespace stomp_client {

struct options {
  stomp::client_options stomp;
  std::vector<std::string> subprotocols{"v12.stomp", "v11.stomp", "v10.stomp"};
  std::vector<net::header_field> handshake_headers;       // Authorization, Cookie, Origin
  std::shared_ptr<const net::tls_context> tls;            // needed for wss and stomp+ssl
  net::duration connect_time = std::chrono::seconds(10);  // TCP, TLS and the handshake
  // Events not yet taken; beyond, reading stops. While a receipt is waited for, ten times as many
  // may queue, and the connection ends beyond that.
  std::size_t queue_limit = 10000;
};

// What came from the broker.
struct event {
  enum class kind { connected, message, receipt, error, closed };
  kind what = kind::closed;
  stomp::frame frame;  // not for closed
  // closed: why, in words; the code of the WebSocket Close if there was one (1006: none came).
  std::string reason;
  std::uint16_t close_code = 0;
};

class client final : public stomp::client_sink {
 public:
  // Connects and sends CONNECT. The first event is `connected`, `error` or `closed`. On failure
  // `why` says what went wrong; an error of timed_out means the deadline.
  static net::task<net::result<std::unique_ptr<client>>> connect(net::runtime& rt, url to,
                                                                 options chosen, std::string& why);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() override;

  // Next event in order; after `closed` it is always `closed` again.
  net::task<event> next();
  // Next event that is the receipt `id`, an error or closed; messages before it stay queued.
  net::task<event> wait_receipt(std::string id);
  // For send, subscribe, ack, ...; give it now().
  stomp::client_session& session() noexcept { return session_; }
  net::time_point now() const { return rt_.now(); }
  // Octets below STOMP, for tests: a WebSocket message, or stream octets.
  void send_raw(std::string bytes, stomp::payload kind) { send(std::move(bytes), kind); }
  // DISCONNECT with a receipt, bounded wait, orderly close. Messages that still come are dropped.
  net::task<void> disconnect(net::duration limit);
  std::size_t queued_output() const;

 private:
  client(net::runtime& rt, options chosen, stomp::transport how);
  void start();
  net::task<void> read_stream();
  net::task<void> read_messages();
  net::task<void> wait_for_room();
  bool has_room() const;
  void flush();
  void push(event e);
  void finish(std::string reason, std::uint16_t code);

  // stomp::client_sink
  void send(std::string bytes, stomp::payload kind) override;
  void close(const stomp::failure& why) override;
  void wake_at(stomp::time_point when) override;
  void connected(const stomp::frame& answer, stomp::version v) override;
  void message(stomp::frame f) override;
  void receipt(std::string_view receipt_id) override;
  void error(stomp::frame f) override;

  net::runtime& rt_;
  options options_;
  stomp::client_session session_;
  std::unique_ptr<net::stream> stream_;  // stomp, stomp+ssl
  std::string output_;
  bool writing_ = false;
  std::unique_ptr<net::websocket> socket_;  // ws, wss
  std::unique_ptr<net::timer> timer_;
  std::deque<event> events_;
  net::event changed_;
  net::event room_;
  unsigned awaiting_ = 0;  // calls that need more input whatever is queued
  bool paused_ = false;    // not reading, for want of room
  bool leaving_ = false;
  bool closed_ = false;
  bool closing_ = false;
  std::string close_reason_;
  event last_;
  net::task_group reading_;
};

}  // namespace stomp_client
