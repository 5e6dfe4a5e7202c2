// A ladder played as the broker: what clients get, what a mismatch says, and what is refused.
#include "mockbroker/script/script.hpp"

#include <gmock/gmock.h>

#include "harness/ladder/json_twin.hpp"
#include "mockbroker/script/script_rules.hpp"

namespace mockbroker {
namespace {

namespace ladder = harness::ladder;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string head = "profile strict\ncase a-case\n  cites X-1\n";

std::vector<ladder::row> rows_of(const std::string& text) {
  auto parsed = ladder::parse(text, "f.ladder");
  for (const auto& e : parsed.errors) ADD_FAILURE() << to_string(e);
  return std::move(parsed.rows);
}

// A script, what it sent and the time.
class Script : public ::testing::Test, public script_output {
 protected:
  void begin(const std::string& steps) { begin_file(head + steps); }
  void begin_file(const std::string& text) {
    auto rows = rows_of(text);
    EXPECT_THAT(refusals(rows), IsEmpty());
    played = std::make_unique<script>(std::move(rows), *this);
  }
  void open(client_id id, client_info info = {}) { played->on_open(id, std::move(info), now); }
  void says(client_id id, std::string text) {
    for (char& c : text) {
      if (c == '@') c = '\0';
    }
    std::string_view rest = text;
    ladder::wire_reader reader(ladder::wire_reader::from::client);
    while (!rest.empty() && reader.next(rest) == ladder::wire_reader::event::frame) {
      ladder::arrival a;
      a.frame = reader.take();
      played->on_arrival(id, std::move(a), now);
    }
  }
  void comes(client_id id, ladder::arrival::kind what) {
    ladder::arrival a;
    a.what = what;
    played->on_arrival(id, std::move(a), now);
  }
  void pass(net::duration d) {
    const auto end = now + d;
    while (wake && *wake <= end) {
      now = std::max(now, *std::exchange(wake, std::nullopt));
      played->on_tick(now);
    }
    now = end;
  }
  // What was sent since the last call, NULs as '@'.
  std::string sent() {
    std::string out = std::exchange(octets, {});
    for (char& c : out) {
      if (c == '\0') c = '@';
    }
    return out;
  }

  void send(client_id, std::string text) override { octets += text; }
  void close(client_id to, std::uint16_t code, const std::string& reason) override {
    closed += std::to_string(to) + ":" + std::to_string(code) + " " + reason + "\n";
  }
  void wake_at(net::time_point when) override { wake = when; }
  std::int64_t civil_ms() const override { return 1'700'000'000'000; }
  void ended(const ladder::row& r, const std::string& text) override {
    text.empty() ? held.push_back(r.name) : reports.push_back(text);
  }

