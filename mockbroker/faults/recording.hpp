// A journal as a ladder (docs/ladder.md): what live traffic was, in the form that can be read,
// edited and played again as the client. Ids of the broker become variables, what changes with
// every run is only asked to be there, secrets are masked, and answers are awaited in any order. A
// `pace` line stands where the client took its time: 100 ms or more, in steps of that.
// Pure.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "mockbroker/faults/journal.hpp"

namespace mockbroker {

// The frames of `leg`, all its connections, as one case of the name given. Beats, handshakes that
// were refused, and what a fault took from its receiver are left out, and connections that were
// open before the first entry; a comment names those. `profile` is whose behaviour it is
// ("activemq").
std::string recording_of(const std::deque<journal_entry>& entries, std::string_view leg,
                         std::string_view name, std::string_view profile);

}  // namespace mockbroker
