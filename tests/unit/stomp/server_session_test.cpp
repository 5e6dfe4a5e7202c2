#include "stomp/server_session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/stomp/sessions.hpp"

using namespace stomp_test;
using stomp::command;
using stomp::errc;
using stomp::version;

namespace {

struct server {
  server_log log;
  stomp::server_session session;

  explicit server(stomp::server_options options = {},
                  stomp::transport how = stomp::transport::stream)
      : session(std::move(options), how, log, t0) {}
  server& in(std::string_view bytes, stomp::time_point now = t0) {
    session.on_bytes(bytes, now);
    return *this;
  }
  server& connect(const std::string& v = "1.2", const std::string& beat = "0,0") {
    return in("CONNECT\naccept-version:" + v + "\nhost:h\nheart-beat:" + beat + "\n\n" +
              std::string(1, '\0'));
  }
  std::error_code closed() const {
    return log.out.closed ? log.out.closed->code : std::error_code{};
  }
};

}  // namespace

// S-CON-3
TEST(StompServerSession, AnswersConnectWithVersionAndHeartBeat) {
  server s({.server_name = "test/1", .session_id = "s-1"});
  s.connect("1.1,1.2", "10000,10000");
  const auto f = s.log.out.last();
  EXPECT_EQ(f.command, "CONNECTED");
  EXPECT_EQ(f.get("version"), "1.2");
  EXPECT_EQ(f.get("heart-beat"), "10000,10000");
  EXPECT_EQ(f.get("session"), "s-1");
  EXPECT_EQ(f.get("server"), "test/1");
  EXPECT_TRUE(s.session.is_connected());
}

// S-CON-3: always there, since clients throw without it
TEST(StompServerSession, AlwaysSendsAHeartBeatHeaderOn11) {
  server s({.beats = {0ms, 0ms}});
  s.in(bytes("CONNECT\naccept-version:1.1\n\n\0"));
  EXPECT_EQ(s.log.out.last().get("heart-beat"), "0,0");
}

// S-VER-1
TEST(StompServerSession, PicksTheHighestCommonVersion) {
  const std::pair<std::string, version> rows[] = {{"1.2,1.1,1.0", version::v1_2},
                                                  {"1.0, 1.1", version::v1_1},
                                                  {"1.0,1.1,2.0", version::v1_1},
                                                  {"1.0", version::v1_0}};
  for (const auto& [list, v] : rows) {
    server s;
    s.connect(list);
    EXPECT_EQ(s.session.negotiated(), v) << list;
  }
}

// S-VER-1: absent means 1.0
TEST(StompServerSession, TreatsConnectWithoutVersionAs10) {
  server s;
  s.in(bytes("CONNECT\nlogin: me\npasscode:x\n\n\0"));
  EXPECT_EQ(s.log.connects, std::vector{version::v1_0});
  EXPECT_FALSE(s.log.out.last().has("heart-beat"));
}

// S-VER-2
TEST(StompServerSession, RefusesUnknownVersionsWithTheSupportedList) {
  server s;
  s.connect("2.1,9.9");
  EXPECT_EQ(s.log.out.last().command, "ERROR");
  EXPECT_EQ(s.log.out.last().get("version"), "1.0,1.1,1.2");
  EXPECT_EQ(s.closed(), errc::no_common_version);
}

// S-VER-3
TEST(StompServerSession, CanBeCappedToASubprotocolsVersion) {
  server s({.versions = {version::v1_0, version::v1_1}});
  s.connect("1.0,1.1,1.2");
  EXPECT_EQ(s.session.negotiated(), version::v1_1);
}

// S-CON-1
TEST(StompServerSession, RefusesAnythingBeforeConnect) {
  server s;
  s.in(bytes("SEND\ndestination:/queue/a\n\nx\0"));
  EXPECT_EQ(s.log.out.last().command, "ERROR");
  EXPECT_EQ(s.closed(), errc::not_connected);
  EXPECT_TRUE(s.log.requests.empty());
}

