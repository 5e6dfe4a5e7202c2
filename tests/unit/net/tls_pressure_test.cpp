// TLS over a stream that takes only so much: half records, late shutdowns, writers that wait.
#include <gtest/gtest.h>

#include <string>

#include "harness/cpp/simulated.hpp"
#include "net/tls.hpp"

namespace net {
namespace {

const crypto::identity& development() {
  static const crypto::identity who = crypto::make_development_identity(
      crypto::key_kind::ecdsa_p256, std::chrono::system_clock::now());
  return who;
}
std::shared_ptr<const tls_context> server_side() {
  static const auto context = tls_context::server(development());
  return context;
}
std::shared_ptr<const tls_context> client_side() {
  static const auto context = [] {
    tls_context::client_options o;
    o.trusted = {development().leaf};
    return tls_context::client(o);
  }();
  return context;
}

// Lets `allowance` octets through; allow() gives more.
class tight_stream final : public stream {
 public:
  explicit tight_stream(std::unique_ptr<stream> next) : next_(std::move(next)) {}
  transfer try_read(std::span<char> into) override { return next_->try_read(into); }
  transfer try_write(std::span<const char> from) override {
    if (allowance == 0) return {0, errc::would_block};
    const auto moved = next_->try_write(from.first(std::min(from.size(), allowance)));
    allowance -= moved.size;
    return moved;
  }
  void wait(direction d, std::function<void()> ready) override {
    if (d == direction::write && allowance == 0) {
      writer_ = std::move(ready);
    } else {
      next_->wait(d, std::move(ready));
    }
  }
  void cancel_wait(direction d) noexcept override {
    if (d == direction::write) writer_ = nullptr;
    next_->cancel_wait(d);
  }
  void allow(std::size_t more) {
    allowance += more;
    if (writer_) std::exchange(writer_, nullptr)();
  }
  void shutdown_write() override {
    ended = true;
    next_->shutdown_write();
  }
  void close() noexcept override {
    writer_ = nullptr;
    next_->close();
  }
  void reset() noexcept override { next_->reset(); }
  endpoint local_endpoint() const override { return next_->local_endpoint(); }
  endpoint remote_endpoint() const override { return next_->remote_endpoint(); }

  std::size_t allowance = 1 << 20;
  bool ended = false;

 private:
  std::unique_ptr<stream> next_;
  std::function<void()> writer_;
};

class TlsPressure : public ::testing::Test {
 protected:
  void SetUp() override {
    auto [a, b] = sim.make_pair();
    auto narrow = std::make_unique<tight_stream>(std::move(a));
    tight = narrow.get();
    auto accept = [](simulation& s, std::unique_ptr<stream> below,
                     std::unique_ptr<stream>& into) -> task<void> {
      auto got = co_await tls_accept(s, std::move(below), server_side());
      if (got) into = std::move(*got);
    };
    task_group group(sim);
    group.spawn(accept(sim, std::move(b), server));
    auto got = harness::run(sim, tls_connect(sim, std::move(narrow), client_side(), "localhost"));
    sim.run();
    ASSERT_TRUE(got && server);
    client = std::move(*got);
    // Session tickets are on their way to the client; take them in.
    char c = 0;
    client->try_read({&c, 1});
  }
  void TearDown() override {
    client.reset();
    server.reset();
    harness::expect_nothing_left(sim);
  }

