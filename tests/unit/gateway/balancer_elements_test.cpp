// <balancer> with its parts and <clusterNotification>, as they stand in files.
#include <gmock/gmock.h>

#include "flow_rows.hpp"

namespace gateway::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string two_nodes =
    "<cluster><node host='localhost' port='1'/><node host='localhost' port='2'/></cluster>";

class Balancing : public testing::Test {
 protected:
  // Where the proxy sends a request; what the client gets when it is sent nowhere.
  std::string send(const std::string& elements, const std::string& request = "GET /",
                   const std::string& answer = "200") {
    flow.call(elements, request, answer);
    if (flow.to_target.empty()) return flow.to_client;
    return flow.ex->to ? to_string(*flow.ex->to) : "nowhere";
  }
  const balancer_list& balancers() { return *flow.loaded->balancers; }
  node_state& state(std::size_t index) { return *balancers().at(0)->nodes().at(index).state; }
  // The status and the detail of a problem.
  std::string problem() {
    const std::string& all = flow.to_client;
    const auto at = all.find("\"detail\": \"");
    if (at == all.npos) return all.substr(0, 3);
    return all.substr(0, 3) + " " + all.substr(at + 11, all.find('"', at + 11) - at - 11);
  }

  flow_run flow;
};

TEST_F(Balancing, NodesTakeTurns) {
  const std::string e = "<balancer>" + two_nodes + "</balancer>";
  EXPECT_EQ(send(e), "http://localhost:1/");
  EXPECT_EQ(send(e), "http://localhost:2/");
  EXPECT_EQ(send(e), "http://localhost:1/");
}

TEST_F(Balancing, ClustersMayStandInClustersAsUntilSevenZero) {
  EXPECT_EQ(send("<balancer name='b'><clusters>" + two_nodes + "</clusters></balancer>"),
            "http://localhost:1/");
  EXPECT_EQ(balancers().at(0)->name(), "b");
}

TEST_F(Balancing, ThePathOfTheRequestStays) {
  send("<balancer>" + two_nodes + "</balancer>", "GET /a?b=1");
  EXPECT_FALSE(flow.ex->to->path);
  EXPECT_THAT(flow.to_target, testing::StartsWith("GET /a?b=1"));
}

TEST_F(Balancing, WithoutANodeThereIs503AndACount) {
  EXPECT_THAT(send("<balancer><cluster/></balancer>"), HasSubstr("Retry-After: 10"));
  EXPECT_EQ(problem(), "503 No node of the balancer is up.");
  EXPECT_EQ(flow.w.count.no_node, 1U);
}

TEST_F(Balancing, ThePriorityStrategyTakesTheLowestNumber) {
  const std::string e =
      "<balancer><cluster><node host='localhost' port='1' priority='2'/>"
      "<node host='localhost' port='2' priority='1'/></cluster><priorityStrategy/></balancer>";
  EXPECT_EQ(send(e), "http://localhost:2/");
  EXPECT_EQ(send(e), "http://localhost:2/");
}

TEST_F(Balancing, ByThreadsARequestWaitsForANodeWithRoom) {
  const std::string e =
      "<balancer><cluster><node host='localhost' port='1'/></cluster>"
      "<byThreadStrategy maxNumberOfThreadsPerEndpoint='1' retryTimeOnBusy='500'/></balancer>";
  flow.loaded = must_load_flow(e);
  auto taken = balancers().at(0)->choose({}, flow.w.simulation.now()).choice;
  const auto begun = flow.w.simulation.now();
  auto timer = flow.w.simulation.make_timer();
  timer->start(begun + milliseconds(700), [&taken] { taken.reset(); });
  EXPECT_EQ(send(e), "http://localhost:1/");
  EXPECT_EQ(flow.w.simulation.now() - begun, seconds(1));
}

TEST_F(Balancing, ByThreadsARequestLooksFiveTimesAndGets503) {
  const std::string e =
      "<balancer><cluster><node host='localhost' port='1'/></cluster>"
      "<byThreadStrategy maxNumberOfThreadsPerEndpoint='1'/></balancer>";
  flow.loaded = must_load_flow(e);
  const auto taken = balancers().at(0)->choose({}, flow.w.simulation.now()).choice;
  const auto begun = flow.w.simulation.now();
  EXPECT_THAT(send(e), HasSubstr("Retry-After: 1\n"));
  EXPECT_EQ(problem(), "503 All nodes are busy.");
  EXPECT_EQ(flow.w.simulation.now() - begun, seconds(4));
}

