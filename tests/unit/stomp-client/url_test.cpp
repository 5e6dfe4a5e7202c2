#include "stomp-client/url.hpp"

#include <gtest/gtest.h>

namespace stomp_client {
namespace {

url parsed(std::string_view text) { return std::get<url>(parse_url(text)); }
std::string problem(std::string_view text) { return std::get<std::string>(parse_url(text)); }

TEST(Url, KnowsItsFourSchemesAndTheirPorts) {
  EXPECT_EQ(parsed("ws://broker/").port, 80);
  EXPECT_EQ(parsed("wss://broker/").port, 443);
  EXPECT_EQ(parsed("stomp://broker").port, 61613);
  EXPECT_EQ(parsed("stomp+ssl://broker").port, 61612);
  EXPECT_TRUE(parsed("wss://broker/").tls);
  EXPECT_TRUE(parsed("stomp+ssl://broker").tls);
  EXPECT_FALSE(parsed("stomp://broker").websocket);
}

TEST(Url, KeepsPathAndQueryForTheHandshake) {
  EXPECT_EQ(parsed("ws://broker:1/a/b?c=d").target, "/a/b?c=d");
  EXPECT_EQ(parsed("ws://broker:1").target, "/");
}

TEST(Url, WritesIpv6InBracketsAgain) {
  EXPECT_EQ(parsed("ws://[::1]:61614/").host, "::1");
  EXPECT_EQ(parsed("ws://[::1]:61614/").authority(), "[::1]:61614");
}

TEST(Url, SaysWhatIsWrong) {
  EXPECT_EQ(problem("http://broker/"), "must start with ws://, wss://, stomp:// or stomp+ssl://");
  EXPECT_EQ(problem("broker:61614"), "must start with ws://, wss://, stomp:// or stomp+ssl://");
  EXPECT_EQ(problem("ws://"), "names no host");
  EXPECT_EQ(problem("ws://u:p@broker/"),
            "must not hold a login; use --login, --passcode or --basic");
  EXPECT_EQ(problem("ws://broker:99999/"), "has no port from 1 to 65535");
  EXPECT_EQ(problem("ws://bro ker/"), "is not a URL such as ws://localhost:61614/");
}

}  // namespace
}  // namespace stomp_client
