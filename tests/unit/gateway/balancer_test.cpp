#include "gateway/core/balancer.hpp"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr net::time_point start{seconds(1000)};

balancer_node node(std::uint16_t port, std::int64_t priority = 10,
                   std::string cluster = "Default") {
  balancer_node n;
  n.cluster = std::move(cluster);
  n.to.host = "localhost";
  n.to.port = port;
  n.priority = priority;
  return n;
}

balancer_settings with(std::vector<balancer_node> nodes,
                       balancing_strategy strategy = balancing_strategy::round_robin) {
  balancer_settings s;
  s.clusters = {"Default"};
  s.nodes = std::move(nodes);
  s.strategy = strategy;
  return s;
}

class Balancer : public testing::Test {
 protected:
  void use(balancer_settings s) { all = std::make_shared<balancer>(std::move(s)); }
  std::shared_ptr<target_choice> choose(std::string_view session = {}) {
    return all->choose(session, now).choice;
  }
  // The port that an exchange goes to, which is over at once; 0: none.
  std::uint16_t port(std::string_view session = {}) {
    const auto choice = choose(session);
    return choice ? choice->current().port : std::uint16_t(0);
  }
  std::vector<std::uint16_t> ports(int count) {
    std::vector<std::uint16_t> got;
    for (int i = 0; i < count; ++i) got.push_back(port());
    return got;
  }
  node_state& state(std::size_t index) { return *all->nodes()[index].state; }
  bool set(std::uint16_t to, node_status status, std::string_view cluster = "Default") {
    return all->set_status(cluster, "localhost", to, status);
  }

  net::time_point now = start;
  std::shared_ptr<balancer> all;
};

using Ports = std::vector<std::uint16_t>;

TEST_F(Balancer, NodesTakeTurns) {
  use(with({node(1), node(2), node(3)}));
  EXPECT_EQ(ports(6), (Ports{1, 2, 3, 1, 2, 3}));
}

TEST_F(Balancer, AnExchangeCountsAtItsNodeUntilItIsOver) {
  use(with({node(1)}));
  auto first = choose();
  auto second = choose();
  EXPECT_EQ(state(0).connections, 2U);
  first.reset();
  EXPECT_EQ(state(0).connections, 1U);
  second.reset();
  EXPECT_EQ(state(0).connections, 0U);
}

TEST_F(Balancer, GoingOnTakesTheCountAlong) {
  use(with({node(1), node(2)}));
  const auto choice = choose();
  choice->failed(now);
  ASSERT_TRUE(choice->next(now));
  EXPECT_EQ(state(0).connections, 0U);
  EXPECT_EQ(state(1).connections, 1U);
}

TEST_F(Balancer, AnExchangeTriesEachNodeOnce) {
  use(with({node(1), node(2), node(3)}));
  const auto choice = choose();
  Ports tried{choice->current().port};
  while (choice->next(now)) tried.push_back(choice->current().port);
  EXPECT_EQ(tried, (Ports{1, 3, 2}));
}

TEST_F(Balancer, AnExchangeTriesTenNodesAtMost) {
  std::vector<balancer_node> many;
  for (std::uint16_t p = 1; p <= 30; ++p) many.push_back(node(p));
  use(with(std::move(many)));
  const auto choice = choose();
  int tried = 1;
  while (choice->next(now)) ++tried;
  EXPECT_EQ(tried, 10);
}

TEST_F(Balancer, AFailedNodeGetsNothingForTenSeconds) {
  use(with({node(1), node(2)}));
  choose()->failed(now);
  EXPECT_EQ(ports(3), (Ports{2, 2, 2}));
  now += seconds(10) - milliseconds(1);
  EXPECT_EQ(port(), 2);
}

TEST_F(Balancer, AfterThatOneCallTriesItAndOthersWaitForWhatComesOfIt) {
  use(with({node(1), node(2)}));
  choose()->failed(now);
  now += seconds(10);
  std::vector<std::shared_ptr<target_choice>> open;
  Ports got;
  for (int i = 0; i < 4; ++i) {
    open.push_back(choose());
    got.push_back(open.back()->current().port);
  }
  EXPECT_EQ(std::count(got.begin(), got.end(), 1), 1);
  for (const auto& choice : open)
    if (choice->current().port == 1) choice->answered(200);
  got = ports(4);
  EXPECT_EQ(std::count(got.begin(), got.end(), 1), 2);
}

TEST_F(Balancer, WhenAllHaveFailedTheOneThatFailedFirstIsTried) {
  use(with({node(1), node(2)}));
  choose()->failed(now);
  now += seconds(1);
  choose()->failed(now);
  EXPECT_EQ(port(), 1);
}

