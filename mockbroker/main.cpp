// The mock broker's command line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "mockbroker/app/application.hpp"
#include "mockbroker/app/ctl.hpp"
#include "net/stderr_log.hpp"

namespace {

constexpr int exit_usage = 2;

struct arguments {
  mockbroker::application_options app;
  std::vector<std::string> users;
  std::vector<std::string> console_users;
  bool newest_secret = false;
  std::string p12;
  std::string profile = "activemq";
  int wss = -1;
  int control = -1;
  std::vector<std::string> faults;
  std::vector<std::string> upstreams;
  std::string ladder;
  CLI::App* ctl = nullptr;
  mockbroker::ctl_options call;
};

void add_options(CLI::App& cli, arguments& a) {
  cli.set_version_flag("--version", "pumphouse mockbroker " PUMPHOUSE_VERSION);
  cli.add_option("--ws", a.app.ws, "Port for STOMP over WebSocket")->capture_default_str();
  cli.add_option("--stomp", a.app.stomp, "Port for STOMP over TCP")->capture_default_str();
  cli.add_option("--console", a.app.console, "Port of the web console")->capture_default_str();
  cli.add_option("--wss", a.wss, "Port for STOMP over WebSocket with TLS (needs --p12)")
      ->check(CLI::Range(0, 65535));
  cli.add_option("--p12", a.p12, "Keystore for --wss: FILE[:PASSWORD]");
  cli.add_option("--bind", a.app.bind, "Address to listen on")->capture_default_str();
  cli.add_option("--user", a.users,
                 "NAME:PASSWORD of a STOMP login; without any, all are accepted");
  cli.add_option("--console-user", a.console_users,
                 "NAME:PASSWORD of a console login, with \",user\" behind it for one that may only "
                 "look (default admin:admin and user:user,user)");
  cli.add_flag("--console-newest-secret", a.newest_secret,
               "Only the newest page of a login has working forms, as in ActiveMQ");
  cli.add_option("--queue", a.app.queues, "Queue to make at start");
  cli.add_option("--topic", a.app.topics, "Topic to make at start");
  cli.add_option("--profile", a.profile, "Which broker to be: " + mockbroker::profile_names())
      ->capture_default_str();
  cli.add_option("--seed", a.app.server.broker.seed, "Seed of ids")->capture_default_str();
  cli.add_option("--ready-file", a.app.ready_file, "JSON file written when all ports accept");
  cli.add_option("--control", a.control, "Port of the control API (off by default)")
      ->check(CLI::Range(0, 65535));
  cli.add_option("--time-scale", a.app.time_scale,
                 "The broker's time runs so much faster: heart-beats, expiry, delays")
      ->check(CLI::Range(0.1, 1000.0))
      ->capture_default_str();
  cli.add_option("--fault", a.faults,
                 "Fault to arm, as \"drop on=RECEIPT nth=2\"; docs/testing.md lists them");
  cli.add_option("--upstream", a.upstreams,
                 "Stand in front of a real broker: ws://HOST:PORT/ for --ws, stomp://HOST:PORT for "
                 "--stomp");
  cli.add_option("--ladder", a.ladder,
                 "FILE[#CASE]: play the broker's side of a .ladder file (docs/ladder.md)");
  a.ctl = cli.add_subcommand("ctl", "Say something to the control API of a running mockbroker");
  a.ctl->add_option("--port", a.call.port, "Its --control port")->required();
  a.ctl->add_option("words", a.call.words, "What: " + mockbroker::ctl_verbs())->required();
}

int usage(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return exit_usage;
}

// What CLI11 cannot check: 0, or the exit code.
int complete(arguments& a) {
  for (const auto& text : a.users) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0) return usage("--user: must be NAME:PASSWORD");
    a.app.server.broker.users.push_back({text.substr(0, colon), text.substr(colon + 1)});
  }
  if (!a.console_users.empty()) a.app.web.users.clear();
  for (const auto& text : a.console_users) {
    const auto user = mockbroker::parse_console_user(text);
    if (!user) return usage("--console-user: must be NAME:PASSWORD or NAME:PASSWORD,ROLE");
    a.app.web.users.push_back(*user);
  }
  for (const auto& line : a.faults) {
    const auto made = mockbroker::parse_fault(line);
    if (const auto* problem = std::get_if<mockbroker::fault_problem>(&made)) {
      return usage("--fault: " + problem->text);
    }
    a.app.faults.push_back(std::get<mockbroker::fault>(made));
  }
  for (const auto& url : a.upstreams) {
    const auto parsed = mockbroker::parse_upstream(url);
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      return usage("--upstream " + url + ": " + *problem);
    }
    a.app.upstreams.push_back(std::get<mockbroker::upstream_address>(parsed));
  }
  if (!a.ladder.empty()) {
    if (!a.upstreams.empty()) return usage("--ladder: a script has no --upstream");
    auto loaded = mockbroker::load_ladder(a.ladder);
    if (const auto* problem = std::get_if<std::string>(&loaded)) return usage(*problem);
    a.app.ladder = std::get<std::vector<harness::ladder::row>>(std::move(loaded));
  }
  if (a.control >= 0) a.app.control = static_cast<std::uint16_t>(a.control);
  if (a.newest_secret) a.app.web.secrets_kept = 1;
  const auto profile = mockbroker::find_profile(a.profile);
  if (!profile)
    return usage("--profile " + a.profile + ": not known; known: " + mockbroker::profile_names());
  a.app.server.broker.kind = *profile;
  if (a.wss >= 0) {
    if (a.p12.empty()) return usage("--wss needs --p12 FILE[:PASSWORD]");
    const auto colon = a.p12.rfind(':');
    a.app.keystore = a.p12.substr(0, colon);
    if (colon != std::string::npos) a.app.keystore_password = a.p12.substr(colon + 1);
    a.app.wss = static_cast<std::uint16_t>(a.wss);
  }
  return 0;
}

int run(int argc, char** argv) {
  CLI::App cli{"A STOMP broker for tests and demos: WebSocket, TCP and a web console"};
  arguments a;
  add_options(cli, a);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : exit_usage;
  }
  if (a.ctl->parsed()) return mockbroker::run_ctl(a.call);
  if (const int code = complete(a)) return code;
  const auto log = net::make_stderr_log(net::log_level::info, net::log_format::text);
  return mockbroker::run_broker(a.app, *log);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mockbroker: %s\n", e.what());
    return 1;
  }
}
