#include "gateway/core/expression.hpp"

#include "gateway/core/script.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

struct truth_row {
  std::string text;
  bool request;
  bool response;
  expression_language language = expression_language::automatic;
};
constexpr auto spel = expression_language::spel;
constexpr auto groovy = expression_language::groovy;

class ExpressionTruth : public testing::TestWithParam<truth_row> {};

TEST_P(ExpressionTruth, IsAsExpectedInBothDirections) {
  world w;
  exchange ex(make_request("GET", "/admin/calls?id=1",
                           {{"Host", "localhost:4443"},
                            {"Upgrade", "websocket"},
                            {"X-Empty", ""},
                            {"X-Many", "a"},
                            {"x-many", "b"},
                            {"X-No", "no"},
                            {"Cookie", "a=b; session=7"},
                            {"Sec-WebSocket-Key", "k"}}),
              w.connection, w.all);
  ex.response = net::make_response(404, "text/html", "");
  ex.response->headers.add("Server", "test");
  ex.user = "admin";
  ex.scopes = {"read", "write"};
  ex.properties["count"] = 3.0;
  ex.path_parameters["id"] = "a b";
  auto compiled = expression::compile(GetParam().text, GetParam().language);
  ASSERT_TRUE(std::holds_alternative<expression>(compiled))
      << std::get<expression_error>(compiled).message;
  const auto& e = std::get<expression>(compiled);
  EXPECT_EQ(e.test(ex, flow_direction::request), GetParam().request) << GetParam().text;
  EXPECT_EQ(e.test(ex, flow_direction::response), GetParam().response) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ExpressionTruth,
    testing::Values(
        truth_row{"exc.request.header.getFirstValue('Upgrade') == 'websocket'", true, true},
        truth_row{"exchange.request.header.getFirstValue('upgrade') == 'websocket'", true, true},
        truth_row{"exc.request.header.Upgrade == 'websocket'", true, true},
        truth_row{"exc.request.header['Upgrade'] == \"websocket\"", true, true},
        truth_row{"header.Upgrade == 'websocket'", true, false},
        truth_row{"headers['Upgrade'] == 'websocket'", true, false},
        truth_row{"header.Server == 'test'", false, true},
        truth_row{"message.header.Server == 'test'", false, true},
        truth_row{"response.header.Server == 'test'", true, true},
        truth_row{"header.Upgrade == 'WebSocket'", false, false},
        truth_row{"header.Upgrade.equalsIgnoreCase('WebSocket')", true, false},
        truth_row{"header.Upgrade.toUpperCase() == 'WEBSOCKET'", true, false},
        truth_row{"header.Upgrade.toLowerCase().equals('websocket')", true, false},
        truth_row{"header.Missing == null", true, true},
        truth_row{"header.Missing != null", false, false},
        truth_row{"header.Missing.trim().isEmpty()", false, false},
        truth_row{"header?.Missing?.contains('x')", false, false},
        truth_row{"header.Missing == ''", false, false},
        truth_row{"request.header['X-Empty'] == ''", true, true},
        truth_row{"request.header['X-Empty']", false, false},
        truth_row{"request.header['X-Empty'].isEmpty()", true, true},
        truth_row{"request.header['X-No']", false, false},
        truth_row{"request.header.Host", true, true},
        truth_row{"request.header['X-Many'] == 'a, b'", true, true},
        truth_row{"request.header.getFirstValue('X-Many') == 'a'", true, true},
        truth_row{"request.header.contains('sec-websocket-key')", true, true},
        truth_row{"request.header.contains('Origin')", false, false},
        truth_row{"request.headers.containsKey('Host')", true, true},
        truth_row{"method == 'GET'", true, true},
        truth_row{"exc.request.method == 'POST'", false, false},
        truth_row{"path == '/admin/calls'", true, true},
        truth_row{"exc.request.uri == '/admin/calls?id=1'", true, true},
        truth_row{"uri.endsWith('id=1')", true, true},
        truth_row{"path.startsWith('/admin')", true, true},
        truth_row{"path.contains('call') and not path.contains('x')", true, true},
        truth_row{"statusCode == 404", true, true},
        truth_row{"exc.response.statusCode >= 400 && statusCode < 500", true, true},
        truth_row{"statusCode > 404", false, false}, truth_row{"statusCode <= 404", true, true},
        truth_row{"statusCode lt 500 and statusCode gt 400", true, true},
        truth_row{"statusCode == '404'", false, false}, truth_row{"method < 3", false, false},
        truth_row{"request.version == '1.1'", true, true},
        truth_row{"flow == 'REQUEST'", true, false}, truth_row{"flow == 'RESPONSE'", false, true},
        truth_row{"user == 'admin'", true, true}, truth_row{"user() == 'admin'", true, true},
        truth_row{"true", true, true}, truth_row{"false || true", true, true},
        truth_row{"false or true", true, true}, truth_row{"true && false", false, false},
        truth_row{"true || true && false", true, true},
        truth_row{"(true || true) && false", false, false}, truth_row{"!true", false, false},
        truth_row{"!!true", true, true}, truth_row{"!(method == 'GET' && path == '/')", true, true},
        truth_row{"null", false, false}, truth_row{"null == null", true, true},
        truth_row{"0", false, false}, truth_row{"0.5", true, true},
        truth_row{"1 == 1.0", true, true}, truth_row{"''", false, false},
        truth_row{"'0'", false, false}, truth_row{"'x'", true, true},
        truth_row{"'it\\'s' == \"it's\"", true, true},
        truth_row{"true == true != false", true, true},
        // Texts: SpEL doubles a quote, Groovy escapes it.
        truth_row{"'a\\tb'.length() == 3", true, true, groovy},
        truth_row{"'a\\tb'.length() == 4", true, true, spel},
        truth_row{"'it''s' == \"it's\"", true, true, spel},
        truth_row{"'\\$5' == '$' + 5", true, true, groovy},
        truth_row{"\"${method} ${path}\" == 'GET /admin/calls'", true, true, groovy},
        truth_row{"\"x${request.header['Host']}\" == 'xlocalhost:4443'", true, true, groovy},
        truth_row{"\"${header.Missing}\" == 'null'", true, true, groovy},
        // Truth: Groovy has only one false text.
        truth_row{"'false'", false, false, spel}, truth_row{"'false'", true, true, groovy},
        truth_row{"'0'", true, true, groovy}, truth_row{"''", false, false, groovy},
        // Patterns.
        truth_row{"path matches '/admin/.*'", true, true, spel},
        truth_row{"path matches '/admin'", false, false, spel},
        truth_row{"path matches '/\\w+/calls'", true, true, spel},
        truth_row{"path =~ /call/", true, true, groovy},
        truth_row{"path =~ /^call/", false, false, groovy},
        truth_row{"path =~ /^.admin|x$/", true, true, groovy},
        truth_row{"('a\\nb' =~ /b/) && ('a\\nb' =~ /a/)", true, true, groovy},
        truth_row{"(request.header['X-No'] ?: 'none') == 'no'", true, true, spel},
        truth_row{"(false ?: true) == false", true, true, spel},
        truth_row{"(false ?: true) == true", true, true, groovy},
        truth_row{"(request.header['X-Empty'] ?: 'none') == 'none'", true, true, spel},
        truth_row{"'b' > 'a' && '2' >= '10' && !('a' < 1) && !('a' > 1)", true, true},
        truth_row{"'' + 1000000 == '1000000' && '' + 0.5 == '0.5'", true, true},
        truth_row{"path ==~ /call/", false, false, groovy},
        truth_row{"path ==~ '/admin/call.'", true, true, groovy},
        truth_row{"path.matches('/admin/c.*')", true, true},
        truth_row{"header.Missing =~ 'x'", false, false, groovy},
        truth_row{"uri =~ /id=\\d/", true, true, groovy},
        truth_row{"path =~ /\\/admin\\//", true, true, groovy},
        // Choice, elvis, arithmetic.
        truth_row{"(method == 'GET' ? 'a' : 'b') == 'a'", true, true},
        truth_row{"(header.Missing ?: 'none') == 'none'", true, true},
        truth_row{"(header.Host ?: 'none') == 'none'", false, true},
        truth_row{"1 + 2 * 3 == 7", true, true}, truth_row{"(1 + 2) * 3 == 9", true, true},
        truth_row{"7 % 4 == 3 && 7 mod 4 == 3", true, true, spel},
        truth_row{"8 div 2 == 4", true, true, spel}, truth_row{"-3 < 2 - 4", true, true},
        truth_row{"'a' + 1 == 'a1'", true, true},
        truth_row{"1 + 'a' + null == '1anull'", true, true},
        // Whole messages are there or not.
        truth_row{"exc.request != null", true, true},
        truth_row{"exc.response == null", false, false}, truth_row{"null != response", true, true},
        truth_row{"exc.response && true", true, true, groovy},
        // Getters.
        truth_row{"exc.getRequest().getMethod() == 'GET'", true, true},
        truth_row{"exc.getRequest().getHeader().getHost() == 'localhost:4443'", true, true},
        truth_row{"exc.getResponse().getStatusCode() == 404", true, true},
        truth_row{"exc.request.header.getContentType() == null", true, true},
        truth_row{"exc.response.header.contentType == null", true, true},
        truth_row{"exc.response.header.getContentType() == 'text/html'", true, true},
        truth_row{"exchange.remoteAddrIp == '127.0.0.1'", true, true},
        // Maps.
        truth_row{"params['id'] == '1' && param.id == '1' && params.get('id') == '1'", true, true},
        truth_row{"params.missing == null", true, true},
        truth_row{"properties['count'] == 3 && exchange.getProperty('count') > 2", true, true},
        truth_row{"property.none == null", true, true},
        truth_row{"pathParam.id == 'a b'", true, true},
        truth_row{"cookies.session == '7'", true, true},
        truth_row{"cookie['other'] == null", true, true},
        truth_row{"exc.destinations[0] == null", true, true},
        // Texts.
        truth_row{"path.substring(1, 6) == 'admin' && path.substring(7) == 'calls'", true, true},
        truth_row{"path.indexOf('calls') == 7 && path.indexOf('x') == -1", true, true},
        truth_row{"path.replace('a', 'b') == '/bdmin/cblls'", true, true},
        truth_row{"'12'.toInteger() + 1 == 13", true, true},
        truth_row{"' '.isBlank() && !'x'.isBlank()", true, true},
        truth_row{"'a'.concat('b') == 'ab' && 'a'.plus('b') == 'ab'", true, true},
        // Functions.
        truth_row{"isLoggedIn() and not isBearerAuthorization()", true, true},
        truth_row{"hasScope('read') && hasScope('write') && !hasScope('run')", true, true},
        truth_row{"hasScope(null) || hasScope('') || hasScope('read,write')", false, false},
        truth_row{"scopes() == 'read,write'", true, true},
        truth_row{"urlEncode('a b') == 'a%20b'", true, true},
        truth_row{"weight(100) && !weight(0)", true, true}));

