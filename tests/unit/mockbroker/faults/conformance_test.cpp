// Which side broke which rule.
#include "mockbroker/faults/conformance.hpp"

#include <gmock/gmock.h>

#include "mockbroker/faults/wire_splitter.hpp"
#include "ws/writer.hpp"

namespace mockbroker {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Conformance : public ::testing::Test {
 protected:
  std::vector<std::string> say(way direction, std::string_view text) {
    auto& splitter = direction == way::to_broker ? to_broker : to_client;
    splitter.feed(std::string(text) + '\0');
    std::vector<std::string> all;
    while (auto piece = splitter.take()) {
      for (const auto& unit : judge.look(direction, *piece, now)) {
        all.insert(all.end(), unit.begin(), unit.end());
      }
      if (judge.version()) to_broker.set_version(*judge.version());
    }
    return all;
  }
  std::vector<std::string> client(std::string_view text) { return say(way::to_broker, text); }
  std::vector<std::string> broker(std::string_view text) { return say(way::to_client, text); }
  void connect(std::string_view beats = "0,0") {
    EXPECT_THAT(
        client("CONNECT\naccept-version:1.2\nhost:a\nheart-beat:" + std::string(beats) + "\n\n"),
        ElementsAre());
    EXPECT_THAT(broker("CONNECTED\nversion:1.2\nheart-beat:" + std::string(beats) + "\n\n"),
                ElementsAre());
  }

  net::time_point now{seconds(100)};
  wire_splitter to_broker{way::to_broker, wire_splitter::protocol::stomp};
  wire_splitter to_client{way::to_client, wire_splitter::protocol::stomp};
  conformance judge{false};
};

TEST_F(Conformance, SaysNothingOfARightConversation) {
  connect();
  EXPECT_THAT(client("SUBSCRIBE\nid:s\ndestination:/queue/a\nreceipt:r\n\n"), ElementsAre());
  EXPECT_THAT(broker("RECEIPT\nreceipt-id:r\n\n"), ElementsAre());
  EXPECT_THAT(broker("MESSAGE\nsubscription:s\ndestination:/queue/a\nmessage-id:1\n\nx"),
              ElementsAre());
  EXPECT_THAT(client("DISCONNECT\nreceipt:d\n\n"), ElementsAre());
  EXPECT_THAT(broker("RECEIPT\nreceipt-id:d\n\n"), ElementsAre());
}

TEST_F(Conformance, NamesWhatTheClientDidWrong) {
  EXPECT_THAT(client("SEND\ndestination:/queue/a\n\n"),
              ElementsAre(HasSubstr("SEND before CONNECT")));
  connect();
  EXPECT_THAT(client("CONNECT\naccept-version:1.2\nhost:a\n\n"),
              ElementsAre(HasSubstr("a second CONNECT")));
  EXPECT_THAT(client("JUMP\n\n"), ElementsAre(HasSubstr("\"JUMP\" is no client command")));
  EXPECT_THAT(client("SUBSCRIBE\ndestination:/queue/a\n\n"), ElementsAre(HasSubstr("id")));
  client("DISCONNECT\nreceipt:d\n\n");
  EXPECT_THAT(client("SEND\ndestination:/queue/a\n\n"),
              ElementsAre(HasSubstr("a frame behind DISCONNECT")));
}

TEST_F(Conformance, NamesWhatTheBrokerDidWrong) {
  EXPECT_THAT(broker("MESSAGE\nsubscription:s\ndestination:/queue/a\nmessage-id:1\n\nx"),
              ElementsAre(HasSubstr("MESSAGE before CONNECTED"),
                          HasSubstr("there is no subscription \"s\"")));
  client("CONNECT\naccept-version:1.1\nhost:a\n\n");
  EXPECT_THAT(broker("CONNECTED\nversion:1.2\n\n"),
              ElementsAre(HasSubstr("the client did not offer 1.2")));
  EXPECT_THAT(broker("RECEIPT\nreceipt-id:7\n\n"),
              ElementsAre(HasSubstr("nobody asked for \"7\"")));
  EXPECT_THAT(broker("RECEIPT\n\n"), ElementsAre(HasSubstr("without receipt-id")));
  EXPECT_THAT(broker("SEND\n\n"), ElementsAre(HasSubstr("is no server command")));
}

TEST_F(Conformance, NamesASilenceOfMoreThanTwicePromised) {
  connect("1000,1000");
  EXPECT_THAT(client("SEND\ndestination:/queue/a\n\n"), ElementsAre());
  now += seconds(2);
  EXPECT_THAT(client("SEND\ndestination:/queue/a\n\n"), ElementsAre());
  now += seconds(3);
  EXPECT_THAT(client("SEND\ndestination:/queue/a\n\n"),
              ElementsAre(HasSubstr("silent for 3000 ms, promised a beat every 1000 ms")));
}

TEST(WebSocketConformance, NamesAnUnmaskedFrameAndAnEndWithoutClose) {
  conformance judge(true);
  wire_splitter requests(way::to_broker, wire_splitter::protocol::http);
  wire_splitter answers(way::to_client, wire_splitter::protocol::http);
  requests.feed("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  answers.feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  judge.look(way::to_broker, *requests.take(), {});
  judge.look(way::to_client, *answers.take(), {});
  std::string wire;
  ws::write_frame(wire, ws::opcode::text, "\n");
  requests.feed(wire);
  const auto said = judge.look(way::to_broker, *requests.take(), {});
  ASSERT_EQ(said.size(), 1u);
  EXPECT_THAT(said[0], ElementsAre(HasSubstr("RFC 6455")));
  EXPECT_THAT(judge.finish(way::to_client, {}), ElementsAre(HasSubstr("without a Close")));
}

}  // namespace
}  // namespace mockbroker
