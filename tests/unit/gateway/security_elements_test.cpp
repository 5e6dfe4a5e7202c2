// <basicAuthentication> by file, <accessControl>, <limit> and <cors>: what they do to requests, and
// what they refuse when they are loaded.
#include <gmock/gmock.h>

#include <map>

#include "crypto/digest.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* users_file =
    "# comment\n"
    "bcrypt:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n"
    "plain:secret\r\n"
    "\n"
    "apr1:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n";

// A proxy with one element, and one request.
struct row {
  const char* name;
  std::string elements;
  net::header_list headers{};
  int status = 0;  // 0: it passes
  std::string client = "127.0.0.1";
  std::string method = "GET";
  std::string body{};
  bool is_chunked = false;  // the body does not say its length
};
void PrintTo(const row& r, std::ostream* out) { *out << r.name; }

class unknown_length final : public net::body_source {
 public:
  explicit unknown_length(std::string text) : text_(std::move(text)) {}
  net::task<net::result<std::string_view>> pull() override {
    co_return std::exchange(told_, true) ? std::string_view() : std::string_view(text_);
  }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }

 private:
  std::string text_;
  bool told_ = false;
};

load_options with_files() {
  load_options o;
  o.read_text = [](const std::string& path) -> net::result<std::string> {
    if (path.ends_with("users")) return std::string(users_file);
    if (path.ends_with("empty")) return std::string("# nobody\n");
    if (path.ends_with("argon")) return std::string("a:$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA\n");
    if (path.ends_with("sha"))
      return std::string("a:secret\nb:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
    if (path.ends_with("odd")) return std::string("a:secret\nwithout colon\n");
    if (path.ends_with("twice")) return std::string("a:secret\na:other\n");
    return net::errc::not_found;
  };
  return o;
}

class Security : public testing::TestWithParam<row> {
 protected:
  outcome pass(const row& r) {
    w.connection.client.address = r.client;
    w.all.host_name_of = [](const std::string& address) {
      return std::string(address == "10.0.0.1" ? "desk.example.org" : "");
    };
    loaded = must_load_flow(r.elements, with_files());
    auto request = make_request(r.method, "/", r.headers);
    if (!r.body.empty() && r.is_chunked) request.body = std::make_unique<unknown_length>(r.body);
    if (!r.body.empty() && !r.is_chunked) request.body = net::make_string_body(r.body);
    ex.emplace(std::move(request), w.connection, w.all);
    return run(w, loaded->proxies.at(0)->elements.on_request(*ex));
  }

  world w;
  std::shared_ptr<const config> loaded;
  std::optional<exchange> ex;
};

TEST_P(Security, DecidesAsItsRowSays) {
  const auto result = pass(GetParam());
  if (GetParam().status == 0) {
    EXPECT_EQ(result, outcome::proceed) << (ex->response ? ex->response->status : 0);
    return;
  }
  EXPECT_NE(result, outcome::proceed);
  ASSERT_TRUE(ex->response);
  EXPECT_EQ(ex->response->status, GetParam().status);
}

net::header_list login(const std::string& pair) {
  return {{"Authorization", "Basic " + crypto::base64_encode(pair)}};
}
const std::string by_file =
    "<basicAuthentication><htpasswdFileProvider location='users'/></basicAuthentication>";
std::string by_user(const std::string& password) {
  return "<basicAuthentication><user name='a' password='" + password + "'/></basicAuthentication>";
}

INSTANTIATE_TEST_SUITE_P(
    BasicAuthentication, Security,
    testing::Values(
        row{"bcrypt", by_file, login("bcrypt:secret")},
        row{"bcrypt_wrong", by_file, login("bcrypt:Secret"), 401},
        row{"apr1", by_file, login("apr1:secret")},
        row{"apr1_wrong", by_file, login("apr1:secret "), 401},
        row{"plain_beside_hashes", by_file, login("plain:secret")},
        row{"plain_wrong", by_file, login("plain:"), 401},
        row{"unknown_user", by_file, login("nobody:secret"), 401},
        row{"no_field", by_file, {}, 401},
        row{"other_scheme", by_file, {{"Authorization", "Bearer x"}}, 401},
        row{"the_hash_itself", by_file, login("apr1:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0"), 401},
        row{"a_comment_is_no_user", by_file, login("# comment:"), 401},
        row{"nul_in_password", by_file, login(std::string("bcrypt:secret\0x", 15)), 401},
        row{"old_name_of_the_provider",
            "<basicAuthentication><fileUserDataProvider location='users'/></basicAuthentication>",
            login("bcrypt:secret")},
        row{"sha512",
            by_user("$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/"
                    "S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm."),
            login("a:secret")},
        row{"md5_crypt_of_a_user", by_user("$1$salt$1L2Pqd0VoZq0hFQu8oHGF/"), login("a:wrong"),
            401},
        row{"plain_user", by_user("secret"), login("a:secret")}),
    [](const auto& each) { return each.param.name; });

std::string access(const std::string& rules, const std::string& attributes = {}) {
  return "<accessControl " + attributes + ">" + rules + "</accessControl>";
}
const std::string behind_proxy =
    "trustForwardedFor='true' trustedProxyList='10.9.0.0/16, 10.8.0.1'";
const std::string one_network = "<allow target='192.168.1.0/24'/>";

INSTANTIATE_TEST_SUITE_P(
    AccessControl, Security,
    testing::Values(
        row{"address", access("<allow target='127.0.0.1'/>")},
        row{"other_address", access("<allow target='127.0.0.2'/>"), {}, 403},
        row{"network", access("<allow target='127.0.0.0/8'/>")},
        row{"outside_of_the_network", access("<allow target='10.0.0.0/8'/>"), {}, 403},
        row{"ipv6", access("<allow target='::1'/>"), {}, 0, "::1"},
        row{"ipv6_network", access("<allow target='2001:db8::/32'/>"), {}, 0, "2001:db8::7"},
        row{"mapped_ipv4", access("<allow target='127.0.0.1'/>"), {}, 0, "::ffff:127.0.0.1"},
        row{"first_rule_wins",
            access("<deny target='127.0.0.1'/><allow target='127.0.0.0/8'/>"),
            {},
            403},
        row{"first_rule_wins_for_allow",
            access("<allow target='127.0.0.1'/><deny target='127.0.0.0/8'/>")},
        row{"no_rule_fits", access("<deny target='10.0.0.1'/>"), {}, 403},
        row{"host_name", access("<allow target='.*\\.example\\.org'/>"), {}, 0, "10.0.0.1"},
        row{"part_of_a_host_name", access("<allow target='example'/>"), {}, 403, "10.0.0.1"},
        row{"no_name", access("<allow target='.*'/>"), {}, 403, "10.0.0.2"},
        row{"address_before_names",
            access("<deny target='10.0.0.1'/><allow target='.*'/>"),
            {},
            403,
            "10.0.0.1"},
        row{"forwarded_is_not_believed",
            access(one_network),
            {{"X-Forwarded-For", "192.168.1.7"}},
            403},
        row{"trusted_proxy",
            access(one_network, behind_proxy),
            {{"X-Forwarded-For", "192.168.1.7"}},
            0,
            "10.9.1.1"},
        row{"other_peer_is_not_believed",
            access(one_network, behind_proxy),
            {{"X-Forwarded-For", "192.168.1.7"}},
            403,
            "10.7.0.1"},
        row{"last_untrusted_hop_counts",
            access(one_network, behind_proxy),
            {{"X-Forwarded-For", "192.168.1.7, 8.8.8.8, 10.8.0.1"}},
            403,
            "10.9.1.1"},
        row{"hops_of_several_fields",
            access(one_network, behind_proxy),
            {{"X-Forwarded-For", "8.8.8.8"}, {"X-Forwarded-For", "192.168.1.9, 10.9.3.3"}},
            0,
            "10.9.1.1"},
        row{"no_address_in_the_list",
            access(one_network, behind_proxy),
            {{"X-Forwarded-For", "192.168.1.7, unknown"}},
            403,
            "10.9.1.1"}),
    [](const auto& each) { return each.param.name; });

const std::string ten = "<limit maxBodyLength='10'/>";
INSTANTIATE_TEST_SUITE_P(
    Limit, Security,
    testing::Values(
        row{"no_body", ten},
        row{"as_long_as_allowed", ten, {}, 0, "127.0.0.1", "POST", "0123456789"},
        row{"one_more", ten, {}, 413, "127.0.0.1", "POST", "0123456789x"},
        row{"of_unknown_length", ten, {}, 0, "127.0.0.1", "POST", "0123456789x", true},
        row{"nothing_allowed", "<limit maxBodyLength='0'/>", {}, 413, "127.0.0.1", "POST", "x"}),
    [](const auto& each) { return each.param.name; });

net::header_list preflight(const std::string& origin, const std::string& method,
                           const std::string& headers = {}) {
  net::header_list all{{"Origin", origin}, {"Access-Control-Request-Method", method}};
  if (!headers.empty()) all.add("Access-Control-Request-Headers", headers);
  return all;
}
row asks(const char* name, const std::string& attributes, net::header_list headers, int status) {
  return {name, "<cors " + attributes + "/>", std::move(headers), status, "127.0.0.1", "OPTIONS"};
}
const std::string named =
    "origins='https://a.org https://b.org' methods='GET, PUT' headers='X-One, x-two'";

INSTANTIATE_TEST_SUITE_P(
    Cors, Security,
    testing::Values(
        asks("named_origin", named, preflight("https://a.org", "GET"), 204),
        asks("second_origin", named, preflight("https://b.org", "PUT"), 204),
        asks("other_origin", named, preflight("https://c.org", "GET"), 403),
        asks("origin_with_port", named, preflight("https://a.org:8443", "GET"), 403),
        asks("origin_in_other_case", named, preflight("https://A.org", "GET"), 403),
        asks("other_method", named, preflight("https://a.org", "DELETE"), 403),
        asks("method_in_other_case", named, preflight("https://a.org", "put"), 403),
        asks("named_header", named, preflight("https://a.org", "GET", "x-one"), 204),
        asks("both_headers", named, preflight("https://a.org", "GET", "x-one,X-TWO"), 204),
        asks("other_header", named, preflight("https://a.org", "GET", "x-one, x-three"), 403),
        asks("any_origin", "", preflight("https://z.org", "DELETE"), 204),
        asks("no_headers_by_default", "", preflight("https://z.org", "GET", "x-one"), 403),
        asks("all", "allowAll='true'", preflight("https://z.org", "PATCH", "x-one"), 204),
        asks("null_is_not_any", "allowAll='true'", preflight("null", "GET"), 403),
        asks("null_when_named", "origins='null'", preflight("null", "GET"), 204),
        asks("options_that_is_no_preflight", named, {{"Origin", "https://a.org"}}, 0),
        asks("options_without_origin", named, {{"Access-Control-Request-Method", "GET"}}, 0),
        row{"a_plain_request_goes_on", "<cors/>", {{"Origin", "https://a.org"}}}),
    [](const auto& each) { return each.param.name; });

using SecurityWorld = Security;

TEST_F(SecurityWorld, ARightPasswordIsHashedOnceAndAWrongOneEachTime) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pass({"", by_file, login("bcrypt:secret")}), outcome::proceed);
    EXPECT_EQ(ex->user, "bcrypt");
    EXPECT_FALSE(ex->request.headers.contains("Authorization"));
  }
  EXPECT_EQ(pass({"", by_file, login("bcrypt:no")}), outcome::abort);
  EXPECT_EQ(ex->response->headers.get("WWW-Authenticate"), "Basic realm=\"membrane\"");
  EXPECT_EQ(w.count.unauthorized, 1U);
}

