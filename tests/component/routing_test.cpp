// Where requests go: internal proxies, <httpClient>, further attempts, limits and what an answer
// tells, on a simulated network.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

std::string file(const std::string& inside) {
  return "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
         "xmlns:spring='http://www.springframework.org/schema/beans'><router>" +
         inside + "</router></spring:beans>";
}

class Routing : public ::testing::Test {
 protected:
  void TearDown() override {
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  // Status and body of a request to port 80.
  std::string get(const std::string& target = "/", std::vector<net::header_field> headers = {}) {
    const auto p = w.fetch(80, target, std::move(headers));
    return std::to_string(p.status) + " " + p.body;
  }
  void start(const std::string& inside) { w.start_gateway({}, file(inside)); }
  // Answers the first connections to port 7000 by hanging up, then each by its target.
  struct flaky {
    flaky(net::simulation& sim, unsigned hang_ups)
        : from(std::move(*sim.listen({"", 7000}))), left(hang_ups), group(sim) {
      group.spawn(run(*this));
    }
    static net::task<void> run(flaky& self) {
      while (true) {
        auto accepted = co_await self.from->accept();
        std::string got(4096, '\0');
        const auto size = co_await net::read_some(**accepted, got);
        ++self.calls;
        if (!size || self.left > 0) {
          --self.left;
          continue;
        }
        self.last = got.substr(0, *size);
        co_await net::write_all(**accepted,
                                "HTTP/1.1 " + self.status + "\r\nContent-Length: 2\r\n\r\nok");
        (*accepted)->shutdown_write();
      }
    }
    std::string status = "200 OK";
    std::unique_ptr<net::listener> from;
    unsigned left;
    unsigned calls = 0;
    std::string last;
    net::task_group group;
  };
  world w;
};

TEST_F(Routing, GoesThroughInternalProxiesAndBackInOrder) {
  start(
      "<serviceProxy port='80'><response><static>outer</static></response>"
      "<target url='internal://a'/></serviceProxy>"
      "<internal name='a'><response><static>a</static></response>"
      "<target url='internal://b/other'/></internal>"
      "<internalProxy name='b'><if test=\"path == '/other'\"><static>b</static></if>"
      "<return status='201'/></internalProxy>");
  EXPECT_EQ(get("/first"), "201 outer");
}

TEST_F(Routing, AnInternalProxyHasItsOwnTarget) {
  flaky behind(w.sim, 0);
  start(
      "<serviceProxy port='80'><target url='service:a'/></serviceProxy>"
      "<internal name='a'><target host='localhost' port='7000' method='HEAD'/></internal>");
  w.fetch(80, "/x", {});
  EXPECT_THAT(behind.last, testing::StartsWith("HEAD /x HTTP/1.1\r\n"));
}

TEST_F(Routing, InternalProxiesThatGoRoundInCirclesAreAnError) {
  start(
      "<serviceProxy port='80'><target url='internal://a'/></serviceProxy>"
      "<internal name='a'><target url='internal://b'/></internal>"
      "<internal name='b'><target url='internal://a'/></internal>");
  EXPECT_THAT(get(), AllOf(testing::StartsWith("500 "), HasSubstr("circles")));
}

TEST_F(Routing, HttpClientCallsTheDestinationWhereItStands) {
  flaky behind(w.sim, 0);
  start(
      "<serviceProxy port='80'><response><static>seen</static></response>"
      "<if test=\"path == '/call'\"><destination url='http://localhost:7000/there'/>"
      "<httpClient/></if><return status='404'/></serviceProxy>");
  EXPECT_EQ(get("/call"), "200 seen");
  EXPECT_THAT(behind.last, testing::StartsWith("GET /there "));
  EXPECT_EQ(get("/no"), "404 seen");
  EXPECT_EQ(behind.calls, 1u);
}

TEST_F(Routing, AUrlMayDependOnTheRequest) {
  flaky behind(w.sim, 0);
  start(
      "<serviceProxy port='80'><if test=\"header['X-To'] == null\">"
      "<destination url=\"http://localhost:7000/from/${header['X-Who']}\"/></if>"
      "<target url=\"http://${header['X-To']}:7000/\"/></serviceProxy>");
  get("/", {{"X-To", "localhost"}});
  EXPECT_THAT(behind.last, testing::StartsWith("GET / "));
  get("/", {{"X-Who", "a/b c"}});
  EXPECT_THAT(behind.last, testing::StartsWith("GET /from/a%2Fb%20c "));
  EXPECT_THAT(get("/", {{"X-To", "a:b"}}), testing::StartsWith("5"));
  EXPECT_THAT(get("/", {{"X-To", " "}}), testing::StartsWith("400"));
}

TEST_F(Routing, TheConsoleShowsWhereEachProxyListensAndLeads) {
  start(
      "<serviceProxy name='fixed' port='80'><target host='a' port='7000'/></serviceProxy>"
      "<serviceProxy name='each' port='80'><target url='http://${header.X}:1/'/></serviceProxy>"
      "<serviceProxy name='inner' port='80'><target url='internal://i'/></serviceProxy>"
      "<internal name='i'/><serviceProxy port='81'><adminConsole/></serviceProxy>");
  const auto shown = w.fetch(81, "/admin/rest/proxies").body;
  for (const char* part :
       {R"("targetHost":"a","targetPort":"7000")", R"("targetHost":"http://${header.X}:1/")",
        R"("targetHost":"internal://i/","targetPort":"")",
        R"("name":"i","active":true,"listenPort":null)"})
    EXPECT_THAT(shown, HasSubstr(part));
}

TEST_F(Routing, HttpClientWithoutADestinationIsAnError) {
  start("<serviceProxy port='80'><httpClient/></serviceProxy>");
  EXPECT_THAT(get(), testing::StartsWith("500 "));
}

TEST_F(Routing, CallsAgainWhatBrokeAndMayBeRepeated) {
  flaky behind(w.sim, 2);
  start("<serviceProxy port='80'><target host='localhost' port='7000'/></serviceProxy>");
  const auto before = w.sim.now();
  EXPECT_EQ(get(), "200 ok");
  EXPECT_EQ(behind.calls, 3u);
  // 100 ms, then 200 ms.
  EXPECT_GE(w.sim.now() - before, std::chrono::milliseconds(300));
  EXPECT_EQ(w.gateway->count("upstream-retried"), 2u);
  EXPECT_EQ(behind.last.find("X-Forwarded-For: 127.0.0.1, "), std::string::npos);
}

TEST_F(Routing, GivesUpAfterTheConfiguredAttempts) {
  flaky behind(w.sim, 9);
  start(
      "<httpClientConfig><retries retries='1' delay='0'/></httpClientConfig>"
      "<serviceProxy port='80'><target host='localhost' port='7000'/></serviceProxy>");
  EXPECT_THAT(get(), testing::StartsWith("502 "));
  EXPECT_EQ(behind.calls, 2u);
}

TEST_F(Routing, CallsAgainAfterAServerErrorOnlyWhereTheFileSaysSo) {
  for (const auto& [said, calls] : {std::pair("", 1u), std::pair("failOverOn5XX='true'", 3u)}) {
    flaky behind(w.sim, 0);
    behind.status = "503 Busy";
    w.start_gateway({}, file("<httpClientConfig><retries " + std::string(said) +
                             "/></httpClientConfig><serviceProxy port='80'>"
                             "<target host='localhost' port='7000'/></serviceProxy>"));
    EXPECT_EQ(get(), "503 ok");
    EXPECT_EQ(behind.calls, calls) << said;
    w.gateway.reset();
  }
}

TEST_F(Routing, NeverRepeatsAPost) {
  flaky behind(w.sim, 9);
  start(
      "<serviceProxy port='80' ><target host='localhost' port='7000' method='POST'/>"
      "</serviceProxy>");
  EXPECT_THAT(get(), testing::StartsWith("502 "));
  EXPECT_EQ(behind.calls, 1u);
}

TEST_F(Routing, LimitsConnectionsOfOneAddress) {
  start(
      "<transport concurrentConnectionLimitPerIp='1'/>"
      "<serviceProxy port='80'><return/></serviceProxy>");
  auto hold = w.run([](net::simulation& s) -> net::task<std::unique_ptr<net::stream>> {
    auto made = co_await s.connect("localhost", 80);
    co_await net::write_all(**made, "GET ");
    co_return std::move(*made);
  }(w.sim));
  EXPECT_THAT(get(), testing::StartsWith("429 "));
  hold->close();
  w.sim.run_until([&] { return w.gateway->connections() == 0; });
  EXPECT_THAT(get(), testing::StartsWith("200 "));
}

TEST_F(Routing, ProductionKeepsTheNamesOfTargetsFromClients) {
  start(
      "<configuration production='true'/>"
      "<serviceProxy port='80'><target host='localhost' port='7001'/></serviceProxy>");
  EXPECT_THAT(get(), AllOf(testing::StartsWith("502 "), Not(HasSubstr("7001"))));
}

TEST_F(Routing, DevelopmentNamesThem) {
  start("<serviceProxy port='80'><target host='localhost' port='7001'/></serviceProxy>");
  EXPECT_THAT(get(), AllOf(testing::StartsWith("502 "), HasSubstr("7001")));
}

TEST_F(Routing, TakesTheTimesOfTheFile) {
  auto silent = std::move(*w.sim.listen({"", 7000}));
  start(
      "<httpClientConfig><connection soTimeout='2000'/></httpClientConfig>"
      "<transport socketTimeout='3000'/>"
      "<serviceProxy port='80'><target host='localhost' port='7000'/></serviceProxy>");
  const auto before = w.sim.now();
  EXPECT_THAT(get(), testing::StartsWith("504 "));
  EXPECT_LT(w.sim.now() - before, seconds(3));
}

TEST_F(Routing, SendsNoForwardedFieldsWhenTheyAreTurnedOff) {
  flaky behind(w.sim, 0);
  start(
      "<transport><ruleMatching xForwardedForEnabled='false'/></transport>"
      "<serviceProxy port='80'><target host='localhost' port='7000'/></serviceProxy>");
  EXPECT_EQ(get(), "200 ok");
  EXPECT_THAT(behind.last, Not(HasSubstr("X-Forwarded")));
}

TEST_F(Routing, ATargetGetsTheLoginOfTheConfigurationInsteadOfTheClients) {
  flaky behind(w.sim, 0);
  start(
      "<httpClientConfig><authentication username='a' password='b'/></httpClientConfig>"
      "<serviceProxy port='80'><target host='localhost' port='7000'/></serviceProxy>");
  get("/", {{"Authorization", "Basic eDp5"}});
  EXPECT_THAT(behind.last, HasSubstr("\r\nAuthorization: Basic YTpi\r\n"));
  EXPECT_THAT(behind.last, Not(HasSubstr("eDp5")));
}

TEST_F(Routing, AProxyIsToldTheServerAndItsLogin) {
  flaky behind(w.sim, 0);
  start(
      "<httpClientConfig><proxy host='localhost' port='7000' authentication='true' username='u' "
      "password='x'/></httpClientConfig>"
      "<serviceProxy port='80'><target host='far.example' port='81'/></serviceProxy>");
  EXPECT_EQ(get("/a?b"), "200 ok");
  EXPECT_THAT(behind.last, testing::StartsWith("GET http://far.example:81/a?b HTTP/1.1\r\n"));
  EXPECT_THAT(behind.last, HasSubstr("\r\nHost: far.example:81\r\n"));
  EXPECT_THAT(behind.last, HasSubstr("\r\nProxy-Authorization: Basic dTp4\r\n"));
}

TEST_F(Routing, TlsThroughAProxyNeedsATunnelAndSaysWhyThereIsNone) {
  flaky behind(w.sim, 0);
  behind.status = "407 Proxy Authentication Required";
  start(
      "<httpClientConfig><proxy host='localhost' port='7000'/></httpClientConfig>"
      "<serviceProxy port='80'><target url='https://far.example/'/></serviceProxy>");
  EXPECT_THAT(get(), AllOf(testing::StartsWith("502 "), HasSubstr("the proxy answered 407")));
  EXPECT_THAT(behind.last, testing::StartsWith("CONNECT far.example:443 HTTP/1.1\r\n"));
}

TEST_F(Routing, OnlyTrustedProxiesMayNameTheClient) {
  flaky behind(w.sim, 0);
  // Tests see the claims of trusted ones only.
  const std::string proxy =
      "<serviceProxy port='80'><if test=\"header['X-Forwarded-For'].startsWith('6')\">"
      "<setHeader name='X-Believed' value='1'/></if>"
      "<target host='localhost' port='7000'/></serviceProxy>";
  const std::vector<net::header_field> claims = {
      {"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-Proto", "https"}, {"Forwarded", "for=6.6.6.6"}};
  start("<transport trustedProxies='10.0.0.0/8'/>" + proxy);
  get("/", claims);
  EXPECT_THAT(behind.last, HasSubstr("\r\nX-Forwarded-For: 127.0.0.1\r\n"));
  EXPECT_THAT(behind.last, HasSubstr("\r\nX-Forwarded-Proto: http\r\n"));
  EXPECT_THAT(behind.last, Not(HasSubstr("6.6.6.6")));
  EXPECT_THAT(behind.last, Not(HasSubstr("X-Believed")));
  ASSERT_EQ(w.reload(file("<transport trustedProxies='127.0.0.0/8'/>" + proxy)),
            std::vector<std::string>{});
  get("/", claims);
  EXPECT_THAT(behind.last, HasSubstr("\r\nX-Forwarded-For: 6.6.6.6, 127.0.0.1\r\n"));
  EXPECT_THAT(behind.last, HasSubstr("\r\nForwarded: for=6.6.6.6\r\n"));
  EXPECT_THAT(behind.last, HasSubstr("\r\nX-Believed: 1\r\n"));
}

// The server would take the next request on the connection for the body.
TEST_F(Routing, ALengthWithoutABodyDoesNotReachATarget) {
  flaky behind(w.sim, 0);
  start(
      "<serviceProxy port='80'><request><groovy>header['Content-Length'] = '5'</groovy></request>"
      "<target host='localhost' port='7000'/></serviceProxy>");
  EXPECT_EQ(get(), "200 ok");
  EXPECT_THAT(behind.last, HasSubstr("\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(behind.last, Not(HasSubstr("Content-Length: 5")));
}

TEST_F(Routing, AnAnswerWithoutABodyAnnouncesNone) {
  start(
      "<serviceProxy port='80'><groovy>return Response.statusCode(204).header('Content-Length', "
      "'5').header('Transfer-Encoding', 'chunked').build()</groovy></serviceProxy>");
  const auto answer = w.fetch(80, "/", {});
  EXPECT_EQ(answer.status, 204);
  EXPECT_FALSE(answer.headers.contains("Content-Length"));
  EXPECT_FALSE(answer.headers.contains("Transfer-Encoding"));
}

}  // namespace
}  // namespace component
