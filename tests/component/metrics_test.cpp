// What <prometheus> tells of real exchanges and tunnels, on a simulated network.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view proxies = R"(<spring:beans xmlns='http://membrane-soa.org/proxies/1/'
    xmlns:spring='http://www.springframework.org/schema/beans'><router>
  <serviceProxy name="Answers" port="80">
    <if test="path == '/text'"><static>hello</static><return/></if>
    <if test="path == '/fails'"><setHeader name="A" value="${1 / 0}"/></if>
    <target host="localhost" port="7000"/>
  </serviceProxy>
  <serviceProxy name="Socket" port="81"><webSocket url="http://localhost:61614/"/></serviceProxy>
  <serviceProxy name="Metrics" port="82"><prometheus/></serviceProxy>
  <serviceProxy name="Secure" port="83">
    <ssl><keystore location="membrane.p12" password="secret"/></ssl><static>hello</static><return/>
  </serviceProxy>
</router></spring:beans>)";

class Metrics : public ::testing::Test {
 protected:
  void SetUp() override { w.start_gateway({}, proxies); }
  void TearDown() override {
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  std::string metrics() { return w.fetch(82, "/metrics").body; }
  static int octets_to_client(const std::string& text) {
    const std::string name = "pumphouse_pump_bytes_total{rule=\"socket\",direction=\"to_client\"} ";
    const auto at = text.find(name);
    return at == text.npos ? -1 : std::stoi(text.substr(at + name.size()));
  }
  world w;
};

TEST_F(Metrics, CountAnswersOfElements) {
  w.fetch(80, "/text");
  w.fetch(80, "/text");
  const auto text = metrics();
  EXPECT_THAT(text, HasSubstr("membrane_count{rule=\"answers\",code=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("membrane_good_count{rule=\"answers\",code=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("membrane_good_bytes_res_body{rule=\"answers\",code=\"200\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("membrane_total_time_count{code=\"2\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("membrane_response_time_count")));
}

TEST_F(Metrics, TellFailedTargetsFromGoodOnes) {
  w.fetch(80, "/nobody-listens");
  const auto text = metrics();
  EXPECT_THAT(text, HasSubstr("membrane_count{rule=\"answers\",code=\"502\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("membrane_good_count{rule=\"answers\",code=\"502\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("membrane_response_time_count{code=\"5\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pumphouse_events_total{event=\"upstream_failed\"} 1\n"));
}

TEST_F(Metrics, CountExchangesThatWereAborted) {
  w.fetch(80, "/text");
  w.fetch(80, "/nobody-listens");
  EXPECT_THAT(metrics(), HasSubstr("pumphouse_events_total{event=\"exchange_aborted\"} 1\n"));
}

TEST_F(Metrics, CountElementsThatFail) {
  w.fetch(80, "/fails");
  const auto text = metrics();
  EXPECT_THAT(text, HasSubstr("membrane_count{rule=\"answers\",code=\"500\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pumphouse_events_total{event=\"element_failure\"} 1\n"));
}

TEST_F(Metrics, ShowAllProxiesAndThemselves) {
  metrics();
  const auto text = metrics();
  EXPECT_THAT(text, HasSubstr("membrane_rule_active{rule=\"answers\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("membrane_rule_active{rule=\"socket\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("membrane_count{rule=\"metrics\",code=\"200\"} 1\n"));
}

TEST_F(Metrics, TellWhenTheCertificateOfAProxyEnds) {
  const auto text = metrics();
  EXPECT_THAT(text, HasSubstr("membrane_ssl_haskeyandcert{rule=\"secure\",type=\"static\"} 1\n"));
  for (const std::string name : {"validfrom", "validuntil"})
    EXPECT_THAT(text, ContainsRegex("membrane_ssl_" + name +
                                    "_ms\\{rule=\"secure\",type=\"static\"\\} [0-9]{13}\n"));
  EXPECT_THAT(text, Not(HasSubstr("membrane_ssl_haskeyandcert{rule=\"answers\"")));
}

TEST_F(Metrics, CountOctetsOfTunnelsWhileTheyAreOpenAndAfterwards) {
  w.start_broker();
  w.connect("ws://localhost:81/");
  const auto open = metrics();
  EXPECT_THAT(open, HasSubstr("pumphouse_tunnels{rule=\"socket\"} 1\n"));
  EXPECT_THAT(open, HasSubstr("membrane_count{rule=\"socket\",code=\"101\"} 1\n"));
  EXPECT_THAT(
      open,
      Not(HasSubstr("pumphouse_pump_bytes_total{rule=\"socket\",direction=\"to_server\"} 0")));
  w.clients.clear();
  w.sim.run_until([&] { return w.gateway->tunnels() == 0; });
  const auto ended = metrics();
  EXPECT_THAT(ended, HasSubstr("pumphouse_tunnels{rule=\"socket\"} 0\n"));
  // The Close frames came on top.
  EXPECT_GT(octets_to_client(ended), octets_to_client(open));
}

}  // namespace
}  // namespace component
