// The tunnel under load: full sinks, slow readers, busy neighbours, and TLS on the client's leg.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/pump/tunnel.hpp"
#include "harness/cpp/simulated.hpp"
#include "net/simulation.hpp"
#include "net/tls.hpp"
#include "ws/writer.hpp"

namespace gateway {
namespace {

using net::direction;
using std::chrono::seconds;

std::string server_frame(std::string_view payload) {
  std::string out;
  ws::write_frame(out, ws::opcode::binary, payload);
  return out;
}

std::string client_frame(std::string_view payload) {
  std::string out;
  ws::write_options o;
  o.mask = ws::mask_key{0, 0, 0, 0};  // the payload stays readable for the test
  ws::write_frame(out, ws::opcode::binary, payload, o);
  return out;
}

// A tunnel between two simulated connections; `client` and `server` are the far ends.
class pressed final : public tunnel_host {
 public:
  pressed(net::simulation& world, std::unique_ptr<net::stream> client_end,
          std::unique_ptr<net::stream> near_end, const tunnel_options& options)
      : sim(world), client(std::move(client_end)), near(std::move(near_end)) {
    std::tie(far, server) = sim.make_pair();
    timer = sim.make_timer();
    pumps = std::make_unique<tunnel>(*near, *far, *this, options);
  }
  static std::unique_ptr<pressed> plain(net::simulation& sim, const tunnel_options& options = {}) {
    auto [a, b] = sim.make_pair();
    return std::make_unique<pressed>(sim, std::move(a), std::move(b), options);
  }
  void set_deadline(net::duration after) override {
    timer->start(sim.now() + after, [this] { pumps->on_deadline(); });
  }
  void tunnel_ended(tunnel_end reason) override { ended = reason; }

