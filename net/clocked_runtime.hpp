// A runtime whose time can be advanced and runs at another speed, over one that has the sockets.
// For tests of programs that run for real: minutes of heart-beats pass at once.
#pragma once

#include "net/runtime.hpp"

namespace net {

class clocked_runtime : public runtime {
 public:
  // How much faster than the clock below it runs.
  virtual double scale() const = 0;
  // The sum of what it was advanced by.
  virtual duration advanced() const = 0;
  // Moves time forward by `by` (not negative). Timers run in the order of their deadlines, each
  // when it is exactly that time, with a turn of everything else between them; those that they
  // start run as well when they are due before the end. Beyond most_steps timers the rest of the
  // way is one step. False, at once: another advance is under way.
  virtual task<bool> advance(duration by) = 0;
  static constexpr std::size_t most_steps = 100000;
};

// Over `inner`, which outlives it and runs its callbacks. Both clocks begin together. `scale` > 0.
std::unique_ptr<clocked_runtime> make_clocked_runtime(runtime& inner, double scale);

}  // namespace net
