#include "gateway/core/script.hpp"

#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

// What a script made of "POST /a?x=1" with the body "hello".
struct after {
  outcome result = outcome::proceed;
  std::string request;   // method, target, fields and body in one line
  std::string response;  // status, fields and body; empty without
  std::string to;
  std::string failed;
};

std::string line_of(const net::header_list& headers) {
  std::string out;
  for (const net::header_field& f : headers.fields()) out += " " + f.name + "=" + f.value;
  return out;
}

after run_script(const std::string& text, bool with_response = false) {
  world w;
  exchange ex(make_request("POST", "/a?x=1", {{"Host", "h"}, {"X-Two", "1"}, {"X-Two", "2"}}),
              w.connection, w.all);
  ex.request.body = net::make_string_body("hello");
  ex.to = std::get<destination>(parse_destination("http://localhost:80/"));
  if (with_response) ex.response = net::make_response(404, "text/plain", "gone");
  auto compiled = script::compile(text);
  after a;
  if (const auto* wrong = std::get_if<expression_error>(&compiled)) {
    a.failed = "refused: " + wrong->message;
    return a;
  }
  const auto where = with_response ? flow_direction::response : flow_direction::request;
  try {
    a.result = run(w, std::get<script>(compiled).run(ex, where, {{80, 8080}}));
  } catch (const script_failure& e) {
    a.failed = std::to_string(e.offset()) + ": " + e.what();
  }
  auto body = run(w, net::read_all(ex.request.body.get(), 1 << 20));
  a.request = ex.request.method + " " + ex.request.target + line_of(ex.request.headers) + " " +
              (body ? *body : "?");
  if (ex.response) {
    a.response = std::to_string(ex.response->status) + line_of(ex.response->headers) + " " +
                 body_of(w, *ex.response);
  }
  if (ex.to) a.to = to_string(*ex.to) + ex.to->path.value_or("-");
  return a;
}

constexpr std::string_view untouched = "POST /a?x=1 Host=h X-Two=1 X-Two=2 hello";

TEST(Script, OfTheFirstWebSocketExampleSetsUriAndDestination) {
  const after a = run_script(R"(
        exc.request.uri = "/"
        exc.destinations[0] = "http://localhost:61614/"
  )");
  EXPECT_EQ(a.failed, "");
  EXPECT_EQ(a.result, outcome::proceed);
  EXPECT_EQ(a.request, "POST / Host=h X-Two=1 X-Two=2 hello");
  EXPECT_EQ(a.to, "http://localhost:61614//");
}

TEST(Script, OfTheInterceptingExamplesRemovesAFieldWhereItIs) {
  const std::string text = R"(
      if(exc.getRequest() != null)
        exc.getRequest().getHeader().removeFields("X-Two");
      if(exc.getResponse() != null)
        exc.getResponse().getHeader().removeFields("Content-Type");
  )";
  const after request = run_script(text);
  EXPECT_EQ(request.failed, "");
  EXPECT_EQ(request.request, "POST /a?x=1 Host=h hello");
  const after response = run_script(text, true);
  EXPECT_EQ(response.failed, "");
  EXPECT_EQ(response.response, "404 gone");
}

TEST(Script, OfTheStompExampleBuildsANewRequest) {
  const after a = run_script(R"(
      def method = exc.getRequest().getMethod();
      def header = exc.getRequest().getHeader();
      def body = exc.getRequest().getBodyAsStringDecoded();
      if(exc.getRequest().getMethod() == "POST")
        body = "[MEMBRANE]: " + exc.getRequest().getBodyAsStringDecoded();
      exc.setRequest(new Request.Builder().method(method).header(header).body(body).build());
  )");
  EXPECT_EQ(a.failed, "");
  EXPECT_EQ(a.result, outcome::proceed);
  EXPECT_EQ(a.request, "POST /a?x=1 Host=h X-Two=1 X-Two=2 [MEMBRANE]: hello");
}

struct effect_row {
  std::string text;
  std::string request;
  std::string response = "";
  outcome result = outcome::proceed;
  bool with_response = false;
};
class ScriptEffects : public testing::TestWithParam<effect_row> {};

