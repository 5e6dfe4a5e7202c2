#include "stomp/server_checks.hpp"

#include <gtest/gtest.h>

using stomp::command;
using stomp::errc;
using stomp::make_frame;
using stomp::version;

namespace {

struct book {
  stomp::server_book rules{{.subscriptions = 2, .transactions = 1}};
  std::string key;

  std::error_code check(version v, command what, std::initializer_list<stomp::header> headers,
                        const stomp::dialect& d = stomp::strict()) {
    stomp::client_request request;
    request.what = what;
    request.f = make_frame("X", headers);
    const auto failure = rules.check(request, v, d);
    key = request.subscription;
    return failure.code;
  }
};

const std::error_code fine{};

}  // namespace

// S-SEND-1
TEST(StompServerChecks, SendNeedsADestination) {
  book b;
  EXPECT_EQ(b.check(version::v1_2, command::send, {}), errc::missing_header);
  EXPECT_EQ(b.check(version::v1_2, command::send, {{"destination", ""}}), errc::missing_header);
  EXPECT_EQ(b.check(version::v1_0, command::send, {{"destination", "/q"}}), fine);
}

// S-SUB-1
TEST(StompServerChecks, SubscribeNeedsDestinationAndIdFrom11On) {
  book b;
  EXPECT_EQ(b.check(version::v1_1, command::subscribe, {{"destination", "/q"}}),
            errc::missing_header);
  EXPECT_EQ(b.check(version::v1_1, command::subscribe, {{"id", "1"}}), errc::missing_header);
  EXPECT_EQ(b.check(version::v1_0, command::subscribe, {{"destination", "/q"}}), fine);
  EXPECT_EQ(b.key, "/q");
  EXPECT_EQ(b.check(version::v1_1, command::subscribe, {{"destination", "/q"}, {"id", "1"}}), fine);
  EXPECT_EQ(b.key, "1");
}

// S-SUB-1
TEST(StompServerChecks, SubscriptionIdsAreUniqueAndBounded) {
  book b;
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, {{"destination", "/q"}, {"id", "1"}}), fine);
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, {{"destination", "/r"}, {"id", "1"}}),
            errc::duplicate_subscription);
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, {{"destination", "/q"}, {"id", "2"}}), fine);
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, {{"destination", "/q"}, {"id", "3"}}),
            errc::too_many_subscriptions);
}

// S-ACKM-1
TEST(StompServerChecks, UnknownAckModesAreErrorsUnlessForgiven) {
  book b;
  const std::initializer_list<stomp::header> odd = {
      {"destination", "/q"}, {"id", "1"}, {"ack", "maybe"}};
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, odd), errc::bad_header_value);
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, odd, stomp::lenient()), fine);
}

TEST(StompServerChecks, UnsubscribeNeedsAKnownId) {
  book b;
  EXPECT_EQ(b.check(version::v1_2, command::unsubscribe, {{"id", "1"}}),
            errc::no_such_subscription);
  EXPECT_EQ(b.check(version::v1_2, command::unsubscribe, {{"destination", "/q"}}),
            errc::missing_header);
  EXPECT_EQ(b.check(version::v1_2, command::subscribe, {{"destination", "/q"}, {"id", "1"}}), fine);
  EXPECT_EQ(b.check(version::v1_2, command::unsubscribe, {{"id", "1"}}), fine);
  EXPECT_EQ(b.check(version::v1_2, command::unsubscribe, {{"id", "1"}}),
            errc::no_such_subscription);
}

TEST(StompServerChecks, Unsubscribe10MayNameTheDestination) {
  book b;
  EXPECT_EQ(b.check(version::v1_0, command::subscribe, {{"destination", "/q"}, {"id", "x"}}), fine);
  EXPECT_EQ(b.check(version::v1_0, command::unsubscribe, {{"destination", "/q"}}), fine);
  EXPECT_EQ(b.key, "x");
}

// STOMP 1.0-1.2, ACK: other keys in each version
TEST(StompServerChecks, AckKeysDifferByVersion) {
  book b;
  EXPECT_EQ(b.check(version::v1_2, command::ack, {{"message-id", "1"}}), errc::missing_header);
  EXPECT_EQ(b.check(version::v1_2, command::ack, {{"id", "1"}}), fine);
  EXPECT_EQ(b.check(version::v1_1, command::nack, {{"message-id", "1"}}), errc::missing_header);
  EXPECT_EQ(b.check(version::v1_1, command::nack, {{"message-id", "1"}, {"subscription", "0"}}),
            fine);
  EXPECT_EQ(b.check(version::v1_0, command::ack, {{"message-id", "1"}}), fine);
  EXPECT_EQ(b.check(version::v1_0, command::nack, {{"message-id", "1"}}), errc::unknown_command);
}

// S-TX-1
TEST(StompServerChecks, TransactionsOpenOnceAndCloseOnce) {
  book b;
  const auto v = version::v1_2;
  EXPECT_EQ(b.check(v, command::begin, {}), errc::missing_header);
  EXPECT_EQ(b.check(v, command::commit, {{"transaction", "t"}}), errc::no_such_transaction);
  EXPECT_EQ(b.check(v, command::send, {{"destination", "/q"}, {"transaction", "t"}}),
            errc::no_such_transaction);
  EXPECT_EQ(b.check(v, command::begin, {{"transaction", "t"}}), fine);
  EXPECT_EQ(b.check(v, command::begin, {{"transaction", "t"}}), errc::duplicate_transaction);
  EXPECT_EQ(b.check(v, command::begin, {{"transaction", "u"}}), errc::too_many_transactions);
  EXPECT_EQ(b.check(v, command::send, {{"destination", "/q"}, {"transaction", "t"}}), fine);
  EXPECT_EQ(b.check(v, command::ack, {{"id", "1"}, {"transaction", "t"}}), fine);
  EXPECT_EQ(b.check(v, command::abort, {{"transaction", "t"}}), fine);
  EXPECT_EQ(b.check(v, command::commit, {{"transaction", "t"}}), errc::no_such_transaction);
}
