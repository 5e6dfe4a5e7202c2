// Lists for programs (facts: ActiveMQ 5.4; measured on 5.18.3).
#include "console_fixture.hpp"

namespace mockbroker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsoleFeeds : public console_fixture {
 protected:
  std::string xml(const std::string& path) {
    const auto got = admin("GET", path);
    EXPECT_EQ(got.status, 200) << path;
    EXPECT_EQ(got.headers.get("Content-Type"), "text/xml;charset=utf-8") << path;
    return got.body;
  }
};

TEST_F(ConsoleFeeds, ListQueues) {
  start();
  put("a/b<", "x");
  const auto body = xml("xml/queues.jsp");
  EXPECT_TRUE(body.starts_with("\n")) << "no declaration, but empty lines";
  EXPECT_THAT(
      body,
      HasSubstr("<queue name=\"a/b&lt;\">\n\n  <stats size=\"1\"\n         consumerCount=\"0\"\n"
                "         enqueueCount=\"1\"\n         dequeueCount=\"0\"/>\n"));
  EXPECT_THAT(body,
              HasSubstr("<atom>queueBrowse/a/b&lt;?view=rss&amp;amp;feedType=atom_1.0</atom>"));
  EXPECT_THAT(body, HasSubstr("<rss>queueBrowse/a/b&lt;?view=rss&amp;amp;feedType=rss_2.0</rss>"));
}

TEST_F(ConsoleFeeds, ListTopicsWithTheSpaceBehindTheirNames) {
  start();
  broker().create_destination("/topic/news", sim.now());
  EXPECT_THAT(xml("xml/topics.jsp"), HasSubstr("<topic name=\"news \">"));
}

TEST_F(ConsoleFeeds, ListDurableSubscribers) {
  start();
  broker().create_durable("cid", "away", "news", "a < 1", sim.now());
  EXPECT_THAT(xml("xml/subscribers.jsp"),
              AllOf(HasSubstr("<subscriber clientId=\"cid\""), HasSubstr("connectionId=\"NOTSET\""),
                    HasSubstr("destinationName=\"news\""), HasSubstr("selector=\"a &lt; 1\""),
                    HasSubstr("active=\"no\""), HasSubstr("<stats pendingQueueSize=\"0\"")));
}

TEST_F(ConsoleFeeds, BrowseAQueueSimply) {
  start();
  const auto id = put("foo", "x");
  EXPECT_EQ(xml("queueBrowse/foo"),
            "\n\n<messages queue='queue://foo'>\n<message id='" + id + "'/>\n</messages>\n");
  EXPECT_EQ(xml("queueBrowse/new"), "\n\n<messages queue='queue://new'>\n</messages>\n");
  EXPECT_EQ(xml("queueBrowse/foo?view=simple"), xml("queueBrowse/foo"));
}

TEST_F(ConsoleFeeds, BrowseAsRssAndAtom) {
  start();
  const auto id = put("foo", "hello <b>");
  put("foo", "raw", {{"content-length", "3"}});
  const auto rss = xml("queueBrowse/foo?view=rss&feedType=rss_2.0");
  EXPECT_TRUE(rss.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss "));
  EXPECT_THAT(
      rss, AllOf(HasSubstr("<title>queue://foo</title>"), HasSubstr("<title>" + id + "</title>"),
                 HasSubstr("<link>/admin/queueBrowse/foo?msgId=" + id + "</link>"),
                 HasSubstr("<description>hello &lt;b&gt;</description>"), Not(HasSubstr("raw"))));
  EXPECT_EQ(xml("queueBrowse/foo?view=rss"), rss);
  const auto atom = xml("queueBrowse/foo?view=rss&feedType=atom_1.0");
  EXPECT_THAT(atom, AllOf(HasSubstr("<feed xmlns=\"http://www.w3.org/2005/Atom\""),
                          HasSubstr("<title>" + id + "</title>"),
                          HasSubstr("<summary type=\"text\">hello &lt;b&gt;</summary>")));
}

TEST_F(ConsoleFeeds, ShowWholeMessages) {
  start();
  const auto id = put("foo", "a<b", {{"persistent", "true"}, {"correlation-id", "c1"}});
  EXPECT_THAT(xml("queueBrowse/foo?view=xml"),
              AllOf(HasSubstr("<org.apache.activemq.command.ActiveMQTextMessage>"),
                    HasSubstr("<text>a&lt;b</text>"), HasSubstr("<persistent>true</persistent>"),
                    HasSubstr("<correlationId>c1</correlationId>")));
  EXPECT_THAT(xml("queueBrowse/foo?msgId=" + id), HasSubstr(id));
  EXPECT_EQ(admin("GET", "queueBrowse/foo?msgId=none").status, 404);
}

TEST_F(ConsoleFeeds, TakeASelectorAndALimit) {
  start();
  const auto red = put("foo", "1", {{"color", "red"}});
  const auto blue = put("foo", "2", {{"color", "blue"}});
  const auto picked = xml("queueBrowse/foo?selector=color%3D%27blue%27");
  EXPECT_THAT(picked, AllOf(HasSubstr(blue), Not(HasSubstr(red)), HasSubstr(" selector='color=")));
  const auto first = xml("queueBrowse/foo?maxMessages=1");
  EXPECT_THAT(first, AllOf(HasSubstr(red), Not(HasSubstr(blue))));
  EXPECT_THAT(xml("queueBrowse/foo?maxMessages=x"), HasSubstr(blue));
}

TEST_F(ConsoleFeeds, RefuseUnknownViewsBadSelectorsAndNoQueue) {
  start();
  put("foo", "x");
  for (const auto* path : {"queueBrowse/foo?view=zzz", "queueBrowse/foo?view=rss&feedType=zzz",
                           "queueBrowse/foo?selector=a%20%3D%3D", "queueBrowse/"}) {
    EXPECT_EQ(admin("GET", path).status, 500) << path;
  }
  EXPECT_EQ(admin("POST", "queueBrowse/foo", "x=1").status, 405);
}

TEST_F(ConsoleFeeds, ShowDatesThatNoCalendarHas) {
  start();
  broker().publish("/queue/foo", "x", {{"timestamp", "9223372036854775807"}}, sim.now());
  broker().publish("/queue/foo", "x", {{"timestamp", "-9223372036854775808"}}, sim.now());
  const auto rss = xml("queueBrowse/foo?view=rss");
  EXPECT_THAT(rss, HasSubstr(" Dec 2261 23:59:59 GMT</pubDate>"));
  EXPECT_THAT(rss, HasSubstr("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>"));
}

TEST_F(ConsoleFeeds, AreWellFormedWhateverAMessageHolds) {
  start();
  broker().publish("/queue/foo", "a\x01\xFF z", {}, sim.now());
  EXPECT_THAT(xml("queueBrowse/foo?view=rss"),
              HasSubstr("<description>a?\xEF\xBF\xBD z</description>"));
}

}  // namespace
}  // namespace mockbroker
