// The tunnel's state machine over simulated streams: every cut, every kind of end, and what its
// neighbours must never see.
#include "gateway/pump/tunnel.hpp"

#include <gmock/gmock.h>

#include "gateway/pump/registry.hpp"
#include "net/simulation.hpp"
#include "ws/close.hpp"
#include "ws/message_reader.hpp"
#include "ws/writer.hpp"

namespace gateway {
namespace {

using net::direction;
using std::chrono::seconds;

std::string frame(ws::opcode op, std::string_view payload, bool masked) {
  std::string out;
  ws::write_options o;
  if (masked) o.mask = ws::mask_key{1, 2, 3, 4};
  ws::write_frame(out, op, payload, o);
  return out;
}
std::string from_client(std::string_view payload) { return frame(ws::opcode::text, payload, true); }
std::string from_server(std::string_view payload) {
  return frame(ws::opcode::text, payload, false);
}
std::string close_frame(std::string_view payload, bool masked) {
  return frame(ws::opcode::close, payload, masked);
}

// A stream whose writes take at most `limit` octets at a time.
class narrow final : public net::byte_channel {
 public:
  narrow(std::unique_ptr<net::stream> next, std::size_t limit)
      : next_(std::move(next)), limit_(limit) {}
  net::transfer try_read(std::span<char> into) override { return next_->try_read(into); }
  net::transfer try_write(std::span<const char> from) override {
    if (taken_ == limit_) {
      taken_ = 0;
      return {0, net::errc::would_block};
    }
    const auto moved = next_->try_write(from.first(std::min(from.size(), limit_ - taken_)));
    taken_ += moved.size;
    return moved;
  }
  void wait(direction d, std::function<void()> f) override { next_->wait(d, std::move(f)); }
  void cancel_wait(direction d) noexcept override { next_->cancel_wait(d); }
  void shutdown_write() override { next_->shutdown_write(); }
  void close() noexcept override { next_->close(); }

 private:
  std::unique_ptr<net::stream> next_;
  std::size_t limit_;
  std::size_t taken_ = 0;
};

// A client and a server with a tunnel between them.
class bench final : public tunnel_host {
 public:
  explicit bench(net::simulation& world, std::size_t limit = 1 << 20,
                 tunnel_filter* filter = nullptr,
                 tunnel_content content = tunnel_content::websocket)
      : sim(world) {
    auto [a, b] = sim.make_pair();
    auto [c, d] = sim.make_pair();
    client = std::move(a);
    server = std::move(d);
    near = std::make_unique<narrow>(std::move(b), limit);
    far = std::make_unique<narrow>(std::move(c), limit);
    timer = sim.make_timer();
    tunnel_options options;
    options.content = content;
    pumps = std::make_unique<tunnel>(*near, *far, *this, options, filter);
  }
  void set_deadline(net::duration after) override {
    timer->start(sim.now() + after, [this] { pumps->on_deadline(); });
  }
  void tunnel_ended(tunnel_end reason) override { ended = reason; }

  // Everything that is there for this end now.
  std::string read(net::stream& from) {
    std::string all;
    std::string into(65536, '\0');
    while (true) {
      auto [size, error] = from.try_read(into);
      all.append(into.data(), size);
      if (size == 0) {
        last = error;
        return all;
      }
    }
  }
  // Writes and reads until nothing moves; answers what `to` got. The clock does not move.
  std::string relay(net::stream& from, std::string_view octets, net::stream& to) {
    std::string all;
    while (true) {
      const std::size_t sent = octets.empty() ? 0 : from.try_write(octets).size;
      octets.remove_prefix(sent);
      sim.advance(net::duration{0});
      const std::string part = read(to);
      all += part;
      if (sent == 0 && part.empty()) return all;
    }
  }

