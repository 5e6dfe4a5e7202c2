// A changed proxies.xml under a running gateway: who goes on, who is told, and what a bad file
// does.
#include <gmock/gmock.h>

#include "gateway/app/file_watch.hpp"
#include "harness/cpp/simulated.hpp"
#include "tests/certificates.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using stomp::want_receipt;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string page_proxy =
    "<serviceProxy name='page' port='80'><static>one</static><return/>"
    "</serviceProxy>";
const std::string tunnel_proxy =
    "<serviceProxy name='socket' port='81'><webSocket url='http://localhost:61614/'/>"
    "</serviceProxy>";
const std::string secure_proxy =
    "<serviceProxy name='secure' port='4443'><ssl><keystore location='membrane.p12' "
    "password='secret'/></ssl><webSocket url='http://localhost:61614/'/></serviceProxy>";

std::string file(const std::string& proxies, const std::string& before = {}) {
  return "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
         "xmlns:spring='http://www.springframework.org/schema/beans'><router>" +
         before + proxies + "</router></spring:beans>";
}

// One request over a connection that stays open; what came back, or "lost".
net::task<std::string> ask(net::stream& to) {
  co_await net::write_all(to, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string got(4096, '\0');
  const auto size = co_await net::read_some(to, got);
  co_return size ? got.substr(0, *size) : "lost";
}

class Reload : public ::testing::Test {
 protected:
  void SetUp() override {
    w.start_broker();
    w.start_gateway({}, file(page_proxy + tunnel_proxy + secure_proxy));
  }
  void TearDown() override {
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  std::string get(std::uint16_t port = 80) {
    const auto p = w.fetch(port, "/", {});
    return std::to_string(p.status) + " " + p.body;
  }
  stomp_client::client& subscriber(const std::string& url, const std::string& destination) {
    auto& c = w.connect(url);
    EXPECT_EQ(w.run(c.next()).what, stomp_client::event::kind::connected);
    const auto asked = c.session().subscribe(destination, stomp::ack_mode::automatic, {},
                                             want_receipt::yes, w.sim.now());
    EXPECT_EQ(w.run(c.wait_receipt(asked.receipt_id)).what, stomp_client::event::kind::receipt);
    return c;
  }
  // Sends to the subscriber's own queue and answers what it gets next.
  stomp_client::event echo(stomp_client::client& c, const std::string& destination,
                           const std::string& text) {
    c.session().send(destination, text, {}, want_receipt::no, w.sim.now());
    return w.run(c.next());
  }
  world w;
};

TEST_F(Reload, UnchangedProxiesKeepTheirSocketsAndTunnels) {
  auto& c = subscriber("ws://localhost:81/", "/queue/a");
  EXPECT_EQ(get(), "200 one");
  EXPECT_TRUE(w.reload(file("<serviceProxy name='page' port='80'><static>two</static><return/>"
                            "</serviceProxy>" +
                            tunnel_proxy + secure_proxy))
                  .empty());
  EXPECT_EQ(get(), "200 two");
  EXPECT_EQ(echo(c, "/queue/a", "still there").frame.body, "still there");
  EXPECT_EQ(w.gateway->tunnels(), 1u);
}

TEST_F(Reload, AConnectionThatIsOpenGoesByTheNewFile) {
  auto connection = w.run([](net::simulation& s) -> net::task<std::unique_ptr<net::stream>> {
    auto made = co_await s.connect("localhost", 80);
    co_return std::move(*made);
  }(w.sim));
  EXPECT_THAT(w.run(ask(*connection)), HasSubstr("one"));
  w.reload(file("<serviceProxy port='80'><static>two</static><return/></serviceProxy>"));
  EXPECT_THAT(w.run(ask(*connection)), HasSubstr("two"));
  // The port is gone: what is still connected is told, and let go.
  w.reload(file("<serviceProxy port='82'><return/></serviceProxy>"));
  EXPECT_THAT(w.run(ask(*connection)),
              AllOf(StartsWith("HTTP/1.1 421"), HasSubstr("Connection: close")));
}

TEST_F(Reload, TunnelsOfChangedAndRemovedProxiesAreToldToComeBack) {
  auto& changed = subscriber("ws://localhost:81/", "/queue/a");
  auto& kept = subscriber("wss://localhost:4443/", "/queue/b");
  EXPECT_TRUE(w.reload(file("<serviceProxy name='socket' port='81'><log body='false'/>"
                            "<webSocket url='http://localhost:61614/'/></serviceProxy>" +
                            secure_proxy))
                  .empty());
  const auto end = w.run(changed.next());
  EXPECT_EQ(end.what, stomp_client::event::kind::closed);
  EXPECT_EQ(end.close_code, 1012);
  EXPECT_THAT(end.reason, HasSubstr("configuration changed"));
  EXPECT_EQ(echo(kept, "/queue/b", "here").frame.body, "here");
  w.reload(file(page_proxy));
  EXPECT_EQ(w.run(kept.next()).close_code, 1012);
}

TEST_F(Reload, OpensNewPortsAndClosesOldOnes) {
  EXPECT_TRUE(
      w.reload(file("<serviceProxy port='82'><return status='202'/></serviceProxy>")).empty());
  EXPECT_THAT(get(82), StartsWith("202"));
  const auto refused = w.run([](net::simulation& s) -> net::task<std::error_code> {
    co_return (co_await s.connect("localhost", 80)).error();
  }(w.sim));
  EXPECT_EQ(refused, net::errc::connection_refused);
}

TEST_F(Reload, ABadFileChangesNothingAndSaysWhy) {
  auto& c = subscriber("ws://localhost:81/", "/queue/a");
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {file("<serviceProxi/>"), "did you mean 'serviceProxy'?"},
           {"half a fi", "proxies.xml:1:"},
           {file("<serviceProxy port='4443'><ssl><keystore location='no.p12' password='x'/></ssl>"
                 "</serviceProxy>"),
            "'no.p12' cannot be read"},
           {file("<serviceProxy port='80'><webServer docBase='nowhere'/></serviceProxy>"),
            "docBase"},
           {file("<serviceProxy port='82'/><serviceProxy port='61614'/>"), "cannot listen"}}) {
    const auto errors = w.reload(text);
    ASSERT_FALSE(errors.empty()) << text;
    EXPECT_THAT(errors.front(), HasSubstr(what));
    EXPECT_EQ(get(), "200 one");
    EXPECT_EQ(echo(c, "/queue/a", "x").frame.body, "x");
    // Nor has a part of it been bound.
    EXPECT_TRUE(w.sim.listen({"", 82}));
  }
}

