#include "gateway/app/application.hpp"

#include <csignal>
#include <cstdio>
#include <set>

#include "gateway/app/file_watch.hpp"
#include "gateway/elements/registry.hpp"
#include "net/files.hpp"
#include "net/name_lookup.hpp"
#include "net/real_runtime.hpp"
#include "net/threads.hpp"

namespace gateway {

namespace {

constexpr std::size_t largest_config = 4 * 1024 * 1024;
// Descriptors kept back for the console, files and logs.
constexpr std::size_t reserve = 64;

struct config_text {
  std::string text, name, folder;
  std::string error;
};

config_text read_config(const std::string& file) {
  config_text out;
  const std::string absolute = net::join_path(net::current_folder(), file);
  out.folder = net::parent_folder(absolute);
  out.name = absolute.substr(absolute.rfind('/') + 1);
  auto text = net::read_file(absolute, largest_config);
  if (text) {
    out.text = std::move(*text);
  } else {
    out.error = file + ": " + text.error().message();
  }
  return out;
}

port_map final_ports(const application_options& options) {
  port_map ports;
  for (const auto& [from, to] : options.ports) {
    if (to != 0) ports[from] = to;
  }
  return ports;
}

load_result load(const config_text& source, const port_map& ports) {
  load_options options;
  options.file_name = source.name;
  options.folder = source.folder;
  options.ports = ports;
  options.environment = net::environment_variable;
  options.read_text = [](const std::string& path) {
    constexpr std::size_t largest = 1024 * 1024;
    return net::read_file(path, largest);
  };
  return load_config(source.text, builtin_elements(), options);
}

// A text that loads and whose files open, or all that is wrong.
struct checked_config {
  std::shared_ptr<const config> settings;
  materials opened;
  std::vector<std::string> errors;
  exit_code code = exit_code::done;
};

checked_config check(const config_text& source, const port_map& ports,
                     net::session_tickets tickets) {
  checked_config out;
  if (!source.error.empty()) {
    out.errors.push_back(source.error);
    out.code = exit_code::usage;
    return out;
  }
  auto loaded = load(source, ports);
  out.errors = std::move(loaded.errors);
  if (!loaded.value) {
    out.code = exit_code::usage;
    return out;
  }
  out.settings = std::move(loaded.value);
  auto opened = open_materials(*out.settings, tickets);
  if (!opened.file_errors.empty()) out.code = exit_code::usage;
  if (!opened.tls_errors.empty()) out.code = exit_code::cannot_bind;
  out.opened = std::move(opened.value);
  for (auto* some : {&opened.tls_errors, &opened.file_errors}) {
    out.errors.insert(out.errors.end(), some->begin(), some->end());
  }
  return out;
}

// What was checked, with the ports that were found since. Loading is pure, so the same text loads
// again.
std::shared_ptr<const running_config> make_running(checked_config from, const config_text& source,
                                                   const port_map& checked_with,
                                                   const port_map& ports) {
  auto running = std::make_shared<running_config>();
  running->settings = ports == checked_with ? std::move(from.settings) : load(source, ports).value;
  running->opened = std::move(from.opened);
  return running;
}

void print(const std::vector<std::string>& lines) {
  for (const auto& line : lines) std::fprintf(stderr, "%s\n", line.c_str());
}

// Names the address that was tried, and the port of the file where they differ.
std::string in_use_hint(const listener_settings& l, const net::endpoint& at,
                        std::error_code error) {
  const std::string all = at.address.empty() ? "*" : at.address;
  std::string text = "cannot listen on " + net::to_string({all, at.port});
  if (at.port != l.written_port)
    text += " (mapped from port " + std::to_string(l.written_port) + ")";
  text += ": " + error.message();
  if (error == net::errc::address_in_use) {
    text += "; find its owner with: ss -ltnp 'sport = :" + std::to_string(at.port) + "'";
  }
  if (error == net::errc::permission_denied && at.port < 1024) {
    text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
  }
  return text;
}

net::endpoint address_of(const listener_settings& l, const application_options& options,
                         const port_map& ports) {
  net::endpoint at{l.ip.empty() ? options.bind : l.ip, l.port};
  const auto wanted = options.ports.find(l.written_port);
  if (wanted == options.ports.end() || wanted->second != 0) return at;
  const auto known = ports.find(l.written_port);
  at.port = known == ports.end() ? 0 : known->second;
  return at;
}

// Binds one listener and learns its port.
net::result<std::unique_ptr<net::listener>> bind_one(net::runtime& rt, const listener_settings& l,
                                                     const application_options& options,
                                                     net::port_sharing sharing, port_map& ports,
                                                     std::vector<std::string>& errors) {
  const net::endpoint at = address_of(l, options, ports);
  auto bound = rt.listen(at, sharing);
  if (bound)
    ports[l.written_port] = (*bound)->local_endpoint().port;
  else
    errors.push_back(in_use_hint(l, at, bound.error()));
  return bound;
}

// Binds all listeners of `c`, learning the ports of --map-port FROM=0 on the way.
bool bind_all(net::runtime& rt, const config& c, const application_options& options,
              net::port_sharing sharing, port_map& ports, bind_result& out) {
  for (const listener_settings& l : c.listeners) {
    auto bound = bind_one(rt, l, options, sharing, ports, out.errors);
    if (!bound) {
      out.code = exit_code::cannot_bind;
      return false;
    }
    out.value.listeners.push_back(std::move(*bound));
  }
  return true;
}

// Binds the listeners of `c` that `running` does not have.
bool bind_added(net::runtime& rt, const config& c, const application_options& options,
                const running_config& running, net::port_sharing sharing, port_map& ports,
                rebind_result& out) {
  std::set<std::string_view> known;
  for (const listener_settings& l : running.settings->listeners) known.insert(l.name);
  for (const listener_settings& l : c.listeners) {
    if (known.count(l.name) > 0) continue;
    auto bound = bind_one(rt, l, options, sharing, ports, out.errors);
    if (!bound) {
      out.value.added.clear();
      return false;
    }
    out.value.added[l.name] = std::move(*bound);
  }
  return true;
}

rebind_result rebind_source(net::runtime& rt, const config_text& source,
                            const application_options& options, const running_config& running,
                            net::port_sharing sharing) {
  rebind_result out;
  port_map ports = final_ports(options);
  for (const listener_settings& l : running.settings->listeners) ports[l.written_port] = l.port;
  const port_map before = ports;
  auto next = check(source, before, options.tickets);
  out.errors = std::move(next.errors);
  if (!out.errors.empty()) return out;
  if (!bind_added(rt, *next.settings, options, running, sharing, ports, out)) return out;
  out.value.config = make_running(std::move(next), source, before, ports);
  adopt_balancers(*out.value.config->settings->balancers, *running.settings->balancers);
  return out;
}

bind_result bind_source(net::runtime& rt, const config_text& source,
                        const application_options& options, net::port_sharing sharing) {
  bind_result out;
  const port_map before = final_ports(options);
  port_map ports = before;
  auto first = check(source, before, options.tickets);
  out.code = first.code;
  out.errors = std::move(first.errors);
  if (!out.errors.empty()) return out;
  if (!bind_all(rt, *first.settings, options, sharing, ports, out)) return out;
  out.value.config = make_running(std::move(first), source, before, ports);
  return out;
}

// Everything of the running program.
class program {
 public:
  program(const application_options& options, net::log_sink& log) : options_(options), log_(log) {}

