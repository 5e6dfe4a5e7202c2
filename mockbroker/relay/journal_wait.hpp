// Waiting for a journal, without polling.
#pragma once

#include <deque>
#include <functional>

#include "mockbroker/faults/journal.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

// Ends when `done` holds for the entries, looked at now and behind each one that is added. Both
// arguments outlive it; the caller sets the deadline. Answers 0.
net::task<int> wait_for_journal(net::runtime& rt, journal& log,
                                std::function<bool(const std::deque<journal_entry>&)> done);

}  // namespace mockbroker
