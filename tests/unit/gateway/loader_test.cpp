// Whole error texts of the loader, each with line, caret and what to do.
#include <set>
#include <sstream>
#include "gateway/config/config.hpp"
#include "gateway/config/diagnostics.hpp"

#include "gateway/config/membrane_names.hpp"
#include "gateway/config/xml_tree.hpp"
#include "gateway/core/regex.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

// The shape of Membrane's websocket-stomp example.
constexpr std::string_view example = R"(<?xml version="1.0" encoding="UTF-8"?>
<spring:beans xmlns="http://membrane-soa.org/proxies/1/"
	xmlns:spring="http://www.springframework.org/schema/beans"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans-4.2.xsd
					    http://membrane-soa.org/proxies/1/ http://membrane-soa.org/schemas/proxies-1.xsd">

	<router>
		<!-- the socket and the page -->
		<serviceProxy port="4443">
			<ssl>
				<keystore location="../../../conf/membrane.p12" password="secret" keyPassword="secret" />
				<truststore location="..\..\..\conf\membrane.p12" password="secret" />
			</ssl>
			<log headerOnly="true" />
			<webSocket url="http://localhost:61614/" />
			<target host="localhost" port="4444"/>
		</serviceProxy>
		<serviceProxy port="4444">
			<webServer docBase="." index="index.html" />
		</serviceProxy>
		<serviceProxy name="Console" port="9000">
			<basicAuthentication>
				<user name="admin" password="membrane" />
			</basicAuthentication>
			<adminConsole />
		</serviceProxy>
	</router>
</spring:beans>
)";

TEST(Loader, TakesTheWebsocketStompExampleUnmodified) {
  load_options options;
  options.folder = "/opt/membrane/examples/web/websocket-stomp";
  const auto result = load(std::string(example), options);
  ASSERT_TRUE(result.value) << result.errors.front();
  const config& c = *result.value;
  ASSERT_EQ(c.proxies.size(), 3U);
  const proxy& tls = *c.proxies[0];
  EXPECT_EQ(tls.name, "0.0.0.0:4443");
  EXPECT_EQ(tls.port, 4443);
  ASSERT_TRUE(tls.tls && tls.tls->key_store && tls.tls->trust_store);
  EXPECT_EQ(tls.tls->key_store->path, "/opt/membrane/conf/membrane.p12");
  EXPECT_EQ(tls.tls->trust_store->path, "/opt/membrane/conf/membrane.p12");
  EXPECT_EQ(tls.tls->key_store->password, "secret");
  EXPECT_EQ(tls.tls->key_store->position, (source_position{12, 25}));
  EXPECT_EQ(tls.element_names, (std::vector<std::string>{"log", "webSocket"}));
  ASSERT_TRUE(tls.target);
  EXPECT_EQ(to_string(tls.target->to), "http://localhost:4444/");
  EXPECT_EQ(c.proxies[1]->name, "0.0.0.0:4444");
  EXPECT_EQ(c.proxies[2]->name, "Console");
  EXPECT_TRUE(c.proxies[2]->serves_console);
  ASSERT_EQ(c.listeners.size(), 3U);
  EXPECT_TRUE(c.listeners[0].tls);
  EXPECT_FALSE(c.listeners[1].tls);
  ASSERT_EQ(c.files.size(), 3U);
  EXPECT_EQ(c.files[2].path, "/opt/membrane/examples/web/websocket-stomp");
  EXPECT_EQ(c.files[2].purpose, file_purpose::folder);
}

TEST(Loader, SaysWhereAnAbsentStoreIsNamedWithoutItsPassword) {
  const auto result = load(std::string(example));
  ASSERT_TRUE(result.value);
  EXPECT_EQ(result.value->message_at(result.value->proxies[0]->tls->key_store->position,
                                     "<keystore>: the file does not exist"),
            "proxies.xml:12:25: <keystore>: the file does not exist\n"
            "    <keystore location=\"../../../conf/membrane.p12\" password=\"**...\n"
            "                        ^");
}

TEST(Loader, MapsPortsOfListenersAndLoopbackTargets) {
  load_options options;
  options.ports = {{4443, 50001}, {4444, 50002}, {61614, 50003}};
  const auto result = load(std::string(example), options);
  ASSERT_TRUE(result.value);
  const proxy& p = *result.value->proxies[0];
  EXPECT_EQ(p.port, 50001);
  EXPECT_EQ(p.written_port, 4443);
  EXPECT_EQ(p.name, "0.0.0.0:4443");
  EXPECT_EQ(p.target->to.port, 50002);
  EXPECT_EQ(result.value->listeners[0].name, "0.0.0.0:4443");
  EXPECT_EQ(result.value->listeners[0].port, 50001);
  world w;
  exchange ex(make_request("GET", "/", {{"Upgrade", "websocket"}}), w.connection, w.all);
  run(w, p.elements.on_request(ex));
  EXPECT_EQ(to_string(*ex.to), "http://localhost:50003/");
}

TEST(Loader, DoesNotMapPortsOfOtherHosts) {
  load_options options;
  options.ports = {{61614, 50003}};
  const auto c = must_load(
      "<serviceProxy><target url='http://broker.example:61614/'/>"
      "</serviceProxy><serviceProxy port='81'><target host='127.0.0.1' "
      "port='61614'/></serviceProxy>",
      options);
  EXPECT_EQ(c->proxies[0]->target->to.port, 61614);
  EXPECT_EQ(c->proxies[1]->target->to.port, 50003);
}

