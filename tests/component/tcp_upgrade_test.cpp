// <tcp>: a tunnel for any octets behind an upgrade of HTTP.
#include <gmock/gmock.h>

#include "raw_peers.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

const std::string asking =
    "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const std::string switching = "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

class TcpUpgrade : public ::testing::Test {
 protected:
  void SetUp() override { start("<tcp/>"); }
  void TearDown() override {
    behind.reset();
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  void start(const std::string& flow) {
    w.gateway.reset();
    w.start_gateway({}, proxies_file("<serviceProxy name='p' port='80'>" + flow +
                                     "<target host='localhost' port='8080'/></serviceProxy>"));
  }
  void stand_behind(std::string answer, raw_server_options how = {}) {
    behind.reset();
    how.answer = std::move(answer);
    behind = std::make_unique<raw_server>(w.sim, 8080, how);
  }
  std::uint64_t count(const std::string& name) {
    w.sim.run();
    return w.gateway->count(name);
  }
  world w;
  std::unique_ptr<raw_server> behind;
};

TEST_F(TcpUpgrade, IsRelayedAndOctetsPassBothWays) {
  stand_behind(switching + "from the server");
  const auto got = talk(w, 80, asking + "from the client");
  EXPECT_THAT(got, AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("\r\nUpgrade: tcp\r\n"),
                         EndsWith("\r\n\r\nfrom the server")));
  w.sim.run();
  EXPECT_THAT(behind->got,
              AllOf(StartsWith("GET /a HTTP/1.1\r\n"), HasSubstr("\r\nConnection: Upgrade\r\n"),
                    HasSubstr("\r\nUpgrade: tcp\r\n"), EndsWith("from the client")));
}

TEST_F(TcpUpgrade, DoesNotReadTheOctets) {
  // What would be Close frames of WebSockets.
  stand_behind(switching + std::string("\x88\x00", 2) + "behind");
  EXPECT_THAT(talk(w, 80, asking + std::string("\x88\x80\1\2\3\4", 6)), EndsWith("behind"));
  EXPECT_EQ(count("tunnel-upstream-ended"), 1u);
}

TEST_F(TcpUpgrade, KeepsWhatTheServerSaysAfterTheClientHasEnded) {
  raw_server_options how;
  how.at_once = switching;
  how.to_the_end = true;
  stand_behind("last words", how);
  EXPECT_THAT(talk(w, 80, asking, {.ends = true}), EndsWith("last words"));
  EXPECT_TRUE(behind->saw_end);
}

TEST_F(TcpUpgrade, ListsTwoPumps) {
  raw_server_options how;
  how.stays = true;
  stand_behind(switching + "12345", how);
  auto look = [](world& in) -> net::task<std::vector<gateway::pump_row>> {
    auto connection = co_await in.sim.connect("localhost", 80);
    const std::string_view octets = asking;
    co_await net::write_all(**connection, octets);
    co_await net::wait_until(in.sim, in.sim.now() + seconds(1));
    co_return co_await in.gateway->pumps();
  };
  const auto rows = w.run(look(w));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].name, MatchesRegex("tcp /127.0.0.1:[0-9]+ -> localhost/127.0.0.1:8080"));
  EXPECT_EQ(rows[0].bytes, 0u);
  EXPECT_EQ(rows[1].bytes, 5u);
  EXPECT_EQ(rows[1].proxy, "p");
}

TEST_F(TcpUpgrade, IsRefusedWithoutTheElement) {
  start("");
  stand_behind(switching);
  EXPECT_THAT(talk(w, 80, asking), AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("No <tcp>")));
  EXPECT_EQ(behind->connections, 0u);
}

TEST_F(TcpUpgrade, IsRefusedWhereOnlyWebSocketsAreAllowed) {
  start("<webSocket/>");
  stand_behind(switching);
  EXPECT_THAT(talk(w, 80, asking), StartsWith("HTTP/1.1 403"));
}

TEST_F(TcpUpgrade, DoesNotAllowWebSockets) {
  stand_behind(switching);
  EXPECT_THAT(
      talk(w, 80,
           "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("No <webSocket>")));
  EXPECT_EQ(behind->connections, 0u);
}

TEST_F(TcpUpgrade, LeavesOtherProtocolsOut) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto got = talk(w, 80,
                        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\n"
                        "Upgrade: h2c\r\n\r\n");
  EXPECT_THAT(got, AllOf(StartsWith("HTTP/1.1 200"), EndsWith("ok")));
  EXPECT_THAT(behind->got, Not(HasSubstr("h2c")));
}

TEST_F(TcpUpgrade, LetsPlainRequestsPass) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_THAT(talk(w, 80, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              EndsWith("ok"));
}

TEST_F(TcpUpgrade, IsAPlainRequestWithoutTheConnectionField) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_THAT(talk(w, 80, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUpgrade: tcp\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(behind->got, Not(HasSubstr("Upgrade")));
}

TEST_F(TcpUpgrade, IsAPlainRequestInHttp10) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_THAT(talk(w, 80, "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(TcpUpgrade, RelaysATargetThatDoesNotWantTo) {
  stand_behind("HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_THAT(talk(w, 80, asking, {.ends = true}),
              AllOf(StartsWith("HTTP/1.1 400"), EndsWith("no")));
}

TEST_F(TcpUpgrade, DoesNotRelayASwitchToAnotherProtocol) {
  for (const char* fields : {"Connection: Upgrade\r\nUpgrade: websocket\r\n", "Upgrade: tcp\r\n",
                             "Connection: Upgrade\r\n"}) {
    stand_behind("HTTP/1.1 101 Yes\r\n" + std::string(fields) + "\r\n");
    EXPECT_THAT(talk(w, 80, asking, {.ends = true}), StartsWith("HTTP/1.1 502")) << fields;
  }
}

TEST_F(TcpUpgrade, HasNoBody) {
  stand_behind(switching);
  EXPECT_THAT(talk(w, 80,
                   "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                   "Content-Length: 1\r\n\r\nx",
                   {.ends = true}),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(behind->connections, 0u);
}

TEST_F(TcpUpgrade, PassesTheElementsOfTheFlow) {
  start("<accessControl><deny target='127.0.0.1'/></accessControl><tcp/>");
  EXPECT_THAT(talk(w, 80, asking, {.ends = true}), StartsWith("HTTP/1.1 403"));
}

TEST_F(TcpUpgrade, EndsOnReloadOfItsProxy) {
  raw_server_options how;
  how.stays = true;
  stand_behind(switching, how);
  auto talking = [](world& in) -> net::task<std::string> {
    auto connection = co_await in.sim.connect("localhost", 80);
    const std::string_view octets = asking;
    co_await net::write_all(**connection, octets);
    co_await net::wait_until(in.sim, in.sim.now() + seconds(1));
    in.reload(proxies_file("<serviceProxy port='80'><return/></serviceProxy>"));
    co_return co_await harness::read_to_end(**connection);
  };
  EXPECT_THAT(w.run(talking(w)), EndsWith("\r\n\r\n"));
  EXPECT_EQ(count("tunnel-shut-down"), 1u);
}

}  // namespace
}  // namespace component
