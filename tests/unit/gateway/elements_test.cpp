// Each built-in element on its own, made from XML as users write it.
#include <set>

#include "gateway/core/expression.hpp"
#include "gateway/elements/masking.hpp"
#include "gateway/elements/media_types.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

TEST(Registry, DescriptorsAreComplete) {
  std::set<std::string_view> names;
  for (const element_registry list : {structure_elements(), builtin_elements()}) {
    for (const element_descriptor* d : list) {
      EXPECT_TRUE(names.insert(d->name).second) << d->name << " is listed twice";
      EXPECT_FALSE(d->doc.empty()) << d->name;
      EXPECT_EQ(d->make != nullptr, d->role == element_role::flow) << d->name;
      std::set<std::string_view> attributes;
      for (const attribute_descriptor& a : d->attributes) {
        EXPECT_TRUE(attributes.insert(a.name).second) << d->name << "@" << a.name;
        for (const auto alias : a.aliases)
          EXPECT_TRUE(attributes.insert(alias).second) << d->name << "@" << alias;
        EXPECT_TRUE(a.doc.ends_with('.')) << d->name << "@" << a.name;
        EXPECT_FALSE(a.required && !a.default_value.empty()) << d->name << "@" << a.name;
        EXPECT_EQ(a.type == attribute_type::choice, !a.choices.empty()) << d->name;
        EXPECT_LE(a.min, a.max);
      }
      for (const auto foreign : d->foreign_attributes)
        EXPECT_TRUE(attributes.insert(foreign).second) << d->name << "@" << foreign;
    }
  }
}

TEST(Registry, DefaultsHaveTheirType) {
  for (const element_registry list : {structure_elements(), builtin_elements()})
    for (const element_descriptor* d : list)
      for (const attribute_descriptor& a : d->attributes) {
        if (a.default_value.empty()) continue;
        if (a.type == attribute_type::boolean) {
          EXPECT_TRUE(parse_boolean(a.default_value)) << a.name;
        }
        if (a.type == attribute_type::integer) {
          const auto value = parse_integer(a.default_value);
          EXPECT_TRUE(value && *value >= a.min && *value <= a.max) << a.name;
        }
        if (a.type == attribute_type::choice) {
          EXPECT_NE(std::find(a.choices.begin(), a.choices.end(), a.default_value),
                    a.choices.end());
        }
      }
}

TEST(Registry, ExamplesLoad) {
  load_options options;
  options.read_text = [](const std::string&) { return net::result<std::string>("text"); };
  for (const element_descriptor* d : builtin_elements()) {
    if (d->example.empty()) continue;
    const std::string text(d->example);
    EXPECT_NE(text.find("<" + std::string(d->name)), text.npos) << d->name;
    if (d->name == "stompClient")
      must_load("<stompProxy>" + text + "</stompProxy>", options);
    else
      must_load_flow(d->role == element_role::frame ? "<webSocket>" + text + "</webSocket>" : text,
                     options);
  }
}

TEST(Registry, ChildrenExist) {
  std::set<std::string_view> names;
  for (const element_registry list : {structure_elements(), builtin_elements()})
    for (const element_descriptor* d : list) names.insert(d->name);
  for (const element_registry list : {structure_elements(), builtin_elements()})
    for (const element_descriptor* d : list)
      for (const child_group& g : d->children)
        for (const std::string_view name : g.names) EXPECT_TRUE(names.count(name)) << name;
}

class Elements : public testing::Test {
 protected:
  // Runs the request flow of one proxy with `elements`.
  outcome request(const std::string& elements, net::http_request r) {
    loaded = must_load_flow(elements);
    ex.emplace(std::move(r), w.connection, w.all);
    return run(w, flow_().on_request(*ex));
  }
  const flow& flow_() const { return loaded->proxies.at(0)->elements; }

  world w;
  std::shared_ptr<const config> loaded;
  std::optional<exchange> ex;
};