  std::unique_ptr<script> played;
  net::time_point now{seconds(100)};
  std::string octets;
  std::string closed;
  std::optional<net::time_point> wake;
  std::vector<std::string> held;
  std::vector<std::string> reports;
};

const std::string connect = "CONNECT\naccept-version:1.1,1.2\nheart-beat:0,0\n\n@";

TEST_F(Script, AnswersWhatIsExpected) {
  begin(
      "conn 1\n> CONNECT accept-version=$v\n< CONNECTED version=1.2 session=s\n"
      "> SUBSCRIBE id=$id destination=/queue/$q receipt=$r\n< RECEIPT receipt-id=$r\n"
      "< MESSAGE subscription=$id destination=/queue/$q message-id=m body=\"a:b\" x=\"a:b\" "
      "only\n");
  open(1);
  says(1, connect);
  EXPECT_EQ(sent(), "CONNECTED\nversion:1.2\nsession:s\n\n@");
  says(1, "SUBSCRIBE\nid:7\ndestination:/queue/n\nreceipt:r-1\nother:x\n\n@");
  EXPECT_EQ(sent(),
            "RECEIPT\nreceipt-id:r-1\n\n@"
            "MESSAGE\nsubscription:7\ndestination:/queue/n\nmessage-id:m\nx:a\\cb\n\na:b@");
  EXPECT_TRUE(played->is_done());
  EXPECT_THAT(held, ElementsAre("a-case"));
}

TEST_F(Script, FillsInWhatIsLeftOpen) {
  begin(
      "conn 1\n> CONNECT\n< CONNECTED heart-beat=* session=$s\n"
      "> SUBSCRIBE ack=client\n< MESSAGE message-id=$m body=\"\\0\"\n"
      "> ACK id=$last.ack receipt=a\n> SEND receipt=b x=$m y=$s\n< RECEIPT\n< RECEIPT\n");
  open(1);
  says(1, "CONNECT\naccept-version:1.2\nheart-beat:0,500\n\n@");
  EXPECT_EQ(sent(), "CONNECTED\nheart-beat:500,0\nsession:ladder-1\nversion:1.2\n\n@");
  says(1, "SUBSCRIBE\nid:7\ndestination:/queue/n\nack:client\n\n@");
  EXPECT_EQ(sent(),
            "MESSAGE\nmessage-id:ladder-2\nsubscription:7\ndestination:/queue/n\nack:ladder-3\n"
            "content-length:1\n\n@@");
  says(1, "ACK\nid:ladder-3\nreceipt:a\n\n@");
  says(1, "SEND\nreceipt:b\nx:ladder-2\ny:ladder-1\n\n@");
  EXPECT_EQ(sent(), "RECEIPT\nreceipt-id:a\n\n@RECEIPT\nreceipt-id:b\n\n@");
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, ConnectsAsTheShortFormSays) {
  begin("conn 1 connected 1.1 login=app passcode=\"***\"\n");
  open(1);
  says(1, "CONNECT\naccept-version:1.1,1.2\nlogin:app\npasscode:hunter2\n\n@");
  EXPECT_THAT(sent(), HasSubstr("CONNECTED\nversion:1.1\nheart-beat:0,0\n"));
  EXPECT_TRUE(played->is_done());
  begin("conn 1 connected 1.0\n");
  open(1);
  says(1, connect);
  EXPECT_TRUE(played->has_failed());
}

const std::string any =
    "clients any\nconn 1 path=/a subprotocol=v12.stomp\n"
    "> CONNECT accept-version=1.0,1.1,1.2 host=h heart-beat=5,5\n"
    "await < CONNECTED version=1.2 heart-beat=*\n";

TEST_F(Script, TakesAnyClientsOwnNamesAndAnswersWithThem) {
  begin(any +
        "> SUBSCRIBE id=sub-1 destination=/queue/a ack=auto receipt=receipt-1\n"
        "await < RECEIPT receipt-id=receipt-1\n"
        "await < MESSAGE subscription=sub-1 message-id=m destination=/queue/a\n"
        "> BEGIN transaction=tx-1\n> SEND destination=/queue/b transaction=tx-1 receipt=receipt-2\n"
        "await < RECEIPT receipt-id=receipt-2\n> COMMIT transaction=tx-1\n"
        "> UNSUBSCRIBE id=sub-1\n> close\n");
  open(1, {true, "/a", "v11.stomp"});
  says(1, "CONNECT\naccept-version:1.2\n\n@SUBSCRIBE\nid:a\\cb\ndestination:/queue/a\n\n@");
  EXPECT_THAT(sent(), HasSubstr("MESSAGE\nsubscription:a\\cb\n"));
  says(1, "BEGIN\ntransaction:mine\nreceipt:x\n\n@");
  says(1, "SEND\ndestination:/queue/b\ntransaction:mine\nreceipt:y\n\n@");
  EXPECT_EQ(sent(), "RECEIPT\nreceipt-id:x\n\n@RECEIPT\nreceipt-id:y\n\n@");
  says(1, "COMMIT\ntransaction:mine\n\n@UNSUBSCRIBE\nid:a\\cb\n\n@DISCONNECT\nreceipt:z\n\n@");
  EXPECT_EQ(sent(), "RECEIPT\nreceipt-id:z\n\n@");
  comes(1, ladder::arrival::kind::close);
  EXPECT_TRUE(played->is_done()) << testing::PrintToString(reports);
}

TEST_F(Script, ComparesOctetsOfAnyClientAsTheyAre) {
  begin(any +
        "> raw \"SEND\\ndestination:/queue/a\\nreceipt:r\\nodd.name:x\\n\\n\\0\"\n"
        "await < RECEIPT receipt-id=r\n");
  open(1, {true, "/a", ""});
  says(1, "CONNECT\naccept-version:1.2\n\n@");
  sent();
  says(1, "SEND\ndestination:/queue/a\nreceipt:r\nodd.name:x\n\n@");
  EXPECT_EQ(sent(), "RECEIPT\nreceipt-id:r\n\n@");
  EXPECT_TRUE(played->is_done()) << testing::PrintToString(reports);
}

TEST_F(Script, LetsAnyClientLeaveWithoutDisconnect) {
  const auto steps = any +
                     "> DISCONNECT receipt=receipt-1\nawait < RECEIPT receipt-id=receipt-1\n"
                     "expect close 1000\n";
  begin(steps);
  open(1, {true, "/a", ""});
  says(1, "CONNECT\naccept-version:1.2\n\n@");
  comes(1, ladder::arrival::kind::close);
  EXPECT_TRUE(played->is_done()) << testing::PrintToString(reports);
}

TEST_F(Script, ComparesOfAnyClientWhatIsNotItsOwn) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"SUBSCRIBE\nid:1\ndestination:/queue/b\n\n@", "destination: \"/queue/b\" is not"},
      {"SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n@", "ack: \"client\" is not"},
      {"SUBSCRIBE\ndestination:/queue/a\n\n@", "id: "},
      {"SUBSCRIBE\nid:1\ndestination:/queue/a\n\n@UNSUBSCRIBE\nid:2\n\n@",
       "id: \"2\" is not \"1\""},
      {"BEGIN\ntransaction:t\n\n@", "BEGIN"},
  };
  for (const auto& [said, text] : wrong) {
    begin(any + "> SUBSCRIBE id=s destination=/queue/a ack=auto\n> UNSUBSCRIBE id=s\n");
    open(1, {true, "/a", ""});
    says(1, "CONNECT\naccept-version:1.2\n\n@" + said);
    EXPECT_TRUE(played->has_failed()) << said;
    EXPECT_THAT(reports.back(), HasSubstr(text)) << said;
  }
}

