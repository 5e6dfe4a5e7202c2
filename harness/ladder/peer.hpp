// The client's end of one connection, over TCP or WebSocket, for ladders: writes what it is told,
// right or wrong, and keeps what comes with the time it came.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/ladder/wire_frame.hpp"
#include "net/runtime.hpp"
#include "ws/message_reader.hpp"

namespace harness::ladder {

enum class transport { tcp, ws };
enum class delivery {
  as_written,  // a write for each line
  split,       // TCP: octet by octet; WebSocket: continuation frames of one octet
  joined,      // lines that follow each other go out in one write
};

struct arrival {
  enum class kind {
    frame,
    beat,
    pong,   // frame.body
    head,   // of an HTTP answer: code, and frame.headers
    ended,  // code: of the peer's Close, 1006 without one; frame.body: its reason
  };
  kind what = kind::frame;
  wire_frame frame;
  int code = 0;
  net::time_point at;
};
std::string to_text(const arrival& a);

struct handshake {
  std::string path = "/";
  std::string host;
  std::string offer;  // Sec-WebSocket-Protocol; empty: none
  std::vector<std::pair<std::string, std::string>> headers;
};
struct handshake_answer {
  int status = 0;  // 0: the connection ended before
  std::string agreed;
};

class peer {
 public:
  // `changed` is set whenever something arrived; `log` gets a line for all that passes. Both
  // outlive the peer.
  peer(net::runtime& rt, transport over, delivery how, bool newline_follows, net::event& changed,
       std::function<void(std::string)> log);
  ~peer();

  // False when nobody listens.
  net::task<bool> connect(net::endpoint to);
  // After connect(). The caller sets the deadline.
  net::task<handshake_answer> upgrade(handshake what);
  // Begins to read: STOMP, or the head of an HTTP answer.
  void start(bool http);

  void write_frame(std::string octets) { write(std::move(octets), 1); }
  // One message: TCP takes the octets as they are.
  void write(std::string octets, int opcode);
  void write_part(int opcode, bool fin, int rsv, bool masked, std::string_view payload);
  // FIN after what was written; WebSocket: a Close, bare when `code` is 0.
  void write_close(int code, std::string_view reason);
  // Joined lines go out now.
  void flush();
  // The connection ends at once; nothing arrives any more.
  void drop();

  std::deque<arrival> arrivals;
  std::string version;  // that CONNECTED told; empty before
  bool is_open() const noexcept { return open_; }
  net::time_point opened() const noexcept { return opened_; }

 private:
  net::task<void> read_loop(bool http);
  net::task<void> write_loop();
  void take(std::string_view octets, bool http);
  void take_stomp(std::string_view octets);
  void take_message(ws::read_event event);
  void take_head(std::string_view octets);
  void add(arrival a);
  void queue(std::string octets);
  void queue_pieces(std::string octets);

  net::runtime& rt_;
  transport over_;
  delivery how_;
  net::event& changed_;
  std::function<void(std::string)> log_;
  std::unique_ptr<net::stream> stream_;
  net::event work_;
  std::deque<std::string> output_;
  std::string joined_;
  bool end_after_output_ = false;
  bool open_ = false;
  bool close_sent_ = false;
  int close_code_ = 1006;
  std::string close_reason_;
  std::string early_;
  std::string head_;
  net::time_point opened_;
  frame_reader frames_;
  ws::message_reader messages_;
  net::task_group tasks_;
};

}  // namespace harness::ladder
