// What can be done with queues and topics: the tables of their operations.
#pragma once

#include <span>

#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {

extern const std::span<const operation> queue_operations;
extern const std::span<const operation> topic_operations;

// The rows of a queue's messages that the selector wants (empty: all), as browse() shows them.
operation_result browse_rows(const management& m, const destination_name& queue,
                             const std::string& wanted, bool with_text = true);

}  // namespace mockbroker
