#include <stdexcept>

#include "gateway/app/application.hpp"
#include "harness/cpp/backend.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "net/stderr_log.hpp"

namespace harness {

namespace {

class in_process_broker final : public broker_backend {
 public:
  in_process_broker(world& where, broker_settings how, port_numbers wanted, mockbroker::relay& ws,
                    mockbroker::relay& tcp)
      : world_(where), settings_(std::move(how)), ports_(wanted), ws_(ws), tcp_(tcp) {
    revive();
  }

  port_numbers ports() const override { return ports_; }
  void restart() override {
    world_.call([this] {
      broker_.reset();
      make_broker();
    });
  }
  void die() override {
    world_.call([this] {
      for (auto* each : {&ws_, &tcp_}) {
        each->stop_serving();
        each->reset_all();
      }
      broker_.reset();
    });
  }
  void revive() override {
    world_.call([this] {
      ports_.ws = listen(ws_, ports_.ws);
      ports_.tcp = listen(tcp_, ports_.tcp);
      make_broker();
    });
  }

  std::string publish(const std::string& destination, const std::string& body,
                      const std::vector<stomp::header>& headers) override {
    auto outcome = mockbroker::outcome::done;
    world_.call([&] {
      outcome = broker_->broker().publish(destination, body, headers, world_.runtime().now());
    });
    if (outcome == mockbroker::outcome::done) return {};
    return "'" + destination + "': " + std::string(mockbroker::to_string(outcome));
  }

  queue_numbers queue(const std::string& destination) override {
    queue_numbers out;
    world_.call([&] {
      const auto& b = broker_->broker();
      const auto found = b.find_destination(b.parse_name(destination));
      if (!found) return;
      out = {found->pending, found->unsettled, found->consumers, found->enqueued, found->dequeued};
    });
    return out;
  }

  std::size_t connections() override {
    std::size_t count = 0;
    world_.call([&] { count = broker_ ? broker_->broker().connections().size() : 0; });
    return count;
  }

  std::vector<std::string> stop() override {
    world_.call([this] { broker_.reset(); });
    return {};
  }

 private:
  std::uint16_t listen(mockbroker::relay& at, std::uint16_t port) {
    return at.wrap(listen_on(world_.runtime(), port))->local_endpoint().port;
  }
  void make_broker() {
    net::runtime& rt = world_.runtime();
    mockbroker::server_options o;
    o.broker.kind = *mockbroker::find_profile(settings_.profile);
    o.broker.users = settings_.users;
    o.broker.seed = settings_.seed;
    o.broker.start = rt.now();
    o.broker.wall_start = rt.wall_now();
    broker_ = std::make_unique<mockbroker::server>(rt, net::null_log(), std::move(o));
    broker_->serve_websocket(ws_.reopen(), nullptr);
    broker_->serve_stomp(tcp_.reopen());
  }

  world& world_;
  broker_settings settings_;
  port_numbers ports_;
  mockbroker::relay& ws_;
  mockbroker::relay& tcp_;
  std::unique_ptr<mockbroker::server> broker_;  // null: it died
};

class in_process final : public backend {
 public:
  explicit in_process(world& where) : world_(where) {}

  std::unique_ptr<broker_backend> open_broker(const broker_settings& how,
                                              broker_backend::port_numbers wanted,
                                              mockbroker::relay& ws,
                                              mockbroker::relay& tcp) override {
    if (!world_.simulated()) wanted = {};
    return std::make_unique<in_process_broker>(world_, how, wanted, ws, tcp);
  }

  std::vector<gateway_door> open_gateway(
      const gateway_file& file, const std::map<std::uint16_t, std::uint16_t>& ports) override {
    std::vector<std::string> errors;
    std::vector<gateway_door> doors;
    world_.call([&] {
      gateway::application_options o;
      o.bind = "127.0.0.1";
      o.tickets = net::session_tickets::none;
      o.ports.insert(ports.begin(), ports.end());
      auto bound = gateway::bind_gateway(world_.runtime(), file.text, file.path, file.folder, o);
      errors = bound.errors;
      if (bound.code != gateway::exit_code::done) return;
      const auto& listeners = bound.value.config->settings->listeners;
      for (std::size_t i = 0; i < listeners.size(); ++i) {
        doors.push_back({listeners[i].written_port, bound.value.listeners[i]->local_endpoint().port,
                         listeners[i].tls});
      }
      gateway_ = std::make_unique<gateway::worker>(world_.runtime(), net::null_log(), o.worker);
      gateway_->start(bound.value.config, std::move(bound.value.listeners));
    });
    if (gateway_) return doors;
    std::string all;
    for (const auto& e : errors) all += e + "\n";
    throw std::runtime_error(all);
  }

  std::vector<std::string> stop() override {
    world_.call([this] { gateway_.reset(); });
    return {};
  }

 private:
  world& world_;
  std::unique_ptr<gateway::worker> gateway_;
};

}  // namespace

std::unique_ptr<backend> make_in_process_backend(world& where) {
  return std::make_unique<in_process>(where);
}

}  // namespace harness
