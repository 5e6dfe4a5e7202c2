// Requests that two servers might read differently. Each row says what the client is answered and
// which octets reach the server behind, octet by octet; a refused request reaches it with none.
#include <gmock/gmock.h>

#include "harness/cpp/simulated.hpp"
#include "world.hpp"

namespace component {
namespace {

using namespace std::string_literals;

// Fields as they come, so that a row shows all that goes on.
const std::string as_it_comes = R"(<spring:beans xmlns="http://membrane-soa.org/proxies/1/"
    xmlns:spring="http://www.springframework.org/schema/beans"><router>
  <httpClientConfig adjustHostHeader="false"><connection keepAliveTimeout="0"/></httpClientConfig>
  <transport><ruleMatching xForwardedForEnabled="false"/></transport>
  <serviceProxy port="80"><target host="localhost" port="8080"/></serviceProxy>
</router></spring:beans>)";

// Keeps what it is sent, over all connections; answers each that has sent what it waits for.
class recorder {
 public:
  recorder(net::simulation& sim, std::size_t wanted)
      : listener_(std::move(*sim.listen({"", 8080}))), wanted_(wanted), group_(sim) {
    group_.spawn(run(*this));
  }
  std::string got;

 private:
  static net::task<void> run(recorder& self) {
    while (true) {
      auto accepted = co_await self.listener_->accept();
      if (!accepted) co_return;
      self.group_.spawn(serve(self, std::move(*accepted)));
    }
  }
  static net::task<void> serve(recorder& self, std::unique_ptr<net::stream> connection) {
    std::string into(65536, '\0');
    while (true) {
      auto some = co_await net::read_some(*connection, into);
      if (!some) co_return;
      self.got.append(into.data(), *some);
      // Rows with two requests say how long both are.
      if (self.got.size() < self.wanted_ && !self.got.ends_with("\r\n\r\n")) continue;
      co_await net::write_all(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  }

  std::unique_ptr<net::listener> listener_;
  std::size_t wanted_;
  net::task_group group_;
};

enum class client_end { stays, half_closes };

struct row {
  const char* about;
  std::string request;
  std::string statuses;  // of all answers, "200 400"
  std::string forwarded;
  client_end end = client_end::stays;
};

class Smuggling : public ::testing::Test {
 protected:
  void SetUp() override { w.start_gateway({}, as_it_comes); }
  void TearDown() override {
    w.stop();
    harness::expect_nothing_left(w.sim);
  }
  std::string talk(std::string octets, client_end end) {
    auto call = [](net::simulation& s, std::string out, client_end how) -> net::task<std::string> {
      auto connection = co_await s.connect("localhost", 80);
      net::task_group group(s);
      auto send = [](net::stream& to, std::string all, client_end then) -> net::task<void> {
        co_await net::write_all(to, all);
        if (then == client_end::half_closes) to.shutdown_write();
      };
      group.spawn(send(**connection, std::move(out), how));
      co_return co_await harness::read_to_end(**connection);
    };
    return w.run(call(w.sim, std::move(octets), end));
  }
  static std::string statuses_of(const std::string& answers) {
    std::string all;
    for (auto at = answers.find("HTTP/1.1 "); at != answers.npos;
         at = answers.find("HTTP/1.1 ", at + 1)) {
      all += (all.empty() ? "" : " ") + answers.substr(at + 9, 3);
    }
    return all;
  }
  void check(const std::vector<row>& rows) {
    for (const row& r : rows) {
      recorder behind(w.sim, r.forwarded.size());
      const auto before = w.sim.now();
      const std::string answers = talk(r.request, r.end);
      const auto took = w.sim.now() - before;
      w.sim.run();  // what is under way arrives
      EXPECT_EQ(statuses_of(answers), r.statuses) << r.about << "\n" << answers;
      EXPECT_EQ(behind.got, r.forwarded) << r.about;
      if (!r.statuses.starts_with('4') && !r.statuses.starts_with('5')) continue;
      EXPECT_LT(took, std::chrono::seconds(2)) << r.about << ": not closed";
    }
  }
  world w;
};

const std::string host = "Host: a\r\n";
const std::string post = "POST / HTTP/1.1\r\n" + host;
const std::string get = "GET / HTTP/1.1\r\n" + host;
// A second request that must never be executed behind a refused one.
const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string hello_chunked = "5\r\nhello\r\n0\r\n\r\n";

std::string forwarded_get(const std::string& fields = host) {
  return "GET / HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n";
}
std::string forwarded_length(const std::string& length, const std::string& body) {
  return post + "Content-Length: " + length + "\r\nConnection: close\r\n\r\n" + body;
}
std::string forwarded_chunks(const std::string& chunks) {
  return post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

TEST_F(Smuggling, LengthsAreOneNumberOrARefusal) {
  const auto with = [](const std::string& length, const std::string& body = "hello") {
    return post + "Content-Length: " + length + "\r\n\r\n" + body;
  };
  check({
      {"one length", with("5"), "200", forwarded_length("5", "hello")},
      {"zeros in front", with("005"), "200", forwarded_length("5", "hello")},
      {"equal list", with("5, 5"), "200", forwarded_length("5", "hello")},
      {"equal list of three, no blanks", with("5,5,5"), "200", forwarded_length("5", "hello")},
      {"equal fields", with("5\r\nContent-Length: 5"), "200", forwarded_length("5", "hello")},
      {"equal list of nothing", with("0, 0", ""), "200", forwarded_length("0", "")},
      {"two lengths", with("5\r\nContent-Length: 6") + hidden, "400", ""},
      {"list of two lengths", with("5, 6") + hidden, "400", ""},
      {"list with a hole", with("5,,5") + hidden, "400", ""},
      {"list that ends in a comma", with("5,") + hidden, "400", ""},
      {"plus", with("+5") + hidden, "400", ""},
      {"minus", with("-5") + hidden, "400", ""},
      {"blank inside", with("5 5") + hidden, "400", ""},
      {"hex", with("0x5") + hidden, "400", ""},
      {"fraction", with("5.0") + hidden, "400", ""},
      {"empty", with("") + hidden, "400", ""},
      {"more than 64 bits", with("18446744073709551621") + hidden, "400", ""},
  });
}

TEST_F(Smuggling, OnlyOneTransferCodingIsTakenAndNeverBesideALength) {
  const auto with = [](const std::string& coding) {
    return post + "Transfer-Encoding: " + coding + "\r\n\r\n" + hello_chunked;
  };
  check({
      {"chunked", with("chunked"), "200", forwarded_chunks(hello_chunked)},
      {"in other letters", with("CHUNKED"), "200", forwarded_chunks(hello_chunked)},
      {"a tab in front", with("\tchunked"), "200", forwarded_chunks(hello_chunked)},
      {"with a length", with("chunked\r\nContent-Length: 5") + hidden, "400", ""},
      {"behind a length",
       post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + hello_chunked, "400", ""},
      {"not chunked", with("gzip") + hidden, "501", ""},
      {"identity", with("identity") + hidden, "501", ""},
      {"chunked first", with("chunked, identity") + hidden, "501", ""},
      {"chunked last", with("gzip, chunked") + hidden, "501", ""},
      {"nearly chunked", with("xchunked") + hidden, "501", ""},
      {"quoted", with("\"chunked\"") + hidden, "501", ""},
      {"with a parameter", with("chunked;q=1") + hidden, "501", ""},
      {"vertical tab",
       with("\x0b"
            "chunked") +
           hidden,
       "400", ""},
      {"twice", with("chunked\r\nTransfer-Encoding: chunked") + hidden, "400", ""},
      {"two fields", with("chunked\r\nTransfer-Encoding: identity") + hidden, "400", ""},
      {"HTTP/1.0",
       "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + hello_chunked, "400",
       ""},
      {"a blank before the colon", post + "Transfer-Encoding : chunked\r\n\r\n" + hello_chunked,
       "400", ""},
      {"a length behind a strange name",
       post + "Content_Length: 50\r\nContent-Length: 5\r\n\r\nhello", "200",
       post + "Content_Length: 50\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"},
  });
}

TEST_F(Smuggling, LinesAndFieldsHaveOneReading) {
  check({
      {"folded", get + "X: 1\r\n 2\r\n\r\n" + hidden, "400", ""},
      {"folded by a tab", get + "X: 1\r\n\t2\r\n\r\n" + hidden, "400", ""},
      {"blank line first", "\r\n" + get + "\r\n", "200", forwarded_get()},
      {"first field folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n" + hidden, "400", ""},
      {"bare CR in a value", get + "X: 1\rContent-Length: 5\r\n\r\n" + hidden, "400", ""},
      {"bare LF behind a field", get + "X: 1\nY: 2\r\n\r\n" + hidden, "400", ""},
      {"bare LF as last line", get + "\n" + hidden, "400", ""},
      {"NUL in a value", get + "X: 1\0002\r\n\r\n"s + hidden, "400", ""},
      {"NUL in a name", get + "X\0Y: 2\r\n\r\n"s + hidden, "400", ""},
      {"DEL in a value", get + "X: 1\x7f\r\n\r\n" + hidden, "400", ""},
      {"blank before the colon", get + "X : 1\r\n\r\n" + hidden, "400", ""},
      {"no name", get + ": 1\r\n\r\n" + hidden, "400", ""},
      {"no colon", get + "Content-Length\r\n\r\n" + hidden, "400", ""},
      {"strange letter in a name", get + "X(: 1\r\n\r\n" + hidden, "400", ""},
      {"letters beyond ASCII", get + "X: \xc3\xa4\r\n\r\n", "200",
       forwarded_get(host + "X: \xc3\xa4\r\n")},
      {"two blanks in the first line", "GET  / HTTP/1.1\r\n" + host + "\r\n" + hidden, "400", ""},
      {"a tab in the first line", "GET\t/ HTTP/1.1\r\n" + host + "\r\n" + hidden, "400", ""},
      {"no version", "GET /\r\n" + host + "\r\n" + hidden, "400", ""},
      {"version 2.0", "GET / HTTP/2.0\r\n" + host + "\r\n" + hidden, "400", ""},
      {"prior knowledge of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", ""},
      {"version 1.2", "GET / HTTP/1.2\r\n" + host + "\r\n" + hidden, "400", ""},
  });
}

TEST_F(Smuggling, HostAndTargetNameOneServer) {
  const auto target = [](const std::string& t, const std::string& method = "GET") {
    return method + " " + t + " HTTP/1.1\r\n" + host + "\r\n";
  };
  const auto named = [](const std::string& h) {
    return "GET / HTTP/1.1\r\nHost: " + h + "\r\n\r\n" + hidden;
  };
  const auto served_b = [](const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
  };
  check({
      {"none", "GET / HTTP/1.1\r\n\r\n" + hidden, "400", ""},
      {"none in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "200",
       "GET / HTTP/1.1\r\nConnection: close\r\nHost: localhost:8080\r\n\r\n"},
      {"two", get + "Host: b\r\n\r\n" + hidden, "400", ""},
      {"two equal ones", get + host + "\r\n" + hidden, "400", ""},
      {"user", named("me@a"), "400", ""},
      {"user and password", named("me:secret@a"), "400", ""},
      {"blank inside", named("a b"), "400", ""},
      {"tab inside", named("a\tb"), "400", ""},
      {"list", named("a,b"), "400", ""},
      {"path", named("a/b"), "400", ""},
      {"port that is no number", named("a:8x"), "400", ""},
      {"only a port", named(":80"), "400", ""},
      {"open bracket", named("[::1"), "400", ""},
      {"address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "200",
       forwarded_get("Host: [::1]:80\r\n")},
      {"absolute target", target("http://b/x?y"), "200", served_b("/x?y")},
      {"absolute target in large letters", target("HTTP://b/x"), "200", served_b("/x")},
      {"absolute target without path", target("http://b"), "200", served_b("/")},
      {"absolute target with a query only", target("http://b?q=/z"), "200", served_b("/?q=/z")},
      {"absolute target with user", target("http://me@b/") + hidden, "400", ""},
      {"absolute target without host", target("http:///x") + hidden, "400", ""},
      {"another scheme", target("ftp://b/x") + hidden, "400", ""},
      {"absolute target and two hosts",
       "GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden, "400", ""},
      {"authority", target("b:80") + hidden, "400", ""},
      {"authority with CONNECT", target("b:80", "CONNECT") + hidden, "501", ""},
      {"relative", target("x/y") + hidden, "400", ""},
      {"fragment", target("/x#/y") + hidden, "400", ""},
      {"star", target("*", "OPTIONS"), "200",
       "OPTIONS * HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"},
      {"star with another method", target("*") + hidden, "400", ""},
  });
}

TEST_F(Smuggling, ChunksAreReadStrictlyAndWrittenAnew) {
  const std::string head = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string begun = forwarded_chunks("");
  const std::string half = forwarded_chunks("5\r\nhello\r\n");
  check({
      {"an extension", head + "5;a=b\r\nhello\r\n0;c\r\n\r\n", "200",
       forwarded_chunks(hello_chunked)},
      {"a quoted extension", head + "5;a=\"\\\"\"\r\nhello\r\n0\r\n\r\n", "200",
       forwarded_chunks(hello_chunked)},
      {"blank before an extension", head + "5 ;a\r\nhello\r\n0\r\n\r\n", "200",
       forwarded_chunks(hello_chunked)},
      {"zeros in front", head + "0005\r\nhello\r\n000\r\n\r\n", "200",
       forwarded_chunks(hello_chunked)},
      {"large hex", head + "A\r\n0123456789\r\n0\r\n\r\n", "200",
       forwarded_chunks("a\r\n0123456789\r\n0\r\n\r\n")},
      {"two chunks", head + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "200",
       forwarded_chunks(hello_chunked)},
      {"nothing", head + "0\r\n\r\n", "200", forwarded_chunks("0\r\n\r\n")},
      {"extension without end", head + "5;" + std::string(9000, 'x') + "\r\nhello\r\n" + hidden,
       "400", begun},
      {"plus", head + "+5\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"minus", head + "-5\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"0x", head + "0x5\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"blank in front", head + " 5\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"no size", head + "\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"17 digits", head + "00000000000000005\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"more than 64 bits", head + "10000000000000005\r\nhello\r\n0\r\n\r\n" + hidden, "400",
       begun},
      {"bare LF behind the size", head + "5\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"bare CR behind the size", head + "5\r5\r\nhello\r\n0\r\n\r\n" + hidden, "400", begun},
      {"NUL in an extension", head + "5;\0\r\nhello\r\n0\r\n\r\n"s + hidden, "400", begun},
      {"no CR LF behind the data", head + "5\r\nhello0\r\n\r\n" + hidden, "400", begun},
      {"bare LF behind the data", head + "5\r\nhello\n0\r\n\r\n" + hidden, "400", begun},
      {"more data than the size says", head + "5\r\nhello!\r\n0\r\n\r\n" + hidden, "400", begun},
      {"a broken second chunk in another packet is not the end",
       head + "5\r\nhello\r\nx\r\n" + hidden, "400", begun},
      {"cut in a size", head + "5\r\nhello\r\n0", "400", half, client_end::half_closes},
      {"cut in the data", head + "9\r\nhello", "400", half, client_end::half_closes},
      {"cut before the last line", head + "5\r\nhello\r\n0\r\n", "400", half,
       client_end::half_closes},
      {"cut in the trailer", head + "5\r\nhello\r\n0\r\nX: 1\r\n", "400", half,
       client_end::half_closes},
      {"cut length", post + "Content-Length: 9\r\n\r\nhello", "400", forwarded_length("9", "hello"),
       client_end::half_closes},
  });
}

TEST_F(Smuggling, TrailersCarryNothingThatFramesOrRoutes) {
  const std::string head = post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
  const std::string plain = forwarded_chunks(hello_chunked);
  check({
      {"a digest", head + "X-Digest: abc\r\nx-two:\t2 \r\n\r\n", "200",
       forwarded_chunks("5\r\nhello\r\n0\r\nX-Digest: abc\r\nx-two: 2\r\n\r\n")},
      {"lengths", head + "Content-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n", "200", plain},
      {"host and login", head + "Host: b\r\nAuthorization: Basic eA==\r\nCookie: a=b\r\n\r\n",
       "200", plain},
      {"connection", head + "Connection: close\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\n\r\n",
       "200", plain},
      {"who asks", head + "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1\r\nX-Real-IP: 1\r\n\r\n",
       "200", plain},
      {"named by Connection",
       post + "Connection: X-Mine\r\nTransfer-Encoding: chunked\r\n\r\n" + "5\r\nhello\r\n0\r\n" +
           "X-Mine: 1\r\n\r\n",
       "200", plain},
      {"folded", head + "X: 1\r\n 2\r\n\r\n" + hidden, "400", forwarded_chunks("")},
      {"no colon", head + "X\r\n\r\n" + hidden, "400", forwarded_chunks("")},
      {"blank before the colon", head + "X : 1\r\n\r\n" + hidden, "400", forwarded_chunks("")},
      {"a bare LF", head + "X: 1\n\r\n" + hidden, "400", forwarded_chunks("")},
      {"too long", head + "X: " + std::string(9000, 'x') + "\r\n\r\n" + hidden, "431",
       forwarded_chunks("")},
  });
}

TEST_F(Smuggling, ConnectionFieldsNeitherHideNorReveal) {
  check({
      {"names the length", post + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
       "200", forwarded_length("5", "hello")},
      {"names the host", get + "Connection: Host\r\n\r\n", "200", forwarded_get()},
      {"names a login", get + "Authorization: x\r\nConnection: authorization\r\n\r\n", "200",
       forwarded_get(host + "Authorization: x\r\n")},
      {"two fields", get + "Connection: X-A\r\nConnection: X-B\r\nX-A: 1\r\nX-B: 2\r\n\r\n", "200",
       forwarded_get()},
      {"hop by hop",
       get + "TE: trailers\r\nTrailer: X\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\n\r\n",
       "200", forwarded_get()},
      {"h2c",
       get + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
       "200", forwarded_get()},
      {"upgrade that Connection does not name", get + "Upgrade: websocket\r\n\r\n", "200",
       forwarded_get()},
      {"Via goes on", get + "Via: 1.0 elsewhere\r\n\r\n", "200",
       forwarded_get(host + "Via: 1.0 elsewhere\r\n")},
  });
}

TEST_F(Smuggling, ExpectationsAreMetOrRefused) {
  check({
      {"a body that is waited for", post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
       "100 200", forwarded_length("5", "hello")},
      {"without a body", get + "Expect: 100-continue\r\n\r\n", "200", forwarded_get()},
      {"another expectation", get + "Expect: 200-maybe\r\n\r\n" + hidden, "417", ""},
      {"two expectations", get + "Expect: 100-continue, x\r\n\r\n" + hidden, "417", ""},
      {"HTTP/1.0 has none", "GET / HTTP/1.0\r\n" + host + "Expect: x\r\n\r\n", "200",
       forwarded_get()},
  });
}

TEST_F(Smuggling, MaxForwardsCountsServersOnTraceAndOptions) {
  const auto asked = [](const std::string& method, const std::string& most) {
    return method + " / HTTP/1.1\r\n" + host + "Max-Forwards: " + most + "\r\n\r\n";
  };
  const auto passed = [](const std::string& method, const std::string& most) {
    return method + " / HTTP/1.1\r\n" + host + "Max-Forwards: " + most +
           "\r\nConnection: close\r\n\r\n";
  };
  check({
      {"one left", asked("OPTIONS", "1"), "200", passed("OPTIONS", "0")},
      {"ten left", asked("TRACE", "10"), "200", passed("TRACE", "9")},
      {"not for GET", asked("GET", "0"), "200", passed("GET", "0")},
  });
  EXPECT_EQ(statuses_of(talk(asked("OPTIONS", "0"), client_end::half_closes)), "204");
  EXPECT_EQ(statuses_of(talk(asked("TRACE", "0"), client_end::half_closes)), "405");
  for (const char* odd : {"-1", "1x", "", "99999999999", "1, 2"}) {
    EXPECT_EQ(statuses_of(talk(asked("OPTIONS", odd), client_end::half_closes)), "400") << odd;
  }
}

TEST_F(Smuggling, PipelinedRequestsAreExecutedUntilOneIsRefused) {
  check({
      {"two good ones", get + "\r\n" + get + "\r\n", "200 200", forwarded_get() + forwarded_get()},
      {"a bad second one", get + "\r\n" + get + "X : 1\r\n\r\n" + hidden, "200 400",
       forwarded_get()},
      {"a body that holds a request", post + "Content-Length: 33\r\n\r\n" + hidden, "200",
       forwarded_length("33", hidden)},
      {"GET with a body that holds a request", get + "Content-Length: 33\r\n\r\n" + hidden, "200",
       "GET / HTTP/1.1\r\n" + host + "Content-Length: 33\r\nConnection: close\r\n\r\n" + hidden},
  });
}

}  // namespace
}  // namespace component
