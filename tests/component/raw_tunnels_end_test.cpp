// Connections of <stompProxy>, <sslProxy> and <tcp> that are destroyed at any moment leave nothing
// behind.
#include "raw_peers.hpp"
#include "tests/client_hellos.hpp"

namespace component {
namespace {

using namespace std::string_literals;

struct way {
  const char* name;
  std::string proxy;  // on port 80, leads to localhost:8080
  std::string says;
  std::string answer;
};
void PrintTo(const way& w, std::ostream* to) { *to << w.name; }

class RawTunnels : public ::testing::TestWithParam<way> {};

// The gateway and what stands behind it.
struct stage {
  stage(net::simulation& sim, const way& of)
      : server(sim, 8080, {.answer = of.answer}), gateway(sim, net::null_log(), {}) {
    auto bound = gateway::bind_gateway(sim, proxies_file(of.proxy), "proxies.xml", "/", {});
    if (bound.code != gateway::exit_code::done) throw std::runtime_error(bound.errors.front());
    gateway.start(bound.value.config, std::move(bound.value.listeners));
  }
  raw_server server;
  gateway::worker gateway;
};

net::task<void> converse(net::simulation& sim, const way& of) {
  auto connection = co_await sim.connect("localhost", 80);
  if (!connection) co_return;
  // In two pieces, so that there is a wait inside of what comes first.
  const std::string_view all = of.says;
  const std::string_view first = all.substr(0, 5);
  const std::string_view rest = all.substr(5);
  co_await net::write_all(**connection, first);
  co_await net::next_turn(sim);
  co_await net::write_all(**connection, rest);
  const std::string got = co_await harness::read_to_end(**connection);
  EXPECT_NE(got.find(of.answer.substr(of.answer.size() - 2)), got.npos) << got;
}

TEST_P(RawTunnels, LeaveNothingWhenTheyAreDestroyed) {
  const auto start = [](net::simulation& sim, net::task_group& group) -> std::shared_ptr<void> {
    auto all = std::make_shared<stage>(sim, GetParam());
    group.spawn(converse(sim, GetParam()));
    return all;
  };
  EXPECT_GT(harness::cancel_at_every_step({}, start), 5u);
}

TEST_P(RawTunnels, LeaveNothingWhenOctetsComeOneByOne) {
  net::simulation::options how;
  how.short_transfers = true;
  how.seed = 7;
  const auto start = [](net::simulation& sim, net::task_group& group) -> std::shared_ptr<void> {
    auto all = std::make_shared<stage>(sim, GetParam());
    group.spawn(converse(sim, GetParam()));
    return all;
  };
  harness::cancel_at_every_step(how, start);
}

INSTANTIATE_TEST_SUITE_P(
    Of, RawTunnels,
    ::testing::Values(
        way{"Stomp",
            "<stompProxy port='80'><log/><stompClient host='localhost' port='8080'/></stompProxy>",
            "CONNECT\nlogin:a\n\n\0"s, "CONNECTED\n\n\0\n"s},
        way{"StompRefused",
            "<stompProxy port='80'><static>not you</static><return status='403'/><stompClient "
            "host='localhost' port='8080'/></stompProxy>",
            "CONNECT\nlogin:a\n\n\0"s, "not you"},
        way{"Ssl", "<sslProxy port='80'><target host='localhost' port='8080'/></sslProxy>",
            client_hellos::hello("a.b"), "\x16server"},
        way{"SslRefused",
            "<sslProxy port='80' host='c'><target host='localhost' port='8080'/></sslProxy>",
            client_hellos::hello("a.b"), "\2\x70"},
        way{"Tcp",
            "<serviceProxy port='80'><tcp/><target host='localhost' port='8080'/>"
            "</serviceProxy>",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nmore",
            "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nback"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace component
