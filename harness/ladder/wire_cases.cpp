// Plays ladders against a server: the table with which a real broker and the mock are measured.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <random>

#include "harness/ladder/matching.hpp"
#include "harness/ladder/parser.hpp"
#include "harness/ladder/runner.hpp"
#include "net/files.hpp"
#include "net/real_runtime.hpp"

namespace {

using namespace harness::ladder;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct arguments {
  std::string tcp;
  std::string ws;
  net::endpoint tcp_at;
  net::endpoint ws_at;
  std::string profile = "activemq";
  std::string how = "as-written";
  std::vector<std::string> filters;
  bool slow = false;
  bool only_slow = false;
  bool list = false;
  unsigned jobs = 8;
  std::string report;
  std::vector<std::string> files;
};

struct job {
  const ladder_case* what;
  transport over;
};

// Runs all jobs, some at a time.
class session {
 public:
  session(net::real_runtime& rt, const arguments& a)
      : rt_(rt), arguments_(a), group_(rt, [this](std::exception_ptr e) { broken(e); }) {
    std::random_device chance;
    prefix_ = "w" + std::to_string(chance() % 100000000);
  }

  int run(const std::vector<job>& jobs) {
    jobs_ = &jobs;
    for (unsigned i = 0; i < arguments_.jobs; ++i) group_.spawn(work());
    rt_.run();
    return failed_ == 0 ? 0 : exit_failed;
  }

  std::string summary() const {
    return "wire cases: " + std::to_string(passed_) + " passed, " + std::to_string(failed_) +
           " failed (" + arguments_.how + ")\n";
  }
  std::string details;

 private:
  net::task<void> work() {
    while (next_ < jobs_->size()) {
      const std::size_t number = next_++;
      const job& j = (*jobs_)[number];
      const auto done = co_await play(rt_, *j.what, options(j, number));
      ++(done.passed ? passed_ : failed_);
      if (done.passed) continue;
      details += "FAIL " + done.report + "\n";
      std::printf("FAIL %s\n", done.report.c_str());
      std::fflush(stdout);
    }
    if (++idle_ == arguments_.jobs) rt_.post([this] { rt_.stop(); });
  }
  // A defect of ours must end the run, not hang it.
  void broken(const std::exception_ptr& e) {
    try {
      std::rethrow_exception(e);
    } catch (const std::exception& problem) {
      std::printf("FAIL: %s\n", problem.what());
    }
    ++failed_;
    rt_.post([this] { rt_.stop(); });
  }

  run_options options(const job& j, std::size_t number) const {
    run_options o;
    o.tcp = arguments_.tcp_at;
    o.ws = arguments_.ws_at;
    o.over = j.over;
    o.how = arguments_.how == "split"    ? delivery::split
            : arguments_.how == "joined" ? delivery::joined
                                         : delivery::as_written;
    o.unique = prefix_ + "-" + std::to_string(number);
    o.newline_follows = arguments_.profile == "activemq";
    // A real broker that removes a durable subscription may let everybody wait for seconds.
    o.deadline = std::chrono::seconds(30);
    return o;
  }
  net::real_runtime& rt_;
  const arguments& arguments_;
  std::string prefix_;
  const std::vector<job>* jobs_ = nullptr;
  std::size_t next_ = 0;
  unsigned idle_ = 0;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
  net::task_group group_;
};

bool is_wanted(const ladder_case& c, const arguments& a) {
  if (c.profile != a.profile) return false;
  const bool slow = c.has_label("slow");
  if (slow && !a.slow && !a.only_slow) return false;
  if (!slow && a.only_slow) return false;
  if (a.filters.empty()) return true;
  return std::any_of(a.filters.begin(), a.filters.end(),
                     [&](const std::string& f) { return glob_match(f, c.name); });
}

// "HOST:PORT"; nothing stays nothing. Throws for anything else.
net::endpoint endpoint_of(const std::string& text) {
  if (text.empty()) return {};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("expected HOST:PORT, found " + text);
  return {text.substr(0, colon), static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1)))};
}

int run(const arguments& a) {
  std::vector<ladder_case> cases;
  for (const auto& file : a.files) {
    const auto text = net::read_file(file, 16 * 1024 * 1024);
    if (!text) {
      std::fprintf(stderr, "wire_cases: %s: %s\n", file.c_str(), text.error().message().c_str());
      return exit_usage;
    }
    auto got = parse(*text, file);
    if (auto* e = std::get_if<parse_error>(&got)) {
      std::fprintf(stderr, "wire_cases: %s\n", e->text().c_str());
      return exit_usage;
    }
    for (auto& c : std::get<std::vector<ladder_case>>(got)) {
      if (is_wanted(c, a)) cases.push_back(std::move(c));
    }
  }
  std::vector<job> jobs;
  for (const auto& c : cases) {
    if (a.list) std::printf("%s\n", c.name.c_str());
    if (!a.tcp.empty() && c.on.tcp) jobs.push_back({&c, transport::tcp});
    if (!a.ws.empty() && c.on.ws) jobs.push_back({&c, transport::ws});
  }
  if (a.list) return 0;
  const auto rt = net::make_real_runtime();
  session all(*rt, a);
  const int code = all.run(jobs);
  std::printf("%s", all.summary().c_str());
  if (!a.report.empty()) net::write_file_atomic(a.report, all.details + all.summary());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Plays .ladder files against a STOMP server"};
  arguments a;
  cli.add_option("--tcp", a.tcp,
                 "HOST:PORT of STOMP over TCP; without it those cases are left out");
  cli.add_option("--ws", a.ws, "HOST:PORT of STOMP over WebSocket");
  cli.add_option("--profile", a.profile, "Cases for which broker")->capture_default_str();
  cli.add_option("--delivery", a.how, "How octets are cut")
      ->check(CLI::IsMember({"as-written", "split", "joined"}))
      ->capture_default_str();
  cli.add_option("--filter", a.filters, "Only cases whose names match (* and ?)");
  cli.add_flag("--slow", a.slow, "Also cases that take seconds");
  cli.add_flag("--only-slow", a.only_slow, "Only those");
  cli.add_flag("--list", a.list, "Print names and do nothing");
  cli.add_option("--jobs", a.jobs, "Cases at a time")->check(CLI::Range(1, 256));
  cli.add_option("--report", a.report, "File for the failures");
  cli.add_option("FILES", a.files, "Ladders")->required();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : exit_usage;
  }
  try {
    a.tcp_at = endpoint_of(a.tcp);
    a.ws_at = endpoint_of(a.ws);
    return run(a);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "wire_cases: %s\n", e.what());
    return exit_usage;
  }
}