// S-CON-1
TEST(StompServerSession, RefusesASecondConnect) {
  server s;
  s.connect().connect();
  EXPECT_EQ(s.closed(), errc::already_connected);
}

// STOMP 1.2, CONNECT or STOMP
TEST(StompServerSession, AcceptsTheStompCommand) {
  server s;
  s.in(bytes("STOMP\r\naccept-version:1.2\r\n\r\n\0"));
  EXPECT_TRUE(s.session.is_connected());
}

// S-CON-1
TEST(StompServerSession, TimesOutWithoutConnect) {
  server s;
  ASSERT_EQ(s.log.out.wake, t0 + 30s);
  s.session.on_tick(t0 + 29s);
  EXPECT_FALSE(s.log.out.closed);
  s.session.on_tick(t0 + 30s);
  EXPECT_EQ(s.closed(), errc::connect_timeout);
  EXPECT_EQ(s.log.out.last().command, "ERROR");
}

// S-CON-2
TEST(StompServerSession, ChecksTheHostOnlyWhenGiven) {
  server good({.hosts = {"a"}});
  good.in(bytes("CONNECT\naccept-version:1.2\n\n\0"));
  EXPECT_TRUE(good.session.is_connected());
  server bad({.hosts = {"a"}});
  bad.connect();
  EXPECT_EQ(bad.closed(), errc::host_rejected);
}

TEST(StompServerSession, RejectsALoginWithAnErrorInPlainText) {
  server s;
  s.log.verdict = stomp::login_verdict::reject;
  s.in(bytes("CONNECT\naccept-version:1.2\nlogin:me\npasscode:secret\n\n\0"));
  EXPECT_EQ(s.closed(), errc::login_failed);
  EXPECT_NE(s.log.out.bytes.find("\"me\""), std::string::npos);
  EXPECT_EQ(s.log.out.bytes.find("secret"), std::string::npos);
}

TEST(StompServerSession, HoldsInputWhileALoginIsChecked) {
  server s;
  s.log.verdict = stomp::login_verdict::later;
  s.in(bytes("CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/q\n\n\0"));
  s.in(bytes("SEND\ndestination:/r\n\n\0"));
  EXPECT_TRUE(s.log.requests.empty());
  s.session.accept_login(t0);
  EXPECT_EQ(s.log.requests.size(), 2U);
}

TEST(StompServerSession, BoundsInputHeldWhileALoginIsChecked) {
  server s({.pending_input = 10});
  s.log.verdict = stomp::login_verdict::later;
  s.in(bytes("CONNECT\n\n\0")).in("12345678901");
  EXPECT_EQ(s.closed(), errc::too_much_pending);
}

// HB-1
TEST(StompServerSession, RefusesAMalformedHeartBeat) {
  server s;
  s.connect("1.2", "x,1");
  EXPECT_EQ(s.closed(), errc::bad_heart_beat);
}

// HB-3, HB-6
TEST(StompServerSession, WritesOneLineFeedWhenABeatIsDue) {
  server s;
  s.connect("1.2", "0,10000");
  EXPECT_EQ(s.log.out.wake, t0 + 9s);
  s.session.on_tick(t0 + 9s);
  EXPECT_EQ(s.log.out.messages.back(), "\n");
  EXPECT_EQ(s.log.out.wake, t0 + 18s);
}

// HB-3: a frame restarts the period
TEST(StompServerSession, CountsBeatsFromTheLastWrite) {
  server s;
  s.connect("1.2", "0,10000");
  EXPECT_FALSE(s.session.send(stomp::make_receipt("1"), t0 + 8s));
  s.session.on_tick(t0 + 9s);
  EXPECT_EQ(s.log.out.beats(), 0);
  EXPECT_EQ(s.log.out.wake, t0 + 17s);
  s.session.on_tick(t0 + 17s);
  EXPECT_EQ(s.log.out.beats(), 1);
}

