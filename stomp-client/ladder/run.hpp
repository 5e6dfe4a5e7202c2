// stomp-client run: plays the `>` side of the cases of a .ladder file against a broker
// (docs/ladder.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/ladder/model.hpp"
#include "stomp-client/command.hpp"

namespace stomp_client {

struct ladder_run {
  // step: asks before each `>` line; Enter goes on, the end of the input ends the run.
  enum class replay { sync, timed, step };
  std::vector<harness::ladder::row> rows;
  std::string pattern = "*";  // of the names to play: '*' and '?'
  replay mode = replay::sync;
  bool json = false;                                 // one JSON document instead of lines
  net::duration timeout = std::chrono::seconds(10);  // for a line without `within`
  // The next line of the user's; for step.
  std::function<net::task<std::optional<std::string>>()> ask;
};

// Plays the chosen cases one after another, each in the first of its deliveries. Cases that `to`
// cannot have are told as left out. done: all that were played held; usage: there was none to
// play; failed, timed_out, cannot_connect: the gravest of what went wrong, in this order;
// interrupted: the user ended it.
net::task<exit_code> run_ladder(net::runtime& rt, url to, options chosen, ladder_run what,
                                report& out);

}  // namespace stomp_client