TEST_P(ScriptEffects, AreAsWritten) {
  const after a = run_script(GetParam().text, GetParam().with_response);
  EXPECT_EQ(a.failed, "") << GetParam().text;
  EXPECT_EQ(a.result, GetParam().result) << GetParam().text;
  EXPECT_EQ(a.request, GetParam().request.empty() ? untouched : GetParam().request)
      << GetParam().text;
  EXPECT_EQ(a.response, GetParam().response) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ScriptEffects,
    testing::Values(
        effect_row{"", ""}, effect_row{"// nothing\n/* at\nall */", ""},
        effect_row{"exc.request.method = 'PUT'", "PUT /a?x=1 Host=h X-Two=1 X-Two=2 hello"},
        effect_row{"exc.request.setMethod('PUT');", "PUT /a?x=1 Host=h X-Two=1 X-Two=2 hello"},
        effect_row{"header.Host = 'x'", "POST /a?x=1 Host=x X-Two=1 X-Two=2 hello"},
        effect_row{"header['X-Two'] = null", "POST /a?x=1 Host=h hello"},
        effect_row{"headers.add('A', 'b')", "POST /a?x=1 Host=h X-Two=1 X-Two=2 A=b hello"},
        effect_row{"headers.setValue('X-Two', '3')", "POST /a?x=1 Host=h X-Two=3 hello"},
        effect_row{"header.setHost('y')", "POST /a?x=1 Host=y X-Two=1 X-Two=2 hello"},
        effect_row{"request.body = 'x' + request.body",
                   "POST /a?x=1 Host=h X-Two=1 X-Two=2 xhello"},
        effect_row{"request.body += '!'", "POST /a?x=1 Host=h X-Two=1 X-Two=2 hello!"},
        effect_row{"exc.request.setBodyContent('b'.getBytes())",
                   "POST /a?x=1 Host=h X-Two=1 X-Two=2 b"},
        effect_row{"def a = 1\ndef b = a + 1; a = b * 2\nheader.Host = \"${a} ${b}\"",
                   "POST /a?x=1 Host=4 2 X-Two=1 X-Two=2 hello"},
        effect_row{"String s = 'q'\nheader.Host = s", "POST /a?x=1 Host=q X-Two=1 X-Two=2 hello"},
        effect_row{"made = 'first'\nheader.Host = made",
                   "POST /a?x=1 Host=first X-Two=1 X-Two=2 hello"},
        effect_row{"def h = exc.request.header\nh.Host = 'alias'",
                   "POST /a?x=1 Host=alias X-Two=1 X-Two=2 hello"},
        effect_row{"if (method == 'GET') header.Host = 'get'\nelse header.Host = 'other'",
                   "POST /a?x=1 Host=other X-Two=1 X-Two=2 hello"},
        effect_row{"if (method == 'GET') { header.Host = 'a' } else if (params.x == '1') {\n"
                   "header.Host = 'b'\n} else { header.Host = 'c' }",
                   "POST /a?x=1 Host=b X-Two=1 X-Two=2 hello"},
        effect_row{"def x = 1\nif (true) { def y = 2\nx = y }\nheader.Host = 'n' + x",
                   "POST /a?x=1 Host=n2 X-Two=1 X-Two=2 hello"},
        effect_row{"header.Host = exc\n  .request\n  .method",
                   "POST /a?x=1 Host=POST X-Two=1 X-Two=2 hello"},
        effect_row{"properties.a = 5\nexc.setProperty('b', properties['a'] + 1)\n"
                   "header.Host = 'p' + exc.getProperty('b')",
                   "POST /a?x=1 Host=p6 X-Two=1 X-Two=2 hello"},
        effect_row{"return ABORT", "", "", outcome::abort},
        effect_row{"if (method == 'POST') RETURN else CONTINUE", "", "", outcome::respond},
        effect_row{"exc.destinations.clear()\nheader.Host = 'no' + exc.destinations[0]",
                   "POST /a?x=1 Host=nonull X-Two=1 X-Two=2 hello"},
        effect_row{"exc.destinations.add('http://a/b')\nheader.Host = exc.destinations.get(0)",
                   "POST /a?x=1 Host=http://a:80/b X-Two=1 X-Two=2 hello"},
        // A number is no outcome.
        effect_row{"request.body.indexOf('e')", ""},
        effect_row{"return new Request.Builder().get('/').header('Host', 'h').body('b').build()",
                   "GET / Host=h b"},
        effect_row{"header.Host = request.body.length() * 100000",
                   "POST /a?x=1 Host=500000 X-Two=1 X-Two=2 hello"},
        // Messages that no variable holds.
        effect_row{"def x = Response.ok().header('A', 'b').build().header.A\nheader.Host = x",
                   "POST /a?x=1 Host=b X-Two=1 X-Two=2 hello"},
        effect_row{"new Request.Builder().build().header.setValue('a', 'b')", ""},
        effect_row{"exc.setRequest(new Request.Builder().method('PUT')"
                   ".header(Response.ok().header('A', 'b').build().header).body('c').build())",
                   "PUT /a?x=1 A=b c"},
        effect_row{"CONTINUE", ""}, effect_row{"Outcome.ABORT", "", "", outcome::abort},
        effect_row{"return\nheader.Host = 'never'", ""},
        effect_row{"'text'", "POST /a?x=1 Host=h X-Two=1 X-Two=2 text"},
        effect_row{"def x = 'no answer'\nx = 'still none'", ""},
        effect_row{"return Response.ok('hi').header('A', 'b').build()", "", "200 A=b hi",
                   outcome::respond},
        effect_row{"Response.statusCode(503).body('no').contentType('text/plain').build()", "",
                   "503 Content-Type=text/plain no", outcome::respond},
        effect_row{"exc.setResponse(Response.ok().build())\nreturn RETURN", "", "200 ",
                   outcome::respond},
        effect_row{"return new Request.Builder().get('/b').body('c').build()", "GET /b c"},
        effect_row{"exc.response.statusCode = 410", "", "410 Content-Type=text/plain gone",
                   outcome::proceed, true},
        effect_row{"message.body = 'm'", "", "404 Content-Type=text/plain m", outcome::proceed,
                   true},
        effect_row{"header.A = 'b'", "", "404 Content-Type=text/plain A=b gone", outcome::proceed,
                   true}));

