// Plays a case against a server and judges what comes back. Works on any net::runtime: on a
// simulation with its virtual time, and on real sockets.
#pragma once

#include <string>

#include "harness/ladder/model.hpp"
#include "harness/ladder/peer.hpp"
#include "net/runtime.hpp"

namespace harness::ladder {

struct run_options {
  net::endpoint tcp;
  net::endpoint ws;
  transport over = transport::tcp;
  delivery how = delivery::as_written;
  std::string unique = "u";                          // what `$q` is for this case; `$q2` is "u-2"
  bool newline_follows = true;                       // the server ends frames on TCP with NUL LF
  net::duration deadline = std::chrono::seconds(5);  // for each thing that must come
  net::duration settle = std::chrono::milliseconds(60);  // after the round trip of a `never`
};

struct outcome {
  bool passed = true;
  std::string report;  // of a failure: what was expected, what came, the ladder so far
};

// Plays `what`, which lives until the task ends.
net::task<outcome> play(net::runtime& rt, const ladder_case& what, run_options options);

// "tcp", "split", ...
std::string to_string(transport t);
std::string to_string(delivery d);
bool plays_over(const ladder_case& what, transport t) noexcept;

}  // namespace harness::ladder
