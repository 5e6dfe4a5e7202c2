// The commands against a broker on a simulated network: results, exit codes, deadlines.
#include "stomp-client/command.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "../mockbroker/simulated.hpp"

namespace stomp_client {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class Command : public mockbroker::simulated_broker {
 protected:
  // Runs one command to its end; what it printed is in `printed`.
  exit_code run(command what, const std::string& to = "ws://localhost:61614/", options o = {}) {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* memory = open_memstream(&text, &size);
    report out(memory, true);
    auto code = mockbroker::run_to_end(
        sim, run_command(sim, std::get<url>(parse_url(to)), std::move(o), std::move(what), out));
    std::fclose(memory);
    printed.assign(text, size);
    std::free(text);
    return code;
  }
  command send_to(std::string destination, std::string body) {
    command c;
    c.what = command::kind::send;
    c.destination = std::move(destination);
    c.body = std::move(body);
    return c;
  }
  command listen_to(std::string destination, std::uint64_t count) {
    command c;
    c.what = command::kind::subscribe;
    c.destination = std::move(destination);
    c.count = count;
    return c;
  }
  std::string printed;
};

TEST_F(Command, PingPrintsConnected) {
  start();
  EXPECT_EQ(run({}), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("\"command\":\"CONNECTED\""));
  EXPECT_THAT(printed, HasSubstr("\"version\":\"1.2\""));
}

TEST_F(Command, SendWaitsUntilTheBrokerHasTheMessage) {
  start();
  for (const auto* to : {"ws://localhost:61614/", "stomp://localhost:61613"}) {
    EXPECT_EQ(run(send_to("/queue/foo", "hello"), to), exit_code::done);
  }
  EXPECT_EQ(shell->broker().browse("/queue/foo", 10).size(), 2u);
}

TEST_F(Command, SubscribePrintsAnObjectForEachMessageAndEndsAtItsCount) {
  start();
  run(send_to("/queue/foo", "one"));
  run(send_to("/queue/foo", "two"));
  EXPECT_EQ(run(listen_to("/queue/foo", 2)), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("\"body\":\"one\"}\n"));
  EXPECT_THAT(printed, HasSubstr("\"body\":\"two\"}\n"));
}

TEST_F(Command, SubscribeAcknowledgesInClientModes) {
  start();
  run(send_to("/queue/foo", "one"));
  auto what = listen_to("/queue/foo", 1);
  what.ack = stomp::ack_mode::client_individual;
  EXPECT_EQ(run(what), exit_code::done);
  EXPECT_TRUE(shell->broker().browse("/queue/foo", 10).empty());
}

TEST_F(Command, SubscribeGivesUpAtItsTimeout) {
  start();
  auto what = listen_to("/queue/foo", 1);
  what.timeout = seconds(3);
  const auto before = sim.now();
  EXPECT_EQ(run(what), exit_code::timed_out);
  EXPECT_GE(sim.now() - before, seconds(3));
}

TEST_F(Command, RefusedLoginFailsAndShowsTheError) {
  mockbroker::server_options o;
  o.broker.users = {{"app", "secret"}};
  start(std::move(o));
  options wrong;
  wrong.stomp.login = "app";
  wrong.stomp.passcode = "guess";
  EXPECT_EQ(run({}, "ws://localhost:61614/", wrong), exit_code::failed);
  EXPECT_THAT(printed, HasSubstr("\"command\":\"ERROR\""));
  options right;
  right.stomp.login = "app";
  right.stomp.passcode = "secret";
  EXPECT_EQ(run({}, "ws://localhost:61614/", right), exit_code::done);
}

TEST_F(Command, CannotConnectIsAnExitCodeOfItsOwn) {
  start();
  EXPECT_EQ(run({}, "ws://localhost:1/"), exit_code::cannot_connect);
  EXPECT_EQ(run({}, "ws://nowhere.invalid/"), exit_code::cannot_connect);
  EXPECT_EQ(run({}, "ws://localhost:8161/"), exit_code::cannot_connect);
}

TEST_F(Command, ASilentServerIsATimeOut) {
  auto listener = std::move(*sim.listen({"", 7}));
  command what;
  what.timeout = seconds(2);
  EXPECT_EQ(run(what, "stomp://localhost:7"), exit_code::timed_out);
}

TEST_F(Command, RequestPrintsTheReply) {
  start();
  auto& server = connected("stomp://localhost:61613");
  subscribe(server, "/queue/service");
  auto answer = [](client& c, net::simulation& world) -> net::task<void> {
    const event e = co_await c.next();
    static_cast<void>(c.session().send(e.frame.get_or("reply-to", ""), "re: " + e.frame.body, {},
                                       stomp::want_receipt::no, world.now()));
  };
  net::task_group group(sim);
  group.spawn(answer(server, sim));
  command what = send_to("/queue/service", "hi");
  what.what = command::kind::request;
  EXPECT_EQ(run(what), exit_code::done);
  EXPECT_THAT(printed, HasSubstr("\"body\":\"re: hi\""));
}

TEST(Report, PrintsABodyWithNulWhole) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* memory = open_memstream(&text, &size);
  report(memory, false).frame(stomp::make_frame("MESSAGE", {}, std::string_view("a\0b", 3)));
  std::fclose(memory);
  EXPECT_EQ(std::string(text, size), std::string("a\0b\n", 4));
  std::free(text);
}

TEST(FrameAsJson, EncodesBodiesThatAreNotUtf8) {
  EXPECT_EQ(to_json(stomp::make_frame("MESSAGE", {{"a", "1"}, {"a", "2"}}, "\xff")),
            R"({"command":"MESSAGE","headers":{"a":"1"},"bodyBase64":"/w=="})");
}

}  // namespace
}  // namespace stomp_client
