// What configurations do, a row each: the children of <router>, a request to port 80 and what comes
// back, through the whole gateway on a simulated network. Behind it, at port 7000, stands a server
// that answers with what it got.
#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

struct row {
  std::string config;
  std::string request;  // "GET /path", then "|Name: value" for each field and "|" + body at the end
  std::string expected;  // status, own fields of the response in brackets, body or problem's title
};

// A message up to its end; nothing is pipelined.
std::string read_message(net::simulation& sim, net::stream& from) {
  std::string all;
  std::string into(65536, '\0');
  while (true) {
    const auto moved = from.try_read(into);
    all.append(into.data(), moved.size);
    const auto head = all.find("\r\n\r\n");
    const auto length = all.find("Content-Length: ");
    if (head != all.npos) {
      const std::size_t body = length < head ? std::stoul(all.substr(length + 16)) : std::size_t(0);
      if (all.size() >= head + 4 + body && all.find("chunked") == all.npos) return all;
    }
    if (moved.size == 0 && moved.error != net::errc::would_block) return all;
    if (moved.size == 0 && !sim.step()) return all;
  }
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (auto end = text.find(by); end != text.npos; end = text.find(by, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + by.size();
  }
  parts.push_back(text.substr(at));
  return parts;
}

// "[X-A: b]" for every field of ours.
std::string own_fields(const std::string& head) {
  std::string out;
  for (const std::string& line : split(head, "\r\n"))
    if (line.starts_with("X-") && !line.starts_with("X-Forwarded") &&
        !line.starts_with("X-Content"))
      out += "[" + line + "]";
  return out;
}

// Answers "METHOD target [fields] body", with status 404 below /missing. The bodies of the rows
// have four octets.
net::task<void> echo(net::listener& from) {
  while (true) {
    auto accepted = co_await from.accept();
    std::string got;
    std::string into(65536, '\0');
    while (got.find("\r\n\r\n") == got.npos ||
           (got.find("Content-Length: 4") != got.npos && got.size() < got.find("\r\n\r\n") + 8)) {
      const auto size = co_await net::read_some(**accepted, into);
      if (!size) break;
      got.append(into, 0, *size);
    }
    const auto end = got.find("\r\n\r\n");
    const std::string head = got.substr(0, end);
    const std::string line = head.substr(0, head.find(" HTTP/"));
    std::string body = line + own_fields(head);
    if (end + 4 < got.size()) body += " " + got.substr(end + 4);
    const std::string status = line.find(" /missing") != line.npos ? "404 Not Found" : "200 OK";
    std::string answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nX-From: echo\r\n";
    answer += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    if (!head.starts_with("HEAD")) answer += body;
    co_await net::write_all(**accepted, answer);
    (*accepted)->shutdown_write();
  }
}

class Behaviour : public ::testing::TestWithParam<row> {
 protected:
  void TearDown() override {
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  std::string ask(const std::string& request) {
    const auto parts = split(request, "|");
    std::string raw = parts[0] + " HTTP/1.1\r\nConnection: close\r\n";
    std::string body;
    bool has_host = false;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].find(": ") == std::string::npos) {
        body = parts[i];
        raw += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        continue;
      }
      raw += parts[i] + "\r\n";
      has_host |= parts[i].starts_with("Host: ");
    }
    if (!has_host) raw += "Host: localhost\r\n";
    auto connection = w.run(w.sim.connect("localhost", 80));
    EXPECT_TRUE(connection);
    w.run(net::write_all(**connection, raw + "\r\n" + body));
    return shown(read_message(w.sim, **connection));
  }
  static std::string shown(const std::string& answer) {
    const auto end = answer.find("\r\n\r\n");
    if (end == answer.npos) return "no answer";
    const std::string head = answer.substr(0, end);
    std::string body = answer.substr(end + 4);
    if (head.find("problem+json") != head.npos) {
      const auto title = body.find("\"title\": \"");
      body = title == body.npos ? body
                                : body.substr(title + 10, body.find('"', title + 10) - title - 10);
    }
    for (const std::string& line : split(head, "\r\n"))
      if (line.starts_with("Location: ")) body = "-> " + line.substr(10);
    const std::string fields = own_fields(head);
    return head.substr(9, 3) + (fields.empty() ? "" : " " + fields) +
           (body.empty() ? "" : " " + body);
  }
  world w;
};

