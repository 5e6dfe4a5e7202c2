// Elements that change or make messages: setProperty, setBody, setCookies, headerFilter, echo,
// counter, correlationId.
#include "gateway/elements/body_escaping.hpp"
#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

// What a property is, in a header field.
std::string show(const std::string& name) {
  return "<setHeader name='X-Is' value='${properties." + name + "}'/>";
}

const flow_row set_property_rows[] = {
    {"IsSeenBehind", "<setProperty name='a' value='1'/>" + show("a"), "GET /", "GET /\nX-Is: 1"},
    {"IsNotSeenBefore", show("a") + "<setProperty name='a' value='1'/>", "GET /", "GET /\nX-Is: "},
    {"IsEvaluated", "<setProperty name='a' value='${method} ${path}'/>" + show("a"), "PUT /x?y",
     "PUT /x?y\nX-Is: PUT /x"},
    {"ReplacesTheOneBefore",
     "<setProperty name='a' value='1'/><setProperty name='a' value='2'/>" + show("a"), "GET /",
     "GET /\nX-Is: 2"},
    {"KeepsTheFirstIfAbsent",
     "<setProperty name='a' value='1'/><setProperty name='a' value='2' ifAbsent='true'/>" +
         show("a"),
     "GET /", "GET /\nX-Is: 1"},
    {"SetsIfAbsent", "<setProperty name='a' value='2' ifAbsent='yes'/>" + show("a"), "GET /",
     "GET /\nX-Is: 2"},
    {"CanUseItself",
     "<setProperty name='a' value='1'/><setProperty name='a' value='${properties.a}2'/>" +
         show("a"),
     "GET /", "GET /\nX-Is: 12"},
    {"OfAMissingFieldIsEmpty", "<setProperty name='a' value='${header.B}'/>" + show("a"), "GET /",
     "GET /\nX-Is: "},
    {"RunsOnTheWayBack",
     "<response>" + show("a") + "</response><setProperty name='a' value='${flow}'/>", "GET /",
     "GET /", "200\nX-Is: RESPONSE"},
    {"StaysForTheWayBack",
     "<response>" + show("a") +
         "</response><request><setProperty name='a' value='${path}'/></request>",
     "GET /x", "GET /x", "200\nX-Is: /x"},
    {"DecidesInATest",
     "<setProperty name='a' value='${method}'/><if test=\"properties.a == 'POST'\">"
     "<return status='405'/></if>",
     "POST /", "", "405"},
    {"FalseIsFalse",
     "<setProperty name='a' value='false'/><if test='properties.a'><return status='405'/></if>",
     "GET /", "GET /"},
    {"SpeaksGroovy",
     "<setProperty name='a' value='${exc.request.method}' language='groovy'/>" + show("a"), "GET /",
     "GET /\nX-Is: GET"},
    {"TakesFailOnError", "<setProperty name='a' value='1' failOnError='false'/>" + show("a"),
     "GET /", "GET /\nX-Is: 1"},
    {"WithALongTextIsRefused",
     "<setProperty name='a' value='" + std::string(65536, 'x') + "'/>" + show("a"), "GET /", ""},
    {"NameMayHaveADot",
     "<setProperty name='a.b' value='1'/><setHeader name='X-Is' "
     "value=\"${properties['a.b']}\"/>",
     "GET /", "GET /\nX-Is: 1"},
};
INSTANTIATE_TEST_SUITE_P(SetProperty, FlowRows, testing::ValuesIn(set_property_rows),
                         name_of<flow_row>);

