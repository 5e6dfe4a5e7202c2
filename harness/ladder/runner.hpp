// Plays rows against a broker over any net::runtime: real sockets or the simulation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/ladder/connection.hpp"
#include "harness/ladder/model.hpp"
#include "net/runtime.hpp"

namespace harness::ladder {

struct broker_address {
  address tcp;
  address ws;
  address console;  // port 0: there is none
};

struct run_options {
  broker_address broker;
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

struct outcome {
  bool passed = false;
  std::string report;  // empty when it passed
  net::duration took{0};
};

// Runs `r` once. `number` makes its names unlike those of other rows of the run.
net::task<outcome> run_row(net::runtime& rt, const row& r, variant v, run_options options,
                           std::size_t number);

}  // namespace harness::ladder
