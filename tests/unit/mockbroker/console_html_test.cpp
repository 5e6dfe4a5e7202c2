// Markup: nothing gets into a page without being escaped.
#include <gtest/gtest.h>

#include "mockbroker/console/dates.hpp"
#include "mockbroker/console/html.hpp"
#include "mockbroker/console/page.hpp"

namespace mockbroker::web {
namespace {

TEST(ConsoleHtml, EscapesTextsAndAttributes) {
  EXPECT_EQ(text("<b a='1'>&\"").str(), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
  EXPECT_EQ(tag("a", {{"title", "\"><script>"}}, text("<i>")).str(),
            "<a title=\"&quot;&gt;&lt;script&gt;\">&lt;i&gt;</a>");
}

TEST(ConsoleHtml, WritesNumbersAndTruth) {
  EXPECT_EQ((text(7) + text(true) + text(std::size_t{0}) + text("x")).str(), "7true0x");
}

TEST(ConsoleHtml, EncodesWhatGoesIntoAddresses) {
  EXPECT_EQ(url("browse.jsp", {{"JMSDestination", "a b&c"}, {"x", "/"}}),
            "browse.jsp?JMSDestination=a%20b%26c&x=%2F");
}

TEST(ConsoleHtml, CutsNamesByCharacters) {
  EXPECT_EQ(cut("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(cut("abcdefghijk", 10), "abcdefg");
  EXPECT_EQ(cut("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", 5), "\u00e4\u00e4");
  EXPECT_EQ(short_name("<longer than ten>", 10).str(),
            "<span class=\"tooltip\" tabindex=\"0\"> &lt;longer... "
            "<span>&lt;longer than ten&gt;</span></span>");
}

TEST(ConsoleHtml, PrintsDurationsAsActiveMq) {
  using namespace std::chrono_literals;
  EXPECT_EQ(printed_duration(36262ms), "36.262 seconds");
  EXPECT_EQ(printed_duration(61s), "1 minute");
  EXPECT_EQ(printed_duration(2min), "2 minutes");
  EXPECT_EQ(printed_duration(65min), "1 hour 5 minutes");
  EXPECT_EQ(printed_duration(49h), "2 days 1 hour");
}

TEST(ConsoleHtml, PrintsDatesAsActiveMq) {
  EXPECT_EQ(page_date(1795712605042), "2026-11-26 17:03:25:042 UTC");
  EXPECT_EQ(page_date(-1), "1969-12-31 23:59:59:999 UTC");
  EXPECT_EQ(iso_date(1795712605042), "2026-11-26T17:03:25Z");
  EXPECT_EQ(mail_date(1795712605042), "Thu, 26 Nov 2026 17:03:25 GMT");
}

}  // namespace
}  // namespace mockbroker::web
