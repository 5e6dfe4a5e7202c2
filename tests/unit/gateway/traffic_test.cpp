// What is counted, and the text that Prometheus gets of it.
#include "gateway/core/traffic.hpp"

#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Traffic, IsWrittenInMembranesNames) {
  traffic t;
  *t.of("Shop: A", 200) = {3, 2, 150, 10, 20};
  *t.of("Shop: A", 502) = {1, 0, 0, 0, 0};
  t.note_times(200, {milliseconds(30), true, milliseconds(5), milliseconds(20), milliseconds(5)});
  t.tunnels["Shop: A"] = {1, 100, 200};
  t.events["tunnel-clean"] = 4;
  EXPECT_EQ(prometheus_text(t, {{"Shop: A"}, {"Console"}}, {10, 50}),
            R"(# HELP membrane_info What answers.
# TYPE membrane_info gauge
membrane_info{product="pumphouse"} 1
# HELP membrane_count Exchanges.
# TYPE membrane_count counter
membrane_count{rule="shop__a",code="200"} 3
membrane_count{rule="shop__a",code="502"} 1
# HELP membrane_good_count Exchanges that were not aborted.
# TYPE membrane_good_count counter
membrane_good_count{rule="shop__a",code="200"} 2
membrane_good_count{rule="shop__a",code="502"} 0
# HELP membrane_good_time What they took in all, in ms.
# TYPE membrane_good_time counter
membrane_good_time{rule="shop__a",code="200"} 150
membrane_good_time{rule="shop__a",code="502"} 0
# HELP membrane_good_bytes_req_body Octets of the bodies of their requests.
# TYPE membrane_good_bytes_req_body counter
membrane_good_bytes_req_body{rule="shop__a",code="200"} 10
membrane_good_bytes_req_body{rule="shop__a",code="502"} 0
# HELP membrane_good_bytes_res_body Octets of the bodies of their responses.
# TYPE membrane_good_bytes_res_body counter
membrane_good_bytes_res_body{rule="shop__a",code="200"} 20
membrane_good_bytes_res_body{rule="shop__a",code="502"} 0
# HELP membrane_rule_active Proxies that run.
# TYPE membrane_rule_active gauge
membrane_rule_active{rule="console"} 1
membrane_rule_active{rule="shop__a"} 1
# HELP membrane_process_req_time From the request's head to the call of the target, in ms.
# TYPE membrane_process_req_time histogram
membrane_process_req_time_bucket{code="2",le="10"} 1
membrane_process_req_time_bucket{code="2",le="50"} 1
membrane_process_req_time_bucket{code="2",le="+Inf"} 1
membrane_process_req_time_sum{code="2"} 5
membrane_process_req_time_count{code="2"} 1
# HELP membrane_process_res_time From the target's head to the client's, in ms.
# TYPE membrane_process_res_time histogram
membrane_process_res_time_bucket{code="2",le="10"} 1
membrane_process_res_time_bucket{code="2",le="50"} 1
membrane_process_res_time_bucket{code="2",le="+Inf"} 1
membrane_process_res_time_sum{code="2"} 5
membrane_process_res_time_count{code="2"} 1
# HELP membrane_response_time From the call of the target to its head, in ms.
# TYPE membrane_response_time histogram
membrane_response_time_bucket{code="2",le="10"} 0
membrane_response_time_bucket{code="2",le="50"} 1
membrane_response_time_bucket{code="2",le="+Inf"} 1
membrane_response_time_sum{code="2"} 20
membrane_response_time_count{code="2"} 1
# HELP membrane_total_time From the request's head to the response's, in ms.
# TYPE membrane_total_time histogram
membrane_total_time_bucket{code="2",le="10"} 0
membrane_total_time_bucket{code="2",le="50"} 1
membrane_total_time_bucket{code="2",le="+Inf"} 1
membrane_total_time_sum{code="2"} 30
membrane_total_time_count{code="2"} 1
# HELP pumphouse_tunnels WebSockets that are open.
# TYPE pumphouse_tunnels gauge
pumphouse_tunnels{rule="shop__a"} 1
# HELP pumphouse_pump_bytes_total Octets that stream pumps carried, behind the 101.
# TYPE pumphouse_pump_bytes_total counter
pumphouse_pump_bytes_total{rule="shop__a",direction="to_server"} 100
pumphouse_pump_bytes_total{rule="shop__a",direction="to_client"} 200
# HELP pumphouse_events_total What happened, by the name that logs use.
# TYPE pumphouse_events_total counter
pumphouse_events_total{event="tunnel_clean"} 4
)");
}

TEST(Traffic, OfNothingHasNoEmptyMetrics) {
  EXPECT_EQ(prometheus_text({}, {}, {500}),
            "# HELP membrane_info What answers.\n# TYPE membrane_info gauge\n"
            "membrane_info{product=\"pumphouse\"} 1\n");
}

net::wall_time unix_second(int s) { return net::wall_time(std::chrono::seconds(s)); }

