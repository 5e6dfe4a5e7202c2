// The shell around a script on the simulation: both transports, ends, and nothing that is left
// over.
#include "mockbroker/app/script_server.hpp"

#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "harness/ladder/json_twin.hpp"
#include "harness/ladder/runner.hpp"
#include "net/stderr_log.hpp"

namespace mockbroker {
namespace {

namespace ladder = harness::ladder;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint16_t ws_port = 61614;
constexpr std::uint16_t tcp_port = 61613;

const std::string hello =
    "profile strict\ncase hello\n  cites X\n  conn 1 connected 1.2\n"
    "  > SUBSCRIBE id=s destination=/queue/$q receipt=r\n  < RECEIPT receipt-id=r\n"
    "  > SEND destination=/queue/$q body=hi\n  < MESSAGE subscription=s body=hi\n"
    "  expect close 1011\n";

std::vector<ladder::row> rows_of(const std::string& text) {
  auto parsed = ladder::parse(text, "f.ladder");
  for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
  return std::move(parsed.rows);
}

// A script that listens, and rows for its clients.
struct stage {
  stage(net::simulation& sim, const std::string& text)
      : rows(rows_of(text)), broker(sim, net::null_log(), rows, *find_profile("strict")) {
    broker.serve_websocket(std::move(*sim.listen({"", ws_port})), nullptr);
    broker.serve_stomp(std::move(*sim.listen({"", tcp_port})));
  }
  net::task<ladder::outcome> play(net::simulation& sim, const ladder::row& r,
                                  ladder::transport over) {
    ladder::run_options options;
    options.broker = {{"localhost", tcp_port}, {"localhost", ws_port}, {}};
    return ladder::run_row(sim, r, {over, ladder::delivery::written}, options, 1);
  }
  std::vector<ladder::row> rows;
  script_server broker;
};

TEST(ScriptServer, PlaysItsSideOverBothTransports) {
  for (const auto over : {ladder::transport::ws, ladder::transport::tcp}) {
    net::simulation sim;
    {
      stage s(sim, hello);
      EXPECT_EQ(harness::run(sim, s.play(sim, s.rows[0], over)).report, "");
      sim.run();
      harness::run(sim, s.broker.stop(seconds(1)));
      EXPECT_TRUE(s.broker.has_held());
      EXPECT_THAT(s.broker.results(), ElementsAre("passed hello (broker)"));
    }
    harness::expect_nothing_left(sim);
  }
}

TEST(ScriptServer, TellsItsClientWhatIsWrongAndCloses) {
  for (const auto over : {ladder::transport::ws, ladder::transport::tcp}) {
    net::simulation sim;
    {
      stage s(sim, hello);
      const auto other = rows_of(
          "profile strict\ncase other\n  cites X\n  conn 1 connected 1.2\n  > SEND "
          "destination=/queue/a\n"
          "  < ERROR message=~\"^not as the ladder says: expected > SUBSCRIBE\"\n  expect close "
          "1008\n");
      EXPECT_EQ(harness::run(sim, s.play(sim, other[0], over)).report, "");
      harness::run(sim, s.broker.stop(seconds(1)));
      EXPECT_FALSE(s.broker.has_held());
      EXPECT_THAT(s.broker.results().at(0), HasSubstr("FAILED f.ladder:5: hello (broker) [X]"));
    }
    harness::expect_nothing_left(sim);
  }
}

TEST(ScriptServer, LeavesNothingWhereverItIsDestroyed) {
  for (const auto over : {ladder::transport::ws, ladder::transport::tcp}) {
    const auto steps = harness::cancel_at_every_step(
        {}, [over](net::simulation& sim, net::task_group& group) -> std::shared_ptr<void> {
          auto s = std::make_shared<stage>(sim, hello);
          auto client = [](net::simulation& world, stage& of,
                           ladder::transport how) -> net::task<void> {
            co_await of.play(world, of.rows[0], how);
            co_await of.broker.stop(seconds(1));
          };
          group.spawn(client(sim, *s, over));
          return s;
        });
    EXPECT_GT(steps, 20u);
  }
}

}  // namespace
}  // namespace mockbroker
