// template, rewriter and regExReplacer.
#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

const flow_row template_rows[] = {
    {"ReplacesTheBody", "<template>hi</template>", "POST /\n\nold",
     "POST /\nContent-Type: text/plain\n\nhi"},
    {"IsEvaluated", "<request><template>${method} ${path}</template></request>", "PUT /x",
     "PUT /x\nContent-Type: text/plain\n\nPUT /x"},
    {"SpeaksGroovy",
     "<template>${exc.request.uri.startsWith('/a') ? 'a' : \"b\"}</template><return/>", "GET /ab",
     "", "200\nContent-Type: text/plain\n\na"},
    {"KeepsLines", "<template><![CDATA[a\n ${1 + 1}\nb]]></template><return/>", "GET /", "",
     "200\nContent-Type: text/plain\n\na\n 2\nb"},
    {"HasAType", "<template contentType='text/css' charset='UTF-8'>a</template><return/>", "GET /",
     "", "200\nContent-Type: text/css; charset=UTF-8\n\na"},
    {"EscapesHtml", "<template contentType='text/html'>&lt;b>${params.x}</template><return/>",
     "GET /?x=%3Ci%3E", "", "200\nContent-Type: text/html\n\n<b>&lt;i&gt;"},
    {"EscapesJson",
     "<template contentType='application/json'>{\"a\": \"${params.x}\"}</template>"
     "<return/>",
     "GET /?x=%22%0A", "", "200\nContent-Type: application/json\n\n{\"a\": \"\\\"\\n\"}"},
    {"EscapesXml", "<template contentType='text/xml'>${params.x}</template><return/>",
     "GET /?x=%26", "", "200\nContent-Type: text/xml\n\n&amp;"},
    {"LeavesPlainTexts", "<template>${params.x}</template><return/>", "GET /?x=%3Ci%3E", "",
     "200\nContent-Type: text/plain\n\n<i>"},
    {"HasNothingForWhatIsMissing", "<template>[${header.A}]</template><return/>", "GET /", "",
     "200\nContent-Type: text/plain\n\n[]"},
    {"MayHoldADollarSign", "<template>5$ ${'$'}x $(y) 100%></template><return/>", "GET /", "",
     "200\nContent-Type: text/plain\n\n5$ $x $(y) 100%>"},
    {"MayHoldBracesInQuotes", "<template>${'}&lt;%'}</template><return/>", "GET /", "",
     "200\nContent-Type: text/plain\n\n}<%"},
    {"SeesProperties",
     "<setProperty name='a' value='1'/><template>${properties.a}</template>"
     "<return/>",
     "GET /", "", "200\nContent-Type: text/plain\n\n1"},
    {"IsForTheAnswerInResponse", "<response><template>${statusCode}</template></response>", "GET /",
     "GET /", "404\nContent-Type: text/plain\n\n404", "404\n\nold"},
    {"ForgetsTheEncoding", "<request><template>a</template></request>",
     "POST /\nContent-Encoding: gzip\n\nold", "POST /\nContent-Type: text/plain\n\na"},
    {"ThatFailsIsA500", "<template>${1 / 0}</template><return/>", "GET /", ""},
    {"TakesPretty", "<template pretty='auto'>a</template><return/>", "GET /", "",
     "200\nContent-Type: text/plain\n\na"},
};
INSTANTIATE_TEST_SUITE_P(Template, FlowRows, testing::ValuesIn(template_rows), name_of<flow_row>);

TEST(Template, IsReadFromAFile) {
  load_options options;
  options.read_text = [](const std::string& path) {
    return path == "/page.html" ? net::result<std::string>("<p>${method}</p>")
                                : net::result<std::string>(net::errc::other);
  };
  flow_run f;
  f.call("<template location='page.html' contentType='text/html'/><return/>", "GET /", "200",
         options);
  EXPECT_EQ(f.to_client, "200\nContent-Type: text/html\n\n<p>GET</p>");
}

