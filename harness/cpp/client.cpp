#include <algorithm>

#include "harness/cpp/stage.hpp"

namespace harness {

std::string to_text(const stomp_client::event& e) {
  using kind = stomp_client::event::kind;
  if (e.what == kind::closed) {
    return "the connection ended (" + std::to_string(e.close_code) + " " + e.reason + ")";
  }
  mockbroker::wire_unit unit;
  unit.what = mockbroker::wire_unit::kind::frame;
  unit.frame = e.frame;
  return mockbroker::summary_of(unit);
}

stomp::frame inbox::next() {
  return client_
      ->take(
          [this](const stomp_client::event& e) {
            return e.what == stomp_client::event::kind::message &&
                   e.frame.get_or("subscription", {}) == id_;
          },
          "a MESSAGE of subscription '" + id_ + "'")
      .frame;
}

client::client(stage& owner, std::unique_ptr<stomp_client::client> connection, std::string leg,
               std::uint64_t number)
    : stage_(owner), connection_(std::move(connection)), leg_(std::move(leg)), number_(number) {}

client::~client() {
  stage_.where().call([this] { connection_.reset(); });
}

stomp_client::event client::take(const std::function<bool(const stomp_client::event&)>& wanted,
                                 const std::string& name) {
  using kind = stomp_client::event::kind;
  const auto kept = std::find_if(events_.begin(), events_.end(), wanted);
  if (kept != events_.end()) {
    auto found = std::move(*kept);
    if (found.what != kind::closed) events_.erase(kept);
    return found;
  }
  auto wait = [](client& self, const std::function<bool(const stomp_client::event&)>& good)
      -> net::task<std::optional<stomp_client::event>> {
    while (true) {
      if (!self.events_.empty() && self.events_.back().what == kind::closed) {
        co_return std::nullopt;
      }
      auto e = co_await self.connection_->next();
      if (good(e)) {
        if (e.what == kind::closed) self.events_.push_back(e);
        co_return std::move(e);
      }
      self.events_.push_back(std::move(e));
    }
  };
  auto got = stage_.where().ask<std::optional<stomp_client::event>>(
      [&] { return wait(*this, wanted); }, stage_.patience());
  if (got && *got) return std::move(**got);
  std::string text = "client " + std::to_string(number_) + ": " + name + " did not come";
  for (const auto& e : events_) text += "\n  came  : " + to_text(e);
  text += "\nLadder  :\n" + stage_.ladder() + stage_.faults_report();
  throw not_happened(text);
}

void client::settle(const std::function<stomp::sent(stomp::client_session&)>& request,
                    const std::string& name) {
  stomp::sent sent;
  stage_.where().call([&] { sent = request(connection_->session()); });
  if (sent.error) throw not_happened(name + ": " + sent.error.message());
  await_receipt(sent.receipt_id);
}

void client::await_receipt(const std::string& id) {
  using kind = stomp_client::event::kind;
  const auto e = take(
      [&](const stomp_client::event& got) {
        const bool answers = got.frame.get_or("receipt-id", {}) == id;
        return (got.what == kind::receipt && answers) || (got.what == kind::error && answers);
      },
      "the RECEIPT '" + id + "'");
  if (e.what == kind::error) {
    throw not_happened("client " + std::to_string(number_) + ": instead of the RECEIPT '" + id +
                       "' came " + to_text(e) + "\nLadder  :\n" + stage_.ladder());
  }
}

inbox client::subscribe(const std::string& destination, const subscribe_options& how) {
  stomp::sent sent;
  settle(
      [&](stomp::client_session& s) {
        return sent = s.subscribe(destination, how.ack, how.headers, stomp::want_receipt::yes,
                                  connection_->now());
      },
      "SUBSCRIBE");
  return {*this, sent.id};
}

void client::unsubscribe(const inbox& which) {
  settle(
      [&](stomp::client_session& s) {
        return s.unsubscribe(which.id(), stomp::want_receipt::yes, connection_->now());
      },
      "UNSUBSCRIBE");
}

void client::send(const std::string& destination, const std::string& body,
                  const std::vector<stomp::header>& headers) {
  await_receipt(send_only(destination, body, headers));
}

std::string client::send_only(const std::string& destination, const std::string& body,
                              const std::vector<stomp::header>& headers) {
  stomp::sent sent;
  stage_.where().call([&] {
    sent = connection_->session().send(destination, body, headers, stomp::want_receipt::yes,
                                       connection_->now());
  });
  if (sent.error) throw not_happened("SEND: " + sent.error.message());
  return sent.receipt_id;
}

void client::ack(const stomp::frame& message, const std::string& transaction) {
  settle(
      [&](stomp::client_session& s) {
        return s.ack(message, transaction, stomp::want_receipt::yes, connection_->now());
      },
      "ACK");
}
void client::nack(const stomp::frame& message, const std::string& transaction) {
  settle(
      [&](stomp::client_session& s) {
        return s.nack(message, transaction, stomp::want_receipt::yes, connection_->now());
      },
      "NACK");
}
std::string client::begin() {
  stomp::sent sent;
  settle(
      [&](stomp::client_session& s) {
        return sent = s.begin(stomp::want_receipt::yes, connection_->now());
      },
      "BEGIN");
  return sent.id;
}
void client::commit(const std::string& transaction) {
  settle(
      [&](stomp::client_session& s) {
        return s.commit(transaction, stomp::want_receipt::yes, connection_->now());
      },
      "COMMIT");
}
void client::abort(const std::string& transaction) {
  settle(
      [&](stomp::client_session& s) {
        return s.abort(transaction, stomp::want_receipt::yes, connection_->now());
      },
      "ABORT");
}

stomp::frame client::next() {
  return take([](const auto& e) { return e.what == stomp_client::event::kind::message; },
              "a MESSAGE")
      .frame;
}
stomp::frame client::error() {
  return take([](const auto& e) { return e.what == stomp_client::event::kind::error; }, "an ERROR")
      .frame;
}
stomp_client::event client::closed() {
  return take([](const auto& e) { return e.what == stomp_client::event::kind::closed; },
              "the end of the connection");
}

void client::disconnect() {
  auto end = [](stomp_client::client& c, net::duration limit) -> net::task<void> {
    co_await c.disconnect(limit);
  };
  stage_.where().run([&] { return end(*connection_, stage_.patience()); }, 2 * stage_.patience());
}

void client::write_raw(const std::string& octets) {
  breaks_rules_ = true;
  stage_.where().call([&] { connection_->send_raw(octets, stomp::payload::text); });
}
void client::vanish() {
  breaks_rules_ = true;
  stage_.where().call([&] {
    const mockbroker::ending reset{mockbroker::ending::kind::rst, 0, {}};
    if (leg_ == stage_.broker_leg()) {
      stage_.first_->ws_->end(number_, reset);
      stage_.first_->tcp_->end(number_, reset);
    } else {
      for (auto& [port, each] : stage_.doors_) each.between->end(number_, reset);
    }
    connection_.reset();
  });
}
void client::fall_silent() {
  breaks_rules_ = true;
  stage_.unused_allowed_ = true;
  const std::string where =
      " leg=" + leg_ + " connection=" + std::to_string(number_) + " way=to-broker limit=0";
  stage_.arm("eat_heartbeats name=silent-client-" + std::to_string(number_) + where);
}
void client::stop_reading() {
  breaks_rules_ = true;
  stage_.arm("stop_reading name=stopped-client-" + std::to_string(number_) + " leg=" + leg_ +
             " connection=" + std::to_string(number_) + " way=to-client");
}

}  // namespace harness