struct failure_row {
  std::string text;
  std::string failed;
};
class ScriptFailures : public testing::TestWithParam<failure_row> {};

TEST_P(ScriptFailures, SayWhatIsWrong) {
  EXPECT_EQ(run_script(GetParam().text).failed, GetParam().failed) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ScriptFailures,
    testing::Values(
        failure_row{"for (x in y) {}", "refused: 'for' is not supported here"},
        failure_row{"while (true) {}", "refused: 'while' is not supported here"},
        failure_row{"import java.io.File", "refused: 'import' is not supported here"},
        failure_row{"println('x')", "refused: function 'println' is not known"},
        failure_row{"Runtime.getRuntime().exec('rm')", "refused: name 'Runtime' is not known"},
        failure_row{"new File('/etc/passwd')",
                    "refused: only new Request.Builder() and new Response.ResponseBuilder() are "
                    "known"},
        failure_row{"method = 'GET'", "refused: this cannot be assigned to"},
        // Another name for something is no variable.
        failure_row{"def h = exc.request.header\nh = 'x'", "refused: this cannot be assigned to"},
        failure_row{"def m = exc.request\nm += 'x'", "refused: this cannot be assigned to"},
        failure_row{"Outcome.STOP", "refused: an outcome has no 'STOP'"},
        failure_row{"exc.destinations.add('a', 'b', 'c')",
                    "refused: a list of destinations has no method 'add'"},
        failure_row{"Response.ok(1, 2).build()", "refused: a class has no method 'ok'"},
        failure_row{"exc.request.path = '/'", "refused: this cannot be assigned to"},
        failure_row{"def exc = 1", "refused: 'exc' cannot be the name of a variable"},
        failure_row{"exc.request = 'x'",
                    "refused: a message that was built is expected here, as in new "
                    "Request.Builder()...build()"},
        failure_row{"if (true) {", "refused: this '{' has no '}'"},
        failure_row{"if true",
                    "refused: unexpected name 'true'; an operator or a new line is "
                    "expected"},
        failure_row{"header.Host = 'a' header.Host = 'b'",
                    "refused: unexpected name 'header'; an operator or a new line is expected"},
        failure_row{"list.each { it }", "refused: name 'list' is not known"},
        failure_row{"x++", "refused: name 'x' is not known"},
        failure_row{"def x = 1\nx++", "refused: '++' is not supported here"},
        failure_row{"def x = RETURN",
                    "refused: this cannot be kept in a variable; use it in place"},
        failure_row{"def x = exc.setProperty('a', 1)", "refused: this has no value"},
        failure_row{"header.Host = \"a\nb\"", "refused: this text has no closing quote (\")"},
        failure_row{"def x = 1\ndef y = missing", "refused: name 'missing' is not known"},
        failure_row{"if (true) { def y = 2 }\nheader.Host = y", "refused: name 'y' is not known"},
        failure_row{"exc.response.statusCode = 200", "0: there is no response yet"},
        failure_row{"exc.response.header.A = 'b'", "0: there is no response yet"},
        failure_row{"header['A b'] = 'c'", "0: 'A b' is not the name of a header"},
        failure_row{"header.A = 'c\\r\\nB: d'", "0: the value of header 'A' has a line end"},
        failure_row{"exc.request.uri = 'a'", "0: a uri begins with '/'"},
        failure_row{"exc.request.uri = '/a b'", "0: '/a b' cannot stand in a request line"},
        failure_row{"exc.destinations[0] = 'ftp://x'",
                    "0: the destination must start with http:// or https://"},
        failure_row{"'a'.toInteger()", "4: 'a' is not a number"},
        failure_row{"'abc'.substring(5)", "6: the text is shorter than that"},
        failure_row{"header.A = 1 / 0", "11: division by zero"},
        // Nothing that a peer sent gets a line of its own.
        failure_row{"new Request.Builder().header('A', 'b\\nC: d').build()",
                    "22: the value of header 'A' has a line end"},
        failure_row{"new Request.Builder().method('GET / X').build()",
                    "22: 'GET / X' is not a method"},
        failure_row{"new Request.Builder().get('/a\\r\\nB: c').build()",
                    "22: '/a\\x0d\\x0aB: c' cannot stand in a request line"},
        failure_row{"exc.request.method = 'A B'", "0: 'A B' is not a method"},
        failure_row{"Response.statusCode(99).build()", "9: a status is a number from 200 to 599"}));

