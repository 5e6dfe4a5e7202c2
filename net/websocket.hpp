// WebSocket over a stream (RFC 6455): whole messages in and out, pings answered, closing handshake.
// Used by servers (mockbroker) and clients; the frame rules live in ws/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_types.hpp"
#include "net/runtime.hpp"
#include "ws/close.hpp"
#include "ws/message_reader.hpp"

namespace net {

class websocket {
 public:
  // `early` holds octets that came behind the handshake.
  websocket(runtime& rt, std::unique_ptr<stream> connection, const ws::reader_options& options,
            std::string early);
  ~websocket();

  // Next text or binary message. errc::end_of_stream after a closing handshake,
  // errc::connection_lost without one, errc::bad_message when the peer broke RFC 6455 (it was told
  // with a Close). Only one receive at a time; sends may go on meanwhile.
  task<result<ws::message>> receive();
  // Queues one message as one frame; never waits. queued() tells how much is not yet written.
  void send(ws::opcode op, std::string_view payload);
  void send_ping(std::string_view payload);
  // Queues a Close (once); nothing can be sent after it.
  void send_close(std::uint16_t code, std::string_view reason);
  // Octets that wait for the socket.
  std::size_t queued() const noexcept;
  // Called (later) whenever queued() has fallen to zero.
  void on_drained(std::function<void()> f);
  // Waits until everything queued is written, or the connection fails.
  task<std::error_code> drain();
  // Sends Close if none was sent, waits for the peer's and for its FIN at most `limit`, ends TCP.
  // What comes meanwhile is dropped, so that our Close is not lost to a reset.
  task<void> close(std::uint16_t code, std::string_view reason, duration limit);
  // What the peer's Close said; 1005 without a code, 1006 when there was none.
  const ws::close_info& peer_close() const noexcept { return peer_close_; }
  stream& connection() noexcept { return *connection_; }

 private:
  std::optional<ws::mask_key> mask();
  void write(ws::opcode op, std::string_view payload);
  void flush();
  result<ws::message> take(ws::read_event event, bool& finished);

  runtime& rt_;
  std::unique_ptr<stream> connection_;
  ws::role role_;
  ws::message_reader reader_;
  std::string input_;
  std::size_t used_ = 0;  // octets of input_ already read
  unsigned reads_ = 0;    // in a row, without waiting
  std::string output_;
  std::error_code write_error_;
  std::function<void()> drained_;
  std::unique_ptr<event> emptied_;
  bool close_sent_ = false;
  ws::close_info peer_close_{1006, {}};
};

// Server: checks the handshake (W-HS-1..3). Status 0 means fine, else what to answer with.
struct handshake_check {
  int status = 0;
  std::string detail;
};
handshake_check check_websocket_request(const http_request& request);
// The 101 for a valid request; `subprotocol` empty: none.
http_response make_websocket_response(const http_request& request, std::string_view subprotocol);

struct websocket_client_options {
  std::string host;  // Host header, "localhost:61614"
  std::string target = "/";
  std::vector<std::string> subprotocols;
  std::vector<header_field> headers;  // further request headers (Authorization, Cookie, Origin)
  std::uint64_t max_message = 100 * 1024 * 1024;
  duration handshake_time = std::chrono::seconds(10);
};
struct websocket_connection {
  std::unique_ptr<websocket> socket;
  std::string subprotocol;  // empty: none was agreed
};
// Client handshake over `connection` (W-HS-4, W-HS-5). On a refusal `why` names it (may be null).
task<result<websocket_connection>> websocket_connect(runtime& rt,
                                                     std::unique_ptr<stream> connection,
                                                     websocket_client_options options,
                                                     std::string* why);

}  // namespace net
