// <stompProxy> and <stompClient>: STOMP over TCP through the gateway, what its flow sees and says,
// and what clients of other protocols get.
#include <gmock/gmock.h>

#include "raw_peers.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using stomp::want_receipt;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

using namespace std::string_literals;

const std::string to_broker = "<stompClient host='localhost' port='61613'/>";
const std::string console =
    "<serviceProxy name='Console' port='9000'><basicAuthentication><user name='admin' "
    "password='membrane'/></basicAuthentication><adminConsole/></serviceProxy>";
const std::string login = "CONNECT\nlogin:me\npasscode:secret\n\n\0"s;
const std::string bye = "CONNECTED\nversion:1.0\n\n\0"s;

std::string stomp_proxy(const std::string& flow, const std::string& before = {}) {
  return "<stompProxy name='stomp' port='61620'>" + before + flow + "</stompProxy>" + console;
}

class StompProxy : public ::testing::Test {
 protected:
  void TearDown() override {
    behind.reset();
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  void start(const std::string& flow = to_broker, const std::string& beside = {}) {
    w.start_gateway({}, proxies_file(stomp_proxy(flow), beside));
  }
  void start_broker() {
    w.start_broker();
    w.broker->serve_stomp(std::move(*w.sim.listen({"", 61613})));
  }
  void stand_behind(raw_server_options how = {.answer = bye}) {
    behind = std::make_unique<raw_server>(w.sim, 61613, std::move(how));
  }
  std::string say(const std::string& octets, raw_client_options how = {}) {
    return talk(w, 61620, octets, how);
  }
  // Once everything has come to its end.
  std::uint64_t count(const std::string& name) {
    w.sim.run();
    return w.gateway->count(name);
  }

  world w;
  std::unique_ptr<raw_server> behind;
};

// An ERROR frame and nothing else.
auto is_error(const std::string& message, const std::string& text) {
  return AllOf(StartsWith("ERROR\n"), HasSubstr("\nmessage:" + message + "\n"),
               HasSubstr("\ncontent-type:text/plain\n"), HasSubstr(text), EndsWith("\0"s),
               Not(HasSubstr("HTTP/")));
}

TEST_F(StompProxy, CarriesMessagesBothWays) {
  start_broker();
  start();
  auto& c = w.connect("stomp://localhost:61620/");
  EXPECT_EQ(w.next(c).what, stomp_client::event::kind::connected);
  w.subscribe(c, "/queue/a");
  c.session().send("/queue/a", "hello", {}, want_receipt::no, w.sim.now());
  const auto got = w.next(c);
  EXPECT_EQ(got.what, stomp_client::event::kind::message);
  EXPECT_EQ(got.frame.body, "hello");
}

TEST_F(StompProxy, TakesConnectAndStomp) {
  start();
  for (const std::string command : {"CONNECT", "STOMP"}) {
    stand_behind();
    EXPECT_EQ(say(command + "\naccept-version:1.2\nhost:here\n\n\0"s), bye);
    EXPECT_EQ(behind->got, command + "\naccept-version:1.2\nhost:here\n\n\0"s);
    behind.reset();
  }
  EXPECT_EQ(count("connection-upgraded"), 2u);
}

TEST_F(StompProxy, ListsTwoPumpsWithTheirOctets) {
  start_broker();
  start();
  auto& c = w.connect("stomp://localhost:61620/");
  EXPECT_EQ(w.next(c).what, stomp_client::event::kind::connected);
  const auto rows = w.run(w.gateway->pumps());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].name, MatchesRegex("STOMP /127.0.0.1:[0-9]+ -> localhost/127.0.0.1:61613"));
  EXPECT_THAT(rows[1].name, MatchesRegex("STOMP /127.0.0.1:[0-9]+ <- localhost/127.0.0.1:61613"));
  EXPECT_EQ(rows[0].proxy, "stomp");
  EXPECT_GT(rows[0].bytes, 20u);
  EXPECT_GT(rows[1].bytes, 20u);
  EXPECT_THAT(w.admin("/admin/rest/streams").body, HasSubstr("STOMP /127.0.0.1:"));
}