TEST_F(Reload, TheConsoleSaysWhyAFileWasNotLoaded) {
  w.reload(file("<serviceProxy name='Console' port='9000'><adminConsole/></serviceProxy>"));
  w.gateway->set_reload_problem("proxies.xml:3:1: <b>: is not known");
  EXPECT_THAT(w.fetch(9000, "/admin").body,
              AllOf(HasSubstr("was not loaded"), HasSubstr("proxies.xml:3:1: &lt;b&gt;: is not")));
  w.reload(file("<serviceProxy name='Console' port='9000'><adminConsole/></serviceProxy>"));
  EXPECT_THAT(w.fetch(9000, "/admin").body, Not(HasSubstr("was not loaded")));
}

TEST_F(Reload, ANewCertificateServesNewHandshakesOnly) {
  auto& old = subscriber("wss://localhost:4443/", "/queue/a");
  const auto who = crypto::make_development_identity(crypto::key_kind::rsa_2048,
                                                     std::chrono::system_clock::now());
  w.folder.write("membrane.p12", crypto::to_pkcs12(who, "secret"));
  // Nobody trusts it yet, so who comes now is refused by the client.
  EXPECT_TRUE(w.reload(file(secure_proxy)).empty());
  std::string why;
  stomp_client::options o;
  o.tls = w.folder.trust();
  auto url = std::get<stomp_client::url>(stomp_client::parse_url("wss://localhost:4443/"));
  EXPECT_FALSE(w.run(stomp_client::client::connect(w.sim, url, o, why)));
  // Its proxy counts as changed, so the one before is asked to come back, in order.
  EXPECT_EQ(w.run(old.next()).close_code, 1012);
}

TEST_F(Reload, AChangedPemFileChangesTheProxiesThatNameIt) {
  const auto write = [&](const std::string& name, const crypto::identity& who) {
    w.folder.write(name + ".key", certificates::key_pem(who));
    w.folder.write(name + ".pem", crypto::to_pem(who.leaf));
  };
  const auto with_key = [](const std::string& name, const std::string& path) {
    return "<serviceProxy port='82'><path>" + path + "</path><ssl><key><private location='" + name +
           ".key'/><certificate location='" + name +
           ".pem'/></key></ssl><webSocket url='http://localhost:61614/'/></serviceProxy>";
  };
  write("a", certificates::make({.subject = "a", .names = "DNS:a.example", .issuer = nullptr}));
  const auto shown = certificates::make();
  write("b", shown);
  const std::string text = file(with_key("a", "/a") + with_key("b", "/b"));
  ASSERT_TRUE(w.reload(text).empty());
  w.folder.trust_also(shown.leaf);
  auto& on_a = subscriber("wss://localhost:82/a", "/queue/a");
  auto& on_b = subscriber("wss://localhost:82/b", "/queue/b");
  write("a", certificates::make({.subject = "a", .names = "DNS:a.example", .issuer = nullptr}));
  EXPECT_TRUE(w.reload(text).empty());
  EXPECT_EQ(w.run(on_a.next()).close_code, 1012);
  EXPECT_EQ(echo(on_b, "/queue/b", "still there").frame.body, "still there");
}

std::string secure_return(const std::string& status, const std::string& more = {}) {
  return "<serviceProxy name='secure' port='4443'><ssl" + more +
         "><keystore location='membrane.p12' password='secret'/><truststore "
         "location='membrane.p12' password='secret'/></ssl><return status='" +
         status + "'/></serviceProxy>";
}