TEST_P(Behaviour, IsAsExpected) {
  auto listener = std::move(*w.sim.listen({"", 7000}));
  net::task_group server(w.sim);
  server.spawn(echo(*listener));
  w.start_gateway({},
                  "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
                  "xmlns:spring='http://www.springframework.org/schema/beans' "
                  "xmlns:util='http://www.springframework.org/schema/util'>" +
                      (GetParam().config.find("<router") == std::string::npos
                           ? "<router>" + GetParam().config + "</router>"
                           : GetParam().config) +
                      "</spring:beans>");
  EXPECT_EQ(ask(GetParam().request), GetParam().expected) << GetParam().config;
}

// One proxy with these elements in front of the server.
std::string in(const std::string& elements) {
  return "<serviceProxy port='80'>" + elements +
         "<target host='localhost' port='7000'/></serviceProxy>";
}
// One that answers with `text`.
std::string says(const std::string& attributes, const std::string& text,
                 const std::string& path = "") {
  return "<serviceProxy port='80' " + attributes + ">" + path + "<static>" + text +
         "</static><return/></serviceProxy>";
}
std::string path(const std::string& text, const std::string& attributes = "") {
  return "<path " + attributes + ">" + text + "</path>";
}
std::string when(const std::string& test, const std::string& attributes = "") {
  return in("<if test=\"" + test + "\" " + attributes +
            "><static>yes</static><return/></if><static>no</static><return/>");
}
std::string script(const std::string& text) { return in("<groovy>" + text + "</groovy>"); }

INSTANTIATE_TEST_SUITE_P(
    Matching, Behaviour,
    testing::Values(
        row{in(""), "GET /a?b=c", "200 [X-From: echo] GET /a?b=c"},
        row{says("", "first") + says("", "second"), "GET /", "200 first"},
        row{says("method='POST'", "post") + says("", "other"), "GET /", "200 other"},
        row{says("method='POST'", "post") + says("", "other"), "POST /", "200 post"},
        row{says("method='post'", "post") + says("", "other"), "POST /", "200 other"},
        row{says("method='*'", "any"), "DELETE /", "200 any"},
        row{says("host='a.example'", "a") + says("", "rest"), "GET /|Host: a.example", "200 a"},
        row{says("host='a.example'", "a") + says("", "rest"), "GET /|Host: A.Example:80", "200 a"},
        row{says("host='a.example'", "a") + says("", "rest"), "GET /|Host: b.example", "200 rest"},
        row{says("host='*.example'", "a") + says("", "rest"), "GET /|Host: x.example", "200 a"},
        row{says("host='a.example b.example'", "a"), "GET /|Host: b.example", "200 a"},
        row{says("host='a.example'", "a"), "GET /|Host: b.example", "404 Invalid path or method"},
        row{says("", "in", path("/in")) + says("", "out"), "GET /in/x", "200 in"},
        row{says("", "in", path("/in")) + says("", "out"), "GET /inside", "200 in"},
        row{says("", "in", path("/in")) + says("", "out"), "GET /i", "200 out"},
        row{says("", "in", path("/in")) + says("", "out"), "GET /./in", "200 in"},
        row{says("", "in", path("/in?x")) + says("", "out"), "GET /in?x=1", "200 in"},
        row{says("", "in", path("/a|/b", "isRegExp='true'")) + says("", "out"), "GET /b", "200 in"},
        row{says("", "in", path("/[ab]", "isRegExp='true'")) + says("", "out"), "GET /b", "200 in"},
        row{says("", "in", path("/[ab]", "isRegExp='true'")) + says("", "out"), "GET /b?x",
            "200 out"},
        row{"<api port='80'>" + path("/a/{x}/b") + "<static>api</static><return/></api>",
            "GET /a/1/b", "200 api"},
        row{"<api port='80'>" + path("/a/{x}/b") + "<static>api</static><return/></api>",
            "GET /a/1/2/b", "404 Invalid path or method"},
        row{"<api port='80' test=\"header['X-A'] == '1'\"><static>api</static><return/></api>" +
                says("", "rest"),
            "GET /|X-A: 1", "200 api"},
        row{"<api port='80' test=\"header['X-A'] == '1'\"><static>api</static><return/></api>" +
                says("", "rest"),
            "GET /", "200 rest"},
        row{"<api port='80' test='1 / 0 == 1'><static>api</static><return/></api>" +
                says("", "rest"),
            "GET /", "200 rest"},
        row{"<api port='80'>" + path("/u/{id}") +
                "<setHeader name='X-Id' value='${pathParam.id}'/>"
                "<target host='localhost' port='7000'/></api>",
            "GET /u/a%20b", "200 [X-From: echo][X-Id: a b] GET /u/a%20b[X-Id: a b]"}));

