// What a server checks in a well-formed client frame before anybody acts on it: required headers,
// ack modes, subscription ids and transactions, per version (STOMP 1.0-1.2, Client Frames).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "stomp/dialect.hpp"
#include "stomp/error.hpp"
#include "stomp/frame.hpp"

namespace stomp {

// A client frame that passed the checks, with what they found out.
struct client_request {
  command what = command::send;
  frame f;
  // SUBSCRIBE and UNSUBSCRIBE: the key of the subscription, unique on its connection. The id, or
  // in 1.0 without one the destination.
  std::string subscription;
  ack_mode ack = ack_mode::automatic;  // of a SUBSCRIBE
};

// The subscriptions and transactions that a connection has open. Both are bounded.
class server_book {
 public:
  struct bounds {
    std::size_t subscriptions = 10000;
    std::size_t transactions = 1000;
  };
  explicit server_book(bounds limit) : limit_(limit) {}

  // Judges `request.f`, fills in the rest of `request`, and books what it opens or closes. The
  // failure has no code when all is well; else nothing was booked.
  failure check(client_request& request, version v, const dialect& rules);

  // The application refused it: frees the id again.
  void forget_subscription(const std::string& key) { subscriptions_.erase(key); }
  std::size_t subscriptions() const noexcept { return subscriptions_.size(); }
  std::size_t transactions() const noexcept { return transactions_.size(); }

 private:
  failure check_subscribe(client_request& request, version v, const dialect& rules);
  failure check_unsubscribe(client_request& request, version v);
  failure check_ack(const frame& f, version v) const;
  failure check_transaction(const client_request& request);
  failure check_open_transaction(const frame& f) const;

  bounds limit_;
  std::map<std::string, std::string, std::less<>> subscriptions_;  // key -> destination
  std::set<std::string, std::less<>> transactions_;
};

// The highest version both sides speak, from a CONNECT's accept-version (S-VER-1); nothing when
// there is none. `supported` may be in any order.
std::optional<version> choose_version(const frame& connect, const std::set<version>& supported,
                                      version_list_rule parts = version_list_rule::trimmed);

}  // namespace stomp