struct error_row {
  std::string text;
  std::size_t offset;
  std::string message;
  expression_language language = expression_language::automatic;
};

class ExpressionErrors : public testing::TestWithParam<error_row> {};

TEST_P(ExpressionErrors, SayWhereAndWhy) {
  auto compiled = expression::compile(GetParam().text, GetParam().language);
  ASSERT_TRUE(std::holds_alternative<expression_error>(compiled)) << GetParam().text;
  const auto& e = std::get<expression_error>(compiled);
  EXPECT_EQ(e.offset, GetParam().offset) << GetParam().text << "\n" << e.message;
  EXPECT_EQ(e.message, GetParam().message) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ExpressionErrors,
    testing::Values(
        error_row{"", 0, "an expression is expected here"},
        error_row{"  ", 2, "an expression is expected here"},
        error_row{"metod == 'GET'", 0, "name 'metod' is not known; did you mean 'method'?"},
        error_row{"method = 'GET'", 7, "unexpected '='; did you mean '=='?"},
        error_row{"true & false", 5, "unexpected '&'; did you mean '&&'?"},
        error_row{"true | false", 5, "unexpected '|'; did you mean '||'?"},
        error_row{"method == ", 10, "the expression ends too early"},
        error_row{"(true", 5, "the expression ends too early; ')' is expected"},
        error_row{"true)", 4, "unexpected ')'"},
        error_row{"'abc", 0, "this text has no closing quote (')"},
        error_row{"'a\\q'", 2, "only \\\\ \\' \\\" \\$ \\n \\r \\t may follow a backslash", groovy},
        error_row{"\"${x}\"", 3, "name 'x' is not known; a text stands between quotes: 'x'",
                  groovy},
        error_row{"method == GET", 10,
                  "name 'GET' is not known; a text stands between quotes: 'GET'"},
        error_row{"header.X-Api-Key == 'a'", 9,
                  "name 'Api' is not known; a name with '-' stands in brackets: header['X-A']"},
        error_row{"\"a${}\"", 4, "an expression is expected here", groovy},
        error_row{"\"${path\"", 1, "'${' has no '}'", groovy},
        error_row{"\"$path\"", 1,
                  "'$' before a name must be written with braces, as in \"${name}\"", groovy},
        error_row{"header", 0, "this stands for all headers; name one, as in header['Upgrade']"},
        error_row{"exc.request == 'x'", 0,
                  "this stands for a whole message; name a part, as in request.method"},
        error_row{"exc", 0, "this stands for an exchange; name a part of it"},
        error_row{"exc.reqest.method", 4, "an exchange has no 'reqest'; did you mean 'request'?"},
        error_row{"exc.request.metod", 12, "a request has no 'metod'; did you mean 'method'?"},
        error_row{"exc.request.statusCode", 12, "a request has no 'statusCode'"},
        error_row{"response.method", 9, "a response has no 'method'"},
        error_row{"request.body", 8,
                  "a body is not read for an expression; only <groovy> can use it"},
        error_row{"header.getFirst('x')", 7, "a list of headers has no method 'getFirst'"},
        error_row{"header.removeFields('x')", 7,
                  "an expression cannot change anything; use <groovy>"},
        error_row{"exc.setProperty('a', 1)", 4,
                  "an expression cannot change anything; use <groovy>"},
        error_row{"header.contains()", 7, "method 'contains' does not take 0 arguments"},
        error_row{"header[Upgrade]", 7, "a header name in quotes is expected"},
        error_row{"header['Upgrade'", 16, "the expression ends too early; ']' is expected"},
        error_row{"path['x']", 5, "only headers take '[...]', as in header['Upgrade']"},
        error_row{"exc.destinations[1]", 17,
                  "only destinations[0] is there: a request has one destination"},
        error_row{"path.matches(method)", 13, "a regular expression in quotes is expected here"},
        error_row{"path matches '('", 13,
                  "this is not a regular expression: Mismatched '(' and ')' in "
                  "regular expression",
                  spel},
        error_row{"path =~ 'x'", 5, "'=~' is Groovy; SpEL has matches", spel},
        error_row{"exc.request.method == 'GET'", 0, "'exc' is Groovy; in SpEL it is 'exchange'",
                  spel},
        error_row{"path matches 'x'", 5, "unexpected name 'matches'; an operator is expected",
                  groovy},
        error_row{"jsonPath('$.x')", 0,
                  "function 'jsonPath' exists in Membrane but is not supported here"},
        error_row{"isLogedIn()", 0,
                  "function 'isLogedIn' is not known; did you mean 'isLoggedIn'?"},
        error_row{"weight()", 0, "'weight' takes 1 arguments, not 0"},
        error_row{"method ? 1", 10, "the expression ends too early; ':' is expected"},
        error_row{"path.", 5, "a name is expected after '.'"},
        error_row{"true false", 5, "unexpected name 'false'; an operator is expected"},
        error_row{"true 1", 5, "unexpected number; an operator is expected"},
        error_row{"true 'x'", 5, "unexpected text; an operator is expected"},
        error_row{"true # x", 5, "unexpected character '#'"},
        error_row{"\xC3\xA4", 0, "unexpected character '\xC3\xA4'"}));

