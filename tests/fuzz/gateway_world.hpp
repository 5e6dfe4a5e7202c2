// What an exchange needs, for fuzz targets: a world without sockets and a log that drops all.
#pragma once

#include <cstdlib>

#include "gateway/core/exchange.hpp"
#include "net/simulation.hpp"

namespace fuzz {

class silent final : public net::log_sink {
 public:
  void write(net::log_level, std::string_view, std::string_view) override {}
  bool enabled(net::log_level) const override { return true; }
};

struct world {
  net::simulation runtime;
  silent log;
  gateway::counters count;
  gateway::services services{runtime, log, count};
  gateway::connection_facts connection;
};

inline void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz
