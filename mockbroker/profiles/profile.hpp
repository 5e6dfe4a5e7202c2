// What makes one broker product differ from another, as data. The broker's code asks the profile
// and never the product's name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "stomp/dialect.hpp"
#include "stomp/heart_beat.hpp"
#include "stomp/serializer.hpp"
#include "stomp/server_session.hpp"

namespace mockbroker {

enum class destination_kind { queue, topic };

// Which WebSocket messages the broker writes for a frame (MIX-1, AMQ-WS-2).
enum class ws_output { text_when_utf8, always_text };
// What a binary WebSocket message from a client is (AMQ-WS-2).
enum class binary_input { accept, ignore };
// What NACK does.
enum class nack_rule {
  redeliver,    // to another consumer if there is one; dead letter after max_deliveries
  dead_letter,  // at once (ActiveMQ)
};

struct profile {
  std::string name;
  std::string server;  // CONNECTED's `server`

  stomp::dialect rules;
  stomp::heart_beat beats{stomp::milliseconds(10000), stomp::milliseconds(10000)};
  stomp::beat_policy beat = stomp::beat_policy::fixed;
  stomp::beat_grace grace;
  stomp::milliseconds connect_timeout{30000};

  ws_output output = ws_output::text_when_utf8;
  binary_input binary = binary_input::accept;
  bool newline_after_frame = false;  // after NUL on TCP (AMQ-WS-3)
  // as_is: MESSAGE has content-length only when the sender gave it (AMQ-CL-1).
  stomp::length_policy length = stomp::length_policy::with_body;

  std::string queue_prefix = "/queue/";
  std::string topic_prefix = "/topic/";
  // Names with neither prefix; nothing means they are refused.
  std::optional<destination_kind> unprefixed = destination_kind::queue;

  std::size_t prefetch = 1000;    // unsettled messages a subscription may hold (not auto)
  std::string prefetch_header{};  // SUBSCRIBE header that overrides it; empty: none
  nack_rule nack = nack_rule::redeliver;
  unsigned max_deliveries = 6;  // then a NACK means dead letter
  std::string dead_letter = "/queue/DLQ";
  std::string session_prefix = "session-";     // CONNECTED's `session` is this and a number
  std::string message_id_prefix = "message-";  // message-id is this, the seed and a number
};

// STOMP to the letter; where the specification is silent, the reading with fewest surprises.
profile strict_profile();

// A profile by its name on the command line; nothing when there is none.
std::optional<profile> find_profile(std::string_view name);

}  // namespace mockbroker
