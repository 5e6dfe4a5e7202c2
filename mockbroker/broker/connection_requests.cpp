// What the client frames do: everything but SUBSCRIBE and UNSUBSCRIBE. Under check_rule::session
// the session has already checked grammar, headers, subscription ids and transactions. Receipts
// come last, once the work is done (S-RCPT-1); of a SEND before the message itself can come back.
#include <algorithm>
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
  cause.f.command = request.f.command;
  if (const auto id = request.f.get("receipt")) cause.f.add("receipt", *id);
  return cause;
}

}  // namespace

void connection::handle(stomp::client_request& request) {
  if (!has_what_it_needs(request)) return;
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
      return handle_begin(request);
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

bool connection::has_what_it_needs(const stomp::client_request& request) {
  const stomp::version v = session_.negotiated();
  for (const header_rule& rule : shared_.options.kind.required) {
    if (rule.what != request.what || v < rule.from || v > rule.to) continue;
    if (rule.name.empty()) {
      refuse(
          request,
          {.code = errc::unknown_command, .text = std::string(rule.otherwise), .what = rule.what});
      return false;
    }
    const auto value = request.f.get(rule.name);
    if (value && !(rule.empty_is_missing && value->empty())) continue;
    refuse(request, errc::missing_header, std::string(rule.otherwise));
    return false;
  }
  return true;
}

void connection::refuse(const stomp::client_request& request, stomp::refusal why) {
  session_.refuse(request, std::move(why), now_);
}

void connection::refuse(const stomp::client_request& request, errc code, std::string text) {
  refuse(request, stomp::refusal{code, std::move(text)});
}

void connection::handle_send(stomp::client_request& request) {
  const stomp::client_request cause = answer_to(request);
  ++sends_;
  if (shared_.has_no_memory_left()) return refuse(cause, errc::rejected, "broker memory is full");
  transaction* open = nullptr;
  if (!find_transaction(request, open)) return;
  const std::string target(request.f.get_or("destination", ""));
  std::shared_ptr<const sent_body> map;
  if (!read_map(cause, request.f, map)) return;
  sent_message sent = shared_.options.kind.read(request.f, shared_.wall_ms(now_));
  if (sent.wrong) return refuse(cause, std::move(*sent.wrong));
  sent.facts.map = std::move(map);
  resolved where = resolve(target);
  if (refuse_missing(cause, where)) return;
  outcome why = open_all(where);
  if (why == outcome::done) {
    sent.facts.shows_sender = where.names.front().temporary;
    why = resolve_reply(request.f, sent);
  }
  if (why != outcome::done) return refuse_destination(cause, target, why);
  last_target_ = where.names.front();
  message_ptr m = make_message(std::move(request.f), std::move(sent.facts), where);
  receipt(cause);
  if (open != nullptr) {
    open->work.push_back({.m = std::move(m), .to = std::move(where.names)});
  } else {
    shared_.deliver(m, where.names);
  }
}

message_ptr connection::make_message(stomp::frame f, message_facts facts, const resolved& where) {
  facts.producer = id_;
  const bool own = shared_.options.kind.ids.message_per_connection;
  facts.id = message_prefix_ + std::to_string(own ? sends_ : ++shared_.last_message);
  facts.destination = where.names.front();
  f.prepend("message-id", facts.id);
  f.prepend("destination", format_destination(facts.destination, shared_.options.kind.names));
  if (where.names.size() > 1) f.set("original-destination", where.text);
  return std::make_shared<const message>(shared_.account, std::move(f), std::move(facts));
}

// The body of a map message leaves the frame; one that cannot be read stays, with the reason.
bool connection::read_map(const stomp::client_request& cause, stomp::frame& f,
                          std::shared_ptr<const sent_body>& map) {
  if (!shared_.options.kind.has_transformations || shared_.options.maps == nullptr) return true;
  if (!f.has("transformation")) return true;
  auto body = read_body(f, *shared_.options.maps);
  if (auto* wrong = std::get_if<refused_body>(&body)) {
    refuse(cause, errc::rejected, wrong->message);
    return false;
  }
  auto& read = std::get<sent_body>(body);
  if (read.error) f.set("transformation-error", *read.error);
  if (read.kind != body_kind::map) return true;
  f.body.clear();
  map = std::make_shared<const sent_body>(std::move(read));
  return true;
}

bool connection::find_transaction(const stomp::client_request& request, transaction*& open) {
  open = nullptr;
  const auto name = request.f.get("transaction");
  if (!name) return true;
  const auto found = transactions_.find(*name);
  if (found == transactions_.end()) {
    refuse(request, {.code = errc::no_such_transaction,
                     .text = "no open transaction " + stomp::quote_peer_text(*name),
                     .subject = std::string(*name)});
    return false;
  }
  open = &found->second;
  const bool ends = request.what == command::commit || request.what == command::abort;
  if (ends || open->work.size() < shared_.options.transaction_operations) return true;
  refuse(request, errc::rejected, "too many operations in one transaction");
  return false;
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
  if (const auto id = ack.get("id"); id && shared_.options.kind.ack_id_first) key = *id;
  const auto found = held_.find(key);
  return found == held_.end() ? held{} : found->second;
}

subscription* connection::find_subscription(std::uint64_t id) const noexcept {
  const auto found = subscriptions_.find(id);
  return found == subscriptions_.end() ? nullptr : found->second.get();
}

void connection::handle_settle(stomp::client_request& request) {
  transaction* open = nullptr;
  if (!find_transaction(request, open)) return;
  const held target = find_held(request.f);
  if (target.s == nullptr && breaks_on_id(request.f)) {
    return refuse(request, errc::bad_header_value, "message-id is no message id");
  }
  if (target.s == nullptr && late_.erase(std::string(request.f.get_or("id", ""))) != 0) {
    return receipt(request);
  }
  if (!may_settle(request, target, open != nullptr)) return;
  if (open != nullptr) {
    settle_later(*open, target, request.what);
    return receipt(request);
  }
  std::string unmatched;
  if (shared_.options.kind.removes_under_consumers && is_orphan(target)) {
    // Its destination was deleted (facts: ActiveMQ 5.3).
    unmatched = "Unmatched acknowledge: " + describe_ack(target) + "; Could not find Message-ID " +
                target.s->unsettled.at(target.number).entry.m->id() +
                " in dispatched-list (end of ack)";
  }
  settle(*target.s, target.number, request.what);
  if (!unmatched.empty()) return refuse(request, errc::rejected, std::move(unmatched));
  receipt(request);
}

// False: it was refused.
bool connection::may_settle(const stomp::client_request& request, const held& target,
                            bool in_transaction) {
  // S-ACK-2: unknown, or already settled, also by a transaction that is still open.
  if (target.s == nullptr || target.s->unsettled.at(target.number).is_named) {
    const std::string id(request.f.get_or("id", request.f.get_or("message-id", "")));
    refuse(request, {.code = errc::unknown_ack,
                     .text = request.f.command + " of an unknown or settled message " +
                             stomp::quote_peer_text(id),
                     .subject = std::string(request.f.get_or("message-id", "null"))});
    return false;
  }
  if (request.what != command::nack) return true;
  if (target.s->options.browser) {
    refuse(request, errc::rejected, "Cannot Nack a message on a Queue Browser Subscription.");
    return false;
  }
  if (!in_transaction || shared_.options.kind.nack_in_transaction) return true;
  const std::string text = "Poison ack cannot be transacted: " + describe_ack(target);
  refuse(request,
         {.code = errc::rejected, .text = text, .detail = "javax.jms.JMSException: " + text});
  return false;
}

// ActiveMQ takes a message-id apart once a subscription may hold it; one without a number behind
// its last colon is an exception that nobody catches.
bool connection::breaks_on_id(const stomp::frame& ack) const {
  const bool modern = session_.negotiated() == stomp::version::v1_2;
  if (!shared_.options.kind.checks_message_ids || modern || ack.has("id")) return false;
  const auto key = ack.get("subscription");
  const bool may_hold = key ? by_key_.contains(*key) : !subscriptions_.empty();
  const std::string_view id = ack.get_or("message-id", "");
  const std::size_t colon = id.rfind(':');
  const std::string_view number = colon == std::string_view::npos ? "" : id.substr(colon + 1);
  const bool good =
      !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  return may_hold && !good;
}

bool connection::is_orphan(const held& h) const {
  return h.s->unsettled.at(h.number).from == nullptr;
}

// As ActiveMQ prints the command in its errors.
std::string connection::describe_ack(const held& h) const {
  const delivery& d = h.s->unsettled.at(h.number);
  const std::string id = d.entry.m->id();
  return "MessageAck {commandId = " + std::to_string(frames_in_) +
         ", responseRequired = true, ackType = 1, consumerId = " + session_text_ +
         ":-1:" + std::to_string(h.s->number) + ", firstMessageId = " + id +
         ", lastMessageId = " + id + ", destination = " + to_uri(d.entry.m->destination()) +
         ", transactionId = TX:" + session_text_ + ":1, messageCount = 1, poisonCause = null}";
}

// What a transaction settles leaves the window at once, and the queue when it commits.
void connection::settle_later(transaction& in, held target, command what) {
  subscription& s = *target.s;
  const bool cumulative = s.options.mode == stomp::ack_mode::client &&
                          (what == command::ack || shared_.options.kind.nack_is_cumulative);
  const bool uses_up_ids =
      shared_.options.kind.ack_id_first && session_.negotiated() == stomp::version::v1_2;
  auto first = cumulative ? s.unsettled.begin() : s.unsettled.find(target.number);
  for (; first != s.unsettled.end() && first->first <= target.number; ++first) {
    delivery& d = first->second;
    d.is_named |= uses_up_ids || first->first == target.number;
    if (d.transaction != 0) continue;  // the first one has it
    d.transaction = in.id;
    ++s.in_transaction;
  }
  in.work.push_back({.what = what, .subscription = s.id, .number = target.number});
  shared_.destinations.wake(s);
}

// An ACK of mode client settles this one and all before it on the subscription. A NACK that buries
// means this one only (facts: ActiveMQ 3.8).
void connection::settle(subscription& s, std::uint64_t number, command what) {
  const bool cumulative = s.options.mode == stomp::ack_mode::client &&
                          (what == command::ack || shared_.options.kind.nack_is_cumulative);
  auto next = cumulative ? s.unsettled.begin() : s.unsettled.find(number);
  while (next != s.unsettled.end() && next->first <= number) {
    const std::uint64_t each = next->first;
    forget_key(next->second.ack_key, each);
    ++next;
    if (what == command::ack) {
      shared_.destinations.settle(s, each);
    } else {
      shared_.destinations.refuse(s, each);
    }
  }
}

void connection::apply(operation& op) {
  if (op.what == command::send) return shared_.deliver(op.m, op.to);
  if (subscription* s = find_subscription(op.subscription)) settle(*s, op.number, op.what);
}

void connection::handle_begin(stomp::client_request& request) {
  const std::string name(request.f.get_or("transaction", ""));
  if (transactions_.contains(name)) {
    return refuse(request, {.code = errc::duplicate_transaction,
                            .text = "transaction " + stomp::quote_peer_text(name) + " is open",
                            .subject = name});
  }
  if (transactions_.size() >= shared_.options.per_connection.transactions) {
    return refuse(request, errc::too_many_transactions, "too many open transactions");
  }
  transactions_[name].id = ++last_transaction_;
  receipt(request);
}

void connection::handle_commit(stomp::client_request& request) {
  transaction* open = nullptr;
  if (!find_transaction(request, open)) return;
  auto done = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  receipt(request);
  if (done.empty()) return;
  for (operation& op : done.mapped().work) apply(op);
}

// What it settled is still with the client, to be settled another way.
void connection::handle_abort(stomp::client_request& request) {
  transaction* open = nullptr;
  if (!find_transaction(request, open)) return;
  const auto undone = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  if (!undone.empty()) {
    std::set<std::uint64_t> touched;
    for (const operation& op : undone.mapped().work) {
      if (op.what != command::send) touched.insert(op.subscription);
    }
    for (const std::uint64_t id : touched) {
      subscription* s = find_subscription(id);
      if (s == nullptr) continue;
      for (auto& [number, d] : s->unsettled) {
        if (d.transaction != undone.mapped().id) continue;
        d.transaction = 0;
        d.is_named = false;
        --s->in_transaction;
      }
    }
  }
  receipt(request);
}

}  // namespace mockbroker