// HB-4: any octet is activity, partial frames included
TEST(StompServerSession, ClosesASilentClientButNotASlowOne) {
  server s;
  s.connect("1.2", "10000,0");
  s.in("SE", t0 + 15s);
  s.session.on_tick(t0 + 20s);
  EXPECT_FALSE(s.log.out.closed);
  s.session.on_tick(t0 + 35s);
  EXPECT_EQ(s.closed(), errc::peer_silent);
}

// HB-5: 1.0 has none
TEST(StompServerSession, KeepsNoBeatWith10) {
  server s;
  s.in(bytes("CONNECT\nheart-beat:1000,1000\n\n\0"));
  s.session.on_tick(t0 + 24h);
  EXPECT_EQ(s.log.out.beats(), 0);
  EXPECT_FALSE(s.log.out.closed);
}

// AMQ-HB-1
TEST(StompServerSession, CanMirrorTheClientsBeats) {
  server s({.beat = stomp::beat_policy::mirror});
  s.connect("1.2", "4000,7000");
  EXPECT_EQ(s.log.out.last().get("heart-beat"), "7000,4000");
  EXPECT_EQ(s.session.beats().agreement(), (stomp::beat_agreement{7000ms, 4000ms}));
}

// S-RCPT-1
TEST(StompServerSession, AnswersReceiptsOnlyWhenToldAndAsked) {
  server s;
  s.connect().in(bytes("SEND\ndestination:/q\nreceipt:r\\c1\n\n\0SEND\ndestination:/q\n\n\0"));
  ASSERT_EQ(s.log.requests.size(), 2U);
  EXPECT_EQ(s.log.out.sent().size(), 1U);
  for (const auto& r : s.log.requests) s.session.receipt(r.f, t0);
  ASSERT_EQ(s.log.out.sent().size(), 2U);
  EXPECT_EQ(s.log.out.last(), stomp::make_receipt("r:1"));
}

// S-RCPT-2, S-ERR-1
TEST(StompServerSession, RefusesWithMessageReceiptIdAndLength) {
  server s;
  s.connect().in(bytes("SEND\ndestination:/q\nreceipt:7\n\n\0"));
  s.session.refuse(s.log.requests[0], {errc::rejected, "no", {}, "not today"}, t0);
  const auto f = s.log.out.last();
  EXPECT_EQ(f.get("message"), "no");
  EXPECT_EQ(f.get("receipt-id"), "7");
  EXPECT_EQ(f.get("content-type"), "text/plain");
  EXPECT_EQ(f.get("content-length"), "9");
  EXPECT_EQ(s.closed(), errc::rejected);
}

// S-ERR-2
TEST(StompServerSession, StaysOpenAfterErrorsTheDialectForgives) {
  stomp::server_options options;
  options.rules.fatal = {false, false, false, false};
  server s(options);
  s.connect().in(bytes("BOGUS\n\n\0SEND\n\nx\0SUBSCRIBE\nid:1\ndestination:/q\n\n\0"));
  EXPECT_FALSE(s.log.out.closed);
  EXPECT_EQ(s.log.out.sent().size(), 3U);
  ASSERT_EQ(s.log.requests.size(), 1U);
  s.session.refuse(s.log.requests[0], {errc::rejected, "no"}, t0);
  EXPECT_EQ(s.session.book().subscriptions(), 0U);
}

// S-UNK-1
TEST(StompServerSession, RefusesUnknownCommands) {
  server s;
  s.connect().in(bytes("BOGUS\n\n\0SEND\ndestination:/q\n\n\0"));
  EXPECT_EQ(s.closed(), errc::unknown_command);
  EXPECT_TRUE(s.log.requests.empty()) << "nothing is read after the end";
}

TEST(StompServerSession, AnswersAMalformedFrameWithErrorAndCloses) {
  server s;
  s.connect().in(bytes("SEND\nnocolon\n\n\0"));
  EXPECT_EQ(s.log.out.last().command, "ERROR");
  EXPECT_EQ(s.closed(), errc::header_without_colon);
}