INSTANTIATE_TEST_SUITE_P(
    Targets, Behaviour,
    testing::Values(
        row{"<serviceProxy port='80'><target url='http://localhost:7000'/></serviceProxy>",
            "GET /a", "200 [X-From: echo] GET /a"},
        row{"<serviceProxy port='80'><target url='http://localhost:7000/'/></serviceProxy>",
            "GET /a", "200 [X-From: echo] GET /a"},
        row{"<serviceProxy port='80'><target url='http://localhost:7000/fix'/></serviceProxy>",
            "GET /a?b", "200 [X-From: echo] GET /fix"},
        row{"<serviceProxy port='80'><target url='http://localhost:7000${path}/x'/></serviceProxy>",
            "GET /a", "400 Request path or 'Host' header is malformed"},
        row{"<serviceProxy port='80'><target url=\"http://localhost:7000/q?n=${params.n}\"/>"
            "</serviceProxy>",
            "GET /?n=a%26b", "200 [X-From: echo] GET /q?n=a%26b"},
        row{"<serviceProxy port='80'><target url='http://localhost:7000/' method='PUT'/>"
            "</serviceProxy>",
            "POST /a|body", "200 [X-From: echo] PUT /a body"},
        row{"<serviceProxy port='80'><target url='http://localhost:7000/' method='GET'/>"
            "</serviceProxy>",
            "POST /a|body", "200 [X-From: echo] GET /a"},
        row{"<serviceProxy port='80'><target host='localhost' port='7001'/></serviceProxy>",
            "GET /", "502 Bad Gateway"},
        row{"<serviceProxy port='80'><target host='nowhere.invalid'/></serviceProxy>", "GET /",
            "502 Gateway error."},
        row{"<serviceProxy port='80'><target url='http://${header.none}/'/></serviceProxy>",
            "GET /", "400 Request path or 'Host' header is malformed"},
        row{"<serviceProxy port='80'/>", "GET /", "500 Internal server error."},
        row{in(""), "POST /a|body", "200 [X-From: echo] POST /a body"},
        row{in(""), "GET /missing", "404 [X-From: echo] GET /missing"},
        row{in(""), "GET /|Upgrade: websocket|Connection: Upgrade",
            "403 Protocol upgrade has been denied."},
        row{in("<destination url='http://localhost:7000/there'/>"), "GET /here",
            "200 [X-From: echo] GET /there"},
        row{in("<destination url='http://localhost:7000/${method}'/>"), "GET /here",
            "200 [X-From: echo] GET /GET"},
        row{in("<destination url='internal://inner'/>") +
                "<internal name='inner'><static>inner</static><return/></internal>",
            "GET /", "200 inner"},
        row{"<serviceProxy port='80'><target url='service:inner'/></serviceProxy>"
            "<internalProxy name='inner'><static>old</static><return/></internalProxy>",
            "GET /", "200 old"},
        row{"<serviceProxy port='80'><httpClient/><target host='localhost' port='7000'/>"
            "</serviceProxy>",
            "GET /a", "200 [X-From: echo] GET /a"}));

