// A <balancer> in front of servers and brokers that die and come back, in virtual time.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "net/http_server.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

std::string file(const std::string& elements, const std::string& beside = {}) {
  return "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
         "xmlns:spring='http://www.springframework.org/schema/beans'>" +
         beside + "<router><serviceProxy name='Balanced' port='80'>" + elements +
         "</serviceProxy></router></spring:beans>";
}

std::string nodes(std::initializer_list<int> ports, const std::string& more = {}) {
  std::string text = "<cluster>";
  for (const int port : ports)
    text += "<node host='localhost' port='" + std::to_string(port) + "'/>";
  return "<balancer name='b'>" + text + "</cluster>" + more + "</balancer>";
}

// A server behind the balancer, which can die and come back.
class server final : public net::http_service {
 public:
  server(net::simulation& sim, std::uint16_t port) : sim_(sim), port_(port) { revive(); }
  ~server() override { die(); }

  void die() {
    connections_.reset();
    from_.reset();
    at_once = 0;
    sim_.kill_port(port_);
  }
  void revive() {
    from_ = std::move(*sim_.listen({"", port_}));
    connections_ = std::make_unique<net::task_group>(sim_);
    connections_->spawn(accept(*this));
  }

  std::uint64_t answered = 0;
  std::uint64_t accepted = 0;  // connections
  std::size_t at_once = 0;
  std::size_t most_at_once = 0;
  net::duration think{0};
  int status = 200;
  net::header_list last;  // of the newest request
  unsigned hang_ups =
      0;  // so many connections end instead of an answer  // ends connections instead of answering

 private:
  net::task<net::http_response> handle(net::http_request& request) override {
    last = request.headers;
    if (request.body) static_cast<void>(co_await net::read_all(request.body.get(), 1 << 20));
    most_at_once = std::max(most_at_once, ++at_once);
    if (think > net::duration::zero()) co_await net::wait_until(sim_, sim_.now() + think);
    --at_once;
    ++answered;
    co_return net::make_response(status, "text/plain", "node " + std::to_string(port_));
  }
  net::http_response refuse(const net::http_error& error) override {
    return net::make_response(error.status, "text/plain", error.detail);
  }
  static net::task<void> accept(server& self) {
    while (true) {
      auto next = co_await self.from_->accept();
      if (!next) co_return;
      ++self.accepted;
      self.connections_->spawn(serve(self, std::move(*next)));
    }
  }
  static net::task<void> serve(server& self, std::unique_ptr<net::stream> connection) {
    if (self.hang_ups > 0) {
      --self.hang_ups;
      std::string into(4096, '\0');
      static_cast<void>(co_await net::read_some(*connection, into));
      co_return;
    }
    co_await net::serve_http(self.sim_, std::move(connection), self, {});
  }

  net::simulation& sim_;
  std::uint16_t port_;
  std::unique_ptr<net::listener> from_;
  std::unique_ptr<net::task_group> connections_;
};

class Balancing : public testing::Test {
 protected:
  void start(const std::string& text) { w.start_gateway({}, text); }
  server& add(int port) {
    servers.push_back(std::make_unique<server>(w.sim, static_cast<std::uint16_t>(port)));
    return *servers.back();
  }
  std::string get(std::vector<net::header_field> headers = {}) {
    const page got = w.fetch(80, "/", std::move(headers));
    return std::to_string(got.status) + " " + got.body.substr(0, got.body.find('\n'));
  }
  // What comes back for these octets.
  std::string say(const std::string& text) {
    auto talk = [](net::simulation& sim, const std::string& all) -> net::task<std::string> {
      auto connection = co_await sim.connect("localhost", 80);
      if (!connection) co_return "refused";
      co_await net::write_all(**connection, all);
      co_return co_await harness::read_to_end(**connection);
    };
    return w.run(talk(w.sim, text));
  }
  const gateway::node_state& state(std::size_t index) {
    return *w.gateway->current()->balancers->at(0)->nodes().at(index).state;
  }