  exit_code run() {
    const config_text source = read_config(options_.config_file);
    const std::size_t limit = net::raise_descriptor_limit();
    options_.worker.host_name_of = net::system_host_name;
    options_.worker.max_connections =
        std::min(options_.worker.max_connections, limit > 2 * reserve ? (limit - reserve) / 2 : 16);
    if (const exit_code bound = bind(source); bound != exit_code::done) return bound;
    return serve();
  }

 private:
  // All workers run one configuration: limits and balancers count over all of them.
  exit_code bind(const config_text& source) {
    const unsigned threads = std::max(1u, options_.threads);
    for (unsigned i = 0; i < threads; ++i) {
      runtimes_.push_back(net::make_real_runtime());
      runtimes_.back()->number_connections(i, threads);
      auto bound = i == 0 ? bind_source(*runtimes_[0], source, options_, sharing_of(0)) : join(i);
      if (bound.code != exit_code::done) {
        print(bound.errors);
        return bound.code;
      }
      bound_.push_back(std::move(bound.value));
    }
    return exit_code::done;
  }

  // A further worker: what the first one runs, at the ports that it got.
  bind_result join(unsigned i) {
    bind_result out;
    out.value.config = bound_.front().config;
    const config& c = *out.value.config->settings;
    port_map ports = ports_of(c);
    bind_all(*runtimes_[i], c, options_, sharing_of(i), ports, out);
    return out;
  }

