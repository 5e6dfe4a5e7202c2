#include "stomp/client_session.hpp"

#include <algorithm>
#include <utility>

#include "stomp/error.hpp"
#include "stomp/text.hpp"

namespace stomp {

client_session::client_session(client_options options, transport how, client_sink& sink)
    : options_(std::move(options)), transport_(how), sink_(sink), parser_(options_.rules) {}

std::error_code client_session::connect(time_point now) {
  if (state_ != state::fresh) return errc::already_connected;
  frame f = make_frame("CONNECT");
  std::string list;
  for (version v : options_.versions) list.append(list.empty() ? "" : ",").append(to_string(v));
  if (list != "1.0") f.add("accept-version", list);
  if (!options_.host.empty()) f.add("host", options_.host);
  if (options_.login) f.add("login", *options_.login);
  if (options_.passcode) f.add("passcode", *options_.passcode);
  if (options_.beats != heart_beat{}) f.add("heart-beat", to_string(options_.beats));
  for (const header& h : options_.connect_headers) f.add(h.name, h.value);
  if (auto error = write(f, now)) return error;
  state_ = state::connecting;
  deadline_ = now + options_.connect_timeout;
  arm();
  return {};
}

void client_session::on_bytes(std::string_view bytes, time_point now) {
  schedule_.on_read(now);
  read(bytes, now);
  arm();
}

void client_session::on_message(std::string_view message, time_point now) {
  schedule_.on_read(now);
  read(message, now);
  if (state_ != state::closed) {
    if (auto event = parser_.end_of_message()) on_event(std::move(*event), now);
  }
  arm();
}

void client_session::read(std::string_view& input, time_point now) {
  while (!input.empty() && state_ != state::closed) {
    auto event = parser_.next(input);
    if (!event) return;
    on_event(std::move(*event), now);
  }
}

void client_session::on_event(parse_event event, time_point now) {
  if (const auto* error = std::get_if<failure>(&event)) return close(*error);
  auto* f = std::get_if<frame>(&event);
  if (f == nullptr) return;
  if (f->command == "ERROR") return on_error(std::move(*f));
  if (f->command == "CONNECTED") return on_connected(std::move(*f), now);
  if (state_ == state::connecting) {
    return close({errc::unexpected_frame,
                  quote_peer_text(f->command, 24) + " came first (expected CONNECTED)"});
  }
  on_frame(std::move(*f));
}

void client_session::on_connected(frame f, time_point now) {
  if (state_ != state::connecting) return close({errc::unexpected_frame, "a second CONNECTED"});
  const auto v = parse_version(f.get_or("version", "1.0"));
  if (!v || !options_.versions.contains(*v)) {
    return close({errc::no_common_version, "the server chose version " +
                                               quote_peer_text(f.get_or("version", "1.0")) +
                                               ", which was not offered"});
  }
  const auto theirs = parse_heart_beat(f.get_or("heart-beat", "0,0"));
  if (!theirs) {
    return close(
        {errc::bad_heart_beat, "heart-beat " + quote_peer_text(f.get_or("heart-beat", ""))});
  }
  version_ = *v;
  state_ = state::connected;
  deadline_ = time_point::max();
  parser_.set_version(*v);
  const bool beats = *v != version::v1_0;  // HB-5
  schedule_.start(beats ? negotiate(options_.beats, *theirs) : beat_agreement{}, now,
                  options_.grace);
  sink_.connected(f, *v);
}

void client_session::on_frame(frame f) {
  if (f.command == "MESSAGE") return sink_.message(std::move(f));
  if (f.command == "RECEIPT") return on_receipt(f);
  close({errc::unexpected_frame,
         "command " + quote_peer_text(f.command, 24) + " (expected MESSAGE, RECEIPT or ERROR)"});
}

void client_session::on_receipt(const frame& f) {
  const auto id = f.get("receipt-id");
  if (!id) return close({errc::missing_header, "RECEIPT without receipt-id"});
  if (const auto found = outstanding_.find(*id); found != outstanding_.end()) {
    outstanding_.erase(found);
  }
  const bool last = state_ == state::leaving && *id == goodbye_;
  sink_.receipt(*id);
  if (last) close({errc::disconnected, "disconnected in order"});
}

void client_session::on_error(frame f) {
  if (const auto id = f.get("receipt-id")) {
    if (const auto found = outstanding_.find(*id); found != outstanding_.end()) {
      outstanding_.erase(found);  // no RECEIPT will come (S-RCPT-2)
    }
  }
  const bool refused = state_ == state::connecting;
  const std::string text = "the server said " + quote_peer_text(f.get_or("message", ""), 200);
  sink_.error(std::move(f));
  if (refused) close({errc::error_from_server, text});
}

sent client_session::submit(frame f, want_receipt want, time_point now) {
  if (state_ != state::connected) return {errc::not_connected, {}, {}};
  std::string receipt;
  if (want == want_receipt::yes) {
    if (outstanding_.size() >= options_.outstanding_receipts) {
      return {errc::too_much_pending, {}, {}};
    }
    if (!f.has("receipt")) f.add("receipt", "receipt-" + std::to_string(++receipts_));
  }
  if (const auto id = f.get("receipt")) receipt = *id;
  if (auto error = write(f, now)) return {error, {}, {}};
  if (!receipt.empty()) outstanding_.insert(receipt);
  return {{}, std::move(receipt), {}};
}

sent client_session::send(std::string_view destination, std::string_view body,
                          const std::vector<header>& more, want_receipt want, time_point now) {
  frame f = make_frame("SEND", {{"destination", std::string(destination)}}, body);
  f.headers.insert(f.headers.end(), more.begin(), more.end());
  return submit(std::move(f), want, now);
}

sent client_session::subscribe(std::string_view destination, ack_mode mode,
                               const std::vector<header>& more, want_receipt want, time_point now) {
  frame f = make_frame("SUBSCRIBE", {{"destination", std::string(destination)}});
  f.headers.insert(f.headers.end(), more.begin(), more.end());
  if (!f.has("id")) f.add("id", "sub-" + std::to_string(++subscriptions_));
  if (!f.has("ack")) f.add("ack", to_string(mode));
  std::string id(f.get_or("id", ""));
  sent result = submit(std::move(f), want, now);
  if (!result.error) result.id = std::move(id);
  return result;
}

sent client_session::unsubscribe(std::string_view id, want_receipt want, time_point now) {
  return submit(make_frame("UNSUBSCRIBE", {{"id", std::string(id)}}), want, now);
}

sent client_session::ack(const frame& message, std::string_view transaction, want_receipt want,
                         time_point now) {
  return settle("ACK", message, transaction, want, now);
}

sent client_session::nack(const frame& message, std::string_view transaction, want_receipt want,
                          time_point now) {
  if (version_ == version::v1_0) return {errc::unknown_command, {}, {}};
  return settle("NACK", message, transaction, want, now);
}

sent client_session::settle(std::string_view command, const frame& message,
                            std::string_view transaction, want_receipt want, time_point now) {
  frame f = make_frame(command);
  if (version_ == version::v1_2) {
    const auto key = message.get("ack");
    if (!key) return {errc::missing_header, {}, {}};
    f.add("id", *key);
  } else {
    const auto id = message.get("message-id");
    if (!id) return {errc::missing_header, {}, {}};
    f.add("message-id", *id);
    const auto subscription = message.get("subscription");
    if (subscription) f.add("subscription", *subscription);
    if (!subscription && version_ == version::v1_1) return {errc::missing_header, {}, {}};
  }
  if (!transaction.empty()) f.add("transaction", transaction);
  return submit(std::move(f), want, now);
}

sent client_session::begin(want_receipt want, time_point now) {
  return transact("BEGIN", "tx-" + std::to_string(++transactions_), want, now);
}

sent client_session::commit(std::string_view transaction, want_receipt want, time_point now) {
  return transact("COMMIT", transaction, want, now);
}

sent client_session::abort(std::string_view transaction, want_receipt want, time_point now) {
  return transact("ABORT", transaction, want, now);
}

sent client_session::transact(std::string_view command, std::string_view transaction,
                              want_receipt want, time_point now) {
  std::string name(transaction);
  sent result = submit(make_frame(command, {{"transaction", name}}), want, now);
  if (!result.error) result.id = std::move(name);
  return result;
}

sent client_session::disconnect(time_point now) {
  sent result = submit(make_frame("DISCONNECT"), want_receipt::yes, now);
  if (result.error) return result;
  goodbye_ = result.receipt_id;
  state_ = state::leaving;
  deadline_ = now + options_.disconnect_timeout;
  arm();
  return result;
}

std::error_code client_session::write(const frame& f, time_point now) {
  std::string bytes;
  if (auto error = serialize(f, {negotiated(), options_.length}, bytes)) return error;
  const bool binary = transport_ == transport::messages && !is_utf8(f.body);
  schedule_.on_write(now);
  sink_.send(std::move(bytes), binary ? payload::binary : payload::text);
  return {};
}

void client_session::close(const failure& why) {
  if (state_ == state::closed) return;
  state_ = state::closed;
  sink_.close(why);
}

void client_session::on_tick(time_point now) {
  wake_.fired();
  if (now >= deadline_ && state_ == state::connecting) {
    return close({errc::connect_timeout, "no CONNECTED in time"});
  }
  if (now >= deadline_ && state_ == state::leaving) {
    return close({errc::disconnect_timeout, "no RECEIPT for DISCONNECT in time"});
  }
  if (state_ == state::connected) {
    if (schedule_.is_dead(now)) {
      return close({errc::peer_silent, "the server missed its heart-beats"});
    }
    if (schedule_.must_write(now)) {
      schedule_.on_write(now);
      sink_.send("\n", payload::text);
    }
  }
  arm();
}

void client_session::arm() {
  time_point next = deadline_;
  if (state_ == state::closed || state_ == state::fresh) return;
  if (state_ == state::connected) next = schedule_.next();
  if (next != time_point::max()) wake_.need(next, sink_);
}

}  // namespace stomp
