// Plays rows of .ladder files against a broker on real sockets: docs/ladder.md.
#include <CLI/CLI.hpp>
#include <iostream>

#include "harness/ladder/glob.hpp"
#include "harness/ladder/json_twin.hpp"
#include "harness/ladder/report.hpp"
#include "harness/ladder/runner.hpp"
#include "net/files.hpp"
#include "net/real_runtime.hpp"

namespace {

namespace ladder = harness::ladder;

struct arguments {
  std::string tcp;
  std::string ws;
  std::string console;
  std::string profile = "activemq";
  std::string delivery;
  std::string filter = "*";
  std::string report;
  std::vector<std::string> files;
  bool slow = false;
  bool only_slow = false;
  bool list = false;
  unsigned jobs = 8;
};

ladder::address address_of(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw CLI::ValidationError("expected HOST:PORT, found " + text);
  return {text.substr(0, colon), std::uint16_t(std::stoul(text.substr(colon + 1))), nullptr};
}

using work = ladder::played_row;

bool is_wanted(const ladder::row& r, const arguments& args) {
  const bool slow = r.labels.contains("slow");
  if (slow ? !args.slow && !args.only_slow : args.only_slow) return false;
  if (r.labels.contains("console") && args.console.empty()) return false;
  return r.profile == args.profile && ladder::matches(args.filter, r.name);
}

std::vector<work> chosen(const std::vector<ladder::row>& rows, const arguments& args) {
  std::vector<work> all;
  for (const auto& r : rows) {
    if (!is_wanted(r, args)) continue;
    for (const auto v : ladder::variants_of(r)) {
      if (args.delivery.empty() || args.delivery == to_string(v.how)) all.push_back({&r, v, {}});
    }
  }
  return all;
}

net::task<void> worker(net::runtime& rt, std::vector<work>& all, std::size_t& next,
                       const ladder::run_options& options) {
  while (next < all.size()) {
    const std::size_t mine = next++;
    work& w = all[mine];
    w.result = co_await ladder::run_row(rt, *w.what, w.how, options, mine);
    if (!w.result.passed) std::cout << "FAILED " << w.result.report << std::flush;
  }
}

net::task<void> run_all(net::real_runtime& rt, std::vector<work>& all,
                        const ladder::run_options& options, unsigned jobs) {
  {
    net::task_group workers(rt);
    std::size_t next = 0;
    for (unsigned i = 0; i < jobs; ++i) workers.spawn(worker(rt, all, next, options));
    co_await workers.wait_empty();
  }
  rt.stop();
}

int run(const arguments& args) {
  std::vector<ladder::row> rows;
  bool sound = true;
  for (const auto& file : args.files) {
    const auto text = net::read_file(file, 1 << 24);
    if (!text) {
      std::cerr << file << ": " << text.error().message() << "\n";
      return 2;
    }
    auto parsed = ladder::read_ladder(*text, file);
    for (const auto& e : parsed.errors) std::cerr << to_string(e) << "\n";
    sound = sound && parsed.errors.empty();
    for (auto& r : parsed.rows) rows.push_back(std::move(r));
  }
  if (!sound) return 2;
  auto all = chosen(rows, args);
  if (args.list) {
    for (const auto& w : all) std::cout << name_of(*w.what, w.how) << "\n";
    return 0;
  }
  auto rt = net::make_real_runtime();
  ladder::run_options options;
  options.broker = {address_of(args.tcp), address_of(args.ws), {}};
  if (!args.console.empty()) options.broker.console = address_of(args.console);
  options.run_name = "w" + std::to_string(rt->random() % 1'000'000'000);
  net::task_group group(*rt);
  group.spawn(run_all(*rt, all, options, args.jobs));
  rt->run();
  std::set<std::string> bad;
  std::set<std::string> seen;
  std::size_t failed = 0;
  for (const auto& w : all) {
    seen.insert(w.what->name);
    if (w.result.passed) continue;
    ++failed;
    bad.insert(w.what->name);
  }
  std::cout << seen.size() << " rows, " << seen.size() - bad.size() << " right in every way\n"
            << all.size() - failed << " passed, " << failed << " failed\n";
  if (!args.report.empty() && net::write_file_atomic(args.report, report_of(all, {}))) return 1;
  return failed == 0 && !all.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays rows of .ladder files against a broker.");
  arguments args;
  app.add_option("--tcp", args.tcp, "HOST:PORT of STOMP over TCP");
  app.add_option("--ws", args.ws, "HOST:PORT of STOMP over WebSocket");
  app.add_option("--console", args.console, "HOST:PORT of the console; rows labelled so need it");
  app.add_option("--profile", args.profile, "Rows of this profile only")->capture_default_str();
  app.add_option("--delivery", args.delivery, "This delivery only; otherwise all that a row names")
      ->check(CLI::IsMember({"written", "split", "joined"}));
  app.add_option("--filter", args.filter, "Rows whose name matches this pattern of * and ?");
  app.add_option("--report", args.report, "Where to write the results as JSON");
  app.add_option("--jobs", args.jobs, "Rows at a time")->check(CLI::Range(1, 200));
  app.add_flag("--slow", args.slow, "Also rows labelled slow");
  app.add_flag("--only-slow", args.only_slow, "Only rows labelled slow");
  app.add_flag("--list", args.list, "Print the names and run nothing");
  app.add_option("files", args.files, ".ladder files")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    if (!args.list && (args.tcp.empty() || args.ws.empty())) {
      throw CLI::ValidationError("--tcp and --ws are needed");
    }
    return run(args);
  } catch (const std::exception& e) {
    std::cerr << "wire_cases: " << e.what() << "\n";
    return 2;
  }
}
