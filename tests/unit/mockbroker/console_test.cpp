// The way into the console: logins, roles, sessions, secrets, routing (facts: ActiveMQ 5.1, 5.3).
#include "mockbroker/console/console.hpp"

#include "console_fixture.hpp"

namespace mockbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Console : public console_fixture {};

constexpr auto create_form = "JMSDestinationType=queue&JMSDestination=foo&secret=";

TEST_F(Console, AsksForALoginOnEveryPath) {
  start();
  for (const auto* path : {"/", "/admin/queues.jsp", "/admin/console.css", "/nothing"}) {
    const auto got = fetch(console_port, "GET", path);
    EXPECT_EQ(got.status, 401) << path;
    EXPECT_EQ(got.headers.get("WWW-Authenticate"), "basic realm=\"ActiveMQRealm\"");
    EXPECT_EQ(got.headers.get("Cache-Control"), "must-revalidate,no-cache,no-store");
  }
}

TEST_F(Console, RefusesAWrongPassword) {
  start();
  EXPECT_EQ(ask("GET", "/admin/", {}, "admin:wrong").status, 401);
  EXPECT_EQ(ask("GET", "/admin/", {}, "admin").status, 401);
}

TEST_F(Console, KnowsTheStockLoginsOrThoseThatAreGiven) {
  start();
  EXPECT_EQ(ask("GET", "/admin/", {}, "user:user").status, 200);
  pages = std::make_unique<console>(sim, broker(), console_options{{{"eve", "pw"}}});
  shell->serve_http(std::move(*sim.listen({"", 8162})), *pages);
  const auto get = [&](const std::string& login) {
    return fetch(8162, "GET", "/admin/",
                 {{"Authorization", "Basic " + crypto::base64_encode(login)}})
        .status;
  };
  EXPECT_EQ(get("eve:pw"), 200);
  EXPECT_EQ(get("admin:admin"), 401);
}

TEST_F(Console, LetsAUserSeePagesButNotAct) {
  start();
  EXPECT_EQ(ask("GET", "/admin/queues.jsp", {}, "user:user").status, 200);
  EXPECT_EQ(ask("GET", "/admin/xml/queues.jsp", {}, "user:user").status, 200);
  const auto form = secret_of(ask("GET", "/admin/queues.jsp", {}, "user:user"));
  const auto got = ask("POST", "/admin/createDestination.action", create_form + form, "user:user");
  EXPECT_EQ(got.status, 403);
  EXPECT_THAT(got.body, HasSubstr("HTTP ERROR 403 !role"));
  EXPECT_EQ(ask("GET", "/admin/nothing.action;x=1", {}, "user:user").status, 403);
  EXPECT_FALSE(queue("foo"));
}

TEST_F(Console, ReadsLoginsOfTheCommandLine) {
  const auto plain = parse_console_user("eve:a,b:c");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->name, "eve");
  EXPECT_EQ(plain->password, "a,b:c");
  EXPECT_EQ(plain->role, console_role::admin);
  EXPECT_EQ(parse_console_user("eve:pw,user")->role, console_role::user);
  EXPECT_EQ(parse_console_user("eve:pw,user")->password, "pw");
  EXPECT_EQ(parse_console_user("eve:pw,admin")->role, console_role::admin);
  EXPECT_FALSE(parse_console_user("eve"));
  EXPECT_FALSE(parse_console_user(":pw"));
}

TEST_F(Console, RedirectsToItsWelcomePages) {
  start();
  EXPECT_EQ(ask("GET", "/").headers.get("Location"), "http://localhost/index.html");
  EXPECT_EQ(ask("GET", "/admin").headers.get("Location"), "http://localhost/admin/");
  const auto behind_tls = fetch(console_port, "GET", "/admin",
                                {{"Authorization", "Basic " + crypto::base64_encode("admin:admin")},
                                 {"X-Forwarded-Proto", "https"}});
  EXPECT_EQ(behind_tls.headers.get("Location"), "https://localhost/admin/");
  EXPECT_THAT(ask("GET", "/index.html").body, HasSubstr("Welcome to the Apache ActiveMQ!"));
  EXPECT_THAT(admin("GET", "").body, HasSubstr("<h2>Welcome!</h2>"));
}

