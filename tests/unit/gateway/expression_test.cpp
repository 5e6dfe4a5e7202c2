#include "gateway/core/expression.hpp"

#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

struct truth_row {
  std::string text;
  bool request;
  bool response;
};

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
                            {"Sec-WebSocket-Key", "k"}}),
              w.connection, w.all);
  ex.response = net::make_response(404, "text/html", "");
  ex.response->headers.add("Server", "test");
  ex.user = "admin";
  auto compiled = expression::compile(GetParam().text);
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
        truth_row{"'a\\tb'.length() == 3", true, true},
        truth_row{"true == true != false", true, true}));

struct error_row {
  std::string text;
  std::size_t offset;
  std::string message;
};

class ExpressionErrors : public testing::TestWithParam<error_row> {};

TEST_P(ExpressionErrors, SayWhereAndWhy) {
  auto compiled = expression::compile(GetParam().text);
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
        error_row{"'a\\q'", 2, "only \\\\ \\' \\\" \\n \\r \\t may follow a backslash"},
        error_row{"\"${x}\"", 1, "'${' inside a text is not supported; use single quotes"},
        error_row{"header", 0, "this stands for all headers; name one, as in header['Upgrade']"},
        error_row{"exc.request == null", 0,
                  "this stands for a whole message; name a part, as in request.method"},
        error_row{"exc.reqest.method", 4,
                  "an exchange has no 'reqest', only request and response; did you mean "
                  "'request'?"},
        error_row{"exc.request.statusCode", 12,
                  "a request has no 'statusCode' that a test can use"},
        error_row{"response.method", 9, "a response has no 'method' that a test can use"},
        error_row{"request.body", 8, "a request has no 'body' that a test can use"},
        error_row{"header.getFirst('x')", 7, "headers have no method 'getFirst'"},
        error_row{"header.X-Foo == 'a'", 8,
                  "unexpected '-'; write a name with '-' as header['Some-Name']"},
        error_row{"header[Upgrade]", 7, "a header name in quotes is expected"},
        error_row{"header['Upgrade'", 16, "the expression ends too early; ']' is expected"},
        error_row{"path['x']", 5, "only headers take '[...]', as in header['Upgrade']"},
        error_row{"path.matches('x')", 5, "a value has no method 'matches'"},
        error_row{"path =~ 'x'", 5, "'=~' (regular expression) is not supported here"},
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
  for (int i = 0; i < 400; ++i) many += "||1";
  EXPECT_EQ(std::get<expression_error>(expression::compile(many)).message,
            "the expression has more than 512 parts");
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
  EXPECT_EQ(to_text(std::string("x")), "x");
}

}  // namespace
}  // namespace gateway::test
