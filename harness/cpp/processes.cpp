#include <boost/json.hpp>
#include <cstdlib>
#include <stdexcept>

#include "harness/cpp/backend.hpp"
#include "mockbroker/control/control_client.hpp"
#include "net/child_process.hpp"
#include "net/files.hpp"

namespace harness {

namespace json = boost::json;

namespace {

// A start takes milliseconds, under a sanitizer on a busy machine a second.
constexpr net::duration start_limit = std::chrono::seconds(20);
constexpr net::duration stop_limit = std::chrono::seconds(15);
constexpr net::duration call_limit = std::chrono::seconds(10);
constexpr std::size_t most_log = 2000;  // octets of its end in texts

using words = std::vector<std::string>;

// One program that says in a ready file where it listens.
class program {
 public:
  // `name` is what texts and files in `place` call it.
  program(const std::string& path, std::string name, const std::string& place, words arguments)
      : name_(std::move(name)),
        log_(net::join_path(place, name_ + ".log")),
        ready_(net::join_path(place, name_ + ".json")) {
    net::remove_file(ready_);  // of one that was killed
    arguments.insert(arguments.end(), {"--ready-file", ready_});
    auto started = net::child_process::start({path, std::move(arguments), log_});
    if (!started) {
      throw std::runtime_error("cannot run " + path + ": " + started.error().message() +
                               "; PUMPHOUSE_BIN names the folder of the programs");
    }
    process_ = std::move(*started);
    using waited = net::child_process::waited;
    const auto how = process_->wait_for_file(ready_, start_limit);
    if (how != waited::done) {
      throw std::runtime_error(
          name_ + (how == waited::ended ? " ended" : " was not ready in time") + ":\n" + tail());
    }
    const auto text = net::read_file(ready_, std::size_t{1} << 20U);
    if (!text) throw std::runtime_error(ready_ + ": " + text.error().message());
    listeners_ = json::parse(*text).at("listeners").as_array();
  }

  const json::array& listeners() const noexcept { return listeners_; }
  std::uint16_t port(std::string_view listener) const {
    for (const auto& each : listeners_) {
      if (each.at("name").as_string() == listener) return port_of(each);
    }
    throw std::logic_error(name_ + " has no listener " + std::string(listener));
  }
  static std::uint16_t port_of(const json::value& listener) {
    return listener.at("port").to_number<std::uint16_t>();
  }

  std::string tail() const {
    auto text = net::read_file(log_, std::size_t{64} << 20U);
    if (!text || text->empty()) return {};
    if (text->size() > most_log) text->erase(0, text->size() - most_log);
    return name_ + " log, its end:\n" + *text;
  }

  // As an operator ends it; what is wrong with that.
  std::string stop() {
    process_->terminate();
    const auto code = process_->wait(stop_limit);
    if (code && *code == 0) return {};
    const std::string how =
        code ? "ended with " + std::to_string(*code)
             : "did not end within " +
                   std::to_string(
                       std::chrono::duration_cast<std::chrono::seconds>(stop_limit).count()) +
                   " s";
    return "the program " + name_ + " " + how + "; " + tail();
  }

 private:
  std::string name_;
  std::string log_;
  std::string ready_;
  std::unique_ptr<net::child_process> process_;
  json::array listeners_;
};

// Ends it as an operator does: what is wrong with that.
std::vector<std::string> end(std::unique_ptr<program>& which) {
  if (!which) return {};
  auto text = which->stop();
  which.reset();
  if (text.empty()) return {};
  return {std::move(text)};
}

class process_broker final : public broker_backend {
 public:
  // `place` is a folder for its files, `name` what they are called.
  process_broker(world& where, std::string path, std::string name, std::string place,
                 broker_settings how, mockbroker::relay& ws, mockbroker::relay& tcp)
      : world_(where),
        path_(std::move(path)),
        name_(std::move(name)),
        place_(std::move(place)),
        settings_(std::move(how)),
        ws_(ws),
        tcp_(tcp) {
    revive();
  }

  port_numbers ports() const override { return ports_; }
  // Killed, as by a crash: nobody takes leave.
  void restart() override {
    broker_.reset();
    start();
  }
  void die() override {
    world_.call([this] {
      ws_.stop_serving();
      tcp_.stop_serving();
    });
    broker_.reset();
    world_.call([this] {
      ws_.reset_all();
      tcp_.reset_all();
    });
  }
  void revive() override {
    start();
    world_.call([this] {
      ports_ = {front(ws_, ports_.ws, ws_target_), front(tcp_, ports_.tcp, tcp_target_)};
    });
  }

  std::string publish(const std::string& destination, const std::string& body,
                      const std::vector<stomp::header>& headers) override {
    json::object all;
    for (const auto& h : headers) all[h.name] = h.value;
    const auto got =
        call("POST", "publish",
             json::serialize(json::object{
                 {"destination", destination}, {"body", body}, {"headers", std::move(all)}}));
    if (got.is_good()) return {};
    std::error_code no_json;
    const auto answer = json::parse(got.text, no_json);
    return no_json ? got.text : std::string(answer.at("error").as_string());
  }

