#include "stomp/client_session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/stomp/sessions.hpp"

using namespace stomp_test;
using stomp::ack_mode;
using stomp::errc;
using stomp::make_frame;
using stomp::version;
using stomp::want_receipt;

namespace {

struct client {
  client_log log;
  stomp::client_session session;

  explicit client(stomp::client_options options = {})
      : session(std::move(options), stomp::transport::stream, log) {}
  client& in(std::string_view octets, stomp::time_point now = t0) {
    session.on_bytes(octets, now);
    return *this;
  }
  client& connect(const std::string& v = "1.2", const std::string& beat = "0,0") {
    EXPECT_FALSE(session.connect(t0));
    return in("CONNECTED\nversion:" + v + "\nheart-beat:" + beat + "\n\n" + std::string(1, '\0'));
  }
  std::error_code closed() const {
    return log.out.closed ? log.out.closed->code : std::error_code{};
  }
};

}  // namespace

// S-CON-2
TEST(StompClientSession, ConnectsWithVersionsHostAndLogin) {
  client c({.host = "h", .login = "me", .passcode = "p:w", .beats = {1s, 2s}});
  EXPECT_FALSE(c.session.connect(t0));
  EXPECT_EQ(c.log.out.bytes,
            bytes("CONNECT\naccept-version:1.0,1.1,1.2\nhost:h\nlogin:me\npasscode:p:w\n"
                  "heart-beat:1000,2000\n\n\0"));
}

TEST(StompClientSession, TakesTheServersVersion) {
  client c;
  c.connect("1.1");
  EXPECT_EQ(c.log.connected_as, version::v1_1);
  EXPECT_TRUE(c.session.is_connected());
}

TEST(StompClientSession, RefusesAVersionItDidNotOffer) {
  client c({.versions = {version::v1_1}});
  c.connect("1.2");
  EXPECT_EQ(c.closed(), errc::no_common_version);
}

// S-CON-1b
TEST(StompClientSession, TimesOutWithoutConnected) {
  client c;
  EXPECT_FALSE(c.session.connect(t0));
  EXPECT_EQ(c.log.out.wake, t0 + 10s);
  c.session.on_tick(t0 + 10s);
  EXPECT_EQ(c.closed(), errc::connect_timeout);
}

TEST(StompClientSession, ReportsAnErrorInsteadOfConnectedAndCloses) {
  client c;
  EXPECT_FALSE(c.session.connect(t0));
  c.in(bytes("ERROR\nmessage:go away\n\n\0"));
  ASSERT_EQ(c.log.errors.size(), 1U);
  EXPECT_EQ(c.closed(), errc::error_from_server);
}

TEST(StompClientSession, RefusesOtherFramesBeforeConnected) {
  client c;
  EXPECT_FALSE(c.session.connect(t0));
  c.in(bytes("RECEIPT\nreceipt-id:1\n\n\0"));
  EXPECT_EQ(c.closed(), errc::unexpected_frame);
}

TEST(StompClientSession, SendsNothingBeforeConnected) {
  client c;
  EXPECT_EQ(c.session.send("/q", "x", {}, want_receipt::no, t0).error, errc::not_connected);
}

// S-CLEN-2, S-RCPT-1
TEST(StompClientSession, SendsWithLengthAndReceipt) {
  client c;
  c.connect();
  const auto sent = c.session.send("/q", "hi", {{"a", "b"}}, want_receipt::yes, t0);
  EXPECT_EQ(sent.receipt_id, "receipt-1");
  const auto f = c.log.out.last();
  EXPECT_EQ(f.get("destination"), "/q");
  EXPECT_EQ(f.get("a"), "b");
  EXPECT_EQ(f.get("content-length"), "2");
  EXPECT_EQ(f.get("receipt"), "receipt-1");
  EXPECT_EQ(c.session.outstanding().size(), 1U);
  c.in(bytes("RECEIPT\nreceipt-id:receipt-1\n\n\0"));
  EXPECT_EQ(c.log.receipts, std::vector<std::string>{"receipt-1"});
  EXPECT_TRUE(c.session.outstanding().empty());
}

// S-RCPT-2
TEST(StompClientSession, AnErrorEndsTheWaitForItsReceipt) {
  client c;
  c.connect();
  c.session.send("/q", "hi", {}, want_receipt::yes, t0);
  c.in(bytes("ERROR\nreceipt-id:receipt-1\nmessage:no\n\n\0"));
  EXPECT_TRUE(c.session.outstanding().empty());
  EXPECT_FALSE(c.log.out.closed) << "a server that means it closes itself";
}

TEST(StompClientSession, BoundsOutstandingReceipts) {
  client c({.outstanding_receipts = 1});
  c.connect();
  EXPECT_FALSE(c.session.send("/q", "", {}, want_receipt::yes, t0).error);
  EXPECT_EQ(c.session.send("/q", "", {}, want_receipt::yes, t0).error, errc::too_much_pending);
}