  net::simulation& sim;
  std::unique_ptr<net::stream> client, server;
  std::unique_ptr<narrow> near, far;
  std::unique_ptr<net::timer> timer;
  std::unique_ptr<tunnel> pumps;
  std::error_code last;
  tunnel_end ended = tunnel_end::running;
};

class Tunnel : public ::testing::Test {
 protected:
  void TearDown() override {
    sim.run();  // notifications on their way to what is gone
    EXPECT_EQ(sim.outstanding(), net::simulation::left_over{});
  }
  net::simulation sim;
};

TEST_F(Tunnel, CopiesBothWaysAtEveryPartialWriteLength) {
  const std::string up = from_client("SEND\ndestination:/queue/foo\n\nhello");
  const std::string down = from_server(std::string(300, 'm'));
  for (std::size_t limit = 1; limit <= down.size(); ++limit) {
    bench b(sim, limit);
    b.pumps->start({}, {});
    EXPECT_EQ(b.relay(*b.client, up, *b.server), up) << limit;
    EXPECT_EQ(b.relay(*b.server, down, *b.client), down) << limit;
    EXPECT_EQ(b.pumps->client_to_server_bytes(), up.size());
    EXPECT_EQ(b.pumps->server_to_client_bytes(), down.size());
    EXPECT_EQ(b.pumps->buffered(), 0u);
  }
}

TEST_F(Tunnel, PassesOctetsThatCameBehindTheHandshake) {
  bench b(sim);
  b.pumps->start(from_client("early"), from_server("too"));
  EXPECT_EQ(b.relay(*b.client, "", *b.server), from_client("early"));
  EXPECT_EQ(b.relay(*b.server, "", *b.client), from_server("too"));
  EXPECT_EQ(b.pumps->client_to_server_bytes(), from_client("early").size());
}

TEST_F(Tunnel, KeepsHalfCloseWhenTheClientEndsFirst) {
  bench b(sim);
  b.pumps->start({}, {});
  b.client->shutdown_write();
  EXPECT_EQ(b.relay(*b.client, "", *b.server), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  const std::string late = from_server("still for you");
  EXPECT_EQ(b.relay(*b.server, late, *b.client), late);
  EXPECT_EQ(b.ended, tunnel_end::running);
  b.server->shutdown_write();
  b.relay(*b.server, "", *b.client);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.ended, tunnel_end::client_ended);
}

TEST_F(Tunnel, KeepsHalfCloseWhenTheServerEndsAfterItsClose) {
  bench b(sim);
  b.pumps->start({}, {});
  const std::string bye = close_frame(ws::make_close(1000, "done"), false);
  EXPECT_EQ(b.relay(*b.server, bye, *b.client), bye);
  b.server->shutdown_write();
  b.relay(*b.server, "", *b.client);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  const std::string answer = close_frame(ws::make_close(1000), true);
  EXPECT_EQ(b.relay(*b.client, answer, *b.server), answer);
  b.client->shutdown_write();
  b.relay(*b.client, "", *b.server);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.ended, tunnel_end::closed);
}

TEST_F(Tunnel, RelaysAnEmptyCloseLikeAnyOther) {
  for (const std::string& payload : {std::string(), ws::make_close(3000, "reason")}) {
    bench b(sim);
    b.pumps->start({}, {});
    const std::string bye = close_frame(payload, true);
    EXPECT_EQ(b.relay(*b.client, bye, *b.server), bye);
    const std::string answer = close_frame(payload, false);
    EXPECT_EQ(b.relay(*b.server, answer, *b.client), answer);
    b.server->shutdown_write();
    b.relay(*b.server, "", *b.client);
    b.client->shutdown_write();
    b.relay(*b.client, "", *b.server);
    EXPECT_EQ(b.ended, tunnel_end::closed);
  }
}

TEST_F(Tunnel, TellsTheClientWhenUpstreamIsLostBetweenFrames) {
  for (const bool reset : {false, true}) {
    bench b(sim);
    b.pumps->start({}, {});
    const std::string whole = from_server("complete");
    EXPECT_EQ(b.relay(*b.server, whole, *b.client), whole);
    if (reset) {
      b.server->reset();
    } else {
      b.server->close();
    }
    EXPECT_EQ(b.relay(*b.client, "", *b.client),
              close_frame(ws::make_close(1011, "upstream connection lost"), false));
    EXPECT_EQ(b.ended, tunnel_end::running);
    b.relay(*b.client, close_frame(ws::make_close(1011), true), *b.client);
    EXPECT_EQ(b.last, net::errc::end_of_stream);
    b.client->shutdown_write();
    sim.advance(net::duration{0});
    EXPECT_EQ(b.ended, tunnel_end::upstream_lost);
  }
}

TEST_F(Tunnel, WaitsOnlySoLongForTheAnswerToItsClose) {
  bench b(sim);
  b.pumps->start({}, {});
  b.server->close();
  sim.advance(seconds(4));
  EXPECT_EQ(b.ended, tunnel_end::running);
  sim.advance(seconds(2));
  EXPECT_EQ(b.ended, tunnel_end::upstream_lost);
}

TEST_F(Tunnel, EndsWithoutACloseWhenUpstreamIsLostInMidFrame) {
  const std::string whole = from_server("never complete");
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    bench b(sim);
    b.pumps->start({}, {});
    const std::string part = whole.substr(0, cut);
    EXPECT_EQ(b.relay(*b.server, part, *b.client), part);
    b.server->close();
    EXPECT_EQ(b.relay(*b.client, "", *b.client), "") << cut;
    EXPECT_EQ(b.last, net::errc::end_of_stream);
    b.client->close();
    sim.advance(net::duration{0});
    EXPECT_EQ(b.ended, tunnel_end::upstream_mid_frame) << cut;
  }
}