  world w;
  std::vector<std::unique_ptr<server>> servers;
};

// So many clients ask again and again, each on a connection of its own.
class load {
 public:
  load(world& w, int clients, net::duration pause) : w_(w), group_(w.sim) {
    for (int i = 0; i < clients; ++i) group_.spawn(ask(*this, pause));
  }
  ~load() { group_.cancel(); }
  std::map<int, std::uint64_t> statuses;  // 0: no answer

 private:
  static net::task<void> ask(load& self, net::duration pause) {
    net::simulation& sim = self.w_.sim;
    while (true) {
      int status = 0;
      auto connection = co_await sim.connect("localhost", 80);
      if (connection) {
        net::http_request request;
        request.headers.add("Host", "localhost");
        auto answer = co_await net::http_call(sim, std::move(*connection), request, {});
        if (answer) {
          auto text = co_await net::read_all(answer->response.body.get(), 1 << 20);
          if (text) status = answer->response.status;
        }
      }
      ++self.statuses[status];
      co_await net::wait_until(sim, sim.now() + pause);
    }
  }

  world& w_;
  net::task_group group_;
};

TEST_F(Balancing, NoClientNoticesANodeThatDiesUnderLoadAndComesBack) {
  for (const int port : {7001, 7002, 7003}) add(port).think = milliseconds(20);
  start(file(nodes({7001, 7002, 7003})));
  load clients(w, 30, milliseconds(100));
  w.sim.advance(seconds(20));
  const auto share = servers[0]->answered;
  for (const auto& s : servers) EXPECT_NEAR(double(s->answered), double(share), double(share) / 50);
  servers[1]->die();
  const auto before = servers[1]->answered;
  w.sim.advance(seconds(30));
  EXPECT_EQ(servers[1]->answered, before);
  // A look every ten seconds, and those that were on their way at its end.
  EXPECT_LE(state(1).errors, 30u + 4u);
  servers[1]->revive();
  w.sim.advance(seconds(11));
  const auto back = servers[1]->answered;
  const auto other = servers[0]->answered;
  w.sim.advance(seconds(20));
  EXPECT_NEAR(double(servers[1]->answered - back), double(servers[0]->answered - other),
              double(share) / 25);
  EXPECT_EQ(clients.statuses.size(), 1u) << "other statuses than 200";
  EXPECT_GE(clients.statuses[200], 15'000u);
  EXPECT_EQ(w.gateway->count("upstream-failed"), 0u);
}

TEST_F(Balancing, ByThreadsNoNodeEverHasMoreRequestsThanItMay) {
  for (const int port : {7001, 7002}) add(port).think = milliseconds(50);
  start(file(nodes({7001, 7002},
                   "<byThreadStrategy maxNumberOfThreadsPerEndpoint='3' retryTimeOnBusy='40'/>")));
  load clients(w, 12, milliseconds(5));
  w.sim.advance(seconds(20));
  EXPECT_EQ(servers[0]->most_at_once, 3u);
  EXPECT_EQ(servers[1]->most_at_once, 3u);
  EXPECT_EQ(state(0).connections, servers[0]->at_once);
  for (const auto& [status, count] : clients.statuses)
    EXPECT_TRUE(status == 200 || status == 503) << status;
  EXPECT_GE(clients.statuses[200], 1'500u);
}

TEST_F(Balancing, WebSocketsCountAsConnectionsOfTheirNodes) {
  w.start_broker();
  start(file("<webSocket/>" + nodes({61614})));
  stomp_client::client& first = w.connect("ws://localhost:80/");
  w.next(first);
  w.next(w.connect("ws://localhost:80/"));
  EXPECT_EQ(state(0).connections, 2u);
  w.clients.pop_back();
  w.sim.advance(seconds(5));
  EXPECT_EQ(state(0).connections, 1u);
}

TEST_F(Balancing, AWebSocketGoesToTheNodeThatLives) {
  w.start_broker();
  start(file("<webSocket/>" + nodes({7001, 61614})));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(w.next(w.connect("ws://localhost:80/")).what, stomp_client::event::kind::connected);
  }
  EXPECT_EQ(w.gateway->count("node-failed-over"), 1u);
  EXPECT_EQ(state(1).connections, 3u);
}

TEST_F(Balancing, AHandshakeThatBreaksIsSentToAnotherNode) {
  w.start_broker();
  add(7001).hang_ups = 1000;
  start(file("<webSocket/>" + nodes({7001, 61614})));
  EXPECT_EQ(w.next(w.connect("ws://localhost:80/")).what, stomp_client::event::kind::connected);
  EXPECT_EQ(servers[0]->accepted, 1u);
}

TEST_F(Balancing, ABrokenRequestIsSentToAnotherNodeWhenItMayBeRepeated) {
  add(7001).hang_ups = 1000;
  add(7002);
  start(file(nodes({7001, 7002})));
  EXPECT_EQ(get(), "200 node 7002");
  EXPECT_EQ(w.gateway->count("upstream-retried"), 0u);
}

TEST_F(Balancing, ABrokenRequestThatMayHaveBeenExecutedIsNot) {
  add(7001).hang_ups = 1000;
  add(7002);
  start(file(nodes({7001, 7002})));
  EXPECT_EQ(say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                "Connection: close\r\n\r\nhi")
                .substr(0, 12),
            "HTTP/1.1 502");
  EXPECT_EQ(servers[1]->accepted, 0u);
}