TEST(Loader, GoesByNamespaceNotPrefix) {
  const auto swapped = load(
      "<beans xmlns='http://www.springframework.org/schema/beans' "
      "xmlns:m='http://membrane-soa.org/proxies/1/'><m:router id='router'>"
      "<m:serviceProxy port='81' id='x'><m:target host='h'/></m:serviceProxy></m:router></beans>");
  ASSERT_TRUE(swapped.value) << swapped.errors.front();
  EXPECT_EQ(to_string(swapped.value->proxies[0]->target->to), "http://h:80/");
}

TEST(Loader, TakesAByteOrderMarkCommentsCdataAndEntities) {
  const auto result =
      load("\xEF\xBB\xBF<?xml version='1.0'?><!-- <!DOCTYPE is fine here -->" +
           envelope("<serviceProxy name='a&amp;b&#x20AC;'><path><![CDATA[/a]]></path>"
                    "</serviceProxy>"));
  ASSERT_TRUE(result.value) << result.errors.front();
  EXPECT_EQ(result.value->proxies[0]->name, "a&b\xE2\x82\xAC");
  EXPECT_EQ(result.value->proxies[0]->path->text, "/a");
}

TEST(Loader, PositionsAreRightAfterAByteOrderMark) {
  const auto result = load("\xEF\xBB\xBF" + envelope("<serviceProxy prt='1'/>"));
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(result.errors[0].substr(0, 17), "proxies.xml:2:15:");
}

TEST(Loader, NamesProxiesAsMembraneDoes) {
  const auto c = must_load(
      "<serviceProxy/>"
      "<serviceProxy port='81' host='*'/>"
      "<serviceProxy port='82' host='a.example B.example'/>"
      "<serviceProxy port='83' method='POST'><path>/x</path></serviceProxy>"
      "<serviceProxy port='84' ip='127.0.0.1'/>"
      "<serviceProxy port='85' ip='::1'/>"
      "<serviceProxy port='86' name='N'/>");
  ASSERT_TRUE(c);
  std::vector<std::string> names;
  for (const auto& p : c->proxies) names.push_back(p->name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"0.0.0.0:80", "0.0.0.0:81", "a.example b.example:82",
                                      "0.0.0.0:83 POST /x", "127.0.0.1:84", "[::1]:85", "N"}));
}

TEST(Loader, SharedPortsMakeOneListener) {
  const auto c = must_load(
      "<serviceProxy port='81' host='a'/><serviceProxy port='82'/>"
      "<serviceProxy port='81'/>");
  ASSERT_EQ(c->listeners.size(), 2U);
  EXPECT_EQ(c->listeners[0].proxies, (std::vector<std::size_t>{0, 2}));
}

TEST(Loader, TargetDefaultsFollowTls) {
  const auto c = must_load(
      "<serviceProxy port='1'><target host='h'><ssl/></target></serviceProxy>"
      "<serviceProxy port='2'><target url='https://h/p?q'/></serviceProxy>"
      "<serviceProxy port='3'><target url='http://h' adjustHostHeader='no' "
      "host='x'/></serviceProxy>"
      "<serviceProxy port='4'><target host='::1' port='7'/></serviceProxy>"
      "<serviceProxy port='5'><target/></serviceProxy>");
  ASSERT_TRUE(c);
  EXPECT_EQ(to_string(c->proxies[0]->target->to), "https://h:443/");
  EXPECT_EQ(to_string(c->proxies[1]->target->to), "https://h:443/p?q");
  EXPECT_EQ(to_string(c->proxies[2]->target->to), "http://h:80/");
  EXPECT_FALSE(c->proxies[2]->target->to.adjust_host);
  EXPECT_EQ(to_string(c->proxies[3]->target->to), "http://[::1]:7/");
  EXPECT_FALSE(c->proxies[4]->target);
}

TEST(Loader, FingerprintIgnoresPlacesButNotValues) {
  const auto a = must_load("<serviceProxy port='1'><webSocket url='http://a/'/></serviceProxy>");
  const auto b = must_load(
      "\n\n  <serviceProxy\n port='1'>\n<webSocket url='http://a/' />\n"
      "</serviceProxy>");
  const auto c = must_load("<serviceProxy port='1'><webSocket url='http://b/'/></serviceProxy>");
  EXPECT_EQ(a->proxies[0]->fingerprint, b->proxies[0]->fingerprint);
  EXPECT_NE(a->proxies[0]->fingerprint, c->proxies[0]->fingerprint);
}

TEST(Loader, ReportsAllErrorsAtOnceInTheOrderOfTheFile) {
  const auto result = load_proxies(
      "<serviceProxy port='x'>\n"
      "  <webSocket ur='http://a/'/>\n"
      "  <javascript>1</javascript>\n"
      "  <if test=\"header.X = 1\"><lgo/></if>\n"
      "</serviceProxy>");
  EXPECT_FALSE(result.value);
  EXPECT_EQ(result.errors,
            (std::vector<std::string>{
                "proxies.xml:2:21: <serviceProxy>: attribute 'port' must be a whole number from 1 "
                "to 65535, not 'x'\n"
                "<serviceProxy port='x'>\n"
                "                    ^",
                "proxies.xml:3:14: <webSocket>: attribute 'ur' is not known; did you mean 'url'?\n"
                "  <webSocket ur='http://a/'/>\n"
                "             ^",
                "proxies.xml:4:3: <javascript>: exists in Membrane but is not supported here; "
                "<groovy> runs "
                "the part of Groovy in docs/expressions.md\n"
                "  <javascript>1</javascript>\n"
                "  ^",
                "proxies.xml:5:22: <if>: attribute 'test' is not a test: unexpected '='; did you "
                "mean '=='?\n"
                "  <if test=\"header.X = 1\"><lgo/></if>\n"
                "                     ^",
                "proxies.xml:5:27: <lgo>: is not known; did you mean 'log'?\n"
                "  <if test=\"header.X = 1\"><lgo/></if>\n"
                "                          ^"}));
}

