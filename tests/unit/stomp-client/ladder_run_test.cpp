// `stomp-client run` against a broker on a simulated network: what is played, what is told, exit
// codes, and the three replays.
#include <gmock/gmock.h>

#include <cstdlib>

#include "../mockbroker/simulated.hpp"
#include "harness/ladder/parser.hpp"
#include "stomp-client/ladder/run.hpp"

namespace stomp_client {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string head = "profile activemq\ndelivery written\n";

class LadderRun : public mockbroker::simulated_broker {
 protected:
  exit_code play(const std::string& text, ladder_run how = {}, options chosen = {},
                 const std::string& to = "ws://localhost:61614/") {
    auto parsed = harness::ladder::parse(head + text, "f.ladder");
    for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
    how.rows = std::move(parsed.rows);
    char* memory = nullptr;
    std::size_t size = 0;
    std::FILE* file = open_memstream(&memory, &size);
    report out(file, how.json);
    const auto began = sim.now();
    const auto code = mockbroker::run_to_end(
        sim, run_ladder(sim, std::get<url>(parse_url(to)), std::move(chosen), std::move(how), out));
    took = sim.now() - began;
    std::fclose(file);
    printed.assign(memory, size);
    std::free(memory);
    return code;
  }
  std::string printed;
  net::duration took{};
};

const std::string hello =
    "case hello\n  cites X\n  conn 1 connected 1.2\n"
    "  > SUBSCRIBE id=s destination=/queue/$q receipt=r\n  < RECEIPT receipt-id=r\n"
    "  pace 3s\n  > SEND destination=/queue/$q body=hi\n  < MESSAGE body=hi\n";

TEST_F(LadderRun, PassesWhatHoldsOverBothTransports) {
  start();
  for (const auto* to : {"ws://localhost:61614/", "stomp://localhost:61613"}) {
    EXPECT_EQ(play(hello, {}, {}, to), exit_code::done) << printed;
    EXPECT_THAT(printed, HasSubstr("passed hello ("));
    EXPECT_THAT(printed, HasSubstr("1 passed, 0 failed, 0 left out\n"));
  }
}

TEST_F(LadderRun, TellsAFailureAsWireCasesDoes) {
  start();
  EXPECT_EQ(play("case no\n  cites X-1\n  conn 1 connected 1.2\n"
                 "  > SEND destination=/queue/a receipt=r\n  < RECEIPT receipt-id=s\n"),
            exit_code::failed);
  EXPECT_THAT(printed, HasSubstr("FAILED f.ladder:7: no (ws, written) [X-1]\n"
                                 "  expected < RECEIPT receipt-id=\"s\"\n"
                                 "  came    : RECEIPT receipt-id=\"r\"\n"
                                 "            receipt-id: \"r\" is not \"s\"\n"));
  EXPECT_THAT(printed, HasSubstr("0 passed, 1 failed, 0 left out\n"));
}

TEST_F(LadderRun, SaysWhyACaseIsLeftOut) {
  start();
  EXPECT_EQ(play("case over-tcp\n cites X\n on tcp\n conn 1\n"
                 "case both\n cites X\n conn 1\n conn 2 tcp\n"
                 "case pages\n cites X\n conn 1 console\n" +
                 hello),
            exit_code::done);
  EXPECT_THAT(printed, HasSubstr("left out over-tcp: it is for tcp only\n"));
  EXPECT_THAT(printed, HasSubstr("left out both: connection 2 is tcp\n"));
  EXPECT_THAT(printed, HasSubstr("left out pages: connection 1 is to the console\n"));
  EXPECT_THAT(printed, HasSubstr("1 passed, 0 failed, 3 left out\n"));
}

TEST_F(LadderRun, PlaysTheCasesOfAPattern) {
  start();
  ladder_run how;
  how.pattern = "h*";
  EXPECT_EQ(play("case other\n cites X\n conn 1\n < MESSAGE\n" + hello, how), exit_code::done);
  EXPECT_THAT(printed, Not(HasSubstr("other")));
  how.pattern = "x*";
  EXPECT_EQ(play(hello, how), exit_code::usage);
}

TEST_F(LadderRun, HasAnExitCodeForLateAndForNobodyThere) {
  start();
  ladder_run how;
  how.timeout = seconds(1);
  EXPECT_EQ(play("case late\n cites X\n conn 1 connected 1.2\n < MESSAGE\n", how),
            exit_code::timed_out);
  EXPECT_EQ(play(hello, {}, {}, "ws://localhost:1/"), exit_code::cannot_connect);
  EXPECT_THAT(printed, HasSubstr("cannot connect to localhost:1: "));
}

TEST_F(LadderRun, KeepsTheRecordedPausesOnlyWhenTimed) {
  start();
  EXPECT_EQ(play(hello), exit_code::done);
  EXPECT_LT(took, seconds(1));
  ladder_run how;
  how.mode = ladder_run::replay::timed;
  EXPECT_EQ(play(hello, how), exit_code::done);
  EXPECT_GE(took, seconds(3));
  EXPECT_LT(took, seconds(4));
}

TEST_F(LadderRun, AsksBeforeEachLineThatIsSent) {
  start();
  ladder_run how;
  how.mode = ladder_run::replay::step;
  int asked = 0;
  how.ask = [&asked]() -> net::task<std::optional<std::string>> {
    ++asked;
    co_return std::string();
  };
  EXPECT_EQ(play(hello, how), exit_code::done);
  EXPECT_EQ(asked, 2);
  how.ask = []() -> net::task<std::optional<std::string>> { co_return std::nullopt; };
  EXPECT_EQ(play(hello + "case never-begun\n cites X\n conn 1\n", how), exit_code::interrupted);
  EXPECT_THAT(printed, HasSubstr("f.ladder:6: hello (ws, written) [X]\n  ended here by the user"));
  EXPECT_THAT(printed, HasSubstr("0 passed, 1 failed, 0 left out"));
}

TEST_F(LadderRun, TellsProgramsInOneDocument) {
  start();
  ladder_run how;
  how.json = true;
  EXPECT_EQ(play(hello + "case over-tcp\n cites X\n on tcp\n conn 1\n", how), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("{\"version\":1,\"rows\":[{\"name\":\"hello\""));
  EXPECT_THAT(printed, HasSubstr("\"passed\":true"));
  EXPECT_THAT(
      printed,
      HasSubstr("\"left_out\":[{\"name\":\"over-tcp\",\"why\":\"it is for tcp only\"}]}\n"));
}

TEST_F(LadderRun, GivesItsLoginToConnectAndToMaskedFrames) {
  mockbroker::server_options guarded;
  guarded.broker.users = {{"app", "hunter2"}};
  start(std::move(guarded));
  const std::string masked =
      "case written-out\n cites X\n conn 1\n"
      " > CONNECT accept-version=1.2 host=h login=app passcode=\"***\"\n < CONNECTED\n";
  options o;
  EXPECT_EQ(play(hello, {}, o), exit_code::failed);
  o.stomp.login = "app";
  o.stomp.passcode = "hunter2";
  EXPECT_EQ(play(hello + masked, {}, o), exit_code::done) << printed;
  EXPECT_THAT(printed, HasSubstr("2 passed"));
}

}  // namespace
}  // namespace stomp_client
