// <rateLimiter>, <throttle> and <limit>: who passes, when, and what the others are told.
#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <map>
#include <random>
#include <thread>

#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

// --- rateLimiter

struct step {
  net::duration at;
  int passes;  // 1: it does; else the status of the answer
  std::string request = "GET /";
  std::string client = "10.0.0.1";
};
struct rate_row {
  const char* name;
  std::string elements;
  std::vector<step> steps;
};
void PrintTo(const rate_row& row, std::ostream* to) { *to << row.name; }
class RateRows : public testing::TestWithParam<rate_row> {};

TEST_P(RateRows, Hold) {
  flow_run f;
  net::duration now{0};
  for (const step& s : GetParam().steps) {
    f.w.simulation.advance(s.at - now);
    now = s.at;
    f.w.connection.client.address = s.client;
    f.call(GetParam().elements, s.request);
    const int passed = f.to_target.empty() ? f.ex->response->status : 1;
    EXPECT_EQ(passed, s.passes) << s.request << " of " << s.client << " at "
                                << now / milliseconds(1) << " ms";
  }
}

std::string limiter(const std::string& attributes) { return "<rateLimiter " + attributes + "/>"; }
const std::string one_a_minute = limiter("requestLimit='1' requestLimitDuration='PT1M'");
std::string by_key(const std::string& expression) {
  return limiter("requestLimit='1' requestLimitDuration='PT1M' keyExpression=\"" + expression +
                 "\"");
}
std::string behind(const std::string& trust) {
  return limiter("requestLimit='1' trustForwardedFor='true' " + trust);
}
const std::string behind_list = behind("trustedProxyList='10.9.0.0/16'");
std::string of(const std::string& hops) { return "GET /\nX-Forwarded-For: " + hops; }

