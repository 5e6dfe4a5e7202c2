#include "ws/handshake.hpp"

#include <gtest/gtest.h>

using list = std::vector<std::string_view>;

TEST(WsHandshake, SplitsTokenLists) {
  EXPECT_EQ(ws::split_tokens(" v12.stomp ,v11.stomp,, "), (list{"v12.stomp", "v11.stomp"}));
  EXPECT_TRUE(ws::split_tokens("").empty());
}

// W-HS-1
TEST(WsHandshake, FindsTokensWhateverTheirCase) {
  EXPECT_TRUE(ws::has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(ws::has_token("WebSocket", "websocket"));
  EXPECT_FALSE(ws::has_token("upgrades", "upgrade"));
  EXPECT_FALSE(ws::has_token("", "upgrade"));
}

// W-HS-1
TEST(WsHandshake, KnowsAKeyOf16Octets) {
  EXPECT_TRUE(ws::is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(ws::is_valid_key("dGhlIHNhbXBsZSBub25jZR=="));
  EXPECT_FALSE(ws::is_valid_key("dGhlIHNhbXBsZSBub25jZ==="));
  EXPECT_FALSE(ws::is_valid_key("dGhlIHNhbXBsZSBub25j"));
  EXPECT_FALSE(ws::is_valid_key(""));
}

// W-SUB-1, W-SUB-3
TEST(WsHandshake, ChoosesTheBestOfferedSubprotocol) {
  const list best = {"v12.stomp", "v11.stomp", "v10.stomp"};
  EXPECT_EQ(ws::choose_subprotocol({"v10.stomp, v11.stomp"}, best), "v11.stomp");
  EXPECT_EQ(ws::choose_subprotocol({"v10.stomp", "v12.stomp"}, best), "v12.stomp");
  EXPECT_EQ(ws::choose_subprotocol({"V12.STOMP", "mqtt"}, best), std::nullopt);
  EXPECT_EQ(ws::choose_subprotocol({}, best), std::nullopt);
}

// W-SUB-2, W-HS-4
TEST(WsHandshake, RecognisesAnUnofferedAnswer) {
  EXPECT_TRUE(ws::is_offered({"a, b", "c"}, "b"));
  EXPECT_FALSE(ws::is_offered({"a"}, "stomp"));
}
