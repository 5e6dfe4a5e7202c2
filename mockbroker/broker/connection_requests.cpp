// What the client frames do. The session has checked their grammar, headers, subscription ids and
// transactions (stomp/server_checks.hpp); receipts come last, once the work is done (S-RCPT-1).
#include <algorithm>
#include <charconv>
#include <utility>

#include "mockbroker/broker/connection.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

using stomp::command;
using stomp::errc;

// Only what an answer needs of a frame whose rest moves on.
stomp::client_request answer_to(const stomp::client_request& request) {
  stomp::client_request cause;
  cause.what = request.what;
  if (const auto id = request.f.get("receipt")) cause.f.add("receipt", *id);
  return cause;
}

bool is_temporary(std::string_view name) noexcept {
  return name.starts_with("/temp-queue/") || name.starts_with("/temp-topic/");
}

// A positive number, or `fallback`.
std::size_t parse_window(std::string_view text, std::size_t fallback) noexcept {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && value > 0;
  return good ? value : fallback;
}

}  // namespace

void connection::handle(stomp::client_request& request) {
  switch (request.what) {
    case command::send:
      return handle_send(request);
    case command::subscribe:
      return handle_subscribe(request);
    case command::unsubscribe:
      return handle_unsubscribe(request);
    case command::ack:
    case command::nack:
      return handle_settle(request);
    case command::begin:
      transactions_[std::string(request.f.get_or("transaction", ""))];
      return receipt(request);
    case command::commit:
      return handle_commit(request);
    case command::abort:
      return handle_abort(request);
    case command::disconnect:
      release();
      receipt(request);
      return session_.finish();
    case command::connect:
      return;  // the session keeps these to itself
  }
}

void connection::refuse(const stomp::client_request& request, errc code, std::string_view text) {
  session_.refuse(request, code, text, "", now_);
}

// A temporary name belongs to the connection that says it: "/temp-queue/reply" becomes
// "/temp-queue/session-7:reply". Others reach it by that full name, which they get as reply-to.
std::string connection::resolve(std::string_view name) const {
  if (!is_temporary(name) || shared_.destinations.find(name) != nullptr) return std::string(name);
  const std::size_t prefix = name.find('/', 1) + 1;
  return std::string(name.substr(0, prefix)) + shared_.options.kind.session_prefix +
         std::to_string(id_) + ":" + std::string(name.substr(prefix));
}

destination* connection::open_destination(const stomp::client_request& request,
                                          std::string_view name) {
  outcome why = outcome::done;
  destination* d = shared_.destinations.open(name, why, is_temporary(name) ? id_ : 0);
  if (d == nullptr) {
    refuse(request, errc::rejected,
           "destination " + stomp::quote_peer_text(name) + ": " + std::string(to_string(why)));
  }
  return d;
}

void connection::handle_send(stomp::client_request& request) {
  const stomp::client_request cause = answer_to(request);
  ++sends_;
  if (shared_.has_no_memory_left()) return refuse(cause, errc::rejected, "broker memory is full");
  const std::string name = resolve(request.f.get_or("destination", ""));
  destination* d = open_destination(cause, name);
  if (d == nullptr) return;
  transaction* open = transaction_of(request);
  if (open != nullptr && open->size() >= shared_.options.transaction_operations) {
    return refuse(cause, errc::rejected, "too many operations in one transaction");
  }
  if (const auto reply = request.f.get("reply-to"); reply && is_temporary(*reply)) {
    request.f.set("reply-to", resolve(*reply));
  }
  message_ptr m = shared_.make_message(std::move(request.f), name, now_);
  if (open != nullptr) {
    open->push_back({command::send, std::move(m), {}, 0});
  } else {
    shared_.destinations.enqueue(*d, m);
  }
  receipt(cause);
}

void connection::handle_subscribe(stomp::client_request& request) {
  if (request.f.has("selector")) {
    // Ignoring it would hand over messages the client did not ask for.
    return refuse(request, errc::rejected, "selectors are not supported by this profile");
  }
  destination* d = open_destination(request, resolve(request.f.get_or("destination", "")));
  if (d == nullptr) return;
  const profile& p = shared_.options.kind;
  auto s = std::make_unique<subscription>();
  s->id = ++shared_.last_subscription;
  s->key = request.subscription;
  s->has_id = request.f.has("id");
  s->port = this;
  s->from = d;
  s->mode = request.ack;
  s->prefetch = p.prefetch;
  if (!p.prefetch_header.empty()) {
    s->prefetch = parse_window(request.f.get_or(p.prefetch_header, ""), p.prefetch);
  }
  shared_.destinations.attach(*s);
  subscriptions_[request.subscription] = std::move(s);
  receipt(request);
}