TEST_F(SecurityWorld, ABodyOfUnknownLengthBreaksOffAtTheLimit) {
  pass({"", ten, {}, 0, "127.0.0.1", "POST", "0123456789x", true});
  const auto all = run(w, net::read_all(ex->request.body.get(), 1000));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error(), net::errc::too_large);
}

TEST_F(SecurityWorld, CorsTellsThePageWhatItMay) {
  const std::string rules = "<cors origins='https://a.org' credentials='true' maxAge='60'/>";
  EXPECT_EQ(pass({"", rules, preflight("https://a.org", "PUT"), 0, "127.0.0.1", "OPTIONS"}),
            outcome::respond);
  const auto& told = ex->response->headers;
  EXPECT_EQ(told.get("Access-Control-Allow-Origin"), "https://a.org");
  EXPECT_EQ(told.get("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(told.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(told.get("Access-Control-Max-Age"), "60");
  EXPECT_EQ(told.get("Vary"), "Origin");
}

TEST_F(SecurityWorld, CorsMarksAnswersAndErrors) {
  const std::string rules = "<cors exposeHeaders='X-Left'/>";
  pass({"", rules, {{"Origin", "https://a.org"}}});
  ex->response = net::make_response(200, "text/plain", "");
  run(w, loaded->proxies.at(0)->elements.on_response(*ex));
  EXPECT_EQ(ex->response->headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(ex->response->headers.get("Access-Control-Expose-Headers"), "X-Left");
  pass({"",
        rules + "<limit maxBodyLength='0'/>",
        {{"Origin", "https://a.org"}},
        413,
        "127.0.0.1",
        "POST",
        "x"});
  EXPECT_EQ(ex->response->headers.get("Access-Control-Allow-Origin"), "*");
}

TEST_F(SecurityWorld, CorsSaysNothingToOthersButThatItDepends) {
  pass({"", "<cors origins='https://a.org'/>", {{"Origin", "https://b.org"}}});
  ex->response = net::make_response(200, "text/plain", "");
  run(w, loaded->proxies.at(0)->elements.on_response(*ex));
  EXPECT_FALSE(ex->response->headers.contains("Access-Control-Allow-Origin"));
  EXPECT_EQ(ex->response->headers.get("Vary"), "Origin");
}

struct refused {
  const char* name;
  std::string elements;
  std::string error;
};
void PrintTo(const refused& r, std::ostream* out) { *out << r.name; }
class SecurityErrors : public testing::TestWithParam<refused> {};

TEST_P(SecurityErrors, NameThePlaceAndWhatIsExpected) {
  const auto result = load_proxies(
      "<serviceProxy port='80'>" + GetParam().elements + "</serviceProxy>", with_files());
  ASSERT_FALSE(result.errors.empty());
  EXPECT_THAT(result.errors.front(), HasSubstr(GetParam().error));
}

std::string file_auth(const std::string& file) {
  return "<basicAuthentication><htpasswdFileProvider location='" + file +
         "'/></basicAuthentication>";
}

INSTANTIATE_TEST_SUITE_P(
    Elements, SecurityErrors,
    testing::Values(
        refused{"no_file", file_auth("missing"),
                "2:78: <htpasswdFileProvider>: attribute 'location' cannot be read"},
        refused{"no_users", file_auth("empty"), "names a file without users"},
        refused{"argon2", file_auth("argon"),
                "line 1 is an argon2 hash, which is not supported here; bcrypt is (htpasswd -B)"},
        refused{"sha", file_auth("sha"), "line 2 is a hash without salt"},
        refused{"no_colon", file_auth("odd"), "names a file whose line 2 is not user:hash"},
        refused{"twice", file_auth("twice"), "line 2 has a user for the second time"},
        refused{"two_places",
                "<basicAuthentication><user name='a' password='b'/><htpasswdFileProvider "
                "location='users'/>"
                "</basicAuthentication>",
                "stands beside <user>; users come from one place"},
        refused{"unknown_hash", by_user("$9$abc$def"),
                "is a hash of a kind that is not known here"},
        refused{"no_rules", "<accessControl/>", "needs <allow> or <deny> inside"},
        refused{"half_an_address", access("<allow target='10.0.0'/>"),
                "must be an address, a network such as 10.0.0.0/8, or a host name"},
        refused{"too_many_bits", access("<allow target='10.0.0.0/33'/>"), "must be an address"},
        refused{"no_regex", access("<allow target='(a'/>"), "is not a regular expression"},
        refused{"a_glob", access("<deny target='*.example.org'/>"),
                "nothing stands before '*' that could repeat; '.*' is any text"},
        refused{"a_range", access("<allow target='10.0.0.1-10.0.0.9'/>"), "must be an address"},
        refused{"trust_without_list", access(one_network, "trustForwardedFor='true'"),
                "needs trustedProxyList"},
        refused{"list_without_trust", access(one_network, "trustedProxyList='10.0.0.1'"),
                "has no effect without trustForwardedFor"},
        refused{"wrong_proxy",
                access(one_network, "trustForwardedFor='true' trustedProxyList='10.0.0.1, proxy'"),
                "must be addresses and networks"},
        refused{"limit_missing", "<limit/>", "attribute 'maxBodyLength' is missing"},
        refused{"limit_negative", "<limit maxBodyLength='-1'/>", "must be"},
        refused{"cors_credentials_for_all", "<cors credentials='true'/>",
                "cannot be true for every origin"},
        refused{"cors_origin_with_path", "<cors origins='https://a.org/x'/>",
                "must be origins such as https://example.org"},
        refused{"cors_no_origin", "<cors origins='a.org'/>",
                "must be origins such as https://example.org"},
        refused{"cors_age", "<cors maxAge='100000'/>", "must be"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace gateway::test
