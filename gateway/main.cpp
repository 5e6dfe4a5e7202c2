// The gateway's command line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "crypto/key_material.hpp"
#include "gateway/app/application.hpp"
#include "gateway/config/config.hpp"
#include "gateway/config/reference.hpp"
#include "gateway/elements/registry.hpp"
#include "net/files.hpp"
#include "net/real_runtime.hpp"
#include "net/stderr_log.hpp"

namespace {

using gateway::exit_code;

struct arguments {
  gateway::application_options app;
  std::string test_file;
  CLI::Option* test = nullptr;
  std::vector<std::string> maps;
  std::string log_level = "info";
  std::string log_format = "text";
  double drain_seconds = 30;
  std::string keystore;  // to be made; empty: the gateway runs
  std::string password;
};

// `gateway reference`: one of them, Markdown when none is asked for.
struct reference_choice {
  CLI::App* command = nullptr;
  bool markdown = false;
  bool xsd = false;
  bool envelope = false;
};

// "4443=0"; false when it is not FROM=TO with ports in range.
bool parse_map(const std::string& text, gateway::application_options& options) {
  unsigned from = 0;
  unsigned to = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%5u=%5u%n", &from, &to, &used) != 2 ||
      static_cast<std::size_t>(used) != text.size() || from == 0 || from > 65535 || to > 65535) {
    return false;
  }
  options.ports[static_cast<std::uint16_t>(from)] = static_cast<std::uint16_t>(to);
  return true;
}

// ./proxies.xml, then conf/proxies.xml beside the installation.
std::string default_config(const char* program) {
  if (net::stat_file("proxies.xml")) return "proxies.xml";
  const auto self = net::stat_file("/proc/self/exe");
  const std::string home = self ? net::parent_folder(net::parent_folder(self->canonical_path))
                                : net::parent_folder(program);
  const std::string installed = home + "/conf/proxies.xml";
  return net::stat_file(installed) ? installed : "proxies.xml";
}

void add_options(CLI::App& cli, arguments& a) {
  cli.set_version_flag("--version", "pumphouse gateway " PUMPHOUSE_VERSION);
  cli.add_option("-c,--config", a.app.config_file, "Configuration (default: ./proxies.xml)");
  a.test = cli.add_option("-t,--test", a.test_file,
                          "Check this configuration, or that of -c, without binding, then exit")
               ->expected(0, 1);
  cli.add_option("--bind", a.app.bind, "Address for proxies without ip (default: all)");
  cli.add_option("--map-port", a.maps,
                 "FROM=TO: listen on TO instead of FROM and send there what goes to FROM on this "
                 "machine; TO 0 is any free port. May be repeated");
  cli.add_option("--threads", a.app.threads, "Worker threads")->check(CLI::Range(1, 64));
  cli.add_option("--ready-file", a.app.ready_file, "JSON file written when all ports accept");
  cli.add_option("--log-level", a.log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  cli.add_option("--log-format", a.log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  cli.add_option("--drain-time", a.drain_seconds, "Seconds for connections to end on SIGTERM")
      ->check(CLI::Range(0.0, 3600.0));
  cli.add_subcommand("start", "Run the gateway (the default)");
  auto* keystore = cli.add_subcommand(
      "keystore", "Write a new certificate for localhost with its key, for development and tests");
  keystore->add_option("file", a.keystore, "PKCS#12 file, which must not exist")->required();
  keystore->add_option("--password", a.password, "Its password, as in proxies.xml")->required();
}

exit_code make_keystore(const std::string& file, const std::string& password) {
  if (net::stat_file(file)) {
    std::fprintf(stderr, "%s: exists, and a keystore is not overwritten\n", file.c_str());
    return exit_code::usage;
  }
  const auto who = crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                                     net::make_real_runtime()->wall_now());
  if (const auto error = net::write_private_file(file, crypto::to_pkcs12(who, password))) {
    std::fprintf(stderr, "%s: cannot be written: %s\n", file.c_str(), error.message().c_str());
    return exit_code::failed;
  }
  return exit_code::done;
}

void add_reference(CLI::App& cli, reference_choice& c) {
  c.command = cli.add_subcommand("reference", "Print the reference of all elements");
  auto* markdown = c.command->add_flag("--markdown", c.markdown, "For people (the default)");
  auto* xsd =
      c.command->add_flag("--xsd", c.xsd, "XML Schema of Membrane's namespace, for editors");
  auto* envelope = c.command->add_flag("--xsd-envelope", c.envelope,
                                       "XML Schema of Spring's envelope, which --xsd imports");
  markdown->excludes(xsd)->excludes(envelope);
  xsd->excludes(envelope);
}

int print_reference(const reference_choice& c) {
  const gateway::known_elements known{gateway::structure_elements(), gateway::builtin_elements()};
  const std::string text = c.xsd        ? gateway::proxies_xsd(known)
                           : c.envelope ? std::string(gateway::spring_beans_xsd())
                                        : gateway::reference_markdown(known);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return static_cast<int>(written ? exit_code::done : exit_code::failed);
}

net::log_level level_of(const std::string& name) {
  if (name == "debug") return net::log_level::debug;
  if (name == "warning") return net::log_level::warning;
  if (name == "error") return net::log_level::error;
  return net::log_level::info;
}

int run(int argc, char** argv) {
  CLI::App cli{"An API gateway for STOMP over WebSocket that loads Membrane's proxies.xml"};
  arguments a;
  cli.fallthrough();  // options may stand behind `start`, which inherits this
  add_options(cli, a);
  reference_choice reference;
  add_reference(cli, reference);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  if (!a.keystore.empty()) return static_cast<int>(make_keystore(a.keystore, a.password));
  if (reference.command->parsed()) return print_reference(reference);
  for (const auto& map : a.maps) {
    if (parse_map(map, a.app)) continue;
    std::fprintf(stderr, "--map-port %s: must be FROM=TO with ports, such as 4443=8443\n",
                 map.c_str());
    return static_cast<int>(exit_code::usage);
  }
  a.app.drain_time = std::chrono::milliseconds(static_cast<long>(a.drain_seconds * 1000));
  if (!a.test_file.empty()) a.app.config_file = a.test_file;
  if (a.app.config_file.empty()) a.app.config_file = default_config(argv[0]);
  if (a.test->count() > 0) return static_cast<int>(gateway::test_config(a.app));
  const auto log =
      net::make_stderr_log(level_of(a.log_level),
                           a.log_format == "json" ? net::log_format::json : net::log_format::text);
  return static_cast<int>(gateway::run_gateway(a.app, *log));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gateway: %s\n", e.what());
    return static_cast<int>(exit_code::failed);
  }
}
