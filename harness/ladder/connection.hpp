// One client connection of a row: TCP, WebSocket, or plain octets on the WebSocket port. What comes
// is kept, with its time, until the row asks for it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/ladder/arrival.hpp"
#include "harness/ladder/model.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"
#include "ws/message_reader.hpp"

namespace harness::ladder {

struct address {
  std::string host;                                       // IPv6 without brackets
  std::uint16_t port = 0;                                 // 0: there is none
  std::shared_ptr<const net::tls_context> tls = nullptr;  // null: no TLS
};

class connection {
 public:
  struct options {
    bool websocket = false;
    bool http = false;  // with websocket: no handshake, octets
    std::string path = "/";
    std::string subprotocol = "v12.stomp";  // empty: none is offered
    std::vector<std::pair<std::string, std::string>> headers;
  };

  // Connects and shakes hands; nothing with a reason in `why` when that fails.
  static net::task<std::unique_ptr<connection>> open(net::runtime& rt, address to, options how,
                                                     std::string& why);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  bool is_websocket() const noexcept { return how_.websocket && !how_.http; }

  // One STOMP text: on TCP its octets, on WebSocket one text message. With `split` octet by octet,
  // as single writes or as fragments.
  net::task<void> send(std::string octets, bool split);
  // Octets as they are, below WebSocket.
  net::task<void> write(std::string octets, bool split);
  // A WebSocket frame; masked unless told otherwise.
  void append_frame(std::string& out, std::uint8_t opcode, std::string_view payload, bool fin,
                    bool masked = true);
  // Unlike those before.
  ws::mask_key new_mask();
  // Our end: a Close with `code` (0: none), then FIN.
  net::task<void> close(std::uint16_t code, std::string reason);
  void end_writing() { stream_->shutdown_write(); }
  void reset() noexcept { stream_->reset(); }

  // The oldest arrival that was not taken; waits until `deadline`. Nothing when none came.
  net::task<std::optional<arrival>> next(net::time_point deadline);
  void put_back(arrival a) { arrivals_.push_front(std::move(a)); }
  // Waits until `when`; what comes meanwhile is kept.
  const std::deque<arrival>& waiting() const noexcept { return arrivals_; }

  std::string version;   // as CONNECTED said; empty before
  wire_frame last;       // the newest MESSAGE that a row took
  net::time_point mark;  // since when `at` counts
  std::string unsent;    // delivery joined: octets that wait for company

 private:
  connection(net::runtime& rt, std::unique_ptr<net::stream> stream, options how);
  net::task<bool> shake_hands(const std::string& authority, std::string& why);
  net::task<void> read_all();
  void on_octets(std::string_view octets);
  void on_message(const ws::message& m);
  void on_control(const ws::control& c);
  void read_stomp(std::string_view octets);
  void read_head(std::string_view octets);
  void arrived(arrival a);

  net::runtime& rt_;
  std::unique_ptr<net::stream> stream_;
  options how_;
  ws::message_reader messages_;
  wire_reader frames_;
  std::string head_;
  bool closed_ = false;
  std::optional<net::time_point> frame_end_;  // of the last frame, until its LF or another octet
  std::deque<arrival> arrivals_;
  net::event news_;
  net::task_group reading_;
};

}  // namespace harness::ladder