TEST(Template, SaysWhereItsFileIsWrong) {
  load_options options;
  options.read_text = [](const std::string&) {
    return net::result<std::string>("a\nb <% if (x) %>");
  };
  expect_error({"", "<template location='page.html'/>", 21,
                "<template>: attribute 'location' names a template that is wrong at page.html:2:3: "
                "holds '<%', but only ${...} is supported here; <choose> around several <template> "
                "decides, <groovy> computes"},
               options);
}

std::string maps(const std::string& inside) { return "<rewriter>" + inside + "</rewriter>"; }
std::string moved(const std::string& status, const std::string& to, std::string shown = {}) {
  if (shown.empty()) shown = to;
  return status + "\nContent-Type: text/html; charset=utf-8\nLocation: " + to +
         "\n\n<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Moved"
         "</title></head>\n<body>\n<p>Moved to <a href=\"" +
         shown + "\">" + shown + "</a>.</p>\n</body>\n</html>\n";
}
const std::string moves[] = {moved("307", "/new/x"),
                             moved("301", "/new/x"),
                             moved("307", "https://b.example/x?y"),
                             moved("301", "https://b.example/"),
                             moved("307", "/evil.example/x"),
                             moved("307", "/?a=1&b=2", "/?a=1&amp;b=2")};

const flow_row rewriter_rows[] = {
    {"ChangesThePath", maps("<map from='^/old/(.*)' to='/new/$1'/>"), "GET /old/x", "GET /new/x"},
    {"ChangesTheQuery", maps("<map from='\\?.*' to='?a=1'/>"), "GET /x?b=2", "GET /x?a=1"},
    {"KeepsTheQuery", maps("<map from='^/old' to='/new'/>"), "GET /old?b=2", "GET /new?b=2"},
    {"ReplacesAllPlaces", maps("<map from='-' to='_'/>"), "GET /a-b-c", "GET /a_b_c"},
    {"PassesWhatDoesNotFit", maps("<map from='^/old' to='/new'/>"), "GET /other", "GET /other"},
    {"UsesTheFirstThatFits",
     maps("<map from='^/a' to='/1'/><map from='^/b' to='/2'/><map from='^/.' to='/3'/>"), "GET /b",
     "GET /2"},
    {"UsesOneOnly", maps("<map from='^/a' to='/b'/><map from='^/b' to='/c'/>"), "GET /a", "GET /b"},
    {"ReadsAbsoluteForms", maps("<map from='^/old' to='/new'/>"), "GET http://a.example/old",
     "GET /new"},
    {"Redirects", maps("<map from='^/old' to='/new' do='redirect-temporary'/>"), "GET /old/x", "",
     moves[0].c_str()},
    {"RedirectsWithUnderscores", maps("<map from='^/old' to='/new' do='REDIRECT_TEMPORARY'/>"),
     "GET /old/x", "", moves[0].c_str()},
    {"RedirectsByTheShortName", maps("<map from='^/old' to='/new' do='redirect'/>"), "GET /old/x",
     "", moves[0].c_str()},
    {"RedirectsForEver", maps("<map from='^/old' to='/new' do='redirect-permanent'/>"),
     "GET /old/x", "", moves[1].c_str()},
    {"RedirectsForEverWithUnderscores",
     maps("<map from='^/old' to='/new' do='redirect_permanent'/>"), "POST /old/x\n\nhi", "",
     moves[1].c_str()},
    {"RedirectsToAnotherHost", maps("<map from='^/a/(.*)' to='https://b.example/$1'/>"),
     "GET /a/x?y", "", moves[2].c_str()},
    {"RedirectsToAnotherHostForEver",
     maps("<map from='^/.*' to='https://b.example/' do='redirect-permanent'/>"), "GET /a", "",
     moves[3].c_str()},
    {"LetsNobodyElseChooseTheHost", maps("<map from='^/out/(.*)' to='/$1' do='redirect'/>"),
     "GET /out//evil.example/x", "", moves[4].c_str()},
    {"LetsNobodyElseChooseTheHostWithBackslashes",
     maps("<map from='^/out/(.*)' to='/$1' do='redirect'/>"), "GET /out/\\evil.example/x", "",
     moves[4].c_str()},
    {"EscapesItsPage", maps("<map from='^/a' to='/' do='redirect'/>"), "GET /a?a=1&b=2", "",
     moves[5].c_str()},
    {"LeavesAnswers", maps("<map from='.*' to='/x'/>"), "GET /", "GET /x", "200\nLocation: /y",
     "200\nLocation: /y"},
    {"LeavesFieldsAndBody", maps("<map from='^/a' to='/b'/>"), "POST /a\nA: /a\n\n/a",
     "POST /b\nA: /a\n\n/a"},
    {"ChangesTheFormOfCase", maps("<map from='^/[aA]' to='/b'/>"), "GET /A", "GET /b"},
};
INSTANTIATE_TEST_SUITE_P(Rewriter, FlowRows, testing::ValuesIn(rewriter_rows), name_of<flow_row>);