// S-DISC-1
TEST(StompServerSession, IgnoresFramesAfterDisconnect) {
  server s;
  s.connect().in(bytes("DISCONNECT\nreceipt:77\n\n\0SEND\nbad\n\n\0"));
  ASSERT_EQ(s.log.requests.size(), 1U);
  EXPECT_EQ(s.log.requests[0].what, command::disconnect);
  s.session.receipt(s.log.requests[0].f, t0);
  s.session.finish();
  EXPECT_EQ(s.log.out.last(), stomp::make_receipt("77"));
  EXPECT_EQ(s.closed(), errc::disconnected);
}

// S-GRM-1: a whole conversation, cut at every octet
TEST(StompServerSession, GivesTheSameAnswersHoweverTheInputIsCut) {
  const std::string input = bytes(
      "CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/q\n\n\0"
      "SEND\ndestination:/q\n\nx\0\nDISCONNECT\n\n\0");
  for (std::size_t i = 0; i <= input.size(); ++i) {
    server s;
    s.in(std::string_view(input).substr(0, i)).in(std::string_view(input).substr(i));
    EXPECT_EQ(s.log.requests.size(), 3U) << i;
  }
}

// AMQ-WS-1
TEST(StompServerSession, ReadsOnlyOneFrameAMessageWhenTold) {
  stomp::server_options options;
  options.rules.message_boundary = stomp::boundary_rule::one_frame;
  server s(options, stomp::transport::messages);
  s.session.on_message(bytes("CONNECT\n\n\0"), t0);
  s.session.on_message(bytes("SEND\ndestination:/q\n\n\0SEND\ndestination:/r\n\n\0"), t0);
  EXPECT_EQ(s.log.requests.size(), 1U);
  s.session.on_message("SEND\ndest", t0);
  EXPECT_EQ(s.closed(), errc::incomplete_message);
}

// QSJ-4: a frame cut over messages
TEST(StompServerSession, JoinsMessagesInStrict) {
  server s({}, stomp::transport::messages);
  s.session.on_message("CONN", t0);
  s.session.on_message(bytes("ECT\n\n\0SEND\ndestination:/q\n\n"), t0);
  s.session.on_message(bytes("body\0"), t0);
  ASSERT_EQ(s.log.requests.size(), 1U);
  EXPECT_EQ(s.log.requests[0].f.body, "body");
}

// MIX-1
TEST(StompServerSession, SendsTextForUtf8AndBinaryForTheRest) {
  server s({}, stomp::transport::messages);
  s.session.on_message(bytes("CONNECT\n\n\0"), t0);
  EXPECT_FALSE(s.session.send(stomp::make_frame("MESSAGE", {}, "h\xC3\xA9"), t0));
  EXPECT_FALSE(s.session.send(stomp::make_frame("MESSAGE", {}, "\xFF"), t0));
  using stomp::payload;
  EXPECT_EQ(s.log.out.kinds, (std::vector{payload::text, payload::text, payload::binary}));
}

// AMQ-WS-3
TEST(StompServerSession, CanEndFramesWithALineFeedOnStreams) {
  server s({.newline_after_frame = true});
  s.connect();
  EXPECT_TRUE(s.log.out.bytes.ends_with(bytes("\0\n")));
}

TEST(StompServerSession, DoesNothingAfterThePeerIsLost) {
  server s;
  s.connect("1.2", "1000,1000");
  s.session.on_lost();
  s.session.on_tick(t0 + 1h);
  s.in("x");
  EXPECT_FALSE(s.log.out.closed);
  EXPECT_EQ(s.log.out.messages.size(), 1U);
  EXPECT_EQ(s.session.send(stomp::make_receipt("1"), t0), errc::not_connected);
}

// S12-ESC-3: CR cannot be said in 1.1, and an answer that changes the id would never be matched
TEST(StompServerSession, ClosesWhenAReceiptCannotBeAnswered) {
  server s;
  s.connect("1.1").in(bytes("SEND\ndestination:/q\nreceipt:a\r\n\n\0"));
  ASSERT_EQ(s.log.requests.size(), 1U);
  s.session.receipt(s.log.requests[0].f, t0);
  EXPECT_EQ(s.closed(), errc::header_not_expressible);
}
