#include "tests/unit/mockbroker/bench.hpp"

using namespace mockbroker_test;
using mockbroker::destination_kind;
using mockbroker::outcome;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(BrokerManagement, CreatesAndRemovesDestinations) {
  bench b;
  EXPECT_EQ(b.broker.create_destination("/queue/a", t0), outcome::done);
  EXPECT_EQ(b.broker.create_destination("/topic/t", t0), outcome::done);
  EXPECT_EQ(b.broker.create_destination("/queue/a", t0), outcome::already_there);
  EXPECT_EQ(b.info("/topic/t").name.kind, destination_kind::topic);
  EXPECT_THAT(b.broker.destinations(), SizeIs(2));
  EXPECT_EQ(b.broker.remove_destination("/queue/a", t0), outcome::done);
  EXPECT_EQ(b.broker.remove_destination("/queue/a", t0), outcome::not_found);
}

TEST(BrokerManagement, DoesNotRemoveUnderAConsumer) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  EXPECT_EQ(b.broker.remove_destination("/queue/a", t0), outcome::has_consumers);
}

TEST(BrokerManagement, RemovingFreesTheMessages) {
  bench b;
  b.broker.publish("/queue/a", "x", {}, t0);
  EXPECT_EQ(b.broker.remove_destination("/queue/a", t0), outcome::done);
  EXPECT_EQ(b.broker.memory_used(), 0U);
}

TEST(BrokerManagement, PublishesLikeAnotherClient) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s");
  EXPECT_EQ(b.broker.publish("/queue/a", "hello", {{"k", "v"}, {"ack", "forged"}}, t0),
            outcome::done);
  EXPECT_THAT(c->take_one(), AllOf(harness::message_with("hello"), harness::header("k", "v")));
}

TEST(BrokerManagement, PurgesWhatWaits) {
  bench b;
  auto c = client::connected(b);
  for (int i = 0; i < 3; ++i) b.broker.publish("/queue/a", "x", {}, t0);
  EXPECT_EQ(b.broker.purge("/queue/a", t0), outcome::done);
  EXPECT_EQ(b.info("/queue/a").pending, 0U);
  EXPECT_EQ(b.info("/queue/a").dequeued, 3U);
  EXPECT_EQ(b.broker.memory_used(), 0U);
  EXPECT_EQ(b.broker.purge("/queue/none", t0), outcome::not_found);
}

TEST(BrokerManagement, PurgeLeavesConsumersWhatTheyHold) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  b.broker.publish("/queue/a", "x", {}, t0);
  const auto m = c->take_one();
  b.broker.purge("/queue/a", t0);
  EXPECT_EQ(b.info("/queue/a").unsettled, 1U);
  c->ack(m, "receipt:r\n");
  EXPECT_THAT(c->take_one(), harness::receipt_for("r"));
}

TEST(BrokerManagement, BrowsesWithoutTaking) {
  bench b;
  for (const char* body : {"1", "2", "3"}) b.broker.publish("/queue/a", body, {}, t0);
  EXPECT_THAT(b.broker.browse("/queue/a", 2),
              ElementsAre(harness::message_with("1"), harness::message_with("2")));
  EXPECT_EQ(b.info("/queue/a").pending, 3U);
  EXPECT_THAT(b.broker.browse("/queue/none", 2), IsEmpty());
}

TEST(BrokerManagement, ShowsStoredMessagesWithoutCopyingThem) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  for (const char* body : {"1", "2"}) b.broker.publish("/queue/a", body, {}, t0);
  c->vanish();
  const auto look = [&](std::size_t limit) {
    std::vector<const mockbroker::message*> seen;
    b.broker.for_each_message(b.broker.parse_name("/queue/a"), true, nullptr,
                              [&](const mockbroker::queue_entry& entry, bool) {
                                seen.push_back(entry.m.get());
                                return seen.size() < limit;
                              });
    return seen;
  };
  EXPECT_THAT(look(1), SizeIs(1));
  EXPECT_THAT(look(9), SizeIs(2));
  EXPECT_EQ(look(9), look(9));
}

TEST(BrokerManagement, MakesNoDestinationForAMessageThatIsNotThere) {
  bench b;
  b.broker.publish("/queue/a", "x", {}, t0);
  const auto a = b.broker.parse_name("/queue/a");
  const auto to = b.broker.parse_name("/queue/to");
  EXPECT_EQ(b.broker.move_message(a, "none", to, t0), outcome::not_found);
  EXPECT_EQ(b.broker.copy_message(a, "none", to, t0), outcome::not_found);
  EXPECT_FALSE(b.broker.find_destination(to));
}

TEST(BrokerManagement, KeepsAMessageThatHasNowhereToGo) {
  auto o = default_options();
  o.max_destinations = 1;
  bench b(o);
  std::string id;
  b.broker.publish("/queue/a", "x", {}, t0, &id);
  const auto to = b.broker.parse_name("/queue/to");
  EXPECT_EQ(b.broker.move_message(b.broker.parse_name("/queue/a"), id, to, t0), outcome::too_many);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
}