TEST_F(Balancing, ANodeIsFreeAgainAfterAnAbort) {
  const std::string e = "<balancer>" + two_nodes + "</balancer><return status='404'/>";
  send(e);
  flow.ex.reset();
  EXPECT_EQ(state(0).connections, 0U);
}

TEST_F(Balancing, TheSessionOfACookieStaysAtTheNodeThatSetIt) {
  const std::string e = "<balancer><jSessionIdExtractor/>" + two_nodes + "</balancer>";
  send(e);
  EXPECT_EQ(send(e, "GET /", "200\nSet-Cookie: JSESSIONID=abc; Path=/"), "http://localhost:2/");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send(e, "GET /\nCookie: a=b; JSESSIONID=abc; c=d"), "http://localhost:2/");
  }
}

TEST_F(Balancing, OtherCookiesAreNoSession) {
  const std::string e = "<balancer><jSessionIdExtractor/>" + two_nodes + "</balancer>";
  send(e, "GET /\nCookie: XJSESSIONID=abc", "200\nSet-Cookie: a=b; JSESSIONID=abc");
  EXPECT_EQ(balancers().at(0)->sessions(), 0U);
}

TEST_F(Balancing, AnExpressionMayNameTheSession) {
  const std::string e = "<balancer><sessionIdExtractor sessionSource=\"header['X-User']\"/>" +
                        two_nodes + "</balancer>";
  const auto anna = send(e, "GET /\nX-User: anna");
  EXPECT_NE(send(e, "GET /\nX-User: ben"), anna);
  EXPECT_EQ(send(e, "GET /\nX-User: anna"), anna);
  EXPECT_EQ(send(e, "GET /\nX-User: anna"), anna);
}

TEST_F(Balancing, AnElementOfGlobalIsOneBalancerForAllProxies) {
  const auto loaded = must_load("<global><balancer>" + two_nodes +
                                "</balancer></global><serviceProxy port='80'/>"
                                "<serviceProxy port='81'/>");
  EXPECT_EQ(loaded->balancers->size(), 1U);
}

TEST_F(Balancing, MapPortChangesPortsOfLoopbackNodes) {
  load_options options;
  options.ports = {{1, 5001}, {2, 5002}};
  flow.loaded = must_load_flow(
      "<balancer><cluster><node host='localhost' port='1'/>"
      "<node host='example.org' port='2'/></cluster></balancer>",
      options);
  EXPECT_EQ(send(""), "http://localhost:5001/");
  EXPECT_EQ(send(""), "http://example.org:2/");
}

TEST_F(Balancing, NodesMayHaveAddressesOfIPv6) {
  EXPECT_EQ(send("<balancer><cluster><node host='::1' port='1'/></cluster></balancer>"),
            "http://[::1]:1/");
}

TEST_F(Balancing, AHealthMonitorBesideTheRouterIsRead) {
  const auto loaded = load(
      "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
      "xmlns='http://membrane-soa.org/proxies/1/'><balancerHealthMonitor interval='3000'>"
      "<httpClientConfig><connection timeout='500'/></httpClientConfig></balancerHealthMonitor>"
      "<router/></spring:beans>");
  ASSERT_TRUE(loaded.value) << loaded.errors.at(0);
  EXPECT_EQ(loaded.value->health->interval, seconds(3));
  EXPECT_EQ(loaded.value->health->timeout, milliseconds(500));
}

// What <clusterNotification> makes of a request, and the status of the first node then.
struct notification_row {
  const char* name;
  std::string request;
  std::string answer;
  std::string status = "UP";
  std::string elements = "<clusterNotification/>";
};
void PrintTo(const notification_row& row, std::ostream* to) { *to << row.name; }

class Notifications : public testing::TestWithParam<notification_row> {};