  queue_numbers queue(const std::string& destination) override {
    const auto number = [](const json::value& of, const char* name) {
      return of.at(name).to_number<std::size_t>();
    };
    const auto all = asked("queues");
    for (const auto& each : all.at("queues").as_array()) {
      if (each.at("destination").as_string() != destination) continue;
      return {number(each, "depth"), number(each, "in_flight"), number(each, "consumers"),
              number(each, "enqueued"), number(each, "dequeued")};
    }
    return {};
  }

  std::size_t connections() override {
    return broker_ ? asked("connections").at("connections").as_array().size() : 0;
  }

  std::vector<std::string> stop() override { return end(broker_); }

 private:
  void start() {
    words arguments{"--profile", settings_.profile,
                    "--seed",    std::to_string(settings_.seed),
                    "--ws",      "0",
                    "--stomp",   "0",
                    "--console", "0",
                    "--control", "0"};
    for (const auto& u : settings_.users) {
      arguments.push_back("--user");
      arguments.push_back(u.name + ":" + u.passcode);
    }
    broker_ = std::make_unique<program>(path_, name_, place_, arguments);
    ws_target_ = broker_->port("ws");
    tcp_target_ = broker_->port("stomp");
  }

  // A port that leads through `tap` to the broker that is there when somebody connects.
  std::uint16_t front(mockbroker::relay& tap, std::uint16_t at, const std::uint16_t& target) {
    auto outer = listen_on(world_.runtime(), at);
    const auto port = outer->local_endpoint().port;
    tap.serve(std::move(outer), [this, &target](const net::endpoint&) {
      return world_.runtime().connect("127.0.0.1", target);
    });
    return port;
  }

  mockbroker::control_answer call(const char* method, const std::string& path, std::string body) {
    const auto got = world_.ask<mockbroker::control_answer>(
        [&] {
          return mockbroker::call_control(world_.runtime(), broker_->port("control"), method, path,
                                          std::move(body));
        },
        call_limit);
    if (!got) throw std::runtime_error("the broker's control API did not answer in time");
    return *got;
  }
  json::value asked(const std::string& path) {
    const auto got = call("GET", path, {});
    if (!got.is_good()) throw std::runtime_error(path + ": " + got.text);
    return json::parse(got.text);
  }

  world& world_;
  std::string path_;
  std::string name_;
  std::string place_;
  broker_settings settings_;
  mockbroker::relay& ws_;
  mockbroker::relay& tcp_;
  port_numbers ports_;
  std::uint16_t ws_target_ = 0;
  std::uint16_t tcp_target_ = 0;
  std::unique_ptr<program> broker_;  // null: it died
};

class processes final : public backend {
 public:
  processes(world& where, std::string programs) : world_(where), programs_(std::move(programs)) {}

  std::unique_ptr<broker_backend> open_broker(const broker_settings& how,
                                              broker_backend::port_numbers /*wanted*/,
                                              mockbroker::relay& ws,
                                              mockbroker::relay& tcp) override {
    std::string name = "mockbroker";
    if (++brokers_ > 1) name += "-" + std::to_string(brokers_);
    return std::make_unique<process_broker>(world_, net::join_path(programs_, "mockbroker"), name,
                                            place_.path(), how, ws, tcp);
  }

  std::vector<gateway_door> open_gateway(
      const gateway_file& file, const std::map<std::uint16_t, std::uint16_t>& ports) override {
    std::string path = net::join_path(net::current_folder(), file.path);
    if (file.is_changed) {
      const auto folder = place_.mirror("config", file.folder);
      if (!folder) throw std::runtime_error(file.folder + ": " + folder.error().message());
      path = net::join_path(*folder, "pumphouse-stage.xml");
      if (const auto error = net::write_file_atomic(path, file.text)) {
        throw std::runtime_error(path + ": " + error.message());
      }
    }
    words arguments{"-c", path, "--bind", "127.0.0.1", "--drain-time", "1"};
    for (const auto& [from, to] : ports) {
      arguments.push_back("--map-port");
      arguments.push_back(std::to_string(from) + "=" + std::to_string(to));
    }
    gateway_ = std::make_unique<program>(net::join_path(programs_, "gateway"), "gateway",
                                         place_.path(), arguments);
    std::vector<gateway_door> doors;
    for (const auto& each : gateway_->listeners()) {
      const std::string_view url = each.at("url").as_string();
      doors.push_back({written_port(each), program::port_of(each), url.starts_with("https")});
    }
    return doors;
  }

  std::vector<std::string> stop() override { return end(gateway_); }

 private:
  // Listeners are called "0.0.0.0:4443", whatever port they got.
  static std::uint16_t written_port(const json::value& listener) {
    const std::string_view name = listener.at("name").as_string();
    return static_cast<std::uint16_t>(
        std::strtoul(std::string(name.substr(name.rfind(':') + 1)).c_str(), nullptr, 10));
  }

  world& world_;
  std::string programs_;
  net::temporary_folder place_;
  unsigned brokers_ = 0;
  std::unique_ptr<program> gateway_;
};

}  // namespace

std::unique_ptr<backend> make_process_backend(world& where, const std::string& programs) {
  return std::make_unique<processes>(where, programs);
}

}  // namespace harness