TEST_F(Reload, AHandshakeUnderWayGoesOnAtThePortWhereItBegan) {
  auto raw = w.run([](net::simulation& s) -> net::task<std::unique_ptr<net::stream>> {
    co_return std::move(*co_await s.connect("localhost", 4443));
  }(w.sim));
  w.sim.advance(net::duration{0});
  // It was the third of three listeners and becomes the first of two.
  EXPECT_TRUE(w.reload(file(secure_return("207") + page_proxy)).empty());
  auto secured = w.run(net::tls_connect(w.sim, std::move(raw), w.folder.trust(), "localhost"));
  ASSERT_TRUE(secured);
  EXPECT_THAT(w.run(ask(**secured)), StartsWith("HTTP/1.1 207"));
}

TEST_F(Reload, AConnectionWithoutACertificateIsNotServedOnceTheFileAsksForOne) {
  w.reload(file(secure_return("207")));
  auto secured = w.run([](world& in) -> net::task<net::result<std::unique_ptr<net::stream>>> {
    auto plain = co_await in.sim.connect("localhost", 4443);
    co_return co_await net::tls_connect(in.sim, std::move(*plain), in.folder.trust(), "localhost");
  }(w));
  ASSERT_TRUE(secured);
  EXPECT_THAT(w.run(ask(**secured)), StartsWith("HTTP/1.1 207"));
  EXPECT_TRUE(w.reload(file(secure_return("208"))).empty());
  EXPECT_THAT(w.run(ask(**secured)), StartsWith("HTTP/1.1 208"));
  EXPECT_TRUE(w.reload(file(secure_return("208", " clientAuth='need'"))).empty());
  EXPECT_THAT(w.run(ask(**secured)),
              AllOf(StartsWith("HTTP/1.1 421"), HasSubstr("Connection: close")));
}

TEST_F(Reload, NoTunnelOfAChangedProxySurvivesAtWhateverMomentTheFileComes) {
  const std::string moved =
      "<serviceProxy name='socket' port='81'><webSocket url='http://localhost:61699/'/>"
      "</serviceProxy>";
  unsigned told = 0;
  for (std::size_t steps = 0; steps < 60; ++steps) {
    w.reload(file(tunnel_proxy));
    std::optional<std::string> end;
    auto come = [](world& in, std::optional<std::string>& out) -> net::task<void> {
      std::string why;
      const auto url = std::get<stomp_client::url>(stomp_client::parse_url("ws://localhost:81/"));
      stomp_client::options plain;
      auto made = co_await stomp_client::client::connect(in.sim, url, plain, why);
      if (!made) co_return void(out = why);
      while (true) {
        const auto got = co_await (*made)->next();
        if (got.what == stomp_client::event::kind::closed) co_return void(out = got.reason);
      }
    };
    net::task_group group(w.sim);
    group.spawn(come(w, end));
    for (std::size_t i = 0; i < steps; ++i) w.sim.step();
    EXPECT_TRUE(w.reload(file(moved)).empty());
    w.sim.advance(seconds(20));
    ASSERT_TRUE(end) << "still connected, steps " << steps;
    told += end->find("1012") != std::string::npos;
  }
  EXPECT_GT(told, 0u);
}

TEST_F(Reload, TwoHundredTunnelsWithTrafficNoticeNothing) {
  std::vector<stomp_client::client*> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(&subscriber(i % 2 == 0 ? "ws://localhost:81/" : "wss://localhost:4443/",
                              "/queue/" + std::to_string(i)));
  }
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->session().send("/queue/" + std::to_string(i), std::to_string(round), {},
                             want_receipt::no, w.sim.now());
    }
    const auto sent = w.sim.now();
    // A file that changes other proxies, one that is broken, and one that is the same.
    w.reload(file("<serviceProxy port='80'><return status='20" + std::to_string(round) +
                  "'/></serviceProxy>" + tunnel_proxy + secure_proxy));
    w.reload("broken");
    for (auto* c : all) {
      const auto got = w.run(c->next());
      ASSERT_EQ(got.what, stomp_client::event::kind::message) << got.reason;
      ASSERT_EQ(got.frame.body, std::to_string(round));
    }
    EXPECT_LT(w.sim.now() - sent, seconds(1));
  }
  EXPECT_EQ(w.gateway->tunnels(), 200u);
}

TEST(FileWatch, TellsOnceWhichFileHasChangedAndComeToRest) {
  example_folder folder;
  folder.write("proxies.xml", "one");
  gateway::file_watch watch;
  watch.watch({folder.path() + "/proxies.xml", folder.path() + "/membrane.p12"});
  EXPECT_EQ(watch.changed(), "");
  folder.write("proxies.xml", "two, and longer");
  EXPECT_EQ(watch.changed(), "") << "it may still be written";
  EXPECT_EQ(watch.changed(), folder.path() + "/proxies.xml");
  EXPECT_EQ(watch.changed(), "");
  net::remove_file(folder.path() + "/membrane.p12");
  EXPECT_EQ(watch.changed(), "");
  EXPECT_EQ(watch.changed(), folder.path() + "/membrane.p12");
}

}  // namespace
}  // namespace component
