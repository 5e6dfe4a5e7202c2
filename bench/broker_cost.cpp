// What one message costs the broker's core, in CPU time, while the queue, the number of queues, of
// subscribers and of unsettled messages grow. No sockets: the octets of SEND and ACK in, those of
// MESSAGE out. A cost that grows with any of them is a defect.
//
// usage: broker_cost [LARGEST]        default 1000000 messages and 100000 destinations
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "mockbroker/broker/broker.hpp"

namespace {

using stomp::time_point;

constexpr time_point t0{std::chrono::hours(1)};

// Counts what goes out and drops it; keeps the last ack id.
struct sink final : mockbroker::output {
  std::size_t frames = 0;
  std::string last;
  bool keeps = false;

  bool send(mockbroker::connection_id, std::string bytes, stomp::payload) override {
    ++frames;
    if (keeps) last = std::move(bytes);
    return true;
  }
  void close(mockbroker::connection_id, const stomp::failure& why) override {
    std::fprintf(stderr, "closed: %s\n", why.text.c_str());
    std::exit(1);
  }
  void wake_at(mockbroker::connection_id, time_point) override {}

  std::string ack_id() const {
    const std::size_t from = last.find("\nack:") + 5;
    return last.substr(from, last.find('\n', from) - from);
  }
};

struct bench {
  sink out;
  mockbroker::broker broker;
  mockbroker::connection_id producer;

  bench() : broker(options(), out), producer(connect()) {}

  static mockbroker::broker_options options() {
    mockbroker::broker_options o;
    o.kind = mockbroker::activemq_profile();
    o.start = t0;
    o.memory_limit = std::size_t{8} << 30U;
    o.per_connection.subscriptions = 1000000;
    return o;
  }
  mockbroker::connection_id connect() {
    const auto id = broker.on_open({}, t0);
    say(id, "CONNECT\naccept-version:1.2\n\n");
    return id;
  }
  void say(mockbroker::connection_id id, std::string text) {
    text += '\0';
    broker.on_bytes(id, text, t0);
  }
  void send(const std::string& to) {
    say(producer, "SEND\ndestination:" + to + "\n\nhello, world");
  }
  void subscribe(mockbroker::connection_id id, const std::string& to, const std::string& more) {
    say(id, "SUBSCRIBE\nid:" + to + "\ndestination:" + to + "\n" + more + "\n");
  }
};

double cpu_ns() { return static_cast<double>(std::clock()) * 1e9 / CLOCKS_PER_SEC; }

// CPU nanoseconds a call, over `count` calls.
template <class Call>
double cost(std::size_t count, Call call) {
  const double start = cpu_ns();
  for (std::size_t i = 0; i < count; ++i) call(i);
  return (cpu_ns() - start) / static_cast<double>(count);
}

constexpr std::size_t calls = 20000;

double by_depth(std::size_t depth) {
  bench b;
  for (std::size_t i = 0; i < depth; ++i) b.send("/queue/deep");
  const auto consumer = b.connect();
  b.out.keeps = true;
  b.subscribe(consumer, "/queue/deep", "ack:client-individual\nactivemq.prefetchSize:1\n");
  return cost(std::min(calls, depth), [&](std::size_t) {
    b.send("/queue/deep");
    b.say(consumer, "ACK\nid:" + b.out.ack_id() + "\n\n");
  });
}

double by_destinations(std::size_t count) {
  bench b;
  const auto consumer = b.connect();
  for (std::size_t i = 0; i < count; ++i) b.send("/queue/q" + std::to_string(i));
  b.subscribe(consumer, "/queue/q0", "");
  return cost(calls, [&](std::size_t) { b.send("/queue/q0"); });
}

double by_subscriptions(std::size_t count) {
  bench b;
  const auto consumer = b.connect();
  for (std::size_t i = 0; i < count; ++i) b.subscribe(consumer, "/queue/q" + std::to_string(i), "");
  return cost(calls, [&](std::size_t i) { b.send("/queue/q" + std::to_string(i % count)); });
}

double by_unsettled(std::size_t count) {
  bench b;
  const auto consumer = b.connect();
  b.out.keeps = true;
  b.subscribe(consumer, "/queue/held", "ack:client-individual\nactivemq.prefetchSize:100000000\n");
  for (std::size_t i = 0; i < count; ++i) b.send("/queue/held");
  return cost(calls, [&](std::size_t) {
    b.send("/queue/held");
    b.say(consumer, "ACK\nid:" + b.out.ack_id() + "\n\n");
  });
}

// For one receiver of many.
double by_subscribers(std::size_t count) {
  bench b;
  for (std::size_t i = 0; i < count; ++i) b.subscribe(b.connect(), "/topic/t", "");
  const std::size_t sends = std::max<std::size_t>(calls * 5 / count, 20);
  return cost(sends, [&](std::size_t) { b.send("/topic/t"); }) / static_cast<double>(count);
}

void curve(const char* what, double (*measure)(std::size_t), std::size_t largest) {
  std::printf("%-44s", what);
  for (std::size_t n = 100; n <= largest; n *= 10) {
    std::printf("  %zu: %.0f", n, measure(n));
    std::fflush(stdout);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t largest = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000000;
  const std::size_t hundred_thousand = std::min<std::size_t>(largest, 100000);
  std::printf("CPU ns a message (for topics: a delivery)\n");
  curve("messages that wait in the queue", by_depth, largest);
  curve("other destinations", by_destinations, hundred_thousand);
  curve("subscriptions of the connection", by_subscriptions, hundred_thousand);
  curve("unsettled messages of the subscription", by_unsettled, hundred_thousand);
  curve("subscribers of the topic", by_subscribers, 10000);
  return 0;
}