  net::simulation& sim;
  std::unique_ptr<net::stream> client, near, far, server;
  std::unique_ptr<net::timer> timer;
  std::unique_ptr<tunnel> pumps;
  tunnel_end ended = tunnel_end::running;
};

// What is there for this end now.
std::string take_all(net::stream& from) {
  std::string all;
  std::string into(64 * 1024, '\0');
  while (true) {
    const auto got = from.try_read(into);
    if (got.size == 0) return all;
    all.append(into.data(), got.size);
  }
}

class PumpPressure : public ::testing::Test {
 protected:
  void TearDown() override { harness::expect_nothing_left(sim); }
  net::simulation sim;
};

TEST_F(PumpPressure, FlushesWhatTheLastTurnLeftAlsoWhenNothingMoreComes) {
  for (const unsigned turns : {1u, 2u, 16u}) {
    tunnel_options options;
    options.turns = turns;
    auto p = pressed::plain(sim, options);
    p->pumps->start({}, {});
    // Two pipes full: the client's takes one, the tunnel has to keep the other.
    const std::string octets = server_frame(std::string(128 * 1024 - 10, 'x'));
    ASSERT_EQ(octets.size(), 128u * 1024);
    std::string_view rest = octets;
    while (!rest.empty()) {
      rest.remove_prefix(p->server->try_write(rest).size);
      sim.run();
    }
    std::string got = take_all(*p->client);
    sim.run();
    got += take_all(*p->client);
    EXPECT_EQ(got.size(), octets.size()) << turns;
    EXPECT_EQ(p->pumps->buffered(), 0u) << turns;
  }
}

net::task<void> send_all(net::simulation& sim, net::stream& to, std::string octets) {
  while (!octets.empty()) {
    const std::size_t piece = 1 + std::size_t(sim.random() % 3000);
    const std::string part = octets.substr(0, piece);
    octets.erase(0, part.size());
    if (co_await net::write_all(to, part)) co_return;
    if (sim.random() % 4 == 0) co_await net::wait_until(sim, sim.now());
  }
}

net::task<void> receive_all(net::simulation& sim, net::stream& from, std::size_t size,
                            std::string& into) {
  while (into.size() < size) {
    std::string part = co_await harness::read_exactly(
        from, std::min<std::size_t>(size - into.size(), 1 + std::size_t(sim.random() % 3000)));
    if (part.empty()) co_return;
    into += part;
    if (sim.random() % 4 == 0) co_await net::wait_until(sim, sim.now());
  }
}

TEST(PumpPressureSeeds, DeliversEveryOctetOnceWhateverTheOrder) {
  for (std::uint64_t seed = 1; seed <= 28; ++seed) {
    net::simulation::options how;
    how.seed = seed;
    how.short_transfers = true;
    how.pipe_capacity = 1 + 997 * (seed % 7);
    net::simulation sim(how);
    {
      tunnel_options options;
      options.turns = 1 + unsigned(seed % 3);
      auto p = pressed::plain(sim, options);
      std::string up, down, got_up, got_down;
      for (std::size_t i = 0; i < 20; ++i) {
        up += client_frame(std::string(std::size_t(sim.random() % 2000), char('a' + i)));
        down += server_frame(std::string(std::size_t(sim.random() % 2000), char('A' + i)));
      }
      net::task_group group(sim);
      p->pumps->start({}, {});
      group.spawn(send_all(sim, *p->client, up));
      group.spawn(send_all(sim, *p->server, down));
      group.spawn(receive_all(sim, *p->server, up.size(), got_up));
      group.spawn(receive_all(sim, *p->client, down.size(), got_down));
      sim.run();
      EXPECT_TRUE(got_up == up) << seed << ": " << got_up.size() << " of " << up.size();
      EXPECT_TRUE(got_down == down) << seed << ": " << got_down.size() << " of " << down.size();
      EXPECT_EQ(p->pumps->client_to_server_bytes(), up.size()) << seed;
      EXPECT_EQ(p->pumps->server_to_client_bytes(), down.size()) << seed;
      EXPECT_EQ(p->pumps->buffered(), 0u) << seed;
    }
    harness::expect_nothing_left(sim);
  }
}

TEST_F(PumpPressure, GivesASlowReaderAllThatUpstreamSaidBeforeItEnded) {
  auto p = pressed::plain(sim);
  p->pumps->start({}, {});
  p->client->shutdown_write();
  const std::string octets = server_frame(std::string(120 * 1024, 'x'));
  std::string_view rest = octets;
  while (!rest.empty()) {
    rest.remove_prefix(p->server->try_write(rest).size);
    sim.advance(net::duration{0});
  }
  p->server->shutdown_write();
  std::string got;
  std::string into(8 * 1024, '\0');
  for (int i = 0; i < 40; ++i) {
    sim.advance(seconds(2));
    const auto part = p->client->try_read(into);
    got.append(into.data(), part.size);
    if (part.error == net::errc::end_of_stream) break;
  }
  EXPECT_EQ(got.size(), octets.size());
  EXPECT_EQ(p->ended, tunnel_end::client_ended);
}

TEST_F(PumpPressure, GivesASlowReaderAllThatUpstreamSaidBeforeItWasLost) {
  auto p = pressed::plain(sim);
  p->pumps->start({}, {});
  const std::string octets = server_frame(std::string(120 * 1024, 'x'));
  std::string_view rest = octets;
  while (!rest.empty()) {
    rest.remove_prefix(p->server->try_write(rest).size);
    sim.advance(net::duration{0});
  }
  p->server->close();
  std::string got;
  std::string into(8 * 1024, '\0');
  for (int i = 0; i < 40 && p->ended == tunnel_end::running; ++i) {
    sim.advance(seconds(3));
    got.append(into.data(), p->client->try_read(into).size);
  }
  got += take_all(*p->client);
  EXPECT_EQ(got.substr(0, octets.size()), octets);
  EXPECT_GT(got.size(), octets.size()) << "the Close of the lost upstream is missing";
  EXPECT_EQ(p->ended, tunnel_end::upstream_lost);
}

TEST_F(PumpPressure, DoesNotWaitForeverForAReaderThatStopsBehindALostUpstream) {
  auto p = pressed::plain(sim);
  p->pumps->start({}, {});
  // Fills the client's pipe to the last octet, so that the Close does not fit.
  p->server->try_write(server_frame(std::string(64 * 1024 - 4, 'x')));
  sim.advance(net::duration{0});
  p->server->close();
  sim.advance(seconds(59));
  EXPECT_EQ(p->ended, tunnel_end::running);
  sim.advance(seconds(2));
  EXPECT_EQ(p->ended, tunnel_end::upstream_lost);
}

// Always has octets, always takes octets; a wait is remembered and never called.
class endless final : public net::byte_channel {
 public:
  net::transfer try_read(std::span<char> into) override {
    read += into.size();
    return {into.size(), {}};
  }
  net::transfer try_write(std::span<const char> from) override { return {from.size(), {}}; }
  void wait(direction d, std::function<void()> ready) override {
    (d == direction::read ? reader : writer) = std::move(ready);
  }
  void cancel_wait(direction d) noexcept override {
    (d == direction::read ? reader : writer) = nullptr;
  }
  void shutdown_write() override {}
  void close() noexcept override {}

