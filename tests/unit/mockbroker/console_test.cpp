// The console's pages, forms and guards.
#include "mockbroker/console/console.hpp"

#include <gmock/gmock.h>

#include "simulated.hpp"

namespace mockbroker {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class Console : public simulated_broker {
 protected:
  void start() {
    server_options options;
    options.broker.kind = activemq_profile();
    simulated_broker::start(std::move(options));
  }
  std::string secret_of(const page& p) {
    const std::string mark = "name=\"secret\" value=\"";
    const auto at = p.body.find(mark);
    if (at == std::string::npos) return {};
    const auto from = at + mark.size();
    return p.body.substr(from, p.body.find('"', from) - from);
  }
  page create(const std::string& name) {
    const auto secret = secret_of(admin("GET", "queues.jsp"));
    return admin("POST", "createDestination.action",
                 "JMSDestinationType=queue&secret=" + secret +
                     "&JMSDestination=" + net::percent_encode(name));
  }
  page send_form(const std::string& fields) {
    const auto secret = secret_of(admin("GET", "send.jsp"));
    return admin("POST", "sendMessage.action", "secret=" + secret + "&" + fields);
  }
  // Cells of the queue's row.
  std::vector<std::string> row(const std::string& name) {
    const std::string html = admin("GET", "queues.jsp").body;
    std::vector<std::string> cells;
    auto at = html.find("<tr><td>" + name + "</td>");
    if (at == std::string::npos) return cells;
    const auto end = html.find("</tr>", at);
    while ((at = html.find("<td>", at)) < end) {
      at += 4;
      cells.push_back(html.substr(at, html.find("</td>", at) - at));
    }
    return cells;
  }
};

TEST_F(Console, AsksForALoginOnEveryPath) {
  start();
  for (const auto* path : {"/", "/admin/queues.jsp", "/nothing"}) {
    const auto got = fetch(console_port, "GET", path);
    EXPECT_EQ(got.status, 401) << path;
    EXPECT_EQ(got.headers.get("WWW-Authenticate"), "basic realm=\"ActiveMQRealm\"");
  }
}

TEST_F(Console, RefusesAWrongPassword) {
  start();
  const auto got = fetch(console_port, "GET", "/admin/",
                         {{"Authorization", "Basic " + crypto::base64_encode("admin:wrong")}});
  EXPECT_EQ(got.status, 401);
}

TEST_F(Console, RedirectsToItsWelcomePages) {
  start();
  EXPECT_EQ(admin("GET", "").status, 200);
  const auto root = fetch(console_port, "GET", "/",
                          {{"Authorization", "Basic " + crypto::base64_encode("admin:admin")}});
  EXPECT_EQ(root.status, 302);
  EXPECT_EQ(root.headers.get("Location"), "/index.html");
}

TEST_F(Console, CreatesAQueueByItsForm) {
  start();
  const auto got = create("foo");
  EXPECT_EQ(got.status, 302);
  EXPECT_EQ(got.headers.get("Location"), "/admin/queues.jsp");
  const auto cells = row("foo");
  ASSERT_EQ(cells.size(), 7u);
  EXPECT_EQ(cells[1], "0");
  EXPECT_THAT(cells[6], HasSubstr("send.jsp?JMSDestination=foo"));
}

TEST_F(Console, SendsByItsFormAndCounts) {
  start();
  create("foo");
  EXPECT_EQ(send_form("JMSDestination=foo&JMSDestinationType=queue&JMSText=hi+there").status, 302);
  EXPECT_EQ(row("foo")[1], "1");
  const auto stored = shell->broker().browse("/queue/foo", 10);
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].body, "hi there");
}

TEST_F(Console, SendsHeadersPropertiesAndNumberedCopies) {
  start();
  send_form(
      "JMSDestination=foo&JMSDestinationType=queue&JMSText=x&JMSCorrelationID=c1&JMSType=t1"
      "&color=red&JMSMessageCount=3&JMSMessageCountHeader=nr");
  const auto stored = shell->broker().browse("/queue/foo", 10);
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(stored[0].get("correlation-id"), "c1");
  EXPECT_EQ(stored[0].get("type"), "t1");
  EXPECT_EQ(stored[0].get("color"), "red");
  EXPECT_EQ(stored[2].get("nr"), "3");
}

TEST_F(Console, RefusesFormsWithoutAKnownSecret) {
  start();
  EXPECT_EQ(admin("POST", "createDestination.action",
                  "JMSDestinationType=queue&JMSDestination=foo&secret=guess")
                .status,
            500);
  EXPECT_TRUE(shell->broker().destinations().empty());
}

TEST_F(Console, KeepsTheLastThirtyTwoSecrets) {
  start();
  const auto secret = secret_of(admin("GET", "queues.jsp"));
  const std::string form = "JMSDestinationType=queue&JMSDestination=foo&secret=" + secret;
  for (int i = 0; i < 31; ++i) admin("GET", "queues.jsp");
  EXPECT_EQ(admin("POST", "createDestination.action", form).status, 302);
  admin("GET", "queues.jsp");
  EXPECT_EQ(admin("POST", "createDestination.action", form).status, 500);
}

TEST_F(Console, ChangesNothingByGetWhereActiveMqWantsPost) {
  start();
  const auto secret = secret_of(admin("GET", "queues.jsp"));
  EXPECT_EQ(admin("GET", "createDestination.action?JMSDestination=foo&secret=" + secret).status,
            500);
}

