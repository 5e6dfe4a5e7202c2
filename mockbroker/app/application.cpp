#include "mockbroker/app/application.hpp"

#include <boost/url.hpp>
#include <csignal>
#include <cstdio>

#include "harness/ladder/glob.hpp"
#include "harness/ladder/json_twin.hpp"
#include "mockbroker/app/script_server.hpp"
#include "mockbroker/control/control.hpp"
#include "mockbroker/script/script_rules.hpp"
#include "net/clocked_runtime.hpp"
#include "net/files.hpp"
#include "net/ready_file.hpp"
#include "net/real_runtime.hpp"

namespace mockbroker {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_cannot_bind = 3;
constexpr int exit_interrupted = 130;
constexpr std::size_t most_control_connections = 1000;

class program {
 public:
  program(const application_options& options, net::log_sink& log)
      : options_(options),
        rt_(net::make_real_runtime()),
        clock_(has_clock(options) ? net::make_clocked_runtime(*rt_, options.time_scale) : nullptr),
        log_(log),
        engine_(options.server.broker.seed),
        server_(time(), log, prepared(options.server, time())),
        console_(time(), server_.broker(), options.web),
        controlling_(*rt_),
        stopping_(*rt_) {
    if (options.ladder.empty()) return;
    script_ =
        std::make_unique<script_server>(time(), log, options.ladder, options.server.broker.kind);
  }

  int run() {
    net::raise_descriptor_limit();
    if (!make_destinations() || !arm_faults()) return exit_usage;
    if (options_.wss && !load_identity()) return exit_cannot_bind;
    if (!bind_all()) return exit_cannot_bind;
    // Before the ready file: who has read it may signal us.
    rt_->on_signals({SIGTERM, SIGINT}, [this](int number) { stop(number); });
    if (const auto error = ready_.write(options_.ready_file, entries_)) {
      std::fprintf(stderr, "%s: %s\n", options_.ready_file.c_str(), error.message().c_str());
      return exit_usage;
    }
    for (const auto& e : entries_)
      log_.write(net::log_level::info, "mockbroker", e.name + " at " + e.url);
    rt_->run();
    return code_;
  }

 private:
  // Time can be bent where somebody may ask for it; else nothing stands before the clock.
  static bool has_clock(const application_options& o) { return o.control || o.time_scale != 1; }
  // The broker's clock.
  net::runtime& time() noexcept {
    if (clock_) return *clock_;
    return *rt_;
  }

  static server_options prepared(server_options o, net::runtime& rt) {
    o.broker.start = rt.now();
    o.broker.wall_start = rt.wall_now();
    return o;
  }

  bool make_destinations() {
    auto make = [&](const std::string& name, const std::string& prefix) {
      const outcome made = server_.broker().create_destination(prefix + name, time().now());
      if (made == outcome::done || made == outcome::already_there) return true;
      std::fprintf(stderr, "'%s': %s\n", name.c_str(), std::string(to_string(made)).c_str());
      return false;
    };
    for (const auto& name : options_.queues) {
      if (!make(name, "/queue/")) return false;
    }
    for (const auto& name : options_.topics) {
      if (!make(name, "/topic/")) return false;
    }
    return true;
  }

  bool arm_faults() {
    for (const auto& f : options_.faults) {
      const auto problem = engine_.add(f, time().now());
      if (!problem) continue;
      std::fprintf(stderr, "--fault: %s\n", problem->text.c_str());
      return false;
    }
    return true;
  }

  bool load_identity() {
    auto bytes = net::read_file(options_.keystore, 4 * 1024 * 1024);
    std::string why = bytes ? "" : bytes.error().message();
    if (bytes) {
      auto loaded = crypto::load_pkcs12_identity(*bytes, options_.keystore_password, "");
      if (auto* who = std::get_if<crypto::identity>(&loaded)) {
        tls_ = net::tls_context::server(*who);
        return true;
      }
      why = std::get<crypto::failure>(loaded).text;
    }
    std::fprintf(stderr, "--p12 %s: %s\n", options_.keystore.c_str(), why.c_str());
    return false;
  }

