// Every row of *.ladder against the mock broker in the simulation, in every transport and delivery.
// Rows that are not held yet are named in gaps.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/cpp/simulated.hpp"
#include "harness/ladder/json_twin.hpp"
#include "harness/ladder/runner.hpp"
#include "mockbroker/app/script_server.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/console/console.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "mockbroker/script/script_rules.hpp"
#include "net/files.hpp"
#include "net/stderr_log.hpp"

namespace harness::ladder {
namespace {

constexpr std::uint16_t tcp_port = 61613;
constexpr std::uint16_t ws_port = 61614;
constexpr std::uint16_t console_port = 8161;

struct wire_case {
  row what;
  variant how;
  std::string error;  // of the file, instead of a row
};
void PrintTo(const wire_case& c, std::ostream* out) {
  *out << (c.error.empty() ? name_of(c.what, c.how) : c.error);
}

std::string path_of(const std::string& file) {
  return std::string(PUMPHOUSE_SOURCE_DIR) + "/tests/wire/" + file;
}

// Rows that the mock is known to miss: they must fail until their line goes.
std::set<std::string> known_gaps() {
  std::set<std::string> names;
  const auto text = net::read_file(path_of("gaps.txt"), 1 << 20);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.empty() && line[0] != '#') names.emplace(line);
  }
  return names;
}