TEST_P(Notifications, AreAnsweredAndDoWhatTheySay) {
  flow_run flow;
  const notification_row& row = GetParam();
  flow.call(row.elements + "<balancer>" + two_nodes + "</balancer>", row.request);
  ASSERT_TRUE(flow.loaded);
  std::string got = flow.to_target.empty() ? flow.to_client.substr(0, 3) : "passed";
  const auto at = flow.to_client.find("\"detail\": \"");
  if (at != flow.to_client.npos)
    got += " " + flow.to_client.substr(at + 11, flow.to_client.find('"', at + 11) - at - 11);
  EXPECT_EQ(got, row.answer);
  const auto nodes = flow.loaded->balancers->at(0)->nodes();
  EXPECT_EQ(to_string(nodes[0].state->status.load()), row.status);
  const bool refused = got[0] == '4';
  EXPECT_EQ(flow.w.count.notifications_refused, refused ? 1U : 0U);
}

const std::string late = "<clusterNotification timeout='5000'/>";

INSTANTIATE_TEST_SUITE_P(
    Rows, Notifications,
    testing::Values(
        notification_row{"Down", "GET /clustermanager/down?host=localhost&port=1", "204", "DOWN"},
        notification_row{"DownByPost", "POST /clustermanager/down?host=localhost&port=1", "204",
                         "DOWN"},
        notification_row{"Takeout", "GET /clustermanager/takeout?host=localhost&port=1", "204",
                         "TAKEOUT"},
        notification_row{"Up", "GET /clustermanager/up?host=localhost&port=1", "204"},
        notification_row{"ASlashAtTheEnd", "GET /clustermanager/down/?host=localhost&port=1", "204",
                         "DOWN"},
        notification_row{"EscapesAreRead",
                         "GET /clustermanager/down?host=%6Cocalhost&port=1&cluster=Default"
                         "&balancer=Default",
                         "204", "DOWN"},
        notification_row{"OtherPathsPass", "GET /clustermanager/other?host=localhost&port=1",
                         "passed"},
        notification_row{"PathsBelowPass", "GET /a/clustermanager/down?host=localhost&port=1",
                         "passed"},
        notification_row{"OtherMethods", "DELETE /clustermanager/down?host=localhost&port=1",
                         "405 Notifications are sent by GET or POST."},
        notification_row{"WithoutHost", "GET /clustermanager/down?port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostThatIsNone", "GET /clustermanager/up?host=a/b&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostWithAPort", "GET /clustermanager/up?host=a:1&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostWithAControlCharacter", "GET /clustermanager/up?host=a%01&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostWithAnEscape", "GET /clustermanager/up?host=a%2501&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostWithAFragment", "GET /clustermanager/up?host=a%23b&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"AHostWithANul", "GET /clustermanager/up?host=a%00b&port=1",
                         "400 'host' must be the name or address of a node."},
        notification_row{"WithoutPort", "GET /clustermanager/down?host=localhost",
                         "400 'port' must be a number from 1 to 65535."},
        notification_row{"APortThatIsNone", "GET /clustermanager/down?host=localhost&port=65536",
                         "400 'port' must be a number from 1 to 65535."},
        notification_row{"AnUnknownNode", "GET /clustermanager/down?host=localhost&port=9",
                         "404 There is no such cluster or node."},
        notification_row{"AnUnknownCluster",
                         "GET /clustermanager/up?host=localhost&port=1&cluster=x",
                         "404 There is no such cluster or node."},
        notification_row{"AnUnknownBalancer",
                         "GET /clustermanager/down?host=localhost&port=1&balancer=x",
                         "404 There is no balancer of that name."},
        notification_row{
            "WithoutTimeWhereThereMustBeOne", "GET /clustermanager/down?host=localhost&port=1",
            "403 'time' must be the time in ms since 1970, at most 5000 ms ago.", "UP", late},
        notification_row{"FromLongAgo", "GET /clustermanager/down?host=localhost&port=1&time=1",
                         "403 'time' must be the time in ms since 1970, at most 5000 ms ago.", "UP",
                         late}),
    name_of<notification_row>);

// The clocks of nodes are never quite ours.
TEST(Notification, InTimeIsTakenAndCloseToIt) {
  for (const auto& [off, status] :
       std::map<int, std::string>{{-5001, "403"}, {-5000, "204"}, {5000, "204"}, {5001, "403"}}) {
    flow_run flow;
    const auto now =
        std::chrono::duration_cast<milliseconds>(flow.w.simulation.wall_now().time_since_epoch());
    flow.call(
        late + "<balancer>" + two_nodes + "</balancer>",
        "GET /clustermanager/down?host=localhost&port=1&time=" + std::to_string(now.count() + off));
    EXPECT_EQ(flow.to_client.substr(0, 3), status) << off;
  }
}

