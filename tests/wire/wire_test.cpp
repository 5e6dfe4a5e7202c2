// The wire table on the mock broker, in simulation: each row over its transports, in every
// delivery. The same rows are green on a real ActiveMQ (docs/activemq-compatibility.md).
#include <gtest/gtest.h>

#include <set>

#include "harness/cpp/simulated.hpp"
#include "harness/ladder/runner.hpp"
#include "mockbroker/app/server.hpp"
#include "net/stderr_log.hpp"
#include "tests/wire/rows.hpp"

namespace {

using harness::ladder::delivery;
using harness::ladder::row;
using harness::ladder::transport;

constexpr std::uint16_t ws_port = 61614;
constexpr std::uint16_t stomp_port = 61613;

const std::vector<row>& all_rows() {
  static const auto rows = wire::load_folder(PUMPHOUSE_SOURCE_DIR "/tests/wire");
  return rows;
}

std::optional<std::string> play(const row& r, const std::string& profile, transport over,
                                delivery how) {
  net::simulation sim;
  mockbroker::server_options options;
  options.broker.kind = *mockbroker::find_profile(profile);
  options.broker.start = sim.now();
  options.broker.wall_start = sim.wall_now();
  mockbroker::server shell(sim, net::null_log(), std::move(options));
  shell.serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
  shell.serve_stomp(std::move(*sim.listen({"", stomp_port})));
  harness::ladder::run_options run;
  run.over = over;
  run.how = how;
  run.tag = "w1";
  return harness::run(sim, harness::ladder::play(sim, {"localhost", stomp_port, ws_port}, r, run));
}

class Wire : public testing::TestWithParam<std::size_t> {};

TEST_P(Wire, Row) {
  const row& r = all_rows()[GetParam()];
  ASSERT_FALSE(r.cites.empty()) << "a row says which rule it mirrors";
  ASSERT_FALSE(r.profiles.empty());
  for (const auto& profile : r.profiles) {
    ASSERT_TRUE(mockbroker::find_profile(profile)) << profile;
    for (const transport over : r.on) {
      for (const delivery how : {delivery::written, delivery::split, delivery::joined}) {
        if (how == delivery::joined && over == transport::ws) continue;
        const auto wrong = play(r, profile, over, how);
        EXPECT_FALSE(wrong) << *wrong;
      }
    }
  }
}

std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
  std::string name = all_rows()[info.param].name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name + "_" + std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Table, Wire, testing::Range<std::size_t>(0, all_rows().size()), name_of);

TEST(WireTable, HasAtLeastSixHundredRowsWithNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const row& r : all_rows()) EXPECT_TRUE(names.insert(r.name).second) << r.name;
  EXPECT_GE(names.size(), 600U);
}

}  // namespace