TEST_F(Balancing, ANodeThatDoesNotAnswerInTimeHasAnErrorAndIsNotLeftOut) {
  add(7001).think = seconds(60);
  gateway::application_options options;
  options.worker.upstream.answer = seconds(2);
  w.start_gateway(options, file(nodes({7001})));
  EXPECT_EQ(get().substr(0, 3), "504");
  EXPECT_EQ(state(0).errors, 1u);
  servers[0]->think = seconds(0);
  EXPECT_EQ(get(), "200 node 7001");
}

TEST_F(Balancing, ARequestWithABodyThatWasNotSentGoesToAnotherNode) {
  add(7002);
  start(file(nodes({7001, 7002})));
  EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                  "Connection: close\r\n\r\nhi"),
              AllOf(HasSubstr("HTTP/1.1 200"), HasSubstr("node 7002")));
}

TEST_F(Balancing, FailOversAreNoRetries) {
  add(7004).hang_ups = 1;
  start(file(nodes({7001, 7002, 7003, 7004})));
  EXPECT_EQ(get(), "200 node 7004");
  EXPECT_EQ(w.gateway->count("node-failed-over"), 3u);
  EXPECT_EQ(w.gateway->count("upstream-retried"), 1u);
}

TEST_F(Balancing, TheHostFieldStaysWhereItIsNotAdjusted) {
  add(7002);
  start(
      "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
      "xmlns:spring='http://www.springframework.org/schema/beans'><router>"
      "<httpClientConfig adjustHostHeader='false'/><serviceProxy port='80'>" +
      nodes({7001, 7002}) + "</serviceProxy></router></spring:beans>");
  EXPECT_EQ(get(), "200 node 7002");
  EXPECT_EQ(servers[0]->last.get("Host"), "localhost:80");
}

TEST_F(Balancing, HeadersOfAProxyAreWrittenOnceForTheNodeThatGetsThem) {
  add(7002);
  start(file(nodes({7001, 7002})));
  EXPECT_EQ(get({{"X-Forwarded-For", "10.0.0.1"}}), "200 node 7002");
  EXPECT_EQ(servers[0]->last.get("X-Forwarded-For"), "10.0.0.1, 127.0.0.1");
  EXPECT_EQ(servers[0]->last.get("Host"), "localhost:7002");
}

