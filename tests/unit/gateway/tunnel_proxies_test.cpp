// <stompProxy>, <sslProxy> and <tcp>: what they mean, and the exact errors of those that mean
// nothing.
#include "support.hpp"

namespace gateway::test {
namespace {

std::string stomp(const std::string& flow, const std::string& attributes = {}) {
  return "<stompProxy " + attributes + ">" + flow + "</stompProxy>";
}
const std::string to_broker = "<stompClient host='b'/>";

TEST(StompProxy, HasMembranesDefaults) {
  const auto c = must_load(stomp(to_broker));
  const proxy& p = *c->proxies.at(0);
  EXPECT_EQ(p.kind, proxy_kind::stomp);
  EXPECT_EQ(p.written_port, 80);
  EXPECT_EQ(p.name, "0.0.0.0:80");
  EXPECT_FALSE(p.target);
  ASSERT_EQ(c->listeners.size(), 1U);
  EXPECT_EQ(c->listeners[0].kind, listener_kind::stomp);
  EXPECT_FALSE(c->listeners[0].tls);
}

broker_settings broker_of(const std::string& client, const load_options& options = {}) {
  const auto c = must_load(stomp(client), options);
  if (!c) return {};
  world w;
  exchange ex(make_request("CONNECT"), w.connection, w.all);
  ex.stomp_command = "CONNECT";
  run(w, c->proxies.at(0)->elements.on_request(ex));
  return ex.broker ? *ex.broker : broker_settings{};
}

TEST(StompClient, SaysWhereTheBrokerIs) {
  const auto b = broker_of(to_broker);
  EXPECT_EQ(b.to.host, "b");
  EXPECT_EQ(b.to.port, 61613);
  EXPECT_FALSE(b.to.tls);
  EXPECT_FALSE(b.connect);
  EXPECT_EQ(broker_of("<stompClient host='[::1]' port='1'/>").to.host, "::1");
  EXPECT_EQ(broker_of("<stompClient host='::1' port='1'/>").to.port, 1);
}

TEST(StompClient, TakesTheTimeoutOfItsConnection) {
  const auto b = broker_of("<stompClient host='b'><connection timeout='70'/></stompClient>");
  EXPECT_EQ(b.connect, std::chrono::milliseconds(70));
}

TEST(StompClient, FollowsMappedPortsOfThisMachine) {
  load_options options;
  options.ports = {{61613, 5}};
  EXPECT_EQ(broker_of("<stompClient host='localhost'/>", options).to.port, 5);
  EXPECT_EQ(broker_of(to_broker, options).to.port, 61613);
}

TEST(StompClient, KeepsTheTlsOfEachBroker) {
  const auto c = must_load(
      stomp("<if test=\"header.a == 'b'\"><stompClient host='a'><ssl serverName='x'/></stompClient>"
            "</if><stompClient host='b'><ssl serverName='y'/></stompClient>"));
  ASSERT_EQ(c->broker_tls.size(), 2U);
  EXPECT_EQ(c->broker_tls[0].server_name, "x");
  EXPECT_EQ(c->broker_tls[1].server_name, "y");
  EXPECT_EQ(c->proxies[0]->broker_tls, (std::vector<std::size_t>{0, 1}));
}

TEST(StompProxy, IsAnotherOneWhenItsBrokerIs) {
  const auto of = [](const std::string& client) {
    return must_load(stomp(client))->proxies.at(0)->fingerprint;
  };
  EXPECT_EQ(of(to_broker), of(to_broker));
  EXPECT_NE(of(to_broker), of("<stompClient host='c'/>"));
}

struct error_row {
  const char* name;
  std::string proxies;
  std::string place;
  std::string message;
};
void PrintTo(const error_row& row, std::ostream* to) { *to << row.name; }

class TunnelProxyErrors : public testing::TestWithParam<error_row> {};

TEST_P(TunnelProxyErrors, AreExact) {
  const auto result = load_proxies(GetParam().proxies);
  ASSERT_EQ(result.errors.size(), 1U) << GetParam().proxies;
  const std::string& e = result.errors.front();
  EXPECT_EQ(e.substr(0, e.find('\n')),
            "proxies.xml:" + GetParam().place + ": " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Stomp, TunnelProxyErrors,
    testing::Values(
        error_row{"NoClient", stomp("<log/>"), "2:1",
                  "<stompProxy>: needs a <stompClient> inside, for the broker"},
        error_row{"NoHost", stomp("<stompClient/>"), "2:14",
                  "<stompClient>: attribute 'host' is missing"},
        error_row{"HostWithPort", stomp("<stompClient host='a:1'/>"), "2:33",
                  "<stompClient>: attribute 'host' must be a name or address alone"},
        error_row{"HostAsUrl", stomp("<stompClient host='tcp://a'/>"), "2:33",
                  "<stompClient>: attribute 'host' must be a name or address alone"},
        error_row{
            "Port", stomp("<stompClient host='a' port='0'/>"), "2:42",
            "<stompClient>: attribute 'port' must be a whole number from 1 to 65535, not '0'"},
        error_row{"ClientInHttp", "<serviceProxy>" + to_broker + "</serviceProxy>", "2:15",
                  "<stompClient>: belongs in a <stompProxy>; the clients of this proxy speak HTTP"},
        error_row{"WebServer", stomp("<webServer docBase='.'/>" + to_broker), "2:14",
                  "<webServer>: cannot stand in a <stompProxy>: its clients speak STOMP"},
        error_row{"Deeper", stomp("<if test='true'><webSocket/></if>" + to_broker), "2:30",
                  "<webSocket>: cannot stand in a <stompProxy>: its clients speak STOMP"},
        error_row{"Target", stomp(to_broker + "<target host='a'/>"), "2:37",
                  "<target>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"Path", stomp("<path>/</path>" + to_broker), "2:14",
                  "<path>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"Method", stomp(to_broker, "method='GET'"), "2:13",
                  "<stompProxy>: attribute 'method' is not known"},
        error_row{"Misspelled", stomp("<stompCleint host='a'/>"), "2:14",
                  "<stompCleint>: is not known; did you mean 'stompClient'?"},
        error_row{
            "WithHttp", "<serviceProxy/>\n" + stomp(to_broker), "3:1",
            "<stompProxy>: port 80 speaks HTTP for the proxy in line 2; STOMP needs a port of "
            "its own"},
        error_row{"HttpWithStomp", stomp(to_broker) + "\n<api/>", "3:1",
                  "<api>: port 80 speaks STOMP for the proxy in line 2; HTTP needs a port of its "
                  "own"},
        error_row{"Two", stomp(to_broker) + "\n" + stomp(to_broker), "3:1",
                  "<stompProxy>: port 80 belongs to the <stompProxy> in line 2; nothing would come "
                  "here"},
        error_row{"TlsWithoutCertificate", stomp("<ssl/>" + to_broker), "2:14",
                  "<ssl>: needs a <keystore> or <key> inside, for the certificate"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gateway::test