TEST_F(Balancer, AnAnswerOf5xxIsAnErrorAndNoReasonToLeaveTheNodeOut) {
  use(with({node(1)}));
  choose()->answered(503);
  EXPECT_EQ(state(0).errors, 1U);
  EXPECT_EQ(state(0).answers, 1U);
  EXPECT_EQ(port(), 1);
}

TEST_F(Balancer, TheLowestPriorityServesAloneAsLongAsItCan) {
  use(with({node(1, 20), node(2, 10), node(3, 10)}, balancing_strategy::priority));
  EXPECT_EQ(ports(4), (Ports{2, 3, 2, 3}));
  set(2, node_status::down);
  EXPECT_EQ(ports(2), (Ports{3, 3}));
  set(3, node_status::down);
  EXPECT_EQ(ports(2), (Ports{1, 1}));
}

TEST_F(Balancer, PrioritiesMeanNothingInTurn) {
  use(with({node(1, 20), node(2, 10)}));
  EXPECT_EQ(ports(4), (Ports{1, 2, 1, 2}));
}

TEST_F(Balancer, ANodeWithEnoughConnectionsIsBusy) {
  auto s = with({node(1), node(2)}, balancing_strategy::by_threads);
  s.connections_per_node = 1;
  use(std::move(s));
  auto first = choose();
  const auto second = choose();
  EXPECT_NE(first->current().port, second->current().port);
  const auto third = all->choose({}, now);
  EXPECT_FALSE(third.choice);
  EXPECT_TRUE(third.busy);
  const auto freed = first->current().port;
  first.reset();
  EXPECT_EQ(port(), freed);
}

TEST_F(Balancer, ASessionWaitsForItsBusyNode) {
  auto s = with({node(1), node(2)}, balancing_strategy::by_threads);
  s.connections_per_node = 1;
  use(std::move(s));
  auto open = choose("a");
  const auto waiting = all->choose("a", now);
  EXPECT_FALSE(waiting.choice);
  EXPECT_TRUE(waiting.busy);
  const auto its = open->current().port;
  open.reset();
  EXPECT_EQ(port("a"), its);
}

TEST_F(Balancer, ANodeThatIsDownIsNotBusy) {
  auto s = with({node(1)}, balancing_strategy::by_threads);
  use(std::move(s));
  set(1, node_status::down);
  const auto selected = all->choose({}, now);
  EXPECT_FALSE(selected.choice);
  EXPECT_FALSE(selected.busy);
}

TEST_F(Balancer, ALaterClusterServesWhenNoNodeOfTheFirstCan) {
  auto s = with({node(3, 10, "Reserve"), node(1), node(2)});
  s.clusters = {"Default", "Reserve"};
  use(std::move(s));
  EXPECT_EQ(ports(3), (Ports{1, 2, 1}));
  set(1, node_status::down);
  set(2, node_status::down);
  EXPECT_EQ(ports(2), (Ports{3, 3}));
}

TEST_F(Balancer, WithAllNodesDownThereIsNone) {
  use(with({node(1)}));
  ASSERT_TRUE(set(1, node_status::down));
  EXPECT_EQ(port(), 0);
  ASSERT_TRUE(set(1, node_status::up));
  EXPECT_EQ(port(), 1);
}

TEST_F(Balancer, ANodeThatIsNotHealthyGetsNothing) {
  use(with({node(1), node(2)}));
  state(0).healthy = false;
  EXPECT_EQ(ports(2), (Ports{2, 2}));
}

TEST_F(Balancer, ASessionStaysAtItsNode) {
  use(with({node(1), node(2)}));
  const auto its = port("a");
  EXPECT_EQ(port("a"), its);
  EXPECT_EQ(port("a"), its);
  EXPECT_NE(port("b"), its);
}

TEST_F(Balancer, ASessionThatAnAnswerBeganIsRemembered) {
  use(with({node(1), node(2)}));
  const auto choice = choose();
  all->remember("new", *choice, now);
  EXPECT_EQ(port("new"), choice->current().port);
  EXPECT_EQ(port("new"), choice->current().port);
}

TEST_F(Balancer, ASessionIsNotRememberedForTheNodeOfAnotherBalancer) {
  use(with({node(1)}));
  const auto other = std::make_shared<balancer>(with({node(2)}));
  all->remember("a", *other->choose({}, now).choice, now);
  EXPECT_EQ(all->sessions(), 0U);
}

TEST_F(Balancer, TakeoutKeepsSessionsAndGetsNothingElse) {
  use(with({node(1), node(2)}));
  ASSERT_EQ(port("a"), 1);
  set(1, node_status::takeout);
  EXPECT_EQ(port("a"), 1);
  EXPECT_EQ(ports(2), (Ports{2, 2}));
}