TEST_F(Script, ComparesAClientsOwnNamesWithoutThatWord) {
  begin("conn 1\n> SUBSCRIBE id=s receipt=r\n");
  open(1);
  says(1, "SUBSCRIBE\nid:t\nreceipt:r\n\n@");
  EXPECT_THAT(reports.at(0), HasSubstr("id: \"t\" is not \"s\""));
}

TEST_F(Script, TellsAMismatchAsAFailedRow) {
  begin("conn 1 connected 1.2\n> SEND destination=/queue/a body=hi\n");
  open(1);
  says(1, connect + "SEND\ndestination:/queue/b\n\nho@");
  EXPECT_TRUE(played->has_failed());
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_THAT(reports[0], HasSubstr("f.ladder:5: a-case (broker) [X-1]\n"
                                    "  expected > SEND destination=\"/queue/a\" body=\"hi\"\n"
                                    "  came    : SEND destination=\"/queue/b\" body=\"ho\"\n"
                                    "            destination: \"/queue/b\" is not \"/queue/a\"\n"
                                    "            body: \"ho\" is not \"hi\"\n"));
  EXPECT_THAT(sent(), HasSubstr("ERROR\nmessage:not as the ladder says\\c expected > SEND"));
  EXPECT_EQ(closed, "1:1008 not as the ladder says\n");
  open(2);
  EXPECT_THAT(closed, HasSubstr("2:1008 the ladder is over\n"));
}

TEST_F(Script, TellsWhatIsNotInTheScript) {
  begin("conn 1\n> A\n");
  open(1);
  says(1, "A\n\n@");
  EXPECT_TRUE(played->is_done());
  says(1, "B\n\n@");
  EXPECT_FALSE(played->is_done());
  EXPECT_THAT(reports.at(0), HasSubstr("expected nothing more\n  came    : B"));

  begin("conn 1\n> A\n");
  open(1);
  says(1, "A\n\n@");
  open(2);
  EXPECT_THAT(reports.at(1), HasSubstr("expected no further connection over tcp"));

  begin("conn 1\n> A\n");
  open(1);
  comes(1, ladder::arrival::kind::close);
  EXPECT_THAT(reports.at(2), HasSubstr("expected > A\n  came    : close"));

  begin("conn 1\n> A\n< B\n> C\n");
  open(1);
  says(1, "A\n\n@");
  played->finish(now);
  EXPECT_THAT(reports.at(3), HasSubstr("f.ladder:7: a-case (broker)"));
  EXPECT_THAT(reports.at(3), HasSubstr("expected > C\n  nothing came"));
}

TEST_F(Script, ChecksTheHandshake) {
  begin("on ws\nconn 1 path=/x subprotocol=\"v12.stomp, v11.stomp\"\n");
  open(1, {true, "/x", "v12.stomp, v11.stomp"});
  EXPECT_TRUE(played->is_done());
  begin("on ws\nconn 1 path=/x\n");
  open(1, {true, "/y", ""});
  EXPECT_THAT(reports.at(0),
              HasSubstr("expected a handshake with path=\"/x\"\n  came    : \"/y\""));
}

TEST_F(Script, GivesConnectionsTheirBlocksInOrder) {
  begin("conn 1 ws\nconn 2 tcp\nconn 1\n> A\nconn 2\n> B\n< C\n");
  open(7);  // over TCP: it is connection 2
  open(8, {true, "/", ""});
  says(7, "B\n\n@");  // waits until the script gets there
  EXPECT_EQ(sent(), "");
  says(8, "A\n\n@");
  EXPECT_EQ(sent(), "C\n\n@");
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, OpensAConnectionAgainBehindADrop) {
  begin("repeat 2 {\nconn 1\n> A\n> drop\n}\n");
  for (const client_id id : {client_id(1), client_id(2)}) {
    open(id);
    says(id, "A\n\n@");
    comes(id, ladder::arrival::kind::close);
  }
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, PlaysCasesOneAfterAnother) {
  begin_file(head + "conn 1\n> A\n< B\ncase second\n  cites X\nconn 1\n> C\n");
  open(1);
  open(2);
  says(2, "C\n\n@");
  says(1, "A\n\n@");
  EXPECT_THAT(held, ElementsAre("a-case", "second"));
}

