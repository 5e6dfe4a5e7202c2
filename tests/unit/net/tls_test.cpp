// TLS over memory streams: handshakes, cuts, ends, cancellation, back-pressure.
#include "net/tls.hpp"

#include "support.hpp"
#include "tests/certificates.hpp"

namespace net {
namespace {

using streams = std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>>;

const crypto::identity& identity() {
  static const crypto::identity who = crypto::make_development_identity(
      crypto::key_kind::ecdsa_p256, std::chrono::system_clock::now());
  return who;
}

std::shared_ptr<const tls_context> trusting() {
  tls_context::client_options o;
  o.trusted = {identity().leaf};
  return tls_context::client(o);
}

// Both ends after the handshake.
streams handshake(simulation& sim) {
  static const auto server = tls_context::server(identity());
  auto [a, b] = sim.make_pair();
  streams out;
  task_group group(sim);
  auto accept = [](simulation& s, std::unique_ptr<stream> below,
                   std::unique_ptr<stream>& to) -> task<void> {
    auto made = co_await tls_accept(s, std::move(below), server);
    if (made) to = std::move(*made);
  };
  auto connect = [](simulation& s, std::unique_ptr<stream> below,
                    std::unique_ptr<stream>& to) -> task<void> {
    auto made = co_await tls_connect(s, std::move(below), trusting(), "localhost");
    if (made) to = std::move(*made);
  };
  group.spawn(accept(sim, std::move(b), out.second));
  group.spawn(connect(sim, std::move(a), out.first));
  sim.run();
  return out;
}

task<int> write_and_end(stream& to, std::string_view bytes) {
  co_await write_all(to, bytes);
  to.shutdown_write();
  co_return 0;
}

class Tls : public SimulatedTest {};

TEST_F(Tls, AgreesOnTls13AndTheServersName) {
  auto [client, server] = handshake(sim);
  ASSERT_TRUE(client && server);
  ASSERT_NE(server->tls(), nullptr);
  EXPECT_EQ(server->tls()->protocol, "TLSv1.3");
  EXPECT_EQ(server->tls()->server_name, "localhost");
}

TEST(TlsCuts, CarriesAMegabyteInPieces) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    simulation sim({.seed = seed, .short_transfers = true});
    auto [client, server] = handshake(sim);
    ASSERT_TRUE(client && server);
    std::string sent(1 << 20, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = char(i * 31 >> 3);
    task_group group(sim);
    auto send = [](stream& to, std::string_view bytes) -> task<void> {
      co_await write_and_end(to, bytes);
    };
    group.spawn(send(*client, sent));
    std::error_code end;
    EXPECT_EQ(run_to_end(sim, read_to_end(*server, end)), sent);
    EXPECT_EQ(end, errc::end_of_stream);
  }
}

TEST_F(Tls, WritesAreNotStuckWhenNobodyWritesAgain) {
  auto [client, server] = handshake(sim);
  const std::string bytes(200 * 1024, 'x');
  task_group group(sim);
  auto send = [](stream& to, std::string_view all) -> task<void> { co_await write_all(to, all); };
  group.spawn(send(*client, bytes));
  std::string got;
  std::string into(1000, '\0');
  while (got.size() < bytes.size()) {
    auto moved = server->try_read(into);
    got.append(into.data(), moved.size);
    if (moved.size == 0) {
      ASSERT_TRUE(sim.step()) << "stuck after " << got.size();
    }
  }
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(Tls, TellsAnOrderlyEndFromALostConnection) {
  std::error_code end;
  auto ordered = handshake(sim);
  ordered.first->shutdown_write();
  run_to_end(sim, read_to_end(*ordered.second, end));
  EXPECT_EQ(end, errc::end_of_stream);
  auto cut = handshake(sim);
  cut.first->close();
  run_to_end(sim, read_to_end(*cut.second, end));
  EXPECT_EQ(end, errc::connection_lost);
}

TEST_F(Tls, KeepsHalfClose) {
  auto [client, server] = handshake(sim);
  client->shutdown_write();
  std::error_code end;
  run_to_end(sim, read_to_end(*server, end));
  run_to_end(sim, write_and_end(*server, "late"));
  EXPECT_EQ(run_to_end(sim, read_to_end(*client, end)), "late");
}

TEST_F(Tls, RefusesACertificateThatNobodyTrusts) {
  auto [a, b] = sim.make_pair();
  task_group group(sim);
  auto accept = [](simulation& s, std::unique_ptr<stream> below) -> task<void> {
    static_cast<void>(co_await tls_accept(s, std::move(below), tls_context::server(identity())));
  };
  group.spawn(accept(sim, std::move(b)));
  std::string why;
  tls_context::client_options strict;
  strict.trusted = {crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                                      std::chrono::system_clock::now())
                        .leaf};
  auto made = run_to_end(
      sim, tls_connect(sim, std::move(a), tls_context::client(strict), "localhost", &why));
  EXPECT_EQ(made.error(), errc::tls_failure);
  EXPECT_FALSE(why.empty());
}

TEST_F(Tls, RefusesACertificateOfAnotherName) {
  auto [a, b] = sim.make_pair();
  task_group group(sim);
  auto accept = [](simulation& s, std::unique_ptr<stream> below) -> task<void> {
    static_cast<void>(co_await tls_accept(s, std::move(below), tls_context::server(identity())));
  };
  group.spawn(accept(sim, std::move(b)));
  std::string why;
  auto made = run_to_end(sim, tls_connect(sim, std::move(a), trusting(), "example.org", &why));
  EXPECT_EQ(made.error(), errc::tls_failure);
  EXPECT_NE(why.find("ostname"), std::string::npos) << why;
}

// How the handshake of a client and a server ends: nothing, or the reasons of the two.
std::string reasons(simulation& sim, std::shared_ptr<const tls_context> server,
                    std::shared_ptr<const tls_context> client) {
  auto [a, b] = sim.make_pair();
  std::string server_why, client_why;
  task_group group(sim);
  auto accept = [](simulation& s, std::unique_ptr<stream> below,
                   std::shared_ptr<const tls_context> context, std::string& why) -> task<void> {
    static_cast<void>(co_await tls_accept(s, std::move(below), std::move(context), &why));
  };
  auto connect = [](simulation& s, std::unique_ptr<stream> below,
                    std::shared_ptr<const tls_context> context, std::string& why) -> task<void> {
    static_cast<void>(co_await tls_connect(s, std::move(below), std::move(context), "x", &why));
  };
  group.spawn(accept(sim, std::move(b), std::move(server), server_why));
  group.spawn(connect(sim, std::move(a), std::move(client), client_why));
  sim.run();
  const std::string both = client_why.empty() && server_why.empty() ? "" : "; ";
  return client_why + both + server_why;
}

crypto::identity named(const std::string& names) {
  return certificates::make({.subject = "x", .names = names, .issuer = nullptr});
}

// Content only when it is shown the certificate of `who`; sends `name`, or none when it is empty.
std::shared_ptr<const tls_context> expecting(const crypto::identity& who, const std::string& name) {
  tls_context::client_options o;
  o.trusted = {who.leaf};
  o.check_host = false;
  o.server_name = name;
  return tls_context::client(o);
}

TEST_F(Tls, ShowsTheCertificateForTheNameThatTheClientSends) {
  const std::vector<crypto::identity> all = {named("DNS:a.example"), named("DNS:*.b.example")};
  for (const bool tls13 : {true, false}) {
    tls_context::server_options options;
    options.rules.tls13 = tls13;
    const auto server = tls_context::server(all, options);
    EXPECT_EQ(reasons(sim, server, expecting(all[0], "a.example")), "");
    EXPECT_EQ(reasons(sim, server, expecting(all[1], "x.B.example")), "");
    EXPECT_EQ(reasons(sim, server, expecting(all[0], "")), "");
    EXPECT_NE(reasons(sim, server, expecting(all[1], "a.example")), "");
  }
}

TEST_F(Tls, EndsTheHandshakeWhenNoCertificateIsForTheName) {
  const std::vector<crypto::identity> all = {named("DNS:a.example"), named("DNS:b.example")};
  EXPECT_EQ(reasons(sim, tls_context::server(all, {}), expecting(all[0], "c.example")),
            "tlsv1 unrecognized name; no certificate is for the name 'c.example'");
}

TEST_F(Tls, ShowsACertificateWithoutNamesToThoseWhoAskForOthers) {
  const std::vector<crypto::identity> all = {named("DNS:a.example"), named("IP:127.0.0.1")};
  EXPECT_EQ(reasons(sim, tls_context::server(all, {}), expecting(all[1], "c.example")), "");
}

TEST_F(Tls, ShowsItsOnlyCertificateToEverybody) {
  const std::vector<crypto::identity> one = {named("DNS:a.example")};
  EXPECT_EQ(reasons(sim, tls_context::server(one, {}), expecting(one[0], "c.example")), "");
}

TEST_F(Tls, AsksForClientCertificatesWhateverCertificateItShows) {
  const std::vector<crypto::identity> all = {named("DNS:a.example"), named("DNS:b.example")};
  tls_context::server_options options;
  options.ask = client_certificate::need;
  options.trusted = {identity().leaf};
  for (const std::string name : {"a.example", "b.example"}) {
    EXPECT_EQ(reasons(sim, tls_context::server(all, options),
                      expecting(all[name == "a.example" ? 0 : 1], name)),
              "; peer did not return a certificate");
  }
}

TEST_F(Tls, SaysThatPlainTextIsNoHandshake) {
  auto [a, b] = sim.make_pair();
  a->try_write(std::string_view("GET / HTTP/1.1\r\n\r\n"));
  std::string why;
  auto made = run_to_end(sim, tls_accept(sim, std::move(b), tls_context::server(identity()), &why));
  EXPECT_EQ(made.error(), errc::tls_failure);
  EXPECT_EQ(why, "http request");
}

TEST_F(Tls, DoesNotSpinWhileHalfARecordIsThere) {
  // The middle sees ciphertext and hands over all but the last octet of a record.
  auto [a, b] = sim.make_pair();
  auto [c, d] = sim.make_pair();
  std::unique_ptr<stream> client, server;
  task_group group(sim);
  auto accept = [](simulation& s, std::unique_ptr<stream> below,
                   std::unique_ptr<stream>& to) -> task<void> {
    to = std::move(*co_await tls_accept(s, std::move(below), tls_context::server(identity())));
  };
  auto connect = [](simulation& s, std::unique_ptr<stream> below,
                    std::unique_ptr<stream>& to) -> task<void> {
    to = std::move(*co_await tls_connect(s, std::move(below), trusting(), "localhost"));
  };
  group.spawn(accept(sim, std::move(d), server));
  group.spawn(connect(sim, std::move(a), client));
  auto carry = [](stream& from, stream& to, std::size_t keep) {
    std::string into(65536, '\0');
    const auto moved = from.try_read(into);
    if (moved.size > keep) to.try_write(std::string_view(into).substr(0, moved.size - keep));
    return moved.size > keep ? into.substr(moved.size - keep, keep) : std::string();
  };
  while (!client || !server) {
    sim.run();
    carry(*b, *c, 0);
    carry(*c, *b, 0);
  }
  client->try_write(std::string_view("hello"));
  const std::string rest = carry(*b, *c, 1);
  bool ready = false;
  auto read = [](stream& from, bool& done) -> task<void> {
    std::string into(100, '\0');
    auto got = co_await read_some(from, into);
    done = got && *got == 5;
  };
  group.spawn(read(*server, ready));
  EXPECT_TRUE(sim.run(1000));
  EXPECT_FALSE(ready);
  c->try_write(std::string_view(rest));
  sim.run();
  EXPECT_TRUE(ready);
}

TEST(TlsCancellation, LeavesNothingWhenDestroyedAtAnyStep) {
  bool ended = false;
  for (std::size_t steps = 0; !ended; ++steps) {
    simulation sim({.seed = 3, .short_transfers = true});
    {
      auto [a, b] = sim.make_pair();
      task_group group(sim);
      auto serve = [](simulation& s, std::unique_ptr<stream> below) -> task<void> {
        auto made = co_await tls_accept(s, std::move(below), tls_context::server(identity()));
        std::error_code end;
        if (made) co_await read_to_end(**made, end);
      };
      auto use = [](simulation& s, std::unique_ptr<stream> below) -> task<void> {
        auto made = co_await tls_connect(s, std::move(below), trusting(), "localhost");
        const std::string bytes(100'000, 'x');
        if (made) co_await write_and_end(**made, bytes);
      };
      group.spawn(serve(sim, std::move(b)));
      group.spawn(use(sim, std::move(a)));
      for (std::size_t i = 0; i < steps && group.size() > 0; ++i) sim.step();
      ended = group.size() == 0;
    }
    sim.run();
    ASSERT_EQ(sim.outstanding(), simulation::left_over{}) << steps;
  }
}

}  // namespace
}  // namespace net
