// Which of several targets an exchange goes to, as far as the call of the target needs to know.
#pragma once

#include "gateway/core/destination.hpp"
#include "net/types.hpp"

namespace gateway {

// Lives as long as the exchange, the body of its answer or its tunnel: this is how long it counts
// as a connection of its target. Used on one worker.
class target_choice {
 public:
  virtual ~target_choice() = default;
  virtual const destination& current() const = 0;
  // The head of an answer came from current().
  virtual void answered(int status) = 0;
  // A call of current() came to nothing in another way than failed(): no answer in time, or none
  // of HTTP.
  virtual void unanswered() = 0;
  // current() could not be reached, or broke before its answer.
  virtual void failed(net::time_point now) = 0;
  // Goes on to a target that has not been tried; false when there is none, and nothing changes.
  virtual bool next(net::time_point now) = 0;
};

}  // namespace gateway
