// <apiKey>: who gets in, with which scopes, what is said of bad keys, and that no log has one.
#include <gmock/gmock.h>

#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string two_keys =
    "<keys><secret value='rose'><scope>read</scope><scope>write</scope></secret>"
    "<secret value='oak'/></keys>";
std::string api_key(const std::string& inside, const std::string& attributes = {}) {
  return "<apiKey " + attributes + ">" + inside + "</apiKey>";
}
const std::string by_default = api_key(two_keys);
const std::string show = "<setHeader name='X-Is' value='${scopes()}'/>";
const std::string asks_for_one =
    "401\nContent-Type: application/problem+json\nCache-Control: no-store\nX-Content-Type-Options: "
    "nosniff\n"
    "WWW-Authenticate: ApiKey realm=\"membrane\"\n\n{\n  \"title\": \"Unauthorized\",\n"
    "  \"type\": \"https://membrane-api.io/problems/security\",\n  \"status\": 401,\n"
    "  \"detail\": \"An API key is needed.\"\n}\n";
const std::string refuses =
    "403\nContent-Type: application/problem+json\nCache-Control: no-store\nX-Content-Type-Options: "
    "nosniff\n\n{\n"
    "  \"title\": \"Forbidden\",\n  \"type\": \"https://membrane-api.io/problems/security\",\n"
    "  \"status\": 403,\n  \"detail\": \"The API key is not known.\"\n}\n";

const flow_row api_key_rows[] = {
    {"LetsAKeyIn", by_default, "GET /\nX-Api-Key: oak", "GET /\nX-Api-Key: oak"},
    {"AsksForAKey", by_default, "GET /", "", asks_for_one.c_str()},
    {"AsksWhenTheFieldIsEmpty", by_default, "GET /\nX-Api-Key: ", "", asks_for_one.c_str()},
    {"RefusesAnotherKey", by_default, "GET /\nX-Api-Key: Oak", "", refuses.c_str()},
    {"RefusesTheBeginningOfAKey", by_default, "GET /\nX-Api-Key: oa", "", refuses.c_str()},
    {"ComparesNamesOfFieldsWithoutCase", by_default, "GET /\nx-api-KEY: oak",
     "GET /\nx-api-KEY: oak"},
    {"TakesTheFirstOfSeveralFields", by_default, "GET /\nX-Api-Key: elm\nX-Api-Key: oak", "",
     refuses.c_str()},
    {"LooksIntoNoParameterUnasked", by_default, "GET /?api-key=oak", "", asks_for_one.c_str()},
    {"TakesAnotherField", api_key(two_keys + "<headerExtractor name='Key'/>"), "GET /\nKey: oak",
     "GET /\nKey: oak"},
    {"TakesNoOtherFieldThen", api_key(two_keys + "<headerExtractor name='Key'/>"),
     "GET /\nX-Api-Key: oak", "", asks_for_one.c_str()},
    {"TakesAParameter", api_key(two_keys + "<queryParamExtractor/>"), "GET /?a=b&api-key=oak",
     "GET /?a=b&api-key=oak"},
    {"DecodesTheParameter", api_key(two_keys + "<queryParamExtractor name='my key'/>"),
     "GET /?my+key=%6Fak", "GET /?my+key=%6Fak"},
    {"TakesAnExpression", api_key(two_keys + "<expressionExtractor expression='cookies.key'/>"),
     "GET /\nCookie: key=oak", "GET /\nCookie: key=oak"},
    {"AsksWhenTheExpressionHasNothing",
     api_key(two_keys + "<expressionExtractor expression='cookies.key'/>"), "GET /", "",
     asks_for_one.c_str()},
    {"SpeaksGroovy",
     api_key(two_keys + "<expressionExtractor language='groovy' "
                        "expression=\"exc.request.header.getFirstValue('K').substring(4)\"/>"),
     "GET /\nK: Key oak", "GET /\nK: Key oak"},
    {"AsksTheFirstPlaceThatHasOne", api_key(two_keys + "<queryParamExtractor/><headerExtractor/>"),
     "GET /?api-key=elm\nX-Api-Key: oak", "", refuses.c_str()},
    {"GoesOnToTheNextPlace", api_key(two_keys + "<queryParamExtractor/><headerExtractor/>"),
     "GET /\nX-Api-Key: oak", "GET /\nX-Api-Key: oak"},
    {"KnowsTheOldNames",
     api_key("<simple><secret value='elm'/></simple><query/><header name='K'/>"), "GET /\nK: elm",
     "GET /\nK: elm"},
    {"NotesTheScopes", by_default + show, "GET /\nX-Api-Key: rose",
     "GET /\nX-Api-Key: rose\nX-Is: read,write"},
    {"NotesNoScopesWhereThereAreNone", by_default + show, "GET /\nX-Api-Key: oak",
     "GET /\nX-Api-Key: oak\nX-Is: "},
    {"ScopesDecideInATest",
     by_default + "<if test=\"not hasScope('write')\"><return status='403'/></if>",
     "GET /\nX-Api-Key: rose", "GET /\nX-Api-Key: rose"},
    {"AMissingScopeDecidesToo",
     by_default + "<if test=\"not hasScope('write')\"><return status='405'/></if>",
     "GET /\nX-Api-Key: oak", "", "405"},
    {"ScopesOfSeveralAddUp",
     by_default + api_key("<keys><secret value='1'><scope>run</scope></secret></keys><query/>") +
         show,
     "GET /?api-key=1\nX-Api-Key: rose", "GET /?api-key=1\nX-Api-Key: rose\nX-Is: read,run,write"},
    {"LetsOthersInWhenNotRequired", api_key(two_keys, "required='false'") + show, "GET /",
     "GET /\nX-Is: "},
    {"LetsUnknownKeysInWithoutScopesWhenNotRequired", api_key(two_keys, "required='false'") + show,
     "GET /\nX-Api-Key: elm", "GET /\nX-Api-Key: elm\nX-Is: "},
    {"StillNotesScopesWhenNotRequired", api_key(two_keys, "required='false'") + show,
     "GET /\nX-Api-Key: rose", "GET /\nX-Api-Key: rose\nX-Is: read,write"},
    {"TurnsAroundSoThatOthersSeeTheAnswer",
     "<response><setHeader name='X-A' value='1'/><setBody value='' /></response>" + by_default,
     "GET /", "",
     "401\nContent-Type: application/problem+json\nCache-Control: "
     "no-store\nX-Content-Type-Options: nosniff\n"
     "WWW-Authenticate: ApiKey realm=\"membrane\"\nX-A: 1\n\n"},
};
INSTANTIATE_TEST_SUITE_P(ApiKey, FlowRows, testing::ValuesIn(api_key_rows), name_of<flow_row>);

