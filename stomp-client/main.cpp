// The STOMP client's command line.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "crypto/digest.hpp"
#include "harness/ladder/json_twin.hpp"
#include "net/files.hpp"
#include "net/real_runtime.hpp"
#include "stomp-client/bench.hpp"
#include "stomp-client/command.hpp"
#include "stomp-client/ladder/run.hpp"
#include "stomp/heart_beat.hpp"

namespace {

using stomp_client::exit_code;

constexpr std::size_t largest_body = 100 * 1024 * 1024;
// Options of other commands, which a ladder says itself.
constexpr const char* said_by_ladder[] = {"--versions", "--heartbeat", "--header", "--subprotocol",
                                          "--receipt"};

struct arguments {
  std::string url_text;
  std::string login, passcode, host, versions, heart_beat, basic;
  std::string cacert, cert, key, file, selector, subscription_id, ack = "auto";
  std::vector<std::string> headers, subprotocols;
  bool insecure = false;
  bool json = false;
  double timeout_seconds = 10;
  stomp_client::command what;
  const CLI::App* run = nullptr;
  bool to_json = false;
  std::string ladder_file, replay = "sync", report_form = "human";
  stomp_client::ladder_run ladder;
  const CLI::App* measure = nullptr;
  stomp_client::bench bench;
  double bench_seconds = 0;
};

[[noreturn]] void usage(const std::string& text) { throw std::invalid_argument(text); }

void add_common(CLI::App& cli, arguments& a) {
  cli.set_version_flag("--version", "pumphouse stomp-client " PUMPHOUSE_VERSION);
  cli.add_option("URL", a.url_text, "ws://, wss://, stomp:// or stomp+ssl://");
  cli.add_option("--login", a.login, "STOMP login");
  cli.add_option("--passcode", a.passcode, "STOMP passcode");
  cli.add_option("--host", a.host, "Virtual host of CONNECT (default: the URL's host)");
  cli.add_option("--versions", a.versions, "Versions to offer, such as 1.2,1.1,1.0");
  cli.add_option("--heartbeat", a.heart_beat, "MS,MS: what we send, what we want");
  cli.add_option("--header", a.headers, "K:V for the command's frame; may be repeated");
  cli.add_option("--subprotocol", a.subprotocols, "WebSocket subprotocol; may be repeated");
  cli.add_option("--basic", a.basic, "USER:PASSWORD for HTTP Basic on the handshake");
  cli.add_option("--cacert", a.cacert, "PEM file of certificates to trust");
  cli.add_option("--cert", a.cert, "PEM file with the client's certificate");
  cli.add_option("--key", a.key, "PEM file with the client's key (default: --cert)");
  cli.add_flag("--insecure", a.insecure, "Take any server certificate");
  cli.add_flag("--receipt", a.what.receipt, "Print the RECEIPT");
  cli.add_option("--timeout", a.timeout_seconds, "Seconds for each answer, or for all messages")
      ->check(CLI::Range(0.001, 86400.0));
  cli.add_flag("--json", a.json, "One JSON object a frame");
}

void add_run(CLI::App& cli, arguments& a) {
  auto* run = cli.add_subcommand("run", "Play the client's side of a .ladder file");
  run->add_option("FILE", a.ladder_file)->required();
  run->add_option("--case", a.ladder.pattern, "Cases whose name matches this pattern of * and ?");
  run->add_option("--replay", a.replay,
                  "sync: as soon as the answers are there; timed: also with the pauses that were "
                  "recorded; step: when you press Enter")
      ->check(CLI::IsMember({"sync", "timed", "step"}))
      ->capture_default_str();
  run->add_option("--report", a.report_form, "human, or json as with --json")
      ->check(CLI::IsMember({"human", "json"}))
      ->capture_default_str();
  run->add_flag("--to-json", a.to_json, "Print the file as JSON and play nothing; needs no URL");
  a.run = run;
}

void add_bench(CLI::App& cli, arguments& a) {
  auto* measure =
      cli.add_subcommand("bench", "Send messages to oneself and tell how fast they come");
  measure->add_option("DEST", a.bench.destination, "Its connections use DEST.1, DEST.2, ...")
      ->capture_default_str();
  measure->add_option("--connections", a.bench.connections)
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  measure->add_option("--messages", a.bench.messages,
                      "Messages of all connections (default: 10000 without --seconds)");
  measure->add_option("--seconds", a.bench_seconds, "How long to send")
      ->check(CLI::Range(0.001, 86400.0));
  measure->add_option("--size", a.bench.size, "Octets of a body")
      ->check(CLI::Range(std::size_t{0}, largest_body))
      ->capture_default_str();
  measure
      ->add_option("--window", a.bench.window,
                   "Messages of a connection that are on their way at a time; 1: round trips")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  a.measure = measure;
}

void add_commands(CLI::App& cli, arguments& a) {
  using kind = stomp_client::command::kind;
  cli.fallthrough();  // options may stand behind the command; commands inherit this
  auto* send = cli.add_subcommand("send", "Send a message and wait for its receipt");
  send->add_option("DEST", a.what.destination)->required();
  auto* body = send->add_option("BODY", a.what.body, "The body; '-' reads standard input");
  send->add_option("--file", a.file, "Read the body from this file")->excludes(body);
  send->callback([&a] { a.what.what = kind::send; });
  auto* subscribe = cli.add_subcommand("subscribe", "Print messages as they come");
  subscribe->add_option("DEST", a.what.destination)->required();
  subscribe->add_option("--count", a.what.count, "End after this many messages");
  subscribe->add_option("--ack", a.ack, "auto, client or client-individual")
      ->check(CLI::IsMember({"auto", "client", "client-individual"}));
  subscribe->add_option("--selector", a.selector, "Selector of messages");
  subscribe->add_option("--id", a.subscription_id, "Id of the subscription");
  subscribe->callback([&a] { a.what.what = kind::subscribe; });
  auto* request = cli.add_subcommand("request", "Send a message and print the reply");
  request->add_option("DEST", a.what.destination)->required();
  request->add_option("BODY", a.what.body)->required();
  request->callback([&a] { a.what.what = kind::request; });
  cli.add_subcommand("ping", "Connect, print CONNECTED, disconnect")->callback([&a] {
    a.what.what = kind::ping;
  });
  add_run(cli, a);
  add_bench(cli, a);
  cli.require_subcommand(1);
}

std::string read_text(const std::string& path) {
  auto text = net::read_file(path, largest_body);
  if (!text) usage(path + ": " + text.error().message());
  return std::move(*text);
}

std::string read_standard_input() {
  std::string all;
  char piece[65536];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, stdin)) {
    all.append(piece, got);
    if (all.size() > largest_body) usage("standard input is larger than 100 MiB");
  }
  return all;
}

