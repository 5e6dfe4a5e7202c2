#include "mockbroker/broker/transformation.hpp"

#include <gmock/gmock.h>

#include "mockbroker/transformations/map_parser.hpp"

using namespace mockbroker;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

namespace {

using maybe_text = std::optional<std::string>;

const map_parser parser;

map_body map_of(std::string_view text, map_format format = map_format::json) {
  auto result = parser.read(text, format);
  if (const auto* e = std::get_if<conversion_error>(&result)) {
    ADD_FAILURE() << text << ": " << e->message;
    return {};
  }
  return std::get<map_body>(std::move(result));
}

// The only value of a map; its type first.
std::string value_of(std::string_view json_entry) {
  const map_body map = map_of(R"({"map":{"entry":{)" + std::string(json_entry) + "}}}");
  return map.empty() ? "none" : std::string(to_string(map[0].type)) + ' ' + map[0].value;
}

std::string error_of(std::string_view text, map_format format = map_format::json) {
  const auto result = parser.read(text, format);
  const auto* e = std::get_if<conversion_error>(&result);
  return e ? e->message : "none";
}

sent_body sent(std::initializer_list<stomp::header> headers, std::string_view body) {
  auto result = read_body(stomp::make_frame("SEND", headers, body), parser);
  if (const auto* e = std::get_if<refused_body>(&result)) {
    ADD_FAILURE() << e->message;
    return {};
  }
  return std::get<sent_body>(std::move(result));
}

constexpr const char* sample =
    R"({"map":{"entry":[{"string":["name","Dejan"]},{"string":"size","int":3}]}})";
// The same in the order in which Java's hash table gives it back.
constexpr const char* sample_written =
    R"({"map":{"entry":[{"string":"size","int":3},{"string":["name","Dejan"]}]}})";

}  // namespace

TEST(MapBody, IsReadFromJson) {
  EXPECT_THAT(map_of(sample), ElementsAre(map_entry{"name", map_type::text, "Dejan"},
                                          map_entry{"size", map_type::int32, "3"}));
  EXPECT_THAT(map_of(R"({"map":{"entry":{"string":["a","b"]}}})"),
              ElementsAre(map_entry{"a", map_type::text, "b"}));
}

TEST(MapBody, IsReadFromXml) {
  EXPECT_THAT(map_of("<map>\n <entry>\n  <string>name</string>\n  <string>De &amp; jan</string>"
                     "</entry><entry><string> n </string><int>3</int></entry></map>",
                     map_format::xml),
              ElementsAre(map_entry{"name", map_type::text, "De & jan"},
                          map_entry{" n ", map_type::int32, "3"}));
  EXPECT_THAT(map_of("<?xml version='1.0'?><map><entry><string>a</string><null/></entry>"
                     "<entry><string>b</string><string></string></entry></map>",
                     map_format::xml),
              ElementsAre(map_entry{"a", map_type::null, ""}, map_entry{"b", map_type::text, ""}));
  EXPECT_THAT(map_of("<map/>", map_format::xml), IsEmpty());
}

TEST(MapBody, MayBeEmpty) {
  for (const char* text : {R"({"map":""})", R"({"map":{}})", R"({"map":null})",
                           R"({"map":{"entry":[]}})", R"({"tree-map":""})"})
    EXPECT_THAT(map_of(text), IsEmpty()) << text;
}

