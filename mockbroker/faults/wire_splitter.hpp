// Cuts one direction of a connection into pieces: HTTP heads, WebSocket messages, STOMP frames. It
// judges nothing: what is no HTTP, WebSocket or STOMP comes out as octets. Any split of the input
// gives the same pieces. Pure; one for each direction of a connection.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "mockbroker/faults/wire_unit.hpp"
#include "stomp/parser.hpp"
#include "ws/header.hpp"

namespace mockbroker {

class wire_splitter {
 public:
  enum class protocol {
    stomp,  // STOMP from the first octet
    http,   // HTTP, which may become WebSocket
  };
  wire_splitter(way direction, protocol begins_with);

  // Reads all of `octets`. Pieces wait in take().
  void feed(std::string_view octets);
  // The oldest complete piece.
  std::optional<wire_piece> take();
  // Octets of the piece that is not complete; they are in no piece that was taken.
  std::size_t held() const noexcept { return held_.size() + message_wire_.size(); }
  // Gives up waiting for the rest of the piece in progress: its octets come out as they are. For
  // the end of the stream, and for pieces that are too long to keep.
  std::optional<wire_piece> give_up();

  // The version that CONNECTED names; the other direction learns it from here.
  void set_version(stomp::version v) noexcept;
  // Whether WebSocket frames follow the heads.
  bool is_websocket() const noexcept { return mode_ == mode::websocket; }
  bool is_stomp() const noexcept { return mode_ == mode::stomp; }
  // The other side answered the upgrade with something else than 101.
  void upgrade_refused();

 private:
  enum class mode { stomp, head, body, websocket, opaque };

  void read(std::string_view& input);
  void read_head(std::string_view& input);
  void end_head();
  void read_body(std::string_view& input);
  void read_websocket(std::string_view& input);
  void end_ws_frame();
  void end_message();
  void read_stomp(std::string_view& input);
  // Frames, beats and rests of `text` as units of `into`.
  void read_units(std::string_view text, bool binary, wire_piece& into);
  void add_event(stomp::parse_event event, std::string raw, bool binary, wire_piece& into);
  void emit(wire_piece piece);
  void emit_octets(std::string octets, std::string why);

  way direction_;
  mode mode_;
  std::string held_;           // wire octets of the piece in progress
  std::size_t body_left_ = 0;  // of an HTTP message
  // WebSocket frame in progress and the message it belongs to.
  ws::header_decoder header_;
  std::optional<ws::frame_header> current_;
  std::uint64_t payload_left_ = 0;
  std::string payload_;       // unmasked, of the frame in progress
  std::string message_;       // payload of the frames before
  std::string message_wire_;  // their octets on the wire
  bool message_binary_ = false;
  bool in_message_ = false;

  stomp::parser parser_;
  std::string stomp_raw_;      // octets the parser has taken since the last event
  bool began_before_ = false;  // the frame in progress, in an earlier WebSocket message
  std::optional<stomp::version> version_;
  std::deque<wire_piece> ready_;
};

}  // namespace mockbroker
