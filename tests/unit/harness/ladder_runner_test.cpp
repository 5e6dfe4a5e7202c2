// Rows on the simulation against a server that answers what it was told to: what passes, what a
// failure says, and that nothing is left over.
#include "harness/ladder/runner.hpp"

#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "harness/ladder/parser.hpp"

namespace harness::ladder {
namespace {

using ::testing::HasSubstr;

constexpr std::uint16_t port = 61613;

// Answers each NUL that comes with the next of `answers`, and ends the connection behind the last.
net::task<void> serve(net::simulation& sim, net::listener& from, std::vector<std::string> answers) {
  auto accepted = co_await from.accept();
  auto connection = std::move(*accepted);
  std::string into(1000, '\0');
  std::size_t next = 0;
  while (next < answers.size()) {
    auto got = co_await net::read_some(*connection, into);
    if (!got) break;
    for (std::size_t i = 0; i < *got && next < answers.size(); ++i) {
      if (into[i] == '\0') co_await net::write_all(*connection, answers[next++]);
    }
  }
  connection->shutdown_write();
  co_await net::drop_rest(sim, *connection);
}

outcome play(const std::string& steps, const std::vector<std::string>& answers,
             delivery how = delivery::written) {
  net::simulation sim;
  outcome result;
  {
    auto listener = std::move(*sim.listen({"", port}));
    net::task_group servers(sim);
    servers.spawn(serve(sim, *listener, answers));
    const auto parsed = parse("profile strict\ncase a-row\ncites X-1, Y-2\n" + steps, "f");
    for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
    run_options options;
    options.broker = {{"localhost", port}, {"localhost", port}, {}};
    result = run(sim, run_row(sim, parsed.rows.at(0), {transport::tcp, how}, options, 1));
  }
  expect_nothing_left(sim);
  return result;
}

std::string octets(std::string text) {
  for (char& c : text) {
    if (c == '@') c = '\0';
  }
  return text;
}

const std::string connected = octets("CONNECTED\nversion:1.2\n\n@\n");

TEST(LadderRunner, PassesARowThatHolds) {
  for (const auto how : {delivery::written, delivery::split, delivery::joined}) {
    const auto result =
        play("conn 1 connected 1.2\n> SEND a=b\n< RECEIPT receipt-id=r\nexpect close\n",
             {connected, octets("RECEIPT\nreceipt-id:r\n\n@\n")}, how);
    EXPECT_EQ(result.report, "") << to_string(how);
    EXPECT_TRUE(result.passed);
  }
}

TEST(LadderRunner, AwaitTakesTheFirstThatMatchesAndKeepsTheRest) {
  const std::vector<std::string> answers{
      connected, octets("MESSAGE\nn:1\n\na@\nRECEIPT\nreceipt-id:r\n\n@\nMESSAGE\nn:2\n\nb@\n")};
  EXPECT_EQ(play("conn 1 connected 1.2\n> SEND a=b\nawait < RECEIPT receipt-id=r\n"
                 "await < MESSAGE body=b\n< MESSAGE body=a\n",
                 answers)
                .report,
            "");
  const auto wrong =
      play("conn 1 connected 1.2\n> SEND a=b\nawait < RECEIPT receipt-id=s within 1s\n", answers);
  EXPECT_THAT(wrong.report, HasSubstr("expected < RECEIPT receipt-id=\"s\"\n  came    : close"));
}

TEST(LadderRunner, TellsWhatWasExpectedAndWhatCame) {
  const auto result = play("conn 1 connected 1.2\n> SEND a=b\n< RECEIPT receipt-id=r x=1\n",
                           {connected, octets("RECEIPT\nreceipt-id:s\n\n@\n")});
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("f:6: a-row (tcp, written) [X-1, Y-2]\n"
                                       "  expected < RECEIPT receipt-id=\"r\" x=\"1\"\n"
                                       "  came    : RECEIPT receipt-id=\"s\"\n"
                                       "            receipt-id: \"s\" is not \"r\"\n"
                                       "            x: is not there\n"));
  EXPECT_THAT(result.report, HasSubstr("> \"SEND\\na:b\\n\\n\\0\"\n"));
}

TEST(LadderRunner, TellsWhenNothingCame) {
  const auto result = play("conn 1 connected 1.2\n< MESSAGE within 1s\n", {connected, "-"});
  EXPECT_THAT(result.report, HasSubstr("expected < MESSAGE\n  nothing came in time"));
  EXPECT_LT(result.took, std::chrono::seconds(2));
}

TEST(LadderRunner, TellsTheNearestFrameBehindUntil) {
  const auto result = play("conn 1 connected 1.2\n> SEND\nuntil < MESSAGE body=b within 1s\n",
                           {connected, octets("MESSAGE\n\na@"), "-"});
  EXPECT_THAT(result.report, HasSubstr("nearest:\n  came    : MESSAGE body=\"a\""));
}

TEST(LadderRunner, TellsAVariableWithoutValue) {
  const auto result = play("conn 1 connected 1.2\n> SEND a=$x\n", {connected, "-"});
  EXPECT_THAT(result.report, HasSubstr("$x has no value"));
}

TEST(LadderRunner, TellsThatNobodyListens) {
  net::simulation sim;
  const auto parsed = parse("profile strict\ncase a\ncites X\nconn 1\n", "f");
  run_options options;
  options.broker = {{"localhost", port}, {"localhost", port}, {}};
  const auto result =
      run(sim, run_row(sim, parsed.rows.at(0), {transport::tcp, delivery::written}, options, 1));
  EXPECT_THAT(result.report, HasSubstr("cannot connect to localhost:61613: "));
}

TEST(LadderRunner, JudgesNeverBehindAReceipt) {
  const std::string barrier = octets("RECEIPT\nreceipt-id:ladder-barrier-1\n\n@\n");
  EXPECT_TRUE(
      play("conn 1 connected 1.2\nnever < MESSAGE\n", {connected, barrier, barrier}).passed);
  const auto result = play("conn 1 connected 1.2\nnever < MESSAGE\n",
                           {connected, octets("MESSAGE\n\nhi@") + barrier, barrier});
  EXPECT_THAT(result.report,
              HasSubstr("never expected < MESSAGE\n  came    : MESSAGE body=\"hi\""));
}

TEST(LadderRunner, WritesWhatAMalformationMakesOfAFrame) {
  const std::string answer = octets("RECEIPT\nreceipt-id:r\n\n@\n");
  for (const auto how : {delivery::written, delivery::split, delivery::joined}) {
    // The server answers NULs.
    const auto without =
        play("conn 1 connected 1.2\n> !no_nul SEND a=b\n> raw \"\\0\"\n< RECEIPT\nexpect close\n",
             {connected, answer}, how);
    EXPECT_EQ(without.report, "") << to_string(how);
    const auto twice =
        play("conn 1 connected 1.2\n> !nul_twice SEND a=b\n< RECEIPT\n< RECEIPT\nexpect close\n",
             {connected, answer, answer}, how);
    EXPECT_EQ(twice.report, "") << to_string(how);
    const auto cut = play("conn 1 connected 1.2\n> !truncated_frame_then_fin SEND\nexpect close\n",
                          {connected, answer}, how);
    EXPECT_EQ(cut.report, "") << to_string(how);
  }
}

TEST(LadderRunner, TellsTheMalformationAndItsFrame) {
  const auto result = play("conn 1 connected 1.2\n> !nul_twice SEND a=b\n< MESSAGE\n", {connected});
  EXPECT_THAT(result.report, HasSubstr("> !nul_twice \"SEND\\na:b\\n\\n\\0\"\n"));
}

TEST(LadderRunner, RefusesWebSocketFramesOverTcp) {
  const auto result = play("conn 1 connected 1.2\n> !ws_rsv1 SEND a=b\n", {connected});
  EXPECT_THAT(result.report, HasSubstr("!ws_rsv1 is for WebSocket, this connection is TCP"));
}

TEST(LadderRunner, ChecksWhenThingsCome) {
  const auto result = play("conn 1 connected 1.2\n> SEND\nat 1s..2s < MESSAGE\n",
                           {connected, octets("MESSAGE\n\n@"), "-"});
  EXPECT_THAT(result.report, HasSubstr("came after 0 ms"));
}

}  // namespace
}  // namespace harness::ladder