const flow_row set_body_rows[] = {
    {"ReplacesTheBody", "<setBody value='new'/>", "POST /\n\nold", "POST /\n\nnew"},
    {"GivesABodyWhereThereIsNone", "<setBody value='new'/>", "GET /", "GET /\n\nnew"},
    {"IsEvaluated", "<request><setBody value='${method}!'/></request>", "POST /\n\nold",
     "POST /\n\nPOST!"},
    {"KeepsTheType", "<setBody value='a'/>", "POST /\nContent-Type: text/css\n\nold",
     "POST /\nContent-Type: text/css\n\na"},
    {"SetsTheType", "<setBody value='a' contentType='text/x'/>",
     "POST /\nContent-Type: text/css\n\nold", "POST /\nContent-Type: text/x\n\na"},
    {"AddsTheType", "<setBody value='a' contentType='text/x'/>", "POST /",
     "POST /\nContent-Type: text/x\n\na"},
    {"ForgetsTheEncoding", "<setBody value='a'/>", "POST /\nContent-Encoding: gzip\n\nold",
     "POST /\n\na"},
    {"EscapesJson", "<setBody contentType='application/json' value='{\"a\":\"${header.A}\"}'/>",
     "GET /\nA: x\"\\y",
     "GET /\nA: x\"\\y\nContent-Type: application/json\n\n{\"a\":\"x\\\"\\\\y\"}"},
    {"EscapesXml", "<setBody contentType='text/xml' value='&lt;a>${header.A}&lt;/a>'/>",
     "GET /\nA: <b>&", "GET /\nA: <b>&\nContent-Type: text/xml\n\n<a>&lt;b&gt;&amp;</a>"},
    {"EscapesForTheTypeThatIsThere", "<setBody value='${header.A}'/>",
     "GET /\nContent-Type: text/html; charset=UTF-8\nA: <b>",
     "GET /\nContent-Type: text/html; charset=UTF-8\nA: <b>\n\n&lt;b&gt;"},
    {"LeavesPlainText", "<setBody contentType='text/plain' value='${header.A}'/>", "GET /\nA: <b>",
     "GET /\nA: <b>\nContent-Type: text/plain\n\n<b>"},
    {"IsForTheAnswerInResponse", "<response><setBody value='new'/></response>", "GET /", "GET /",
     "200\n\nnew", "200\n\nold"},
    {"IsForBothOtherwise", "<setBody value='${flow}'/>", "GET /", "GET /\n\nREQUEST",
     "200\n\nRESPONSE"},
    {"MakesTheAnswerWithReturn", "<setBody value='hi' contentType='text/plain'/><return/>", "GET /",
     "", "200\nContent-Type: text/plain\n\nhi"},
    {"OfAMissingFieldIsEmpty", "<setBody value='${header.A}'/>", "POST /\n\nold", "POST /\n\n"},
    {"KeepsLinesOfTheFile", "<setBody value='a&#10;b'/>", "GET /", "GET /\n\na\nb"},
};
INSTANTIATE_TEST_SUITE_P(SetBody, FlowRows, testing::ValuesIn(set_body_rows), name_of<flow_row>);

std::string cookies(const std::string& inside) { return "<setCookies>" + inside + "</setCookies>"; }

