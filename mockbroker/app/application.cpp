#include "mockbroker/app/application.hpp"

#include <csignal>
#include <cstdio>

#include "net/files.hpp"
#include "net/ready_file.hpp"
#include "net/real_runtime.hpp"

namespace mockbroker {

namespace {

constexpr int exit_usage = 2;
constexpr int exit_cannot_bind = 3;
constexpr int exit_interrupted = 130;

class program {
 public:
  program(const application_options& options, net::log_sink& log)
      : options_(options),
        rt_(net::make_real_runtime()),
        server_(*rt_, log, prepared(options.server, *rt_)),
        console_(*rt_, server_.broker(), options.web),
        stopping_(*rt_) {}

  int run() {
    net::raise_descriptor_limit();
    if (!make_destinations()) return exit_usage;
    if (options_.wss && !load_identity()) return exit_cannot_bind;
    if (!bind_all()) return exit_cannot_bind;
    // Before the ready file: who has read it may signal us.
    rt_->on_signals({SIGTERM, SIGINT}, [this](int number) { stop(number); });
    if (const auto error = ready_.write(options_.ready_file, entries_)) {
      std::fprintf(stderr, "%s: %s\n", options_.ready_file.c_str(), error.message().c_str());
      return exit_usage;
    }
    rt_->run();
    return code_;
  }

 private:
  static server_options prepared(server_options o, net::runtime& rt) {
    o.broker.start = rt.now();
    o.broker.wall_start = rt.wall_now();
    return o;
  }

  bool make_destinations() {
    auto make = [&](const std::string& name, const std::string& prefix) {
      const outcome made = server_.broker().create_destination(prefix + name, rt_->now());
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
    server_.serve_websocket(std::move(ws), nullptr);
    server_.serve_stomp(std::move(stomp));
    server_.serve_http(std::move(web), console_);
    if (wss) server_.serve_websocket(std::move(wss), tls_);
    return true;
  }

  void stop(int number) {
    code_ = number == SIGINT ? exit_interrupted : 0;
    if (stopping_.size() > 0) {
      rt_->stop();
      return;
    }
    auto end = [](server& s, net::real_runtime& rt) -> net::task<void> {
      co_await s.stop(std::chrono::seconds(3));
      rt.stop();
    };
    stopping_.spawn(end(server_, *rt_));
  }

  application_options options_;
  std::unique_ptr<net::real_runtime> rt_;
  server server_;
  console console_;
  std::shared_ptr<const net::tls_context> tls_;
  std::vector<net::ready_file::entry> entries_;
  net::ready_file ready_;
  net::task_group stopping_;
  int code_ = 0;
};

}  // namespace

int run_broker(const application_options& options, net::log_sink& log) {
  return program(options, log).run();
}

}  // namespace mockbroker
