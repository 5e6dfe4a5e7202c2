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
      refuse(request, {errc::unknown_command, std::string(rule.otherwise), {}, {}, {}, rule.what});
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
  bool known = true;
  transaction* open = transaction_of(request, known);
  if (refuse_transaction(request, open, known)) return;
  const std::string target(request.f.get_or("destination", ""));
  std::shared_ptr<const sent_body> map;
  if (!read_map(cause, request.f, map)) return;
  sent_message sent = shared_.options.kind.read(request.f, shared_.wall_ms(now_));
  if (sent.wrong) return refuse(cause, std::move(*sent.wrong));
  resolved where = resolve(target);
  if (!where.missing.empty()) {
    return refuse(cause, {errc::rejected, where.missing, where.missing,
                          "org.apache.activemq.DestinationDoesNotExistException: The destination " +
                              where.missing + " does not exist."});
  }
  outcome why = where.names.empty() ? outcome::bad_name : outcome::done;
  for (const auto& name : where.names) {
    if (why == outcome::done) {
      shared_.destinations.open(name, why, name.temporary ? id_ : 0);
    }
  }
  if (why != outcome::done) {
    const bool is_name = why != outcome::bad_name;
    return refuse(cause, {is_name ? errc::rejected : errc::bad_destination,
                          "destination " + stomp::quote_peer_text(target) + ": " +
                              std::string(to_string(why)),
                          target});
  }
  last_target_ = where.names.front();
  message_facts& facts = sent.facts;
  facts.producer = id_;
  facts.map = std::move(map);
  const bool own = shared_.options.kind.ids.message_per_connection;
  facts.id = message_prefix_ + std::to_string(own ? sends_ : ++shared_.last_message);
  facts.destination = where.names.front();
  facts.shows_sender = facts.destination.temporary;
  resolve_reply(request.f, sent);
  request.f.prepend("message-id", facts.id);
  request.f.prepend("destination",
                    format_destination(facts.destination, shared_.options.kind.names));
  if (where.names.size() > 1) request.f.set("original-destination", where.text);
  auto m =
      std::make_shared<const message>(shared_.account, std::move(request.f), std::move(sent.facts));
  receipt(cause);
  if (open != nullptr) {
    open->push_back({command::send, std::move(m), std::move(where.names), 0, 0});
  } else {
    shared_.deliver(m, where.names);
  }
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

connection::transaction* connection::transaction_of(const stomp::client_request& request,
                                                    bool& known) {
  const auto name = request.f.get("transaction");
  known = true;
  if (!name) return nullptr;
  const auto found = transactions_.find(*name);
  known = found != transactions_.end();
  return known ? &found->second : nullptr;
}

bool connection::refuse_transaction(const stomp::client_request& request, const transaction* open,
                                    bool known) {
  const std::string name(request.f.get_or("transaction", ""));
  if (!known) {
    refuse(request, {errc::no_such_transaction,
                     "no open transaction " + stomp::quote_peer_text(name), name});
    return true;
  }
  if (open == nullptr || open->size() < shared_.options.transaction_operations) return false;
  refuse(request, errc::rejected, "too many operations in one transaction");
  return true;
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
  for (const auto& s : subscriptions_) {
    if (s->id == id) return s.get();
  }
  return nullptr;
}

