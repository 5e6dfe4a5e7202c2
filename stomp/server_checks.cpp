#include "stomp/server_checks.hpp"

#include <algorithm>

#include "stomp/text.hpp"

namespace stomp {
namespace {

failure missing(const frame& f, std::string_view name) {
  return {errc::missing_header, f.command + " needs the header '" + std::string(name) + "'"};
}

bool lacks(const frame& f, std::string_view name) { return f.get_or(name, "").empty(); }

}  // namespace

failure server_book::check(client_request& request, version v, const dialect& rules) {
  const frame& f = request.f;
  switch (request.what) {
    case command::send:
      if (lacks(f, "destination")) return missing(f, "destination");
      return check_open_transaction(f);
    case command::subscribe:
      return check_subscribe(request, v, rules);
    case command::unsubscribe:
      return check_unsubscribe(request, v);
    case command::nack:
      if (v == version::v1_0) return {errc::unknown_command, "NACK does not exist in STOMP 1.0"};
      [[fallthrough]];
    case command::ack:
      return check_ack(f, v);
    case command::begin:
    case command::commit:
    case command::abort:
      return check_transaction(request);
    case command::connect:
    case command::disconnect:
      break;
  }
  return {};
}

failure server_book::check_subscribe(client_request& request, version v, const dialect& rules) {
  const frame& f = request.f;
  if (lacks(f, "destination")) return missing(f, "destination");
  if (lacks(f, "id") && v != version::v1_0) return missing(f, "id");
  const auto mode = parse_ack_mode(f.get_or("ack", "auto"));
  if (!mode && rules.unknown_ack_mode_is_error) {
    return {errc::bad_header_value, "ack mode " + quote_peer_text(f.get_or("ack", "")) +
                                        " (expected auto, client or client-individual)"};
  }
  request.ack = mode.value_or(ack_mode::automatic);
  request.subscription = f.get_or(lacks(f, "id") ? "destination" : "id", "");
  if (subscriptions_.contains(request.subscription)) {
    return {errc::duplicate_subscription,
            "subscription " + quote_peer_text(request.subscription) + " is in use"};
  }
  if (subscriptions_.size() >= limit_.subscriptions) {
    return {errc::too_many_subscriptions,
            "more than " + std::to_string(limit_.subscriptions) + " subscriptions"};
  }
  subscriptions_.emplace(request.subscription, f.get_or("destination", ""));
  return {};
}

failure server_book::check_unsubscribe(client_request& request, version v) {
  const frame& f = request.f;
  const bool by_destination = lacks(f, "id");
  if (by_destination && v != version::v1_0) return missing(f, "id");
  if (by_destination && lacks(f, "destination")) return missing(f, "id' or 'destination");
  const std::string_view wanted = f.get_or(by_destination ? "destination" : "id", "");
  auto found = subscriptions_.find(wanted);
  if (by_destination && found == subscriptions_.end()) {
    found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                         [wanted](const auto& entry) { return entry.second == wanted; });
  }
  if (found == subscriptions_.end()) {
    return {errc::no_such_subscription, "no subscription " + quote_peer_text(wanted)};
  }
  request.subscription = found->first;
  subscriptions_.erase(found);
  return {};
}

failure server_book::check_ack(const frame& f, version v) const {
  if (v == version::v1_2) {
    if (lacks(f, "id")) return missing(f, "id");
  } else {
    if (lacks(f, "message-id")) return missing(f, "message-id");
    if (v == version::v1_1 && lacks(f, "subscription")) return missing(f, "subscription");
  }
  return check_open_transaction(f);
}

failure server_book::check_transaction(const client_request& request) {
  if (lacks(request.f, "transaction")) return missing(request.f, "transaction");
  const std::string_view name = request.f.get_or("transaction", "");
  const auto found = transactions_.find(name);
  if (request.what != command::begin) {
    if (auto unknown = check_open_transaction(request.f); unknown.code) return unknown;
    transactions_.erase(found);
    return {};
  }
  if (found != transactions_.end()) {
    return {errc::duplicate_transaction, "transaction " + quote_peer_text(name) + " is open"};
  }
  if (transactions_.size() >= limit_.transactions) {
    return {errc::too_many_transactions,
            "more than " + std::to_string(limit_.transactions) + " open transactions"};
  }
  transactions_.emplace(name);
  return {};
}

failure server_book::check_open_transaction(const frame& f) const {
  const auto name = f.get("transaction");
  if (!name || transactions_.contains(*name)) return {};
  return {errc::no_such_transaction, "no open transaction " + quote_peer_text(*name)};
}

std::optional<version> choose_version(const frame& connect, const std::set<version>& supported,
                                      version_list_rule parts) {
  std::string_view rest = connect.get_or("accept-version", "1.0");
  std::optional<version> best;
  while (true) {
    const std::size_t comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    if (parts == version_list_rule::trimmed) part = trim(part);
    const auto offered = parse_version(part);
    if (offered && supported.contains(*offered)) best = std::max(best.value_or(*offered), *offered);
    if (comma == std::string_view::npos) return best;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace stomp