TEST(Traffic, TellsWhenCertificatesAreGood) {
  const std::string text = prometheus_text(
      {}, {{"Shop: A", running_rule::times{unix_second(1000), unix_second(2000)}}, {"Plain"}},
      {500});
  EXPECT_NE(text.find("# HELP membrane_ssl_haskeyandcert Proxies that show a certificate.\n"
                      "# TYPE membrane_ssl_haskeyandcert gauge\n"
                      "membrane_ssl_haskeyandcert{rule=\"shop__a\",type=\"static\"} 1\n"
                      "# HELP membrane_ssl_validfrom_ms When it begins to be valid, Unix time.\n"
                      "# TYPE membrane_ssl_validfrom_ms gauge\n"
                      "membrane_ssl_validfrom_ms{rule=\"shop__a\",type=\"static\"} 1000000\n"
                      "# HELP membrane_ssl_validuntil_ms When it stops being valid, Unix time.\n"
                      "# TYPE membrane_ssl_validuntil_ms gauge\n"
                      "membrane_ssl_validuntil_ms{rule=\"shop__a\",type=\"static\"} 2000000\n"),
            std::string::npos)
      << text;
}

TEST(Traffic, TellsTheShortestTimeOfNamesThatLookTheSame) {
  const std::string text =
      prometheus_text({},
                      {{"a b", running_rule::times{unix_second(1), unix_second(20)}},
                       {"A-B", running_rule::times{unix_second(2), unix_second(30)}},
                       {"A B"}},
                      {500});
  EXPECT_TRUE(has_line(text, "membrane_ssl_validfrom_ms{rule=\"a_b\",type=\"static\"} 2000"));
  EXPECT_TRUE(has_line(text, "membrane_ssl_validuntil_ms{rule=\"a_b\",type=\"static\"} 20000"));
}

TEST(Traffic, AddsUpNamesThatLookTheSameInLabels) {
  traffic t;
  t.of("a b", 200)->count = 1;
  t.of("A-B", 200)->count = 2;
  t.tunnels["a b"].to_server = 3;
  t.tunnels["A-B"].to_server = 4;
  const std::string text = prometheus_text(t, {{"a b"}, {"A-B"}, {"c"}}, {500});
  EXPECT_TRUE(has_line(text, "membrane_count{rule=\"a_b\",code=\"200\"} 3")) << text;
  EXPECT_TRUE(has_line(text, "membrane_duplicate_rule_name{rule=\"a_b\"} 1"));
  EXPECT_TRUE(has_line(text, "pumphouse_pump_bytes_total{rule=\"a_b\",direction=\"to_server\"} 7"));
  EXPECT_EQ(text.find("duplicate_rule_name{rule=\"c\"}"), std::string::npos);
}

TEST(Traffic, LabelsHoldNothingThatEndsThem) {
  traffic t;
  t.of("a\"} 1\n\\" + std::string(300, 'x'), 200)->count = 1;
  const std::string text = prometheus_text(t, {}, {500});
  EXPECT_TRUE(has_line(
      text, "membrane_count{rule=\"a___1__" + std::string(193, 'x') + "\",code=\"200\"} 1"))
      << text;
}

TEST(Traffic, KnowsAtMost64CodesOfAProxy) {
  traffic t;
  for (int code = 100; code < 300; ++code) ++t.of("a", code)->count;
  EXPECT_EQ(t.rules["a"].size(), traffic::most_codes + 1);
  EXPECT_EQ(t.of("a", 0)->count, 136U);
}

TEST(Traffic, CountsExchangesWithoutATargetInTheTotalOnly) {
  traffic t;
  t.note_times(404, {.total = milliseconds(1),
                     .called = false,
                     .request_flow = {},
                     .target = {},
                     .response_flow = {}});
  EXPECT_EQ(t.times[4][3].count(), 1U);
  EXPECT_EQ(t.times[4][0].count(), 0U);
}

TEST(Traffic, OddStatusesAreOfTheNearestClass) {
  traffic t;
  t.note_times(999, {});
  t.note_times(0, {});
  EXPECT_EQ(t.times[5][3].count(), 1U);
  EXPECT_EQ(t.times[1][3].count(), 1U);
}

TEST(Traffic, ForgetsProxiesThatAreGone) {
  traffic t;
  t.of("a", 200)->count = 1;
  t.of("b", 200)->count = 1;
  t.tunnels["a"].open = 1;
  t.keep({"b"});
  EXPECT_EQ(t.rules.count("a"), 0U);
  EXPECT_EQ(t.rules.count("b"), 1U);
  EXPECT_TRUE(t.tunnels.empty());
}

TEST(Traffic, OfSeveralWorkersIsAdded) {
  traffic a;
  *a.of("x", 200) = {1, 1, 10, 2, 3};
  a.note_times(200, {});
  a.tunnels["x"] = {1, 2, 3};
  a.events["e"] = 1;
  traffic sum;
  sum.add(a);
  sum.add(a);
  EXPECT_EQ(sum.of("x", 200)->count, 2U);
  EXPECT_EQ(sum.of("x", 200)->response_octets, 6U);
  EXPECT_EQ(sum.times[2][3].count(), 2U);
  EXPECT_EQ(sum.tunnels["x"].to_client, 6U);
  EXPECT_EQ(sum.events["e"], 2U);
  EXPECT_EQ(a.of("x", 200)->count, 1U);
}

