// A consumer inside the process: what management clients receive with (facts: ActiveMQ 5.5). Like
// a client of the wire it is given messages ahead (its prefetch); they wait here until taken.
// Owned by the broker; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "mockbroker/broker/management.hpp"
#include "mockbroker/broker/state.hpp"
#include "mockbroker/broker/subscription.hpp"

namespace mockbroker {

struct listener_options {
  destination_name from{};
  std::string selector{};       // empty: everything
  std::string client_id{};      // for consoles; empty: its session
  std::size_t prefetch = 1000;  // messages it may hold, taken or not
  // There is something to take. Called from inside a call of the broker: it must not call back.
  std::function<void()> arrived{};
};

// A message that the caller has and has not yet settled; `number` names it to the listener.
struct taken_message {
  std::uint64_t number = 0;
  message_info what;
};

class listener final : public consumer_port {
 public:
  // `id` is unique among the broker's connections and listeners.
  listener(broker_state& shared, connection_id id, listener_options options);
  // What it holds goes back to its queue; what was never taken comes again as if it had never
  // been here.
  ~listener() override;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  // Begins to listen, once. bad_name: the selector is wrong, or there cannot be such a destination.
  outcome open();
  // The oldest message it holds that nobody has taken and that has not expired.
  std::optional<taken_message> take(std::int64_t wall_ms);
  // Done with it for good.
  void settle(std::uint64_t number);
  // Not done with it: it is the first to be taken again.
  void give_back(std::uint64_t number);
  subscription_info info() const;

 private:
  bool is_writable() const noexcept override { return true; }
  void take_message(subscription& to, destination& from, queue_entry entry,
                    std::uint64_t number) override;

  broker_state& shared_;
  listener_options options_;
  std::string session_;
  subscription held_;
  bool is_open_ = false;
  std::set<std::uint64_t> taken_;
};

}  // namespace mockbroker