TEST(Loader, ShowsAtMostHundredErrors) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "<serviceProxy x='1'/>\n";
  const auto result = load_proxies(text);
  ASSERT_EQ(result.errors.size(), 101U);
  EXPECT_EQ(result.errors.back(), "proxies.xml: 50 more errors");
}

TEST(Loader, ColumnsCountCharactersAndEntitiesOfTests) {
  const auto result = load_proxies(
      "<serviceProxy name='\xC3\xA4\xE2\x82\xAC' prt='1'>"
      "<if test=\"true &amp;&amp; fasle\"/></serviceProxy>");
  ASSERT_EQ(result.errors.size(), 2U);
  EXPECT_EQ(result.errors[0].substr(0, 18), "proxies.xml:2:25: ");
  EXPECT_NE(result.errors[1].find("name 'fasle' is not known; did you mean 'false'?"),
            std::string::npos);
  EXPECT_EQ(result.errors[1].substr(0, 18), "proxies.xml:2:59: ");
}

TEST(Loader, NeverShowsSecrets) {
  for (const std::string proxies :
       {"<serviceProxy><ssl><keystore password='hunter2' x='1' location='a'/></ssl></serviceProxy>",
        "<serviceProxy><ssl><keystore pasword='hunter2' location='a'/></ssl></serviceProxy>",
        "<serviceProxy><ssl><keystore location='' keyPassword = \"hunter2\"/></ssl></serviceProxy>",
        "<serviceProxy><basicAuthentication><user name='a:b' password='hunter2'/>"
        "</basicAuthentication></serviceProxy>",
        "<serviceProxy><basicAuthentication><user name='a' password='$argon2id$hunter2$x'/>"
        "</basicAuthentication></serviceProxy>",
        "<serviceProxy><webSocket url='http://bob:hunter2@h/'/></serviceProxy>",
        "<serviceProxy><target url='http://bob:hunter2@h/'/></serviceProxy>",
        "<serviceProxy><ssl><key><private>-----BEGIN PRIVATE KEY-----hunter2</private></key></ssl>"
        "</serviceProxy>",
        "<serviceProxy><ssl><key><private>hunter2</private></key></ssl></serviceProxy>",
        "<serviceProxy><ssl><key><private location='a'><![CDATA[hunter2]]></private></key></ssl>"
        "</serviceProxy>",
        "<serviceProxy><ssl><key password='hunter2'><private>a</private></key></ssl>"
        "</serviceProxy>",
        "<p:serviceProxy xmlns:p='x'><p:private>hunter2</p:private></p:serviceProxy>",
        "<serviceProxy><basicAuthentication><user name='a' password='hunter2' <",
        "<serviceProxy password=hunter2 >", "<serviceProxy password='truehunter2'/>"}) {
    const auto result = load_proxies(proxies);
    ASSERT_FALSE(result.errors.empty()) << proxies;
    for (const std::string& e : result.errors) EXPECT_EQ(e.find("hunter2"), std::string::npos) << e;
  }
}

TEST(Loader, ShowsAttributesOfTruthWhoseNamesSoundLikeSecrets) {
  const auto result =
      load_proxies("<serviceProxy><cors origins='*' credentials='true'/></serviceProxy>");
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_NE(result.errors[0].find("credentials='true'"), std::string::npos) << result.errors[0];
}

TEST(Loader, LongLinesAreCutAroundTheCaret) {
  const auto result = load_proxies("<serviceProxy name='" + std::string(5000, 'n') + "' y='1' " +
                                   "host='" + std::string(5000, 'h') + "'/>");
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_LT(result.errors[0].size(), 420U);
  EXPECT_NE(result.errors[0].find("y='1'"), std::string::npos);
}

TEST(Loader, BoundsSizeDepthAndNumbers) {
  EXPECT_NE(load(std::string(4 * 1024 * 1024 + 1, ' ')).errors.at(0).find("larger than"),
            std::string::npos);
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "<if test='true'>";
  for (int i = 0; i < 2000; ++i) deep += "</if>";
  EXPECT_NE(load_proxies("<serviceProxy>" + deep + "</serviceProxy>")
                .errors.at(0)
                .find("nested more than 64 levels"),
            std::string::npos);
  std::string wide;
  for (int i = 0; i < 11000; ++i) wide += "<log/>";
  EXPECT_NE(load_proxies("<serviceProxy>" + wide + "</serviceProxy>")
                .errors.at(0)
                .find("more than 10000 elements"),
            std::string::npos);
  std::string attributes;
  for (int i = 0; i < 100; ++i) attributes += " a" + std::to_string(i) + "='1'";
  EXPECT_NE(load_proxies("<serviceProxy" + attributes + "/>").errors.at(0).find("more than 64"),
            std::string::npos);
}

struct error_row {
  std::string proxies;
  std::string place;    // line:column of the first error
  std::string message;  // whole text of the first error
};

class LoaderErrors : public testing::TestWithParam<error_row> {};

TEST_P(LoaderErrors, AreExact) {
  const auto result = load_proxies(GetParam().proxies);
  EXPECT_FALSE(result.value);
  ASSERT_FALSE(result.errors.empty()) << GetParam().proxies;
  const std::string& e = result.errors.front();
  EXPECT_EQ(e.substr(0, e.find('\n')),
            "proxies.xml:" + GetParam().place + ": " + GetParam().message)
      << GetParam().proxies;
}

// Wraps a flow element in a proxy that takes 14 columns.
std::string in_flow(const std::string& element) {
  return "<serviceProxy>" + element + "</serviceProxy>";
}
std::string in_ssl(const std::string& element) { return in_flow("<ssl>" + element + "</ssl>"); }

