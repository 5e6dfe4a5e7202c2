// What ActiveMQ says when it refuses something, and which refusals end the connection.
#pragma once

#include <optional>

#include "stomp/server_session.hpp"

namespace mockbroker {

// ActiveMQ 5.18 (facts 2.1 to 2.5). A find_words.
std::optional<stomp::wording> activemq_words(const stomp::refusal& why, stomp::version v);
// From 5.19.8 and 6.2.7 on: frames at the wrong time and a negative content-length end the
// connection with an ERROR of their own (facts 2.3).
std::optional<stomp::wording> activemq_strict_words(const stomp::refusal& why, stomp::version v);

}  // namespace mockbroker