// Confirmed with ActiveMQ's own translator, as is all that follows about values.
TEST(MapBody, ValuesHaveJavaTypes) {
  const struct {
    const char* entry;
    const char* value;
  } cases[] = {
      {R"("string":"k","int":3)", "int 3"},
      {R"("string":"k","int":"+5")", "int 5"},
      {R"("string":"k","int":"0x1F")", "int 31"},
      {R"("string":"k","int":"010")", "int 8"},
      {R"("string":"k","int":3000000000)", "int -1294967296"},
      {R"("string":"k","byte":"0xFF")", "byte -1"},
      {R"("string":"k","short":"0x8000")", "short -32768"},
      {R"("string":"k","long":3000000000)", "long 3000000000"},
      {R"("string":"k","long":"0xFFFFFFFFFFFFFFFF")", "long -1"},
      {R"("string":"k","long":"-9223372036854775808")", "long -9223372036854775808"},
      {R"("string":"k","double":1)", "double 1.0"},
      {R"("string":"k","double":1e10)", "double 1.0E10"},
      {R"("string":"k","double":"NaN")", "double NaN"},
      {R"("string":"k","float":0.1)", "float 0.1"},
      {R"("string":"k","boolean":true)", "boolean true"},
      {R"("string":"k","boolean":"yes")", "boolean false"},
      {R"("string":"k","char":"xy")", "char x"},
      {R"("string":"k","null":"")", "null "},
      {R"("string":"k","null":null)", "null "},
      {R"("string":["k",5])", "string 5"},
      {R"("string":["k",true])", "string true"},
      {R"("string":["k",null])", "string "},
      {R"("string":["k","null"])", "string "},
      {R"("string":["k","b","c"])", "string b"},
      {R"("string":"k","int":3,"foo":5)", "int 3"},
      {R"("string":["k","q\"b\\c\/d\n\u00e9"])", "string q\"b\\c/d\n\u00e9"},
  };
  for (const auto& c : cases) EXPECT_EQ(value_of(c.entry), c.value) << c.entry;
}

TEST(MapBody, ALaterValueOfAKeyWins) {
  EXPECT_THAT(map_of(R"({"map":{"entry":[{"string":["a","b"]},{"string":["a","c"]}]}})"),
              ElementsAre(map_entry{"a", map_type::text, "c"}));
}

TEST(MapBody, TheNameOfAnEntryDoesNotMatter) {
  EXPECT_THAT(map_of(R"({"map":{"other":[{"string":["a","b"]}]}})"),
              ElementsAre(map_entry{"a", map_type::text, "b"}));
}

TEST(MapBody, ErrorsSayWhy) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"not json", ""},
      {"[1]", ""},
      {"{}", ""},
      {R"({"map":)", ""},
      {R"({"pojo":{"name":"x"}})", "pojo"},
      {R"({"string":"x"})", "not a map"},
      {R"({"map":{"@class":"x"}})", "x"},
      {R"({"map":{"entry":"text"}})", "an entry needs a key and a value"},
      {R"({"map":{"entry":{"string":"a"}}})", "an entry needs a key and a value"},
      {R"({"map":{"entry":{"int":3,"string":"size"}}})", "a key must be a string"},
      {R"({"map":{"entry":{"string":["","x"]}}})", "a key must not be empty"},
      {R"({"map":{"entry":{"string":"i","int":"x"}}})", "not a value of type int"},
      {R"({"map":{"entry":{"string":"i","int":3.5}}})", "not a value of type int"},
      {R"({"map":{"entry":{"string":"i","int":4294967296}}})", "not a value of type int"},
      {R"({"map":{"entry":{"string":"i","foo":3}}})", "not a type of values here: foo"},
      {R"({"map":{"entry":{"string":"l","list":{"string":["a"]}}}})",
       "not a type of values here: list"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.text), c.message) << c.text;
  for (const char* text : {"text", "", "<map>", "<map><entry><string>a</string></map>"})
    EXPECT_EQ(error_of(text, map_format::xml), "") << text;
  EXPECT_EQ(
      error_of("<map><entry><string>a</string><long>99999999999999999999</long></entry></map>",
               map_format::xml),
      "not a value of type long");
}

TEST(MapBody, IsBounded) {
  std::string deep, many = R"({"map":{"entry":[)";
  for (int i = 0; i < 1000; ++i) deep += R"({"map":)";
  for (int i = 0; i < 10001; ++i)
    many += (i ? "," : "") + (R"({"string":[")" + std::to_string(i) + R"(",""]})");
  EXPECT_EQ(error_of(deep), "");
  EXPECT_EQ(error_of(many + "]}}"), "too many entries");
}