INSTANTIATE_TEST_SUITE_P(
    Structure, LoaderErrors,
    testing::Values(
        error_row{"<serviceProxi/>", "2:1",
                  "<serviceProxi>: is not known; did you mean 'serviceProxy'?"},
        error_row{"<xyzzy/>", "2:1", "<xyzzy>: is not known"},
        error_row{
            "<soapProxy port='1'/>", "2:1",
            "<soapProxy>: exists in Membrane but is not supported here; services with SOAP stay "
            "behind Membrane, which a <target> can lead to"},
        error_row{"<serviceProxy/><transport/>", "2:16",
                  "<transport>: must stand before <serviceProxy> in <router>"},
        error_row{"<transport/><configuration/>", "2:13",
                  "<configuration>: must stand before <transport> in <router>"},
        error_row{"<transport/><transport/>", "2:13",
                  "<transport>: may stand only once in <router>"},
        error_row{"<transport socketTimeout='0'/>", "2:27",
                  "<transport>: attribute 'socketTimeout' must be a whole number from 1 to "
                  "86400000 (ms), not '0'"},
        error_row{"<transport sockettimeout='1'/>", "2:12",
                  "<transport>: attribute 'sockettimeout' is not known; did you mean "
                  "'socketTimeout'?"},
        error_row{"<transport><log/></transport>", "2:12",
                  "<log>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"<httpClientConfig useExperimentalHttp2='true'/>", "2:41",
                  "<httpClientConfig>: attribute 'useExperimentalHttp2' must be 'false', 'no' or "
                  "'0', not 'true'"},
        error_row{"<httpClientConfig><retries retries='x'/></httpClientConfig>", "2:37",
                  "<retries>: attribute 'retries' must be a whole number from 0 to 20, not 'x'"},
        error_row{"<httpClientConfig><connection localAddr='a'/></httpClientConfig>", "2:31",
                  "<connection>: attribute 'localAddr' exists in Membrane but is not supported "
                  "here yet"},
        error_row{"<configuration hotDeploy='maybe'/>", "2:27",
                  "<configuration>: attribute 'hotDeploy' must be 'true' or 'false', not 'maybe'"},
        error_row{"<api><openapi/></api>", "2:6",
                  "<openapi>: exists in Membrane but is not supported here; <path> and <if> choose "
                  "what is "
                  "let through; API documents stay with the service"},
        error_row{"<api><path>/a/{</path></api>", "2:15",
                  "<path>: the text has a '{' that no NAME} follows"},
        error_row{"<api><path>/a/{x/y}</path></api>", "2:15",
                  "<path>: the text has a '{' that no NAME} follows"},
        error_row{"<internal/>", "2:1", "<internal>: attribute 'name' is missing"},
        error_row{"<internal name='a' port='1'/>", "2:20",
                  "<internal>: attribute 'port' is not known"},
        error_row{"<internal name='a'/><internalProxy name='a'/>", "2:21",
                  "<internal>: the name 'a' is taken"},
        error_row{"<internal name='shop'/>" + in_flow("<target url='internal://shpo'/>"), "2:51",
                  "there is no <internal name=\"shpo\">; did you mean 'shop'?"},
        error_row{in_flow("<destination url='internal://'/>"), "2:33",
                  "<destination>: attribute 'url' must name an <internal> proxy"},
        error_row{in_flow("<interceptor refid='x'/>"), "2:35",
                  "<interceptor>: attribute 'refid' names 'x', but no element beside <router> has "
                  "that id"},
        error_row{in_flow("<interceptor/>"), "2:15", "<interceptor>: attribute 'refid' is missing"},
        error_row{in_flow("<return status='99'/>"), "2:31",
                  "<return>: attribute 'status' must be from 200 to 599, or 0 to keep the status"},
        error_row{in_flow("<choose/>"), "2:15", "<choose>: needs <case> inside"},
        error_row{in_flow("<choose><otherwise/><case test='true'/></choose>"), "2:35",
                  "<case>: must stand before <otherwise> in <choose>"},
        error_row{in_flow("<choose><case/></choose>"), "2:23",
                  "<case>: attribute 'test' is missing"},
        error_row{in_flow("<choose><case test='true'/><log/></choose>"), "2:42",
                  "<log>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{in_flow("<case test='true'/>"), "2:15",
                  "<case>: is not allowed here; it belongs in <choose>"},
        error_row{in_flow("<setHeader name='a b' value='x'/>"), "2:32",
                  "<setHeader>: attribute 'name' must be the name of a header field"},
        error_row{in_flow("<setHeader name='content-length' value='1'/>"), "2:32",
                  "<setHeader>: attribute 'name' must not be one that says how the message is "
                  "framed"},
        error_row{in_flow("<setHeader name='a' value='x${'/>"), "2:43",
                  "<setHeader>: attribute 'value' has '${' without '}'"},
        error_row{in_flow("<setHeader name='a' value='${methd}'/>"), "2:44",
                  "<setHeader>: attribute 'value' holds what is not an expression: name 'methd' "
                  "is not known; did you mean 'method'?"},
        error_row{in_flow("<static/>"), "2:15",
                  "<static>: needs text between the tags or the attribute 'location'"},
        error_row{in_flow("<static location='a'>x</static>"), "2:36",
                  "<static>: has text and the attribute 'location', too; write one of them"},
        error_row{in_flow("<serviceProxy/>"), "2:15",
                  "<serviceProxy>: is not allowed here; it belongs in <router>"},
        error_row{"<log/>", "2:1", "<log>: is not allowed here; it belongs in <serviceProxy>"},
        error_row{"<spring:bean class='x'/>", "2:1",
                  "<bean>: Spring's own elements need Java and are not supported here"},
        error_row{"<x xmlns='http://x/'/>", "2:1",
                  "<x>: namespace 'http://x/' is not known; Membrane's is "
                  "http://membrane-soa.org/proxies/1/"},
        error_row{"<serviceProxy xmlns=''/>", "2:1",
                  "<serviceProxy>: has no namespace; xmlns=\"http://membrane-soa.org/proxies/1/\" "
                  "is missing"},
        error_row{"hello", "2:1", "<router>: text is not expected here"},
        error_row{in_flow("  hello"), "2:17", "<serviceProxy>: text is not expected here"},
        error_row{"<serviceProxy port='0'/>", "2:21",
                  "<serviceProxy>: attribute 'port' must be a whole number from 1 to 65535, not "
                  "'0'"},
        error_row{"<serviceProxy port='65536'/>", "2:21",
                  "<serviceProxy>: attribute 'port' must be a whole number from 1 to 65535, not "
                  "'65536'"},
        error_row{"<serviceProxy port='80 '/>", "2:21",
                  "<serviceProxy>: attribute 'port' must be a whole number from 1 to 65535, not "
                  "'80 '"},
        error_row{"<serviceProxy port='#{T(x).y}'/>", "2:23",
                  "<serviceProxy>: attribute 'port' names 'T', which is not known"},
        error_row{"<serviceProxy port='#{systemEnvironment[\"NOPE\"]}'/>", "2:23",
                  "<serviceProxy>: attribute 'port' is null: systemEnvironment['NOPE'] is not set "
                  "and there is no ?: 'default'"},
        error_row{"<serviceProxy port='#{8080'/>", "2:27",
                  "<serviceProxy>: attribute 'port' has '#{' without '}' or something unexpected "
                  "in it"},
        error_row{"<serviceProxy PORT='1'/>", "2:15",
                  "<serviceProxy>: attribute 'PORT' is not known; did you mean 'port'?"},
        error_row{"<serviceProxy ip='localhost'/>", "2:19",
                  "<serviceProxy>: attribute 'ip' must be a numeric address, as 127.0.0.1 or ::1"},
        error_row{"<serviceProxy port='1' port='2'/>", "2:24",
                  "<serviceProxy>: attribute 'port' is written twice"},
        error_row{in_flow("<path></path>"), "2:15", "<path>: text is missing between the tags"},
        error_row{in_flow("<path isRegExp='true'>(</path>"), "2:37",
                  "<path>: the text is not a regular expression: Mismatched '(' and ')' in "
                  "regular expression"},
        error_row{in_flow("<path isRegExp='maybe'>/</path>"), "2:31",
                  "<path>: attribute 'isRegExp' must be 'true' or 'false', not 'maybe'"},
        error_row{in_flow("<log/><path>/</path>"), "2:21",
                  "<path>: must stand before <log> in <serviceProxy>"},
        error_row{in_flow("<target host='a'/><log/>"), "2:33",
                  "<log>: must stand before <target> in <serviceProxy>"},
        error_row{in_flow("<target host='a'/><target host='b'/>"), "2:33",
                  "<target>: may stand only once in <serviceProxy>"},
        error_row{in_flow("<user name='a' password='b'/>"), "2:15",
                  "<user>: is not allowed here; it belongs in <basicAuthentication>"}));