const flow_row set_cookies_rows[] = {
    {"HaveDefaults", cookies("<cookie name='a' value='b'/>"), "GET /", "GET /",
     "200\nSet-Cookie: a=b; Path=/; SameSite=Lax"},
    {"HavePathAndDomain", cookies("<cookie name='a' value='b' path='/x' domain='example.com'/>"),
     "GET /", nullptr, "200\nSet-Cookie: a=b; Domain=example.com; Path=/x; SameSite=Lax"},
    {"HaveAnAge", cookies("<cookie name='a' value='b' maxAge='60'/>"), "GET /", nullptr,
     "200\nSet-Cookie: a=b; Path=/; Max-Age=60; SameSite=Lax"},
    {"AreDeletedByAnAgeOfZero", cookies("<cookie name='a' value='' maxAge='0'/>"), "GET /", nullptr,
     "200\nSet-Cookie: a=; Path=/; Max-Age=0; SameSite=Lax"},
    {"OfTheSessionHaveNoAge", cookies("<cookie name='a' value='b' maxAge='-1'/>"), "GET /", nullptr,
     "200\nSet-Cookie: a=b; Path=/; SameSite=Lax"},
    {"Expire", cookies("<cookie name='a' value='b' expires='Sun, 06 Nov 2994 08:49:37 GMT'/>"),
     "GET /", nullptr,
     "200\nSet-Cookie: a=b; Path=/; Expires=Sun, 06 Nov 2994 08:49:37 GMT; SameSite=Lax"},
    {"AreSecure", cookies("<cookie name='a' value='b' secure='true' httpOnly='1'/>"), "GET /",
     nullptr, "200\nSet-Cookie: a=b; Path=/; Secure; HttpOnly; SameSite=Lax"},
    {"AreStrict", cookies("<cookie name='a' value='b' sameSite='strict'/>"), "GET /", nullptr,
     "200\nSet-Cookie: a=b; Path=/; SameSite=Strict"},
    {"AreForOtherSites", cookies("<cookie name='a' value='b' sameSite='None' secure='yes'/>"),
     "GET /", nullptr, "200\nSet-Cookie: a=b; Path=/; Secure; SameSite=None"},
    {"AreSeveral", cookies("<cookie name='a' value='1'/><cookie name='b' value='2'/>"), "GET /",
     nullptr, "200\nSet-Cookie: a=1; Path=/; SameSite=Lax\nSet-Cookie: b=2; Path=/; SameSite=Lax"},
    {"StandBesideThoseOfTheTarget", cookies("<cookie name='a' value='1'/>"), "GET /", nullptr,
     "200\nSet-Cookie: z=0\nSet-Cookie: a=1; Path=/; SameSite=Lax", "200\nSet-Cookie: z=0"},
    {"AreEvaluated", cookies("<cookie name='a' value='${params.x}'/>"), "GET /?x=1", nullptr,
     "200\nSet-Cookie: a=1; Path=/; SameSite=Lax"},
    {"CannotBeForged", cookies("<cookie name='a' value='${params.x}'/>"),
     "GET /?x=1%3B%20Domain%3Devil%0D%0AX%3A1", nullptr,
     "200\nSet-Cookie: a=1%3B%20Domain=evil%0D%0AX:1; Path=/; SameSite=Lax"},
    {"StayOutOfTheRequest", cookies("<cookie name='a' value='1'/>"), "GET /\nCookie: b=2",
     "GET /\nCookie: b=2"},
    {"MayHaveAPrefix", cookies("<cookie name='__Host-a' value='1' secure='true'/>"), "GET /",
     nullptr, "200\nSet-Cookie: __Host-a=1; Path=/; Secure; SameSite=Lax"},
    {"ComeWithTheAnswerOfAnElementBehind",
     cookies("<cookie name='a' value='1'/>") + "<return status='204'/>", "GET /", "",
     "204\nSet-Cookie: a=1; Path=/; SameSite=Lax"},
};
INSTANTIATE_TEST_SUITE_P(SetCookies, FlowRows, testing::ValuesIn(set_cookies_rows),
                         name_of<flow_row>);

std::string filter(const std::string& inside) {
  return "<headerFilter>" + inside + "</headerFilter>";
}