TEST_F(Balancer, DownMovesSessionsForGood) {
  use(with({node(1), node(2)}));
  ASSERT_EQ(port("a"), 1);
  set(1, node_status::down);
  EXPECT_EQ(port("a"), 2);
  set(1, node_status::up);
  EXPECT_EQ(port("a"), 2);
}

TEST_F(Balancer, ASessionThatIsNotUsedIsForgotten) {
  auto s = with({node(1), node(2)});
  s.session_timeout = seconds(60);
  use(std::move(s));
  ASSERT_EQ(port("a"), 1);
  now += seconds(59);
  ASSERT_EQ(port("a"), 1);
  now += seconds(60);
  EXPECT_EQ(port("a"), 2);
}

TEST_F(Balancer, BeyondTheBoundTheLeastUsedSessionIsForgotten) {
  use(with({node(1), node(2)}));
  ASSERT_EQ(port("first"), 1);
  ASSERT_EQ(port("second"), 2);
  for (std::size_t i = 2; i < balancer::most_sessions; ++i) port("s" + std::to_string(i));
  ASSERT_EQ(port("first"), 1);  // used again
  port("one more");
  EXPECT_EQ(all->sessions(), balancer::most_sessions);
  EXPECT_EQ(port("first"), 1);
}

TEST_F(Balancer, AnIdThatIsTooLongIsNoSession) {
  use(with({node(1), node(2)}));
  port(std::string(257, 'x'));
  EXPECT_EQ(all->sessions(), 0U);
}

TEST_F(Balancer, UpMakesANodeThatIsNotKnown) {
  use(with({node(1)}));
  ASSERT_TRUE(set(2, node_status::up));
  EXPECT_EQ(ports(2), (Ports{1, 2}));
  EXPECT_TRUE(all->nodes()[1].announced);
}

TEST_F(Balancer, DownAndTakeoutNeedANodeThatIsKnownAndUpACluster) {
  use(with({node(1)}));
  EXPECT_FALSE(set(2, node_status::down));
  EXPECT_FALSE(set(2, node_status::takeout));
  EXPECT_FALSE(set(2, node_status::up, "Other"));
  EXPECT_EQ(all->nodes().size(), 1U);
}

TEST_F(Balancer, NotificationsMakeNoMoreNodesThanThereMayBe) {
  use(with({}));
  for (unsigned p = 1; p <= balancer::most_nodes; ++p)
    ASSERT_TRUE(set(static_cast<std::uint16_t>(p), node_status::up));
  EXPECT_FALSE(set(9999, node_status::up));
}

TEST_F(Balancer, HostsAreComparedWithoutCase) {
  use(with({node(1)}));
  EXPECT_TRUE(all->set_status("Default", "LOCALHOST", 1, node_status::down));
  EXPECT_EQ(port(), 0);
}

TEST_F(Balancer, AReloadKeepsWhatIsKnownOfNodesThatStay) {
  use(with({node(1), node(2)}));
  ASSERT_EQ(port("a"), 1);
  const auto open = choose();
  set(2, node_status::up);
  set(7, node_status::up);
  const auto before = all;
  use(with({node(2), node(1, 10), node(3)}));
  all->adopt(*before);
  EXPECT_EQ(state(0).connections, 1U);
  EXPECT_EQ(port("a"), 1);
  const auto nodes = all->nodes();
  ASSERT_EQ(nodes.size(), 4U);
  EXPECT_EQ(nodes[3].to.port, 7);
}

TEST_F(Balancer, ListsFindTheFirstOfAName) {
  const auto one = std::make_shared<balancer>(with({node(1)}));
  const auto two = std::make_shared<balancer>(with({node(2)}));
  EXPECT_EQ(find_balancer({one, two}, "Default"), one.get());
  EXPECT_EQ(find_balancer({one, two}, "other"), nullptr);
}

TEST_F(Balancer, EachOfTwoBalancersWithoutANameTakesOverFromItsOwn) {
  const balancer_list before = {std::make_shared<balancer>(with({node(1)})),
                                std::make_shared<balancer>(with({node(1)}))};
  before[1]->set_status("Default", "localhost", 1, node_status::down);
  const balancer_list next = {std::make_shared<balancer>(with({node(1)})),
                              std::make_shared<balancer>(with({node(1)}))};
  adopt_balancers(next, before);
  EXPECT_TRUE(next[0]->choose({}, now).choice);
  EXPECT_FALSE(next[1]->choose({}, now).choice);
}

}  // namespace
}  // namespace gateway