TEST_F(Console, GuardsEveryAnswer) {
  start();
  for (const auto* path : {"/admin/queues.jsp", "/admin/nothing.jsp", "/admin/console.js", "/zz"}) {
    const auto got = ask("GET", path);
    EXPECT_EQ(got.headers.get("X-FRAME-OPTIONS"), "SAMEORIGIN") << path;
    EXPECT_EQ(got.headers.get("X-XSS-Protection"), "1; mode=block") << path;
    EXPECT_EQ(got.headers.get("X-Content-Type-Options"), "nosniff") << path;
    const std::string policy(got.headers.get("Content-Security-Policy").value_or(""));
    EXPECT_THAT(policy, HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(policy, Not(HasSubstr("unsafe"))) << path;
    EXPECT_THAT(std::string(got.headers.get("Cache-Control").value_or("")), HasSubstr("no-store"));
  }
}

TEST_F(Console, AnswersUnknownPathsAndHugeForms) {
  start();
  for (const auto* path :
       {"nothing.jsp", "nothing", "nothing.action", "queues.jsp/x", "queues.JSP", "live/nothing"}) {
    const auto got = admin("GET", path);
    EXPECT_EQ(got.status, 404) << path;
    EXPECT_THAT(got.body, HasSubstr("Page Not Found!")) << path;
  }
  EXPECT_THAT(ask("GET", "/zz").body, HasSubstr("HTTP ERROR 404 Not Found"));
  EXPECT_EQ(ask("GET", "/api/zz").status, 404);
  EXPECT_EQ(admin("POST", "sendMessage.action", std::string(5 * 1024 * 1024, 'x')).status, 413);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "a=&";
  EXPECT_EQ(admin("POST", "sendMessage.action", many).status, 400);
  EXPECT_EQ(admin("GET", "%zz.jsp").status, 400);
}

TEST_F(Console, ReadsPathsAsAServletContainerDoes) {
  start();
  for (const auto* path : {"queues.jsp;jsessionid=abc", "/queues.jsp", "%71ueues.jsp"}) {
    EXPECT_THAT(admin("GET", path).body, HasSubstr("<table id=\"queues\"")) << path;
  }
}

TEST_F(Console, AllowsTheMethodsOfPages) {
  start();
  EXPECT_EQ(admin("HEAD", "queues.jsp").status, 200);
  EXPECT_TRUE(admin("HEAD", "queues.jsp").body.empty());
  EXPECT_EQ(admin("HEAD", "xml/queues.jsp").status, 200);
  EXPECT_EQ(admin("POST", "queues.jsp", "x=1").status, 200);
  for (const auto* method : {"PUT", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(admin(method, "queues.jsp").status, 405) << method;
  }
  EXPECT_EQ(admin("TRACE", "queues.jsp").status, 403);
}

TEST_F(Console, OpensASessionAndPutsItsIdIntoLinksUntilTheCookieIsThere) {
  start();
  const auto first = admin("GET", "queues.jsp");
  const std::string set(first.headers.get("Set-Cookie").value_or(""));
  EXPECT_THAT(set,
              ::testing::MatchesRegex("JSESSIONID=node0[0-9a-f]+\\.node0; Path=/admin; HttpOnly"));
  EXPECT_EQ(first.headers.get("Expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_THAT(first.body, HasSubstr("/admin/topics.jsp;jsessionid=node0"));
  const auto second = admin("GET", "queues.jsp");
  EXPECT_FALSE(second.headers.contains("Set-Cookie"));
  EXPECT_THAT(second.body, Not(HasSubstr("jsessionid")));
}

TEST_F(Console, TakesTheSessionFromThePathAsWell) {
  start();
  const auto form = secret();
  const std::string id = cookie.substr(cookie.find('=') + 1);
  cookie.clear();
  EXPECT_EQ(
      location(admin("POST", "createDestination.action;jsessionid=" + id, create_form + form)),
      "queues.jsp");
}

TEST_F(Console, GivesAnUnknownSessionANewId) {
  start();
  cookie = "JSESSIONID=mine";
  admin("GET", "queues.jsp");
  EXPECT_THAT(cookie, HasSubstr("JSESSIONID=node0"));
}

TEST_F(Console, EndsASessionAtLogoutAndAfterHalfAnHour) {
  start();
  auto form = secret();
  const auto out = admin("GET", "logout.jsp");
  EXPECT_EQ(out.status, 401);
  EXPECT_THAT(out.body, HasSubstr("You have been logout"));
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 500);
  form = secret();
  sim.advance(std::chrono::minutes(31));
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 500);
}

TEST_F(Console, BoundsItsSessions) {
  start();
  const auto form = secret();
  const auto own = cookie;
  for (std::size_t i = 0; i < web::session_book::most; ++i) {
    cookie.clear();
    admin("GET", "slave.jsp");
  }
  cookie = own;
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 500)
      << "the oldest had to go";
}

TEST_F(Console, RefusesFormsWithoutAKnownSecret) {
  start();
  secret();
  for (const auto* form : {"JMSDestinationType=queue&JMSDestination=foo",
                           "JMSDestinationType=queue&JMSDestination=foo&secret=",
                           "JMSDestinationType=queue&JMSDestination=foo&secret=guess"}) {
    const auto got = admin("POST", "createDestination.action", form);
    EXPECT_EQ(got.status, 500) << form;
    EXPECT_THAT(got.body, HasSubstr("Exception occurred while processing this request"));
  }
  EXPECT_FALSE(queue("foo"));
}

TEST_F(Console, RefusesTheSecretOfAnotherSession) {
  start();
  const auto form = secret();
  cookie.clear();
  secret();
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 500);
}

TEST_F(Console, KeepsTheLastThirtyTwoSecretsOfASession) {
  start();
  const auto form = secret();
  for (int i = 0; i < 31; ++i) admin("GET", "queues.jsp");
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 302);
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 302) << "again";
  admin("GET", "xml/queues.jsp");
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + form).status, 500);
}

TEST_F(Console, KnowsOnlyTheNewestSecretWhenToldTo) {
  start({.secrets_kept = 1});
  const auto old = secret();
  const auto newest = secret();
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + old).status, 500);
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + newest).status, 302);
  admin("GET", "xml/topics.jsp");
  EXPECT_EQ(admin("POST", "createDestination.action", create_form + newest).status, 500);
}

TEST_F(Console, ServesItsFiles) {
  start();
  EXPECT_EQ(admin("GET", "console.css").headers.get("Content-Type"), "text/css;charset=utf-8");
  EXPECT_EQ(admin("GET", "console.js").headers.get("Content-Type"),
            "text/javascript;charset=utf-8");
  EXPECT_EQ(admin("GET", "icon.svg").headers.get("Content-Type"), "image/svg+xml");
  EXPECT_FALSE(admin("GET", "icon.svg").headers.contains("Set-Cookie"));
}

}  // namespace
}  // namespace mockbroker