  simulation sim;
  tight_stream* tight = nullptr;
  std::unique_ptr<stream> client, server;
};

TEST_F(TlsPressure, HalfARecordDoesNotMakeItsReaderSpin) {
  tight->allowance = 10;
  EXPECT_EQ(client->try_write(std::string("hello")).size, 5u);
  task_group group(sim);
  std::string got;
  auto read = [](stream& s, std::string& into) -> task<void> {
    into = co_await harness::read_exactly(s, 5);
  };
  group.spawn(read(*server, got));
  std::size_t steps = 0;
  while (sim.step()) ++steps;
  EXPECT_LT(steps, 50u);
  EXPECT_EQ(got, "");
  tight->allow(1 << 20);
  sim.run();
  EXPECT_EQ(got, "hello");
}

TEST_F(TlsPressure, IdleSidesThatWaitDoNothing) {
  bool told = false;
  client->wait(direction::read, [&] { told = true; });
  server->wait(direction::read, [&] { told = true; });
  std::size_t steps = 0;
  while (sim.step()) ++steps;
  EXPECT_FALSE(told);
  EXPECT_LT(steps, 20u);
}

TEST_F(TlsPressure, AWaiterOfOneDirectionDoesNotReplaceTheOther) {
  std::string told;
  server->wait(direction::read, [&] { told += 'r'; });
  server->wait(direction::write, [&] { told += 'w'; });
  sim.run();
  EXPECT_EQ(told, "w");
  client->try_write(std::string("x"));
  sim.run();
  EXPECT_EQ(told, "wr");
}

TEST_F(TlsPressure, AShutdownArrivesOnceThereIsRoomAndNobodyWritesAgain) {
  tight->allowance = 10;
  client->try_write(std::string("hello"));
  client->shutdown_write();
  sim.run();
  EXPECT_FALSE(tight->ended);
  tight->allow(1 << 20);
  std::error_code why;
  EXPECT_EQ(harness::run(sim, harness::read_to_end(*server, &why)), "hello");
  EXPECT_EQ(why, errc::end_of_stream);
  EXPECT_TRUE(tight->ended);
}

TEST_F(TlsPressure, ATailThatAReadFlushesEndsTheStreamAsWell) {
  tight->allowance = 10;
  client->try_write(std::string("hello"));
  client->shutdown_write();
  tight->allowance = 1 << 20;
  char c = 0;
  client->try_read({&c, 1});
  client->cancel_wait(direction::write);
  sim.run();
  EXPECT_TRUE(tight->ended);
}

TEST_F(TlsPressure, AWriterIsToldOnlyWhenTheCiphertextIsGone) {
  tight->allowance = 10;
  client->try_write(std::string(1000, 'x'));
  bool told = false;
  client->wait(direction::write, [&] { told = true; });
  sim.run();
  EXPECT_FALSE(told);
  EXPECT_EQ(client->try_write(std::string("y")).error, errc::would_block);
  tight->allow(1 << 20);
  sim.run();
  EXPECT_TRUE(told);
}

TEST_F(TlsPressure, AWriteToAPeerThatWasResetIsAnError) {
  server->reset();
  EXPECT_EQ(client->try_write(std::string("x")).error, errc::connection_lost);
}

TEST_F(TlsPressure, AWaitingWriterIsToldWhenThePeerIsLost) {
  tight->allowance = 10;
  client->try_write(std::string(1000, 'x'));
  tight->allowance = 1;  // from here on the peer's state decides
  bool told = false;
  client->wait(direction::write, [&] { told = true; });
  server->reset();
  sim.run();
  EXPECT_TRUE(told);
}

TEST_F(TlsPressure, BothSidesMayWriteMuchBeforeEitherReads) {
  const std::string much(300 * 1024, 'm');
  task_group group(sim);
  auto send = [](stream& to, const std::string& all) -> task<void> {
    co_await write_all(to, all);
    to.shutdown_write();
  };
  std::string at_server, at_client;
  auto take = [](stream& from, std::string& into) -> task<void> {
    into = co_await harness::read_to_end(from);
  };
  group.spawn(send(*client, much));
  group.spawn(send(*server, much));
  sim.run();
  EXPECT_GT(group.size(), 0u);
  group.spawn(take(*server, at_server));
  group.spawn(take(*client, at_client));
  tight->allow(1 << 30);
  sim.run();
  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(at_server.size(), much.size());
  EXPECT_EQ(at_client.size(), much.size());
}

}  // namespace
}  // namespace net