  std::size_t read = 0;
  std::function<void()> reader, writer;
};

class no_host final : public tunnel_host {
 public:
  void set_deadline(net::duration) override {}
  void tunnel_ended(tunnel_end) override {}
};

TEST(PumpFairness, MovesABoundedNumberOfOctetsBeforeOthersGetTheirTurn) {
  endless client, server;
  no_host host;
  tunnel t(client, server, host);
  t.start({}, {});
  constexpr std::size_t most = 16 * 64 * 1024;
  EXPECT_LE(client.read, most);
  EXPECT_LE(server.read, most);
  ASSERT_TRUE(client.reader);
  const std::size_t before = client.read;
  std::exchange(client.reader, nullptr)();
  EXPECT_GT(client.read, before);
  EXPECT_LE(client.read - before, most);
  EXPECT_TRUE(client.reader);
}

const crypto::identity& development() {
  static const crypto::identity who = crypto::make_development_identity(
      crypto::key_kind::ecdsa_p256, std::chrono::system_clock::now());
  return who;
}

// A tunnel whose client leg is TLS.
std::unique_ptr<pressed> over_tls(net::simulation& sim) {
  static const auto server_side = net::tls_context::server(development());
  static const auto client_side = [] {
    net::tls_context::client_options o;
    o.trusted = {development().leaf};
    return net::tls_context::client(o);
  }();
  auto [a, b] = sim.make_pair();
  net::result<std::unique_ptr<net::stream>> near = net::errc::other;
  auto accept = [](net::simulation& s, std::unique_ptr<net::stream> below,
                   net::result<std::unique_ptr<net::stream>>& out) -> net::task<void> {
    out = co_await net::tls_accept(s, std::move(below), server_side);
  };
  net::task_group group(sim);
  group.spawn(accept(sim, std::move(b), near));
  auto client = harness::run(sim, net::tls_connect(sim, std::move(a), client_side, "localhost"));
  sim.run_until([&] { return group.size() == 0; });
  if (!client || !near) throw std::runtime_error("no TLS");
  return std::make_unique<pressed>(sim, std::move(*client), std::move(*near), tunnel_options{});
}

// The header of a frame that is longer than any test: who dies behind it dies in mid-frame.
std::string endless_frame(bool masked) {
  ws::write_options o;
  o.form = ws::length_form::in_64_bits;
  o.claimed_length = 1ULL << 40;
  if (masked) o.mask = ws::mask_key{0, 0, 0, 0};
  std::string out;
  ws::write_frame(out, ws::opcode::binary, "", o);
  return out;
}

// Connections whose content is their own letter, driven in turns; some die in mid-frame.
void run_neighbours(net::simulation& sim, std::vector<std::unique_ptr<pressed>>& all,
                    std::vector<std::string>& up, std::vector<std::string>& down) {
  for (std::size_t round = 0; round < 60; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      pressed& p = *all[i];
      const std::string body(811 + 37 * i, char('a' + i));
      p.client->try_write(body);
      p.server->try_write(body);
      if (round != 10 + i) continue;
      if (i % 4 == 0) p.server->reset();
      if (i % 4 == 1) p.client->reset();
      if (i % 4 == 2) p.server->shutdown_write();
    }
    for (int i = 0; i < 60; ++i) sim.step();
    for (std::size_t i = 0; i < all.size(); ++i) {
      up[i] += take_all(*all[i]->server);
      down[i] += take_all(*all[i]->client);
    }
  }
}

TEST(PumpNeighbours, OverTlsNobodySeesAForeignOctetWhoeverDies) {
  net::simulation::options how;
  how.short_transfers = true;
  how.pipe_capacity = 20'000;
  net::simulation sim(how);
  {
    constexpr std::size_t count = 20;
    std::vector<std::unique_ptr<pressed>> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(over_tls(sim));
      all.back()->pumps->start(endless_frame(true), endless_frame(false));
    }
    std::vector<std::string> up(count), down(count);
    run_neighbours(sim, all, up, down);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_GT(up[i].size(), 2000u) << i;
      EXPECT_GT(down[i].size(), 2000u) << i;
      const char letter = char('a' + i);
      EXPECT_EQ(up[i].find_first_not_of(letter, endless_frame(true).size()), std::string::npos);
      EXPECT_EQ(down[i].find_first_not_of(letter, endless_frame(false).size()), std::string::npos);
      if (i % 4 != 3) {
        EXPECT_NE(all[i]->ended, tunnel_end::running) << i;
      }
    }
  }
  harness::expect_nothing_left(sim);
}

