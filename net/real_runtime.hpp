// The runtime of production: one Asio io_context on one thread, TCP sockets, real clocks.
#pragma once

#include <map>
#include <string>

#include "net/runtime.hpp"

namespace net {

class real_runtime : public runtime {
 public:
  // Runs until stop(). Call from the thread that owns the runtime.
  virtual void run() = 0;
  // Ends run(), also one that has not begun yet; from any thread.
  virtual void stop() = 0;
  // The next line of standard input without its end; nothing when there is no more. Lines longer
  // than 1 MiB come in pieces. One call at a time.
  virtual task<std::optional<std::string>> next_input_line() = 0;
};
std::unique_ptr<real_runtime> make_real_runtime();

// Raises the soft limit of open files to the hard one; answers the number now in force.
std::size_t raise_descriptor_limit();
// Number of open descriptors of this process, for tests that look for leaks.
std::size_t open_descriptors();
// The same with what each is: "socket:[1234]", "/dev/null".
std::map<int, std::string> named_descriptors();

}  // namespace net
