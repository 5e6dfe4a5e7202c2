// The HTTP side of the WebSocket ports: what a product answers to a handshake, and to requests that
// are none (facts: ActiveMQ 1.1, 1.2).
#pragma once

#include <string>

#include "mockbroker/profiles/profile.hpp"
#include "net/http_types.hpp"

namespace mockbroker {

struct handshake {
  net::http_response answer;
  bool is_accepted = false;   // the answer is a 101
  std::string subprotocol{};  // of STOMP, that both ends know; empty: none
};

// `now` is for the Date of a product that has it in a place of its own.
handshake answer_handshake(const net::http_request& request, const profile& kind,
                           net::wall_time now);

}  // namespace mockbroker