TEST_F(Elements, WebSocketAllowsTheUpgradeAndSetsTheDestination) {
  EXPECT_EQ(request("<webSocket url='http://localhost:61614/'/>",
                    make_request("GET", "/chat?x", {{"Upgrade", "WebSocket"}})),
            outcome::proceed);
  EXPECT_TRUE(ex->websocket_allowed);
  ASSERT_TRUE(ex->to);
  EXPECT_EQ(ex->to->path, "/");
  EXPECT_EQ(host_and_port(*ex->to), "localhost:61614");
  EXPECT_FALSE(flow_().waits());
}

TEST_F(Elements, WebSocketWithoutUrlKeepsTheDestination) {
  request("<webSocket/>", make_request("GET", "/", {{"Upgrade", "websocket"}}));
  EXPECT_TRUE(ex->websocket_allowed);
  EXPECT_FALSE(ex->to);
}

TEST_F(Elements, WebSocketPassesOtherRequestsBy) {
  request("<webSocket url='http://localhost:61614/'/>", make_request());
  EXPECT_FALSE(ex->websocket_allowed);
  EXPECT_FALSE(ex->to);
  request("<webSocket url='http://a/'/>", make_request("GET", "/", {{"Upgrade", "h2c"}}));
  EXPECT_FALSE(ex->websocket_allowed);
}

TEST_F(Elements, IfRunsItsFlowWhenTheTestIsTrue) {
  const std::string both =
      "<if test=\"exc.request.header.getFirstValue('Upgrade') == 'websocket'\" "
      "language='groovy'><webSocket url='http://a:1/'/></if>";
  request(both, make_request("GET", "/", {{"Upgrade", "websocket"}}));
  EXPECT_TRUE(ex->websocket_allowed);
  EXPECT_FALSE(flow_().waits());
  request(both, make_request());
  EXPECT_FALSE(ex->websocket_allowed);
}

TEST_F(Elements, IfPassesOutcomesOn) {
  request(
      "<if test='true'><basicAuthentication><user name='a' password='b'/>"
      "</basicAuthentication></if>",
      make_request());
  EXPECT_EQ(ex->response->status, 401);
}

TEST_F(Elements, IfTestsAgainOnTheWayBack) {
  request("<if test='statusCode == 200'><log label='in' body='false'/></if>", make_request());
  EXPECT_TRUE(w.log.lines.empty());
  ex->response = net::make_response(200, "text/plain", "");
  run(w, flow_().on_response(*ex));
  EXPECT_EQ(w.log.lines.at(0), "==== RESPONSE in ===");
}

TEST_F(Elements, IfWaitsWhenItsFlowDoes) {
  request("<if test='true'><log label='x'/></if>", make_request());
  EXPECT_TRUE(flow_().waits());
  EXPECT_EQ(w.log.lines.at(0), "==== REQUEST x ===");
  ex->response = net::make_response(200, "text/plain", "body text");
  run(w, flow_().on_response(*ex));
  EXPECT_NE(w.log.text().find("body text"), std::string::npos);
}

constexpr const char* auth =
    "<basicAuthentication><user name='admin' password='membrane'/>"
    "<user username='b' password='p:w' department='x'/></basicAuthentication>";

TEST_F(Elements, BasicAuthenticationLetsUsersIn) {
  EXPECT_EQ(
      request(auth, make_request("GET", "/", {{"Authorization", "Basic YWRtaW46bWVtYnJhbmU="}})),
      outcome::proceed);
  EXPECT_EQ(ex->user, "admin");
  EXPECT_FALSE(ex->request.headers.contains("Authorization"));
  EXPECT_EQ(request(auth, make_request("GET", "/", {{"authorization", "bASIC  YjpwOnc="}})),
            outcome::proceed);
  EXPECT_EQ(ex->user, "b");
}

