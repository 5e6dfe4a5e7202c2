// The gateway as a plain HTTP proxy: bodies both ways, answers of every framing, peers that leave.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// What stands behind port 9001 of the example: answers each connection with fixed octets, keeps
// what it was sent.
class upstream {
 public:
  upstream(net::simulation& sim, std::string answer)
      : listener_(std::move(*sim.listen({"", 61614}))),
        answer_(std::move(answer)),
        never_(sim),
        group_(sim) {
    group_.spawn(run(*this));
  }
  // Octets of a request until its end, seen from the answer's side.
  std::string got;
  std::size_t wanted = 0;  // answer once `got` has this many octets
  bool stay = false;       // do not close behind the answer
  bool deaf = false;       // do not read on behind the answer

 private:
  static net::task<void> run(upstream& self) {
    while (true) {
      auto accepted = co_await self.listener_->accept();
      if (!accepted) co_return;
      self.group_.spawn(serve(self, std::move(*accepted)));
    }
  }
  static net::task<void> serve(upstream& self, std::unique_ptr<net::stream> connection) {
    std::string into(65536, '\0');
    while (self.got.find("\r\n\r\n") == std::string::npos || self.got.size() < self.wanted) {
      auto some = co_await net::read_some(*connection, into);
      if (!some) co_return;
      self.got.append(into.data(), *some);
    }
    co_await net::write_all(*connection, self.answer_);
    if (self.deaf) co_await self.never_;
    if (!self.stay) connection->shutdown_write();
    co_await harness::read_to_end(*connection);
  }

  std::unique_ptr<net::listener> listener_;
  std::string answer_;
  net::event never_;
  net::task_group group_;
};

class Proxy : public ::testing::Test {
 protected:
  void SetUp() override { w.start_gateway(); }
  void TearDown() override {
    behind.reset();
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  void stand_behind(std::string answer) {
    behind = std::make_unique<upstream>(w.sim, std::move(answer));
  }
  // Sends octets to the proxy and reads until the end.
  std::string talk(std::string octets) {
    auto call = [](net::simulation& s, std::string out) -> net::task<std::string> {
      auto connection = co_await s.connect("localhost", 9001);
      net::task_group group(s);
      auto send = [](net::stream& to, std::string all) -> net::task<void> {
        co_await net::write_all(to, all);
      };
      group.spawn(send(**connection, std::move(out)));
      co_return co_await harness::read_to_end(**connection);
    };
    return w.run(call(w.sim, std::move(octets)));
  }
  world w;
  std::unique_ptr<upstream> behind;
};

const std::string get = "GET /a?b HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";

TEST_F(Proxy, TellsUpstreamWhoAsksAndKeepsConnectionFieldsToItself) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: 5\r\n\r\nhi");
  const auto answer = talk(
      "GET /a?b HTTP/1.1\r\nHost: shop\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\n"
      "TE: trailers\r\nUpgrade: h2c\r\nX-Mine: kept\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), EndsWith("\r\n\r\nhi")));
  EXPECT_THAT(answer, Not(HasSubstr("Keep-Alive")));
  EXPECT_THAT(behind->got, StartsWith("GET /a?b HTTP/1.1\r\n"));
  EXPECT_THAT(behind->got, HasSubstr("X-Forwarded-For: 127.0.0.1\r\n"));
  EXPECT_THAT(behind->got, HasSubstr("X-Mine: kept\r\n"));
  for (const char* hidden : {"X-Secret", "TE:", "Upgrade", "h2c"}) {
    EXPECT_THAT(behind->got, Not(HasSubstr(hidden)));
  }
}

TEST_F(Proxy, AClientCannotHaveTheForwardedFieldsRemoved) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  talk(
      "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close, X-Forwarded-For, X-Forwarded-Proto, "
      "X-Forwarded-Host\r\n\r\n");
  EXPECT_THAT(behind->got, HasSubstr("X-Forwarded-For: 127.0.0.1\r\n"));
  EXPECT_THAT(behind->got, HasSubstr("X-Forwarded-Proto: http\r\n"));
  EXPECT_THAT(behind->got, HasSubstr("X-Forwarded-Host: shop\r\n"));
}