INSTANTIATE_TEST_SUITE_P(
    TlsAndTargets, LoaderErrors,
    testing::Values(
        error_row{in_ssl(""), "2:15",
                  "<ssl>: needs a <keystore> or <key> inside, for the certificate"},
        error_row{in_ssl("<keystore/>"), "2:20", "<keystore>: attribute 'location' is missing"},
        error_row{in_ssl("<keystore location='a' type='JKS'/>"), "2:49",
                  "<keystore>: attribute 'type' must be 'PKCS12' or 'PEM', not 'JKS'"},
        error_row{in_ssl("<keystore location='classpath:/a'/>"), "2:40",
                  "<keystore>: attribute 'location' must be a file or folder; 'classpath:' is not "
                  "supported here"},
        error_row{in_ssl("<truststore location='a'/>"), "2:15",
                  "<ssl>: needs a <keystore> or <key> inside, for the certificate"},
        error_row{in_ssl("<keystore location='a'/><truststore location='a' type='PKCS12'/>"),
                  "2:44",
                  "<truststore>: attribute 'password' is missing (only PEM files have none)"},
        error_row{in_ssl("<truststore location='a' password='x'/><keystore location='a'/>"), "2:59",
                  "<keystore>: must stand before <truststore> in <ssl>"},
        error_row{
            in_ssl("<keyGenerator/>"), "2:20",
            "<keyGenerator>: exists in Membrane but is not supported here; make a certificate with "
            "openssl and name it in <keystore>"},
        error_row{in_flow("<ssl protcols='x'/>"), "2:20",
                  "<ssl>: attribute 'protcols' is not known; did you mean 'protocols'?"},
        error_row{in_flow("<target port='1'/>"), "2:15", "<target>: attribute 'host' is missing"},
        error_row{in_flow("<target host='http://a'/>"), "2:29",
                  "<target>: attribute 'host' must be a name or address alone"},
        error_row{in_flow("<target host='a:80'/>"), "2:29",
                  "<target>: attribute 'host' must be a name or address alone"},
        error_row{in_flow("<target host='a b'/>"), "2:29",
                  "<target>: attribute 'host' must be a name or address alone"},
        error_row{in_flow("<target url='localhost:80'/>"), "2:28",
                  "<target>: attribute 'url' must start with http:// or https://"},
        error_row{in_flow("<target url='http://a/${x}'/>"), "2:39",
                  "<target>: attribute 'url' holds what is not an expression: name 'x' is not "
                  "known; a text stands between quotes: 'x'"},
        error_row{in_flow("<destination url='http://${'/>"), "2:40",
                  "<destination>: attribute 'url' has '${' without '}'"},
        error_row{in_flow("<target host='a' escaping='JSON'/>"), "2:42",
                  "<target>: attribute 'escaping' must be 'URL', not 'JSON'"},
        error_row{in_flow("<ssl><keystore location='a'/></ssl>") + "<serviceProxy/>", "2:65",
                  "<serviceProxy>: port 80 has no TLS here but in line 2; all proxies of one port "
                  "need an <ssl> or none"},
        error_row{"<serviceProxy/>\n" + in_flow("<ssl><keystore location='a'/></ssl>"), "3:1",
                  "<serviceProxy>: port 80 has TLS here but not in line 2; all proxies of one port "
                  "need an <ssl> or none"},
        error_row{"<serviceProxy/>\n<serviceProxy ip='127.0.0.1'/>", "3:1",
                  "<serviceProxy>: port 80 is opened on all addresses and also on 127.0.0.1; in "
                  "line 2 is the other place"}));