void complete_command(arguments& a) {
  a.what.timeout = std::chrono::milliseconds(static_cast<long>(a.timeout_seconds * 1000));
  for (const auto& text : a.headers) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0) usage("--header " + text + ": must be K:V");
    a.what.headers.push_back({text.substr(0, colon), text.substr(colon + 1)});
  }
  if (!a.selector.empty()) a.what.headers.push_back({"selector", a.selector});
  if (!a.subscription_id.empty()) a.what.headers.push_back({"id", a.subscription_id});
  if (a.ack == "client") a.what.ack = stomp::ack_mode::client;
  if (a.ack == "client-individual") a.what.ack = stomp::ack_mode::client_individual;
  if (!a.file.empty()) {
    a.what.body = read_text(a.file);
  } else if (a.what.body == "-") {
    a.what.body = read_standard_input();
  }
}

// The cases of the file, or all its errors on standard error.
std::vector<harness::ladder::row> read_ladder(const std::string& path) {
  auto parsed = harness::ladder::read_ladder(read_text(path), path);
  for (const auto& e : parsed.errors) std::fprintf(stderr, "%s\n", to_string(e).c_str());
  if (!parsed.errors.empty()) usage(path + " is no ladder");
  return std::move(parsed.rows);
}

void complete_run(const CLI::App& cli, arguments& a) {
  using replay = stomp_client::ladder_run::replay;
  for (const char* option : said_by_ladder) {
    if (cli.count(option) > 0) usage(std::string(option) + ": with run, the ladder says that");
  }
  a.ladder.rows = read_ladder(a.ladder_file);
  a.ladder.json = a.json || a.report_form == "json";
  a.ladder.timeout = a.what.timeout;
  a.ladder.mode = a.replay == "step"    ? replay::step
                  : a.replay == "timed" ? replay::timed
                                        : replay::sync;
}

void complete_bench(arguments& a) {
  a.bench.time = std::chrono::microseconds(static_cast<long>(a.bench_seconds * 1e6));
  if (a.bench.messages == 0 && a.bench_seconds <= 0) a.bench.messages = 10000;
  a.bench.headers = a.what.headers;
  a.bench.timeout = a.what.timeout;
  a.bench.json = a.json;
}