TEST_F(Tunnel, EndsUpstreamWhenTheClientIsReset) {
  bench b(sim);
  b.pumps->start({}, {});
  b.client->reset();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::client_lost);
  b.read(*b.server);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
}

TEST_F(Tunnel, RelaysWhatIsNotWebSocketAsItIs) {
  bench b(sim);
  b.pumps->start({}, {});
  const std::string odd("\xff\xff\xff not frames at all");
  EXPECT_EQ(b.relay(*b.server, odd, *b.client), odd);
  EXPECT_EQ(b.relay(*b.client, odd, *b.server), odd);
  b.server->shutdown_write();
  EXPECT_EQ(b.relay(*b.server, "", *b.client), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.relay(*b.client, odd, *b.server), odd);
  b.client->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::upstream_ended);
}

TEST_F(Tunnel, KeepsTheOtherHalfOfWhatIsNotWebSocketAsLongAsItMoves) {
  bench b(sim);
  b.pumps->start({}, {});
  const std::string odd("\xff\xff\xff not frames at all");
  b.relay(*b.server, odd, *b.client);
  b.server->shutdown_write();
  for (int i = 0; i < 5; ++i) {
    sim.advance(seconds(20));
    EXPECT_EQ(b.relay(*b.client, odd, *b.server), odd) << i;
  }
  sim.advance(seconds(61));
  EXPECT_EQ(b.ended, tunnel_end::upstream_ended);
}

TEST_F(Tunnel, EndsFiveSecondsAfterBothClosesHoweverMuchFollowsThem) {
  bench b(sim);
  b.pumps->start({}, {});
  b.relay(*b.client, close_frame(ws::make_close(1000), true), *b.server);
  b.relay(*b.server, close_frame(ws::make_close(1000), false), *b.client);
  for (int i = 0; i < 6; ++i) {
    b.relay(*b.client, from_client("one more thing"), *b.server);
    sim.advance(seconds(1));
  }
  EXPECT_EQ(b.ended, tunnel_end::closed);
}

TEST_F(Tunnel, SaysGoodbyeToBothSidesWhenItIsShutDown) {
  bench b(sim);
  b.pumps->start({}, {});
  b.pumps->shut_down(ws::close_code::going_away, "shutting down");
  EXPECT_EQ(b.relay(*b.client, "", *b.client),
            close_frame(ws::make_close(1001, "shutting down"), false));
  const std::string upstream = b.relay(*b.server, "", *b.server);
  ws::message_reader reader({});
  std::string_view rest = upstream;
  const auto event = reader.next(rest);
  ASSERT_TRUE(event);
  ws::close_code fault{};
  const auto info = ws::parse_close(std::get<ws::control>(*event).payload, fault);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->code, 1001);
  b.relay(*b.client, close_frame(ws::make_close(1001), true), *b.client);
  b.client->shutdown_write();
  b.server->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::shut_down);
}

TEST_F(Tunnel, WaitsForTheEndOfAFrameBeforeItSaysGoodbye) {
  bench b(sim);
  b.pumps->start({}, {});
  const std::string whole = from_server("a frame in two parts");
  EXPECT_EQ(b.relay(*b.server, whole.substr(0, 7), *b.client), whole.substr(0, 7));
  b.pumps->shut_down(ws::close_code::going_away, "");
  EXPECT_EQ(b.relay(*b.server, whole.substr(7), *b.client),
            whole.substr(7) + close_frame(ws::make_close(1001), false));
  sim.advance(seconds(6));
  EXPECT_EQ(b.ended, tunnel_end::shut_down);
}

