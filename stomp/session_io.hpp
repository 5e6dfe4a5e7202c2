// What both ends of a STOMP connection share: the outlet, and one wake-up at a time.
#pragma once

#include <string>

#include "stomp/error.hpp"
#include "stomp/heart_beat.hpp"

namespace stomp {

// How octets travel. A message transport (WebSocket) carries one frame in each message we send.
enum class transport { stream, messages };

// What the octets of one send() are, for a message transport: text where every receiver gets
// them right, binary when the body is not UTF-8 (MIX-1). Always text on a stream.
enum class payload { text, binary };

// Effects of a session, common part. Called from inside the session's methods; an implementation
// may call back into the session's sending methods, but must not destroy the session.
class session_sink {
 public:
  virtual ~session_sink() = default;
  // One whole frame, or exactly "\n" (HB-6).
  virtual void send(std::string bytes, payload kind) = 0;
  // Write out what was sent, then end the connection. Called once; nothing follows it. A code of
  // errc::disconnected is a good end.
  virtual void close(const failure& why) = 0;
  // Call on_tick() at `when` or soon after. Replaces earlier requests; it never moves a request to
  // later, on_tick() then simply asks again.
  virtual void wake_at(time_point when) = 0;
};

// Remembers the one wake-up that was asked for, so that a busy connection does not re-arm a timer
// for every frame.
class wake_request {
 public:
  void need(time_point when, session_sink& sink) {
    if (when >= armed_) return;
    armed_ = when;
    sink.wake_at(when);
  }
  void fired() noexcept { armed_ = time_point::max(); }

 private:
  time_point armed_ = time_point::max();
};

}  // namespace stomp