TEST(PumpOverTls, TellsTheClientOfALostUpstreamAndEndsInOrder) {
  net::simulation sim;
  {
    auto p = over_tls(sim);
    p->pumps->start({}, {});
    p->server->reset();
    sim.advance(net::duration{0});
    std::string expected;
    ws::write_close(expected, ws::close_code::internal_error, "upstream connection lost");
    EXPECT_EQ(take_all(*p->client), expected);
    p->client->try_write(client_frame("late"));
    std::string echo;
    ws::write_close(echo, ws::close_code::internal_error, "", ws::mask_key{1, 2, 3, 4});
    p->client->try_write(echo);
    sim.advance(net::duration{0});
    std::error_code why;
    EXPECT_EQ(harness::run(sim, harness::read_to_end(*p->client, &why)), "");
    EXPECT_EQ(why, net::errc::end_of_stream);
    p->client->shutdown_write();
    sim.advance(net::duration{0});
    EXPECT_EQ(p->ended, tunnel_end::upstream_lost);
  }
  harness::expect_nothing_left(sim);
}

TEST(PumpCancel, LeavesNothingAtAnyStepOverTls) {
  auto start = [](net::simulation& sim, net::task_group& group) -> std::shared_ptr<void> {
    std::shared_ptr<pressed> p = over_tls(sim);
    p->pumps->start({}, {});
    group.spawn(send_all(sim, *p->client, client_frame(std::string(5000, 'u'))));
    group.spawn(send_all(sim, *p->server, server_frame(std::string(5000, 'd'))));
    auto end = [](pressed& of) -> net::task<void> {
      std::string got;
      co_await receive_all(of.sim, *of.client, 5004, got);
      of.client->shutdown_write();
      co_await harness::read_to_end(*of.server);
      of.server->shutdown_write();
      co_await harness::read_to_end(*of.client);
    };
    group.spawn(end(*p));
    return p;
  };
  net::simulation::options how;
  how.pipe_capacity = 2000;
  EXPECT_GT(harness::cancel_at_every_step(how, start), 20u);
}

}  // namespace
}  // namespace gateway