INSTANTIATE_TEST_SUITE_P(
    Flows, Behaviour,
    testing::Values(
        row{in("<request><setHeader name='X-A' value='1'/></request>"), "GET /",
            "200 [X-From: echo] GET /[X-A: 1]"},
        row{in("<response><setHeader name='X-A' value='1'/></response>"), "GET /",
            "200 [X-From: echo][X-A: 1] GET /"},
        row{in("<setHeader name='X-A' value='${flow}'/>"), "GET /",
            "200 [X-From: echo][X-A: RESPONSE] GET /[X-A: REQUEST]"},
        row{in("<response><setHeader name='X-A' value='1'/><setHeader name='X-A' value='2'/>"
               "</response>"),
            "GET /", "200 [X-From: echo][X-A: 1] GET /"},
        row{in("<setHeader name='X-A' value='1' ifAbsent='true'/>"), "GET /|X-A: 0",
            "200 [X-From: echo][X-A: 1] GET /[X-A: 0]"},
        row{in("<setHeader name='X-A' value='a${header.none}b'/>"), "GET /|X-B: 2",
            "200 [X-From: echo][X-A: ab] GET /[X-B: 2][X-A: ab]"},
        row{in("<request><setHeader name='X-A' value=\"${header['X-B']} ${1 + 2}\"/></request>"),
            "GET /|X-B: 2", "200 [X-From: echo] GET /[X-B: 2][X-A: 2 3]"},
        row{in("<request><setHeader name='X-A' language='groovy' "
               "value=\"${'it\\'s'}\"/></request>"),
            "GET /", "200 [X-From: echo] GET /[X-A: it's]"},
        row{in("<request><setHeader name='X-A' language='SpEL' value=\"${'it''s'}\"/></request>"),
            "GET /", "200 [X-From: echo] GET /[X-A: it's]"},
        row{in("<return/>"), "POST /|body", "200 body"},
        row{in("<return status='201'/>"), "POST /|body", "201 body"},
        row{in("<return statusCode='202'/>"), "GET /", "202"},
        row{in("<static>a<![CDATA[<b>]]></static><return/>"), "GET /", "200 a<b>"},
        row{in("<response><static>changed</static></response>"), "GET /",
            "200 [X-From: echo] changed"},
        row{in("<request><static>sent</static></request>"), "POST /|body",
            "200 [X-From: echo] POST / sent"},
        row{in("<request><return status='403'/></request>"), "GET /", "403"},
        row{in("<response><setHeader name='X-A' value='1'/></response><return/>"), "GET /",
            "200 [X-A: 1]"},
        row{in("<abort><setHeader name='X-A' value='1'/></abort>"), "GET /",
            "200 [X-From: echo] GET /"},
        row{"<serviceProxy port='80'><abort><setHeader name='X-A' value='1'/></abort>"
            "<target host='localhost' port='7001'/></serviceProxy>",
            "GET /", "502 [X-A: 1] Bad Gateway"},
        row{"<serviceProxy port='80'><response><setHeader name='X-A' value='1'/></response>"
            "<target host='localhost' port='7001'/></serviceProxy>",
            "GET /", "502 Bad Gateway"},
        row{in("<choose><case test=\"path == '/a'\"><return status='201'/></case>"
               "<case test=\"path == '/b'\"><return status='202'/></case>"
               "<otherwise><return status='203'/></otherwise></choose>"),
            "GET /b", "202"},
        row{in("<choose><case test=\"path == '/a'\"><return status='201'/></case>"
               "<otherwise><return status='203'/></otherwise></choose>"),
            "GET /c", "203"},
        row{in("<choose><case test=\"path == '/a'\"><return status='201'/></case></choose>"),
            "GET /c", "200 [X-From: echo] GET /c"},
        row{in("<choose><case test='true'><setHeader name='X-A' value='1'/></case>"
               "<case test='true'><setHeader name='X-B' value='1'/></case></choose>"),
            "GET /", "200 [X-From: echo][X-A: 1] GET /[X-A: 1]"},
        row{in("<if test='true'><if test='true'><return status='204'/></if></if>"), "GET /", "204"},
        row{in("<if test='statusCode == 404'><response><static>gone</static></response></if>"),
            "GET /missing", "404 [X-From: echo] gone"},
        row{in("<chain><setHeader name='X-A' value='1'/><return/></chain>"), "GET /",
            "200 [X-A: 1]"},
        row{"<chain id='c'><setHeader name='X-A' value='1'/></chain><router>" +
                in("<interceptor refid='c'/>") + "</router>",
            "GET /", "200 [X-From: echo][X-A: 1] GET /[X-A: 1]"},
        row{"<router><global><setHeader name='X-G' value='1'/></global>" + in("") + "</router>",
            "GET /", "200 [X-From: echo][X-G: 1] GET /[X-G: 1]"},
        row{"<router><global><return status='503'/></global>" + in("") + "</router>", "GET /",
            "503"},
        row{in("<log/>"), "POST /|body", "200 [X-From: echo] POST / body"},
        row{in("<setHeader name='X-A' value='${1 / 0}'/>"), "GET /", "500 Internal server error."},
        row{in("<basicAuthentication><user name='a' password='b'/></basicAuthentication>"), "GET /",
            "401 Unauthorized"},
        row{in("<basicAuthentication><user name='a' password='b'/></basicAuthentication>"
               "<request><setHeader name='X-U' value='${user}'/></request>"),
            "GET /|Authorization: Basic YTpi", "200 [X-From: echo] GET /[X-U: a]"},
        row{in("<basicAuthentication><user name='a' password='b'/></basicAuthentication>"),
            "GET /|Authorization: Basic YTpj", "401 Unauthorized"}));

