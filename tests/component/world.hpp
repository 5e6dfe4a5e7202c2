// Gateway, broker and client in one process on a simulated network: the websocket-stomp example
// with its ports as written, TLS included.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "crypto/digest.hpp"
#include "gateway/app/application.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/console/console.hpp"
#include "net/files.hpp"
#include "net/http_client.hpp"
#include "net/simulation.hpp"
#include "net/stderr_log.hpp"
#include "stomp-client/client.hpp"

namespace component {

inline constexpr std::string_view websocket_stomp = R"(<spring:beans
    xmlns="http://membrane-soa.org/proxies/1/"
    xmlns:spring="http://www.springframework.org/schema/beans">
  <router>
    <serviceProxy port="4443">
      <ssl>
        <keystore location="membrane.p12" password="secret" keyPassword="secret"/>
        <truststore location="membrane.p12" password="secret"/>
      </ssl>
      <log/>
      <webSocket url="http://localhost:61614/"/>
      <target host="localhost" port="4444"/>
    </serviceProxy>
    <serviceProxy port="4444"><webServer docBase="." index="index.html"/></serviceProxy>
    <serviceProxy name="Console" port="9000">
      <basicAuthentication><user name="admin" password="membrane"/></basicAuthentication>
      <adminConsole/>
    </serviceProxy>
    <serviceProxy port="9001"><target host="localhost" port="61614"/></serviceProxy>
    <serviceProxy port="9002"><webSocket url="http://localhost:61614/"/></serviceProxy>
    <serviceProxy port="9003"><target url="https://localhost:61615/"/></serviceProxy>
  </router>
</spring:beans>
)";

// Its ports, for who must not open them as written.
inline constexpr std::uint16_t example_ports[] = {4443, 4444, 9000, 9001, 9002, 9003};

// A folder with a keystore and a page, removed at the end. RSA, whose signatures have one length,
// so that records are as long in every run.
class example_folder {
 public:
  example_folder() {
    char name[] = "/tmp/pumphouse-test-XXXXXX";
    if (!::mkdtemp(name)) throw std::runtime_error("no temporary folder");
    path_ = name;
    static const crypto::identity who = crypto::make_development_identity(
        crypto::key_kind::rsa_2048, std::chrono::system_clock::now());
    trusted_ = {who.leaf};
    write("membrane.p12", crypto::to_pkcs12(who, "secret"));
    write("index.html", "<h1>page</h1>");
  }
  ~example_folder() {
    for (const auto& name : names_) net::remove_file(path_ + "/" + name);
    ::rmdir(path_.c_str());
  }
  void write(const std::string& name, std::string_view text) {
    if (net::write_file_atomic(path_ + "/" + name, text)) throw std::runtime_error("no " + name);
    names_.push_back(name);
  }
  const std::string& path() const { return path_; }
  void trust_also(const crypto::certificate& c) { trusted_.push_back(c); }
  std::shared_ptr<const net::tls_context> trust() const {
    net::tls_context::client_options o;
    o.trusted = trusted_;
    return net::tls_context::client(o);
  }

 private:
  std::string path_;
  std::vector<crypto::certificate> trusted_;
  std::vector<std::string> names_;
};

struct page {
  int status = 0;
  net::header_list headers;
  std::string body;
};

class world {
 public:
  explicit world(net::simulation::options how = {}) : sim(how) {}
  ~world() { stop(); }