  static port_map ports_of(const config& c) {
    port_map ports;
    for (const listener_settings& l : c.listeners) ports[l.written_port] = l.port;
    return ports;
  }

  exit_code serve() {
    std::vector<worker*> all;
    for (auto& rt : runtimes_) {
      workers_.push_back(std::make_unique<worker>(*rt, log_, options_.worker));
      drains_.push_back(std::make_unique<net::task_group>(*rt));
      all.push_back(workers_.back().get());
    }
    const auto entries = ready_entries(bound_.front());
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->set_peers(all);
      all[i]->start(bound_[i].config, std::move(bound_[i].listeners));
    }
    announce(entries);
    watch_signals();  // before the ready file: who has read it may signal us
    net::ready_file ready;
    if (const auto error = ready.write(options_.ready_file, entries)) {
      print({options_.ready_file + ": " + error.message()});
      return exit_code::usage;
    }
    bound_.clear();  // or the first configuration would stay, with its keys
    net::thread_set threads;
    for (std::size_t i = 1; i < runtimes_.size(); ++i) {
      threads.start([rt = runtimes_[i].get()] { rt->run(); });
    }
    runtimes_.front()->run();
    threads.join();
    // Workers die before their runtimes, on this thread, when nothing runs any more.
    watched_.reset();
    reloads_.clear();
    workers_.clear();
    return code_;
  }

  void announce(const std::vector<net::ready_file::entry>& entries) {
    const std::size_t count = bound_.front().config->settings->proxies.size();
    log_.write(net::log_level::info, "gateway",
               "Started " + std::to_string(count) + (count == 1 ? " proxy:" : " proxies:"));
    for (const auto& e : entries) {
      std::string names;
      for (const auto& name : e.proxies) names += (names.empty() ? "" : ", ") + name;
      log_.write(net::log_level::info, "gateway", "  " + names + " at " + e.url);
    }
    tell_materials();
  }

  // What is odd about the file and its certificates, and when those will end.
  void tell_materials() {
    for (const std::string& warning : workers_.front()->current()->warnings)
      log_.write(net::log_level::warning, "config", warning);
    for (const std::string& warning : workers_.front()->running()->opened.warnings) {
      log_.write(net::log_level::warning, "tls", warning);
    }
    for (const certificate_end& end : workers_.front()->running()->opened.ends) {
      const end_notice notice = describe(end, runtimes_.front()->wall_now());
      log_.write(notice.level, "tls", notice.text);
    }
  }

  void watch_signals() {
    net::runtime& rt = *runtimes_.front();
    rt.on_signals({SIGTERM, SIGINT}, [this](int number) { stop(number); });
    rt.on_signals({SIGHUP}, [this](int) { reload("SIGHUP"); });
    watched_ = rt.make_timer();
    watch_files();
    look_at_files();
  }