const rate_row rate_rows[] = {
    {"RefusesOneMoreThanTheLimit", one_a_minute, {{seconds(0), 1}, {seconds(0), 429}}},
    {"CountsEachClientByItself",
     one_a_minute,
     {{seconds(0), 1},
      {seconds(0), 1, "GET /", "10.0.0.2"},
      {seconds(1), 429, "GET /", "10.0.0.2"},
      {seconds(1), 1, "GET /", "::1"}}},
    {"CountsANetworkOf64BitsAsOneClient",
     one_a_minute,
     {{seconds(0), 1, "GET /", "2001:db8::1"},
      {seconds(0), 429, "GET /", "2001:db8::ffff:1"},
      {seconds(0), 1, "GET /", "2001:db8:0:1::1"}}},
    {"KnowsIpv4InIpv6",
     one_a_minute,
     {{seconds(0), 1, "GET /", "::ffff:10.0.0.1"},
      {seconds(0), 429},
      {seconds(0), 1, "GET /", "::ffff:10.0.0.2"}}},
    {"LetsAClientInAgain", one_a_minute, {{seconds(0), 1}, {seconds(59), 429}, {seconds(60), 1}}},
    {"SlidesByEachRequest",
     limiter("requestLimit='2' requestLimitDuration='PT1M'"),
     {{seconds(0), 1}, {seconds(50), 1}, {seconds(60), 1}, {seconds(61), 429}, {seconds(110), 1}}},
    {"DoesNotCountWhatItRefused",
     one_a_minute,
     {{seconds(0), 1}, {seconds(20), 429}, {seconds(40), 429}, {seconds(60), 1}}},
    {"CountsAllPathsAndMethods",
     one_a_minute,
     {{seconds(0), 1, "GET /a"}, {seconds(0), 429, "POST /b\n\nx"}}},
    {"HasAnHourByDefault",
     limiter("requestLimit='1'"),
     {{seconds(0), 1}, {minutes(59), 429}, {minutes(60), 1}}},
    {"HasFractionsOfASecond",
     limiter("requestLimit='1' requestLimitDuration='PT0.5S'"),
     {{seconds(0), 1}, {milliseconds(499), 429}, {milliseconds(500), 1}}},
    {"CountsByAField",
     by_key("header['X-Api-Key']"),
     {{seconds(0), 1, "GET /\nX-Api-Key: a"},
      {seconds(0), 1, "GET /\nX-Api-Key: b"},
      {seconds(0), 429, "GET /\nX-Api-Key: a", "10.0.0.2"}}},
    {"CountsTogetherWhomTheKeyDoesNotTell",
     by_key("header['X-Api-Key']"),
     {{seconds(0), 1},
      {seconds(0), 429, "GET /", "10.0.0.2"},
      {seconds(0), 429, "GET /\nX-Api-Key: ", "10.0.0.3"}}},
    {"CountsByWhatGroovySays",
     limiter("requestLimit='1' language='groovy' "
             "keyExpression='exc.request.header.getFirstValue(\"K\")'"),
     {{seconds(0), 1, "GET /\nK: a"},
      {seconds(0), 1, "GET /\nK: b"},
      {seconds(0), 429, "GET /\nK: a"}}},
    {"CountsAllTogetherByAConstant",
     by_key("'all'"),
     {{seconds(0), 1}, {seconds(0), 429, "GET /", "10.0.0.2"}}},
    {"TellsLongKeysApart",
     by_key("header.K"),
     {{seconds(0), 1, "GET /\nK: " + std::string(1000, 'k') + "1"},
      {seconds(0), 1, "GET /\nK: " + std::string(1000, 'k') + "2"},
      {seconds(0), 429, "GET /\nK: " + std::string(1000, 'k') + "1"}}},
    {"FailsWhenTheKeyDoes", by_key("1 / 0"), {{seconds(0), 500}}},
    {"DoesNotBelieveForwardedForUnasked",
     one_a_minute,
     {{seconds(0), 1, of("8.8.8.8")}, {seconds(0), 429, of("9.9.9.9")}}},
    {"BelievesTrustedProxies",
     behind_list,
     {{seconds(0), 1, of("8.8.8.8"), "10.9.1.1"},
      {seconds(0), 1, of("9.9.9.9"), "10.9.1.1"},
      {seconds(0), 429, of("8.8.8.8"), "10.9.1.2"}}},
    {"BelievesNobodyElse",
     behind_list,
     {{seconds(0), 1, of("8.8.8.8")}, {seconds(0), 429, of("9.9.9.9")}}},
    {"TakesTheLastEntryBehindACountOfZero",
     behind("trustedProxyCount='0'"),
     {{seconds(0), 1, of("1.1.1.1, 8.8.8.8")}, {seconds(0), 429, of("2.2.2.2, 8.8.8.8")}}},
    {"TakesTheEntryInFrontOfTheCount",
     behind("trustedProxyCount='2'"),
     {{seconds(0), 1, of("7.7.7.7, 8.8.8.8, 10.9.0.1, 10.9.0.2")},
      {seconds(0), 429, of("6.6.6.6, 8.8.8.8, 10.9.0.3, 10.9.0.4")},
      {seconds(0), 1, of("9.9.9.9, 10.9.0.1, 10.9.0.2")}}},
    {"TakesThePeerWhereThereAreFewerEntries",
     behind("trustedProxyCount='2'"),
     {{seconds(0), 1, of("8.8.8.8, 10.9.0.2")}, {seconds(0), 429, of("9.9.9.9, 10.9.0.2")}}},
    {"TakesThePeerWhereTheEntryIsNoAddress",
     behind("trustedProxyCount='0'"),
     {{seconds(0), 1, of("unknown")}, {seconds(0), 429}}},
    {"OfARequestBlockCountsOnce",
     "<request>" + one_a_minute + "</request>",
     {{seconds(0), 1}, {seconds(1), 429}}},
    {"OfATestCountsWhatTheTestTakes",
     "<if test=\"method == 'POST'\">" + one_a_minute + "</if>",
     {{seconds(0), 1}, {seconds(0), 1}, {seconds(0), 1, "POST /"}, {seconds(0), 429, "POST /"}}},
    {"CountsByItself", one_a_minute + one_a_minute, {{seconds(0), 1}, {seconds(0), 429}}},
};
INSTANTIATE_TEST_SUITE_P(Each, RateRows, testing::ValuesIn(rate_rows), name_of<rate_row>);