TEST(Traffic, ASnapshotSharesNothing) {
  traffic a;
  a.of("x", 200)->count = 1;
  const traffic b = a.snapshot();
  a.of("x", 200)->count = 2;
  EXPECT_EQ(b.rules.at("x").at(200)->count, 1U);
}

TEST(TimeHistogram, PutsABoundIntoItsOwnBucket) {
  time_histogram h;
  h.note(milliseconds(10));
  h.note(microseconds(10001));
  h.note(std::chrono::minutes(2));
  h.note(milliseconds(-1));
  EXPECT_EQ(h.within(1), 1U);
  EXPECT_EQ(h.within(5), 1U);
  EXPECT_EQ(h.within(10), 2U);
  EXPECT_EQ(h.within(20), 3U);
  EXPECT_EQ(h.within(60000), 3U);
  EXPECT_EQ(h.count(), 4U);
  EXPECT_EQ(h.sum_ms(), 120020U);
}

TEST(CountedBody, CountsWhatIsRead) {
  world w;
  const auto count = std::make_shared<std::uint64_t>(0);
  const auto body = counted_body(net::make_string_body("hello"), count);
  EXPECT_EQ(body->size(), 5U);
  EXPECT_EQ(body->trailer(), nullptr);
  EXPECT_EQ(*run(w, net::read_all(body.get(), 100)), "hello");
  EXPECT_EQ(*count, 5U);
}

// Answers with the buckets that it was asked for.
class fixed_metrics final : public metrics_source {
 public:
  net::task<std::string> prometheus(const std::vector<std::uint32_t>& buckets) override {
    std::string text;
    for (const std::uint32_t ms : buckets) text += std::to_string(ms) + ";";
    co_return text;
  }
};

TEST(Prometheus, AnswersWithWhatIsCounted) {
  fixed_metrics metrics;
  struct row {
    const char* elements;
    const char* request;
    const char* answer;
  };
  constexpr char head[] =
      "200\nContent-Type: text/plain; version=0.0.4; charset=utf-8\nCache-Control: no-store\n\n";
  for (const row& r : std::initializer_list<row>{
           {"<prometheus/>", "GET /", "500;1000;2000;4000;10000;"},
           {"<prometheus/>", "HEAD /metrics", "500;1000;2000;4000;10000;"},
           {"<prometheus buckets='1'/>", "GET /", "1;"},
           {"<prometheus buckets='1, 2 ,5'/>", "GET /", "1;2;5;"},
           {"<prometheus buckets='100 60000'/>", "GET /x?y", "100;60000;"}}) {
    flow_run f;
    f.w.all.metrics = &metrics;
    f.call(r.elements, r.request);
    EXPECT_EQ(f.to_client, std::string(head) + r.answer) << r.elements;
  }
}

TEST(Prometheus, TakesNoOtherMethods) {
  fixed_metrics metrics;
  flow_run f;
  f.w.all.metrics = &metrics;
  f.call("<prometheus/>", "POST /");
  EXPECT_EQ(f.ex->response->status, 405);
  EXPECT_EQ(f.ex->response->headers.get("Allow"), "GET, HEAD");
}

TEST(Prometheus, IsUnavailableWhereNothingIsCounted) {
  flow_run f;
  f.call("<prometheus/>", "GET /");
  EXPECT_EQ(f.ex->response->status, 503);
}

TEST(Prometheus, RefusesBucketsThatAreNotCounted) {
  const std::string known =
      "; times are counted up to these (ms): 1 2 5 10 20 25 50 100 200 250 400 500 750 800 1000 "
      "2000 "
      "2500 4000 5000 8000 10000 20000 30000 60000";
  const std::string start = "<prometheus>: attribute 'buckets' ";
  expect_error({"", "<prometheus buckets='100,x'/>", 26, start + "has 'x'" + known});
  expect_error({"", "<prometheus buckets='3'/>", 22, start + "has '3'" + known});
  expect_error({"", "<prometheus buckets='0.5'/>", 22, start + "has '0.5'" + known});
  expect_error({"", "<prometheus buckets='-1'/>", 22, start + "has '-1'" + known});
  expect_error({"", "<prometheus buckets='500,100'/>", 26, start + "must ascend"});
  expect_error({"", "<prometheus buckets='500,500'/>", 26, start + "must ascend"});
  expect_error({"", "<prometheus buckets=''/>", 22, start + "must name at least one time"});
  expect_error({"", "<prometheus buckets=' , '/>", 22, start + "must name at least one time"});
  expect_error({"", "<prometheus bucket='500'/>", 13,
                "<prometheus>: attribute 'bucket' is not known; did you mean 'buckets'?"});
}

}  // namespace
}  // namespace gateway::test