  // The configuration file and the stores that it names.
  void watch_files() {
    std::vector<std::string> paths{net::join_path(net::current_folder(), options_.config_file)};
    for (const file_use& use : workers_.front()->current()->files) {
      if (use.purpose != file_purpose::folder) paths.push_back(use.path);
    }
    watch_.watch(std::move(paths));
  }

  void look_at_files() {
    net::runtime& rt = *runtimes_.front();
    watched_->start(rt.now() + watch_period, [this] {
      const bool wanted = workers_.front()->running()->settings->router.hot_deploy;
      const std::string changed = watch_.changed();
      if (!changed.empty() && wanted) reload(changed + " changed on disk");
      look_at_files();
    });
  }

  // The first worker loads, opens and binds what is new, then the others bind; only when all could,
  // all take over.
  void reload(const std::string& why) {
    if (stopping_) return;
    if (std::exchange(reloading_, true)) {
      reload_again_ = true;
      return;
    }
    log_.write(net::log_level::info, "gateway", "loading " + options_.config_file + ": " + why);
    reloads_.assign(workers_.size(), {});
    reloads_.front() = std::make_shared<rebind_result>(
        rebind_source(*runtimes_.front(), read_config(options_.config_file), options_,
                      *workers_.front()->running(), sharing_of(0)));
    reloads_missing_ = workers_.size() - 1;
    if (reloads_missing_ == 0 || !reloads_.front()->errors.empty()) return finish_reload();
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      runtimes_[i]->post_from_any_thread(
          [this, i, next = reloads_.front()->value.config] { prepare_reload(i, next); });
    }
  }

  // On worker i's thread.
  void prepare_reload(std::size_t i, const std::shared_ptr<const running_config>& next) {
    auto made = std::make_shared<rebind_result>();
    port_map ports = ports_of(*next->settings);
    bind_added(*runtimes_[i], *next->settings, options_, *workers_[i]->running(), sharing_of(i),
               ports, *made);
    made->value.config = next;
    reloads_[i] = made;  // its own slot; read once all have posted
    runtimes_.front()->post_from_any_thread([this] {
      if (--reloads_missing_ == 0) finish_reload();
    });
  }