TEST_F(Tunnel, KeepsAtMostOneTurnForASinkThatDoesNotRead) {
  bench b(sim);
  b.pumps->start({}, {});
  const std::string big = from_server(std::string(1 << 20, 'x'));
  std::string_view rest = big;
  while (true) {
    const auto moved = b.server->try_write(rest);
    rest.remove_prefix(moved.size);
    sim.advance(net::duration{0});
    if (moved.size == 0) break;
  }
  EXPECT_LE(b.pumps->buffered(), 64u * 1024);
  EXPECT_GT(rest.size(), big.size() / 2);
  std::string got;
  while (got.size() < big.size()) {
    got += b.read(*b.client);
    rest.remove_prefix(rest.empty() ? 0 : b.server->try_write(rest).size);
    sim.advance(net::duration{0});
  }
  EXPECT_EQ(got, big);
}

TEST_F(Tunnel, LeavesNothingBehindWhenDestroyedAtAnyStep) {
  bool finished = false;
  for (std::size_t steps = 0; !finished; ++steps) {
    {
      bench b(sim, 3);
      b.pumps->start({}, from_server("x"));
      b.client->try_write(from_client("hello hello"));
      b.server->try_write(from_server("and back again"));
      b.server->shutdown_write();
      finished = true;
      for (std::size_t i = 0; i <= steps; ++i) {
        if (b.ended == tunnel_end::running && sim.step()) continue;
        break;
      }
      finished = b.ended != tunnel_end::running || steps > 500;
    }
    sim.run();
    ASSERT_EQ(sim.outstanding(), net::simulation::left_over{}) << steps;
  }
}

TEST_F(Tunnel, NeverShowsOneConnectionTheOctetsOfAnother) {
  // Each connection's content is its own letter; some die in mid-frame while all are busy.
  constexpr std::size_t count = 24;
  std::vector<std::unique_ptr<bench>> all;
  std::vector<std::string> seen_up(count), seen_down(count);
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(std::make_unique<bench>(sim, 700 + 13 * i));
    all.back()->pumps->start({}, {});
  }
  auto letter = [](std::size_t i) { return char('a' + i); };
  for (std::size_t round = 0; round < 60; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      bench& b = *all[i];
      const std::string body(997 + 31 * i, letter(i));
      b.client->try_write(body);
      b.server->try_write(body);
      if (round == 10 + i) {
        // Every third dies from the one side, every third from the other.
        if (i % 3 == 0) b.server->reset();
        if (i % 3 == 1) b.client->reset();
      }
    }
    for (int i = 0; i < 40; ++i) sim.step();
    for (std::size_t i = 0; i < count; ++i) {
      seen_up[i] += all[i]->read(*all[i]->server);
      seen_down[i] += all[i]->read(*all[i]->client);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_FALSE(seen_up[i].empty());
    EXPECT_EQ(seen_up[i].find_first_not_of(letter(i)), std::string::npos) << i;
    EXPECT_EQ(seen_down[i].find_first_not_of(letter(i)), std::string::npos) << i;
  }
}

// Octets of which the tunnel knows nothing.
class RawTunnel : public testing::Test {
 protected:
  void SetUp() override { b.pumps->start({}, {}); }
  net::simulation sim;
  bench b{sim, 1000, nullptr, tunnel_content::octets};
};

