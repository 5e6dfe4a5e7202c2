// What all connections of one broker share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "mockbroker/broker/message.hpp"
#include "mockbroker/broker/store.hpp"
#include "mockbroker/broker/types.hpp"

namespace mockbroker {

struct broker_state {
  broker_state(broker_options o, output& effects)
      : options(std::move(o)),
        out(effects),
        destinations(options.kind, options.max_destinations, counters) {}

  broker_options options;
  output& out;
  memory_account account;  // before the store: messages report to it when they go
  broker_counters counters;
  store destinations;
  std::uint64_t last_message = 0;
  std::uint64_t last_subscription = 0;

  // Milliseconds since 1970 at `now`.
  std::int64_t wall_ms(time_point now) const {
    using std::chrono::milliseconds;
    const auto wall =
        std::chrono::duration_cast<milliseconds>(options.wall_start.time_since_epoch());
    return (wall + std::chrono::duration_cast<milliseconds>(now - options.start)).count();
  }

  message_ptr make_message(stomp::frame sent, std::string destination, time_point now) {
    std::string id = options.kind.message_id_prefix + std::to_string(options.seed) + "-" +
                     std::to_string(++last_message);
    return std::make_shared<const message>(
        account, std::move(sent),
        message::origin{std::move(id), std::move(destination), wall_ms(now)});
  }

  void flush(time_point now) { destinations.flush(wall_ms(now)); }

  // Producers stall at the limit; what still arrives beyond this margin is refused.
  bool has_no_memory_left() const noexcept {
    return account.used >= options.memory_limit + options.memory_limit / 4;
  }
};

}  // namespace mockbroker
