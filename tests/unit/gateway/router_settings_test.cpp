// What stands around the proxies: settings, values of the environment, shared elements, internal
// proxies, and which proxy a request belongs to.
#include "gateway/config/placeholders.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RouterSettings, AreMembranesDefaults) {
  EXPECT_EQ(must_load("<serviceProxy/>")->router, router_settings{});
  EXPECT_EQ(must_load("<configuration/><httpClientConfig/><transport/><serviceProxy/>")->router,
            router_settings{});
}

TEST(RouterSettings, AreReadFromTheirElements) {
  const auto c = must_load(
      "<configuration production='yes' hotDeploy='no' jmxRouterName='x'/>"
      "<httpClientConfig adjustHostHeader='false'>"
      "<retries retries='5' delay='7' backoffMultiplier='3' failOverOn5XX='true'/>"
      "<connection timeout='1500' soTimeout='2500' keepAliveTimeout='10'/>"
      "<proxy host='p' port='3128' authentication='true' username='u' password='x'/>"
      "<authentication username='a' password='b'/></httpClientConfig>"
      "<transport trustedProxies='10.0.0.0/8, ::1' socketTimeout='5000' "
      "forceSocketCloseOnHotDeployAfter='0' reverseDNS='false' "
      "concurrentConnectionLimitPerIp='3' coreThreadPoolSize='5' maxThreadPoolSize='10'>"
      "<ruleMatching xForwardedForEnabled='false'/><dispatching/><userFeature/><httpClient/>"
      "</transport><serviceProxy><target host='a'/></serviceProxy>");
  const router_settings& r = c->router;
  EXPECT_TRUE(r.production);
  EXPECT_FALSE(r.hot_deploy);
  EXPECT_FALSE(r.adjust_host);
  EXPECT_FALSE(c->proxies[0]->target->to.adjust_host);
  EXPECT_EQ(r.proxy, (outbound_proxy{"p", 3128, "Basic dTp4"}));
  EXPECT_EQ(r.target_authorization, "Basic YTpi");
  ASSERT_TRUE(r.trusted_proxies);
  ASSERT_EQ(r.trusted_proxies->size(), 2U);
  EXPECT_TRUE((*r.trusted_proxies)[0].contains("10.1.2.3"));
  EXPECT_EQ(r.retries, 5U);
  EXPECT_EQ(r.retry_delay, milliseconds(7));
  EXPECT_EQ(r.retry_backoff, 3U);
  EXPECT_TRUE(r.retry_on_5xx);
  EXPECT_EQ(r.connect_timeout, milliseconds(1500));
  EXPECT_EQ(r.answer_timeout, milliseconds(2500));
  EXPECT_EQ(r.socket_timeout, seconds(5));
  EXPECT_EQ(r.reload_grace, seconds(0));
  EXPECT_EQ(r.connections_per_address, 3U);
  EXPECT_FALSE(r.forwarded_fields);
}

std::string old_router(const std::string& attributes, const std::string& inside = {}) {
  return "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
         "xmlns='http://membrane-soa.org/proxies/1/'><router " +
         attributes + ">" + inside + "<serviceProxy/></router></spring:beans>";
}

TEST(RouterSettings, AreTakenFromTheirOldPlace) {
  const auto old = load(old_router(
      "hotDeploy='false' production='true' retryInit='true' retryInitInterval='1' jmx='a'"));
  ASSERT_TRUE(old.value) << old.errors.front();
  EXPECT_FALSE(old.value->router.hot_deploy);
  EXPECT_TRUE(old.value->router.production);
  const auto both = load(old_router("hotDeploy='false'", "<configuration hotDeploy='true'/>"));
  ASSERT_EQ(both.errors.size(), 1U);
  EXPECT_NE(both.errors[0].find("is written in <configuration>, too"), std::string::npos);
}

// Which proxy of `proxies` a request goes to, by name; "-" for none.
std::string matched(const std::string& proxies, const std::string& target,
                    const std::string& method = "GET") {
  const auto c = must_load(proxies);
  if (!c) return "not loaded";
  const proxy* p = match(*c, {80, "127.0.0.1", "shop", method, target}, [&](const proxy& each) {
    world w;
    exchange ex(make_request(method, target), w.connection, w.all);
    return each.test->test(ex, flow_direction::request);
  });
  return p ? p->name : "-";
}

TEST(ApiMatching, GoesByPathTemplateAndTest) {
  const std::string apis =
      "<api name='one'><path>/a/{x}/b</path></api>"
      "<api name='two' test=\"method == 'PUT'\"/>"
      "<api name='three'><path>/a.b/{x}</path></api>"
      "<internal name='four'/>";
  for (const auto& [target, method, name] :
       std::vector<std::array<std::string, 3>>{{"/a/1/b", "GET", "one"},
                                               {"/a/1/b?q=/", "GET", "one"},
                                               {"/a/1/2/b", "GET", "-"},
                                               {"/a//b", "GET", "-"},
                                               {"/a/1/bc", "GET", "-"},
                                               {"/a/1/bc", "PUT", "two"},
                                               {"/", "PUT", "two"},
                                               {"/a.b/z", "GET", "three"},
                                               {"/aXb/z", "GET", "-"}}) {
    EXPECT_EQ(matched(apis, target, method), name) << target << " " << method;
  }
}

