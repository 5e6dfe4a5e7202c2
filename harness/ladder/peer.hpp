// One connection of a ladder: raw octets out, wire frames in. Not for use outside this room.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "harness/ladder/runner.hpp"
#include "ws/message_reader.hpp"

namespace harness::ladder {

// Takes frames off the front of `input` as they are on the wire, without unescaping. Heart-beats
// are counted and dropped.
class wire_splitter {
 public:
  void feed(std::string_view octets, std::deque<wire_frame>& into);
  std::size_t beats() const noexcept { return beats_; }
  const std::string& rest() const noexcept { return rest_; }

 private:
  std::string rest_;
  std::size_t beats_ = 0;
};

class peer {
 public:
  peer(net::runtime& rt, std::unique_ptr<net::stream> connection, const run_options& options);
  ~peer();
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  // WebSocket: the opening handshake. False when it was refused.
  net::task<bool> shake_hands(std::string host);
  // Starts to read; once, after the handshake.
  void listen();
  // Queues one message; what is queued goes out with flush().
  void say(std::string_view octets, ws::opcode op);
  net::task<void> flush();
  void hang_up();

  bool has_ended() const noexcept { return ended_; }
  unsigned close_code() const noexcept { return close_code_; }
  std::deque<wire_frame>& frames() noexcept { return frames_; }
  const std::vector<wire_frame>& seen() const noexcept { return seen_; }
  // Waits until `count` frames are there, the end, or `until`.
  net::task<void> wait_frames(std::size_t count, net::time_point until);

 private:
  net::task<void> read_loop();
  void take(std::string_view octets);
  void keep(std::string_view octets);

  net::runtime& rt_;
  std::unique_ptr<net::stream> connection_;
  run_options options_;
  std::vector<std::string> output_;
  std::string input_;
  ws::message_reader reader_;
  wire_splitter splitter_;
  std::deque<wire_frame> frames_;
  std::vector<wire_frame> seen_;
  bool ended_ = false;
  unsigned close_code_ = 0;
  net::event changed_;
  net::task_group reading_;
};

}  // namespace harness::ladder
