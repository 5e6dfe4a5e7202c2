// Flows of elements that write down what was called.
#include "gateway/core/flow.hpp"

#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

enum class act { proceed, respond, respond_empty, abort, fail };

std::vector<std::string>* journal = nullptr;

outcome perform(act what, exchange& ex) {
  switch (what) {
    case act::proceed:
      return outcome::proceed;
    case act::respond:
      ex.response = net::make_response(200, "text/plain", "done");
      return outcome::respond;
    case act::respond_empty:
      return outcome::respond;
    case act::abort:
      return outcome::abort;
    case act::fail:
      throw std::runtime_error("boom");
  }
  return outcome::proceed;
}

class sync_step final : public sync_element {
 public:
  sync_step(std::string name, act request, act response)
      : name_(std::move(name)), request_(request), response_(response) {}
  outcome request_now(exchange& ex) const override {
    journal->push_back(name_ + ">");
    return perform(request_, ex);
  }
  outcome response_now(exchange& ex) const override {
    journal->push_back(name_ + "<");
    return perform(response_, ex);
  }
  void abort_now(exchange&) const override {
    journal->push_back(name_ + "!");
    if (name_ == "bad") throw std::runtime_error("abort failed");
  }

 private:
  std::string name_;
  act request_;
  act response_;
};

// The same, but each handler really waits.
class waiting_step final : public element {
 public:
  waiting_step(std::string name, act request, act response)
      : inner_(std::move(name), request, response) {}
  net::task<outcome> on_request(exchange& ex) const override {
    co_await net::wait_until(ex.world.runtime, ex.world.runtime.now() + std::chrono::seconds(1));
    co_return inner_.request_now(ex);
  }
  net::task<outcome> on_response(exchange& ex) const override {
    co_await net::wait_until(ex.world.runtime, ex.world.runtime.now() + std::chrono::seconds(1));
    co_return inner_.response_now(ex);
  }
  net::task<void> on_abort(exchange& ex) const override {
    co_await net::wait_until(ex.world.runtime, ex.world.runtime.now() + std::chrono::seconds(1));
    inner_.abort_now(ex);
  }

 private:
  sync_step inner_;
};

struct step {
  std::string name;
  act request = act::proceed;
  act response = act::proceed;
};

class Flow : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { journal = &calls; }

  flow make(const std::vector<step>& steps) const {
    std::vector<std::unique_ptr<const element>> elements;
    for (const step& s : steps) {
      if (GetParam())
        elements.push_back(std::make_unique<waiting_step>(s.name, s.request, s.response));
      else
        elements.push_back(std::make_unique<sync_step>(s.name, s.request, s.response));
    }
    return flow(std::move(elements));
  }
  std::string trace() const {
    std::string out;
    for (const std::string& c : calls) out += (out.empty() ? "" : " ") + c;
    return out;
  }

  void run_aborts(const flow& f) {
    auto all = [](const flow& inner, exchange& e) -> net::task<outcome> {
      co_await inner.on_abort(e);
      co_return outcome::abort;
    };
    run(w, all(f, ex));
  }

  world w;
  std::vector<std::string> calls;
  exchange ex{make_request(), w.connection, w.all};
};

TEST_P(Flow, ForwardHasNoWayBack) {
  const flow f = make({{"a"}, {"b"}, {"c", act::respond}, {"d"}});
  EXPECT_EQ(run(w, f.forward(ex)), outcome::respond);
  EXPECT_EQ(trace(), "a> b> c>");
  calls.clear();
  const flow failing = make({{"a"}, {"b", act::fail}, {"c"}});
  EXPECT_EQ(run(w, failing.forward(ex)), outcome::abort);
  EXPECT_EQ(trace(), "a> b>");
  EXPECT_EQ(ex.response->status, 500);
}

TEST_P(Flow, ProceedRunsAllInOrder) {
  const flow f = make({{"a"}, {"b"}, {"c"}});
  EXPECT_EQ(f.waits(), GetParam());
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::proceed);
  EXPECT_EQ(trace(), "a> b> c>");
  EXPECT_FALSE(ex.response);
}