INSTANTIATE_TEST_SUITE_P(
    Elements, LoaderErrors,
    testing::Values(
        error_row{in_flow("<webSocket url='ws://a/'/>"), "2:31",
                  "<webSocket>: attribute 'url' must start with http:// instead of ws:// (the "
                  "upgrade is made over HTTP)"},
        error_row{in_flow("<webSocket url='wss://a/'/>"), "2:31",
                  "<webSocket>: attribute 'url' must start with https:// instead of wss:// (the "
                  "upgrade is made over HTTP)"},
        error_row{in_flow("<webSocket url=''/>"), "2:31",
                  "<webSocket>: attribute 'url' must not be empty"},
        error_row{
            in_flow("<webSocket><wsInterceptor refid='x'/></webSocket>"), "2:26",
            "<wsInterceptor>: exists in Membrane but is not supported here; <wsLog> prints frames, "
            "<wsStompReassembler> with <groovy> changes them"},
        error_row{in_flow("<if/>"), "2:15", "<if>: attribute 'test' is missing"},
        error_row{in_flow("<if test='true' language='xpath'/>"), "2:41",
                  "<if>: attribute 'language' must be 'SpEL' or 'groovy', not 'xpath'"},
        error_row{in_flow("<if test='(true'/>"), "2:30",
                  "<if>: attribute 'test' is not a test: the expression ends too early; ')' is "
                  "expected"},
        error_row{in_flow("<webServer/>"), "2:15", "<webServer>: attribute 'docBase' is missing"},
        error_row{in_flow("<webServer docBase=''/>"), "2:35",
                  "<webServer>: attribute 'docBase' must not be empty"},
        error_row{in_flow("<webServer docBase='.' index='a/b'/>"), "2:45",
                  "<webServer>: attribute 'index' must be names of files, without folders"},
        error_row{in_flow("<webServer docBase='.' generateIndex='true'/>"), "2:38",
                  "<webServer>: attribute 'generateIndex' exists in Membrane but is not supported "
                  "here yet"},
        error_row{in_flow("<basicAuthentication/>"), "2:15",
                  "<basicAuthentication>: needs <user>, <htpasswdFileProvider> or "
                  "<fileUserDataProvider> inside"},
        error_row{in_flow("<basicAuthentication><user name='a'/></basicAuthentication>"), "2:36",
                  "<user>: attribute 'password' is missing"},
        error_row{in_flow("<basicAuthentication><user name='a' username='b' password='c'/>"
                          "</basicAuthentication>"),
                  "2:51",
                  "<user>: attributes 'name' and 'username' mean the same; write one of them"},
        error_row{in_flow("<basicAuthentication><user name='a' password='b'/>"
                          "<user name='a' password='c'/></basicAuthentication>"),
                  "2:77", "<user>: attribute 'name' names a user for the second time"},
        error_row{in_flow("<basicAuthentication><htpasswdFileProvider/></basicAuthentication>"),
                  "2:36", "<htpasswdFileProvider>: attribute 'location' is missing"},
        error_row{in_flow("<basicAuthentication realm='x'/>"), "2:15",
                  "<basicAuthentication>: needs <user>, <htpasswdFileProvider> or "
                  "<fileUserDataProvider> inside"},
        error_row{in_flow("<adminConsole readonly='true'/>"), "2:29",
                  "<adminConsole>: attribute 'readonly' is not known; did you mean 'readOnly'?"},
        error_row{in_flow("<log level='LOUD'/>"), "2:27",
                  "<log>: attribute 'level' must be 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR' or "
                  "'FATAL', not 'LOUD'"},
        error_row{in_flow("<log body='true' headerOnly='true'/>"), "2:44",
                  "<log>: attribute 'headerOnly' is the old form of 'body'; write one of them"},
        error_row{in_flow("<log maskSensitive='false'/>"), "2:35",
                  "<log>: attribute 'maskSensitive' must be 'true': secrets are always masked "
                  "here"},
        error_row{in_flow("<log message='a ${method'/>"), "2:31",
                  "<log>: attribute 'message' has '${' without '}'"},
        error_row{in_flow("<log message='a ${metod}'/>"), "2:33",
                  "<log>: attribute 'message' holds what is not an expression: name 'metod' is not "
                  "known; did you "
                  "mean 'method'?"}));

struct document_row {
  std::string text;
  std::string message;  // first line of the first error
};

class DocumentErrors : public testing::TestWithParam<document_row> {};

