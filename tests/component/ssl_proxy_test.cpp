// <sslProxy>: TLS passed on by name, with real handshakes from end to end.
#include <gmock/gmock.h>

#include "raw_peers.hpp"
#include "tests/certificates.hpp"
#include "tests/client_hellos.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

using namespace std::string_literals;

const std::string unknown_name = "\x15\x03\x03\0\2\2\x70"s;

std::string ssl_proxy(const std::string& host, int target, const std::string& more = {}) {
  return "<sslProxy port='443' host='" + host + "' " + more + "><target host='localhost' port='" +
         std::to_string(target) + "'/></sslProxy>";
}

class SslProxy : public ::testing::Test {
 protected:
  void TearDown() override {
    servers.clear();
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  void start(const std::string& proxies) { w.start_gateway({}, proxies_file(proxies)); }
  // A TLS server that says `answer` to whoever says something.
  raw_server& serve(std::uint16_t port, const std::string& answer) {
    static const auto who = certificates::make({.names = "DNS:a.example,DNS:b.example,DNS:c.d"});
    trusted_ = who.leaf;
    raw_server_options how{.answer = answer};
    how.tls = net::tls_context::server(who);
    servers.push_back(std::make_unique<raw_server>(w.sim, port, how));
    return *servers.back();
  }
  // Handshakes for `name` (empty: none is sent), says "hello", reads to the end.
  std::string ask(const std::string& name) {
    net::tls_context::client_options o;
    o.trusted = {trusted_};
    if (name.empty()) {
      o.verify = false;
      o.server_name = "";
    }
    auto call = [](net::simulation& sim, std::shared_ptr<const net::tls_context> trust,
                   std::string host) -> net::task<std::string> {
      auto plain = co_await sim.connect("localhost", 443);
      if (!plain) co_return "no connection";
      std::string why;
      auto secured = co_await net::tls_connect(sim, std::move(*plain), trust, host, &why);
      if (!secured) co_return "no TLS: " + why;
      const std::string_view hello = "hello";
      co_await net::write_all(**secured, hello);
      std::string all = co_await harness::read_to_end(**secured);
      (*secured)->shutdown_write();
      co_return all;
    };
    return w.run(call(w.sim, net::tls_context::client(o), name.empty() ? "localhost" : name));
  }
  std::uint64_t count(const std::string& name) {
    w.sim.run();
    return w.gateway->count(name);
  }

  world w;
  std::vector<std::unique_ptr<raw_server>> servers;

 private:
  crypto::certificate trusted_;
};

TEST_F(SslProxy, PassesTlsOnWithoutEndingIt) {
  start(ssl_proxy("*", 8443));
  auto& behind = serve(8443, "hi");
  EXPECT_EQ(ask("a.example"), "hi");
  EXPECT_EQ(behind.got, "hello");
  EXPECT_EQ(count("connection-upgraded"), 1u);
}

TEST_F(SslProxy, ChoosesByTheNameThatTheClientAsksFor) {
  start(ssl_proxy("a.example", 8443) + ssl_proxy("b.example c.*", 8444));
  serve(8443, "first");
  serve(8444, "second");
  EXPECT_EQ(ask("a.example"), "first");
  EXPECT_EQ(ask("b.example"), "second");
  EXPECT_EQ(ask("c.d"), "second");
  EXPECT_EQ(w.run(w.gateway->proxy_counts()), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SslProxy, TheFirstThatFitsCounts) {
  start(ssl_proxy("*.example", 8443) + ssl_proxy("a.example", 8444));
  serve(8443, "first");
  EXPECT_EQ(ask("a.example"), "first");
}

TEST_F(SslProxy, IgnoresTheCaseOfNames) {
  start(ssl_proxy("A.Example", 8443));
  serve(8443, "hi");
  EXPECT_EQ(ask("a.example"), "hi");
}

TEST_F(SslProxy, LeadsClientsWithoutANameToTheDefault) {
  start(ssl_proxy("a.example", 8443, "useAsDefault='false'") + ssl_proxy("b.example", 8444));
  serve(8444, "default");
  EXPECT_EQ(ask(""), "default");
}

TEST_F(SslProxy, RefusesANameThatNobodyServes) {
  start(ssl_proxy("a.example", 8443));
  auto& behind = serve(8443, "hi");
  EXPECT_THAT(ask("b.example"), StartsWith("no TLS: "));
  EXPECT_EQ(talk(w, 443, client_hellos::hello("b.example")), unknown_name);
  EXPECT_EQ(count("connection-unknown-name"), 2u);
  EXPECT_EQ(behind.connections, 0u);
}

TEST_F(SslProxy, RefusesClientsWithoutANameWhereThereIsNoDefault) {
  start(ssl_proxy("*", 8443, "useAsDefault='false'"));
  EXPECT_EQ(
      talk(w, 443, client_hellos::records(client_hellos::message(client_hellos::hello_body("")))),
      unknown_name);
}

TEST_F(SslProxy, AnswersMalformedHellosWithAnAlert) {
  start(ssl_proxy("*", 8443));
  EXPECT_EQ(talk(w, 443, "GET / HTTP/1.1\r\n\r\n"), "\x15\x03\x03\0\2\2\x0a"s);
  EXPECT_EQ(talk(w, 443, client_hellos::records(client_hellos::message("x"))),
            "\x15\x03\x03\0\2\2\x32"s);
  EXPECT_EQ(count("connection-malformed"), 2u);
}

TEST_F(SslProxy, WaitsTenSecondsForAHello) {
  start(ssl_proxy("*", 8443));
  const auto before = w.sim.now();
  EXPECT_EQ(talk(w, 443, client_hellos::hello("a.example").substr(0, 40)), "");
  EXPECT_EQ(w.sim.now() - before, seconds(10));
  EXPECT_EQ(count("connection-hello-timeout"), 1u);
}

TEST_F(SslProxy, TellsThatTheTargetIsDownByAnAlert) {
  start(ssl_proxy("*", 8443));
  EXPECT_EQ(talk(w, 443, client_hellos::hello("a.example")), "\x15\x03\x03\0\2\2\x50"s);
  EXPECT_EQ(count("upstream-failed"), 1u);
  EXPECT_EQ(count("connection-refused"), 1u);
}

TEST_F(SslProxy, NoticesAClientThatLeavesBeforeItsHello) {
  start(ssl_proxy("*", 8443));
  EXPECT_EQ(talk(w, 443, "\x16\x03", {.ends = true}), "");
  EXPECT_EQ(count("connection-lost"), 1u);
}

TEST_F(SslProxy, PassesTheHelloOnAsItCameInAnyPieces) {
  start(ssl_proxy("*", 8443));
  const auto payload =
      client_hellos::message(client_hellos::hello_body(client_hellos::server_name("a.example")));
  const std::string hello = client_hellos::records(payload, 20) + "and more";
  for (const std::size_t piece : {1u, 7u, 1000u}) {
    raw_server behind(w.sim, 8443, {.answer = "\x15!", .wanted = hello.size()});
    EXPECT_EQ(talk(w, 443, hello, {.piece = piece}), "\x15!");
    EXPECT_EQ(behind.got, hello);
  }
}

TEST_F(SslProxy, TakesThePortOfTheProxyWhenTheTargetHasNone) {
  gateway::application_options options;
  options.ports = {{443, 8443}};
  w.start_gateway(options, proxies_file("<sslProxy><target host='a.example'/></sslProxy>"));
  const auto& p = *w.gateway->current()->proxies.at(0);
  EXPECT_EQ(p.port, 8443);
  EXPECT_EQ(p.target->to.port, 443);
}

TEST_F(SslProxy, ListsTwoPumps) {
  start(ssl_proxy("*", 8443));
  raw_server behind(w.sim, 8443, {.stays = true});
  auto look = [](world& in) -> net::task<std::vector<gateway::pump_row>> {
    auto connection = co_await in.sim.connect("localhost", 443);
    const std::string hello = client_hellos::hello("a.example");
    const std::string_view octets = hello;
    co_await net::write_all(**connection, octets);
    co_await net::wait_until(in.sim, in.sim.now() + seconds(1));
    co_return co_await in.gateway->pumps();
  };
  const auto rows = w.run(look(w));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].name, MatchesRegex("SSL /127.0.0.1:[0-9]+ -> localhost/127.0.0.1:8443"));
  EXPECT_THAT(rows[1].name, MatchesRegex("SSL /127.0.0.1:[0-9]+ <- localhost/127.0.0.1:8443"));
  EXPECT_EQ(rows[0].bytes, client_hellos::hello("a.example").size());
}

