// What the gateway's unit tests share: a world without sockets, a log that remembers, and a way to
// run a task to its end.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/config/config.hpp"
#include "gateway/core/exchange.hpp"
#include "gateway/core/flow.hpp"
#include "gateway/elements/registry.hpp"
#include "net/simulation.hpp"

namespace gateway::test {

class log_memory final : public net::log_sink {
 public:
  void write(net::log_level level, std::string_view component, std::string_view message) override {
    lines.emplace_back(message);
    levels.push_back(level);
    components.emplace_back(component);
  }
  bool enabled(net::log_level level) const override { return level >= lowest; }
  std::string text() const {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }
  std::vector<std::string> lines;
  std::vector<net::log_level> levels;
  std::vector<std::string> components;
  net::log_level lowest = net::log_level::debug;
};

// Everything an exchange needs.
struct world {
  net::simulation simulation;
  log_memory log;
  counters count;
  services all{simulation, log, count};
  connection_facts connection{.id = 7,
                              .client = {"127.0.0.1", 50000},
                              .local = {"127.0.0.1", 4443},
                              .tls = false,
                              .server_name = {}};
};

inline net::http_request make_request(std::string method = "GET", std::string target = "/",
                                      net::header_list headers = {}) {
  net::http_request r;
  r.method = std::move(method);
  r.target = std::move(target);
  r.headers = std::move(headers);
  return r;
}

// Runs `t` on the simulation until it ends; fails the test when it never does.
template <class T>
T run(world& w, net::task<T> t) {
  std::optional<T> value;
  std::exception_ptr error;
  net::task_group group(w.simulation, [&error](std::exception_ptr e) { error = e; });
  auto body = [](net::task<T> inner, std::optional<T>& out) -> net::task<void> {
    out.emplace(co_await inner);
  };
  group.spawn(body(std::move(t), value));
  w.simulation.run();
  if (error) std::rethrow_exception(error);
  if (!value) throw std::runtime_error("the task did not end");
  return std::move(*value);
}

inline std::string body_of(world& w, net::http_response& response) {
  auto all = run(w, net::read_all(response.body.get(), 16 * 1024 * 1024));
  return all ? *all : "error: " + all.error().message();
}

// Wraps the children of <router> in the usual envelope, in one line, so that line 2 of a test's
// text is line 2 of the file.
inline std::string envelope(const std::string& proxies) {
  return "<spring:beans xmlns:spring='http://www.springframework.org/schema/beans' "
         "xmlns='http://membrane-soa.org/proxies/1/'><router>\n" +
         proxies + "\n</router></spring:beans>\n";
}

inline load_result load(const std::string& text, const load_options& options = {}) {
  return load_config(text, builtin_elements(), options);
}
inline load_result load_proxies(const std::string& proxies, const load_options& options = {}) {
  return load(envelope(proxies), options);
}
// Loads and expects success.
inline std::shared_ptr<const config> must_load(const std::string& proxies,
                                               const load_options& options = {}) {
  auto result = load_proxies(proxies, options);
  for (const std::string& e : result.errors) ADD_FAILURE() << e;
  return result.value;
}
// Loads one proxy with the given flow.
inline std::shared_ptr<const config> must_load_flow(const std::string& elements,
                                                    const load_options& options = {}) {
  return must_load("<serviceProxy port='80'>" + elements + "</serviceProxy>", options);
}

}  // namespace gateway::test