TEST(Expression, RefusesDeepNesting) {
  const auto compiled = expression::compile(std::string(1000, '(') + "1" + std::string(1000, ')'));
  EXPECT_EQ(std::get<expression_error>(compiled).message,
            "the expression is nested more than 64 levels");
  EXPECT_TRUE(std::holds_alternative<expression_error>(
      expression::compile(std::string(1000, '!') + "true")));
}

TEST(Expression, RefusesLongTextAndManyParts) {
  EXPECT_TRUE(
      std::holds_alternative<expression_error>(expression::compile(std::string(4097, ' '))));
  std::string many = "1";
  for (int i = 0; i < 1200; ++i) many += "||1";
  EXPECT_EQ(std::get<expression_error>(expression::compile(many)).message,
            "there are more than 2048 parts");
}

TEST(Expression, DividingByZeroFailsInsteadOfGivingNonsense) {
  world w;
  exchange ex(make_request(), w.connection, w.all);
  const auto e = std::get<expression>(expression::compile("1 / 0 == 1"));
  EXPECT_THROW(e.test(ex, flow_direction::request), script_failure);
}

TEST(Expression, WithoutALanguageIsSpelWhereBothFit) {
  world w;
  exchange ex(make_request("GET", "/", {{"X", "no"}}), w.connection, w.all);
  const auto truth = [&](expression_language language) {
    return std::get<expression>(expression::compile("header.X", language))
        .test(ex, flow_direction::request);
  };
  EXPECT_FALSE(truth(expression_language::automatic));
  EXPECT_FALSE(truth(spel));
  EXPECT_TRUE(truth(groovy));
}

TEST(Expression, IsNullSafeWithoutResponse) {
  world w;
  exchange ex(make_request(), w.connection, w.all);
  const auto e =
      std::get<expression>(expression::compile("response.header.X == null && statusCode == null && "
                                               "response.version == null && user == null"));
  EXPECT_TRUE(e.test(ex, flow_direction::response));
}

TEST(Expression, ValuesHaveAText) {
  EXPECT_EQ(to_text({}), "");
  EXPECT_EQ(to_text(true), "true");
  EXPECT_EQ(to_text(404.0), "404");
  EXPECT_EQ(to_text(-2e9), "-2000000000");
  EXPECT_EQ(to_text(1e300), "1e+300");
  EXPECT_EQ(to_text(std::string("x")), "x");
}

}  // namespace
}  // namespace gateway::test