TEST_P(Flow, ResponseRunsInReverse) {
  const flow f = make({{"a"}, {"b"}, {"c"}});
  EXPECT_EQ(run(w, f.on_response(ex)), outcome::proceed);
  EXPECT_EQ(trace(), "c< b< a<");
}

TEST_P(Flow, RespondTurnsAroundBeforeTheElement) {
  const flow f = make({{"a"}, {"b"}, {"c", act::respond}, {"d"}});
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::respond);
  EXPECT_EQ(trace(), "a> b> c> b< a<");
  EXPECT_EQ(ex.response->status, 200);
}

TEST_P(Flow, RespondWithoutResponseIsA500) {
  const flow f = make({{"a"}, {"b", act::respond_empty}});
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::respond);
  EXPECT_EQ(trace(), "a> b> a<");
  EXPECT_EQ(ex.response->status, 500);
}

TEST_P(Flow, AbortRunsAbortHandlersInReverse) {
  const flow f = make({{"a"}, {"b"}, {"c", act::abort}, {"d"}});
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::abort);
  EXPECT_EQ(trace(), "a> b> c> b! a!");
}

TEST_P(Flow, ExceptionIsA500AndAborts) {
  const flow f = make({{"a"}, {"b", act::fail}, {"c"}});
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::abort);
  EXPECT_EQ(trace(), "a> b> a!");
  ASSERT_TRUE(ex.response);
  EXPECT_EQ(ex.response->status, 500);
  EXPECT_EQ(w.count.element_failures, 1U);
  EXPECT_EQ(w.log.text(), "connection=7 element failed: boom\n");
  EXPECT_EQ(body_of(w, *ex.response).find("boom"), std::string::npos);
}

TEST_P(Flow, AbortOnTheWayBackAbortsTheRest) {
  const flow f = make({{"a"}, {"b", act::proceed, act::abort}, {"c"}});
  EXPECT_EQ(run(w, f.on_response(ex)), outcome::abort);
  EXPECT_EQ(trace(), "c< b< a!");
}

TEST_P(Flow, ExceptionOnTheWayBackReplacesTheResponse) {
  const flow f = make({{"a"}, {"b", act::proceed, act::fail}, {"c", act::respond}});
  EXPECT_EQ(run(w, f.on_request(ex)), outcome::abort);
  EXPECT_EQ(trace(), "a> b> c> b< a!");
  EXPECT_EQ(ex.response->status, 500);
}

TEST_P(Flow, RespondOnTheWayBackGoesOn) {
  const flow f = make({{"a"}, {"b", act::proceed, act::respond}});
  EXPECT_EQ(run(w, f.on_response(ex)), outcome::proceed);
  EXPECT_EQ(trace(), "b< a<");
}

TEST_P(Flow, FailingAbortHandlerDoesNotStopTheOthers) {
  const flow f = make({{"a"}, {"bad"}, {"c"}});
  run_aborts(f);
  EXPECT_EQ(trace(), "c! bad! a!");
  EXPECT_EQ(w.log.text(), "abort handler failed: abort failed\n");
}

INSTANTIATE_TEST_SUITE_P(SyncAndWaiting, Flow, testing::Bool(),
                         [](const auto& row) { return row.param ? "Waiting" : "Sync"; });

TEST(FlowCancel, LeavesNothingBehindAtEachStep) {
  std::vector<std::string> calls;
  journal = &calls;
  for (std::size_t steps = 0; steps < 8; ++steps) {
    world w;
    exchange ex(make_request(), w.connection, w.all);
    std::vector<std::unique_ptr<const element>> elements;
    for (const act a : {act::proceed, act::proceed, act::respond})
      elements.push_back(std::make_unique<waiting_step>("x", a, act::proceed));
    const flow f(std::move(elements));
    {
      auto body = [](const flow& inner, exchange& e) -> net::task<void> {
        auto running = inner.on_request(e);
        co_await running;
      };
      net::task_group group(w.simulation);
      group.spawn(body(f, ex));
      for (std::size_t i = 0; i < steps; ++i) w.simulation.step();
    }
    EXPECT_EQ(w.simulation.outstanding().frames, 0U) << steps;
    EXPECT_EQ(w.simulation.outstanding().timers, 0U) << steps;
  }
}

}  // namespace
}  // namespace gateway::test