TEST(BrokerManagement, CountsPerDestination) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  for (int i = 0; i < 3; ++i) c->send("/queue/a", "x");
  c->ack(c->take().at(1));
  const auto d = b.info("/queue/a");
  EXPECT_EQ(d.enqueued, 3U);
  EXPECT_EQ(d.dequeued, 2U);
  EXPECT_EQ(d.pending, 1U);
  EXPECT_EQ(d.unsettled, 1U);
  EXPECT_EQ(d.consumers, 1U);
}

TEST(BrokerManagement, CountsForTheWholeBroker) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  c->send("/queue/a", "x");
  c->send("/queue/a", "y");
  const auto messages = c->take();
  c->ack(messages[0]);
  c->nack(messages[1]);
  const auto& n = b.broker.counters();
  EXPECT_EQ(n.connections_opened, 1U);
  EXPECT_EQ(n.messages_in, 2U);
  EXPECT_EQ(n.messages_out, 3U);
  EXPECT_EQ(n.messages_settled, 1U);
  EXPECT_EQ(n.messages_redelivered, 1U);
}

TEST(BrokerManagement, DescribesConnections) {
  bench b;
  client c(b, "1.1", {.how = stomp::transport::stream, .remote = "127.0.0.1:5000"});
  c.say("CONNECT", "accept-version:1.1\nlogin:me\npasscode:secret\n");
  c.subscribe("/queue/a", "s", "client");
  c.send("/queue/a", "x");
  const auto list = b.broker.connections();
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].remote, "127.0.0.1:5000");
  EXPECT_EQ(list[0].login, "me");
  EXPECT_TRUE(list[0].connected);
  EXPECT_EQ(list[0].version, stomp::version::v1_1);
  EXPECT_EQ(list[0].frames_in, 3U);
  EXPECT_EQ(list[0].messages_out, 1U);
  EXPECT_GT(list[0].bytes_in, 0U);
  EXPECT_EQ(list[0].bytes_out, c.state().bytes.size());
  ASSERT_THAT(list[0].subscriptions, SizeIs(1));
  EXPECT_EQ(list[0].subscriptions[0].destination, "/queue/a");
  EXPECT_EQ(list[0].subscriptions[0].unsettled, 1U);
}

TEST(BrokerManagement, ClosesConnectionsWithAnError) {
  bench b;
  auto c = client::connected(b);
  EXPECT_EQ(b.broker.close_connection(c->id(), "maintenance", t0), outcome::done);
  EXPECT_THAT(c->take_one(), harness::error_saying("maintenance"));
  EXPECT_TRUE(c->is_closed());
  EXPECT_EQ(b.broker.close_connection(99, "x", t0), outcome::not_found);
}

TEST(BrokerManagement, CopiesNoMessageWhenTheMemoryIsFull) {
  auto o = default_options();
  o.memory_limit = 10000;
  bench b(std::move(o));
  std::string id;
  b.broker.publish("/queue/a", std::string(1000, 'x'), {}, t0, &id);
  const mockbroker::destination_name queue{destination_kind::queue, false, "/queue/a"};
  outcome last = outcome::done;
  for (int i = 0; i < 100 && last == outcome::done; ++i) {
    last = b.broker.copy_message(queue, id, queue, t0);
  }
  EXPECT_EQ(last, outcome::memory_full);
}

TEST(BrokerManagement, CopiesAMessageThatAConsumerHolds) {
  bench b;
  auto c = client::connected(b);
  c->subscribe("/queue/a", "s", "client");
  std::string id;
  b.broker.publish("/queue/a", "held", {}, t0, &id);
  const mockbroker::destination_name from{destination_kind::queue, false, "/queue/a"};
  const mockbroker::destination_name to{destination_kind::queue, false, "/queue/b"};
  EXPECT_EQ(b.broker.copy_message(from, id, to, t0), outcome::done);
  EXPECT_EQ(b.info("/queue/a").pending, 1U);
  EXPECT_EQ(b.info("/queue/b").pending, 1U);
}

TEST(BrokerManagement, ReadsDestinationsByTheirUriAsTheProfileNamesThem) {
  using mockbroker::destination_kind;
  using mockbroker::parse_uri;
  const auto plain = mockbroker::activemq_profile().names;
  EXPECT_EQ(to_uri(parse_uri("topic://a", destination_kind::queue, plain)), "topic://a");
  EXPECT_EQ(to_uri(parse_uri("a", destination_kind::topic, plain)), "topic://a");
  EXPECT_EQ(parse_uri("queue://topic://a", destination_kind::topic, plain).name, "topic://a");
  const auto prefixed = mockbroker::strict_profile().names;
  EXPECT_EQ(parse_uri("queue://a", destination_kind::topic, prefixed).name, "/queue/a");
}
