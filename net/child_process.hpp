// A program that runs beside this one, for harnesses. It is killed when this object goes, and when
// the thread that started it ends. It inherits no descriptor.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/types.hpp"

namespace net {

class child_process {
 public:
  struct options {
    std::string program{};  // a path
    std::vector<std::string> arguments{};
    std::string output{};  // file for its standard output and error; empty: they are dropped
  };
  // errc::not_found, errc::permission_denied, errc::other: it cannot be run.
  static result<std::unique_ptr<child_process>> start(const options& how);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  int pid() const noexcept { return pid_; }

  enum class waited { done, ended, timed_out };
  // Blocks until somebody has put the file `path` there by a rename (net::ready_file), the program
  // has ended, or `limit` has passed. Its folder exists.
  waited wait_for_file(const std::string& path, duration limit) const;
  // Blocks until it has ended: its exit code, or 128 and the number of the signal that ended it.
  // Nothing when `limit` has passed.
  std::optional<int> wait(duration limit);
  // Asks it to end (SIGTERM), as an operator does.
  void terminate() noexcept;
  // Ends it at once, and waits for that.
  void kill() noexcept;

 private:
  child_process(int pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}
  int pid_;
  int descriptor_;  // readable when it has ended
  std::optional<int> code_{};
};

}  // namespace net
