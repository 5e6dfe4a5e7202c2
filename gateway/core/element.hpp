// A configured element of a proxy's flow (Membrane: interceptor).
//
// Elements are immutable once made and shared by all workers, hence every handler is const; what
// belongs to one request lives in the exchange. A handler that throws ends the exchange with 500.
#pragma once

#include "gateway/core/exchange.hpp"

namespace gateway {

class element {
 public:
  virtual ~element() = default;

  // Whether handlers may suspend. Decided when made; flows without such elements run as plain
  // functions.
  virtual bool waits() const noexcept { return true; }
  virtual net::task<outcome> on_request(exchange& ex) const = 0;
  // Called in reverse order once there is a response.
  virtual net::task<outcome> on_response(exchange& ex) const = 0;
  // Called instead of on_response when the exchange was aborted after this element proceeded.
  virtual net::task<void> on_abort(exchange& ex) const {
    abort_now(ex);
    co_return;
  }

  // The same handlers as plain functions, only when !waits(); abort_now() also as the default of
  // on_abort().
  virtual outcome request_now(exchange& ex) const;
  virtual outcome response_now(exchange& ex) const;
  virtual void abort_now(exchange& /*ex*/) const {}
};

// Base of elements that never wait: override the plain functions, pay no coroutine frame.
class sync_element : public element {
 public:
  bool waits() const noexcept final { return false; }
  net::task<outcome> on_request(exchange& ex) const final { co_return request_now(ex); }
  net::task<outcome> on_response(exchange& ex) const final { co_return response_now(ex); }
};

}  // namespace gateway