TEST_F(Console, PurgesAndDeletes) {
  start();
  send_form("JMSDestination=foo&JMSDestinationType=queue&JMSText=x");
  auto secret = secret_of(admin("GET", "queues.jsp"));
  EXPECT_EQ(admin("GET",
                  "purgeDestination.action?JMSDestination=foo&JMSDestinationType=queue"
                  "&secret=" +
                      secret)
                .status,
            302);
  EXPECT_EQ(row("foo")[1], "0");
  secret = secret_of(admin("GET", "queues.jsp"));
  admin("GET",
        "deleteDestination.action?JMSDestination=foo&JMSDestinationType=queue&secret=" + secret);
  EXPECT_TRUE(row("foo").empty());
}

TEST_F(Console, EscapesNamesAndBodies) {
  start();
  create("<b>&\"x");
  const auto list = admin("GET", "queues.jsp").body;
  EXPECT_THAT(list, HasSubstr("&lt;b&gt;&amp;&quot;x"));
  EXPECT_THAT(list, Not(HasSubstr("<b>&\"x")));
  send_form("JMSDestination=foo&JMSDestinationType=queue&JMSCorrelationID=%3Cscript%3E");
  EXPECT_THAT(admin("GET", "browse.jsp?JMSDestination=foo").body, HasSubstr("&lt;script&gt;"));
}

TEST_F(Console, FiltersQueuesByPartOfTheirName) {
  start();
  create("orders");
  create("Invoices");
  const auto list = admin("GET", "queues.jsp?QueueFilter=VOICE").body;
  EXPECT_THAT(list, HasSubstr("Invoices"));
  EXPECT_THAT(list, Not(HasSubstr("orders")));
}

TEST_F(Console, ListsTopicsAndConnections) {
  start();
  auto& c = connected("ws://localhost:61614/");
  subscribe(c, "/topic/news");
  EXPECT_THAT(admin("GET", "topics.jsp").body, HasSubstr("<td>news</td><td>1</td>"));
  EXPECT_THAT(admin("GET", "connections.jsp").body,
              ContainsRegex("Connector ws</h3>[^C]*<td>true</td><td>false</td>"));
}

TEST_F(Console, AnswersUnknownPagesAndHugeForms) {
  start();
  EXPECT_EQ(admin("GET", "nothing.jsp").status, 404);
  EXPECT_EQ(admin("POST", "sendMessage.action", std::string(5 * 1024 * 1024, 'x')).status, 413);
}

TEST_F(Console, ShowsAMessageAsText) {
  start();
  std::string id;
  shell->broker().publish("/queue/foo", "<script>alert(1)</script>",
                          {{"k", "<b>"}, {"correlation-id", "c1"}}, sim.now(), &id);
  EXPECT_THAT(admin("GET", "browse.jsp?JMSDestination=foo").body, HasSubstr("message.jsp?id="));
  const auto got = admin("GET", "message.jsp?JMSDestination=foo&id=" + net::percent_encode(id));
  EXPECT_EQ(got.status, 200);
  EXPECT_THAT(got.body, HasSubstr("&lt;script&gt;alert(1)"));
  EXPECT_THAT(got.body, HasSubstr("<td>&lt;b&gt;</td>"));
  EXPECT_THAT(got.body, Not(HasSubstr("<script>")));
  EXPECT_THAT(admin("GET", "message.jsp?JMSDestination=foo&id=none").body,
              HasSubstr("No message could be found for ID none"));
}

TEST_F(Console, DeletesCopiesAndMovesMessages) {
  start();
  auto& b = shell->broker();
  std::string id;
  b.publish("/queue/foo", "x", {}, sim.now(), &id);
  const auto act = [&](const std::string& action, const std::string& more) {
    const auto secret = secret_of(admin("GET", "send.jsp"));
    return admin(
        "POST", action + ".action",
        "secret=" + secret + "&JMSDestination=foo&messageId=" + net::percent_encode(id) + more);
  };
  const auto pending = [&](const char* name) {
    const auto d = b.find_destination({destination_kind::queue, false, name});
    return d ? d->pending : 0;
  };
  EXPECT_EQ(act("copyMessage", "&destination=copy").headers.get("Location"),
            "/admin/browse.jsp?JMSDestination=foo");
  EXPECT_EQ(pending("foo"), 1U);
  EXPECT_EQ(pending("copy"), 1U);
  EXPECT_EQ(act("moveMessage", "&destination=moved").status, 302);
  EXPECT_EQ(pending("foo"), 0U);
  EXPECT_EQ(pending("moved"), 1U);
  EXPECT_EQ(act("deleteMessage", "").status, 500) << "it is gone";
}

TEST_F(Console, PausesAndResumesAQueue) {
  start();
  shell->broker().create_destination("/queue/foo");
  const auto act = [&](const std::string& action) {
    const auto secret = secret_of(admin("GET", "send.jsp"));
    return admin("GET", action + "Destination.action?JMSDestinationType=queue&JMSDestination=foo" +
                            "&secret=" + secret);
  };
  EXPECT_EQ(act("pause").status, 302);
  auto& c = connected("stomp://localhost:61613");
  subscribe(c, "/queue/foo");
  send(c, "/queue/foo", "1");
  EXPECT_EQ(shell->broker().find_destination({destination_kind::queue, false, "foo"})->pending, 1U);
  EXPECT_THAT(admin("GET", "queues.jsp").body, HasSubstr(">Resume</a>"));
  EXPECT_EQ(act("resume").status, 302);
  EXPECT_EQ(next(c).frame.body, "1");
}

}  // namespace
}  // namespace mockbroker