  std::unique_ptr<net::listener> bind(const std::string& name, std::uint16_t port,
                                      const std::string& scheme, const std::string& path) {
    auto bound = rt_->listen({options_.bind, port});
    if (!bound) {
      std::fprintf(stderr, "cannot listen on %s (%s): %s\n",
                   net::to_string({options_.bind, port}).c_str(), name.c_str(),
                   bound.error().message().c_str());
      return nullptr;
    }
    const net::endpoint at = (*bound)->local_endpoint();
    entries_.push_back({name, {}, at, scheme + "://localhost:" + std::to_string(at.port) + path});
    return std::move(*bound);
  }

  bool bind_all() {
    auto ws = bind("ws", options_.ws, "ws", "/");
    if (!ws) return false;
    auto stomp = bind("stomp", options_.stomp, "stomp", "");
    if (!stomp) return false;
    auto web = bind("console", options_.console, "http", "/admin/");
    if (!web) return false;
    std::unique_ptr<net::listener> wss;
    if (options_.wss && !(wss = bind("wss", *options_.wss, "wss", "/"))) return false;
    serve_websocket(std::move(ws), nullptr);
    if (!is_watched()) {
      answer_stomp(std::move(stomp));
    } else if (const auto* far = upstream(false)) {
      relay_for(false, nullptr).serve(std::move(stomp), opener_to(*far));
    } else {
      answer_stomp(relay_for(false, nullptr).wrap(std::move(stomp)));
    }
    server_.serve_http(std::move(web), console_);
    if (wss) serve_websocket(std::move(wss), tls_);
    return !options_.control || bind_control();
  }

  // By the script where there is one, else by the broker.
  void answer_stomp(std::unique_ptr<net::listener> from) {
    if (script_) return script_->serve_stomp(std::move(from));
    server_.serve_stomp(std::move(from));
  }
  void answer_websocket(std::unique_ptr<net::listener> from,
                        std::shared_ptr<const net::tls_context> tls) {
    if (script_) return script_->serve_websocket(std::move(from), std::move(tls));
    server_.serve_websocket(std::move(from), std::move(tls));
  }

  bool is_watched() const {
    return !options_.faults.empty() || options_.control || !options_.upstreams.empty();
  }

  void serve_websocket(std::unique_ptr<net::listener> from,
                       std::shared_ptr<const net::tls_context> tls) {
    if (!is_watched()) return answer_websocket(std::move(from), std::move(tls));
    relay& between = relay_for(true, std::move(tls));
    if (const auto* far = upstream(true)) {
      between.serve(std::move(from), opener_to(*far));
    } else {
      answer_websocket(between.wrap(std::move(from)), nullptr);
    }
  }

  relay& relay_for(bool websocket, std::shared_ptr<const net::tls_context> tls) {
    relay_options o;
    o.websocket = websocket;
    o.tls = std::move(tls);
    relays_.push_back(std::make_unique<relay>(time(), engine_, journal_, std::move(o)));
    return *relays_.back();
  }

  const upstream_address* upstream(bool websocket) const {
    for (const auto& each : options_.upstreams) {
      if (each.websocket == websocket) return &each;
    }
    return nullptr;
  }
  relay::opener opener_to(const upstream_address& far) {
    const auto trust =
        far.tls ? net::tls_context::client(net::tls_context::client_options{}) : nullptr;
    return relays_.back()->connector(far.host, far.port, trust);
  }

  bool bind_control() {
    auto listener = bind("control", *options_.control, "http", "/__mock/");
    if (!listener) return false;
    control::parts parts{time(), *rt_, clock_.get(), engine_, journal_, {}, {}, {}};
    parts.is_local = options_.bind.starts_with("127.") || options_.bind == "::1";
    for (const auto& each : relays_) parts.relays.push_back(each.get());
    parts.broker = [this]() -> class broker* {
      return options_.upstreams.empty() ? &server_.broker() : nullptr;
    };
    if (options_.upstreams.empty()) parts.restart = [this](bool keep) { restart(keep); };
    control_ = std::make_unique<control>(std::move(parts));
    controlling_.spawn(serve_control(std::move(listener)));
    return true;
  }

