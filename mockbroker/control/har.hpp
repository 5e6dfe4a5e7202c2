// A journal as an HTTP archive (HAR 1.2), as browsers' developer tools save and open it: handshakes
// with their heads, and what passed behind a 101 as Chrome's "_webSocketMessages". Pure.
#pragma once

#include <boost/json/object.hpp>
#include <deque>

#include "mockbroker/faults/journal.hpp"

namespace mockbroker {

// All legs. From the client's side: what a fault took from it is left out, and so is what was
// written to the broker in its place. A STOMP frame is one message, also where several came in one.
// Values of secret headers are "***". STOMP over TCP has no place in a HAR and is left out.
boost::json::object har_of(const std::deque<journal_entry>& entries);

}  // namespace mockbroker
