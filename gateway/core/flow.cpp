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

}  // namespace

flow::flow(std::vector<std::unique_ptr<const element>> elements)
    : elements_(std::move(elements)),
      waits_(std::any_of(elements_.begin(), elements_.end(),
                         [](const auto& e) { return e->waits(); })) {}

net::task<outcome> flow::on_request(exchange& ex) const {
  if (!waits_) co_return request_now(ex);
  co_return co_await request_from(ex, 0);
}

net::task<outcome> flow::request_from(exchange& ex, std::size_t first) const {
  for (std::size_t i = first; i < elements_.size(); ++i) {
    const element& e = *elements_[i];
    outcome result = outcome::proceed;
    std::exception_ptr error;
    try {
      if (e.waits())
        result = co_await e.on_request(ex);
      else
        result = e.request_now(ex);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) co_return fail_before(ex, i, error);
    if (result == outcome::abort) co_return abort_before(ex, i);
    if (result == outcome::respond) {
      ensure_response(ex);
      const outcome back = co_await response_before(ex, i);
      co_return back == outcome::abort ? outcome::abort : outcome::respond;
    }
  }
  co_return outcome::proceed;
}

outcome flow::request_now(exchange& ex) const {
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    outcome result = outcome::proceed;
    try {
      result = elements_[i]->request_now(ex);
    } catch (...) {
      return fail_before(ex, i, std::current_exception());
    }
    if (result == outcome::abort) return abort_before(ex, i);
    if (result == outcome::respond) {
      ensure_response(ex);
      const outcome back = response_now_before(ex, i);
      return back == outcome::abort ? outcome::abort : outcome::respond;
    }
  }
  return outcome::proceed;
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
    std::exception_ptr error;
    try {
      if (e.waits())
        result = co_await e.on_response(ex);
      else
        result = e.response_now(ex);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) co_return fail_before(ex, i, error);
    if (result == outcome::abort) co_return abort_before(ex, i);
  }
  co_return outcome::proceed;
}

outcome flow::response_now_before(exchange& ex, std::size_t end) const {
  for (std::size_t i = end; i-- > 0;) {
    outcome result = outcome::proceed;
    try {
      result = elements_[i]->response_now(ex);
    } catch (...) {
      return fail_before(ex, i, std::current_exception());
    }
    if (result == outcome::abort) return abort_before(ex, i);
  }
  return outcome::proceed;
}

void flow::on_abort(exchange& ex) const noexcept { abort_before(ex, elements_.size()); }

outcome flow::abort_before(exchange& ex, std::size_t end) const noexcept {
  for (std::size_t i = end; i-- > 0;) {
    try {
      elements_[i]->on_abort(ex);
    } catch (...) {
      // The others still have something to clean up.
      ++ex.world.count.element_failures;
      ex.world.log.write(net::log_level::error, "flow",
                         "abort handler failed: " + describe(std::current_exception()));
    }
  }
  return outcome::abort;
}

outcome flow::fail_before(exchange& ex, std::size_t end, std::exception_ptr cause) const {
  ++ex.world.count.element_failures;
  // The cause stays in the log: it may name files and hosts that are not the client's business.
  ex.world.log.write(
      net::log_level::error, "flow",
      "connection=" + std::to_string(ex.connection.id) + " element failed: " + describe(cause));
  ex.response = problem_response(failure::element_failed, ex.request);
  return abort_before(ex, end);
}

}  // namespace gateway
