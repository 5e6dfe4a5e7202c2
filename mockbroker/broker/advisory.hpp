// Advisory messages: the broker tells on topics of its own what happens in it (facts:
// ActiveMQ 3.9). The bodies are those that ActiveMQ makes of its commands for `jms-advisory-json`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/destination_name.hpp"
#include "mockbroker/broker/message.hpp"
#include "mockbroker/broker/subscription.hpp"
#include "stomp/frame.hpp"

namespace mockbroker {

inline constexpr std::string_view advisory_prefix = "ActiveMQ.Advisory.";

// Whether a topic is one of the broker's own.
bool is_advisory(const destination_name& d) noexcept;

// What is told, and on which topic.
struct advisory {
  std::string topic;  // without prefix of the wire
  std::string body;
  std::vector<stomp::header> headers{};  // besides those that every advisory has
};

// Who a connection is.
struct connection_facts {
  std::string session;
  std::string client_id;
  std::string address;  // "tcp://127.0.0.1:5000"
  std::string login;
};

advisory connection_started(const connection_facts& c);
advisory connection_stopped(const connection_facts& c);
// `by` is the session that made it or it belonged to.
advisory destination_added(const destination_name& d, std::string_view by);
advisory destination_removed(const destination_name& d, std::string_view by);
// One for each destination that is wanted; `count` is how many consumers that one has now.
advisory consumer_added(const subscription& s, const destination_name& d, std::string_view by,
                        std::size_t count);
advisory consumer_removed(const subscription& s, const destination_name& d, std::string_view by,
                          std::size_t count);
advisory message_expired(const message& m, const destination_name& d);
advisory message_buried(const message& m, const destination_name& d);

}  // namespace mockbroker