TEST_F(Script, KeepsTimesAndRepeats) {
  begin(
      "conn 1\n> A\nmark\nrepeat 2 < B i=$i\nwait 2s\nat 4s..5s < C\nat +10s > D\n"
      "never < E\nexpect open\npace 9s\nany-order {\n< F\n< G\n}\nuntil < H\nawait < I\n");
  open(1);
  says(1, "A\n\n@");
  EXPECT_EQ(sent(), "B\ni:0\n\n@B\ni:1\n\n@");
  pass(milliseconds(3999));
  EXPECT_EQ(sent(), "");
  pass(seconds(1));
  EXPECT_EQ(sent(), "C\n\n@");
  pass(seconds(6));
  says(1, "D\n\n@");
  EXPECT_EQ(sent(), "F\n\n@G\n\n@H\n\n@I\n\n@");
  EXPECT_TRUE(played->is_done());

  begin("conn 1\n> A\nat +10s > D\n");
  open(1);
  says(1, "A\n\n@D\n\n@");
  EXPECT_THAT(reports.at(0), HasSubstr("expected this frame 10000 ms after the mark"));
}

TEST_F(Script, EndsCasesThatNeedNobody) {
  begin_file(head + "case second\n  cites X\n");
  played->finish(now);
  EXPECT_THAT(held, ElementsAre("a-case", "second"));
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, ClosesAsTheLineSays) {
  begin("conn 1 ws\n> A\nexpect close 1011 reason=\"no more\"\n");
  open(1, {true, "/", ""});
  says(1, "A\n\n@");
  EXPECT_EQ(closed, "1:1011 no more\n");
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, BeatsAsConnectedPromises) {
  begin("conn 1\n> CONNECT\n< CONNECTED version=1.2 heart-beat=1000,0\n> A\n");
  open(1);
  says(1, "CONNECT\naccept-version:1.2\nheart-beat:0,2000\n\n@");
  sent();
  pass(seconds(7));
  EXPECT_EQ(sent(), "\n\n\n");
  comes(1, ladder::arrival::kind::beat);
  says(1, "A\n\n@");
  EXPECT_TRUE(played->is_done());
}

TEST_F(Script, MatchesRawFramesWithTheirVariables) {
  begin("conn 1\n> raw \"SEND\\ndestination:/queue/$q\\n\\nhi\\0\"\n< A x=$q\n");
  open(1);
  says(1, "SEND\ndestination:/queue/n\n\nhi@");
  EXPECT_EQ(sent(), "A\nx:n\n\n@");
}

TEST_F(Script, AnswersAPlayersBarrier) {
  begin("conn 1 connected 1.2\nnever < MESSAGE\n> A\n");
  open(1);
  says(1, connect);
  sent();
  says(1, "BEGIN\ntransaction:ladder-barrier-1\nreceipt:ladder-barrier-1\n\n@");
  EXPECT_EQ(sent(), "RECEIPT\nreceipt-id:ladder-barrier-1\n\n@");
}

TEST(ScriptRules, TellALineOfATableOnce) {
  const std::string table =
      "profile strict\ncase a-$x\n  cites X\n  with x = 1 | 2 | 3\n  > get \"/$x\"\n";
  EXPECT_EQ(refusals(rows_of(table)).size(), 1u);
}

TEST(ScriptRules, RefuseWhatHasNoMeaningForABroker) {
  const std::pair<const char*, const char*> bad[] = {
      {"conn 1 http", "f.ladder:4:3: cannot be played as the broker: 'http' and 'console'"},
      {"> !no_nul SEND", "'!no_nul'"},
      {"> get \"/\"", "'get'"},
      {"> ws ping \"x\"", "'ws'"},
      {"> ws fragments \"x\"", "'ws'"},
      {"> raw \"SEND\\n\"", "'raw': octets that do not end with a frame's \\0"},
      {"< pong", "'pong'"},
      {"< head 200", "'head'"},
      {"< MESSAGE body=~\"x\"", "'body=~': a pattern does not say what to send"},
      {"repeat 2 {\n  < MESSAGE x=~y\n}", "f.ladder:5:3: cannot be played as the broker: 'x=~'"},
  };
  for (const auto& [step, text] : bad) {
    const auto found = refusals(rows_of(head + "  " + step + "\n"));
    ASSERT_EQ(found.size(), 1u) << step;
    EXPECT_THAT(to_string(found[0]), HasSubstr(text));
  }
}

}  // namespace
}  // namespace mockbroker
