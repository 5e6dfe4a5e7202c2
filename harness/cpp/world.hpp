// Where a test runs: on the simulation, where time is virtual and nothing is left to chance, or on
// real sockets, with everything of ours on one thread behind the test's. The same calls work on
// both; what only a simulation can do says so. With programs the broker and the gateway are
// processes of their own, and only clients and what stands on the legs are in this one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/simulation.hpp"

namespace harness {

class world {
 public:
  virtual ~world() = default;
  virtual net::runtime& runtime() noexcept = 0;
  // The simulation, or null on sockets.
  virtual net::simulation* simulated() noexcept = 0;
  // The folder of the programs to run; nothing: broker and gateway are in this process.
  virtual std::optional<std::string> programs() const { return std::nullopt; }

  // Runs the task that `make` gives on the runtime's thread, and blocks until it has ended. False
  // when it did not: `limit` has passed (virtual time on the simulation), or, on the simulation,
  // nothing can happen any more. It is cancelled then. Exceptions of the task come out here.
  virtual bool run(const std::function<net::task<void>()>& make, net::duration limit) = 0;

  // The same with a result; nothing when it did not end.
  template <class T>
  std::optional<T> ask(const std::function<net::task<T>()>& make, net::duration limit) {
    std::optional<T> out;
    auto body = [](net::task<T> inner, std::optional<T>& into) -> net::task<void> {
      into.emplace(co_await inner);
    };
    run([&] { return body(make(), out); }, limit);
    return out;
  }
  // Runs `f` on the runtime's thread and blocks until it has.
  void call(const std::function<void()>& f);
};

std::unique_ptr<world> make_simulated_world(const net::simulation::options& how);
std::unique_ptr<world> make_socket_world();
// Sockets, and the programs of the folder `programs`. Empty: the one that PUMPHOUSE_BIN names, else
// the first of PATH that has a `mockbroker`; std::runtime_error when none has.
std::unique_ptr<world> make_process_world(std::string programs = {});

}  // namespace harness