TEST_F(RawTunnel, PassesAnyOctetsBothWays) {
  std::string all;
  for (int i = 0; i < 100'000; ++i) all += static_cast<char>(i * 31);
  EXPECT_EQ(b.relay(*b.client, all, *b.server), all);
  EXPECT_EQ(b.relay(*b.server, all, *b.client), all);
  EXPECT_EQ(b.pumps->client_to_server_bytes(), all.size());
  EXPECT_EQ(b.pumps->buffered(), 0u);
}

TEST_F(RawTunnel, DoesNotTakeACloseFrameForAnEnd) {
  const std::string close = close_frame("", true);
  EXPECT_EQ(b.relay(*b.client, close, *b.server), close);
  EXPECT_EQ(b.relay(*b.server, close_frame("", false), *b.client), close_frame("", false));
  sim.advance(seconds(600));
  EXPECT_EQ(b.relay(*b.client, "more", *b.server), "more");
  EXPECT_EQ(b.ended, tunnel_end::running);
}

TEST_F(RawTunnel, KeepsTheOtherDirectionBehindAFin) {
  b.client->shutdown_write();
  sim.advance(seconds(1));
  EXPECT_EQ(b.read(*b.server), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.relay(*b.server, "last words", *b.client), "last words");
  b.server->shutdown_write();
  sim.advance(seconds(1));
  EXPECT_EQ(b.ended, tunnel_end::client_ended);
}

TEST_F(RawTunnel, KeepsTheOtherDirectionBehindAFinOfTheServer) {
  b.server->shutdown_write();
  sim.advance(seconds(1));
  EXPECT_EQ(b.relay(*b.client, "still here", *b.server), "still here");
  b.client->shutdown_write();
  sim.advance(seconds(1));
  EXPECT_EQ(b.ended, tunnel_end::upstream_ended);
}

TEST_F(RawTunnel, EndsAHalfOpenOneThatIsSilent) {
  b.server->shutdown_write();
  sim.advance(seconds(59));
  EXPECT_EQ(b.ended, tunnel_end::running);
  sim.advance(seconds(2));
  EXPECT_EQ(b.ended, tunnel_end::upstream_ended);
}

TEST_F(RawTunnel, TellsTheClientOfALostServerWithNothingButAnEnd) {
  b.server->reset();
  sim.advance(seconds(1));
  EXPECT_EQ(b.read(*b.client), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  sim.advance(seconds(10));
  EXPECT_EQ(b.ended, tunnel_end::upstream_lost);
}

TEST_F(RawTunnel, EndsTheServerOfALostClient) {
  b.client->reset();
  sim.advance(seconds(1));
  EXPECT_EQ(b.ended, tunnel_end::client_lost);
}

TEST_F(RawTunnel, ShutDownEndsBothSidesWithoutAWord) {
  b.pumps->shut_down(ws::close_code::going_away, "shutting down");
  sim.advance(seconds(1));
  EXPECT_EQ(b.read(*b.client), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.read(*b.server), "");
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.ended, tunnel_end::running);
  sim.advance(seconds(5));
  EXPECT_EQ(b.ended, tunnel_end::shut_down);
}

TEST_F(RawTunnel, ShutDownDeliversWhatWasTakenAndDropsWhatComes) {
  const std::string part(10'000, 'x');
  while (b.client->try_write(part).size > 0) sim.advance(net::duration{0});
  const std::size_t kept = b.pumps->buffered();
  EXPECT_GT(kept, 0u);
  b.pumps->shut_down(ws::close_code::going_away, "shutting down");
  const std::string got = b.relay(*b.client, "", *b.server);
  EXPECT_GE(got.size(), kept);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  EXPECT_EQ(b.relay(*b.client, "too late", *b.server), "");
}

TEST(PumpRegistry, ListsTwoRowsForEachTunnelAsLongAsItLives) {
  net::simulation sim;
  pump_registry registry;
  bench b(sim);
  b.pumps->start(from_client("12345"), {});
  {
    pump_registry::registration listed(registry, {7,
                                                  "websocket",
                                                  "/127.0.0.1:5",
                                                  "localhost/127.0.0.1:61614",
                                                  "0.0.0.0:4443",
                                                  {},
                                                  sim.now(),
                                                  b.pumps.get()});
    sim.advance(seconds(3));
    const auto rows = registry.rows(sim.now());
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].name, "websocket /127.0.0.1:5 -> localhost/127.0.0.1:61614");
    EXPECT_EQ(rows[1].name, "websocket /127.0.0.1:5 <- localhost/127.0.0.1:61614");
    EXPECT_EQ(rows[0].bytes, from_client("12345").size());
    EXPECT_EQ(rows[1].bytes, 0u);
    EXPECT_EQ(rows[0].active, seconds(3));
  }
  EXPECT_TRUE(registry.rows(sim.now()).empty());
}

// Doubles what the client says and refuses what holds a '!'.
class doubling final : public tunnel_filter {
 public:
  std::optional<refusal> feed(ws::frame_walker::flow way, std::string_view in,
                              std::string& out) override {
    const bool client = way == ws::frame_walker::flow::client_to_server;
    ws::message_reader& reader = client ? from_client_ : from_server_;
    while (auto event = reader.next(in)) {
      if (const auto* control = std::get_if<ws::control>(&*event)) {
        out += frame(control->op, control->payload, client);
        continue;
      }
      const auto& m = std::get<ws::message>(*event);
      if (m.payload.find('!') != m.payload.npos)
        return refusal{ws::close_code::policy_violation, "no shouting"};
      out += frame(m.op, client ? m.payload + m.payload : m.payload, client);
    }
    return std::nullopt;
  }