TEST_F(Balancing, WithoutANodeThatAnswersThereIs502AndWithoutOneThatIsUp503) {
  start(file("<clusterNotification/>" + nodes({7001, 7002})));
  EXPECT_THAT(w.fetch(80, "/").status, 502);
  for (const char* port : {"7001", "7002"}) {
    EXPECT_EQ(
        w.fetch(80, std::string("/clustermanager/down?balancer=b&host=localhost&port=") + port)
            .status,
        204);
  }
  const page none = w.fetch(80, "/");
  EXPECT_EQ(none.status, 503);
  EXPECT_EQ(none.headers.get("Retry-After"), "10");
}

TEST_F(Balancing, ANodeIsTakenOutAndComesBackWhileItsWebSocketsStay) {
  w.start_broker();
  add(7002);
  start(file("<webSocket/><clusterNotification/>" + nodes({61614, 7002})));
  stomp_client::client& c = w.connect("ws://localhost:80/");
  w.next(c);
  w.fetch(80, "/clustermanager/takeout?balancer=b&host=localhost&port=61614");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(), "200 node 7002");
  w.subscribe(c, "/queue/foo");
  w.fetch(80, "/clustermanager/up?balancer=b&host=localhost&port=61614");
  EXPECT_EQ(w.gateway->tunnels(), 1u);
}

TEST_F(Balancing, AReloadKeepsWhatWasSaidOfNodesAndTheirConnections) {
  w.start_broker();
  add(7002);
  const std::string before = "<webSocket/><clusterNotification/>" + nodes({61614, 7002});
  start(file(before));
  w.next(w.connect("ws://localhost:80/"));
  w.fetch(80, "/clustermanager/takeout?balancer=b&host=localhost&port=61614");
  ASSERT_TRUE(w.reload(file(before, "<log id='other'/>")).empty());
  EXPECT_EQ(state(0).status.load(), gateway::node_status::takeout);
  EXPECT_EQ(state(0).connections, 1u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(get(), "200 node 7002");
}

TEST_F(Balancing, AKeptConnectionThatWasClosedMeanwhileSaysNothingOfTheNode) {
  add(7001);
  start(file(nodes({7001})));
  EXPECT_EQ(get(), "200 node 7001");
  servers[0]->die();
  servers[0]->revive();
  EXPECT_EQ(get(), "200 node 7001");
  EXPECT_EQ(state(0).errors, 0u);
}

class HealthMonitor : public Balancing {
 protected:
  // Two nodes, the first with a health URL.
  void start_monitored(const std::string& monitor = "<balancerHealthMonitor interval='1000'/>") {
    start(
        file("<balancer name='b'><cluster>"
             "<node host='localhost' port='7001' healthUrl='http://localhost:7001/up'/>"
             "<node host='localhost' port='7002'/></cluster></balancer>",
             monitor));
  }
};

TEST_F(HealthMonitor, LooksAtOnceAndThenAtEachInterval) {
  add(7001);
  add(7002);
  start_monitored();
  w.sim.advance(milliseconds(10));
  EXPECT_EQ(servers[0]->answered, 1u);
  EXPECT_EQ(servers[1]->accepted, 1u);
  w.sim.advance(seconds(10));
  EXPECT_EQ(servers[0]->answered, 11u);
  EXPECT_EQ(servers[1]->accepted, 11u);
}

TEST_F(HealthMonitor, ANodeWithoutHealthUrlIsDownWhenItTakesNoConnection) {
  add(7001);
  start_monitored();
  w.sim.advance(milliseconds(10));
  EXPECT_FALSE(state(1).healthy);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(), "200 node 7001");
  EXPECT_EQ(w.gateway->count("node-failed-over"), 0u);
}

TEST_F(HealthMonitor, ANodeIsDownFrom300On) {
  add(7001);
  add(7002);
  start_monitored();
  for (const int status : {300, 404, 500}) {
    servers[0]->status = status;
    w.sim.advance(seconds(1));
    EXPECT_FALSE(state(0).healthy) << status;
    servers[0]->status = 204;
    w.sim.advance(seconds(1));
    EXPECT_TRUE(state(0).healthy) << status;
  }
}

