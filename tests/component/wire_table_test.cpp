// Every row of the wire table (tests/wire) against the mock on a simulated network: over TCP and
// WebSocket, whole, octet by octet, and joined. The same rows hold for the real broker.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/ladder/parser.hpp"
#include "harness/ladder/runner.hpp"
#include "mockbroker/app/server.hpp"
#include "net/simulation.hpp"
#include "net/stderr_log.hpp"

namespace harness::ladder {

// Found by GoogleTest: how a row is shown.
void PrintTo(const ladder_case& c, std::ostream* out) { *out << c.name; }

namespace {

constexpr std::uint16_t tcp_port = 61613;
constexpr std::uint16_t ws_port = 61614;

std::vector<ladder_case> all_rows() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(PUMPHOUSE_SOURCE_DIR "/tests/wire")) {
    if (entry.path().extension() == ".ladder") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<ladder_case> rows;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const std::string name = file.substr(sizeof PUMPHOUSE_SOURCE_DIR);
    auto got = parse(text.str(), name);
    if (auto* e = std::get_if<parse_error>(&got)) throw std::runtime_error(e->text());
    auto& cases = std::get<std::vector<ladder_case>>(got);
    std::move(cases.begin(), cases.end(), std::back_inserter(rows));
  }
  return rows;
}

// A row's outcome in a world of its own.
outcome play_on_mock(const ladder_case& row, transport over, delivery how) {
  net::simulation sim;
  auto profile = mockbroker::find_profile(row.profile);
  if (!profile) return {false, "no profile " + row.profile};
  mockbroker::server_options options;
  options.broker.kind = *profile;
  options.broker.start = sim.now();
  options.broker.wall_start = sim.wall_now();
  std::optional<outcome> done;
  {
    mockbroker::server broker(sim, net::null_log(), std::move(options));
    broker.serve_stomp(std::move(*sim.listen({"", tcp_port})));
    broker.serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
    run_options with;
    with.tcp = {"localhost", tcp_port};
    with.ws = {"localhost", ws_port};
    with.over = over;
    with.how = how;
    with.newline_follows = profile->newline_after_frame;
    net::task_group group(sim);
    auto body = [](net::task<outcome> inner, std::optional<outcome>& into) -> net::task<void> {
      into.emplace(co_await inner);
    };
    group.spawn(body(play(sim, row, with), done));
    sim.run_until([&] { return done.has_value(); });
  }
  sim.run();
  if (!done) return {false, row.name + ": came to rest before its end"};
  if (done->passed && sim.outstanding() != net::simulation::left_over{}) {
    return {false, row.name + ": something is left over"};
  }
  return *done;
}

class wire_table : public ::testing::TestWithParam<ladder_case> {};

TEST_P(wire_table, holds_for_the_mock) {
  const ladder_case& row = GetParam();
  for (const auto over : {transport::tcp, transport::ws}) {
    if (!plays_over(row, over)) continue;
    for (const auto how : {delivery::as_written, delivery::split, delivery::joined}) {
      const auto done = play_on_mock(row, over, how);
      EXPECT_TRUE(done.passed) << done.report;
    }
  }
}

std::string test_name(const ::testing::TestParamInfo<ladder_case>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(rows, wire_table, ::testing::ValuesIn(all_rows()), test_name);

}  // namespace
}  // namespace harness::ladder