TEST(Internal, HasNoListener) {
  const auto c = must_load("<internal name='a'/><serviceProxy port='81'/>");
  ASSERT_EQ(c->listeners.size(), 1U);
  EXPECT_EQ(c->listeners[0].port, 81);
  EXPECT_EQ(find_internal(*c, "a"), c->proxies[0].get());
  EXPECT_EQ(find_internal(*c, "b"), nullptr);
}

std::shared_ptr<const config> with_beans(const std::string& beans, const std::string& proxies) {
  auto loaded = load(
      "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
      "xmlns='http://membrane-soa.org/proxies/1/'>" +
      beans + "<router>" + proxies + "</router></spring:beans>");
  for (const auto& e : loaded.errors) ADD_FAILURE() << e;
  return loaded.value;
}

std::string log_of(const config& c, std::size_t index = 0) {
  world w;
  exchange ex(make_request(), w.connection, w.all);
  run(w, c.proxies.at(index)->elements.on_request(ex));
  std::string out;
  for (const auto& line : w.log.lines) out += line + ";";
  return out;
}

TEST(Beans, AreUsedWhereverTheyAreReferredTo) {
  const auto c = with_beans(
      "<log id='l' message='one'/><chain id='c'><interceptor refid='l'/><log message='two'/>"
      "</chain>",
      "<serviceProxy><interceptor refid='c'/><log message='three'/></serviceProxy>"
      "<serviceProxy port='81'><interceptor refid='l'/></serviceProxy>");
  EXPECT_EQ(log_of(*c), "one;two;three;");
  EXPECT_EQ(log_of(*c, 1), "one;");
}

TEST(Global, RunsBeforeTheElementsOfEachProxy) {
  const auto c = must_load(
      "<global><log message='all'/></global><serviceProxy><log message='mine'/></serviceProxy>"
      "<serviceProxy port='81'/>");
  EXPECT_EQ(log_of(*c), "all;mine;");
  EXPECT_EQ(log_of(*c, 1), "all;");
}

TEST(Fingerprint, ChangesWithWhatTheProxyUses) {
  const std::string user = "<serviceProxy><interceptor refid='l'/></serviceProxy>";
  const auto a = with_beans("<log id='l' message='one'/>", user);
  const auto b = with_beans("<log id='l' message='two'/>", user);
  EXPECT_NE(a->proxies[0]->fingerprint, b->proxies[0]->fingerprint);
  const auto c = must_load("<global><log/></global><serviceProxy/>");
  EXPECT_NE(c->proxies[0]->fingerprint, must_load("<serviceProxy/>")->proxies[0]->fingerprint);
}

TEST(Fingerprint, StaysWhenOnlyOthersChange) {
  const std::string two =
      "<serviceProxy><interceptor refid='l'/></serviceProxy><serviceProxy port='81'/>";
  const auto a = with_beans("<log id='l' message='one'/>", two);
  const auto b = with_beans("<log id='l' message='two'/>", two);
  EXPECT_NE(a->proxies[0]->fingerprint, b->proxies[0]->fingerprint);
  EXPECT_EQ(a->proxies[1]->fingerprint, b->proxies[1]->fingerprint);
}

TEST(Fingerprint, ChangesWithTheInternalProxiesBehindIt) {
  const std::string users =
      "<serviceProxy><target url='internal://a'/></serviceProxy><serviceProxy port='81'/>"
      "<internal name='a'><if test='true'><destination url='internal://b'/></if></internal>";
  const auto one = must_load(users + "<internal name='b'><return/></internal>");
  const auto two = must_load(users + "<internal name='b'><return status='201'/></internal>");
  EXPECT_NE(one->proxies[0]->fingerprint, two->proxies[0]->fingerprint);
  EXPECT_EQ(one->proxies[1]->fingerprint, two->proxies[1]->fingerprint);
}

struct value_row {
  const char* text;
  const char* value;  // or the error behind "!OFFSET "
};

