#include "harness/cpp/world.hpp"

#include <sstream>
#include <stdexcept>

#include "net/background.hpp"
#include "net/files.hpp"

namespace harness {

namespace {

// A call that does not wait ends at once; only a runtime that is stuck takes as long.
constexpr net::duration call_limit = std::chrono::seconds(30);

net::task<void> guarded(net::task<void> inner, bool& ended, std::exception_ptr& failed) {
  try {
    co_await inner;
  } catch (...) {
    failed = std::current_exception();
  }
  ended = true;
}

class simulated_world final : public world {
 public:
  explicit simulated_world(const net::simulation::options& how) : sim_(how) {}
  net::runtime& runtime() noexcept override { return sim_; }
  net::simulation* simulated() noexcept override { return &sim_; }

  bool run(const std::function<net::task<void>()>& make, net::duration limit) override {
    bool ended = false;
    std::exception_ptr failed;
    const auto deadline = sim_.now() + limit;
    {
      net::task_group group(sim_);
      group.spawn(guarded(make(), ended, failed));
      sim_.run_until([&] { return ended || sim_.now() > deadline; });
    }
    if (failed) std::rethrow_exception(failed);
    return ended;
  }

 private:
  net::simulation sim_;
};

class socket_world : public world {
 public:
  net::runtime& runtime() noexcept override { return background_.runtime(); }
  net::simulation* simulated() noexcept override { return nullptr; }

  bool run(const std::function<net::task<void>()>& make, net::duration limit) override {
    // Shared with the task, which may outlive an attempt that took too long.
    auto failed = std::make_shared<std::exception_ptr>();
    auto body = [](net::task<void> inner,
                   std::shared_ptr<std::exception_ptr> why) -> net::task<bool> {
      bool ended = false;
      co_await guarded(std::move(inner), ended, *why);
      co_return ended;
    };
    const auto ended = background_.call<bool>([&] { return body(make(), failed); }, limit);
    if (ended && *failed) std::rethrow_exception(*failed);
    return ended.value_or(false);
  }

 private:
  net::background background_;
};

class process_world final : public socket_world {
 public:
  explicit process_world(std::string programs) : programs_(std::move(programs)) {}
  std::optional<std::string> programs() const override { return programs_; }

 private:
  std::string programs_;
};

std::string folder_of_programs() {
  if (const auto given = net::environment_variable("PUMPHOUSE_BIN")) return *given;
  std::istringstream path(net::environment_variable("PATH").value_or(""));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (net::stat_file(net::join_path(folder, "mockbroker"))) return folder;
  }
  throw std::runtime_error(
      "there is no program 'mockbroker' in PATH; PUMPHOUSE_BIN may name its folder");
}

}  // namespace

void world::call(const std::function<void()>& f) {
  auto body = [](const std::function<void()>& work) -> net::task<void> {
    work();
    co_return;
  };
  if (!run([&] { return body(f); }, call_limit)) {
    throw std::runtime_error("the runtime did not answer within 30 s");
  }
}

std::unique_ptr<world> make_simulated_world(const net::simulation::options& how) {
  return std::make_unique<simulated_world>(how);
}
std::unique_ptr<world> make_socket_world() { return std::make_unique<socket_world>(); }
std::unique_ptr<world> make_process_world(std::string programs) {
  return std::make_unique<process_world>(programs.empty() ? folder_of_programs()
                                                          : std::move(programs));
}

}  // namespace harness