void connection::handle_settle(stomp::client_request& request) {
  bool known = true;
  transaction* open = transaction_of(request, known);
  if (refuse_transaction(request, open, known)) return;
  const held target = find_held(request.f);
  if (target.s == nullptr && breaks_on_id(request.f)) {
    return refuse(request, errc::bad_header_value, "message-id is no message id");
  }
  if (target.s == nullptr && late_.erase(std::string(request.f.get_or("id", ""))) != 0) {
    return receipt(request);
  }
  // S-ACK-2: unknown, or already settled, also by a transaction that is still open.
  if (target.s == nullptr || target.s->unsettled.at(target.number).is_named) {
    const std::string id(request.f.get_or("id", request.f.get_or("message-id", "")));
    return refuse(request, {errc::unknown_ack,
                            request.f.command + " of an unknown or settled message " +
                                stomp::quote_peer_text(id),
                            std::string(request.f.get_or("message-id", "null"))});
  }
  const bool is_nack = request.what == command::nack;
  if (is_nack && target.s->options.browser) {
    return refuse(request, errc::rejected,
                  "Cannot Nack a message on a Queue Browser Subscription.");
  }
  if (open != nullptr && is_nack && !shared_.options.kind.nack_in_transaction) {
    const std::string text = "Poison ack cannot be transacted: " + describe_ack(target);
    return refuse(request, {errc::rejected, text, {}, "javax.jms.JMSException: " + text});
  }
  if (open != nullptr) {
    settle_later(*open, target, request.what);
    return receipt(request);
  }
  bool matched = true;
  const std::string id = target.s->unsettled.at(target.number).entry.m->id();
  const std::string ack =
      shared_.options.kind.removes_under_consumers && is_orphan(target) ? describe_ack(target) : "";
  settle(*target.s, target.number, request.what, matched);
  if (!matched) {
    // Its destination was deleted (facts: ActiveMQ 5.3).
    return refuse(request, errc::rejected,
                  "Unmatched acknowledge: " + ack + "; Could not find Message-ID " + id +
                      " in dispatched-list (end of ack)");
  }
  receipt(request);
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
    if (!std::exchange(first->second.in_transaction, true)) ++s.in_transaction;
    first->second.is_named |= uses_up_ids;
  }
  s.unsettled.at(target.number).is_named = true;
  in.push_back({what, nullptr, {}, s.id, target.number});
  shared_.destinations.wake(s);
}

// S-ACK-1: client mode means this one and all before it on the subscription. A NACK that buries
// means this one only (facts: ActiveMQ 3.8).
void connection::settle(subscription& s, std::uint64_t number, command what, bool& matched) {
  const bool cumulative = s.options.mode == stomp::ack_mode::client &&
                          (what == command::ack || shared_.options.kind.nack_is_cumulative);
  std::vector<std::uint64_t> numbers;
  auto first = cumulative ? s.unsettled.begin() : s.unsettled.find(number);
  for (; first != s.unsettled.end() && first->first <= number; ++first) {
    numbers.push_back(first->first);
    forget_key(first->second.ack_key, first->first);
  }
  for (std::uint64_t n : numbers) {
    matched = what == command::ack ? shared_.destinations.settle(s, n)
                                   : shared_.destinations.refuse(s, n);
  }
}

void connection::apply(operation& op) {
  if (op.what == command::send) return shared_.deliver(op.m, op.to);
  subscription* s = find_subscription(op.subscription);
  if (s == nullptr || !s->unsettled.contains(op.number)) return;
  bool matched = true;
  settle(*s, op.number, op.what, matched);
}

void connection::handle_begin(stomp::client_request& request) {
  const std::string name(request.f.get_or("transaction", ""));
  if (transactions_.contains(name)) {
    return refuse(request, {errc::duplicate_transaction,
                            "transaction " + stomp::quote_peer_text(name) + " is open", name});
  }
  if (transactions_.size() >= shared_.options.per_connection.transactions) {
    return refuse(request, errc::too_many_transactions, "too many open transactions");
  }
  transactions_[name];
  receipt(request);
}

void connection::handle_commit(stomp::client_request& request) {
  bool known = true;
  if (transaction_of(request, known); !known) {
    refuse_transaction(request, nullptr, known);
    return;
  }
  auto work = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  receipt(request);
  if (work.empty()) return;
  for (operation& op : work.mapped()) apply(op);
}

void connection::handle_abort(stomp::client_request& request) {
  bool known = true;
  if (transaction_of(request, known); !known) {
    refuse_transaction(request, nullptr, known);
    return;
  }
  auto work = transactions_.extract(std::string(request.f.get_or("transaction", "")));
  if (!work.empty()) {
    for (const operation& op : work.mapped()) {
      // The messages are still with the client, to be settled another way.
      subscription* s = find_subscription(op.subscription);
      if (op.what == command::send || s == nullptr) continue;
      for (auto& [number, d] : s->unsettled) {
        if (number > op.number) break;
        if (std::exchange(d.in_transaction, false)) --s->in_transaction;
        d.is_named = false;
      }
    }
  }
  receipt(request);
}

}  // namespace mockbroker