std::shared_ptr<const net::tls_context> tls_of(const arguments& a) {
  net::tls_context::client_options tls;
  tls.verify = !a.insecure;
  if (!a.cacert.empty()) {
    auto loaded = crypto::load_pem_certificates(read_text(a.cacert));
    if (auto* why = std::get_if<crypto::failure>(&loaded)) usage(a.cacert + " " + why->text);
    tls.trusted = std::get<std::vector<crypto::certificate>>(loaded);
  }
  std::optional<crypto::identity> who;
  if (!a.cert.empty()) {
    const std::string chain = read_text(a.cert);
    auto loaded = crypto::load_pem_identity(chain, a.key.empty() ? chain : read_text(a.key), "");
    if (auto* why = std::get_if<crypto::failure>(&loaded)) usage(a.cert + " " + why->text);
    who = std::get<crypto::identity>(loaded);
    tls.who = &*who;
  }
  return net::tls_context::client(tls);
}

std::set<stomp::version> versions_of(const std::string& list) {
  std::set<stomp::version> all;
  std::size_t at = 0;
  while (at <= list.size()) {
    const auto comma = std::min(list.find(',', at), list.size());
    const auto version = stomp::parse_version(std::string_view(list).substr(at, comma - at));
    if (!version) usage("--versions " + list + ": must be a list of 1.0, 1.1 and 1.2");
    all.insert(*version);
    at = comma + 1;
  }
  return all;
}

stomp_client::options options_of(const arguments& a, const stomp_client::url& to) {
  stomp_client::options o;
  o.stomp.host = a.host.empty() ? to.host : a.host;
  if (!a.login.empty()) o.stomp.login = a.login;
  if (!a.passcode.empty()) o.stomp.passcode = a.passcode;
  if (!a.versions.empty()) o.stomp.versions = versions_of(a.versions);
  if (!a.heart_beat.empty()) {
    const auto beats = stomp::parse_heart_beat(a.heart_beat);
    if (!beats) usage("--heartbeat " + a.heart_beat + ": must be MS,MS such as 10000,10000");
    o.stomp.beats = *beats;
  }
  if (!a.subprotocols.empty()) o.subprotocols = a.subprotocols;
  if (!a.basic.empty()) {
    o.handshake_headers.push_back({"Authorization", "Basic " + crypto::base64_encode(a.basic)});
  }
  if (to.tls) o.tls = tls_of(a);
  return o;
}

net::task<exit_code> work_of(net::real_runtime& rt, arguments& a, const stomp_client::url& to,
                             stomp_client::options chosen, stomp_client::report& out) {
  if (a.measure->parsed()) {
    return stomp_client::run_bench(rt, to, std::move(chosen), std::move(a.bench), out);
  }
  if (!a.run->parsed()) {
    return stomp_client::run_command(rt, to, std::move(chosen), std::move(a.what), out);
  }
  a.ladder.ask = [&rt] { return rt.next_input_line(); };
  return stomp_client::run_ladder(rt, to, std::move(chosen), std::move(a.ladder), out);
}

int run(int argc, char** argv) {
  CLI::App cli{"A headless STOMP client over WebSocket and TCP"};
  arguments a;
  add_common(cli, a);
  add_commands(cli, a);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  if (a.to_json) {
    std::fputs(harness::ladder::to_json(read_ladder(a.ladder_file)).c_str(), stdout);
    return 0;
  }
  if (a.url_text.empty()) usage("URL is required");
  auto parsed = stomp_client::parse_url(a.url_text);
  if (auto* why = std::get_if<std::string>(&parsed)) usage(a.url_text + ": " + *why);
  const auto& to = std::get<stomp_client::url>(parsed);
  complete_command(a);
  auto chosen = options_of(a, to);
  if (a.run->parsed()) complete_run(cli, a);
  if (a.measure->parsed()) complete_bench(a);

  const auto rt = net::make_real_runtime();
  exit_code code = exit_code::failed;
  stomp_client::report out(stdout, a.json);
  {
    net::task_group tasks(*rt, [&](std::exception_ptr) { rt->stop(); });
    auto body = [](net::real_runtime& loop, net::task<exit_code> work,
                   exit_code& result) -> net::task<void> {
      result = co_await work;
      loop.stop();
    };
    rt->on_signals({SIGINT, SIGTERM}, [&](int) {
      code = exit_code::interrupted;
      rt->stop();
    });
    tasks.spawn(body(*rt, work_of(*rt, a, to, std::move(chosen), out), code));
    rt->run();
  }
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "stomp-client: %s\n", e.what());
    return static_cast<int>(exit_code::usage);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "stomp-client: %s\n", e.what());
    return static_cast<int>(exit_code::failed);
  }
}
