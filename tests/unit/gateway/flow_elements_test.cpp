// The elements that steer a flow or make messages, made from XML as users write it.
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

class FlowElements : public testing::Test {
 protected:
  // Runs the whole of one proxy with `elements`: the way there, an answer of the target unless an
  // element answered, the way back. Answers "status type body".
  std::string call(const std::string& elements, net::http_request r = make_request(),
                   bool target_fails = false) {
    loaded = must_load_flow(elements);
    if (!loaded) return {};
    const flow& all = loaded->proxies.at(0)->elements;
    ex.emplace(std::move(r), w.connection, w.all);
    if (run(w, all.on_request(*ex)) == outcome::proceed) {
      ex->response = target_fails ? net::make_response(502, "text/plain", "down")
                                  : net::make_response(200, "text/html", "page");
      run(w, target_fails ? aborts(all, *ex) : all.on_response(*ex));
    }
    if (!ex->response) return "nothing";
    const std::string type(ex->response->headers.get("Content-Type").value_or("-"));
    return std::to_string(ex->response->status) + " " + type + " " + body_of(w, *ex->response);
  }
  static net::task<outcome> aborts(const flow& f, exchange& e) {
    co_await f.on_abort(e);
    co_return outcome::abort;
  }
  static net::http_request with_body(std::string text) {
    auto r = make_request("POST", "/", {{"Content-Type", "text/css"}});
    r.body = net::make_string_body(std::move(text));
    return r;
  }
  world w;
  std::shared_ptr<const config> loaded;
  std::optional<exchange> ex;
};

struct row {
  const char* elements;
  const char* answer;
};

TEST_F(FlowElements, AnswerWithoutABody) {
  for (const row& r : std::initializer_list<row>{
           {"<return/>", "200 - "},
           {"<return status='204'/>", "204 - "},
           {"<return statusCode='404' contentType='text/x'/>", "404 text/x "},
           {"<static>hi</static><return/>", "200 text/plain hi"},
           {"<static contentType='text/html' charset='UTF-8'><![CDATA[<b>]]></static><return/>",
            "200 text/html; charset=UTF-8 <b>"},
           {"<static>a</static><return status='201'/><static>b</static>", "201 text/plain a"},
           {"<request><static>q</static><return/></request>", "200 text/plain q"},
           {"<request><return status='0'/></request>", "200 - "},
           {"<response><static>late</static></response>", "200 text/plain late"},
           {"<response><static>first</static><static>last</static></response>",
            "200 text/plain first"},
           {"<response><return status='404'/></response>", "200 text/html page"},
           {"<abort><static>never</static></abort>", "200 text/html page"},
           {"<static>both ways</static>", "200 text/plain both ways"},
           {"<if test='true'><request><return status='403'/></request></if>", "403 - "},
           {"<if test='false'><return status='403'/></if>", "200 text/html page"},
           {"<choose><case test='true'><return status='201'/></case><case test='true'>"
            "<return status='202'/></case></choose>",
            "201 - "},
           {"<choose><case test='false'><return status='201'/></case><otherwise>"
            "<return status='203'/></otherwise></choose>",
            "203 - "},
           {"<choose><case test='false'><return/></case></choose>", "200 text/html page"},
           {"<choose><case test='statusCode == 200'><static>seen</static></case></choose>",
            "200 text/plain seen"},
           {"<choose><case test='false'><log/></case><otherwise><response><static>o</static>"
            "</response></otherwise></choose>",
            "200 text/plain o"},
           {"<response><setHeader name='Content-Type' value='text/x'/></response>",
            "200 text/x page"},
           {"<response><setHeader name='content-type' value='text/x' ifAbsent='true'/></response>",
            "200 text/html page"},
           {"<response><setHeader name='Content-Type' value='${method}/${statusCode}'/></response>",
            "200 GET/200 page"},
       }) {
    EXPECT_EQ(call(r.elements), r.answer) << r.elements;
  }
}

TEST_F(FlowElements, AHeaderThatIsSetIsOneLine) {
  call("<setHeader name='X-A' value=\"a${header['X-B']}\"/>",
       make_request("GET", "/", {{"X-B", "1\r\nX-C: 2"}}));
  EXPECT_EQ(ex->request.headers.get("X-A"), "a1\\r\\nX-C: 2");
}

TEST_F(FlowElements, AnswerWithTheBodyThatCame) {
  EXPECT_EQ(call("<return/>", with_body("a{}")), "200 text/css a{}");
  EXPECT_EQ(call("<return status='400' contentType='text/plain'/>", with_body("x")),
            "400 text/plain x");
}

TEST_F(FlowElements, RunTheAbortBlockWhenTheTargetFailed) {
  EXPECT_EQ(call("<abort><static>sorry</static></abort>", make_request(), true),
            "502 text/plain sorry");
  EXPECT_EQ(call("<response><static>no</static></response>", make_request(), true),
            "502 text/plain down");
}

TEST_F(FlowElements, RunTheWayBackOfWhatStandsBeforeAReturn) {
  EXPECT_EQ(call("<response><static>back</static></response><return/>"), "200 text/plain back");
  EXPECT_EQ(call("<return/><response><static>back</static></response>"), "200 - ");
  // Inside <request> nothing has a way back, but what stands before the block has.
  EXPECT_EQ(call("<response><static>back</static></response><request><return/></request>"),
            "200 text/plain back");
}

}  // namespace
}  // namespace gateway::test