std::string with_keys(const std::string& inside) {
  return "<apiKey><keys>" + inside + "</keys></apiKey>";
}

const error_row api_key_errors[] = {
    {"NeedsAStore", "<apiKey/>", 1, "<apiKey>: needs <keys>, <apiKeyFileStore> or <simple> inside"},
    {"NeedsAKey", "<apiKey><keys/></apiKey>", 9, "<keys>: needs <secret> inside"},
    {"NeedsAValue", with_keys("<secret/>"), 15, "<secret>: attribute 'value' is missing"},
    {"AnEmptyKey", with_keys("<secret value=''/>"), 30,
     "<secret>: attribute 'value' must not be empty"},
    {"AScopeWithComma", with_keys("<secret value='a'><scope>b,c</scope></secret>"), 41,
     "<scope>: a scope holds no comma; each has a <scope> of its own"},
    {"AnEmptyScope", with_keys("<secret value='a'><scope/></secret>"), 33,
     "<scope>: text is missing between the tags"},
    {"AFieldThatIsNone",
     "<apiKey><keys><secret value='a'/></keys><headerExtractor name='a b'/></apiKey>", 64,
     "<headerExtractor>: attribute 'name' must be the name of a header field"},
    {"AnEmptyParameter", "<apiKey><keys><secret value='a'/></keys><query name=''/></apiKey>", 54,
     "<query>: attribute 'name' must be the name of a parameter"},
    {"AParameterThatIsNone",
     "<apiKey><keys><secret value='a'/></keys><queryParamExtractor name='a;b'/></apiKey>", 68,
     "<queryParamExtractor>: attribute 'name' must be the name of a parameter"},
    {"AnExtractorBeforeTheStore", "<apiKey><header/><keys><secret value='a'/></keys></apiKey>", 18,
     "<keys>: must stand before <header> in <apiKey>"},
    {"NoBoolean", "<apiKey required='maybe'><keys><secret value='a'/></keys></apiKey>", 19,
     "<apiKey>: attribute 'required' must be 'true' or 'false', not 'maybe'"},
    {"ADatabase", "<apiKey><keys><secret value='a'/></keys><databaseApiKeyStore/></apiKey>", 41,
     "<databaseApiKeyStore>: exists in Membrane but is not supported here; <keys> holds API keys, "
     "or the file of an <apiKeyFileStore>"},
    {"AnotherDatabase", "<apiKey><keys><secret value='a'/></keys><mongoDBApiKeyStore/></apiKey>",
     41,
     "<mongoDBApiKeyStore>: exists in Membrane but is not supported here; <keys> holds API keys, "
     "or the file of an <apiKeyFileStore>"},
    {"NoExpression",
     "<apiKey><keys><secret value='a'/></keys><expressionExtractor expression='1 +'/></apiKey>", 77,
     "<expressionExtractor>: attribute 'expression' is not an expression: the expression ends too "
     "early"},
};
INSTANTIATE_TEST_SUITE_P(ApiKey, ErrorRows, testing::ValuesIn(api_key_errors), name_of<error_row>);

