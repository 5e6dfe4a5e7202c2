// What a test with the harness costs: wall and CPU time of the things that every test does, on the
// simulation and on sockets. Means and medians of COUNT rounds.
//
// usage: harness_cost [COUNT]     default 200
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "harness/cpp/stage.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

std::unique_ptr<harness::world> make_world(bool simulated) {
  return simulated ? harness::make_simulated_world({}) : harness::make_socket_world();
}

// Runs `round` so often; it answers the milliseconds that count.
void measure(const char* what, int count, const std::function<double()>& round) {
  std::vector<double> all;
  const std::clock_t before = std::clock();
  for (int i = 0; i < count; ++i) all.push_back(round());
  const double cpu = double(std::clock() - before) * 1000 / CLOCKS_PER_SEC / count;
  std::sort(all.begin(), all.end());
  double sum = 0;
  for (const double each : all) sum += each;
  std::printf("%-58s median %7.3f ms  mean %7.3f ms  CPU of a round %7.3f ms\n", what,
              all[all.size() / 2], sum / count, cpu);
}

double since(clock_type::time_point start) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
}

void measure_world(bool simulated, int count) {
  const std::string where = simulated ? "simulation: " : "sockets: ";
  measure((where + "broker start to first CONNECTED").c_str(), count, [&] {
    auto world = make_world(simulated);
    const auto start = clock_type::now();
    harness::stage s(std::move(world));
    s.connect();
    const double took = since(start);
    s.finish();
    return took;
  });
  measure((where + "connect, subscribe, publish, receive over TCP").c_str(), count, [&] {
    harness::stage s(make_world(simulated));
    const std::string url = s.tcp_url();
    const auto start = clock_type::now();
    auto& c = s.connect({.url = url});
    auto news = c.subscribe("/queue/foo");
    s.publish("/queue/foo", "hi");
    if (news.next().body != "hi") std::exit(1);
    const double took = since(start);
    s.finish();
    return took;
  });
}

void measure_lost_beats(int count) {
  measure("simulation: a client that notices a silent broker", count, [] {
    const auto start = clock_type::now();
    harness::stage s(make_world(true));
    harness::connect_options how;
    how.client.stomp.beats = {std::chrono::seconds(10), std::chrono::seconds(10)};
    auto& c = s.connect(how);
    s.arm("eat_heartbeats way=to-client");
    s.advance(std::chrono::minutes(1));
    c.closed();
    s.finish();
    return since(start);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 200;
  if (count < 1) {
    std::fprintf(stderr, "usage: harness_cost [COUNT]\n");
    return 2;
  }
  measure_world(true, count);
  measure_world(false, count);
  measure_lost_beats(count);
  return 0;
}
