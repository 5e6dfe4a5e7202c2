// One connection served on virtual time, and the client side against it.
#include "net/http_server.hpp"

#include <gmock/gmock.h>

#include "net/http_client.hpp"
#include "support.hpp"

namespace net {
namespace {

using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers with what it was asked.
class echo final : public http_service {
 public:
  task<http_response> handle(http_request& request) override {
    ++handled;
    if (request.target == "/ignore") co_return make_response(200, "text/plain", "ignored");
    if (request.target == "/upgrade") {
      http_response response;
      response.status = 101;
      response.on_upgrade = [this](std::unique_ptr<stream> connection, std::string early) {
        return raw(std::move(connection), std::move(early));
      };
      co_return std::move(response);
    }
    auto body = co_await read_all(request.body.get(), 1 << 20);
    if (!body) co_return make_response(400, "text/plain", body.error().message());
    co_return make_response(200, "text/plain", request.method + " " + request.target + " " + *body);
  }
  http_response refuse(const http_error& error) override {
    return make_response(error.status, "text/plain", error.detail);
  }
  void set_busy(bool busy) override { busy_count += busy ? 1 : -1; }

  task<void> raw(std::unique_ptr<stream> connection, std::string early) {
    co_await write_all(*connection, "raw " + early);
    connection->shutdown_write();
  }
  int handled = 0;
  int busy_count = 0;
};

class HttpServer : public SimulatedTest {
 protected:
  // Serves one connection; answers what the client got until its end.
  std::string talk(std::string octets) {
    auto [near, far] = sim.make_pair();
    task_group group(sim);
    auto serve = [](simulation& s, std::unique_ptr<stream> c, echo& e,
                    serve_end& out) -> task<void> {
      out = co_await serve_http(s, std::move(c), e, {});
    };
    group.spawn(serve(sim, std::move(far), service, end));
    near->try_write(std::string_view(octets));
    std::error_code why;
    auto all = run_to_end(sim, read_to_end(*near, why));
    near->close();
    sim.run();
    EXPECT_EQ(service.busy_count, 0);
    return all;
  }
  echo service;
  serve_end end = serve_end::closed;
};

const std::string host = "Host: a\r\n";

TEST_F(HttpServer, AnswersPipelinedRequestsInOrderOnOneConnection) {
  const auto got = talk("GET /1 HTTP/1.1\r\n" + host + "\r\nGET /2 HTTP/1.1\r\n" + host +
                        "Connection: close\r\n\r\n");
  EXPECT_EQ(service.handled, 2);
  EXPECT_LT(got.find("GET /1 "), got.find("GET /2 "));
  EXPECT_THAT(got, HasSubstr("Connection: close"));
  EXPECT_EQ(end, serve_end::closed);
}

TEST_F(HttpServer, ClosesAfterHttp10) {
  EXPECT_THAT(talk("GET / HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close"));
  EXPECT_EQ(sim.now().time_since_epoch(), seconds(0));
}

TEST_F(HttpServer, SendsNoBodyToHead) {
  const auto got = talk("HEAD /x HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  EXPECT_THAT(got, HasSubstr("Content-Length: 8"));
  EXPECT_THAT(got, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServer, AsksForABodyThatWaitsForIt) {
  const auto got = talk("POST /x HTTP/1.1\r\n" + host +
                        "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"));
  EXPECT_THAT(got, EndsWith("POST /x hi"));
}

TEST(HttpServerPressure, DoesNotWaitForeverToAskForABody) {
  simulation::options how;
  how.pipe_capacity = 8;  // the peer never reads, so "100 Continue" does not fit
  simulation sim(how);
  auto [near, far] = sim.make_pair();
  echo service;
  auto serve = [](simulation& s, std::unique_ptr<stream> c, echo& e) -> task<serve_end> {
    co_return co_await serve_http(s, std::move(c), e, {});
  };
  auto send = [](stream& to) -> task<void> {
    co_await write_all(to,
                       "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                       "Content-Length: 2\r\n\r\n");
  };
  task_group group(sim);
  group.spawn(send(*near));
  EXPECT_EQ(run_to_end(sim, serve(sim, std::move(far), service)), serve_end::lost);
  EXPECT_LT(sim.now().time_since_epoch(), seconds(35));
}

TEST_F(HttpServer, EndsAConnectionWhoseBodyNobodyAskedFor) {
  const auto got = talk("POST /ignore HTTP/1.1\r\n" + host +
                        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(got, Not(HasSubstr("100 Continue")));
  EXPECT_THAT(got, HasSubstr("Connection: close"));
}

TEST_F(HttpServer, SkipsASmallBodyThatWasNotRead) {
  const auto got = talk("POST /ignore HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello" +
                        "GET /2 HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  EXPECT_THAT(got, EndsWith("GET /2 "));
}

TEST_F(HttpServer, EndsAConnectionRatherThanSkipALargeBody) {
  const auto got = talk("POST /ignore HTTP/1.1\r\n" + host + "Content-Length: 100000000\r\n\r\n" +
                        std::string(60000, 'x'));
  EXPECT_EQ(service.handled, 1);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, RefusesAndCloses) {
  EXPECT_THAT(talk("NONSENSE\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(service.handled, 0);
  EXPECT_EQ(end, serve_end::malformed);
}

TEST_F(HttpServer, TimesOutASlowHeadAndAnIdleConnection) {
  EXPECT_THAT(talk("GET / HT"), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(end, serve_end::head_timeout);
  EXPECT_GE(sim.now().time_since_epoch(), seconds(10));
  const auto before = sim.now();
  EXPECT_EQ(talk(""), "");
  EXPECT_EQ(end, serve_end::idle);
  EXPECT_GE(sim.now() - before, seconds(30));
}

TEST_F(HttpServer, EndsABodyThatMakesNoProgress) {
  talk("POST /x HTTP/1.1\r\n" + host + "Content-Length: 100\r\n\r\nsome");
  EXPECT_GE(sim.now().time_since_epoch(), seconds(30));
  EXPECT_LT(sim.now().time_since_epoch(), seconds(65));
}

TEST_F(HttpServer, HandsOverTheConnectionWithWhatCameEarly) {
  const auto got = talk("GET /upgrade HTTP/1.1\r\n" + host + "\r\nearly");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(got, EndsWith("\r\n\r\nraw early"));
  EXPECT_EQ(end, serve_end::upgraded);
}

TEST_F(HttpServer, LeavesNothingWhenDestroyedAtAnyStep) {
  bool ended = false;
  for (std::size_t steps = 0; !ended; ++steps) {
    {
      auto [near, far] = sim.make_pair();
      task_group group(sim);
      auto serve = [](simulation& s, std::unique_ptr<stream> c, echo& e) -> task<void> {
        co_await serve_http(s, std::move(c), e, {});
      };
      group.spawn(serve(sim, std::move(far), service));
      near->try_write(
          std::string_view("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"));
      for (std::size_t i = 0; i < steps && group.size() > 0; ++i) sim.step();
      ended = group.size() == 0;
    }
    sim.run();
    ASSERT_EQ(sim.outstanding(), simulation::left_over{}) << steps;
  }
}

class HttpClient : public SimulatedTest {
 protected:
  // Calls a server that answers with `octets` whatever it is asked.
  std::pair<std::error_code, std::string> call(std::string octets, std::string method = "GET") {
    auto [near, far] = sim.make_pair();
    far->try_write(std::string_view(octets));
    far->shutdown_write();
    auto run = [](simulation& s, std::unique_ptr<stream> c,
                  std::string m) -> task<std::pair<std::error_code, std::string>> {
      http_request request;
      request.method = std::move(m);
      request.headers.add("Host", "a");
      auto answer = co_await http_call(s, std::move(c), request, {});
      if (!answer) co_return std::pair(answer.error(), std::string());
      auto body = co_await read_all(answer->response.body.get(), 1 << 20);
      if (!body) co_return std::pair(body.error(), std::string());
      co_return std::pair(std::error_code(), std::to_string(answer->response.status) + *body);
    };
    return run_to_end(sim, run(sim, std::move(near), std::move(method)));
  }
};

TEST_F(HttpClient, SkipsInterimAnswers) {
  EXPECT_EQ(call("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .second,
            "200ok");
}

TEST_F(HttpClient, ReadsUntilCloseAndInChunks) {
  EXPECT_EQ(call("HTTP/1.0 200 OK\r\n\r\nuntil close").second, "200until close");
  EXPECT_EQ(
      call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").second,
      "200ok");
}

TEST_F(HttpClient, NeverTakesATruncatedBodyForAWholeOne) {
  EXPECT_EQ(call("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort").first, errc::bad_message);
  EXPECT_EQ(call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe").first,
            errc::bad_message);
}

TEST_F(HttpClient, ExpectsNoBodyAfterHead) {
  EXPECT_EQ(call("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD").second, "200");
}

TEST_F(HttpClient, TellsSilenceFromNonsense) {
  EXPECT_EQ(call("").first, errc::connection_lost);
  EXPECT_EQ(call("SSH-2.0-OpenSSH\r\n\r\n").first, errc::bad_message);
}

}  // namespace
}  // namespace net
