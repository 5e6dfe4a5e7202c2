// A server session and a client session with a sink that writes down what they do.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "stomp/client_session.hpp"
#include "stomp/server_session.hpp"
#include "tests/unit/stomp/events.hpp"

namespace stomp_test {

using namespace std::chrono_literals;
inline constexpr stomp::time_point t0{std::chrono::hours(1)};

// What was sent, also as frames; heart-beats are counted.
struct outbox {
  std::string bytes;
  std::vector<std::string> messages;
  std::vector<stomp::payload> kinds;
  std::optional<stomp::failure> closed;
  std::optional<stomp::time_point> wake;

  void take(std::string part, stomp::payload kind) {
    bytes += part;
    messages.push_back(std::move(part));
    kinds.push_back(kind);
  }
  std::vector<stomp::frame> sent(stomp::version v = stomp::version::v1_2) const {
    return frames(parse({bytes}, {.v = v}));
  }
  stomp::frame last(stomp::version v = stomp::version::v1_2) const {
    const auto all = sent(v);
    return all.empty() ? stomp::frame{} : all.back();
  }
  int beats() const { return static_cast<int>(std::count(messages.begin(), messages.end(), "\n")); }
};

struct server_log final : stomp::server_sink {
  outbox out;
  std::vector<stomp::client_request> requests;
  std::vector<stomp::version> connects;
  stomp::login_verdict verdict = stomp::login_verdict::accept;

  void send(std::string bytes, stomp::payload kind) override { out.take(std::move(bytes), kind); }
  void close(const stomp::failure& why) override {
    EXPECT_FALSE(out.closed) << "closed twice";
    out.closed = why;
  }
  void wake_at(stomp::time_point when) override { out.wake = when; }
  stomp::login_verdict authenticate(const stomp::frame&) override { return verdict; }
  void connected(const stomp::frame&, stomp::version v) override { connects.push_back(v); }
  void deliver(stomp::client_request request) override { requests.push_back(std::move(request)); }
};

struct client_log final : stomp::client_sink {
  outbox out;
  std::vector<stomp::frame> messages;
  std::vector<std::string> receipts;
  std::vector<stomp::frame> errors;
  std::optional<stomp::version> connected_as;

  void send(std::string bytes, stomp::payload kind) override { out.take(std::move(bytes), kind); }
  void close(const stomp::failure& why) override {
    EXPECT_FALSE(out.closed) << "closed twice";
    out.closed = why;
  }
  void wake_at(stomp::time_point when) override { out.wake = when; }
  void connected(const stomp::frame&, stomp::version v) override { connected_as = v; }
  void message(stomp::frame f) override { messages.push_back(std::move(f)); }
  void receipt(std::string_view id) override { receipts.emplace_back(id); }
  void error(stomp::frame f) override { errors.push_back(std::move(f)); }
};

}  // namespace stomp_test