TEST(ApiKey, ErrorsOfAKeyDoNotShowIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"<secret value='green rose'/>",
       ":30: <secret>: attribute 'value' must be characters without"},
      {"<secret value=' green'/>", ":30: <secret>: attribute 'value' must be characters without"},
      {"<secret value='green&#10;'/>",
       ":30: <secret>: attribute 'value' must be characters without"},
      {"<secret value='green'/><secret value='green'/>",
       ":53: <secret>: attribute 'value' is a key for the second time"}};
  for (const auto& [inside, message] : rows) {
    const auto loaded =
        load_proxies("<serviceProxy port='80'>\n" + with_keys(inside) + "</serviceProxy>");
    ASSERT_EQ(loaded.errors.size(), 1U) << inside;
    EXPECT_THAT(loaded.errors[0], HasSubstr(message));
    EXPECT_THAT(loaded.errors[0], Not(HasSubstr("green")));
  }
}

load_options with_file(const std::string& text) {
  load_options o;
  o.read_text = [text](const std::string& path) -> net::result<std::string> {
    if (path == "/keys.txt") return text;
    return net::errc::not_found;
  };
  return o;
}
const std::string by_file = "<apiKey><apiKeyFileStore location='keys.txt'/></apiKey>";

// The scopes that `key` has by the file `text`, or the status.
std::string scopes_of(const std::string& text, const std::string& key) {
  flow_run f;
  f.call(by_file + "<template>${scopes()}</template><return/>", "GET /\nX-Api-Key: " + key, "200",
         with_file(text));
  return f.to_client.substr(0, 3) == "200" ? f.to_client.substr(f.to_client.find("\n\n") + 2)
                                           : f.to_client.substr(0, 3);
}

TEST(ApiKeyFile, HasKeysScopesAndComments) {
  const std::string text =
      "# keys of the shop\r\n"
      "\n"
      "rose:read, write  # of the garden\r\n"
      "  oak  \n"
      "elm: # none yet\n"
      "a:b:c";
  EXPECT_EQ(scopes_of(text, "rose"), "read,write");
  EXPECT_EQ(scopes_of(text, "oak"), "");
  EXPECT_EQ(scopes_of(text, "elm"), "");
  EXPECT_EQ(scopes_of(text, "a"), "b:c");
  EXPECT_EQ(scopes_of(text, "#"), "403");
  EXPECT_EQ(scopes_of(text, "rose:read"), "403");
}

