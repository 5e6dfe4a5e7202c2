#include "gateway/core/flow.hpp"

#include <algorithm>
#include <utility>

#include "gateway/core/problem.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

std::string describe(const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& e) {
    return printable(e.what());
  } catch (...) {
    return "unknown exception";
  }
}

// `respond` without a response would send nothing; the client gets a clear 500 instead.
void ensure_response(exchange& ex) {
  if (!ex.response)
    ex.response = problem_response(failure::no_response, ex.request,
                                   "No element of the flow produced a response.");
}

// The cause stays in the log: it may name files and hosts that are not the client's business.
outcome fail(exchange& ex, const std::exception_ptr& cause) {
  ++ex.world.count.element_failures;
  ex.world.log.write(
      net::log_level::error, "flow",
      "connection=" + std::to_string(ex.connection.id) + " element failed: " + describe(cause));
  ex.response = problem_response(failure::element_failed, ex.request);
  return outcome::abort;
}

// The others still have something to clean up.
void note_failed_abort(exchange& ex, const std::exception_ptr& cause) {
  ++ex.world.count.element_failures;
  ex.world.log.write(net::log_level::error, "flow", "abort handler failed: " + describe(cause));
}

}  // namespace

flow::flow(std::vector<std::unique_ptr<const element>> elements)
    : elements_(std::move(elements)),
      waits_(std::any_of(elements_.begin(), elements_.end(),
                         [](const auto& e) { return e->waits(); })) {}

net::task<flow::progress> flow::go(exchange& ex) const {
  if (!waits_) co_return go_now(ex);
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const element& e = *elements_[i];
    outcome result = outcome::proceed;
    try {
      if (e.waits())
        result = co_await e.on_request(ex);
      else
        result = e.request_now(ex);
    } catch (...) {
      result = fail(ex, std::current_exception());
    }
    if (result == outcome::respond) ensure_response(ex);
    if (result != outcome::proceed) co_return progress{result, i};
  }
  co_return progress{outcome::proceed, elements_.size()};
}

flow::progress flow::go_now(exchange& ex) const {
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    outcome result = outcome::proceed;
    try {
      result = elements_[i]->request_now(ex);
    } catch (...) {
      result = fail(ex, std::current_exception());
    }
    if (result == outcome::respond) ensure_response(ex);
    if (result != outcome::proceed) return {result, i};
  }
  return {outcome::proceed, elements_.size()};
}

net::task<outcome> flow::forward(exchange& ex) const {
  const progress p = co_await go(ex);
  co_return p.result;
}

outcome flow::forward_now(exchange& ex) const { return go_now(ex).result; }

net::task<outcome> flow::on_request(exchange& ex) const {
  if (!waits_) co_return request_now(ex);
  const progress p = co_await go(ex);
  if (p.result == outcome::proceed) co_return outcome::proceed;
  if (p.result == outcome::abort) co_return co_await abort_before(ex, p.reached);
  const outcome back = co_await response_before(ex, p.reached);
  co_return back == outcome::abort ? outcome::abort : outcome::respond;
}

outcome flow::request_now(exchange& ex) const {
  const progress p = go_now(ex);
  if (p.result == outcome::proceed) return outcome::proceed;
  if (p.result == outcome::abort) return abort_now_before(ex, p.reached);
  const outcome back = response_now_before(ex, p.reached);
  return back == outcome::abort ? outcome::abort : outcome::respond;
}

net::task<outcome> flow::on_response(exchange& ex) const {
  if (!waits_) co_return response_now(ex);
  co_return co_await response_before(ex, elements_.size());
}

outcome flow::response_now(exchange& ex) const { return response_now_before(ex, elements_.size()); }

net::task<outcome> flow::response_before(exchange& ex, std::size_t end) const {
  for (std::size_t i = end; i-- > 0;) {
    const element& e = *elements_[i];
    outcome result = outcome::proceed;
    try {
      if (e.waits())
        result = co_await e.on_response(ex);
      else
        result = e.response_now(ex);
    } catch (...) {
      result = fail(ex, std::current_exception());
    }
    if (result == outcome::abort) co_return co_await abort_before(ex, i);
  }
  co_return outcome::proceed;
}

outcome flow::response_now_before(exchange& ex, std::size_t end) const {
  for (std::size_t i = end; i-- > 0;) {
    outcome result = outcome::proceed;
    try {
      result = elements_[i]->response_now(ex);
    } catch (...) {
      result = fail(ex, std::current_exception());
    }
    if (result == outcome::abort) return abort_now_before(ex, i);
  }
  return outcome::proceed;
}

net::task<void> flow::on_abort(exchange& ex) const {
  auto all = abort_before(ex, elements_.size());
  co_await all;
}

void flow::abort_now(exchange& ex) const noexcept { abort_now_before(ex, elements_.size()); }

net::task<outcome> flow::abort_before(exchange& ex, std::size_t end) const {
  if (!waits_) co_return abort_now_before(ex, end);
  for (std::size_t i = end; i-- > 0;) {
    try {
      const element& e = *elements_[i];
      if (e.waits())
        co_await e.on_abort(ex);
      else
        e.abort_now(ex);
    } catch (...) {
      note_failed_abort(ex, std::current_exception());
    }
  }
  co_return outcome::abort;
}

outcome flow::abort_now_before(exchange& ex, std::size_t end) const noexcept {
  for (std::size_t i = end; i-- > 0;) {
    try {
      elements_[i]->abort_now(ex);
    } catch (...) {
      note_failed_abort(ex, std::current_exception());
    }
  }
  return outcome::abort;
}

}  // namespace gateway
