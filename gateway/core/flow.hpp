// Runs a list of elements with Membrane's rules (FlowController):
//   respond: the response handlers of the elements before it run in reverse order;
//   abort or an exception: the abort handlers of the elements before it run in reverse order.
// An exception becomes a 500 problem, one log line and outcome abort. A nested flow (<if>) applies
// the same rules to its own elements, then passes its outcome on.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include "gateway/core/element.hpp"

namespace gateway {

class flow {
 public:
  flow() = default;
  explicit flow(std::vector<std::unique_ptr<const element>> elements);

  bool empty() const noexcept { return elements_.empty(); }
  std::size_t size() const noexcept { return elements_.size(); }
  const element& operator[](std::size_t i) const { return *elements_[i]; }
  // Whether any element may suspend.
  bool waits() const noexcept { return waits_; }

  // Request handlers in order. After `respond` and `abort` the handlers of the way back have
  // already run: send ex.response (never empty then). After `proceed` call the destination, then
  // on_response, or on_abort when the destination failed.
  net::task<outcome> on_request(exchange& ex) const;
  // Response handlers in reverse order. `respond` counts as proceed here: it is the way back
  // already. After `abort` ex.response is the one to send.
  net::task<outcome> on_response(exchange& ex) const;
  // Abort handlers in reverse order. Exceptions are logged and do not stop the others.
  net::task<void> on_abort(exchange& ex) const;
  // Request handlers in order and nothing else: after `respond`, `abort` or an exception (a 500
  // problem and `abort`) no handler of the way back has run. For <request>.
  net::task<outcome> forward(exchange& ex) const;

  // As above without a coroutine frame; only when !waits().
  outcome request_now(exchange& ex) const;
  outcome response_now(exchange& ex) const;
  void abort_now(exchange& ex) const noexcept;
  outcome forward_now(exchange& ex) const;

 private:
  // How far the request handlers came: `result` is the outcome of element `reached`.
  struct progress {
    outcome result = outcome::proceed;
    std::size_t reached = 0;
  };
  net::task<progress> go(exchange& ex) const;
  progress go_now(exchange& ex) const;
  net::task<outcome> response_before(exchange& ex, std::size_t end) const;
  outcome response_now_before(exchange& ex, std::size_t end) const;
  net::task<outcome> abort_before(exchange& ex, std::size_t end) const;
  outcome abort_now_before(exchange& ex, std::size_t end) const noexcept;

  std::vector<std::unique_ptr<const element>> elements_;
  bool waits_ = false;
};

}  // namespace gateway