TEST(Notification, NamesAnAddressOfIPv6WithBracketsOrWithout) {
  for (const char* host : {"::1", "[::1]"}) {
    flow_run flow;
    flow.call(
        "<clusterNotification/><balancer><cluster><node host='::1' port='1'/></cluster>"
        "</balancer>",
        "GET /clustermanager/down?port=1&host=" + std::string(host));
    EXPECT_THAT(flow.to_client, testing::StartsWith("204")) << host;
  }
}

TEST(Notification, IsLogged) {
  flow_run flow;
  flow.call("<clusterNotification/><balancer name='b'>" + two_nodes + "</balancer>",
            "GET /clustermanager/takeout?host=localhost&port=2&balancer=b");
  EXPECT_THAT(flow.w.log.lines,
              testing::Contains("b: localhost:2 is TAKEOUT, says a notification"));
}

class BalancerErrors : public ErrorRows {};
TEST_P(BalancerErrors, SayWhatIsWrongAndWhere) { expect_error(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Rows, BalancerErrors,
    testing::Values(
        error_row{"NoCluster", "<balancer/>", 1,
                  "<balancer>: needs <cluster> or <clusters> inside"},
        error_row{"AHostWithAPort",
                  "<balancer><cluster><node host='a:1' port='2'/></cluster></balancer>", 32,
                  "<node>: attribute 'host' must be a name or address alone"},
        error_row{"AHostWithAPath", "<balancer><cluster><node host='a/b'/></cluster></balancer>",
                  32, "<node>: attribute 'host' must be a name or address alone"},
        error_row{"APortOutOfRange",
                  "<balancer><cluster><node host='a' port='0'/></cluster></balancer>", 41,
                  "<node>: attribute 'port' must be a whole number from 1 to 65535, not '0'"},
        error_row{"ANodeTwice",
                  "<balancer><cluster><node host='a'/><node host='a'/></cluster></balancer>", 48,
                  "<node>: attribute 'host' is there for the second time, with its port"},
        error_row{"AClusterTwice", "<balancer><cluster name='a'/><cluster name='a'/></balancer>",
                  45, "<cluster>: attribute 'name' names a cluster for the second time"},
        error_row{"AnInternalHealthUrl",
                  "<balancer><cluster><node host='a' healthUrl='internal://x'/></cluster>"
                  "</balancer>",
                  46, "<node>: attribute 'healthUrl' must start with http:// or https://"},
        error_row{"ASignedNotification", "<clusterNotification keyHex='00'/>", 22,
                  "<clusterNotification>: attribute 'keyHex' exists in Membrane but is not "
                  "supported here yet"}),
    name_of<error_row>);

TEST(BalancerNames, AreTakenOnce) {
  const auto loaded = load_proxies(
      "<serviceProxy port='80'><balancer name='b'><cluster/></balancer></serviceProxy>\n"
      "<serviceProxy port='81'><balancer name='b'><cluster/></balancer></serviceProxy>");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0],
              testing::StartsWith("proxies.xml:3:41: <balancer>: attribute 'name' is taken by the "
                                  "balancer in line 2"));
}

TEST(BalancerNames, MayBeMissingMoreThanOnceAsInMembrane) {
  const auto loaded = must_load(
      "<serviceProxy port='80'><balancer><cluster/></balancer></serviceProxy>"
      "<serviceProxy port='81'><balancer><cluster/></balancer></serviceProxy>");
  EXPECT_EQ(loaded->balancers->size(), 2U);
}

TEST(HealthMonitor, IsThereOnce) {
  const auto loaded = load(
      "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
      "xmlns='http://membrane-soa.org/proxies/1/'>\n<balancerHealthMonitor/>\n"
      "<balancerHealthMonitor/>\n<router/></spring:beans>");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0],
              testing::StartsWith("proxies.xml:3:1: <balancerHealthMonitor>: there must be one"));
}

TEST(HealthMonitor, IsNotOftenerThanTenTimesASecond) {
  const auto loaded = load(
      "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
      "xmlns='http://membrane-soa.org/proxies/1/'>\n<balancerHealthMonitor interval='99'/>\n"
      "<router/></spring:beans>");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0],
              HasSubstr("attribute 'interval' must be a whole number from 100 to 86400000"));
}

}  // namespace
}  // namespace gateway::test