TEST(Rewriter, RefusesWhatIsNoPathAnyMore) {
  flow_run f;
  f.call(maps("<map from='^/(.*)' to='$1'/>"), "GET /a");
  EXPECT_EQ(f.to_target, "");
  EXPECT_EQ(f.ex->response->status, 400);
  EXPECT_NE(f.to_client.find("does not begin with"), std::string::npos);
  EXPECT_EQ(f.w.count.replacing_refused, 1U);
}

TEST(Rewriter, RefusesWhatTakesTooLong) {
  flow_run f;
  f.call(maps("<map from='a' to='b'/>"), "GET /" + std::string(8000, 'a'));
  EXPECT_EQ(f.to_target, "");
  EXPECT_EQ(f.ex->response->status, 414);
  EXPECT_EQ(f.w.count.replacing_refused, 1U);
}

TEST(Rewriter, RefusesWhatBecomesTooLong) {
  flow_run f;
  f.call(maps("<map from='^/(.*)' to='/$1$1$1'/>"), "GET /" + std::string(4000, 'a'));
  EXPECT_EQ(f.ex->response->status, 414);
}

std::string replacer(const std::string& attributes) {
  return "<regExReplacer " + attributes + "/>";
}

const flow_row replacer_rows[] = {
    {"ReplacesInBodies", replacer("regex='a' replace='b'"), "POST /\n\nbanana", "POST /\n\nbbnbnb"},
    {"ReplacesInAnswers", "<response>" + replacer("regex='a' replace='b'") + "</response>",
     "POST /\n\na", "POST /\n\na", "200\n\nb", "200\n\na"},
    {"UsesGroups", replacer("regex='(\\w+)@(\\w+)' replace='$2 at $1'"), "POST /\n\na@b c@d",
     "POST /\n\nb at a d at c"},
    {"Removes", replacer("regex='a'"), "POST /\n\nbanana", "POST /\n\nbnn"},
    {"RemovesWithAnEmptyText", replacer("regex='a' replace=''"), "POST /\n\nbanana",
     "POST /\n\nbnn"},
    {"WorksLineByLine", replacer("regex='^a.*$' replace='x'"), "POST /\n\nab\nba\nac",
     "POST /\n\nx\nba\nx"},
    {"LeavesWhatDoesNotFit", replacer("regex='z' replace='b'"), "POST /\n\nbanana",
     "POST /\n\nbanana"},
    {"PassesWithoutABody", replacer("regex='^' replace='b'"), "GET /", "GET /"},
    {"PassesOtherTypes", replacer("regex='a' replace='b'"), "POST /\nContent-Type: image/png\n\na",
     "POST /\nContent-Type: image/png\n\na"},
    {"WorksOnJson", replacer("regex='a' replace='b'"),
     "POST /\nContent-Type: application/json\n\na", "POST /\nContent-Type: application/json\n\nb"},
    {"PassesCompressedBodies", replacer("regex='a' replace='b'"),
     "POST /\nContent-Encoding: gzip\n\na", "POST /\nContent-Encoding: gzip\n\na"},
    {"PassesEventStreams", replacer("regex='a' replace='b'"),
     "POST /\nContent-Type: text/event-stream\n\na",
     "POST /\nContent-Type: text/event-stream\n\na"},
    {"LeavesFieldsOfBodies", replacer("regex='a' replace='b'"), "POST /\nA: a\n\na",
     "POST /\nA: a\n\nb"},
    {"ReplacesInFields", replacer("regex='a' replace='b' target='header'"),
     "POST /\nA: banana\n\na", "POST /\nA: bbnbnb\n\na"},
    {"ReplacesInFieldsOfAnswers", replacer("regex='^http:' replace='https:' target='header'"),
     "GET /", nullptr, "302\nLocation: https://a.example/", "302\nLocation: http://a.example/"},
    {"LeavesTheFrame", replacer("regex='\\d' replace='9' target='header'"),
     "POST /\nContent-Length: 1\nA: 1\n\na", "POST /\nContent-Length: 1\nA: 9\n\na"},
    {"TakesADollarSign", replacer("regex='EUR' replace='\\$'"), "POST /\n\n5 EUR", "POST /\n\n5 $"},
    {"IgnoresCaseOfItsTarget", replacer("regex='a' replace='b' target='HEADER'"), "GET /\nA: a",
     "GET /\nA: b"},
};
INSTANTIATE_TEST_SUITE_P(RegExReplacer, FlowRows, testing::ValuesIn(replacer_rows),
                         name_of<flow_row>);

