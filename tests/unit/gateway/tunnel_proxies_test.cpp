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

TEST(SslProxy, HasItsDefaults) {
  const auto c = must_load("<sslProxy><target host='a'/></sslProxy>");
  const proxy& p = *c->proxies.at(0);
  EXPECT_EQ(p.kind, proxy_kind::ssl);
  EXPECT_EQ(p.written_port, 443);
  EXPECT_TRUE(p.use_as_default);
  EXPECT_TRUE(p.hosts.empty());
  EXPECT_EQ(host_and_port(p.target->to), "a:443");
  EXPECT_EQ(c->listeners.at(0).kind, listener_kind::tls_names);
}

TEST(SslProxy, ReadsWhatIsWritten) {
  const auto c = must_load(
      "<sslProxy port='8443' host='a.* b' useAsDefault='no' name='x'><connection timeout='9'/>"
      "<target host='::1' port='1'/></sslProxy>");
  const proxy& p = *c->proxies.at(0);
  EXPECT_EQ(p.name, "x");
  EXPECT_FALSE(p.use_as_default);
  EXPECT_EQ(p.hosts, (std::vector<std::string>{"a.*", "b"}));
  EXPECT_EQ(p.connect_timeout, std::chrono::milliseconds(9));
  EXPECT_EQ(host_and_port(p.target->to), "[::1]:1");
}

TEST(SslProxy, MayLeadToItsPortOnAnotherAddress) {
  must_load("<sslProxy ip='127.0.0.2'><target host='127.0.0.1'/></sslProxy>");
  must_load("<sslProxy><target host='a'/></sslProxy>");
}

TEST(SslProxy, IsChosenByNameAndWithoutOneByDefault) {
  const auto c = must_load(
      "<sslProxy name='1' host='a.b' useAsDefault='no'><target host='h'/></sslProxy>"
      "<sslProxy name='2' host='*.b c'><target host='h'/></sslProxy>"
      "<sslProxy name='3' host='a.b'><target host='h'/></sslProxy>");
  const auto chosen = [&](std::string_view name) {
    const proxy* p = match_server_name(*c, c->listeners.at(0), name);
    return p ? p->name : "none";
  };
  EXPECT_EQ(chosen("a.b"), "1");
  EXPECT_EQ(chosen("x.b"), "2");
  EXPECT_EQ(chosen("c"), "2");
  EXPECT_EQ(chosen(""), "2");
  EXPECT_EQ(chosen("d"), "none");
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
        error_row{"ItsOwnBroker", stomp("<stompClient host='localhost'/>", "port='61613'"), "2:26",
                  "<stompClient>: leads back to the <stompProxy> itself"},
        error_row{"TlsWithoutCertificate", stomp("<ssl/>" + to_broker), "2:14",
                  "<ssl>: needs a <keystore> or <key> inside, for the certificate"}),
    [](const auto& row) { return row.param.name; });

std::string forward(const std::string& target = "<target host='a'/>") {
  return "<sslProxy port='80'>" + target + "</sslProxy>";
}
const std::string https = "<serviceProxy><ssl><keystore location='a'/></ssl></serviceProxy>";

INSTANTIATE_TEST_SUITE_P(
    Ssl, TunnelProxyErrors,
    testing::Values(
        error_row{"NoTarget", forward(""), "2:1", "<sslProxy>: needs <target> inside"},
        error_row{"NoHost", forward("<target/>"), "2:21", "<target>: attribute 'host' is missing"},
        error_row{"Url", forward("<target host='a' url='http://b/'/>"), "2:43",
                  "<target>: attribute 'url' means nothing in an <sslProxy>, which passes octets "
                  "on"},
        error_row{
            "Method", forward("<target host='a' method='GET'/>"), "2:46",
            "<target>: attribute 'method' means nothing in an <sslProxy>, which passes octets "
            "on"},
        error_row{"Tls", forward("<target host='a'><ssl/></target>"), "2:38",
                  "<ssl>: cannot stand in an <sslProxy>, which passes on the TLS of its clients"},
        error_row{"HostWithPort", forward("<target host='a:1'/>"), "2:35",
                  "<target>: attribute 'host' must be a name or address alone"},
        error_row{"Flow", forward("<log/><target host='a'/>"), "2:21",
                  "<log>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"OwnTls", forward("<ssl/><target host='a'/>"), "2:21",
                  "<ssl>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"Resolver", forward("<routerIpResolver/><target host='a'/>"), "2:21",
                  "<routerIpResolver>: exists in Membrane but is not supported here; the <target> "
                  "of an <sslProxy> names the server"},
        error_row{"Default", "<sslProxy useAsDefault='x'><target host='a'/></sslProxy>", "2:25",
                  "<sslProxy>: attribute 'useAsDefault' must be 'true' or 'false', not 'x'"},
        error_row{"Path", "<sslProxy path='x'><target host='a'/></sslProxy>", "2:11",
                  "<sslProxy>: attribute 'path' is not known"},
        error_row{"WithHttps", https + "\n" + forward(), "3:1",
                  "<sslProxy>: port 80 speaks HTTP for the proxy in line 2; TLS that is not ended "
                  "here needs a port of its own"},
        error_row{"HttpsWithIt", forward() + "\n" + https, "3:1",
                  "<serviceProxy>: port 80 speaks TLS that is not ended here for the proxy in line "
                  "2; HTTP needs a port of its own"},
        error_row{"WithStomp", forward() + "\n" + stomp(to_broker), "3:1",
                  "<stompProxy>: port 80 speaks TLS that is not ended here for the proxy in line "
                  "2; STOMP needs a port of its own"},
        error_row{"ItsOwnTarget", forward("<target host='127.0.0.1'/>"), "2:21",
                  "<target>: leads back to the <sslProxy> itself"},
        error_row{"TwoAddresses",
                  forward() + "\n<sslProxy port='80' ip='127.0.0.1'><target "
                              "host='a'/></sslProxy>",
                  "3:1",
                  "<sslProxy>: port 80 is opened on all addresses and also on 127.0.0.1; in line 2 "
                  "is the other place"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Tcp, TunnelProxyErrors,
    testing::Values(error_row{"Attribute", "<serviceProxy><tcp port='1'/></serviceProxy>", "2:20",
                              "<tcp>: attribute 'port' is not known; it takes none"},
                    error_row{"Child", "<serviceProxy><tcp><log/></tcp></serviceProxy>", "2:20",
                              "<log>: is not allowed here; it belongs in <serviceProxy>"},
                    error_row{"InStomp", stomp("<tcp/>" + to_broker), "2:14",
                              "<tcp>: cannot stand in a <stompProxy>: its clients speak STOMP"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gateway::test