INSTANTIATE_TEST_SUITE_P(
    Conditions, Behaviour,
    testing::Values(
        row{when("method == 'GET'"), "GET /", "200 yes"},
        row{when("method == 'GET'"), "PUT /", "200 no"},
        row{when("header.Accept == 'a, b'"), "GET /|Accept: a|Accept: b", "200 yes"},
        row{when("header.getFirstValue('Accept') == 'a'"), "GET /|Accept: a|Accept: b", "200 yes"},
        row{when("headers['x-a'] == '1'"), "GET /|X-A: 1", "200 yes"},
        row{when("header.none == null"), "GET /", "200 yes"},
        row{when("header.none.trim() == 'x'"), "GET /", "200 no"},
        row{when("params.a == 'b c'"), "GET /?a=b+c", "200 yes"},
        row{when("params['a'] matches '[0-9]+'"), "GET /?a=12", "200 yes"},
        row{when("params['a'] matches '[0-9]+'"), "GET /?a=1x", "200 no"},
        row{when("cookies.sid == '7'"), "GET /|Cookie: a=b; sid=7", "200 yes"},
        row{when("path.startsWith('/a') and not path.endsWith('/')"), "GET /ab", "200 yes"},
        row{when("header['X-Flag']"), "GET /|X-Flag: no", "200 no"},
        row{when("header['X-Flag']", "language='groovy'"), "GET /|X-Flag: no", "200 yes"},
        row{when("exc.request.header.getFirstValue('X-A') == '1'"), "GET /|X-A: 1", "200 yes"},
        row{when("exc.request.uri =~ /id=[0-9]/", "language='groovy'"), "GET /?id=5", "200 yes"},
        row{when("exchange.request.uri == '/?id=5'", "language='SpEL'"), "GET /?id=5", "200 yes"},
        row{when("exc.request.method == 'GET' &amp;&amp; exc.response == null"), "GET /",
            "200 yes"},
        row{when("(header['X-A'] ?: 'd') == 'd'"), "GET /", "200 yes"},
        row{when("path.substring(9) == ''"), "GET /", "500 Internal server error."},
        row{when("isLoggedIn()"), "GET /", "200 no"},
        row{when("exchange.remoteAddrIp == '127.0.0.1'"), "GET /", "200 yes"}));

INSTANTIATE_TEST_SUITE_P(
    Scripts, Behaviour,
    testing::Values(
        row{script("exc.request.uri = '/moved?' + exc.request.method"), "GET /",
            "200 [X-From: echo] GET /moved?GET"},
        row{script("if (exc.response == null) exc.request.method = 'PUT'"), "POST /|body",
            "200 [X-From: echo] PUT / body"},
        row{script("exc.destinations[0] = 'http://localhost:7000/script'"), "GET /",
            "200 [X-From: echo] GET /script"},
        row{script("exc.destinations[0] = 'ftp://x/'"), "GET /", "500 Internal server error."},
        row{script("if (flow == 'REQUEST') request.body = request.body.toUpperCase()"),
            "POST /|body", "200 [X-From: echo] POST / BODY"},
        row{script("if (flow == 'RESPONSE') response.body = '(' + response.body + ')'"), "GET /",
            "200 [X-From: echo] (GET /)"},
        row{script("if (flow == 'RESPONSE') response.statusCode = 299"), "GET /",
            "299 [X-From: echo] GET /"},
        row{script("header['X-A'] = flow"), "GET /",
            "200 [X-From: echo][X-A: RESPONSE] GET /[X-A: REQUEST]"},
        row{script("header.removeFields('X-A')"), "GET /|X-A: 1|X-B: 2",
            "200 [X-From: echo] GET /[X-B: 2]"},
        row{script("header.removeFields('x-from')"), "GET /", "200 GET /"},
        row{script("RETURN"), "POST /|body", "500 Internal server error."},
        row{script("return Response.ok('made').build()"), "GET /", "200 made"},
        row{script("Response.statusCode(418).header('X-A', path).body('pot').build()"), "GET /t",
            "418 [X-A: /t] pot"},
        row{script("if (flow == 'REQUEST') exc.setProperty('p', uri)\n"
                   "else header['X-P'] = properties.p"),
            "GET /q", "200 [X-From: echo][X-P: /q] GET /q"},
        row{script("if (response == null) exc.setRequest(new Request.Builder().put('/new')"
                   ".header('X-A', '1').header('Host', 'h').body('four').build())"),
            "GET /old|X-B: 2", "200 [X-From: echo] PUT /new[X-A: 1] four"},
        row{script("def x = 1 / 0"), "GET /", "500 Internal server error."},
        row{script("if (response == null) response.body = 'x'"), "GET /",
            "500 Internal server error."},
        row{script("header['X-A'] = \"a\\nb\""), "GET /", "500 Internal server error."},
        row{in("<groovy>exc.setProperty('who', header['X-Who'])</groovy>"
               "<request><if test=\"properties.who == 'me'\"><return "
               "status='207'/></if></request>"),
            "GET /|X-Who: me", "207"},
        row{script("<![CDATA[if (1 < 2 && true) return Response.ok('cdata').build()]]>"), "GET /",
            "200 cdata"}));

}  // namespace
}  // namespace component