TEST_F(StompProxy, AllowsEndsOfLineInFrontAndBetween) {
  start();
  stand_behind();
  EXPECT_EQ(say("\n\r\n\n" + login), bye);
  EXPECT_EQ(behind->got, login);
}

TEST_F(StompProxy, TakesALoginInAnyPieces) {
  start();
  for (const std::size_t piece : {1u, 2u, 3u, 7u}) {
    stand_behind({.answer = bye, .wanted = login.size()});
    EXPECT_EQ(say(login, {.piece = piece}), bye) << piece;
    EXPECT_EQ(behind->got, login) << piece;
    behind.reset();
  }
}

TEST_F(StompProxy, PassesOctetsBehindTheLoginUnchanged) {
  start();
  std::string more = "\n\n\0SEND\ndestination:/q\\\n\n"s;
  for (int i = 0; i < 300'000; ++i) more += static_cast<char>(i * 7);
  stand_behind({.answer = more, .wanted = login.size() + more.size()});
  EXPECT_EQ(say(login + more), more);
  EXPECT_EQ(behind->got, login + more);
}

TEST_F(StompProxy, KeepsWhatTheBrokerSaysAfterTheClientHasEnded) {
  start();
  stand_behind({.answer = "last words", .to_the_end = true});
  EXPECT_EQ(say(login, {.ends = true}), "last words");
  EXPECT_TRUE(behind->saw_end);
  EXPECT_EQ(count("tunnel-client-ended"), 1u);
}

TEST_F(StompProxy, EndsTheClientWhenTheBrokerIsLost) {
  start();
  stand_behind({.answer = bye, .resets = true});
  say(login);
  EXPECT_EQ(count("tunnel-upstream-lost"), 1u);
}

struct stranger {
  const char* name;
  std::string octets;
  std::string says;
};
void PrintTo(const stranger& s, std::ostream* to) { *to << s.name; }

class StompStrangers : public StompProxy, public ::testing::WithParamInterface<stranger> {};

TEST_P(StompStrangers, GetAnErrorFrameAndNothingElse) {
  start();
  stand_behind();
  EXPECT_THAT(say(GetParam().octets), is_error("STOMP login expected", GetParam().says));
  EXPECT_EQ(count("connection-malformed"), 1u);
  EXPECT_EQ(behind->connections, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Of, StompStrangers,
    ::testing::Values(stranger{"Http", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "an HTTP request"},
                      stranger{"HttpConnect", "CONNECT a:443 HTTP/1.1\r\n\r\n", "an HTTP request"},
                      stranger{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "an HTTP request"},
                      stranger{"Tls", "\x16\x03\x01\x02", "a TLS handshake"},
                      stranger{"Binary", "\x01", "'\\x01'"},
                      stranger{"AnotherFrame", "SEND\ndestination:/q\n\nx\0"s, "'SEND'"},
                      stranger{"LowerCase", "connect\n\n\0"s, "'connect'"},
                      stranger{"ShortLine", "HI\n", "'HI'"},
                      stranger{"LongerCommand", "STOMPING\n\n\0"s, "'STOMPING...'"},
                      stranger{"NoColon", "CONNECT\nlogin\n\n\0"s, "malformed"},
                      stranger{"TooLarge", "CONNECT\n" + std::string(40'000, 'a'), "malformed"},
                      stranger{"TooManyFields",
                               [] {
                                 std::string all = "CONNECT\n";
                                 for (int i = 0; i < 200; ++i) all += "a:b\n";
                                 return all;
                               }(),
                               "malformed"},
                      stranger{"EndlessLines", std::string(40'000, '\n'), "at most 32 KiB"}),
    [](const auto& row) { return row.param.name; });

TEST_F(StompProxy, WaitsForALoginTenSeconds) {
  start();
  const auto before = w.sim.now();
  EXPECT_THAT(say("CONN"), is_error("STOMP login expected", "did not come in time"));
  EXPECT_GE(w.sim.now() - before, seconds(10));
  EXPECT_LT(w.sim.now() - before, seconds(12));
  EXPECT_EQ(count("connection-login-timeout"), 1u);
}

TEST_F(StompProxy, TellsThatTheBrokerIsDown) {
  start();
  EXPECT_THAT(say(login), is_error("Bad Gateway", "Cannot connect to localhost:61613"));
  EXPECT_EQ(count("upstream-failed"), 1u);
  EXPECT_EQ(count("connection-refused"), 1u);
}

TEST_F(StompProxy, SaysNothingOfTheBrokerInProduction) {
  w.start_gateway({}, proxies_file("<configuration production='true'/>" + stomp_proxy(to_broker)));
  const auto answer = say(login);
  EXPECT_THAT(answer, StartsWith("ERROR\n"));
  EXPECT_THAT(answer, Not(HasSubstr("61613")));
}

TEST_F(StompProxy, AnswersInTheVersionThatTheClientOffers) {
  start("<accessControl><deny target='127.0.0.1'/></accessControl>" + to_broker);
  EXPECT_THAT(say("CONNECT\naccept-version:1.1,1.2\nhost:a\n\n\0"s), StartsWith("ERROR\n"));
}

TEST_F(StompProxy, TurnsARefusalOfTheFlowIntoAnErrorFrame) {
  start("<accessControl><deny target='127.0.0.1'/></accessControl>" + to_broker);
  stand_behind();
  EXPECT_EQ(say(login),
            "ERROR\nmessage:Forbidden\ncontent-type:text/plain\ncontent-length:9\n\nForbidden\0"s);
  EXPECT_EQ(behind->connections, 0u);
}

TEST_F(StompProxy, SendsFieldsToTheBrokerAsTheFlowLeftThem) {
  start(
      "<setHeader name='login' value='gateway'/><setHeader name='client-id' "
      "value='${header.login}-1'/><headerFilter><exclude>passcode</exclude></headerFilter>" +
      to_broker);
  stand_behind();
  EXPECT_EQ(say(login), bye);
  EXPECT_EQ(behind->got, "CONNECT\nlogin:gateway\nclient-id:gateway-1\n\n\0"s);
}

TEST_F(StompProxy, RunsScriptsOnTheLogin) {
  start("<groovy>if (header.login == 'me') header.host = method + uri</groovy>" + to_broker);
  stand_behind();
  EXPECT_EQ(say(login), bye);
  EXPECT_THAT(behind->got, HasSubstr("\nhost:CONNECT/\n"));
}

TEST_F(StompProxy, ChoosesABrokerByTheLogin) {
  start(
      "<choose><case test=\"header.login == 'me'\"><stompClient host='localhost' "
      "port='61613'/></case><otherwise><stompClient host='localhost' port='61699'/></otherwise>"
      "</choose>");
  stand_behind();
  EXPECT_EQ(say(login), bye);
  EXPECT_THAT(say("CONNECT\nlogin:other\n\n\0"s), HasSubstr("localhost:61699"));
}

TEST_F(StompProxy, TellsThatNoBrokerWasReached) {
  start("<if test=\"header.login == 'nobody'\">" + to_broker + "</if>");
  EXPECT_THAT(say(login), HasSubstr("did not come to a <stompClient>"));
}

TEST_F(StompProxy, NeverShowsAnAnswerOfHttp) {
  start("<static>page</static><return/>" + to_broker);
  EXPECT_THAT(say(login), AllOf(StartsWith("ERROR\n"), Not(HasSubstr("page")),
                                HasSubstr("did not come to a <stompClient>")));
}

TEST_F(StompProxy, TellsInTheWordsOfTheFlowWhyItRefuses) {
  start("<static>No guests.</static><return status='403'/>" + to_broker);
  EXPECT_THAT(say(login), is_error("Forbidden", "\n\nNo guests."));
}

TEST_F(StompProxy, TakesItsBrokerFromAReference) {
  start("<interceptor refid='broker'/>",
        "<stompClient xmlns='http://membrane-soa.org/proxies/1/' id='broker' host='localhost'/>");
  stand_behind();
  EXPECT_EQ(say(login), bye);
}

TEST_F(StompProxy, AStompClientByReferenceDoesNotServeHttp) {
  w.start_gateway({}, proxies_file("<serviceProxy port='80'><interceptor refid='broker'/>"
                                   "</serviceProxy>",
                                   "<stompClient xmlns='http://membrane-soa.org/proxies/1/' "
                                   "id='broker' host='localhost'/>"));
  EXPECT_EQ(w.fetch(80, "/", {}).status, 500);
}

TEST_F(StompProxy, DropsRepeatedFieldsAndALengthWithoutABody) {
  start();
  stand_behind();
  EXPECT_EQ(say("CONNECT\r\nlogin:a\r\nlogin:b\r\ncontent-length:0\r\n\r\n\0"s), bye);
  EXPECT_EQ(behind->got, "CONNECT\nlogin:a\n\n\0"s);
}

TEST_F(StompProxy, RefusesFieldsThatBrokersReadAnotherWay) {
  start();
  stand_behind();
  EXPECT_THAT(say("CONNECT\n login:a\n\n\0"s), HasSubstr("name ends in a blank"));
  EXPECT_EQ(behind->connections, 0u);
}

TEST_F(StompProxy, EndsTlsOfItsClients) {
  start_broker();
  w.start_gateway(
      {}, proxies_file(stomp_proxy(to_broker,
                                   "<ssl><keystore location='membrane.p12' password='secret'/>"
                                   "</ssl>")));
  auto& c = w.connect("stomp+ssl://localhost:61620/");
  EXPECT_EQ(w.next(c).what, stomp_client::event::kind::connected);
}

TEST_F(StompProxy, SpeaksTlsToTheBroker) {
  static const auto who = crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                                            std::chrono::system_clock::now());
  w.folder.write("trust.pem", crypto::to_pem(who.leaf));
  start(
      "<stompClient host='localhost'><ssl><truststore location='trust.pem' type='PEM'/></ssl>"
      "</stompClient>");
  stand_behind({.answer = bye, .tls = net::tls_context::server(who)});
  EXPECT_EQ(say(login), bye);
  EXPECT_EQ(behind->got, login);
}

TEST_F(StompProxy, DoesNotTrustABrokerThatNobodyVouchesFor) {
  static const auto who = crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                                            std::chrono::system_clock::now());
  start(
      "<stompClient host='localhost'><ssl><truststore location='membrane.p12' "
      "password='secret'/></ssl></stompClient>");
  stand_behind({.answer = bye, .tls = net::tls_context::server(who)});
  EXPECT_THAT(say(login), is_error("Bad Gateway", "Cannot connect to localhost:61613"));
}

// A client of a tunnel whose broker has answered; null when it was lost before.
net::task<std::unique_ptr<net::stream>> enter_tunnel(world& in) {
  auto connection = co_await in.sim.connect("localhost", 61620);
  co_await net::write_all(**connection, login);
  std::string got(bye.size(), '\0');
  const auto answered = co_await net::read_some(**connection, got);
  if (!answered) co_return nullptr;
  co_return std::move(*connection);
}

TEST_F(StompProxy, EndsTunnelsOfAChangedProxyOnReload) {
  start();
  stand_behind({.answer = bye, .stays = true});
  auto talking = [](world& in) -> net::task<std::string> {
    const auto connection = co_await enter_tunnel(in);
    if (!connection) co_return "lost";
    in.reload(proxies_file(stomp_proxy("<log/>" + to_broker)));
    co_return co_await harness::read_to_end(*connection);
  };
  EXPECT_EQ(w.run(talking(w)), "");
  EXPECT_EQ(count("tunnel-shut-down"), 1u);
  EXPECT_TRUE(behind->saw_end);
}

TEST_F(StompProxy, AConnectionOfHttpDoesNotOutliveItsPortBecomingStomp) {
  w.start_gateway({}, proxies_file("<serviceProxy port='61620'><return/></serviceProxy>"));
  auto talking = [](world& in) -> net::task<std::string> {
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    auto connection = co_await in.sim.connect("localhost", 61620);
    co_await net::write_all(**connection, request);
    std::string got(4096, '\0');
    const auto answered = co_await net::read_some(**connection, got);
    if (!answered || !got.starts_with("HTTP/1.1 200")) co_return got;
    in.reload(proxies_file(stomp_proxy(to_broker)));
    co_await net::write_all(**connection, request);
    co_return co_await harness::read_to_end(**connection);
  };
  EXPECT_THAT(w.run(talking(w)), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(say("GET / HTTP/1.1\r\n\r\n"), StartsWith("ERROR\n"));
}

TEST_F(StompProxy, ALoginUnderWayWhenItsPortBecomesHttpIsRefused) {
  start();
  auto talking = [](world& in) -> net::task<std::string> {
    auto connection = co_await in.sim.connect("localhost", 61620);
    const std::string_view half = std::string_view(login).substr(0, 10);
    co_await net::write_all(**connection, half);
    co_await net::wait_until(in.sim, in.sim.now() + seconds(1));
    in.reload(proxies_file("<serviceProxy port='61620'><return/></serviceProxy>"));
    const std::string_view rest = std::string_view(login).substr(10);
    co_await net::write_all(**connection, rest);
    co_return co_await harness::read_to_end(**connection);
  };
  EXPECT_THAT(w.run(talking(w)), is_error("Misdirected Request", "The configuration has changed."));
}

TEST_F(StompProxy, EndsTunnelsOnShutdown) {
  start();
  stand_behind({.answer = bye, .stays = true});
  auto talking = [](world& in) -> net::task<std::string> {
    const auto connection = co_await enter_tunnel(in);
    if (!connection) co_return "lost";
    co_await in.gateway->drain(seconds(30));
    co_return co_await harness::read_to_end(*connection);
  };
  const auto before = w.sim.now();
  EXPECT_EQ(w.run(talking(w)), "");
  EXPECT_LT(w.sim.now() - before, seconds(6));
  EXPECT_EQ(count("tunnel-shut-down"), 1u);
}

TEST_F(StompProxy, TellsClientsThatAreOneTooMany) {
  gateway::application_options options;
  options.worker.max_connections = 0;
  w.start_gateway(options, proxies_file(stomp_proxy(to_broker)));
  EXPECT_THAT(say(""), is_error("Service unavailable", "Service unavailable"));
}

TEST_F(StompProxy, GivesUpOnABrokerByItsOwnTimeout) {
  net::simulation::options slow;
  slow.latency = seconds(3);
  world far(slow);
  far.start_gateway({}, proxies_file(stomp_proxy("<stompClient host='localhost'><connection "
                                                 "timeout='1000'/></stompClient>")));
  raw_server there(far.sim, 61613, {.answer = bye});
  EXPECT_THAT(talk(far, 61620, login), HasSubstr("Cannot connect to localhost:61613"));
}

TEST_F(StompProxy, CountsItsOctetsForPrometheus) {
  w.start_gateway({}, proxies_file(stomp_proxy(to_broker) +
                                   "<serviceProxy port='9001'><prometheus/></serviceProxy>"));
  stand_behind();
  EXPECT_EQ(say(login), bye);
  const auto all = w.fetch(9001, "/", {}).body;
  EXPECT_THAT(all, HasSubstr("pumphouse_pump_bytes_total{rule=\"stomp\""));
}

}  // namespace
}  // namespace component
