// What all connections of one broker share.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "mockbroker/broker/advisory.hpp"
#include "mockbroker/broker/message.hpp"
#include "mockbroker/broker/store.hpp"
#include "mockbroker/broker/types.hpp"

namespace mockbroker {

class connection;

struct broker_state final : store_observer {
  broker_state(broker_options o, output& effects)
      : options(std::move(o)),
        out(effects),
        destinations(options.kind, options.max_destinations, options.max_durables, counters,
                     *this) {}

  broker_options options;
  output& out;
  memory_account account;  // before the store: messages report to it when they go
  broker_counters counters;
  store destinations;
  std::map<std::string, connection*, std::less<>> client_ids;  // that are in use
  std::uint64_t last_message = 0;
  std::uint64_t last_subscription = 0;
  std::uint64_t last_ack = 0;
  std::uint64_t last_advisory = 0;
  std::string acting;       // the session whose frame is being handled
  std::size_t partial = 0;  // octets of frames that have not come whole

  // Milliseconds since 1970 at `now`.
  std::int64_t wall_ms(time_point now) const {
    using std::chrono::milliseconds;
    const auto wall =
        std::chrono::duration_cast<milliseconds>(options.wall_start.time_since_epoch());
    return (wall + std::chrono::duration_cast<milliseconds>(now - options.start)).count();
  }
  // Fills in {stem}, {seed} and {c} of an id rule.
  std::string expand(std::string_view rule, std::uint64_t connection) const;
  // Stores `m` once in each of `to`.
  void deliver(const message_ptr& m, const std::vector<destination_name>& to);

  // Tells the advisory that `make()` gives to whoever listens. Nothing without advisories.
  template <class Make>
  void tell(Make make) {
    if (options.kind.has_advisories) publish(make());
  }
  // A new subscriber of an advisory topic hears of what exists already.
  void replay(subscription& s);
  void on_destination(const destination& d, bool added) override;
  void on_expired(const destination& d, const message& m) override;
  void on_buried(const destination& from, const message& m) override;

  void flush(time_point now) { destinations.flush(wall_ms(now)); }

  // What stored messages take, and parts of frames.
  std::size_t memory_used() const noexcept { return account.used + partial; }
  // Producers stall at the limit; what still arrives beyond this margin is refused.
  bool has_no_memory_left() const noexcept {
    return account.used >= options.memory_limit + options.memory_limit / 4;
  }

 private:
  // To `only` alone when that is given.
  void publish(const advisory& what, subscription* only = nullptr);
};

}  // namespace mockbroker