TEST(ApiKeyFile, StandsBesideInlineKeys) {
  flow_run f;
  const std::string both = api_key(two_keys + "<apiKeyFileStore location='keys.txt'/>");
  f.call(both, "GET /\nX-Api-Key: elm", "200", with_file("elm"));
  EXPECT_EQ(f.to_target, "GET /\nX-Api-Key: elm");
  f.call(both, "GET /\nX-Api-Key: oak");
  EXPECT_EQ(f.to_target, "GET /\nX-Api-Key: oak");
}

struct file_row {
  const char* name;
  std::string text;
  std::string error;
};
void PrintTo(const file_row& row, std::ostream* to) { *to << row.name; }
class ApiKeyFileErrors : public testing::TestWithParam<file_row> {};

TEST_P(ApiKeyFileErrors, NameTheLineAndNotTheKey) {
  const auto loaded = load_proxies("<serviceProxy port='80'>" + by_file + "</serviceProxy>",
                                   with_file(GetParam().text));
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0],
              HasSubstr("<apiKeyFileStore>: attribute 'location' " + GetParam().error));
  EXPECT_THAT(loaded.errors[0], Not(HasSubstr("rose")));
}

const file_row file_rows[] = {
    {"NoKey", "oak\n:read\n", "names a file whose line 2 is not key:scope,scope"},
    {"ABlank", "rose read\n", "names a file whose line 1 is not key:scope,scope"},
    {"ATab", "#\nrose\tread", "names a file whose line 2 is not key:scope,scope"},
    {"NoScope", "rose:read,,write", "names a file whose line 1 has a comma without a scope"},
    {"NoLastScope", "rose:read,", "names a file whose line 1 has a comma without a scope"},
    {"AKeyTwice", "rose\nrose:read", "names a file whose line 2 has a key for the second time"},
    {"NoKeys", "# nothing\n", "names a file without keys"},
    {"NothingAtAll", "", "names a file without keys"},
    {"NoText", "\xff", "is not a text in UTF-8"},
};
INSTANTIATE_TEST_SUITE_P(Each, ApiKeyFileErrors, testing::ValuesIn(file_rows), name_of<file_row>);

TEST(ApiKey, SaysWhichFileIsNotThere) {
  const auto loaded =
      load_proxies("<serviceProxy port='80'>" + by_file + "</serviceProxy>", load_options{});
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0], HasSubstr("cannot be read"));
  EXPECT_THAT(loaded.errors[0], HasSubstr("/keys.txt"));
}

TEST(ApiKey, CountsBothRefusals) {
  flow_run f;
  f.call(by_default, "GET /");
  f.call(by_default, "GET /\nX-Api-Key: elm");
  f.call(by_default, "GET /\nX-Api-Key: fir");
  f.call(by_default, "GET /\nX-Api-Key: oak");
  EXPECT_EQ(f.w.count.unauthorized, 1U);
  EXPECT_EQ(f.w.count.forbidden, 2U);
}

TEST(ApiKey, LogsMaskTheNamesOfExtractorsWhereverTheyStand) {
  const std::string elements =
      "<accessLog/><log/>" +
      api_key(two_keys + "<headerExtractor name='X-Tree'/><queryParamExtractor name='t r'/>");
  flow_run f;
  f.call(elements, "GET /?t%20r=oak&a=1\nx-TREE: oak\nReferer: http://a/?t+r=elm;oak?oak");
  EXPECT_THAT(f.w.log.text(), Not(HasSubstr("oak")));
  EXPECT_THAT(f.w.log.text(), HasSubstr("GET /?t%20r=****&a=1 HTTP/1.1"));
  EXPECT_THAT(f.w.log.text(), HasSubstr("x-TREE: ****"));
}

TEST(ApiKey, IsNotQuotedByErrorsOfItsLine) {
  const auto loaded = load_proxies(
      "<serviceProxy port='80'><apiKey><keys><m:secret "
      "xmlns:m='http://membrane-soa.org/proxies/1/' "
      "value='rose'/><secret value = \"elm\" colour='red'/></keys></apiKey></serviceProxy>");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0], HasSubstr("colour"));
  EXPECT_THAT(loaded.errors[0], HasSubstr("value='***'"));
  EXPECT_THAT(loaded.errors[0], Not(HasSubstr("rose")));
  EXPECT_THAT(loaded.errors[0], Not(HasSubstr("elm")));
}

}  // namespace
}  // namespace gateway::test