TEST(RegExReplacer, WorksOnBodiesThatTakeAWhile) {
  std::string text;
  std::string result;
  for (int i = 0; i < 2000; ++i) {
    text += "line a\n";
    result += "line b\n";
  }
  flow_run f;
  f.call(replacer("regex='a' replace='b'"), "POST /\n\n" + text);
  EXPECT_EQ(f.to_target, "POST /\n\n" + result);
}

TEST(RegExReplacer, RefusesRequestsThatAreTooLong) {
  flow_run f;
  f.call(replacer("regex='a' replace='b'"), "POST /\n\n" + std::string(1024 * 1024 + 1, 'x'));
  EXPECT_EQ(f.to_target, "");
  EXPECT_EQ(f.ex->response->status, 413);
  EXPECT_EQ(f.w.count.replacing_refused, 1U);
}

TEST(RegExReplacer, FailsOnAnswersThatAreTooLong) {
  flow_run f;
  f.call("<response>" + replacer("regex='a' replace='b'") + "</response>", "GET /",
         "200\n\n" + std::string(1024 * 1024 + 1, 'x'));
  EXPECT_EQ(f.ex->response->status, 500);
  EXPECT_EQ(f.w.count.replacing_refused, 1U);
  EXPECT_NE(f.w.log.text().find("<regExReplacer>: the answer's body is longer than 1 MiB"),
            std::string::npos);
}

TEST(RegExReplacer, FailsWhereReplacingTakesTooLong) {
  flow_run f;
  f.call(replacer("regex='a' replace='b' target='header'"), "GET /\nA: " + std::string(8000, 'a'));
  EXPECT_EQ(f.ex->response->status, 500);
  EXPECT_EQ(f.w.count.replacing_refused, 1U);
}

TEST(RegExReplacer, SaysWhatGoesOnUnchanged) {
  flow_run f;
  f.call(replacer("regex='a' replace='b'"), "POST /\nContent-Encoding: br\n\na");
  EXPECT_EQ(f.w.log.text(), "#7 a compressed body goes on unchanged\n");
}

