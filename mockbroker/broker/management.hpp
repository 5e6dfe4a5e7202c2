// The broker as its operator sees it: plain values, copied out at the moment of the question.
// Consoles, the control API and tests are made of these.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mockbroker/broker/types.hpp"

namespace mockbroker {

struct destination_info {
  destination_name name;
  std::string text;           // as clients write it
  std::size_t pending = 0;    // stored: waiting and not yet settled (QueueSize); topics: waiting
  std::size_t unsettled = 0;  // what consumers hold (InFlightCount)
  std::size_t consumers = 0;  // also browsers
  std::uint64_t enqueued = 0;
  std::uint64_t dequeued = 0;
  std::uint64_t dispatched = 0;
  std::uint64_t expired = 0;
  std::size_t octets = 0;          // memory of what is stored
  std::uint64_t total_octets = 0;  // bodies of everything enqueued
  std::size_t smallest = 0;        // octets of the smallest and largest body enqueued
  std::size_t largest = 0;
  std::size_t groups = 0;
  bool is_paused = false;
  bool is_dead_letter = false;
};

struct subscription_info {
  connection_id connection = 0;  // 0: a durable one that is offline
  std::uint64_t number = 0;      // of the connection's subscriptions, from 1
  std::string client_id;         // of the connection, else its session
  std::string session;           // of the connection; empty when offline
  std::string id;                // its key on the connection
  std::string destination;       // as clients write it
  std::vector<destination_name> wanted;
  stomp::ack_mode ack = stomp::ack_mode::automatic;
  std::size_t unsettled = 0;  // written and not settled
  std::size_t waiting = 0;    // topics: not yet written
  std::uint64_t enqueued = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dequeued = 0;
  std::uint64_t discarded = 0;
  std::size_t prefetch = 0;
  std::size_t backlog = 0;  // topics: how many may wait; 0: any number
  int priority = 0;
  bool exclusive = false;
  bool retroactive = false;
  bool no_local = false;
  bool browser = false;
  bool is_durable = false;
  std::string durable_name;
  std::string selector;
};

struct connection_info {
  connection_id id = 0;
  stomp::transport how = stomp::transport::stream;
  std::string remote;     // "127.0.0.1:5000"
  std::string login;      // what CONNECT said; never the passcode
  std::string client_id;  // of CONNECT; empty: none
  std::string session;    // as in CONNECTED
  bool connected = false;
  bool is_slow = false;  // its output queue is full
  stomp::version version = stomp::version::v1_0;
  time_point opened{};
  std::uint64_t frames_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::size_t transactions = 0;
  std::vector<subscription_info> subscriptions;
};

// A stored message.
struct message_info {
  message_facts facts;
  stomp::frame content;  // headers that every receiver gets, and the body
  bool redelivered = false;
  bool is_held = false;  // a consumer has it
};

}  // namespace mockbroker
