#include "gateway/app/application.hpp"

#include <csignal>
#include <cstdio>

#include "gateway/elements/registry.hpp"
#include "net/files.hpp"
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
  return load_config(source.text, builtin_elements(), options);
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

// Binds all listeners of `c`, learning the ports of --map-port FROM=0 on the way.
bool bind_all(net::runtime& rt, const config& c, const application_options& options,
              net::port_sharing sharing, port_map& ports, bind_result& out) {
  for (const listener_settings& l : c.listeners) {
    const net::endpoint at = address_of(l, options, ports);
    auto bound = rt.listen(at, sharing);
    if (!bound) {
      out.code = exit_code::cannot_bind;
      out.errors.push_back(in_use_hint(l, at, bound.error()));
      return false;
    }
    ports[l.written_port] = (*bound)->local_endpoint().port;
    out.value.listeners.push_back(std::move(*bound));
  }
  return true;
}

bind_result bind_source(net::runtime& rt, const config_text& source,
                        const application_options& options, net::port_sharing sharing) {
  bind_result out;
  port_map ports = final_ports(options);
  auto first = load(source, ports);
  if (!first.value) {
    out.code = exit_code::usage;
    out.errors = std::move(first.errors);
    return out;
  }
  auto opened = open_materials(*first.value, options.tickets);
  if (!opened.file_errors.empty()) out.code = exit_code::usage;
  if (!opened.tls_errors.empty()) out.code = exit_code::cannot_bind;
  out.errors = std::move(opened.tls_errors);
  out.errors.insert(out.errors.end(), opened.file_errors.begin(), opened.file_errors.end());
  if (!out.errors.empty()) return out;
  if (!bind_all(rt, *first.value, options, sharing, ports, out)) return out;

  auto running = std::make_shared<running_config>();
  // Loading is pure: the same text with the ports that were found loads again.
  running->settings = load(source, ports).value;
  running->opened = std::move(opened.value);
  out.value.config = std::move(running);
  return out;
}

// Everything of the running program.
class program {
 public:
  program(const application_options& options, net::log_sink& log) : options_(options), log_(log) {}

  exit_code run() {
    const config_text source = read_config(options_.config_file);
    if (!source.error.empty()) {
      print({source.error});
      return exit_code::usage;
    }
    const std::size_t limit = net::raise_descriptor_limit();
    options_.worker.max_connections =
        std::min(options_.worker.max_connections, limit > 2 * reserve ? (limit - reserve) / 2 : 16);
    if (const exit_code bound = bind(source); bound != exit_code::done) return bound;
    return serve();
  }

 private:
  exit_code bind(const config_text& source) {
    const unsigned threads = std::max(1u, options_.threads);
    for (unsigned i = 0; i < threads; ++i) {
      runtimes_.push_back(net::make_real_runtime());
      runtimes_.back()->number_connections(i, threads);
      const auto sharing = threads == 1 ? net::port_sharing::exclusive
                           : i == 0     ? net::port_sharing::first
                                        : net::port_sharing::next;
      auto bound = bind_source(*runtimes_[i], source, options_, sharing);
      if (bound.code != exit_code::done) {
        print(bound.errors);
        return bound.code;
      }
      // Further workers take the ports that the first one got.
      for (std::size_t l = 0; l < bound.value.listeners.size(); ++l) {
        options_.ports[bound.value.config->settings->listeners[l].written_port] =
            bound.value.listeners[l]->local_endpoint().port;
      }
      bound_.push_back(std::move(bound.value));
    }
    return exit_code::done;
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
    net::thread_set threads;
    for (std::size_t i = 1; i < runtimes_.size(); ++i) {
      threads.start([rt = runtimes_[i].get()] { rt->run(); });
    }
    runtimes_.front()->run();
    threads.join();
    // Workers die before their runtimes, on this thread, when nothing runs any more.
    workers_.clear();
    return code_;
  }

  void announce(const std::vector<net::ready_file::entry>& entries) {
    log_.write(
        net::log_level::info, "gateway",
        "Started " + std::to_string(bound_.front().config->settings->proxies.size()) + " proxies:");
    for (const auto& e : entries) {
      std::string names;
      for (const auto& name : e.proxies) names += (names.empty() ? "" : ", ") + name;
      log_.write(net::log_level::info, "gateway", "  " + names + " at " + e.url);
    }
    for (const certificate_end& end : bound_.front().config->opened.ends) {
      const end_notice notice = describe(end, runtimes_.front()->wall_now());
      log_.write(notice.level, "tls", notice.text);
    }
  }

  void watch_signals() {
    net::runtime& rt = *runtimes_.front();
    rt.on_signals({SIGTERM, SIGINT}, [this](int number) { stop(number); });
    rt.on_signals({SIGHUP}, [this](int) {
      log_.write(net::log_level::warning, "gateway",
                 "SIGHUP ignored: restart the gateway to load a changed configuration");
    });
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
  bool stopping_ = false;
  exit_code code_ = exit_code::done;
};

}  // namespace

exit_code test_config(const application_options& options) {
  const config_text source = read_config(options.config_file);
  if (!source.error.empty()) {
    print({source.error});
    return exit_code::usage;
  }
  auto loaded = load(source, final_ports(options));
  print(loaded.errors);
  if (!loaded.value) return exit_code::usage;
  auto opened = open_materials(*loaded.value);
  print(opened.tls_errors);
  print(opened.file_errors);
  const bool sound = opened.tls_errors.empty() && opened.file_errors.empty();
  return sound ? exit_code::done : exit_code::usage;
}

bind_result bind_gateway(net::runtime& rt, const std::string& text, const std::string& file_name,
                         const std::string& folder, const application_options& options,
                         net::port_sharing sharing) {
  return bind_source(rt, {text, file_name, folder, {}}, options, sharing);
}

std::vector<net::ready_file::entry> ready_entries(const bound_gateway& gateway) {
  std::vector<net::ready_file::entry> entries;
  const config& c = *gateway.config->settings;
  for (std::size_t i = 0; i < c.listeners.size(); ++i) {
    const listener_settings& l = c.listeners[i];
    net::ready_file::entry e{l.name, {}, gateway.listeners[i]->local_endpoint(), {}};
    for (const std::size_t index : l.proxies) e.proxies.push_back(c.proxies[index]->name);
    e.url =
        (l.tls ? "https://localhost:" : "http://localhost:") + std::to_string(e.bound.port) + "/";
    entries.push_back(std::move(e));
  }
  return entries;
}

exit_code run_gateway(const application_options& options, net::log_sink& log) {
  return program(options, log).run();
}

}  // namespace gateway