TEST_F(Proxy, RelaysAnswersOfEveryFraming) {
  const std::string big(100'000, 'b');
  for (const std::string& framed :
       {"Content-Length: 100000\r\n\r\n" + big, "\r\n" + big,
        "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + big + "\r\n0\r\n\r\n"}) {
    stand_behind("HTTP/1.1 200 OK\r\n" + framed);
    const auto answer = talk("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
    EXPECT_EQ(body.size(), big.size());
    behind.reset();
  }
}

TEST_F(Proxy, RelaysAMebibyteOfRequestBodyByLengthAndInChunks) {
  const std::string big(1 << 20, 'r');
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  for (const std::string& framed :
       {"Content-Length: 1048576\r\n\r\n" + big,
        "Transfer-Encoding: chunked\r\n\r\n100000\r\n" + big + "\r\n0\r\n\r\n"}) {
    stand_behind("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    behind->wanted = big.size() + 100;
    EXPECT_THAT(talk(head + framed), StartsWith("HTTP/1.1 201 Created"));
    EXPECT_EQ(std::size_t(std::count(behind->got.begin(), behind->got.end(), 'r')) / 1000,
              big.size() / 1000);
    behind.reset();
  }
}

TEST_F(Proxy, TrailersOfAnAnswerGoOnOnlyInChunks) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n"
      "Set-Cookie: a=b\r\nContent-Length: 9\r\n\r\n";
  stand_behind(chunked);
  EXPECT_THAT(talk(get), EndsWith("\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"));
  behind.reset();
  stand_behind(chunked);
  EXPECT_THAT(talk("GET / HTTP/1.0\r\nHost: x\r\n\r\n"),
              AllOf(EndsWith("\r\n\r\nhi"), Not(HasSubstr("X-Sum"))));
}

TEST_F(Proxy, AnswersWithoutABodyHaveNone) {
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    stand_behind("HTTP/1.1 " + std::string(status) + "\r\nETag: \"x\"\r\n\r\n");
    EXPECT_THAT(talk(get), AllOf(StartsWith("HTTP/1.1 " + std::string(status)),
                                 HasSubstr("ETag: \"x\""), EndsWith("\r\n\r\n")));
    behind.reset();
  }
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_THAT(talk("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 5\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(Proxy, AnswersThatAreNotHttpAreABadGateway) {
  for (const char* answer :
       {"SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", ""}) {
    stand_behind(answer);
    EXPECT_THAT(talk(get), StartsWith("HTTP/1.1 502 ")) << answer;
    behind.reset();
  }
}

TEST_F(Proxy, AShortBodyThatIsCutIsABadGatewayAndNotAnEmptyAnswer) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_THAT(talk(get), StartsWith("HTTP/1.1 502 "));
}

TEST_F(Proxy, ALongBodyThatIsCutIsNeverTakenForAWholeOne) {
  stand_behind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" +
               std::string(50'000, 'x'));
  const auto answer = talk(get);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, Not(EndsWith("0\r\n\r\n")));
}

TEST_F(Proxy, AClientThatLeavesInTheMiddleOfEitherBodyEndsBothLegs) {
  stand_behind("HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, 'x'));
  behind->stay = true;
  auto leave = [](net::simulation& s, std::string out) -> net::task<int> {
    auto connection = co_await s.connect("localhost", 9001);
    co_await net::write_all(**connection, out);
    co_await harness::read_exactly(**connection, 1000);
    (*connection)->reset();
    co_return 0;
  };
  w.run(leave(w.sim, get));
  EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->connections() == 0; }));
  behind->wanted = 1 << 20;
  auto leave_early = [](net::simulation& s) -> net::task<int> {
    auto connection = co_await s.connect("localhost", 9001);
    co_await net::write_all(**connection,
                            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nhalf");
    co_await net::wait_until(s, s.now() + seconds(1));
    (*connection)->reset();
    co_return 0;
  };
  w.run(leave_early(w.sim));
  const auto left = w.sim.now();
  EXPECT_TRUE(w.sim.run_until([&] { return w.gateway->connections() == 0; }));
  EXPECT_LT(w.sim.now() - left, seconds(2)) << "the upstream leg waited for nobody";
}

TEST_F(Proxy, ABodyThatBreaksTheFramingIsABadRequestAndNoFaultOfUpstream) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  behind->wanted = 1 << 20;
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_THAT(talk(head + "Transfer-Encoding: chunked\r\n\r\n4\r\ngood\r\nzz\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(w.gateway->count("refused-400"), 1u);
  EXPECT_EQ(w.gateway->count("upstream-failed"), 0u);
}

TEST_F(Proxy, ABodyThatStallsIsARequestTimeoutAndNoFaultOfUpstream) {
  stand_behind("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  behind->wanted = 1 << 20;
  EXPECT_THAT(talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(w.gateway->count("upstream-failed"), 0u);
}

TEST_F(Proxy, ARefusalIsRelayedThoughUpstreamStopsReadingTheBody) {
  const std::string big(4 << 20, 'r');
  stand_behind("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  behind->deaf = true;
  const auto before = w.sim.now();
  EXPECT_THAT(talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n" + big),
              AllOf(StartsWith("HTTP/1.1 413 "), EndsWith("\r\n\r\nbig")));
  EXPECT_LT(w.sim.now() - before, seconds(5));
}

TEST_F(Proxy, ABodyUntilCloseThatIsCutEndsInAReset) {
  stand_behind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" +
               std::string(50'000, 'x'));
  auto call = [](net::simulation& s) -> net::task<std::error_code> {
    auto connection = co_await s.connect("localhost", 9001);
    co_await net::write_all(**connection, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
    std::error_code why;
    co_await harness::read_to_end(**connection, &why);
    co_return why;
  };
  EXPECT_EQ(w.run(call(w.sim)), net::errc::connection_lost);
}

TEST_F(Proxy, AnUpstreamThatDoesNotFinishConnectingIsABadGatewayAfterTenSeconds) {
  auto silent = std::move(*w.sim.listen({"", 61615}));
  const auto before = w.sim.now();
  const auto answer = w.fetch(9003, "/");
  EXPECT_EQ(answer.status, 502);
  EXPECT_THAT(answer.body, HasSubstr("timed out"));
  EXPECT_GE(w.sim.now() - before, seconds(10));
  EXPECT_LT(w.sim.now() - before, seconds(11));
}

TEST_F(Proxy, AnUpstreamThatIsSilentForHalfAMinuteIsAGatewayTimeout) {
  auto silent = std::move(*w.sim.listen({"", 61614}));
  const auto before = w.sim.now();
  EXPECT_THAT(talk(get), StartsWith("HTTP/1.1 504 "));
  EXPECT_LE(w.sim.now() - before, seconds(31));
}

}  // namespace
}  // namespace component