  void finish_reload() {
    std::vector<std::string> errors;
    for (const auto& each : reloads_) {
      if (each && errors.empty()) errors = each->errors;
    }
    std::string problem;
    for (const auto& e : errors) problem += (problem.empty() ? "" : "\n") + e;
    if (!errors.empty()) {
      print(errors);
      log_.write(net::log_level::error, "gateway",
                 "the changed configuration was not loaded: " +
                     errors.front().substr(0, errors.front().find('\n')));
    }
    reloads_missing_ = workers_.size();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      runtimes_[i]->post_from_any_thread([this, i, problem] { take_over(i, problem); });
    }
  }

  // On worker i's thread: what it bound in vain is closed here, too.
  void take_over(std::size_t i, const std::string& problem) {
    const auto made = std::exchange(reloads_[i], nullptr);
    if (problem.empty()) {
      workers_[i]->reload(std::move(made->value.config), std::move(made->value.added));
    } else {
      if (made) made->value.added.clear();
      workers_[i]->set_reload_problem(problem);
    }
    runtimes_.front()->post_from_any_thread([this, loaded = problem.empty()] {
      if (--reloads_missing_ == 0) end_reload(loaded);
    });
  }

  void end_reload(bool loaded) {
    reloading_ = false;
    if (loaded) {
      watch_files();
      tell_materials();
      log_.write(net::log_level::info, "gateway", "runs by the changed configuration");
    }
    if (std::exchange(reload_again_, false)) reload("changed again");
  }

  net::port_sharing sharing_of(std::size_t i) const {
    if (std::max(1u, options_.threads) == 1) return net::port_sharing::exclusive;
    return i == 0 ? net::port_sharing::first : net::port_sharing::next;
  }

  void stop(int number) {
    code_ = number == SIGINT ? exit_code::interrupted : exit_code::done;
    if (std::exchange(stopping_, true)) {
      for (auto& rt : runtimes_) rt->stop();
      return;
    }
    log_.write(net::log_level::info, "gateway", "draining");
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      runtimes_[i]->post_from_any_thread([this, i] { drain(i); });
    }
  }

  void drain(std::size_t i) {
    auto run = [](worker& w, net::runtime& home, net::duration limit,
                  std::function<void()> drained) -> net::task<void> {
      co_await w.drain(limit);
      home.post_from_any_thread(std::move(drained));
    };
    drains_[i]->spawn(
        run(*workers_[i], *runtimes_.front(), options_.drain_time, [this] { on_drained(); }));
  }

  // All stop together: the first runtime hears the signals, so it must not end before the others.
  void on_drained() {
    if (++drained_ < workers_.size()) return;
    for (auto& rt : runtimes_) rt->stop();
  }

  application_options options_;
  net::log_sink& log_;
  std::vector<std::unique_ptr<net::real_runtime>> runtimes_;
  std::vector<bound_gateway> bound_;
  std::vector<std::unique_ptr<worker>> workers_;
  // One a worker, made before the threads start: each is then used by its own thread only.
  std::vector<std::unique_ptr<net::task_group>> drains_;
  std::size_t drained_ = 0;  // workers, counted on the first one
  // A reload under way; everything but a worker's own slot belongs to the first runtime.
  static constexpr net::duration watch_period = std::chrono::milliseconds(500);
  file_watch watch_;
  std::unique_ptr<net::timer> watched_;
  std::vector<std::shared_ptr<rebind_result>> reloads_;
  std::size_t reloads_missing_ = 0;
  bool reloading_ = false;
  bool reload_again_ = false;
  bool stopping_ = false;
  exit_code code_ = exit_code::done;
};

// As clients name it.
std::string_view scheme_of(const listener_settings& l) {
  switch (l.kind) {
    case listener_kind::http:
      break;
    case listener_kind::stomp:
      return l.tls ? "stomp+ssl" : "stomp";
    case listener_kind::tls_names:
      return "tls";
  }
  return l.tls ? "https" : "http";
}

}  // namespace

exit_code test_config(const application_options& options) {
  const auto checked =
      check(read_config(options.config_file), final_ports(options), options.tickets);
  print(checked.errors);
  if (checked.settings) print(checked.settings->warnings);
  return checked.errors.empty() ? exit_code::done : exit_code::usage;
}

bind_result bind_gateway(net::runtime& rt, const std::string& text, const std::string& file_name,
                         const std::string& folder, const application_options& options,
                         net::port_sharing sharing) {
  return bind_source(rt, {text, file_name, folder, {}}, options, sharing);
}

rebind_result rebind_gateway(net::runtime& rt, const std::string& text,
                             const std::string& file_name, const std::string& folder,
                             const application_options& options, const running_config& running,
                             net::port_sharing sharing) {
  return rebind_source(rt, {text, file_name, folder, {}}, options, running, sharing);
}

std::vector<net::ready_file::entry> ready_entries(const bound_gateway& gateway) {
  std::vector<net::ready_file::entry> entries;
  const config& c = *gateway.config->settings;
  for (std::size_t i = 0; i < c.listeners.size(); ++i) {
    const listener_settings& l = c.listeners[i];
    net::ready_file::entry e{l.name, {}, gateway.listeners[i]->local_endpoint(), {}};
    for (const std::size_t index : l.proxies) e.proxies.push_back(c.proxies[index]->name);
    e.url = std::string(scheme_of(l)) + "://localhost:" + std::to_string(e.bound.port) + "/";
    entries.push_back(std::move(e));
  }
  return entries;
}

exit_code run_gateway(const application_options& options, net::log_sink& log) {
  return program(options, log).run();
}

}  // namespace gateway
