// The brokers of a stage.
#include <stdexcept>

#include "harness/cpp/stage.hpp"

namespace harness {

broker::broker(stage& of, std::string leg, broker_backend::port_numbers wanted)
    : stage_(of), leg_(std::move(leg)) {
  stage_.world_->call([this] {
    mockbroker::relay_options o;
    o.leg = leg_;
    net::runtime& rt = stage_.world_->runtime();
    ws_ = std::make_unique<mockbroker::relay>(rt, stage_.engine_, stage_.journal_, o);
    o.websocket = false;
    tcp_ = std::make_unique<mockbroker::relay>(rt, stage_.engine_, stage_.journal_, o);
  });
  const stage_options& how = stage_.options_;
  try {
    backend_ =
        stage_.programs().open_broker({how.profile, how.users, how.seed}, wanted, *ws_, *tcp_);
  } catch (...) {
    close_relays();
    throw;
  }
}

// On the thread that uses them.
void broker::close_relays() {
  stage_.world_->call([this] {
    ws_.reset();
    tcp_.reset();
  });
}

broker_backend& broker::alive() {
  if (is_dead_) throw std::logic_error("the broker at " + leg_ + " has died; revive() it first");
  return *backend_;
}

broker::~broker() = default;

void broker::publish(const std::string& destination, const std::string& body,
                     const std::vector<stomp::header>& headers) {
  const auto why = alive().publish(destination, body, headers);
  if (!why.empty()) throw std::invalid_argument("publish to " + why);
}

queue_numbers broker::queue(const std::string& destination) {
  stage_.looked_.insert(destination);
  return alive().queue(destination);
}

std::size_t broker::connections() { return is_dead_ ? 0 : backend_->connections(); }

void broker::drop_connections() {
  stage_.world_->call([this] {
    ws_->reset_all();
    tcp_->reset_all();
  });
}

void broker::restart() {
  drop_connections();
  alive().restart();
}

void broker::die() {
  alive().die();
  is_dead_ = true;
}

void broker::revive() {
  if (!is_dead_) throw std::logic_error("the broker at " + leg_ + " is alive");
  backend_->revive();
  is_dead_ = false;
}

}  // namespace harness