const error_row error_rows[] = {
    {"ATemplateWithoutText", "<template/>", 1,
     "<template>: needs text between the tags or the attribute 'location'"},
    {"ATemplateWithBoth", "<template location='a'>b</template>", 24,
     "<template>: has text and the attribute 'location', too; write one of them"},
    {"ATemplateWithAScript", "<template>a &lt;% if (x) %></template>", 13,
     "<template>: holds '<%', but only ${...} is supported here; <choose> around several "
     "<template> "
     "decides, <groovy> computes"},
    {"ATemplateWithAScriptInCdata", "<template><![CDATA[<%= x %>]]></template>", 20,
     "<template>: holds '<%', but only ${...} is supported here; <choose> around several "
     "<template> "
     "decides, <groovy> computes"},
    {"ATemplateWithABareName", "<template>a $name</template>", 13,
     "<template>: has a '$' before a name; write ${NAME}, or ${'$'} for a dollar sign"},
    {"ATemplateWithAnEscape", "<template>a \\${x}</template>", 13,
     "<template>: holds '\\$'; write ${'$'} for a dollar sign"},
    {"ATemplateWithAnOpenBrace", "<template>a ${x</template>", 13,
     "<template>: has '${' without '}'"},
    {"ATemplateWithAnUnknownName", "<template>ab ${foo}</template>", 16,
     "<template>: holds what is not an expression: name 'foo' is not known; a text stands "
     "between quotes: 'foo'"},
    {"ATemplateWithABadType", "<template contentType='a&#10;b'>c</template>", 24,
     "<template>: attribute 'contentType' has a character that no header field can have"},
    {"ATemplateWithoutItsFile", "<template location='a'/>", 21,
     "<template>: attribute 'location' cannot be read: input/output error (/a)"},
    {"ARewriterWithoutRules", "<rewriter/>", 1, "<rewriter>: needs <map> inside"},
    {"AMapWithoutFrom", maps("<map to='/'/>"), 11, "<map>: attribute 'from' is missing"},
    {"AMapWithoutTo", maps("<map from='/'/>"), 11, "<map>: attribute 'to' is missing"},
    {"AMapInAFlow", "<map from='/' to='/'/>", 1,
     "<map>: is not allowed here; it belongs in <rewriter>"},
    {"AMapWithABadPattern", maps("<map from='(' to='/'/>"), 22,
     "<map>: attribute 'from' is not a regular expression: Mismatched '(' and ')' in regular "
     "expression"},
    {"AMapWithoutItsGroup", maps("<map from='/a' to='/b/$1'/>"), 33,
     "<map>: attribute 'to' names group $1, but the pattern has 0"},
    {"AMapWithATemplate", maps("<map from='/a' to='/b/${x}'/>"), 33,
     "<map>: attribute 'to' has a '$' that no digit follows; groups are $1 to $9, a dollar sign is "
     "\\$"},
    {"AMapWithABlank", maps("<map from='/a' to='/b c'/>"), 32,
     "<map>: attribute 'to' has a character that no URI of a request can have; write it as %XX"},
    {"AMapWithAnUnknownAction", maps("<map from='/a' to='/b' do='move'/>"), 38,
     "<map>: attribute 'do' must be 'rewrite', 'redirect', 'redirect-temporary', "
     "'redirect-permanent', 'redirect_temporary' or 'redirect_permanent', not 'move'"},
    {"AMapThatLetsClientsChooseTheHost", maps("<map from='^/(.*)' to='https://$1/'/>"), 34,
     "<map>: attribute 'to' must have a '/' between the host and the first group"},
    {"AMapThatLetsClientsEndTheHost", maps("<map from='^/(.*)' to='https://a.example$1'/>"), 34,
     "<map>: attribute 'to' must have a '/' between the host and the first group"},
    {"AReplacerWithoutAPattern", "<regExReplacer replace='a'/>", 1,
     "<regExReplacer>: attribute 'regex' is missing"},
    {"AReplacerWithABadPattern", replacer("regex='['"), 23,
     "<regExReplacer>: attribute 'regex' is not a regular expression: Unexpected character "
     "within '[...]' in regular expression"},
    {"AReplacerWithoutItsGroup", replacer("regex='(a)' replace='b$2'"), 38,
     "<regExReplacer>: attribute 'replace' names group $2, but the pattern has 1"},
    {"AReplacerWithALineEndForFields", replacer("regex='a' replace='b&#10;' target='header'"), 35,
     "<regExReplacer>: attribute 'replace' has a character that no header field can have"},
    {"AReplacerWithABadTarget", replacer("regex='a' target='url'"), 34,
     "<regExReplacer>: attribute 'target' must be 'body' or 'header', not 'url'"},
};
INSTANTIATE_TEST_SUITE_P(Rewriting, ErrorRows, testing::ValuesIn(error_rows), name_of<error_row>);

}  // namespace
}  // namespace gateway::test