TEST_F(Elements, BasicAuthenticationRefusesAllElse) {
  for (const std::string value :
       {"", "Basic", "Basic ", "Basic !!!", "Basic YWRtaW4=", "Bearer YWRtaW46bWVtYnJhbmU=",
        "Basic YWRtaW46bWVtYnJhbmV4", "Basic bm9ib2R5Og==", "Basic YWRtaW46"}) {
    net::http_request r = make_request();
    if (!value.empty()) r.headers.add("Authorization", value);
    EXPECT_EQ(request(auth, std::move(r)), outcome::abort) << value;
    ASSERT_TRUE(ex->response);
    EXPECT_EQ(ex->response->status, 401);
    EXPECT_EQ(ex->response->headers.get("WWW-Authenticate"), "Basic realm=\"membrane\"");
    EXPECT_TRUE(ex->response->close_connection);
    EXPECT_FALSE(ex->request.headers.contains("Authorization"));
    EXPECT_TRUE(ex->user.empty());
  }
  EXPECT_EQ(w.count.unauthorized, 9U);
}

TEST_F(Elements, BasicAuthenticationMayKeepTheHeader) {
  request(
      "<basicAuthentication removeAuthorizationHeader='false'><user name='admin' "
      "password='membrane'/></basicAuthentication>",
      make_request("GET", "/", {{"Authorization", "Basic YWRtaW46bWVtYnJhbmU="}}));
  EXPECT_TRUE(ex->request.headers.contains("Authorization"));
}

class fake_console final : public console_handler {
 public:
  net::task<net::http_response> handle(net::http_request& r, const console_options& o) override {
    options = o;
    co_return net::make_response(200, "text/plain", "console " + r.target);
  }
  console_options options;
};

TEST_F(Elements, AdminConsoleAsksTheConsole) {
  fake_console console;
  w.all.console = &console;
  EXPECT_EQ(request("<adminConsole readOnly='true'/>", make_request("GET", "/admin")),
            outcome::respond);
  EXPECT_EQ(body_of(w, *ex->response), "console /admin");
  EXPECT_TRUE(console.options.read_only);
  EXPECT_FALSE(console.options.trust_forwarded_for);
}

TEST_F(Elements, AdminConsoleWithoutConsoleIs503) {
  EXPECT_EQ(request("<adminConsole/>", make_request()), outcome::respond);
  EXPECT_EQ(ex->response->status, 503);
}

TEST_F(Elements, LogPrintsBothDirectionsWithMaskedSecrets) {
  request("<log headerOnly='true'/>",
          make_request("GET", "/a?token=t0p&x=1",
                       {{"Host", "h"},
                        {"Authorization", "Basic s3cret"},
                        {"Cookie", "s3cret"},
                        {"X-Api-Key", "s3cret"},
                        {"Referer", "http://u:s3cret@h/?api_key=s3cret"}}));
  net::http_response switching;
  switching.status = 101;
  switching.headers = {{"Upgrade", "websocket"}, {"Set-Cookie", "s3cret"}};
  ex->response = std::move(switching);
  run(w, flow_().on_response(*ex));
  EXPECT_EQ(w.log.text(),
            "==== REQUEST ===\nGET /a?token=****&x=1 HTTP/1.1\nHeaders:\nHost: h\n"
            "Authorization: ****\nCookie: ****\nX-Api-Key: ****\n"
            "Referer: http://****@h/?api_key=****\n"
            "==== RESPONSE ===\nHTTP/1.1 101 Switching Protocols\nHeaders:\nUpgrade: websocket\n"
            "Set-Cookie: ****\n");
  EXPECT_FALSE(flow_().waits());
}

TEST_F(Elements, LogPrintsTextBodiesAndPassesThemOn) {
  auto r = make_request("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded"}});
  r.body = net::make_string_body("user=a&password=hunter2");
  request("<log label='in'/>", std::move(r));
  EXPECT_NE(w.log.text().find("user=a&password=****\n"), std::string::npos) << w.log.text();
  EXPECT_EQ(ex->request.body->size(), 23U);
  const auto all = run(w, net::read_all(ex->request.body.get(), 1000));
  EXPECT_EQ(*all, "user=a&password=hunter2");
}

