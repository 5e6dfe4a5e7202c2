#include "stomp/escape.hpp"

#include <gtest/gtest.h>

#include <string>

using stomp::escape_rule;
using stomp::version;

namespace {

struct unescape_case {
  version v;
  const char* raw;
  bool good;
  std::string text;
};

}  // namespace

// S12-ESC-1, S12-ESC-2
TEST(StompEscape, DecodesPerVersionInOnePass) {
  const unescape_case cases[] = {
      {version::v1_2, "a\\nb\\cc\\\\d\\re", true, "a\nb:c\\d\re"},
      {version::v1_2, "\\\\n", true, "\\n"},
      {version::v1_2, "\\\\\\n", true, "\\\n"},
      {version::v1_2, "\\t", false, ""},
      {version::v1_2, "abc\\", false, ""},
      {version::v1_2, "\\N", false, ""},
      {version::v1_1, "a\\nb\\cc\\\\", true, "a\nb:c\\"},
      {version::v1_1, "\\r", false, ""},
      {version::v1_0, "a\\nb\\", true, "a\\nb\\"},
      {version::v1_2, "", true, ""},
  };
  for (const auto& c : cases) {
    std::string out = "old";
    EXPECT_EQ(stomp::unescape(c.raw, c.v, escape_rule::fatal, out), c.good) << c.raw;
    if (c.good) {
      EXPECT_EQ(out, c.text) << c.raw;
    }
  }
}

// S12-ESC-2: the switch for clients that send raw backslashes
TEST(StompEscape, KeepsUnknownSequencesWhenTold) {
  std::string out;
  EXPECT_TRUE(stomp::unescape("C:\\temp\\nx\\", version::v1_1, escape_rule::keep_as_is, out));
  EXPECT_EQ(out, "C:\\temp\nx\\");
}

// S12-ESC-3
TEST(StompEscape, WritesWhatTheVersionCanSay) {
  std::string out = ">";
  EXPECT_TRUE(stomp::escape("a:b\nc\\d\re", version::v1_2, out));
  EXPECT_EQ(out, ">a\\cb\\nc\\\\d\\re");
  out.clear();
  EXPECT_TRUE(stomp::escape("a:b\nc\\d", version::v1_1, out));
  EXPECT_EQ(out, "a\\cb\\nc\\\\d");
  out.clear();
  EXPECT_TRUE(stomp::escape("a:b\\d", version::v1_0, out));
  EXPECT_EQ(out, "a:b\\d");
}

// S12-ESC-3: header injection
TEST(StompEscape, RefusesWhatTheVersionCannotSay) {
  std::string out = "kept";
  EXPECT_FALSE(stomp::escape("a\rb", version::v1_1, out));
  EXPECT_FALSE(stomp::escape("a\rb", version::v1_0, out));
  EXPECT_FALSE(stomp::escape("a\nb", version::v1_0, out));
  EXPECT_FALSE(stomp::escape(std::string("a\0b", 3), version::v1_2, out));
  EXPECT_EQ(out, "kept");
}