  void start_broker() {
    mockbroker::server_options o;
    o.broker.start = sim.now();
    o.broker.wall_start = sim.wall_now();
    broker = std::make_unique<mockbroker::server>(sim, net::null_log(), std::move(o));
    broker->serve_websocket(std::move(*sim.listen({"", 61614})), nullptr);
    broker_console = std::make_unique<mockbroker::console>(sim, broker->broker());
    broker->serve_http(std::move(*sim.listen({"", 8161})), *broker_console);
  }
  void stop_broker() {
    sim.kill_port(61614);
    broker.reset();
    broker_console.reset();
  }
  void start_gateway(gateway::application_options options = {},
                     std::string_view text = websocket_stomp) {
    options.tickets = net::session_tickets::none;  // lengths must not be a matter of chance
    auto bound =
        gateway::bind_gateway(sim, std::string(text), "proxies.xml", folder.path(), options);
    if (bound.code != gateway::exit_code::done) throw std::runtime_error(bound.errors.front());
    gateway = std::make_unique<gateway::worker>(sim, net::null_log(), options.worker);
    gateway->start(bound.value.config, std::move(bound.value.listeners));
  }
  // Loads `text` as a changed file; answers the errors, empty when it runs.
  std::vector<std::string> reload(std::string_view text) {
    gateway::application_options options;
    options.tickets = net::session_tickets::none;
    auto made = gateway::rebind_gateway(sim, std::string(text), "proxies.xml", folder.path(),
                                        options, *gateway->running());
    if (made.errors.empty())
      gateway->reload(std::move(made.value.config), std::move(made.value.added));
    return std::move(made.errors);
  }
  void stop() {
    clients.clear();
    gateway.reset();
    broker.reset();
    broker_console.reset();
  }

  template <class T>
  T run(net::task<T> t) {
    std::optional<T> out;
    net::task_group group(sim);
    auto body = [](net::task<T> inner, std::optional<T>& result) -> net::task<void> {
      result.emplace(co_await inner);
    };
    group.spawn(body(std::move(t), out));
    sim.run_until([&] { return out.has_value(); });
    if (!out) throw std::runtime_error("the task did not end");
    return std::move(*out);
  }

  stomp_client::client& connect(const std::string& to = "wss://localhost:4443/",
                                stomp_client::options o = {}) {
    std::string why;
    o.tls = folder.trust();
    auto url = std::get<stomp_client::url>(stomp_client::parse_url(to));
    auto made = run(stomp_client::client::connect(sim, url, std::move(o), why));
    if (!made) throw std::runtime_error("cannot connect: " + why);
    clients.push_back(std::move(*made));
    return *clients.back();
  }
  stomp_client::event next(stomp_client::client& c) { return run(c.next()); }
  void subscribe(stomp_client::client& c, std::string_view to) {
    auto sent = c.session().subscribe(to, stomp::ack_mode::automatic, {}, stomp::want_receipt::yes,
                                      sim.now());
    run(c.wait_receipt(sent.receipt_id));
  }

  page fetch(std::uint16_t port, const std::string& target,
             std::vector<net::header_field> headers = {}, bool tls = false) {
    auto call = [](net::simulation& s, std::uint16_t to, net::http_request request,
                   std::shared_ptr<const net::tls_context> trust) -> net::task<page> {
      auto connection = co_await s.connect("localhost", to);
      page got;
      if (!connection) co_return got;
      if (trust)
        connection = co_await net::tls_connect(s, std::move(*connection), trust, "localhost");
      if (!connection) co_return got;
      auto answer = co_await net::http_call(s, std::move(*connection), request, {});
      if (!answer) co_return got;
      auto text = co_await net::read_all(answer->response.body.get(), 1 << 20);
      got.status = answer->response.status;
      got.headers = answer->response.headers;
      if (text) got.body = *text;
      co_return std::move(got);
    };
    net::http_request request;
    request.target = target;
    request.headers.add("Host", "localhost:" + std::to_string(port));
    for (const auto& h : headers) request.headers.add(h.name, h.value);
    return run(call(sim, port, std::move(request), tls ? folder.trust() : nullptr));
  }
  page admin(const std::string& target) {
    return fetch(9000, target,
                 {{"Authorization", "Basic " + crypto::base64_encode("admin:membrane")}});
  }

  net::simulation sim;
  example_folder folder;
  std::unique_ptr<mockbroker::server> broker;
  std::unique_ptr<mockbroker::console> broker_console;
  std::unique_ptr<gateway::worker> gateway;
  std::vector<std::unique_ptr<stomp_client::client>> clients;
};

}  // namespace component