// Every script of the folder, in the order of their names.
std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_of(""))) {
    if (entry.path().extension() == ".ladder") names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<row> rows_of_all(std::vector<std::string>& errors) {
  std::vector<row> all;
  for (const std::string& name : files()) {
    const std::string file = "tests/wire/" + name;
    const auto text = net::read_file(path_of(name), 1 << 22);
    if (!text) {
      errors.push_back(file + ": " + text.error().message());
      continue;
    }
    auto parsed = parse(*text, file);
    for (const auto& e : parsed.errors) errors.push_back(to_string(e));
    for (auto& r : parsed.rows) {
      if (!mockbroker::find_profile(r.profile)) {
        errors.push_back(file + ": no profile '" + r.profile + "'");
      }
      all.push_back(std::move(r));
    }
  }
  return all;
}

std::vector<wire_case> cases(bool gaps) {
  std::vector<wire_case> all;
  std::vector<std::string> errors;
  const auto open = known_gaps();
  for (const row& r : rows_of_all(errors)) {
    if (open.contains(r.name) != gaps) continue;
    // A gap is judged as a whole: one way in which it fails is enough.
    for (const variant v : variants_of(r)) {
      all.push_back({r, v, {}});
      if (gaps) break;
    }
  }
  for (const auto& e : errors) {
    if (!gaps) all.push_back({{}, {}, e});
  }
  return all;
}

outcome played(const row& r, variant v) {
  net::simulation sim;
  mockbroker::server_options how;
  how.broker.kind = *mockbroker::find_profile(r.profile);
  how.broker.start = sim.now();
  how.broker.wall_start = sim.wall_now();
  mockbroker::server broker(sim, net::null_log(), std::move(how));
  broker.serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
  broker.serve_stomp(std::move(*sim.listen({"", tcp_port})));
  mockbroker::console pages(sim, broker.broker(), {.secrets_kept = 1});
  broker.serve_http(std::move(*sim.listen({"", console_port})), pages);
  run_options options;
  options.broker = {{"localhost", tcp_port}, {"localhost", ws_port}, {"localhost", console_port}};
  return run(sim, run_row(sim, r, v, options, 1));
}

std::string test_name(const ::testing::TestParamInfo<wire_case>& info) {
  std::string name = info.param.error.empty()
                         ? info.param.what.name + "_" + to_string(info.param.how.over) + "_" +
                               to_string(info.param.how.how)
                         : "file_" + std::to_string(info.index);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name + "_" + std::to_string(info.index);
}

TEST(WireTable, IsTheSameInJson) {
  for (const std::string& name : files()) {
    const auto text = net::read_file(path_of(name), 1 << 22);
    ASSERT_TRUE(text) << name;
    const auto rows = parse(*text, name).rows;
    const auto back = from_json(to_json(rows), name);
    for (const auto& e : back.errors) ADD_FAILURE() << to_string(e);
    ASSERT_EQ(back.rows.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_TRUE(back.rows[i] == rows[i]) << rows[i].name;
  }
}

// What is wrong when `r` is played by both sides: by a client, and by a script in the broker's
// place.
std::string against_itself(const row& r, variant v) {
  net::simulation sim;
  mockbroker::script_server broker(sim, net::null_log(), {r}, *mockbroker::find_profile(r.profile));
  broker.serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
  broker.serve_stomp(std::move(*sim.listen({"", tcp_port})));
  run_options options;
  options.broker = {{"localhost", tcp_port}, {"localhost", ws_port}, {}};
  const auto result = run(sim, run_row(sim, r, v, options, 1));
  sim.run();  // the client's ends arrive
  run(sim, broker.stop(std::chrono::seconds(1)));
  if (result.passed && broker.has_held()) return {};
  std::string told = name_of(r, v) + "\n" + result.report;
  for (const auto& each : broker.results()) told += each + "\n";
  return told;
}

TEST(WireTable, PlaysBothSidesOfARowAgainstEachOther) {
  std::vector<std::string> errors;
  std::size_t played = 0;
  for (const row& r : rows_of_all(errors)) {
    // A client that breaks RFC 6455 is told so below the script.
    const bool is_below = r.name.starts_with("invalid-utf-8-is-1007-");
    if (is_below || !mockbroker::refusals({r}).empty()) continue;
    for (const variant v : variants_of(r)) {
      EXPECT_EQ(against_itself(r, v), "");
      ++played;
    }
  }
  EXPECT_GT(played, 1000u);
}

// Behaviours of ActiveMQ's own tests (facts, section 7): a row of its number for each, or a word in
// docs/activemq-compatibility.md why not.
TEST(WireTable, CoversEveryBehaviourOfActiveMqsTests) {
  constexpr int behaviours = 113;
  const std::set<int> explained = {60, 106, 107};
  std::vector<std::string> errors;
  std::set<int> seen;
  for (const row& r : rows_of_all(errors)) {
    if (r.name.starts_with("amq-")) seen.insert(std::atoi(r.name.c_str() + 4));
  }
  for (int number = 1; number <= behaviours; ++number) {
    EXPECT_NE(seen.contains(number), explained.contains(number)) << number;
  }
}

void add_malformations(const std::vector<step>& steps, std::set<std::string_view>& to) {
  for (const step& s : steps) {
    if (s.send.malformation) to.insert(s.send.malformation->name);
    add_malformations(s.inner, to);
  }
}

TEST(WireTable, BreaksFramesInEveryWayOfTheCatalogueInBothProfiles) {
  std::vector<std::string> errors;
  std::map<std::string, std::set<std::string_view>> broken;
  for (const row& r : rows_of_all(errors)) add_malformations(r.steps, broken[r.profile]);
  for (const auto& m : mockbroker::malformations()) {
    for (const char* profile : {"strict", "activemq"}) {
      EXPECT_TRUE(broken[profile].contains(m.name)) << profile << " " << m.name;
    }
  }
}

class WireCase : public ::testing::TestWithParam<wire_case> {};

TEST_P(WireCase, HoldsOnTheMock) {
  ASSERT_EQ(GetParam().error, "");
  const auto result = played(GetParam().what, GetParam().how);
  EXPECT_TRUE(result.passed) << result.report;
}

INSTANTIATE_TEST_SUITE_P(Wire, WireCase, ::testing::ValuesIn(cases(false)), test_name);

TEST(WireTable, KnowsEveryRowThatIsCalledAGap) {
  std::vector<std::string> errors;
  std::set<std::string> names;
  for (const row& r : rows_of_all(errors)) names.insert(r.name);
  EXPECT_EQ(errors, std::vector<std::string>());
  for (const auto& gap : known_gaps()) EXPECT_TRUE(names.contains(gap)) << gap;
}

class WireGap : public ::testing::TestWithParam<wire_case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WireGap);

TEST_P(WireGap, IsStillThere) {
  bool failed = false;
  for (const variant v : variants_of(GetParam().what)) {
    failed = failed || !played(GetParam().what, v).passed;
  }
  EXPECT_TRUE(failed) << GetParam().what.name << " holds now: remove it from tests/wire/gaps.txt";
}

INSTANTIATE_TEST_SUITE_P(Wire, WireGap, ::testing::ValuesIn(cases(true)), test_name);

}  // namespace
}  // namespace harness::ladder
