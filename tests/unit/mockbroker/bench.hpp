// A broker with a recording output, and clients that speak raw STOMP to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/cpp/matchers.hpp"
#include "mockbroker/broker/broker.hpp"
#include "stomp/parser.hpp"

namespace mockbroker_test {

using namespace std::chrono_literals;
using mockbroker::connection_id;
using stomp::time_point;
inline constexpr time_point t0{std::chrono::hours(1)};
inline constexpr mockbroker::wall_time wall0{std::chrono::seconds(1700000000)};

struct line {
  std::string bytes;
  std::vector<stomp::payload> kinds;
  std::optional<stomp::failure> closed;
  std::optional<time_point> wake;
  bool is_full = false;  // send() reports a full queue
};

struct recorder final : mockbroker::output {
  std::map<connection_id, line> lines;
  std::vector<std::string> received;
  int freed = 0;
  std::optional<time_point> sweep;
  mockbroker::broker* close_back = nullptr;  // calls on_closed() from inside close()

  bool send(connection_id id, std::string bytes, stomp::payload kind) override {
    lines[id].bytes += bytes;
    lines[id].kinds.push_back(kind);
    return !lines[id].is_full;
  }
  void close(connection_id id, const stomp::failure& why) override {
    EXPECT_FALSE(lines[id].closed) << "closed twice";
    lines[id].closed = why;
    if (close_back != nullptr) close_back->on_closed(id, t0);
  }
  void wake_at(connection_id id, time_point when) override { lines[id].wake = when; }
  void sweep_at(time_point when) override { sweep = when; }
  void memory_freed() override { ++freed; }
  void frame_received(connection_id, const stomp::frame& f) override {
    received.push_back(f.command);
  }
};

inline mockbroker::broker_options default_options() {
  mockbroker::broker_options o;
  o.start = t0;
  o.wall_start = wall0;
  o.seed = 7;
  return o;
}

// The broker under test. `now` is the time of every call.
struct bench {
  recorder out;
  time_point now = t0;
  mockbroker::broker broker;
  explicit bench(mockbroker::broker_options o = default_options()) : broker(std::move(o), out) {}

  mockbroker::destination_info info(std::string_view name) const {
    for (const auto& d : broker.destinations()) {
      if (d.text == name) return d;
    }
    ADD_FAILURE() << "no destination " << name;
    return {};
  }
};

// `header_lines` are "name:value\n" lines, already escaped.
inline std::string wire(std::string_view command, std::string_view header_lines,
                        std::string_view body = {}) {
  std::string text(command);
  text += "\n";
  text += header_lines;
  text += "\n";
  text += body;
  text += '\0';
  return text;
}

class client {
 public:
  explicit client(bench& b, std::string version = "1.2", mockbroker::open_info info = {})
      : b_(b), version_(std::move(version)), id_(b.broker.on_open(std::move(info), b.now)) {}
  // Connects at once.
  static std::unique_ptr<client> connected(bench& b, const std::string& version = "1.2") {
    auto c = std::make_unique<client>(b, version);
    c->say("CONNECT", "accept-version:" + version + "\nhost:h\nheart-beat:0,0\n");
    EXPECT_THAT(c->take_one(), harness::command("CONNECTED"));
    return c;
  }

  void raw(std::string_view bytes) { b_.broker.on_bytes(id_, bytes, b_.now); }
  void say(std::string_view command, std::string_view headers, std::string_view body = {}) {
    raw(wire(command, headers, body));
  }
  void send(const std::string& destination, std::string_view body, const std::string& more = "") {
    say("SEND", "destination:" + destination + "\n" + more, body);
  }
  void subscribe(const std::string& destination, const std::string& id,
                 const std::string& ack = "auto") {
    say("SUBSCRIBE", "destination:" + destination + "\nid:" + id + "\nack:" + ack + "\n");
  }
  // ACK or NACK of a received MESSAGE, with the keys of this client's version.
  void settle(std::string_view command, const stomp::frame& m, const std::string& more = "") {
    if (version_ == "1.2") {
      say(command, "id:" + std::string(m.get_or("ack", "")) + "\n" + more);
    } else {
      say(command, "message-id:" + std::string(m.get_or("message-id", "")) +
                       "\nsubscription:" + std::string(m.get_or("subscription", "")) + "\n" + more);
    }
  }
  void ack(const stomp::frame& m, const std::string& more = "") { settle("ACK", m, more); }
  void nack(const stomp::frame& m, const std::string& more = "") { settle("NACK", m, more); }
  // The peer is gone, without a word.
  void vanish() { b_.broker.on_closed(id_, b_.now); }

  // The frames that came since the last call.
  std::vector<stomp::frame> take() {
    const std::string bytes = std::exchange(b_.out.lines[id_].bytes, {});
    stomp::parser parser(stomp::strict());
    parser.set_version(*stomp::parse_version(version_));
    std::vector<stomp::frame> found;
    std::string_view rest = bytes;
    while (auto event = parser.next(rest)) {
      EXPECT_FALSE(std::holds_alternative<stomp::failure>(*event));
      if (auto* f = std::get_if<stomp::frame>(&*event)) found.push_back(std::move(*f));
    }
    EXPECT_TRUE(parser.at_boundary());
    return found;
  }
  stomp::frame take_one() {
    auto all = take();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? stomp::frame{} : all.front();
  }
  // The bodies of the MESSAGE frames among them.
  std::vector<std::string> bodies() {
    std::vector<std::string> found;
    for (const auto& f : take()) {
      if (f.command == "MESSAGE") found.push_back(f.body);
    }
    return found;
  }
  const line& state() { return b_.out.lines[id_]; }
  bool is_closed() { return state().closed.has_value(); }
  std::error_code close_code() { return is_closed() ? state().closed->code : std::error_code{}; }
  connection_id id() const { return id_; }

 private:
  bench& b_;
  std::string version_;
  connection_id id_;
};

using texts = std::vector<std::string>;

}  // namespace mockbroker_test