void connection::handle_unsubscribe(stomp::client_request& request) {
  drop_subscription(request.subscription);
  receipt(request);
}

connection::transaction* connection::transaction_of(const stomp::client_request& request) {
  const auto name = request.f.get("transaction");
  if (!name) return nullptr;
  const auto found = transactions_.find(*name);
  return found == transactions_.end() ? nullptr : &found->second;
}

connection::held connection::find_held(const stomp::frame& ack) const {
  std::string key;
  switch (session_.negotiated()) {
    case stomp::version::v1_0:
      key = ack.get_or("message-id", "");
      break;
    case stomp::version::v1_1:
      key.append(ack.get_or("subscription", "")).append("\n").append(ack.get_or("message-id", ""));
      break;
    case stomp::version::v1_2:
      key = ack.get_or("id", "");
      break;
  }
  const auto found = held_.find(key);
  return found == held_.end() ? held{} : found->second;
}

void connection::handle_settle(stomp::client_request& request) {
  const held target = find_held(request.f);
  // S-ACK-2: unknown, or already settled, also by a transaction that is still open.
  if (target.s == nullptr || target.s->unsettled.at(target.number).in_transaction) {
    return refuse(
        request, errc::unknown_ack,
        request.f.command + " of an unknown or settled message " +
            stomp::quote_peer_text(request.f.get_or("id", request.f.get_or("message-id", ""))));
  }
  transaction* open = transaction_of(request);
  if (open == nullptr) {
    settle(*target.s, target.number, request.what);
    return receipt(request);
  }
  if (open->size() >= shared_.options.transaction_operations) {
    return refuse(request, errc::rejected, "too many operations in one transaction");
  }
  target.s->unsettled.at(target.number).in_transaction = true;
  open->push_back({request.what, nullptr, target.s->key, target.number});
  receipt(request);
}

// S-ACK-1: client mode means this one and all before it on the subscription.
void connection::settle(subscription& s, std::uint64_t number, command what) {
  std::vector<std::uint64_t> numbers;
  auto first = s.mode == stomp::ack_mode::client ? s.unsettled.begin() : s.unsettled.find(number);
  for (; first != s.unsettled.end() && first->first <= number; ++first) {
    numbers.push_back(first->first);
    forget_key(first->second.ack_key, first->first);
  }
  for (std::uint64_t n : numbers) {
    if (what == command::ack) {
      shared_.destinations.settle(s, n);
    } else {
      shared_.destinations.refuse(s, n);
    }
  }
}

void connection::apply(operation& op) {
  if (op.what == command::send) {
    outcome why = outcome::done;
    // It existed when the SEND came; if it cannot be opened again, somebody removed it and the
    // broker is full of others: the message has nowhere to go.
    if (destination* d = shared_.destinations.open(op.m->destination(), why)) {
      shared_.destinations.enqueue(*d, op.m);
    }
    return;
  }
  const auto s = subscriptions_.find(op.subscription);
  if (s == subscriptions_.end() || !s->second->unsettled.contains(op.number)) return;
  settle(*s->second, op.number, op.what);
}

void connection::handle_commit(stomp::client_request& request) {
  auto work = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  if (!work.empty()) {
    for (operation& op : work.mapped()) apply(op);
  }
  receipt(request);
}

void connection::handle_abort(stomp::client_request& request) {
  auto work = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  if (!work.empty()) {
    for (const operation& op : work.mapped()) {
      // The messages are still with the client, to be settled another way.
      const auto s = subscriptions_.find(op.subscription);
      if (op.what == command::send || s == subscriptions_.end()) continue;
      const auto d = s->second->unsettled.find(op.number);
      if (d != s->second->unsettled.end()) d->second.in_transaction = false;
    }
  }
  receipt(request);
}

}  // namespace mockbroker