 private:
  ws::message_reader from_client_{{.self = ws::role::server}};
  ws::message_reader from_server_{{.self = ws::role::client}};
};

TEST_F(Tunnel, AFilterChangesWhatPassesAndTheCountsAreThoseOfWhatCame) {
  doubling filter;
  for (const std::size_t limit : {1u, 3u, 1u << 20}) {
    bench b(sim, limit, &filter);
    b.pumps->start("", "");
    EXPECT_EQ(b.relay(*b.client, from_client("ab"), *b.server), from_client("abab"));
    EXPECT_EQ(b.relay(*b.server, from_server("cd"), *b.client), from_server("cd"));
    EXPECT_EQ(b.pumps->client_to_server_bytes(), from_client("ab").size());
    EXPECT_EQ(b.pumps->server_to_client_bytes(), from_server("cd").size());
    EXPECT_EQ(b.pumps->buffered(), 0u);
    b.pumps.reset();
  }
}

TEST_F(Tunnel, AFilterLetsAnOrderlyCloseThrough) {
  doubling filter;
  bench b(sim, 1 << 20, &filter);
  b.pumps->start("", "");
  EXPECT_EQ(b.relay(*b.client, close_frame("", true), *b.server), close_frame("", true));
  EXPECT_EQ(b.relay(*b.server, close_frame("", false), *b.client), close_frame("", false));
  b.server->shutdown_write();
  b.client->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::closed);
}

TEST_F(Tunnel, ARefusedClientIsToldWhyAndUpstreamThatItIsOver) {
  doubling filter;
  bench b(sim, 1 << 20, &filter);
  b.pumps->start("", "");
  const std::string at_server =
      b.relay(*b.client, from_client("ok") + from_client("hey!") + from_client("lost"), *b.server);
  std::string gone;
  ws::write_close(gone, ws::close_code::going_away, "client refused",
                  ws::mask_key{0x50, 0x75, 0x6d, 0x70});
  EXPECT_EQ(at_server, from_client("okok") + gone);
  std::string why;
  ws::write_close(why, ws::close_code::policy_violation, "no shouting");
  EXPECT_EQ(b.read(*b.client), why);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  b.client->shutdown_write();
  EXPECT_EQ(b.relay(*b.server, close_frame("", false), *b.client), "");
  b.server->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::client_refused);
}

TEST_F(Tunnel, ARefusedUpstreamIsToldWhyAndTheClientGetsAnInternalError) {
  doubling filter;
  bench b(sim, 1 << 20, &filter);
  b.pumps->start("", "");
  std::string gone;
  ws::write_close(gone, ws::close_code::internal_error, "upstream refused");
  EXPECT_EQ(b.relay(*b.server, from_server("hey!"), *b.client), gone);
  EXPECT_EQ(b.last, net::errc::end_of_stream);
  std::string why;
  ws::write_close(why, ws::close_code::policy_violation, "no shouting",
                  ws::mask_key{0x50, 0x75, 0x6d, 0x70});
  EXPECT_EQ(b.read(*b.server), why);
  b.server->shutdown_write();
  b.client->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::upstream_refused);
}

TEST_F(Tunnel, WhoDoesNotGoAfterARefusalIsCutAfterTheWait) {
  doubling filter;
  bench b(sim, 1 << 20, &filter);
  b.pumps->start("", "");
  b.relay(*b.client, from_client("hey!"), *b.server);
  sim.advance(seconds(4));
  EXPECT_EQ(b.ended, tunnel_end::running);
  sim.advance(seconds(2));
  EXPECT_EQ(b.ended, tunnel_end::client_refused);
}

TEST_F(Tunnel, UpstreamLostInMidFrameIsACleanCloseBehindAFilter) {
  doubling filter;
  bench b(sim, 1 << 20, &filter);
  b.pumps->start("", "");
  EXPECT_EQ(b.relay(*b.server, from_server("half").substr(0, 3), *b.client), "");
  b.server->shutdown_write();
  sim.advance(net::duration{0});
  std::string lost;
  ws::write_close(lost, ws::close_code::internal_error, "upstream connection lost");
  EXPECT_EQ(b.read(*b.client), lost);
  b.client->shutdown_write();
  sim.advance(net::duration{0});
  EXPECT_EQ(b.ended, tunnel_end::upstream_lost);
}

}  // namespace
}  // namespace gateway