TEST(StompClientSession, SubscribesWithFreshIds) {
  client c;
  c.connect();
  EXPECT_EQ(c.session.subscribe("/q", ack_mode::client, {}, want_receipt::no, t0).id, "sub-1");
  EXPECT_EQ(c.log.out.last(),
            make_frame("SUBSCRIBE", {{"destination", "/q"}, {"id", "sub-1"}, {"ack", "client"}}));
  EXPECT_EQ(
      c.session.subscribe("/q", ack_mode::automatic, {{"id", "mine"}}, want_receipt::no, t0).id,
      "mine");
  c.session.unsubscribe("mine", want_receipt::no, t0);
  EXPECT_EQ(c.log.out.last(), make_frame("UNSUBSCRIBE", {{"id", "mine"}}));
}

TEST(StompClientSession, HandsOverMessages) {
  client c;
  c.connect().in(bytes("MESSAGE\nsubscription:1\nmessage-id:a\\cb\n\nbody\0\n"));
  ASSERT_EQ(c.log.messages.size(), 1U);
  EXPECT_EQ(c.log.messages[0].get("message-id"), "a:b");
}

// S-ACK-1: keys by version
TEST(StompClientSession, AcknowledgesWithTheKeysOfItsVersion) {
  const auto message =
      make_frame("MESSAGE", {{"message-id", "m"}, {"subscription", "s"}, {"ack", "a:1"}});
  client v2;
  v2.connect("1.2");
  v2.session.ack(message, "tx", want_receipt::no, t0);
  EXPECT_EQ(v2.log.out.last(), make_frame("ACK", {{"id", "a:1"}, {"transaction", "tx"}}));
  client v1;
  v1.connect("1.1");
  v1.session.nack(message, "", want_receipt::no, t0);
  EXPECT_EQ(v1.log.out.last(version::v1_1),
            make_frame("NACK", {{"message-id", "m"}, {"subscription", "s"}}));
  client v0;
  v0.connect("1.0");
  EXPECT_EQ(v0.session.nack(message, "", want_receipt::no, t0).error, errc::unknown_command);
  EXPECT_EQ(v2.session.ack(make_frame("MESSAGE"), "", want_receipt::no, t0).error,
            errc::missing_header);
}

// S-TX-1
TEST(StompClientSession, NamesTransactions) {
  client c;
  c.connect();
  EXPECT_EQ(c.session.begin(want_receipt::no, t0).id, "tx-1");
  c.session.commit("tx-1", want_receipt::no, t0);
  EXPECT_EQ(c.log.out.last(), make_frame("COMMIT", {{"transaction", "tx-1"}}));
  c.session.abort("tx-1", want_receipt::no, t0);
  EXPECT_EQ(c.log.out.last().command, "ABORT");
}

// S-DISC-1
TEST(StompClientSession, DisconnectsWhenTheReceiptComes) {
  client c;
  c.connect();
  const auto sent = c.session.disconnect(t0);
  EXPECT_EQ(c.session.send("/q", "", {}, want_receipt::no, t0).error, errc::not_connected);
  EXPECT_FALSE(c.log.out.closed);
  c.in(bytes("MESSAGE\n\n\0RECEIPT\nreceipt-id:receipt-1\n\n\0"));
  EXPECT_EQ(sent.receipt_id, "receipt-1");
  EXPECT_EQ(c.closed(), errc::disconnected);
}

TEST(StompClientSession, DisconnectsAnywayAfterItsTimeout) {
  client c;
  c.connect();
  c.session.disconnect(t0);
  c.session.on_tick(t0 + 5s);
  EXPECT_EQ(c.closed(), errc::disconnect_timeout);
}

// HB-2, HB-3, HB-4
TEST(StompClientSession, KeepsTheBeatInBothDirections) {
  client c({.beats = {10s, 10s}});
  c.connect("1.2", "10000,10000");
  EXPECT_EQ(c.log.out.wake, t0 + 9s);
  c.session.on_tick(t0 + 9s);
  EXPECT_EQ(c.log.out.messages.back(), "\n");
  c.in("\n", t0 + 15s);
  c.session.on_tick(t0 + 20s);
  EXPECT_FALSE(c.log.out.closed);
  c.session.on_tick(t0 + 35s);
  EXPECT_EQ(c.closed(), errc::peer_silent);
}

TEST(StompClientSession, RefusesMalformedFrames) {
  client c;
  c.connect().in(bytes("MESSAGE\nbad\n\n\0"));
  EXPECT_EQ(c.closed(), errc::header_without_colon);
}

// Both ends together, over every cut of either direction
TEST(StompClientSession, TalksToTheServerSession) {
  for (auto v : {version::v1_0, version::v1_1, version::v1_2}) {
    client c({.versions = {v}});
    server_log log;
    stomp::server_session server({}, stomp::transport::stream, log, t0);
    EXPECT_FALSE(c.session.connect(t0));
    server.on_bytes(c.log.out.bytes, t0);
    c.in(log.out.bytes);
    ASSERT_EQ(c.log.connected_as, v);
    c.log.out.bytes.clear();
    c.session.subscribe("/q", ack_mode::client, {}, want_receipt::no, t0);
    c.session.send("/q", bytes("a\0b"), {{"x", "y:z"}}, want_receipt::yes, t0);
    for (char octet : c.log.out.bytes) server.on_bytes({&octet, 1}, t0);
    ASSERT_EQ(log.requests.size(), 2U);
    EXPECT_EQ(log.requests[1].f.body, bytes("a\0b"));
    EXPECT_EQ(log.requests[1].f.get("x"), "y:z");
  }
}