const flow_row header_filter_rows[] = {
    {"ExcludesOne", filter("<exclude>X-A</exclude>"), "GET /\nX-A: 1\nX-B: 2", "GET /\nX-B: 2"},
    {"ExcludesAllOfAName", filter("<exclude>X-A</exclude>"), "GET /\nX-A: 1\nX-A: 2", "GET /"},
    {"IgnoresCase", filter("<exclude>x-a</exclude>"), "GET /\nX-A: 1", "GET /"},
    {"NeedsTheWholeName", filter("<exclude>X</exclude>"), "GET /\nX-A: 1", "GET /\nX-A: 1"},
    {"TakesPatterns", filter("<exclude>X-(A|B)</exclude>"), "GET /\nX-A: 1\nX-B: 2\nX-C: 3",
     "GET /\nX-C: 3"},
    {"KeepsWhatNoRuleFits", filter("<include>X-A</include>"), "GET /\nX-A: 1\nX-B: 2",
     "GET /\nX-A: 1\nX-B: 2"},
    {"TheFirstRuleDecides", filter("<include>X-A</include><exclude>X-.*</exclude>"),
     "GET /\nX-A: 1\nX-B: 2", "GET /\nX-A: 1"},
    {"TheFirstRuleDecidesAgain", filter("<exclude>X-.*</exclude><include>X-A</include>"),
     "GET /\nX-A: 1\nX-B: 2", "GET /"},
    {"IncludesOnly", filter("<include>Accept</include><exclude>.*</exclude>"),
     "GET /\nAccept: a\nCookie: b\nReferer: c", "GET /\nAccept: a"},
    {"KeepsTheHost", filter("<exclude>.*</exclude>"), "GET /\nHost: a\nX-A: 1", "GET /\nHost: a"},
    {"KeepsTheFrame", filter("<exclude>.*</exclude>"),
     "POST /\nContent-Length: 1\nContent-Type: x\n\na", "POST /\nContent-Length: 1\n\na"},
    {"KeepsTheUpgrade", filter("<exclude>.*</exclude>"),
     "GET /\nConnection: Upgrade\nUpgrade: websocket\nOrigin: x",
     "GET /\nConnection: Upgrade\nUpgrade: websocket"},
    {"FiltersAnswers", filter("<exclude>Server</exclude>"), "GET /", "GET /", "200\nX-A: 1",
     "200\nServer: a\nX-A: 1"},
    {"FiltersAnswersOnlyInResponse",
     "<response>" + filter("<exclude>X-A</exclude>") + "</response>", "GET /\nX-A: 1",
     "GET /\nX-A: 1", "200", "200\nX-A: 1"},
    {"DropsNamesThatAreTooLong", filter("<include>x.*</include>"),
     "GET /\n" + std::string(257, 'x') + ": 1", "GET /"},
    {"TrimsTheText", filter("<exclude>\n  X-A\n</exclude>"), "GET /\nX-A: 1", "GET /"},
};
INSTANTIATE_TEST_SUITE_P(HeaderFilter, FlowRows, testing::ValuesIn(header_filter_rows),
                         name_of<flow_row>);

constexpr char hardened[] = "X-Content-Type-Options: nosniff\nContent-Security-Policy: sandbox";
std::string echoed(const std::string& status, const std::string& fields = {},
                   const std::string& body = {}) {
  return status + "\n" + fields + hardened + body;
}
const std::string echo_answers[] = {echoed("204"),
                                    echoed("200", "", "\n\nhi"),
                                    echoed("200", "Content-Type: text/x\n", "\n\nhi"),
                                    echoed("204", "X-A: 1\nX-A: 2\n"),
                                    echoed("204", "Cookie: a=b\n"),
                                    echoed("200", "", "\n\n"),
                                    echoed("204") + "\nX-B: 1",
                                    echoed("200", "Content-Encoding: gzip\n", "\n\nhi"),
                                    echoed("200", "X-A: 1\n", "\n\nhi")};

const flow_row echo_rows[] = {
    {"HasNoContentWithoutABody", "<echo/>", "GET /", "", echo_answers[0].c_str()},
    {"HasTheBody", "<echo/>", "POST /\n\nhi", "", echo_answers[1].c_str()},
    {"HasTheType", "<echo/>", "POST /\nContent-Type: text/x\n\nhi", "", echo_answers[2].c_str()},
    {"HasTheFields", "<echo/>", "GET /\nX-A: 1\nX-A: 2", "", echo_answers[3].c_str()},
    {"HasNoHost", "<echo/>", "GET /\nHost: a", "", echo_answers[0].c_str()},
    {"HasNothingOfTheConnection", "<echo/>",
     "GET /\nConnection: Upgrade\nUpgrade: h2c\nKeep-Alive: 1\nTE: trailers", "",
     echo_answers[0].c_str()},
    {"HasNothingOfTheFrame", "<echo/>", "POST /\nContent-Length: 2\nTransfer-Encoding: x\n\nhi", "",
     echo_answers[1].c_str()},
    {"SetsNoCookies", "<echo/>", "GET /\nSet-Cookie: a=b", "", echo_answers[0].c_str()},
    {"HasCookiesThatCame", "<echo/>", "GET /\nCookie: a=b", "", echo_answers[4].c_str()},
    {"HasAnEmptyBody", "<echo/>", "POST /\n\n", "", echo_answers[5].c_str()},
    {"CannotLoosenTheRulesForPages", "<echo/>",
     "GET /\nX-Content-Type-Options: x\nContent-Security-Policy: y", "", echo_answers[0].c_str()},
    {"ShowsWhatElementsMade", "<request><setHeader name='X-A' value='1'/></request><echo/>",
     "POST /\n\nhi", "", echo_answers[8].c_str()},
    {"PassesTheWayBackOfElementsBefore",
     "<response><setHeader name='X-B' value='1'/></response><echo/>", "GET /", "",
     echo_answers[6].c_str()},
    {"LetsNothingBehindRun", "<echo/><return status='500'/>", "GET /", "", echo_answers[0].c_str()},
    {"KeepsTheEncoding", "<echo/>", "POST /\nContent-Encoding: gzip\n\nhi", "",
     echo_answers[7].c_str()},
    {"IgnoresTheMethod", "<echo/>", "DELETE /x", "", echo_answers[0].c_str()},
};
INSTANTIATE_TEST_SUITE_P(Echo, FlowRows, testing::ValuesIn(echo_rows), name_of<flow_row>);

