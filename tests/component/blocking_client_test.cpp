// The blocking client against a broker on real sockets.
#include "stomp-client/blocking_client.hpp"

#include <gtest/gtest.h>

#include "mockbroker/app/server.hpp"
#include "net/stderr_log.hpp"

namespace stomp_client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class BlockingClient : public ::testing::Test {
 protected:
  void SetUp() override {
    mockbroker::server_options o;
    o.broker.start = rt_->now();
    o.broker.wall_start = rt_->wall_now();
    o.broker.users = {{"app", "secret"}};
    shell_ = std::make_unique<mockbroker::server>(*rt_, net::null_log(), std::move(o));
    auto listener = rt_->listen({"127.0.0.1", 0});
    ASSERT_TRUE(listener);
    url_ = "ws://127.0.0.1:" + std::to_string((*listener)->local_endpoint().port) + "/";
    shell_->serve_websocket(std::move(*listener), nullptr);
    thread_.start([this] { rt_->run(); });
  }
  void TearDown() override {
    rt_->stop();
    thread_.join();
  }
  options login(const std::string& passcode) {
    options o;
    o.stomp.login = "app";
    o.stomp.passcode = passcode;
    return o;
  }

  std::unique_ptr<net::real_runtime> rt_ = net::make_real_runtime();
  std::unique_ptr<mockbroker::server> shell_;
  net::thread_set thread_;
  std::string url_;
};

TEST_F(BlockingClient, SendsAndReceives) {
  blocking_client c(url_, login("secret"));
  ASSERT_TRUE(c.subscribe("/queue/a", stomp::ack_mode::client_individual)) << c.error();
  ASSERT_TRUE(c.send("/queue/a", "hello")) << c.error();
  const auto message = c.next(seconds(5));
  ASSERT_TRUE(message) << c.error();
  EXPECT_EQ(message->body, "hello");
  EXPECT_TRUE(c.ack(*message)) << c.error();
}

TEST_F(BlockingClient, GivesUpWaitingAtTheLimit) {
  blocking_client c(url_, login("secret"));
  EXPECT_FALSE(c.next(milliseconds(20)));
  EXPECT_EQ(c.error(), "timed out");
}

TEST_F(BlockingClient, SaysWhyItCannotConnect) {
  EXPECT_THROW(blocking_client("ws://127.0.0.1:1/", login("secret")), std::runtime_error);
  EXPECT_THROW(blocking_client("nonsense", login("secret")), std::runtime_error);
  try {
    blocking_client c(url_, login("wrong"));
    FAIL() << "a wrong passcode was accepted";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("password is invalid"), std::string::npos) << e.what();
  }
}

TEST_F(BlockingClient, ReportsTheErrorOfARefusedRequest) {
  blocking_client c(url_, login("secret"));
  EXPECT_FALSE(c.subscribe("/queue/a", stomp::ack_mode::automatic, {{"selector", "a ="}}));
  EXPECT_FALSE(c.error().empty());
}

}  // namespace
}  // namespace stomp_client