TEST(Script, TextsThatDoubleMeetTheirBound) {
  std::string text = "def x = '0123456789'\n";
  for (int i = 0; i < 60; ++i) text += "x = x + x\n";
  EXPECT_NE(run_script(text).failed.find("the texts it makes are too large"), std::string::npos);
}

TEST(Script, TextsInManyPlacesMeetTheirBoundTogether) {
  const std::string large = "def x = '0123456789'\n" + [] {
    std::string doubling;
    for (int i = 0; i < 18; ++i) doubling += "x = x + x\n";
    return doubling;
  }();
  std::string joined = "def y = \"";
  std::string fields;
  for (int i = 0; i < 100; ++i) {
    joined += "${x}";
    fields += "header.add('A', x)\n";
  }
  for (const std::string& rest : {joined + "\"", fields})
    EXPECT_NE(run_script(large + rest).failed.find("the texts it makes are too large"),
              std::string::npos)
        << rest.substr(0, 40);
}

TEST(Script, ChangesABuiltMessageAndNotTheOneOnItsWay) {
  const after a = run_script(
      "def r = new Request.Builder().header('A', 'b').build()\nr.method = 'PUT'\n"
      "r.uri = '/built'\nr.body = 'x'\nr.header.A = 'c'\nheader.Host = r.method + r.header.A");
  EXPECT_EQ(a.failed, "");
  EXPECT_EQ(a.request, "POST /a?x=1 Host=PUTc X-Two=1 X-Two=2 hello");
}