TEST(MapBody, IsWrittenAsJson) {
  EXPECT_EQ(to_json(map_of(sample)), sample_written);
  EXPECT_EQ(to_json({}), R"({"map":""})");
  EXPECT_EQ(to_json({{"n", map_type::null, ""}}), R"({"map":{"entry":{"string":"n","null":""}}})");
}

TEST(MapBody, JsonLosesTheQuotesOfWhatLooksLikeANumber) {
  const struct {
    const char* value;
    const char* written;
  } cases[] = {
      {"123", "123"},
      {"-5", "-5"},
      {"+5", "\"+5\""},
      {"007", "\"007\""},
      {"1.5", "1.5"},
      {"1.50", "\"1.50\""},
      {"100.0", "100"},
      {"-0.0", "-0"},
      {"0.001", "0.001"},
      {"1.0E10", "1.0E10"},
      {"1e3", "\"1e3\""},
      {"1.0E-5", "\"1.0E-5\""},
      {"NaN", "\"NaN\""},
      {"true", "true"},
      {"TRUE", "\"TRUE\""},
      {"", "\"\""},
      {" 1", "\" 1\""},
      {"null", "\"null\""},
      {"</x>", "\"<\\/x>\""},
      {"a\tb", "\"a\\tb\""},
      {"\x1f\x7f", "\"\\u001f\x7f\""},
      {"\u2028", "\"\\u2028\""},
      {"é€😀", "\"é€😀\""},
      {"9223372036854775808", "\"9223372036854775808\""},
      {"9223372036854775807", "9223372036854775807"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(to_json({{"k", map_type::text, c.value}}),
              R"({"map":{"entry":{"string":["k",)" + std::string(c.written) + "]}}}");
}

TEST(MapBody, IsWrittenAsXml) {
  EXPECT_EQ(to_xml({{"a", map_type::text, "x&<>\"'\t\n\r\x01\u0080é😀/"},
                    {"b", map_type::null, ""},
                    {"c", map_type::text, ""},
                    {"d", map_type::real32, "1.0"}}),
            "<map>\n"
            "  <entry>\n"
            "    <string>a</string>\n"
            "    <string>x&amp;&lt;&gt;&quot;&apos;\t\n&#xd;&#x1;&#x80;é😀/</string>\n"
            "  </entry>\n"
            "  <entry>\n"
            "    <string>b</string>\n"
            "    <null/>\n"
            "  </entry>\n"
            "  <entry>\n"
            "    <string>c</string>\n"
            "    <string></string>\n"
            "  </entry>\n"
            "  <entry>\n"
            "    <string>d</string>\n"
            "    <float>1.0</float>\n"
            "  </entry>\n"
            "</map>");
  EXPECT_EQ(to_xml({}), "<map/>");
}

TEST(Transformation, WithoutOneTheLengthDecides) {
  EXPECT_EQ(sent({}, "x").kind, body_kind::text);
  EXPECT_EQ(sent({{"content-length", "1"}}, "x").kind, body_kind::bytes);
  EXPECT_EQ(sent({{"transformation", "foo"}}, sample).kind, body_kind::text);
  EXPECT_EQ(sent({{"transformation", "JMS-MAP-JSON"}}, sample).kind, body_kind::text);
  EXPECT_EQ(sent({{"transformation", "jms-byte"}}, "x").kind, body_kind::text);
}

TEST(Transformation, AMessageTypeDecidesOverTheLength) {
  EXPECT_EQ(sent({{"amq-msg-type", "TEXT"}, {"content-length", "1"}}, "x").kind, body_kind::text);
  EXPECT_EQ(sent({{"amq-msg-type", "bytes"}}, "x").kind, body_kind::bytes);
  const auto refused = read_body(stomp::make_frame("SEND", {{"amq-msg-type", "map"}}, "x"), parser);
  EXPECT_EQ(std::get<refused_body>(refused).message, "Unsupported message type 'map'");
}

TEST(Transformation, ASendMayCarryAMap) {
  const auto json = sent({{"transformation", "jms-map-json"}}, sample);
  EXPECT_EQ(json.kind, body_kind::map);
  EXPECT_EQ(json.map, map_of(sample));
  EXPECT_EQ(json.error, std::nullopt);
  const auto xml = sent({{"transformation", "jms-map-xml"}}, to_xml(json.map));
  EXPECT_THAT(xml.map, testing::UnorderedElementsAreArray(json.map));
}

TEST(Transformation, BytesStayBytesWhateverWasAsked) {
  const auto body = sent({{"transformation", "jms-map-json"}, {"content-length", "9"}}, sample);
  EXPECT_EQ(body.kind, body_kind::bytes);
  const told_body told = tell_body(body, "jms-map-json", "jms-map-xml");
  EXPECT_EQ(told.body, std::nullopt);
  EXPECT_EQ(told.transformation, maybe_text("jms-map-json"));
  EXPECT_TRUE(told.with_length);
}

TEST(Transformation, WhatFailsIsATextWithTheReason) {
  const struct {
    const char* transformation;
    const char* body;
    const char* error;
  } cases[] = {
      {"jms-map-json", "x", ""},
      {"jms-map-xml", sample, ""},
      {"jms-map-json", R"({"pojo":""})", "pojo"},
      {"jms-object-json", R"({"pojo":""})", "objects are not supported"},
      {"jms-object-xml", "<pojo/>", "objects are not supported"},
      {"jms-xml", "<map/>", "Unknown transformation: jms-xml"},
      {"jms-advisory-json", "{}", "Unknown transformation: jms-advisory-json"},
  };
  for (const auto& c : cases) {
    const auto body = sent({{"transformation", c.transformation}}, c.body);
    EXPECT_EQ(body.kind, body_kind::text) << c.transformation;
    EXPECT_EQ(body.error, maybe_text(c.error)) << c.transformation;
  }
}

// Confirmed with ActiveMQ's own translator, as are the other rows of the table in the header.
TEST(Transformation, AMapIsToldAsTheSubscriptionAsks) {
  const sent_body stored{body_kind::map, map_of(sample), std::nullopt};
  const struct {
    std::optional<std::string_view> asked;
    std::string body;
    const char* header;
  } cases[] = {
      {std::nullopt, "", "jms-map-json"},
      {"jms-json", sample_written, "jms-map-json"},
      {"jms-map-json", sample_written, "jms-map-json"},
      {"jms-object-json", sample_written, "jms-object-json"},
      {"jms-xml", to_xml(stored.map), "jms-map-xml"},
      {"jms-map-xml", to_xml(stored.map), "jms-map-xml"},
      {"jms-byte", to_xml(stored.map), "jms-byte"},
      {"foo", "", "foo"},
  };
  for (const auto& c : cases) {
    const told_body told = tell_body(stored, "jms-map-json", c.asked);
    EXPECT_THAT(told.body, Optional(c.body)) << c.header;
    EXPECT_THAT(told.transformation, Optional(std::string(c.header)));
    EXPECT_FALSE(told.with_length);
  }
}

TEST(Transformation, ATextIsToldAsItIs) {
  const sent_body stored;
  const told_body plain = tell_body(stored, std::nullopt, std::nullopt);
  EXPECT_EQ(plain.body, std::nullopt);
  EXPECT_EQ(plain.transformation, std::nullopt);
  const told_body asked = tell_body(stored, "foo", "jms-map-json");
  EXPECT_EQ(asked.body, std::nullopt);
  EXPECT_THAT(asked.transformation, Optional(std::string("jms-map-json")));
  EXPECT_THAT(tell_body(stored, "foo", std::nullopt).transformation, Optional(std::string("foo")));
}
