// Live updates: what changed since, and nothing else.
#include <boost/json.hpp>

#include "console_fixture.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsoleLive : public console_fixture {
 protected:
  json::object look(const std::string& page, const std::string& since = {},
                    const std::string& more = {}) {
    const auto got = admin("GET", "live/" + page + "?since=" + since + more);
    EXPECT_EQ(got.status, 200) << page;
    EXPECT_EQ(got.headers.get("Content-Type"), "application/json");
    return json::parse(got.body).as_object();
  }
  static std::string version(const json::object& answer) {
    return std::string(answer.at("version").as_string());
  }
  static const json::object& table(const json::object& answer, std::size_t n = 0) {
    return answer.at("tables").as_array().at(n).as_object();
  }
};

TEST_F(ConsoleLive, TellsEverythingAtFirst) {
  start();
  put("a", "x");
  put("b", "x");
  const auto first = look("queues");
  EXPECT_TRUE(first.at("all").as_bool());
  EXPECT_EQ(json::serialize(table(first).at("order")), R"(["a","b"])");
  ASSERT_EQ(table(first).at("rows").as_array().size(), 2U);
  EXPECT_THAT(std::string(table(first).at("rows").at(0).at(1).as_string()),
              HasSubstr("<td>1</td>"));
}

TEST_F(ConsoleLive, TellsNothingWhenNothingChanged) {
  start();
  put("a", "x");
  const auto first = look("queues");
  const auto second = look("queues", version(first));
  EXPECT_EQ(version(second), version(first));
  EXPECT_FALSE(second.contains("tables"));
}

TEST_F(ConsoleLive, TellsRowsThatChangedOnly) {
  start();
  put("a", "x");
  put("b", "x");
  const auto first = look("queues");
  put("b", "x");
  const auto second = look("queues", version(first));
  EXPECT_FALSE(second.contains("all"));
  const auto& rows = table(second).at("rows").as_array();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at(0), "b");
  EXPECT_THAT(std::string(rows[0].at(1).as_string()), HasSubstr("<td>2</td>"));
  EXPECT_FALSE(table(second).contains("order"));
}

TEST_F(ConsoleLive, TellsRowsThatCameAndWent) {
  start();
  put("a", "x");
  put("b", "x");
  const auto first = look("queues");
  broker().remove_destination("/queue/a", sim.now());
  put("c", "x");
  const auto second = look("queues", version(first));
  EXPECT_EQ(json::serialize(table(second).at("order")), R"(["b","c"])");
  EXPECT_EQ(table(second).at("rows").as_array().size(), 1U);
}

TEST_F(ConsoleLive, FollowsThePagesParametersAndTables) {
  start();
  put("orders", "x");
  put("bills", "x");
  const auto some = look("queues", {}, "&QueueFilter=ord");
  EXPECT_EQ(json::serialize(table(some).at("order")), R"(["orders"])");
  EXPECT_TRUE(look("queues", version(some)).contains("all")) << "another place";
  EXPECT_EQ(look("subscribers").at("tables").as_array().size(), 3U);
  EXPECT_EQ(look("connections").at("tables").as_array().size(), 3U);
  EXPECT_EQ(look("index").at("tables").as_array().size(), 2U);
}

TEST_F(ConsoleLive, KeepsKeysApartOfMessagesWithTheSameId) {
  start();
  const auto id = put("foo", "x");
  broker().copy_message({destination_kind::queue, false, "foo"}, id,
                        {destination_kind::queue, false, "foo"}, sim.now());
  const auto answer = look("browse", {}, "&JMSDestination=foo");
  const auto& order = table(answer).at("order").as_array();
  ASSERT_EQ(order.size(), 2U);
  EXPECT_NE(order[0], order[1]);
}

TEST_F(ConsoleLive, MakesNoSecretButTellsTheNewestOne) {
  start({.secrets_kept = 1});
  const auto own = secret();
  EXPECT_EQ(look("queues").at("secret").as_string(), own);
  const auto other_tab = secret();
  EXPECT_EQ(look("queues").at("secret").as_string(), other_tab);
  EXPECT_NE(own, other_tab);
}

TEST_F(ConsoleLive, ForgetsViewsThatNobodyAskedForLong) {
  start();
  put("a", "x");
  const auto first = look("queues");
  for (std::size_t i = 0; i < web::live_views::most; ++i) look("topics");
  EXPECT_TRUE(look("queues", version(first)).contains("all"));
}

TEST_F(ConsoleLive, EscapesAsPagesDo) {
  start();
  put("<script>", "x");
  const auto text = json::serialize(table(look("queues")).at("rows").at(0).at(1));
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

TEST_F(ConsoleLive, KnowsPagesOnly) {
  start();
  EXPECT_EQ(admin("GET", "live/nothing").status, 404);
  EXPECT_EQ(admin("GET", "live/browse").status, 404) << "without a queue";
  EXPECT_EQ(admin("POST", "live/queues", "x=1").status, 404);
  EXPECT_EQ(ask("GET", "/admin/live/queues", {}, "user:user").status, 200);
}

}  // namespace
}  // namespace mockbroker
