// Plays rows against a broker over any net::runtime: real sockets or the simulation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/ladder/connection.hpp"
#include "harness/ladder/model.hpp"
#include "net/runtime.hpp"

namespace harness::ladder {

// Port 0: the run has none.
struct broker_address {
  address tcp;
  address ws;
  address console;
};

struct run_options {
  // Whether a `pace` line holds its time, or is passed over.
  enum class replay { sync, timed };
  using pairs = std::vector<std::pair<std::string, std::string>>;

  broker_address broker;
  std::string path = "/";   // of handshakes whose `conn` has no path=
  pairs handshake_headers;  // fields of every handshake: Authorization
  // login, passcode and host of a CONNECT that `conn N connected` sends and whose line does not
  // have them; and the values of a `> CONNECT` that a recording has masked.
  pairs connect_headers;
  replay mode = replay::sync;
  // Asked before each `>` line; false ends the row, and row_limit does not count. Empty: nobody is.
  std::function<net::task<bool>(const step&)> gate;
  std::string run_name = "r";  // in every $q, so that runs against one broker do not meet
  net::duration wait = std::chrono::seconds(5);          // for one expectation without `within`
  net::duration row_limit = std::chrono::seconds(120);   // for a row as a whole
  net::duration quiet = std::chrono::milliseconds(150);  // behind the receipt of `never`
};

// One way to run one row.
struct variant {
  transport over = transport::tcp;
  delivery how = delivery::written;
};
std::vector<variant> variants_of(const row& r);
// "NAME (tcp, split)".
std::string name_of(const row& r, variant v);
// What keeps `r` from being played over `over` with what `broker` has ("it is for ws only"); empty:
// nothing does.
std::string obstacle(const row& r, transport over, const broker_address& broker);

struct outcome {
  enum class reason {
    none,         // it passed
    mismatch,     // what came is not what was expected, or the row is wrong in itself
    late,         // nothing came in time
    unreachable,  // no connection
    ended,        // the gate said so
  };
  bool passed = false;
  reason why = reason::mismatch;
  std::string report;  // empty when it passed
  net::duration took{0};
};

// Runs `r` once. `number` makes its names unlike those of other rows of the run.
net::task<outcome> run_row(net::runtime& rt, const row& r, variant v, run_options options,
                           std::size_t number);

}  // namespace harness::ladder
