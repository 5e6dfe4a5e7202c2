#include "ws/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// W-FR-6
TEST(WsUtf8, AcceptsEveryCutOfWellFormedText) {
  const std::string text =
      "plain ascii h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF end";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ws::utf8_checker checker;
    EXPECT_TRUE(checker.feed(std::string_view(text).substr(0, cut)));
    EXPECT_TRUE(checker.feed(std::string_view(text).substr(cut)));
    EXPECT_TRUE(checker.complete());
  }
}

// W-FR-6
TEST(WsUtf8, RefusesEveryCutOfBrokenText) {
  const std::vector<std::string> bad = {
      "\x80", "\xC0\xAF",         "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
      "\xF5", "\xF4\x90\x80\x80", "abc\xFF",  "\xC3(",        "\xE2\x82("};
  for (const auto& text : bad) {
    EXPECT_FALSE(ws::is_utf8(text));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      ws::utf8_checker checker;
      const bool first = checker.feed(std::string_view(text).substr(0, cut));
      const bool second = checker.feed(std::string_view(text).substr(cut));
      EXPECT_FALSE(first && second && checker.complete());
      EXPECT_TRUE(second || !checker.feed("a")) << "stays broken";
    }
  }
}

TEST(WsUtf8, ACutCharacterIsNotComplete) {
  ws::utf8_checker checker;
  EXPECT_TRUE(checker.feed("\xE2\x82"));
  EXPECT_FALSE(checker.complete());
  EXPECT_FALSE(ws::is_utf8("\xE2\x82"));
}

// Every code point, against its definition
TEST(WsUtf8, AgreesWithTheDefinitionForAllTwoOctetSequences) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      const bool valid = (a < 128 && b < 128) || (a >= 0xC2 && a <= 0xDF && (b & 0xC0) == 0x80);
      ASSERT_EQ(ws::is_utf8(text), valid) << a << ' ' << b;
    }
  }
}

TEST(WsUtf8, CutsOnlyBetweenCharacters) {
  EXPECT_EQ(ws::cut_utf8("a\xE2\x82\xAC", 3), "a");
  EXPECT_EQ(ws::cut_utf8("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
  EXPECT_EQ(ws::cut_utf8("abc", 2), "ab");
}