TEST(Counter, CountsRequestsAndShowsItsName) {
  flow_run f;
  for (int i = 1; i <= 3; ++i) {
    f.call("<counter name='Node &lt;1>'/>", "GET /");
    EXPECT_EQ(f.to_target, "");
    EXPECT_NE(f.to_client.find("<p>Requests: " + std::to_string(i) + "</p>"), std::string::npos);
    EXPECT_NE(f.to_client.find("<h1>Node &lt;1&gt;</h1>"), std::string::npos);
    EXPECT_EQ(f.ex->response->headers.get("Cache-Control"), "no-store");
  }
}

TEST(Counter, CountsByItself) {
  flow_run f;
  const std::string two = "<if test=\"path == '/a'\"><counter name='a'/></if><counter name='b'/>";
  for (const auto& [target, count] : std::initializer_list<std::pair<std::string, std::string>>{
           {"/a", "a 1"}, {"/a", "a 2"}, {"/b", "b 1"}, {"/c", "b 2"}, {"/a", "a 3"}}) {
    f.call(two, "GET " + target);
    EXPECT_NE(f.to_client.find("<h1>" + count.substr(0, 1) + "</h1>"), std::string::npos);
    EXPECT_NE(f.to_client.find("Requests: " + count.substr(2)), std::string::npos) << target;
  }
}

TEST(Counter, HasANameOfItsOwn) {
  flow_run f;
  f.call("<counter/>", "GET /");
  EXPECT_NE(f.to_client.find("<title>counter</title>"), std::string::npos);
}

std::string page(const std::string& name, int count) {
  return "200\nContent-Type: text/html; charset=utf-8\nCache-Control: no-store\n\n<!DOCTYPE html>\n"
         "<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" +
         name + "</title></head>\n<body>\n<h1>" + name +
         "</h1>\n<p>Requests: " + std::to_string(count) + "</p>\n</body>\n</html>\n";
}
const std::string pages[] = {page("counter", 1), page("a", 1), page("a&lt;b&gt;", 1),
                             page("\u00e4", 1)};