TEST(RateLimiter, TellsHowLongToWaitAndCounts) {
  flow_run f;
  f.call(one_a_minute, "GET /");
  f.w.simulation.advance(milliseconds(20'500));
  f.call(one_a_minute, "GET /");
  EXPECT_EQ(f.to_client,
            "429\nContent-Type: application/problem+json\nCache-Control: "
            "no-store\nX-Content-Type-Options: nosniff\n"
            "Retry-After: 40\nX-RateLimit-Limit: 1\nX-RateLimit-Duration: PT1M\n"
            "X-RateLimit-Reset: 40\n\n{\n  \"title\": \"Too Many Requests\",\n"
            "  \"type\": \"https://membrane-api.io/problems/user\",\n  \"status\": 429,\n"
            "  \"detail\": \"Try again in 40 seconds.\"\n}\n");
  EXPECT_EQ(f.w.count.rate_limited, 1U);
  EXPECT_EQ(f.w.count.rate_overflows, 0U);
}

TEST(RateLimiter, GivesClientsBeyondItsBoundOneWindowAndCountsThem) {
  const std::string elements = limiter("requestLimit='1' keyExpression='params.k'");
  flow_run f;
  for (int i = 0; i < 50'000; ++i) f.call(elements, "GET /?k=" + std::to_string(i));
  EXPECT_EQ(f.w.count.rate_overflows, 0U);
  f.call(elements, "GET /?k=a");
  EXPECT_NE(f.to_target, "");
  f.call(elements, "GET /?k=b");
  EXPECT_EQ(f.ex->response->status, 429);
  EXPECT_EQ(f.w.count.rate_overflows, 2U);
  f.call(elements, "GET /?k=7");
  EXPECT_EQ(f.ex->response->status, 429);
  EXPECT_EQ(f.w.count.rate_overflows, 2U);
}

TEST(RateLimiter, IsOneForAllWorkers) {
  const auto loaded = must_load_flow(limiter("requestLimit='1000'"));
  std::atomic<int> passed{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      flow_run f;
      f.loaded = loaded;
      for (int request = 0; request < 500; ++request) {
        f.call("", "GET /");
        passed += !f.to_target.empty();
      }
    });
  for (std::thread& each : workers) each.join();
  EXPECT_EQ(passed, 1000);
}

// Against a list of all requests that passed, which is exact and grows without end.
TEST(RateLimiter, HoldsOverAVirtualHourOf100000RequestsOf1000Clients) {
  const std::string elements =
      limiter("requestLimit='5' requestLimitDuration='PT1M' keyExpression='header.K'");
  std::map<std::string, std::deque<net::time_point>> passed;
  std::mt19937 chance(5);
  std::size_t sum = 0;
  flow_run f;
  for (int i = 0; i < 100'000; ++i) {
    f.w.simulation.advance(milliseconds(36));
    const std::string key = std::to_string(chance() % (i % 4 == 0 ? 1000 : 20));
    f.call(elements, "GET /\nK: " + key);
    if (f.to_target.empty()) continue;
    ++sum;
    auto& own = passed[key];
    own.push_back(f.w.simulation.now());
    while (own.back() - own.front() >= minutes(1)) own.pop_front();
    ASSERT_LE(own.size(), 5U) << key;
  }
  EXPECT_EQ(f.w.count.rate_limited, 100'000U - sum);
  EXPECT_EQ(f.w.count.rate_overflows, 0U);
  // The twenty that come all the time get what is theirs in nearly each minute.
  EXPECT_GT(sum, 20U * 5U * 55U);
}

const error_row rate_errors[] = {
    {"NoRequests", "<rateLimiter requestLimit='0'/>", 28,
     "<rateLimiter>: attribute 'requestLimit' must be a whole number from 1 to 1000000000, not "
     "'0'"},
    {"NoNumber", "<rateLimiter requestLimit='many'/>", 28,
     "<rateLimiter>: attribute 'requestLimit' must be a whole number from 1 to 1000000000, not "
     "'many'"},
    {"NoTime", "<rateLimiter requestLimitDuration='60'/>", 36,
     "<rateLimiter>: attribute 'requestLimitDuration' must be a time such as PT30S, PT5M, PT1H or "
     "P1D"},
    {"SecondsWithoutT", "<rateLimiter requestLimitDuration='P30S'/>", 39,
     "<rateLimiter>: attribute 'requestLimitDuration' must be a time such as PT30S, PT5M, PT1H or "
     "P1D"},
    {"Months", "<rateLimiter requestLimitDuration='P1M'/>", 38,
     "<rateLimiter>: attribute 'requestLimitDuration' must be a time such as PT30S, PT5M, PT1H or "
     "P1D"},
    {"HalfHours", "<rateLimiter requestLimitDuration='PT0.5H'/>", 41,
     "<rateLimiter>: attribute 'requestLimitDuration' may have a fraction of seconds only"},
    {"TooShort", "<rateLimiter requestLimitDuration='PT0.05S'/>", 36,
     "<rateLimiter>: attribute 'requestLimitDuration' must be between PT0.1S and P31D"},
    {"TooLong", "<rateLimiter requestLimitDuration='P32D'/>", 36,
     "<rateLimiter>: attribute 'requestLimitDuration' must be between PT0.1S and P31D"},
    {"NoExpression", "<rateLimiter keyExpression='headr.K'/>", 29,
     "<rateLimiter>: attribute 'keyExpression' is not an expression: name 'headr' is not known; "
     "did you "
     "mean 'header'?"},
    {"TrustWithoutWhom", "<rateLimiter trustForwardedFor='true'/>", 33,
     "<rateLimiter>: attribute 'trustForwardedFor' needs trustedProxyList, the proxies that are "
     "believed"},
    {"ListWithoutTrust", "<rateLimiter trustedProxyList='10.0.0.1'/>", 32,
     "<rateLimiter>: attribute 'trustedProxyList' has no effect without "
     "trustForwardedFor=\"true\""},
    {"CountWithoutTrust", "<rateLimiter trustedProxyCount='1'/>", 33,
     "<rateLimiter>: attribute 'trustedProxyCount' has no effect without "
     "trustForwardedFor=\"true\""},
    {"CountBesideList",
     "<rateLimiter trustForwardedFor='true' trustedProxyList='10.0.0.1' trustedProxyCount='1'/>",
     86, "<rateLimiter>: attribute 'trustedProxyCount' has no effect beside trustedProxyList"},
    {"TrustBesideAKey",
     "<rateLimiter keyExpression='user' trustForwardedFor='true' trustedProxyCount='0'/>", 54,
     "<rateLimiter>: attribute 'trustForwardedFor' has no effect beside keyExpression"},
};
INSTANTIATE_TEST_SUITE_P(RateLimiter, ErrorRows, testing::ValuesIn(rate_errors),
                         name_of<error_row>);

// --- throttle

// Requests that are under way in one proxy.
class Throttle : public testing::Test {
 protected:
  struct call {
    call(world& w) : ex(make_request(), w.connection, w.all) {}
    exchange ex;
    std::optional<outcome> result{};
    net::time_point answered{};
    std::unique_ptr<net::task_group> running{};  // dies first
  };

  void load(const std::string& elements) { loaded_ = must_load_flow(elements); }
  call& begin() {
    calls_.push_back(std::make_unique<call>(w_));
    call& c = *calls_.back();
    c.running = std::make_unique<net::task_group>(w_.simulation);
    c.running->spawn(run(*this, c));
    w_.simulation.advance(net::duration(0));
    return c;
  }
  void end(call& c) {
    std::erase_if(calls_, [&](const auto& each) { return each.get() == &c; });
  }
  bool is_let_in(const call& c) const { return c.result == outcome::proceed; }
  static int status(const call& c) { return c.ex.response ? c.ex.response->status : 0; }

  world w_;

 private:
  static net::task<void> run(Throttle& self, call& c) {
    c.result = co_await self.loaded_->proxies.at(0)->elements.on_request(c.ex);
    c.answered = self.w_.simulation.now();
  }
  std::shared_ptr<const config> loaded_;
  std::vector<std::unique_ptr<call>> calls_;
};

TEST_F(Throttle, LetsAsManyInAsThereArePlaces) {
  load("<throttle maxThreads='2'/>");
  EXPECT_TRUE(is_let_in(begin()));
  EXPECT_TRUE(is_let_in(begin()));
  EXPECT_EQ(begin().result, outcome::abort);
}

TEST_F(Throttle, TellsOthersToComeAgainAndCountsThem) {
  load("<throttle maxThreads='1'/>");
  begin();
  call& refused = begin();
  ASSERT_EQ(status(refused), 503);
  EXPECT_EQ(refused.ex.response->headers.get("Retry-After"), "1");
  EXPECT_THAT(body_of(w_, *refused.ex.response), HasSubstr("Too many requests are under way."));
  EXPECT_EQ(w_.count.throttled, 1U);
}

TEST_F(Throttle, GivesAPlaceBackWhenTheExchangeEnds) {
  load("<throttle maxThreads='1'/>");
  call& first = begin();
  EXPECT_EQ(status(begin()), 503);
  end(first);
  EXPECT_TRUE(is_let_in(begin()));
}

TEST_F(Throttle, GivesNoPlaceToTheRefused) {
  load("<throttle maxThreads='1'/>");
  call& first = begin();
  call& refused = begin();
  end(refused);
  EXPECT_EQ(status(begin()), 503);
  end(first);
  EXPECT_TRUE(is_let_in(begin()));
  EXPECT_EQ(status(begin()), 503);
}

TEST_F(Throttle, GivesAPlaceBackWhenAnElementBehindItFails) {
  load("<throttle maxThreads='1'/><setHeader name='A' value='${1 / 0}'/>");
  call& first = begin();
  EXPECT_EQ(status(first), 500);
  end(first);
  call& second = begin();
  EXPECT_EQ(status(second), 500);
}

TEST_F(Throttle, GivesAPlaceBackWhenTheExchangeIsGivenUp) {
  load("<throttle maxThreads='1'/><throttle delay='60000'/>");
  call& first = begin();
  EXPECT_FALSE(first.result);
  EXPECT_EQ(status(begin()), 503);
  end(first);
  EXPECT_FALSE(begin().result);
  EXPECT_EQ(w_.count.throttled, 1U);
}

TEST_F(Throttle, LetsAnyNumberInByDefault) {
  load("<throttle/>");
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(is_let_in(begin()));
}

TEST_F(Throttle, DelaysEachRequest) {
  load("<throttle delay='1500'/>");
  call& first = begin();
  w_.simulation.advance(milliseconds(1499));
  EXPECT_FALSE(first.result);
  call& second = begin();
  w_.simulation.advance(milliseconds(1));
  EXPECT_TRUE(is_let_in(first));
  EXPECT_FALSE(second.result);
  w_.simulation.advance(milliseconds(1499));
  EXPECT_TRUE(is_let_in(second));
}

TEST_F(Throttle, WhoIsDelayedHasNoPlaceYet) {
  load("<throttle delay='1000' maxThreads='1'/>");
  call& first = begin();
  call& second = begin();
  end(first);
  w_.simulation.advance(seconds(1));
  EXPECT_TRUE(is_let_in(second));
  call& third = begin();
  w_.simulation.advance(seconds(1));
  EXPECT_EQ(status(third), 503);
}

TEST_F(Throttle, LooksOnceMoreAfterTheBusyDelay) {
  load("<throttle maxThreads='1' busyDelay='500'/>");
  call& first = begin();
  call& second = begin();
  w_.simulation.advance(milliseconds(499));
  end(first);
  EXPECT_FALSE(second.result);
  w_.simulation.advance(milliseconds(1));
  EXPECT_TRUE(is_let_in(second));
  EXPECT_EQ(w_.count.throttled, 0U);
}

TEST_F(Throttle, RefusesWhenItIsStillBusyThen) {
  load("<throttle maxThreads='1' busyDelay='500'/>");
  begin();
  call& second = begin();
  w_.simulation.advance(milliseconds(499));
  EXPECT_FALSE(second.result);
  w_.simulation.advance(milliseconds(1));
  EXPECT_EQ(status(second), 503);
  EXPECT_EQ(second.answered, net::time_point{} + milliseconds(500));
}

TEST_F(Throttle, DoesNotWaitWhereThereIsAPlace) {
  load("<throttle maxThreads='1' busyDelay='500'/>");
  EXPECT_TRUE(is_let_in(begin()));
}

TEST_F(Throttle, WhoIsGivenUpWhileItWaitsTakesNoPlace) {
  load("<throttle maxThreads='1' busyDelay='500'/>");
  call& first = begin();
  call& second = begin();
  end(second);
  end(first);
  w_.simulation.advance(seconds(1));
  EXPECT_TRUE(is_let_in(begin()));
}

TEST_F(Throttle, OfOneExchangeMayBeSeveral) {
  load("<throttle maxThreads='2'/><if test='true'><throttle maxThreads='1'/></if>");
  call& first = begin();
  EXPECT_TRUE(is_let_in(first));
  EXPECT_EQ(status(begin()), 503);
  // The refused one still holds its first place.
  EXPECT_EQ(status(begin()), 503);
  EXPECT_EQ(w_.count.throttled, 2U);
}

TEST_F(Throttle, IsOneForAllWorkers) {
  const auto loaded = must_load_flow("<throttle maxThreads='2'/>");
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      world w;
      for (int request = 0; request < 2000; ++request) {
        exchange ex(make_request(), w.connection, w.all);
        if (loaded->proxies.at(0)->elements.request_now(ex) != outcome::proceed) continue;
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        --inside;
      }
    });
  for (std::thread& each : workers) each.join();
  EXPECT_GE(most, 1);
  EXPECT_LE(most, 2);
}

TEST_F(Throttle, WaitsOnlyWhereItHasTo) {
  for (const auto& [attributes, waits] :
       std::map<std::string, bool>{{"", false},
                                   {"maxThreads='3'", false},
                                   {"delay='1'", true},
                                   {"maxThreads='3' busyDelay='1'", true}})
    EXPECT_EQ(must_load_flow("<throttle " + attributes + "/>")->proxies.at(0)->elements.waits(),
              waits)
        << attributes;
}

const error_row throttle_errors[] = {
    {"ANegativeDelay", "<throttle delay='-1'/>", 18,
     "<throttle>: attribute 'delay' must be a whole number from 0 to 600000 (ms), not '-1'"},
    {"ALongDelay", "<throttle delay='600001'/>", 18,
     "<throttle>: attribute 'delay' must be a whole number from 0 to 600000 (ms), not '600001'"},
    {"AUnit", "<throttle delay='5s'/>", 18,
     "<throttle>: attribute 'delay' must be a whole number from 0 to 600000 (ms), not '5s'"},
    {"NegativePlaces", "<throttle maxThreads='-1'/>", 23,
     "<throttle>: attribute 'maxThreads' must be a whole number from 0 to 1000000, not '-1'"},
    {"BusyWithoutPlaces", "<throttle busyDelay='10'/>", 22,
     "<throttle>: attribute 'busyDelay' has no effect without maxThreads"},
    {"Children", "<throttle><log/></throttle>", 11,
     "<log>: is not allowed here; it belongs in <serviceProxy>"},
};
INSTANTIATE_TEST_SUITE_P(Throttle, ErrorRows, testing::ValuesIn(throttle_errors),
                         name_of<error_row>);

// --- limit

std::string limit(const std::string& most) { return "<limit maxBodyLength='" + most + "'/>"; }
std::string too_large(int status, const std::string& title, const std::string& type,
                      const std::string& most) {
  return std::to_string(status) +
         "\nContent-Type: application/problem+json\nCache-Control: "
         "no-store\nX-Content-Type-Options: nosniff\n\n{\n  \"title\": \"" +
         title + "\",\n  \"type\": \"https://membrane-api.io/problems/" + type +
         "\",\n  \"status\": " + std::to_string(status) + ",\n  \"detail\": \"The body is above " +
         most + " octets.\"\n}\n";
}
const std::string above_4 = too_large(413, "Content Too Large", "user", "4");
const std::string answer_above_4 = too_large(502, "Bad Gateway", "gateway", "4");

const flow_row limit_rows[] = {
    {"LetsBodiesOfTheLimitPass", limit("4"), "POST /\n\n1234", "POST /\n\n1234"},
    {"RefusesAnOctetMore", limit("4"), "POST /\n\n12345", "", above_4.c_str()},
    {"CountsOctetsAndNotCharacters", limit("4"), "POST /\n\n\u00e4\u00f6\u00fc", "",
     above_4.c_str()},
    {"LetsRequestsWithoutABodyPass", limit("0"), "GET /", "GET /"},
    {"LetsEmptyBodiesPassZero", limit("0"), "POST /\n\n", "POST /\n\n"},
    {"LetsAnswersOfTheLimitPass", limit("4"), "GET /", "GET /", "200\n\n1234", "200\n\n1234"},
    {"RefusesLongerAnswers", limit("4"), "GET /", "GET /", answer_above_4.c_str(), "200\n\n12345"},
    {"InRequestLeavesAnswersAlone", "<request>" + limit("4") + "</request>", "GET /", "GET /",
     "200\n\n12345", "200\n\n12345"},
    {"InResponseLeavesRequestsAlone", "<response>" + limit("4") + "</response>", "POST /\n\n12345",
     "POST /\n\n12345", answer_above_4.c_str(), "200\n\n12345"},
    {"TheSmallerOfTwoCounts", limit("40") + limit("4"), "POST /\n\n12345", "", above_4.c_str()},
    {"IsForWhomATestTakes", "<if test=\"path == '/a'\">" + limit("4") + "</if>", "POST /b\n\n12345",
     "POST /b\n\n12345"},
    {"SeesBodiesThatElementsMade", "<setBody value='12345'/>" + limit("4"), "GET /", "",
     above_4.c_str()},
    {"LooksBeforeElementsBehindIt", "<request>" + limit("4") + "<setBody value='12345'/></request>",
     "GET /", "GET /\n\n12345"},
    {"BoundsAnswersOfElements", limit("4") + "<static>12345</static><return/>", "GET /", "",
     answer_above_4.c_str()},
    {"KeepsOtherStatusesThatFit", limit("4"), "GET /", "GET /", "404\n\nnone", "404\n\nnone"},
    {"TellsPeopleInHtml", limit("4"), "POST /\nAccept: text/html\n\n12345", ""},
};
INSTANTIATE_TEST_SUITE_P(Limit, FlowRows, testing::ValuesIn(limit_rows), name_of<flow_row>);

TEST(Limit, CountsWhatItRefuses) {
  flow_run f;
  f.call(limit("4"), "POST /\n\n12345");
  f.call(limit("4"), "GET /", "200\n\n12345");
  f.call(limit("4"), "POST /\n\n1234");
  EXPECT_EQ(f.w.count.too_large, 2U);
}

TEST(Limit, EndsTheConnectionOfABodyThatIsNotRead) {
  flow_run f;
  f.call(limit("4"), "POST /\n\n12345");
  EXPECT_TRUE(f.ex->response->close_connection);
}

const error_row limit_errors[] = {
    {"NoLimit", "<limit/>", 1, "<limit>: attribute 'maxBodyLength' is missing"},
    {"ANegativeLimit", limit("-1"), 23,
     "<limit>: attribute 'maxBodyLength' must be a whole number, at least 0 (octets), not '-1'"},
    {"AUnit", limit("1k"), 23,
     "<limit>: attribute 'maxBodyLength' must be a whole number, at least 0 (octets), not '1k'"},
};
INSTANTIATE_TEST_SUITE_P(Limit, ErrorRows, testing::ValuesIn(limit_errors), name_of<error_row>);

}  // namespace
}  // namespace gateway::test