TEST_F(HealthMonitor, ANodeThatDoesNotAnswerInTimeIsDown) {
  add(7001).think = seconds(60);
  add(7002);
  start_monitored("<balancerHealthMonitor interval='20000'/>");
  w.sim.advance(seconds(4));
  EXPECT_TRUE(state(0).healthy);
  w.sim.advance(seconds(2));
  EXPECT_FALSE(state(0).healthy);
}

TEST_F(HealthMonitor, ANodeThatIsBackIsUsedWithoutWaitingForItsSuspension) {
  add(7001);
  start_monitored();
  w.sim.advance(milliseconds(10));
  add(7002);
  w.sim.advance(seconds(1));
  std::set<std::string> got{get(), get()};
  EXPECT_EQ(got.size(), 2u);
}

TEST_F(HealthMonitor, WhatANotificationSaidIsStronger) {
  add(7001);
  add(7002);
  start_monitored();
  w.gateway->current()->balancers->at(0)->set_status("Default", "localhost", 7001,
                                                     gateway::node_status::down);
  w.sim.advance(seconds(5));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(), "200 node 7002");
}

TEST_F(HealthMonitor, WithoutItAllNodesCountAsHealthyAfterAReload) {
  add(7001);
  start_monitored();
  w.sim.advance(milliseconds(10));
  ASSERT_FALSE(state(1).healthy);
  ASSERT_TRUE(w.reload(file(nodes({7001, 7002}))).empty());
  EXPECT_TRUE(state(1).healthy);
}

TEST_F(Balancing, TheConsoleShowsNodesAndTheirSessions) {
  add(7001);
  start(
      file("<balancer name='b'><jSessionIdExtractor/><cluster name='C'>"
           "<node host='localhost' port='7001'/><node host='localhost' port='7002'/>"
           "</cluster></balancer>"));
  EXPECT_EQ(get({{"Cookie", "JSESSIONID=a"}}), "200 node 7001");
  EXPECT_EQ(get(), "200 node 7001");  // 7002 refused it
  auto pages = gateway::console(*w.gateway);
  const auto show = [&](const std::string& target) {
    net::http_request request;
    request.target = target;
    auto answer = w.run(pages.handle(request, {}));
    return *w.run(net::read_all(answer.body.get(), 1 << 20));
  };
  EXPECT_THAT(show("/admin"), HasSubstr("/admin/balancers"));
  const std::string html = show("/admin/balancers");
  EXPECT_THAT(html, HasSubstr("<td>b</td><td>C</td><td>localhost:7001</td><td>UP</td><td>10</td>"
                              "<td>2</td><td>0</td><td>0</td>"));
  EXPECT_THAT(html, HasSubstr("<td>localhost:7002</td><td>SUSPENDED</td><td>10</td><td>0</td>"
                              "<td>1</td><td>0</td>"));
  EXPECT_THAT(html, HasSubstr("<td>b</td><td>1</td>"));
  EXPECT_THAT(show("/admin/rest/balancers"),
              HasSubstr(R"("host":"localhost","port":7002,"status":"SUSPENDED")"));
}

TEST_F(Balancing, PrometheusHasTheStatusOfNodes) {
  add(7001);
  start(file(nodes({7001, 7002})));
  get();
  get();
  const std::string text = w.run(w.gateway->prometheus({500}));
  EXPECT_THAT(text,
              HasSubstr(R"(membrane_lb_node_status{node="localhost_7001",cluster="default"} 1)"));
  EXPECT_THAT(text,
              HasSubstr(R"(membrane_lb_node_status{node="localhost_7002",cluster="default"} 0)"));
  EXPECT_THAT(text, HasSubstr("pumphouse_lb_node_connections"));
}

}  // namespace
}  // namespace component