const flow_row counter_rows[] = {
    {"AnswersGet", "<counter/>", "GET /", "", pages[0].c_str()},
    {"AnswersPost", "<counter/>", "POST /x\n\nhi", "", pages[0].c_str()},
    {"AnswersAnyPath", "<counter/>", "GET /a/b?c=d", "", pages[0].c_str()},
    {"AnswersWhatHasAType", "<counter/>", "PUT /\nContent-Type: text/x\n\nhi", "",
     pages[0].c_str()},
    {"HasAName", "<counter name='a'/>", "GET /", "", pages[1].c_str()},
    {"EscapesItsName", "<counter name='a&lt;b>'/>", "GET /", "", pages[2].c_str()},
    {"TakesNamesOfAnyScript", "<counter name='\u00e4'/>", "GET /", "", pages[3].c_str()},
    {"KeepsWhatTheRequestSaysToItself", "<counter/>", "GET /\nX-A: <b>", "", pages[0].c_str()},
    {"LetsNothingBehindRun", "<counter name='a'/><counter name='b'/>", "GET /", "",
     pages[1].c_str()},
    {"StandsInABranch", "<if test='true'><counter name='a'/></if>", "GET /", "", pages[1].c_str()},
    {"DoesNotCountWhatPassesBy", "<if test='false'><counter/></if>", "GET /", "GET /", "200"},
    {"DoesNothingOnTheWayBack", "<response><counter/></response>", "GET /", "GET /", "200"},
    {"MayHaveAnId", "<counter id='x' name='a'/>", "GET /", "", pages[1].c_str()},
};
INSTANTIATE_TEST_SUITE_P(Counter, FlowRows, testing::ValuesIn(counter_rows), name_of<flow_row>);

const flow_row correlation_id_rows[] = {
    {"TakesTheOneThatCame", "<correlationId/>", "GET /\nX-Correlation-Id: abc-1",
     "GET /\nX-Correlation-Id: abc-1", "200\nX-Correlation-Id: abc-1"},
    {"TakesAnyFormOfId", "<correlationId/>", "GET /\nX-Correlation-Id: a/b+c=d:e@f.g_h~",
     "GET /\nX-Correlation-Id: a/b+c=d:e@f.g_h~"},
    {"HasAFieldOfItsOwn", "<correlationId header='X-Id'/>", "GET /\nX-Id: a", "GET /\nX-Id: a",
     "200\nX-Id: a"},
    {"IgnoresTheCaseOfTheField", "<correlationId/>", "GET /\nx-correlation-id: a",
     "GET /\nx-correlation-id: a", "200\nX-Correlation-Id: a"},
    {"LeavesTheTargetsAnswer", "<correlationId/>", "GET /\nX-Correlation-Id: a", nullptr,
     "200\nX-Correlation-Id: b", "200\nX-Correlation-Id: b"},
    {"IsAProperty", "<correlationId/>" + show("correlationId"), "GET /\nX-Correlation-Id: a",
     "GET /\nX-Correlation-Id: a\nX-Is: a"},
    {"IsAPropertyOfAnotherName", "<correlationId logField='id'/>" + show("id"),
     "GET /\nX-Correlation-Id: a", "GET /\nX-Correlation-Id: a\nX-Is: a"},
    {"ComesWithTheAnswerOfAnElement", "<correlationId/><return status='204'/>",
     "GET /\nX-Correlation-Id: a", "", "204\nX-Correlation-Id: a"},
    {"StaysForTheWayBack", "<response>" + show("correlationId") + "</response><correlationId/>",
     "GET /\nX-Correlation-Id: a", nullptr, "200\nX-Correlation-Id: a\nX-Is: a"},
    {"OfTwoTheSecondSeesTheFirst", "<correlationId/><correlationId logField='b'/>" + show("b"),
     "GET /\nX-Correlation-Id: a", "GET /\nX-Correlation-Id: a\nX-Is: a"},
};
INSTANTIATE_TEST_SUITE_P(CorrelationId, FlowRows, testing::ValuesIn(correlation_id_rows),
                         name_of<flow_row>);

