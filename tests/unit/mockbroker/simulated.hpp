// A mock broker with its console on a simulated network, and the calls tests make on it.
#pragma once

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "mockbroker/app/server.hpp"
#include "mockbroker/console/console.hpp"
#include "net/http_client.hpp"
#include "net/simulation.hpp"
#include "net/stderr_log.hpp"
#include "stomp-client/client.hpp"

namespace mockbroker {

// Runs `t` on the simulation; fails the test when it does not end before quiescence.
template <class T>
T run_to_end(net::simulation& sim, net::task<T> t) {
  std::optional<T> out;
  net::task_group group(sim);
  auto body = [](net::task<T> inner, std::optional<T>& result) -> net::task<void> {
    result.emplace(co_await inner);
  };
  group.spawn(body(std::move(t), out));
  EXPECT_TRUE(sim.run_until([&] { return out.has_value(); }));
  if (!out) throw std::runtime_error("the task did not end");
  return std::move(*out);
}

struct page {
  int status = 0;
  net::header_list headers;
  std::string body;
};

class simulated_broker : public ::testing::Test {
 protected:
  static constexpr std::uint16_t ws_port = 61614;
  static constexpr std::uint16_t stomp_port = 61613;
  static constexpr std::uint16_t console_port = 8161;

  void start(server_options options = {}, console_options chosen = {}) {
    options.broker.start = sim.now();
    options.broker.wall_start = sim.wall_now();
    shell = std::make_unique<server>(sim, net::null_log(), std::move(options));
    pages = std::make_unique<console>(sim, shell->broker(), chosen);
    shell->serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
    shell->serve_stomp(std::move(*sim.listen({"", stomp_port})));
    shell->serve_http(std::move(*sim.listen({"", console_port})), *pages);
  }

  void TearDown() override {
    clients.clear();
    shell.reset();
    pages.reset();
    sim.run();
    EXPECT_EQ(sim.outstanding(), net::simulation::left_over{});
  }

  stomp_client::client& connect(const std::string& url_text, stomp_client::options chosen = {}) {
    std::string why;
    auto url = std::get<stomp_client::url>(stomp_client::parse_url(url_text));
    auto made = run_to_end(sim, stomp_client::client::connect(sim, url, std::move(chosen), why));
    if (!made) throw std::runtime_error("cannot connect: " + why);
    clients.push_back(std::move(*made));
    return *clients.back();
  }
  // Connects and takes CONNECTED.
  stomp_client::client& connected(const std::string& url_text, stomp_client::options chosen = {}) {
    auto& c = connect(url_text, std::move(chosen));
    EXPECT_EQ(next(c).frame.command, "CONNECTED");
    return c;
  }
  stomp_client::event next(stomp_client::client& c) { return run_to_end(sim, c.next()); }
  void subscribe(stomp_client::client& c, std::string_view destination,
                 stomp::ack_mode mode = stomp::ack_mode::automatic) {
    auto sent = c.session().subscribe(destination, mode, {}, stomp::want_receipt::yes, sim.now());
    EXPECT_EQ(run_to_end(sim, c.wait_receipt(sent.receipt_id)).what,
              stomp_client::event::kind::receipt);
  }
  void send(stomp_client::client& c, std::string_view destination, std::string_view body) {
    auto sent = c.session().send(destination, body, {}, stomp::want_receipt::yes, sim.now());
    EXPECT_EQ(run_to_end(sim, c.wait_receipt(sent.receipt_id)).what,
              stomp_client::event::kind::receipt);
  }

  page fetch(std::uint16_t port, std::string method, std::string target,
             std::vector<net::header_field> headers = {}, std::string body = {}) {
    auto call = [](net::simulation& world, std::uint16_t to,
                   net::http_request request) -> net::task<page> {
      auto connection = co_await world.connect("localhost", to);
      auto answer = co_await net::http_call(world, std::move(*connection), request, {});
      page got;
      if (!answer) co_return got;
      auto text = co_await net::read_all(answer->response.body.get(), 1 << 24);
      got.status = answer->response.status;
      got.headers = answer->response.headers;
      if (text) got.body = *text;
      co_return std::move(got);
    };
    net::http_request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.add("Host", "localhost");
    for (auto& h : headers) request.headers.add(h.name, h.value);
    if (!body.empty()) request.body = net::make_string_body(std::move(body));
    return run_to_end(sim, call(sim, port, std::move(request)));
  }
  // A request to the console as a browser makes it: with a login and the cookie it has got.
  page ask(const std::string& method, const std::string& target, std::string body = {},
           const std::string& login = "admin:admin") {
    std::vector<net::header_field> headers{
        {"Authorization", "Basic " + crypto::base64_encode(login)}};
    if (!cookie.empty()) headers.push_back({"Cookie", "theme=dark; " + cookie});
    page got = fetch(console_port, method, target, std::move(headers), std::move(body));
    if (const auto set = got.headers.get("Set-Cookie")) cookie = set->substr(0, set->find(';'));
    return got;
  }
  page admin(const std::string& method, const std::string& target, std::string body = {}) {
    return ask(method, "/admin/" + target, std::move(body));
  }

  net::simulation sim;
  std::string cookie;
  std::unique_ptr<server> shell;
  std::unique_ptr<console> pages;
  std::vector<std::unique_ptr<stomp_client::client>> clients;
};

}  // namespace mockbroker
