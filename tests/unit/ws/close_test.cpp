#include "ws/close.hpp"

#include <gtest/gtest.h>

#include "ws/utf8.hpp"

using ws::close_code;

// W-CL-2
TEST(WsClose, KnowsWhichCodesMayBeSent) {
  for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1011, 1014, 3000, 4001, 4999}) {
    EXPECT_TRUE(ws::may_be_sent(static_cast<std::uint16_t>(code))) << code;
  }
  for (int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535}) {
    EXPECT_FALSE(ws::may_be_sent(static_cast<std::uint16_t>(code))) << code;
  }
}

TEST(WsClose, PayloadRoundTrips) {
  close_code fault{};
  EXPECT_EQ(ws::parse_close(ws::make_close(4001, "gr\xC3\xBC\xC3\x9F"), fault),
            (ws::close_info{4001, "gr\xC3\xBC\xC3\x9F"}));
  EXPECT_EQ(ws::parse_close("", fault), (ws::close_info{1005, ""}));
  EXPECT_EQ(ws::make_close(close_code::no_status, "x"), "");
}

TEST(WsClose, MalformedPayloadsNameTheirCode) {
  close_code fault{};
  EXPECT_FALSE(ws::parse_close("\x03", fault));
  EXPECT_EQ(fault, close_code::protocol_error);
  EXPECT_FALSE(ws::parse_close(ws::make_close(1006), fault));
  EXPECT_EQ(fault, close_code::protocol_error);
  EXPECT_FALSE(ws::parse_close("\x03\xE8\xC3", fault));
  EXPECT_EQ(fault, close_code::bad_data);
}

// W-CL-5
TEST(WsClose, CutsReasonsAtACharacterBoundary) {
  std::string reason(122, 'x');
  reason += "\xE2\x82\xAC";
  const auto payload = ws::make_close(1000, reason);
  EXPECT_EQ(payload.size(), 2U + 122U);
  EXPECT_TRUE(ws::is_utf8(payload.substr(2)));
  EXPECT_EQ(ws::make_close(1000, std::string(200, 'y')).size(), 125U);
}