TEST(CorrelationId, IsRandomWhereNoneOrNoGoodOneCame) {
  std::set<std::string> seen;
  for (const std::string& given : {std::string("GET /"), std::string("GET /\nX-Correlation-Id: "),
                                   std::string("GET /\nX-Correlation-Id: a b"),
                                   std::string("GET /\nX-Correlation-Id: <script>"),
                                   std::string("GET /\nX-Correlation-Id: a\nX-Correlation-Id: b"),
                                   "GET /\nX-Correlation-Id: " + std::string(129, 'a')}) {
    flow_run f;
    for (std::size_t i = 0; i < seen.size(); ++i) f.w.simulation.random();
    f.call("<correlationId/>", given);
    const std::string id(f.ex->request.headers.get("X-Correlation-Id").value());
    EXPECT_EQ(f.ex->request.headers.count("X-Correlation-Id"), 1U);
    EXPECT_TRUE(std::regex_match(
        id, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
        << id;
    EXPECT_TRUE(seen.insert(id).second);
    EXPECT_EQ(f.ex->response->headers.get("X-Correlation-Id"), id);
  }
}

TEST(CorrelationId, KeepsOneOf128Characters) {
  flow_run f;
  const std::string id(128, 'a');
  f.call("<correlationId/>", "GET /\nX-Correlation-Id: " + id);
  EXPECT_EQ(f.ex->request.headers.get("X-Correlation-Id"), id);
}

TEST(SetProperty, AnExchangeHasAtMost100) {
  std::string all;
  for (int i = 0; i < 101; ++i) all += "<setProperty name='p" + std::to_string(i) + "' value='1'/>";
  flow_run f;
  f.call(all, "GET /");
  EXPECT_EQ(f.to_client.substr(0, 3), "500");
  EXPECT_EQ(f.ex->properties.size(), 100U);
  EXPECT_EQ(f.w.count.element_failures, 1U);
  EXPECT_NE(f.w.log.text().find("<setProperty name=\"p100\">: there are too many properties"),
            std::string::npos)
      << f.w.log.text();
}

TEST(BodyEscaping, GoesByTheType) {
  for (const auto& [type, escapes] : std::initializer_list<std::pair<const char*, const char*>>{
           {"application/json", "a\\\"<"},
           {"application/problem+json; charset=utf-8", "a\\\"<"},
           {"APPLICATION/JSON", "a\\\"<"},
           {"text/xml", "a&quot;&lt;"},
           {"application/soap+xml", "a&quot;&lt;"},
           {"text/html ; charset=x", "a&quot;&lt;"},
           {"text/plain", nullptr},
           {"application/jsonp", nullptr},
           {"", nullptr}}) {
    const auto escape = escaping_for(type);
    ASSERT_EQ(escape != nullptr, escapes != nullptr) << type;
    if (escape) {
      EXPECT_EQ(escape("a\"<"), escapes) << type;
    }
  }
}

const error_row error_rows[] = {
    {"APropertyWithoutAName", "<setProperty value='a'/>", 1,
     "<setProperty>: attribute 'name' is missing"},
    {"APropertyWithoutAValue", "<setProperty name='a'/>", 1,
     "<setProperty>: attribute 'value' is missing"},
    {"APropertyWithAnEmptyName", "<setProperty name='' value='a'/>", 20,
     "<setProperty>: attribute 'name' must not be empty"},
    {"APropertyWithAnOpenBrace", "<setProperty name='a' value='b${c'/>", 31,
     "<setProperty>: attribute 'value' has '${' without '}'"},
    {"APropertyOfAnUnknownName", "<setProperty name='a' value='${foo}'/>", 32,
     "<setProperty>: attribute 'value' holds what is not an expression: name 'foo' is not known; a "
     "text stands between quotes: 'foo'"},
    {"ABodyWithoutAValue", "<setBody/>", 1, "<setBody>: attribute 'value' is missing"},
    {"ABodyWithAWrongType", "<setBody value='a' contentType='a&#10;b'/>", 33,
     "<setBody>: attribute 'contentType' has a character that no header field can have"},
    {"ABodyWithText", "<setBody value='a'>b</setBody>", 20, "<setBody>: text is not expected here"},
    {"NoCookie", "<setCookies/>", 1, "<setCookies>: needs <cookie> inside"},
    {"ACookieInAFlow", "<cookie name='a' value='b'/>", 1,
     "<cookie>: is not allowed here; it belongs in <setCookies>"},
    {"ACookieWithABadName", cookies("<cookie name='a b' value='c'/>"), 27,
     "<cookie>: attribute 'name' must be the name of a cookie"},
    {"ACookieWithABadValue", cookies("<cookie name='a' value='b;c'/>"), 38,
     "<cookie>: attribute 'value' has a character that no cookie can have; write it as %XX"},
    {"ACookieWithABadPath", cookies("<cookie name='a' value='b' path='x'/>"), 46,
     "<cookie>: attribute 'path' must begin with '/'"},
    {"ACookieWithAForgedPath", cookies("<cookie name='a' value='b' path='/;x'/>"), 47,
     "<cookie>: attribute 'path' has a character that cannot stand in a cookie"},
    {"ACookieWithABadAge", cookies("<cookie name='a' value='b' maxAge='-2'/>"), 48,
     "<cookie>: attribute 'maxAge' must be a whole number from -1 to 315360000 (s), not '-2'"},
    {"ACookieWithABadDate", cookies("<cookie name='a' value='b' expires='2994-11-06'/>"), 49,
     "<cookie>: attribute 'expires' must be a date as 'Sun, 06 Nov 1994 08:49:37 GMT'"},
    {"ACookieWithABadMonth",
     cookies("<cookie name='a' value='b' expires='Sun, 06 Nor 1994 08:49:37 GMT'/>"), 49,
     "<cookie>: attribute 'expires' must be a date as 'Sun, 06 Nov 1994 08:49:37 GMT'"},
    {"ACookieForOtherSitesInTheClear", cookies("<cookie name='a' value='b' sameSite='NONE'/>"), 50,
     "<cookie>: attribute 'sameSite' needs secure=\"true\": browsers refuse the cookie without"},
    {"ACookieWithABadSameSite", cookies("<cookie name='a' value='b' sameSite='loose'/>"), 50,
     "<cookie>: attribute 'sameSite' must be 'LAX', 'STRICT' or 'NONE', not 'loose'"},
    {"ACookieWithAPrefixInTheClear", cookies("<cookie name='__Secure-a' value='b'/>"), 27,
     "<cookie>: attribute 'name' has a prefix that needs secure=\"true\""},
    {"ACookieOfAHostWithAPath", cookies("<cookie name='__Host-a' value='b' secure='1' path='/x'/>"),
     27, "<cookie>: attribute 'name' has a prefix that allows no domain and only the path '/'"},
    {"TheSameCookieTwice", cookies("<cookie name='a' value='b'/><cookie name='a' value='c'/>"), 55,
     "<cookie>: attribute 'name' sets a cookie for the second time"},
    {"AFilterWithoutRules", "<headerFilter/>", 1,
     "<headerFilter>: needs <include> or <exclude> inside"},
    {"AFilterWithAnEmptyRule", filter("<exclude/>"), 15,
     "<exclude>: text is missing between the tags"},
    {"AFilterWithABadPattern", filter("<exclude>(</exclude>"), 24,
     "<exclude>: the text is not a regular expression: Mismatched '(' and ')' in regular "
     "expression"},
    {"AFilterWithALargePattern", filter("<exclude>a{1000}</exclude>"), 24,
     "<exclude>: the text has too many or too large repeat counts"},
    {"ARuleInAFlow", "<exclude>a</exclude>", 1,
     "<exclude>: is not allowed here; it belongs in <headerFilter>"},
    {"ARuleThatIsMisspelled", filter("<include>a</include><exlude>a</exlude>"), 35,
     "<exlude>: is not known; did you mean 'exclude'?"},
    {"AnEchoWithAnAttribute", "<echo status='200'/>", 7,
     "<echo>: attribute 'status' is not known; it takes none"},
    {"ACounterWithAMisspelledName", "<counter nam='a'/>", 10,
     "<counter>: attribute 'nam' is not known; did you mean 'name'?"},
    {"ACorrelationIdWithABadField", "<correlationId header='a b'/>", 24,
     "<correlationId>: attribute 'header' must be the name of a header field"},
    {"ACorrelationIdThatFrames", "<correlationId header='content-length'/>", 24,
     "<correlationId>: attribute 'header' must not be one that says how the message is framed"},
    {"ACorrelationIdWithoutAProperty", "<correlationId logField=''/>", 26,
     "<correlationId>: attribute 'logField' must not be empty"},
};
INSTANTIATE_TEST_SUITE_P(Content, ErrorRows, testing::ValuesIn(error_rows), name_of<error_row>);

}  // namespace
}  // namespace gateway::test
