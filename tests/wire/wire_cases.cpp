// Plays wire rows against a broker that listens somewhere: the oracle. Prints each row that
// differs, then one line with the sum. Exit code: 0 all as written, 1 some differ, 2 usage.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "harness/ladder/runner.hpp"
#include "net/real_runtime.hpp"
#include "tests/wire/rows.hpp"

namespace {

using harness::ladder::delivery;
using harness::ladder::row;
using harness::ladder::transport;

struct arguments {
  harness::ladder::target at{"127.0.0.1", 0, 0};
  std::string profile = "activemq";
  std::string filter;
  bool slow = false;
  std::vector<std::string> files;
};

net::task<void> play_all(net::real_runtime& rt, const arguments& a, std::vector<row> rows,
                         int& code) {
  unsigned passed = 0;
  unsigned failed = 0;
  const auto run_id = std::to_string(rt.random() % 100000000);
  for (const row& r : rows) {
    if (!r.profiles.contains(a.profile) || r.name.find(a.filter) == std::string::npos) continue;
    if (r.labels.contains("slow") && !a.slow) continue;
    for (const transport over : r.on) {
      for (const delivery how : {delivery::written, delivery::split, delivery::joined}) {
        if (how == delivery::joined && over == transport::ws) continue;
        if ((over == transport::tcp ? a.at.tcp : a.at.ws) == 0) continue;
        harness::ladder::run_options run;
        run.over = over;
        run.how = how;
        run.tag = "w" + run_id + "n" + std::to_string(passed + failed);
        const auto wrong = co_await harness::ladder::play(rt, a.at, r, run);
        if (wrong) std::printf("%s\n", wrong->c_str());
        ++(wrong ? failed : passed);
      }
    }
  }
  std::printf("%u passed, %u failed\n", passed, failed);
  code = failed == 0 && passed > 0 ? 0 : 1;
  rt.stop();
}

int run(int argc, char** argv) {
  CLI::App cli{"Plays wire rows against a broker"};
  arguments a;
  cli.add_option("--host", a.at.host, "Where the broker listens")->capture_default_str();
  cli.add_option("--tcp", a.at.tcp, "Its port for STOMP; 0: not played");
  cli.add_option("--ws", a.at.ws, "Its port for WebSocket; 0: not played");
  cli.add_option("--profile", a.profile, "Rows of this profile")->capture_default_str();
  cli.add_option("--filter", a.filter, "Only rows whose name has this text in it");
  cli.add_flag("--slow", a.slow, "Also the rows that take long");
  cli.add_option("files", a.files, "The scripts")->required();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : 2;
  }
  std::vector<row> rows;
  for (const auto& file : a.files) {
    for (auto& r : wire::load_file(file)) rows.push_back(std::move(r));
  }
  const auto rt = net::make_real_runtime();
  int code = 1;
  net::task_group playing(*rt);
  playing.spawn(play_all(*rt, a, std::move(rows), code));
  rt->run();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "wire_cases: %s\n", e.what());
    return 2;
  }
}