  // On real time: a harness that advances the broker's must not lose its own connections.
  net::task<void> serve_control(std::unique_ptr<net::listener> from) {
    auto serve = [](net::runtime& rt, std::unique_ptr<net::stream> connection,
                    control& service) -> net::task<void> {
      co_await net::serve_http(rt, std::move(connection), service, {});
    };
    while (true) {
      auto accepted = co_await from->accept();
      if (accepted && controlling_.size() < most_control_connections) {
        controlling_.spawn(serve(*rt_, std::move(*accepted), *control_));
      } else if (!accepted) {
        co_await net::wait_until(*rt_, rt_->now() + std::chrono::milliseconds(100));
      }
    }
  }

  // As if the process had ended and another had begun, on the same ports.
  void restart(bool keep) {
    for (const auto& each : relays_) each->reset_all();
    if (keep) return;
    class broker& b = server_.broker();
    for (const auto& d : b.destinations()) b.remove_destination(d.name, time().now());
    for (const auto& s : b.subscriptions()) {
      if (s.connection == 0) b.remove_durable(s.client_id, s.durable_name, time().now());
    }
  }

  void report_unused() {
    for (const auto& name : engine_.unused()) {
      log_.write(net::log_level::warning, "fault", "'" + name + "' was armed and never acted");
    }
  }

  void stop(int number) {
    code_ = number == SIGINT ? exit_interrupted : 0;
    if (stopping_.size() == 0) report_unused();
    if (stopping_.size() > 0) {
      rt_->stop();
      return;
    }
    auto end = [](program& self) -> net::task<void> {
      if (self.script_) {
        co_await self.script_->stop(std::chrono::seconds(3));
        for (const auto& each : self.script_->results()) std::printf("%s\n", each.c_str());
        if (self.code_ == 0 && !self.script_->has_held()) self.code_ = exit_failed;
      }
      co_await self.server_.stop(std::chrono::seconds(3));
      self.rt_->stop();
    };
    stopping_.spawn(end(*this));
  }

  application_options options_;
  std::unique_ptr<net::real_runtime> rt_;
  std::unique_ptr<net::clocked_runtime> clock_;  // null: the broker's time is rt_'s
  net::log_sink& log_;
  fault_engine engine_;
  journal journal_;
  std::vector<std::unique_ptr<relay>> relays_;  // outlive what comes out behind them
  server server_;
  std::unique_ptr<script_server> script_;  // null: the broker answers
  console console_;
  std::shared_ptr<const net::tls_context> tls_;
  std::vector<net::ready_file::entry> entries_;
  std::unique_ptr<control> control_;
  net::ready_file ready_;
  net::task_group controlling_;
  net::task_group stopping_;
  int code_ = 0;
};

}  // namespace

std::variant<upstream_address, std::string> parse_upstream(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return std::string("is no URL");
  upstream_address out;
  const std::string scheme = parsed->scheme();
  out.websocket = scheme == "ws" || scheme == "wss";
  out.tls = scheme == "wss" || scheme == "stomp+ssl";
  if (!out.websocket && !out.tls && scheme != "stomp") {
    return std::string("must begin with ws://, wss://, stomp:// or stomp+ssl://");
  }
  out.host = parsed->host_address();
  out.port = parsed->port_number();
  if (out.host.empty() || out.port == 0) return std::string("needs a host and a port");
  return out;
}

std::variant<std::vector<harness::ladder::row>, std::string> load_ladder(std::string_view text) {
  const auto hash = text.rfind('#');
  const std::string file(text.substr(0, hash));
  const auto pattern = hash == text.npos ? std::string_view("*") : text.substr(hash + 1);
  const auto content = net::read_file(file, std::size_t{64} << 20U);
  if (!content) return file + ": " + content.error().message();
  auto parsed = harness::ladder::read_ladder(*content, file);
  std::erase_if(parsed.rows, [pattern](const harness::ladder::row& r) {
    return !harness::ladder::matches(pattern, r.name);
  });
  if (parsed.errors.empty()) parsed.errors = refusals(parsed.rows);
  std::string wrong;
  for (const auto& e : parsed.errors) {
    wrong += (wrong.empty() ? "" : "\n") + harness::ladder::to_string(e);
  }
  if (!wrong.empty()) return wrong;
  if (parsed.rows.empty()) return file + ": no case is called " + std::string(pattern);
  return std::move(parsed.rows);
}

int run_broker(const application_options& options, net::log_sink& log) {
  return program(options, log).run();
}

}  // namespace mockbroker