TEST(Script, RefusesLongAndDeepOnes) {
  EXPECT_EQ(run_script(std::string(40'000, ' ')).failed,
            "refused: the script is longer than 32768 characters");
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "if (true) ";
  EXPECT_EQ(run_script(deep + "1").failed, "refused: the expression is nested more than 64 levels");
}

TEST(Script, AnEncodedBodyIsNotReadAsText) {
  world w;
  exchange ex(make_request("POST", "/", {{"Content-Encoding", "gzip"}}), w.connection, w.all);
  ex.request.body = net::make_string_body("zipped");
  const auto code = std::get<script>(script::compile("header.A = request.body"));
  EXPECT_THROW(run(w, code.run(ex, flow_direction::request, {})), script_failure);
}

TEST(Script, ABodyAboveTheBoundFailsAndIsNotKept) {
  world w;
  exchange ex(make_request("POST", "/"), w.connection, w.all);
  ex.request.body = net::make_string_body(std::string(script_limits::body + 1, 'x'));
  const auto code = std::get<script>(script::compile("header.A = request.body.length()"));
  EXPECT_THROW(run(w, code.run(ex, flow_direction::request, {})), script_failure);
}

TEST(Script, WithoutBodiesNeedNotWait) {
  EXPECT_FALSE(std::get<script>(script::compile("header.A = 'b'")).reads_bodies());
  EXPECT_FALSE(std::get<script>(script::compile("message.body = 'b'")).reads_bodies());
  EXPECT_TRUE(std::get<script>(script::compile("header.A = body")).reads_bodies());
}

TEST(Script, ErrorsNameThePlaceInTheFile) {
  const auto loaded = load_proxies(
      "<serviceProxy port='80'><groovy>\n  def x = 1 &lt; 2\n  header.A = bodi\n</groovy>"
      "</serviceProxy>");
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_TRUE(loaded.errors[0].starts_with(
      "proxies.xml:4:14: <groovy>: name 'bodi' is not known; did you mean 'body'?"))
      << loaded.errors[0];
}

TEST(Script, ErrorsInCdataNameThePlaceInTheFile) {
  const auto loaded = load_proxies(
      "<serviceProxy port='80'><groovy><![CDATA[\n  if (1 < 2) metod = 2\n"
      "  exc.foo()]]></groovy></serviceProxy>");
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_TRUE(
      loaded.errors[0].starts_with("proxies.xml:4:7: <groovy>: an exchange has no method "
                                   "'foo'"))
      << loaded.errors[0];
}

TEST(Script, AFailedRunIsA500AndTheLogHasThePlace) {
  world w;
  const auto config = must_load_flow("<groovy>\n  def x = 1\n  header.A = x / 0\n</groovy>");
  exchange ex(make_request(), w.connection, w.all);
  EXPECT_EQ(config->proxies[0]->elements.request_now(ex), outcome::abort);
  EXPECT_EQ(ex.response->status, 500);
  EXPECT_NE(w.log.text().find("proxies.xml:4:14: <groovy>: division by zero"), std::string::npos)
      << w.log.text();
}

// A folder with one file, /etc/x.groovy.
load_options with_file(const std::string& content) {
  load_options options;
  options.folder = "/etc";
  options.read_text = [content](const std::string& path) -> net::result<std::string> {
    if (path != "/etc/x.groovy") return net::errc::not_found;
    return content;
  };
  return options;
}

TEST(ScriptFile, RunsLikeAScriptInside) {
  world w;
  const auto config =
      must_load_flow("<groovy location='x.groovy'/>", with_file("header.A = 'from file'"));
  exchange ex(make_request(), w.connection, w.all);
  config->proxies[0]->elements.request_now(ex);
  EXPECT_EQ(ex.request.headers.get("A"), "from file");
  ASSERT_EQ(config->files.size(), 1u);
  EXPECT_EQ(config->files[0].path, "/etc/x.groovy");
}

TEST(ScriptFile, ChangesItsProxyWhenItChanges) {
  const std::string proxies =
      "<serviceProxy><groovy location='x.groovy'/></serviceProxy>"
      "<serviceProxy port='81'/>";
  const auto one = must_load(proxies, with_file("header.A = 'b'"));
  const auto two = must_load(proxies, with_file("header.A = 'c'"));
  EXPECT_NE(one->proxies[0]->fingerprint, two->proxies[0]->fingerprint);
  EXPECT_EQ(one->proxies[1]->fingerprint, two->proxies[1]->fingerprint);
}

TEST(ScriptFile, ErrorsNameThePlaceInIt) {
  const auto told = [](const std::string& flow, const std::string& content) {
    const auto loaded =
        load_proxies("<serviceProxy>" + flow + "</serviceProxy>", with_file(content));
    EXPECT_EQ(loaded.errors.size(), 1u);
    return loaded.errors.empty() ? "" : loaded.errors[0].substr(0, loaded.errors[0].find('\n'));
  };
  EXPECT_EQ(told("<groovy location='x.groovy'/>", "def x = 1\n  exc.foo()"),
            "proxies.xml:2:33: <groovy>: attribute 'location' names a script that is wrong at "
            "x.groovy:2:7: an exchange has no method 'foo'");
  EXPECT_EQ(told("<static location='x.groovy'/>", "\xff"),
            "proxies.xml:2:33: <static>: attribute 'location' is not a text in UTF-8");
  EXPECT_TRUE(
      told("<static location='y.txt'/>", "")
          .starts_with("proxies.xml:2:33: <static>: attribute 'location' cannot be read: "));
  EXPECT_EQ(told("<static location='x.groovy'>text</static>", ""),
            "proxies.xml:2:43: <static>: has text and the attribute 'location', too; write one of "
            "them");
}

TEST(ScriptFile, FailuresAtRunTimeNameThePlaceInIt) {
  world w;
  const auto config =
      must_load_flow("<groovy location='x.groovy'/>", with_file("def a = 0\ndef b = 1 / a"));
  exchange ex(make_request(), w.connection, w.all);
  EXPECT_EQ(config->proxies[0]->elements.request_now(ex), outcome::abort);
  EXPECT_NE(w.log.text().find("x.groovy:2:9: <groovy>: division by zero"), std::string::npos)
      << w.log.text();
}

}  // namespace
}  // namespace gateway::test