TEST_F(SslProxy, LeavesGlobalElementsToProxiesThatHaveAFlow) {
  start("<global><accessControl><deny target='*'/></accessControl></global>" +
        ssl_proxy("*", 8443));
  serve(8443, "hi");
  EXPECT_EQ(ask("a.example"), "hi");
}

TEST_F(SslProxy, EndsTunnelsOfAProxyThatIsGoneOnReload) {
  start(ssl_proxy("*", 8443));
  raw_server behind(w.sim, 8443, {.stays = true});
  auto talking = [](world& in) -> net::task<std::string> {
    auto connection = co_await in.sim.connect("localhost", 443);
    const std::string hello = client_hellos::hello("a.example");
    const std::string_view octets = hello;
    co_await net::write_all(**connection, octets);
    co_await net::wait_until(in.sim, in.sim.now() + seconds(1));
    in.reload(proxies_file(ssl_proxy("*", 8444)));
    co_return co_await harness::read_to_end(**connection);
  };
  EXPECT_EQ(w.run(talking(w)), "");
  EXPECT_EQ(count("tunnel-shut-down"), 1u);
}

TEST_F(SslProxy, GivesUpOnATargetByItsOwnTimeout) {
  net::simulation::options slow;
  slow.latency = seconds(3);
  world far(slow);
  far.start_gateway({}, proxies_file("<sslProxy><connection timeout='1000'/><target "
                                     "host='localhost' port='8443'/></sslProxy>"));
  raw_server there(far.sim, 8443, {.answer = "hi"});
  EXPECT_EQ(talk(far, 443, client_hellos::hello("a.example")), "\x15\x03\x03\0\2\2\x50"s);
  EXPECT_EQ(far.gateway->count("upstream-failed"), 1u);
}

}  // namespace
}  // namespace component
