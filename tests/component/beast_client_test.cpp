// A second opinion on our WebSocket: Beast's client against the mock broker on real sockets. One
// codec on both ends would hide its own mistakes.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "mockbroker/app/server.hpp"
#include "net/real_runtime.hpp"
#include "net/stderr_log.hpp"
#include "net/threads.hpp"

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;

// A broker on a free loopback port, on a thread of its own.
class BeastClient : public ::testing::Test {
 protected:
  void SetUp() override {
    shell_ = std::make_unique<mockbroker::server>(*rt_, net::null_log(), options());
    auto listener = rt_->listen({"127.0.0.1", 0});
    ASSERT_TRUE(listener);
    port_ = (*listener)->local_endpoint().port;
    shell_->serve_websocket(std::move(*listener), nullptr);
    thread_.start([this] { rt_->run(); });
    socket_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port_});
  }
  void TearDown() override {
    rt_->stop();
    thread_.join();
  }

  mockbroker::server_options options() {
    mockbroker::server_options o;
    o.broker.start = rt_->now();
    o.broker.wall_start = rt_->wall_now();
    return o;
  }
  void handshake(const std::string& subprotocols) {
    socket_.set_option(websocket::stream_base::decorator([=](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, subprotocols);
    }));
    socket_.handshake(response_, "localhost", "/");
  }
  void write(std::string frame) {
    frame += '\0';
    socket_.write(boost::asio::buffer(frame));
  }
  std::string read() {
    beast::flat_buffer buffer;
    socket_.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }

  std::unique_ptr<net::real_runtime> rt_ = net::make_real_runtime();
  std::unique_ptr<mockbroker::server> shell_;
  net::thread_set thread_;
  std::uint16_t port_ = 0;
  boost::asio::io_context io_;
  websocket::stream<tcp::socket> socket_{io_};
  websocket::response_type response_;
};

TEST_F(BeastClient, SpeaksStompWithTheBroker) {
  handshake("v11.stomp, v12.stomp");
  EXPECT_EQ(response_[beast::http::field::sec_websocket_protocol], "v12.stomp");
  write("CONNECT\naccept-version:1.2\nhost:x\n\n");
  EXPECT_EQ(read().substr(0, 10), "CONNECTED\n");
  write("SUBSCRIBE\nid:1\ndestination:/queue/a\n\n");
  write("SEND\ndestination:/queue/a\n\nhello");
  const std::string message = read();
  EXPECT_TRUE(socket_.got_text());
  EXPECT_EQ(message.substr(0, 8), "MESSAGE\n");
  EXPECT_NE(message.find("\n\nhello"), std::string::npos);
}

TEST_F(BeastClient, SendsAMessageInManyFragments) {
  handshake("v12.stomp");
  socket_.auto_fragment(true);
  socket_.write_buffer_bytes(16);
  write("CONNECT\naccept-version:1.2\nhost:x\n\n");
  EXPECT_EQ(read().substr(0, 10), "CONNECTED\n");
  const std::string body(5000, 'x');
  write("SUBSCRIBE\nid:1\ndestination:/queue/a\n\n");
  write("SEND\ndestination:/queue/a\n\n" + body);
  EXPECT_NE(read().find(body), std::string::npos);
}

TEST_F(BeastClient, GetsBinaryMessagesForBodiesThatAreNotUtf8) {
  handshake("v12.stomp");
  write("CONNECT\naccept-version:1.2\nhost:x\n\n");
  read();
  write("SUBSCRIBE\nid:1\ndestination:/queue/a\n\n");
  socket_.binary(true);
  write("SEND\ndestination:/queue/a\n\n\xff\xfe");
  EXPECT_NE(read().find("\xff\xfe"), std::string::npos);
  EXPECT_TRUE(socket_.got_binary());
}

TEST_F(BeastClient, GetsAPongAndAnAnswerToItsClose) {
  handshake("v12.stomp");
  std::string pong;
  socket_.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    if (kind == websocket::frame_type::pong) pong = std::string(payload);
  });
  socket_.ping("are you there");
  write("CONNECT\naccept-version:1.2\nhost:x\n\n");
  read();
  EXPECT_EQ(pong, "are you there");
  socket_.close({websocket::close_code::going_away, "enough"});
  EXPECT_FALSE(socket_.is_open());
}

TEST_F(BeastClient, IsToldWhyAMessageWasNotAFrame) {
  handshake("v12.stomp");
  write("CONNECT\naccept-version:1.2\nhost:x\n\n");
  read();
  write("NONSENSE\n\n");
  EXPECT_EQ(read().substr(0, 6), "ERROR\n");
  beast::error_code error;
  beast::flat_buffer buffer;
  socket_.read(buffer, error);
  EXPECT_EQ(error, websocket::error::closed);
}

}  // namespace
