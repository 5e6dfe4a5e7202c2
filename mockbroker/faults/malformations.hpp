// The catalogue of broken input: named ways to write a frame so that a careful reader refuses it,
// and a few that are unusual but right, which it must take. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stomp/frame.hpp"
#include "ws/header.hpp"

namespace mockbroker {

// What a malformation needs to know of the connection it is written to.
struct malform_context {
  bool to_broker = true;   // who reads it: frames to a broker are masked on WebSocket
  bool websocket = false;  // STOMP over WebSocket, not over TCP
  stomp::version v = stomp::version::v1_2;
  ws::mask_key mask{};  // of all frames that are masked
};

// What is written in the place of the frame.
struct malformed {
  struct part {
    enum class kind {
      stomp,  // WebSocket: one text message; TCP: octets
      wire,   // octets as they are; WebSocket: with the headers of its frames
    };
    kind what = kind::stomp;
    std::string octets;
    friend bool operator==(const part&, const part&) = default;
  };
  enum class ending { none, fin, rst };

  std::vector<part> parts;    // in this order, each written on its own
  ending end = ending::none;  // of the connection, behind the parts
};

struct malformation {
  std::string_view name;
  std::string_view doc;  // a sentence
  bool websocket_only = false;
  // What is written for `f`, whatever frame it is. One that is websocket_only needs
  // how.websocket.
  malformed (*make)(const stomp::frame& f, const malform_context& how) = nullptr;
};

// All of them, in the catalogue's order.
std::span<const malformation> malformations();
// The one of exactly this name, else null.
const malformation* find_malformation(std::string_view name);
// For messages about another name: "; did you mean 'no_nul'?", or empty.
std::string suggest_malformation(std::string_view name);

}  // namespace mockbroker