TEST(Placeholders, AreFilledIn) {
  load_values values;
  values.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "PORT") return "8080";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  values.properties["my"]["HOST"] = "broker";
  values.placeholders = true;
  for (const value_row& r : std::initializer_list<value_row>{
           {"plain", "plain"},
           {"", ""},
           {"# {x}", "# {x}"},
           {"#{systemEnvironment['PORT']}", "8080"},
           {"#{ systemEnvironment[ 'PORT' ] }", "8080"},
           {"#{systemEnvironment.PORT}", "8080"},
           {"#{systemEnvironment['NO'] ?: 'd'}", "d"},
           {"#{systemEnvironment['EMPTY'] ?: 'd'}", "d"},
           {"#{systemEnvironment['NO'] ?: systemProperties['x'] ?: 7}", "7"},
           {"http://#{my.HOST}:#{systemEnvironment['PORT']}/", "http://broker:8080/"},
           {"#{my['HOST'] + '-' + 'x'}", "broker-x"},
           {"#{1 + 1}", "2"},
           {"#{'it''s'}", "it's"},
           {"#{('a')}", "a"},
           {"#{true}", "true"},
           {"${PORT}", "8080"},
           {"${NO:99}", "99"},
           {"${NO:}", ""},
           {"${HOST}", "broker"},
           {"a${PORT}b${PORT}", "a8080b8080"},
           {"#{systemEnvironment['NO']}",
            "!2 is null: systemEnvironment['NO'] is not set and there is no ?: 'default'"},
           {"#{my.PORT}", "!2 is null: my['PORT'] is not set and there is no ?: 'default'"},
           {"#{mine.HOST}", "!2 names 'mine', which is not known"},
           {"x#{systemEnvironment}", "!20 needs .NAME or ['NAME'] behind 'systemEnvironment'"},
           {"#{systemEnvironment[PORT]}", "!20 expects ['NAME'] behind 'systemEnvironment'"},
           {"#{'open}", "!8 has a text without its closing quote"},
           {"#{", "!2 has '#{' without '}'"},
           {"#{1 1}", "!4 has '#{' without '}' or something unexpected in it"},
           {"#{(1}", "!4 has '(' without ')'"},
           {"#{!}", "!2 has something in '#{...}' that is not known here"},
           {"${", "!0 has '${' without '}'"},
           {"a${NO}",
            "!3 needs the environment variable 'NO', which is not set (${NAME:default} gives a "
            "default)"},
       }) {
    const auto got = resolve_placeholders(r.text, values);
    const auto* wrong = std::get_if<placeholder_error>(&got);
    EXPECT_EQ(wrong ? "!" + std::to_string(wrong->offset) + " " + wrong->message
                    : std::get<std::string>(got),
              r.value)
        << r.text;
  }
}

TEST(Placeholders, OfTheRunningGatewayStayUnlessSpringsAreAskedFor) {
  const auto got = resolve_placeholders("${PORT}", {});
  EXPECT_EQ(std::get<std::string>(got), "${PORT}");
}

TEST(Placeholders, ReachEveryAttributeOfAFile) {
  load_options options;
  options.environment = [](std::string_view) { return std::optional<std::string>("8081"); };
  const auto c = must_load(
      "<serviceProxy port=\"#{systemEnvironment['P']}\"><target host='a' "
      "port=\"#{systemEnvironment['P']}\"/></serviceProxy>",
      options);
  EXPECT_EQ(c->proxies[0]->port, 8081);
  EXPECT_EQ(c->proxies[0]->target->to.port, 8081);
}

struct range_row {
  std::string range;
  std::string address;
  bool inside;
};
class AddressRange : public testing::TestWithParam<range_row> {};

TEST_P(AddressRange, HoldsItsAddresses) {
  const auto range = parse_address_range(GetParam().range);
  ASSERT_TRUE(range) << GetParam().range;
  EXPECT_EQ(range->contains(GetParam().address), GetParam().inside)
      << GetParam().range << " " << GetParam().address;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AddressRange,
    testing::Values(range_row{"10.0.0.0/8", "10.255.0.1", true},
                    range_row{"10.0.0.0/8", "11.0.0.1", false},
                    range_row{"192.168.1.128/25", "192.168.1.127", false},
                    range_row{"192.168.1.128/25", "192.168.1.200", true},
                    range_row{"127.0.0.1", "127.0.0.1", true},
                    range_row{"127.0.0.1", "127.0.0.2", false},
                    range_row{"0.0.0.0/0", "8.8.8.8", true}, range_row{"0.0.0.0/0", "::1", false},
                    range_row{"::1", "::1", true}, range_row{"fe80::/10", "fe80::1", true},
                    range_row{"fe80::/10", "fc00::1", false}, range_row{"::/0", "127.0.0.1", true},
                    range_row{"127.0.0.1", "not an address", false}));

TEST(AddressRangeText, IsRefusedWhenItIsNone) {
  for (const std::string bad : {"", "10.0.0.0/33", "10.0.0/8", "::/129", "a", "1.2.3.4/", "1/2/3"})
    EXPECT_FALSE(parse_address_range(bad)) << bad;
}

TEST(RouterSettings, ErrorsNameTheNetworkThatIsNone) {
  const auto loaded =
      load_proxies("<transport trustedProxies='10.0.0.0/8 10.0.0.0/99'/><serviceProxy/>");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_TRUE(loaded.errors[0].starts_with(
      "proxies.xml:2:39: <transport>: attribute 'trustedProxies' names '10.0.0.0/99'; it must be "
      "an address or a network, as 10.0.0.0/8 or ::1"))
      << loaded.errors[0];
}

}  // namespace
}  // namespace gateway::test