TEST_P(DocumentErrors, AreExact) {
  const auto result = load(GetParam().text);
  ASSERT_FALSE(result.errors.empty()) << GetParam().text;
  EXPECT_EQ(result.errors.front().substr(0, result.errors.front().find('\n')),
            "proxies.xml:" + GetParam().message)
      << GetParam().text;
}

const std::string beans = "<beans xmlns='http://www.springframework.org/schema/beans'>";

INSTANTIATE_TEST_SUITE_P(
    Rows, DocumentErrors,
    testing::Values(
        document_row{"", "1:1: the file is empty"}, document_row{" \n", "1:1: the file is empty"},
        document_row{"<!-- a -->", "1:11: there is no element in the file"},
        document_row{"<beans/>",
                     "1:1: <beans>: the root must be <beans> of the namespace "
                     "http://www.springframework.org/schema/beans"},
        document_row{beans + "</beans>", "1:1: <beans>: there is no <router> in it"},
        document_row{beans + "<router/></beans>",
                     "1:60: <router>: Spring's own elements need Java and are not supported here"},
        document_row{beans + "<router xmlns='http://membrane-soa.org/proxies/1/'/>\n"
                             "<router xmlns='http://membrane-soa.org/proxies/1/'/></beans>",
                     "2:1: <router>: there must be one only; the first is in line 1"},
        document_row{beans + "<log xmlns='http://membrane-soa.org/proxies/1/'/></beans>",
                     "1:60: <log>: outside of <router> it needs an id, for <interceptor "
                     "refid=...>"},
        document_row{beans + "<log id='a' xmlns='http://membrane-soa.org/proxies/1/'/>\n"
                             "<log id='a' xmlns='http://membrane-soa.org/proxies/1/'/></beans>",
                     "2:1: <log>: the id 'a' is taken, in line 1"},
        document_row{beans + "<m:chain id='a' xmlns:m='http://membrane-soa.org/proxies/1/'>\n"
                             "<m:interceptor refid='a'/></m:chain><m:router "
                             "xmlns:m='http://membrane-soa.org/proxies/1/'><m:serviceProxy>"
                             "<m:interceptor refid='a'/></m:serviceProxy></m:router></beans>",
                     "2:23: <interceptor>: attribute 'refid' makes 'a' hold itself"},
        document_row{beans + "<rooter xmlns='http://membrane-soa.org/proxies/1/'/></beans>",
                     "1:60: <rooter>: is not known; did you mean 'router'?"},
        document_row{"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>",
                     "1:1: a DOCTYPE is refused, because entities can be used for attacks"},
        document_row{"<?xml version='1.0'?>\n<!doctype a><a/>",
                     "2:1: a DOCTYPE is refused, because entities can be used for attacks"},
        document_row{"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
                     "1:31: encoding 'ISO-8859-1' is not supported; save the file as UTF-8"},
        document_row{"\xFF\xFE<\0", "1:1: the file is UTF-16; it must be UTF-8"},
        document_row{"<a>\n \xE4</a>", "2:2: this is not UTF-8"},
        document_row{std::string("<a>\0</a>", 8), "1:4: a control character is not allowed in XML"},
        document_row{"<a>&x;</a>",
                     "1:4: '&' must be written as &amp; (only lt, gt, amp, quot, "
                     "apos and character numbers are known)"},
        document_row{"<a b='&x;'/>",
                     "1:7: '&' must be written as &amp; (only lt, gt, amp, quot, "
                     "apos and character numbers are known)"},
        document_row{"<a/><b/>", "1:5: there must be one root element only"},
        document_row{"<x:a/>", "1:2: prefix 'x' is not declared (xmlns:x=\"...\" is missing)"},
        document_row{"<a x:b='1'/>",
                     "1:4: prefix 'x' is not declared (xmlns:x=\"...\" is missing)"},
        document_row{"<a>\n</b>", "2:1: </b>: does not fit <a>, which is open since line 1"},
        document_row{"<a c='>'>\n<!-- <x> --><b/><d e=\"'\">\n</a>\n</d>",
                     "3:1: </a>: does not fit <d>, which is open since line 2"},
        document_row{"<a>\n<serviceproxy>\n<![CDATA[</x>]]></serviceProxy></a>",
                     "3:17: </serviceProxy>: does not fit <serviceproxy>, which is open since line "
                     "2"},
        document_row{beans + "<router xmlns='http://membrane-soa.org/proxies/1/'>\n"
                             "<balancerHealthMonitor/></router></beans>",
                     "2:1: <balancerHealthMonitor>: belongs in <beans>, beside <router>"}));

TEST(Loader, WarnsOfHostsAndMethodsThatNoRequestHas) {
  const auto first = [](const std::string& attributes) {
    const auto loaded = must_load("<serviceProxy port='80' " + attributes + "/>");
    const std::string all = loaded->warnings.empty() ? std::string() : loaded->warnings[0];
    return all.substr(0, all.find('\n'));
  };
  EXPECT_EQ(first("host='a.example,b.example'"),
            "proxies.xml:2:1: host 'a.example,b.example' fits no request; names are separated by "
            "blanks");
  EXPECT_EQ(first("host='b a.example:80'"),
            "proxies.xml:2:1: host 'a.example:80' fits no request; the port of a host is not "
            "looked at");
  EXPECT_EQ(first("method='get'"),
            "proxies.xml:2:1: method 'get' fits no request; methods are in capitals");
  EXPECT_EQ(first("host='[::1] ::1 *.example' method='GET'"), "");
}

TEST(Loader, WarnsOfAProxyThatIsNeverReached) {
  const auto loaded = must_load(
      "<serviceProxy port='80' host='a'/>\n<serviceProxy port='80'/>\n"
      "<serviceProxy port='80' method='GET'/>\n<serviceProxy port='81'/>");
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_EQ(loaded->warnings[0].substr(0, loaded->warnings[0].find('\n')),
            "proxies.xml:4:1: this proxy is never reached: the one in line 3 takes all of port 80");
}

