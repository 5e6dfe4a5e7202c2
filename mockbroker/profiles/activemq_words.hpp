// What ActiveMQ says when it refuses something, and which refusals end the connection.
#pragma once

#include <optional>

#include "stomp/server_session.hpp"

namespace mockbroker {

// ActiveMQ 5.18 (facts 2.1 to 2.5). A find_words.
std::optional<stomp::wording> activemq_words(const stomp::refusal& why, stomp::version v);

}  // namespace mockbroker
