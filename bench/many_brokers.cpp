// Many brokers in one process, as a test suite has them: each with a port and a client, and one
// message through each. Prints the time and what the process grew by for each.
//
// usage: many_brokers real|simulated [COUNT]     default 1000; exit code 1 when a message is
// missing
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/app/server.hpp"
#include "net/real_runtime.hpp"
#include "net/simulation.hpp"
#include "net/stderr_log.hpp"

namespace {

constexpr auto limit = std::chrono::seconds(60);
// What each client says, each frame without its NUL.
constexpr std::string_view script[] = {"CONNECT\naccept-version:1.2\nhost:localhost\n\n",
                                       "SUBSCRIBE\nid:0\ndestination:/queue/q\n\n",
                                       "SEND\ndestination:/queue/q\n\nhello, world"};

// Proportional set size of this process.
std::size_t pss_kib() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string word;
  std::size_t kib = 0;
  while (rollup >> word) {
    if (word == "Pss:" && rollup >> kib) return kib;
  }
  std::fprintf(stderr, "no Pss line\n");
  std::exit(1);
}

// A broker and its client, which stays connected.
struct tenant {
  std::unique_ptr<mockbroker::server> broker;
  std::unique_ptr<net::stream> client;
};

std::uint16_t start(net::runtime& rt, tenant& of) {
  mockbroker::server_options o;
  o.broker.kind = mockbroker::activemq_profile();
  o.broker.start = rt.now();
  o.broker.wall_start = rt.wall_now();
  of.broker = std::make_unique<mockbroker::server>(rt, net::null_log(), std::move(o));
  auto bound = rt.listen({"127.0.0.1", 0});
  if (!bound) {
    std::fprintf(stderr, "listen: %s\n", bound.error().message().c_str());
    std::exit(1);
  }
  const std::uint16_t port = (*bound)->local_endpoint().port;
  of.broker->serve_stomp(std::move(*bound));
  return port;
}

// Connects, subscribes, sends one message, and reads until it comes back.
net::task<void> round_trip(net::runtime& rt, tenant& of, std::uint16_t port, std::size_t& done) {
  auto opened = co_await rt.connect("127.0.0.1", port);
  if (!opened) co_return;
  of.client = std::move(*opened);
  std::string said;
  for (const auto frame : script) said.append(frame) += '\0';
  if (co_await net::write_all(*of.client, said)) co_return;
  std::string heard;
  std::array<char, 1024> piece;
  while (heard.find("hello, world") == std::string::npos) {
    auto size = co_await net::read_some(*of.client, piece);
    if (!size) co_return;
    heard.append(piece.data(), *size);
  }
  ++done;
}

net::task<int> all(net::runtime& rt, std::vector<tenant>& tenants, std::size_t& done) {
  for (auto& each : tenants) {
    const std::uint16_t port = start(rt, each);
    co_await round_trip(rt, each, port, done);
  }
  co_return 0;
}

net::task<void> run(net::runtime& rt, std::vector<tenant>& tenants, std::size_t& done) {
  co_await net::with_deadline(rt, rt.now() + limit, all(rt, tenants, done));
}

// Drives `rt` until all is done.
void drive(net::simulation& rt, std::vector<tenant>& tenants, std::size_t& done) {
  net::task_group group(rt);
  group.spawn(run(rt, tenants, done));
  rt.run_until([&group] { return group.size() == 0; });
}

void drive(net::real_runtime& rt, std::vector<tenant>& tenants, std::size_t& done) {
  net::task_group group(rt);
  auto then_stop = [](net::real_runtime& world, net::task<void> inner) -> net::task<void> {
    co_await inner;
    world.stop();
  };
  group.spawn(then_stop(rt, run(rt, tenants, done)));
  rt.run();
}

template <class Runtime>
int measure(const char* name, Runtime& rt, std::size_t count) {
  std::vector<tenant> tenants(count);
  std::size_t done = 0;
  const std::size_t before = pss_kib();
  const auto begin = std::chrono::steady_clock::now();
  drive(rt, tenants, done);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const double grown = static_cast<double>(pss_kib() - before) / static_cast<double>(count);
  std::printf("%zu brokers in one process, %s network: %.0f ms, %.1f KiB each with its client\n",
              count, name, took.count(), grown);
  if (done == count) return 0;
  std::fprintf(stderr, "only %zu messages arrived\n", done);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string world = argc > 1 ? argv[1] : "";
  const std::size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1000;
  net::raise_descriptor_limit();
  if (world == "real") {
    const auto rt = net::make_real_runtime();
    return measure("real", *rt, count);
  }
  if (world == "simulated") {
    net::simulation rt;
    return measure("simulated", rt, count);
  }
  std::fprintf(stderr, "usage: many_brokers real|simulated [COUNT]\n");
  return 2;
}