TEST_F(Elements, LogCutsLongBodiesButPassesAllOn) {
  auto r = make_request("POST", "/", {{"Content-Type", "text/plain"}});
  r.body = net::make_string_body(std::string(100'000, 'x'));
  request("<log/>", std::move(r));
  EXPECT_EQ(w.log.lines.back(), "[...]");
  EXPECT_LT(w.log.text().size(), 20'000U);
  EXPECT_EQ(run(w, net::read_all(ex->request.body.get(), 1'000'000))->size(), 100'000U);
}

TEST_F(Elements, LogDoesNotPrintBinaryBodies) {
  for (const net::header_list& headers :
       {net::header_list{{"Content-Type", "image/png"}}, net::header_list{},
        net::header_list{{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}}}) {
    auto r = make_request("POST", "/", headers);
    r.body = net::make_string_body(std::string("\x89PNG\0\xFF", 6));
    request("<log/>", std::move(r));
    EXPECT_EQ(w.log.lines.back(), "[Binary]");
  }
}

TEST_F(Elements, LogTellsAborts) {
  request(std::string("<log body='false'/>") + auth, make_request());
  EXPECT_NE(w.log.text().find("==== Response(Exchange aborted) ===\nHTTP/1.1 401 Unauthorized"),
            std::string::npos)
      << w.log.text();
}

TEST_F(Elements, LogPrintsOnlyItsMessage) {
  request(
      "<log message=\"${method} to ${path}: ${header['X-A'] == '}'}\" level='WARN' "
      "category='my'/>",
      make_request("GET", "/p\r\nq", {{"X-A", "}"}}));
  EXPECT_EQ(w.log.text(), "GET to /p\\x0d\\x0aq: true\n");
  EXPECT_EQ(w.log.levels.at(0), net::log_level::warning);
  EXPECT_EQ(w.log.components.at(0), "my");
}

TEST_F(Elements, LogBelowTheLevelReadsNothing) {
  w.log.lowest = net::log_level::error;
  auto r = make_request();
  r.body = net::make_string_body("x");
  const auto* body = r.body.get();
  request("<log/>", std::move(r));
  EXPECT_EQ(ex->request.body.get(), body);
  EXPECT_TRUE(w.log.lines.empty());
}

TEST(Masking, KnowsSecretsByName) {
  for (const std::string name : {"Authorization", "proxy-authorization", "COOKIE", "Set-Cookie",
                                 "Api-Key", "X-ApiKey", "X-Auth-Token", "passcode", "ApiToken"})
    EXPECT_TRUE(is_secret_header(name)) << name;
  EXPECT_FALSE(is_secret_header("Host"));
  EXPECT_EQ(mask_parameters("/a?b=1&access%5Ftoken=2&key=3#pass=4"),
            "/a?b=1&access%5Ftoken=****&key=****#pass=****");
  // What only other readers of queries take for separators is part of the value.
  EXPECT_EQ(mask_parameters("/a?token=2;3?4=5&b=6"), "/a?token=****&b=6");
  EXPECT_EQ(mask_parameters("/a?b=1;token=2"), "/a?b=1;token=****");
  EXPECT_EQ(mask_parameters("/monkey?monkey=1"), "/monkey?monkey=1");
  EXPECT_EQ(mask_parameters(""), "");
}

TEST(MediaTypes, FollowTheSuffix) {
  EXPECT_EQ(media_type_of("a.JS"), "application/javascript; charset=utf-8");
  EXPECT_EQ(media_type_of("a.b.html"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type_of("LICENSE"), "application/octet-stream");
  EXPECT_TRUE(is_text_type("application/problem+json"));
  EXPECT_TRUE(is_text_type("TEXT/plain; charset=x"));
  EXPECT_FALSE(is_text_type("image/png"));
}

}  // namespace
}  // namespace gateway::test
