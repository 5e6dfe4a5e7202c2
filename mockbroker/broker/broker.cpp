#include "mockbroker/broker/broker.hpp"

#include <utility>

namespace mockbroker {

broker::turn::~turn() {
  if (owner_.depth_ == 1) owner_.tidy(now_);
  --owner_.depth_;
}

// Messages are handed out, connections that went meanwhile are dropped, memory is looked at.
void broker::tidy(time_point now) {
  state_.flush(now);
  while (!gone_.empty()) {
    const auto gone = std::exchange(gone_, {});
    for (connection_id id : gone) drop(id, now);
    state_.flush(now);
  }
  check_memory();
  plan_sweep(now);
}

void broker::on_sweep(time_point now) {
  const turn scope(*this, now);
  sweep_planned_ = false;
  state_.destinations.sweep(state_.wall_ms(now));
}

// A timer only while something can expire.
void broker::plan_sweep(time_point now) {
  const auto period = state_.options.kind.sweep;
  if (sweep_planned_ || period.count() == 0 || !state_.destinations.has_expiring()) return;
  sweep_planned_ = true;
  state_.out.sweep_at(now + period);
}

std::string_view to_string(outcome o) noexcept {
  switch (o) {
    case outcome::not_found:
      return "not found";
    case outcome::already_there:
      return "already there";
    case outcome::has_consumers:
      return "has consumers";
    case outcome::bad_name:
      return "not a valid name";
    case outcome::memory_full:
      return "broker memory is full";
    case outcome::too_many:
      return "too many destinations";
    case outcome::done:
      break;
  }
  return "done";
}

broker::broker(broker_options options, output& effects) : state_(std::move(options), effects) {}

broker::~broker() = default;

connection* broker::find(connection_id id) noexcept {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

connection_id broker::on_open(open_info info, time_point now) {
  const turn scope(*this, now);
  const connection_id id = ++last_connection_;
  ++state_.counters.connections_opened;
  connections_.emplace(id, std::make_unique<connection>(state_, id, std::move(info), now));
  return id;
}

void broker::on_bytes(connection_id id, std::string_view bytes, time_point now) {
  const turn scope(*this, now);
  if (connection* c = find(id)) c->on_bytes(bytes, now);
}

void broker::on_message(connection_id id, std::string_view message, stomp::payload kind,
                        time_point now) {
  const turn scope(*this, now);
  if (connection* c = find(id)) c->on_message(message, kind, now);
}

void broker::on_tick(connection_id id, time_point now) {
  const turn scope(*this, now);
  if (connection* c = find(id)) c->on_tick(now);
}

void broker::on_writable(connection_id id, time_point now) {
  const turn scope(*this, now);
  if (connection* c = find(id)) c->on_writable(now);
}

void broker::on_closed(connection_id id, time_point now) {
  const turn scope(*this, now);
  gone_.push_back(id);
}

void broker::drop(connection_id id, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second->on_lost(now);
  connections_.erase(found);
}

bool broker::should_stall(connection_id id) const {
  const auto found = connections_.find(id);
  if (found == connections_.end() || !found->second->is_pure_producer()) return false;
  const connection& c = *found->second;
  return stored_.is_full || c.is_over_limit() || (crowded_.is_full && !c.is_in_mid_frame());
}

void broker::check_memory() {
  const std::size_t limit = state_.options.memory_limit;
  bool freed = stored_.update(state_.account.used, limit);
  freed |= crowded_.update(state_.memory_used(), limit);
  // Whoever waits for one queue's limit asks again when anything went.
  freed |= state_.options.destination_memory_limit != 0 && state_.account.used < had_stored_;
  had_stored_ = state_.account.used;
  if (freed) state_.out.memory_freed();
}

}  // namespace mockbroker