TEST(XmlTree, ResolvesPrefixesPerElement) {
  diagnostics errors("f", "<a xmlns='u1' xmlns:p='u2'><p:b p:c='1' d='2'/><e xmlns='u3'/></a>");
  const auto tree = parse_xml(errors);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->uri, "u1");
  EXPECT_EQ(tree->children[0].uri, "u2");
  EXPECT_EQ(tree->children[0].attributes[0].uri, "u2");
  EXPECT_EQ(tree->children[0].attributes[1].uri, "");
  EXPECT_EQ(tree->children[1].uri, "u3");
}

TEST(Loader, JudgesScriptsAlsoWhereSomethingElseIsWrong) {
  const auto loaded = load_proxies(
      "<serviceProxy prt='80'>\n<groovy>exc.foo()</groovy>\n<webSocket ur='x'>\n"
      "<wsStompReassembler><groovy>for</groovy></wsStompReassembler></webSocket>\n"
      "<if test='tru'><groovy>\nexc.bar()</groovy><interceptor refid='none'/>"
      "<destination url='internal://none'/></if></serviceProxy>");
  std::vector<std::string> starts;
  for (const std::string& e : loaded.errors) starts.push_back(e.substr(0, e.find('\n')));
  EXPECT_EQ(
      starts,
      (std::vector<std::string>{
          "proxies.xml:2:15: <serviceProxy>: attribute 'prt' is not known; did you mean 'port'?",
          "proxies.xml:3:13: <groovy>: an exchange has no method 'foo'",
          "proxies.xml:4:12: <webSocket>: attribute 'ur' is not known; did you mean 'url'?",
          "proxies.xml:5:29: <groovy>: 'for' is not supported here",
          "proxies.xml:6:11: <if>: attribute 'test' is not a test: name 'tru' is not known; did "
          "you mean 'true'?",
          "proxies.xml:7:5: <groovy>: an exchange has no method 'bar'"}));
}

TEST(Loader, RefusesTextBesideTheRouter) {
  const auto loaded = load(
      "<b:beans xmlns:b='http://www.springframework.org/schema/beans'>\n words\n"
      "<router xmlns='http://membrane-soa.org/proxies/1/'/></b:beans>");
  EXPECT_EQ(loaded.errors, std::vector<std::string>{
                               "proxies.xml:2:2: <beans>: text is not expected here\n words\n ^"});
}

TEST(XmlTree, MapsDecodedOffsetsToTheFile) {
  EXPECT_EQ(raw_offset("a&amp;b", 1), 1U);
  EXPECT_EQ(raw_offset("a&amp;b", 2), 6U);
  EXPECT_EQ(raw_offset("abc", 10), 3U);
}

TEST(PathRegex, RefusesPatternsThatCostTooMuch) {
  EXPECT_TRUE(compile_regex("/a(b|c)*d{1,3}").regex);
  EXPECT_FALSE(compile_regex("(a{1000}){1000}").regex);
  EXPECT_FALSE(compile_regex(std::string(600, 'a')).regex);
  EXPECT_FALSE(compile_regex(std::string(100, '(')).regex);
  EXPECT_FALSE(compile_regex("[").regex);
}

// All of Membrane's interceptors: each is supported, or its error names what to use instead.
TEST(MembraneNames, AreAllAnswered) {
  std::set<std::string_view> supported;
  for (const element_registry list : {structure_elements(), builtin_elements()})
    for (const element_descriptor* d : list) supported.insert(d->name);
  std::istringstream names(
      "request response abort chain global if choose for call destination return "
      "interceptor echo counter time static template setBody setHeader setProperty "
      "setCookies headerFilter replace regExReplacer beautifier json2Xml xml2Json "
      "transform xmlContentFilter groovy javascript rewriter balancer "
      "clusterNotification shadowing throttle reverseProxying internalRouting "
      "ruleMatching dispatching userFeature httpClient webSocket tcp stompClient wsLog "
      "wsInterceptor wsStompReassembler routerIpResolver webServer webServiceExplorer "
      "wsdlPublisher index sampleSoapService sseDemoStream apiDocs openapiPublisher "
      "APIsJSON adminConsole adminApi membraneMCPServer prometheus statisticsProvider "
      "shutdown acmeHttpChallenge basicAuthentication login ntlm apiKey jwtAuth jwtSign "
      "xenAuthentication authHead2Body oauth2Resource2 oauth2authserver "
      "oauth2authserver2 oauth2Client oauth2PermissionChecker requireAuth "
      "tokenValidator flowInitiator accessControl rateLimiter limit cors jsonProtection "
      "xmlProtection graphQLProtection jsonRPCProtection mcpProtection "
      "sqlInjectionProtection clamav formValidation idempotency paddingHeader validator "
      "openapiValidator kubernetesValidation rest2Soap soap2Rest soapBody "
      "soapOperationExtractor soapStackTraceFilter wsdlRewriter wsdl2openapi wsSecurity "
      "wsaEndpointRewriter http2xml analyser log accessLog logContext correlationId "
      "openTelemetry exchangeStore statisticsCSV statisticsJDBC cache greaser "
      "llmGateway ");
  std::size_t count = 0;
  for (std::string name; names >> name; ++count)
    EXPECT_NE(supported.count(name) > 0, instead_of(name).has_value()) << name;
  EXPECT_EQ(count, 120U);
  EXPECT_FALSE(instead_of("xyzzy"));
}

}  // namespace
}  // namespace gateway::test
