#include "gateway/app/worker.hpp"

#include <algorithm>

#include "gateway/app/client_connection.hpp"
#include "gateway/app/frame_filter.hpp"
#include "gateway/app/goodbye.hpp"
#include "gateway/app/stomp_connection.hpp"
#include "gateway/config/tls_settings.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

// Connections that are being told 503; beyond, they are just closed.
constexpr std::size_t refusals_at_once = 32;

constexpr std::string_view changed_text = "configuration changed";

std::string_view to_string(net::serve_end end) {
  switch (end) {
    case net::serve_end::closed:
      return "closed";
    case net::serve_end::idle:
      return "idle";
    case net::serve_end::lost:
      return "lost";
    case net::serve_end::malformed:
      return "malformed";
    case net::serve_end::head_timeout:
      return "head-timeout";
    case net::serve_end::stalled:
      return "stalled";
    case net::serve_end::upgraded:
      return "upgraded";
  }
  return "unknown";
}

}  // namespace

// Gives a tunnel its timer and tells when it has ended.
class worker::tunnel_driver final : public tunnel_host {
 public:
  explicit tunnel_driver(net::runtime& rt) : rt_(rt), timer_(rt.make_timer()), ended_(rt) {}
  void set_deadline(net::duration after) override {
    timer_->start(rt_.now() + after, [this] { target_->on_deadline(); });
  }
  void tunnel_ended(tunnel_end) override {
    timer_->cancel();
    ended_.set();
  }
  void drive(tunnel& t) { target_ = &t; }
  net::event& ended() { return ended_; }

 private:
  net::runtime& rt_;
  std::unique_ptr<net::timer> timer_;
  net::event ended_;
  tunnel* target_ = nullptr;
};

std::string tag(std::uint64_t connection) { return "#" + std::to_string(connection) + " "; }

std::string identity_of(const running_config& config, const proxy& p) {
  std::string all = p.fingerprint;
  auto add = [&](const std::optional<tls_settings>& tls) {
    if (!tls) return;
    for (const std::string& path : files_of(*tls)) {
      const auto digest = config.opened.digests.find(path);
      if (digest != config.opened.digests.end()) all += digest->second;
    }
  };
  add(p.tls);
  if (p.target) add(p.target->tls);
  for (const std::size_t index : p.broker_tls) add(config.settings->broker_tls[index]);
  return all;
}

worker::worker(net::runtime& rt, net::log_sink& log, const worker_options& options)
    : rt_(rt),
      log_(log),
      started_with_(options),
      options_(options),
      console_(*this),
      services_{rt, log, element_counts_, &console_, this, options.host_name_of},
      pool_(rt),
      health_(rt, log),
      endings_(rt),
      connections_(rt, [this](std::exception_ptr failed) {
        note("connection-exception");
        try {
          std::rethrow_exception(failed);
        } catch (const std::exception& e) {
          log_.write(net::log_level::error, "connection", e.what());
        } catch (...) {
          log_.write(net::log_level::error, "connection", "unknown exception");
        }
      }) {}

worker::~worker() {
  endings_.cancel();
  ports_.clear();
  connections_.cancel();
}

void worker::start(std::shared_ptr<const running_config> config,
                   std::vector<std::unique_ptr<net::listener>> listeners) {
  take(std::move(config));
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    open(config_->settings->listeners[i].name, std::move(listeners[i]));
  }
}

void worker::open(const std::string& name, std::unique_ptr<net::listener> socket) {
  open_port& port = ports_[name];
  port.socket = std::move(socket);
  port.accepting = std::make_unique<net::task_group>(rt_);
  port.accepting->spawn(accept_loop(*port.socket, name));
}

std::optional<std::size_t> worker::listener_named(std::string_view name) const {
  const auto& all = config_->settings->listeners;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return i;
  }
  return std::nullopt;
}

void worker::reload(std::shared_ptr<const running_config> next,
                    std::map<std::string, std::unique_ptr<net::listener>> added) {
  if (draining_) return;
  pool_.close_all();
  take(std::move(next));
  std::erase_if(ports_, [this](const auto& port) { return !listener_named(port.first); });
  for (auto& [name, socket] : added) open(name, std::move(socket));
  std::vector<std::uint64_t> changed;
  for (const auto& [id, t] : tunnels_) {
    if (!is_current(t)) changed.push_back(id);
  }
  reload_problem_.clear();
  endings_.spawn(end_tunnels(std::move(changed), ws::close_code::restart, changed_text,
                             config_->settings->router.reload_grace));
}

// Makes `next` the configuration that counts. The counts of proxies go on by name.
void worker::take(std::shared_ptr<const running_config> next) {
  std::map<std::string_view, std::uint64_t> counts;
  if (config_) {
    for (const auto& p : config_->settings->proxies) counts[p->name] = proxy_counts_[p->index];
  }
  proxy_counts_.clear();
  identities_.clear();
  std::vector<std::string> names;
  for (const auto& p : next->settings->proxies) names.push_back(p->name);
  traffic_.keep(names);
  for (const auto& p : next->settings->proxies) {
    proxy_counts_.push_back(counts[p->name]);
    identities_.insert(identity_of(*next, *p));
  }
  config_ = std::move(next);
  apply(config_->settings->router);
  // One looks for all: what it finds is shared.
  if (peers_.empty() || peers_.front() == this) health_.watch(config_->settings);
}

bool worker::is_current(const open_tunnel& t) const {
  return t.config == config_ || identities_.count(identity_of(*t.config, *t.of)) > 0;
}

// What the file says replaces what the program was started with.
void worker::apply(const router_settings& router) {
  const router_settings unsaid;
  options_.http = started_with_.http;
  options_.upstream = started_with_.upstream;
  if (router.socket_timeout != unsaid.socket_timeout) {
    options_.http.idle_time = router.socket_timeout;
    options_.http.transfer_time = router.socket_timeout;
  }
  if (router.connect_timeout != unsaid.connect_timeout) {
    options_.upstream.connect = router.connect_timeout;
  }
  if (router.answer_timeout != unsaid.answer_timeout) {
    options_.upstream.answer = router.answer_timeout;
  }
  if (router.keep_alive != unsaid.keep_alive) options_.upstream.keep_alive = router.keep_alive;
  options_.upstream.forwarded_fields = router.forwarded_fields;
  options_.upstream.authorization = router.target_authorization;
  options_.upstream.proxy = router.proxy;
}

net::task<void> worker::accept_loop(net::listener& from, std::string name) {
  while (true) {
    auto accepted = co_await from.accept();
    if (!accepted) {
      // Out of descriptors, most likely: wait for some to come back instead of spinning.
      note("accept-failed");
      log_.write(net::log_level::error, "accept", accepted.error().message());
      co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(100));
      continue;
    }
    // A reload that takes the name away ends this loop.
    const std::size_t index = *listener_named(name);
    const listener_settings& listener = config_->settings->listeners[index];
    const auto per_address = config_->settings->router.connections_per_address;
    const auto known = per_address_.find((*accepted)->remote_endpoint().address);
    if (connections_.size() >= options_.max_connections) {
      note("connection-refused-limit");
      if (connections_.size() >= options_.max_connections + refusals_at_once) continue;
      connections_.spawn(refuse_connection(std::move(*accepted), listener, failure::unavailable));
    } else if (per_address && (known == per_address_.end() ? 0 : known->second) >= *per_address) {
      note("connection-refused-address");
      connections_.spawn(
          refuse_connection(std::move(*accepted), listener, failure::too_many_requests));
    } else {
      connections_.spawn(serve(std::move(*accepted), index));
    }
  }
}

// `listener` is looked at before the first wait only.
net::task<void> worker::refuse_connection(std::unique_ptr<net::stream> connection,
                                          const listener_settings& listener, failure why) {
  if (listener.tls || listener.kind == listener_kind::tls_names) co_return;
  const problem p = make_problem(why);
  if (listener.kind == listener_kind::stomp)
    co_return co_await refuse_stomp(rt_, std::move(connection), p);
  std::string busy = "HTTP/1.1 " + std::to_string(p.status) + " " +
                     std::string(net::reason_phrase(p.status)) +
                     "\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
  co_await say_goodbye(rt_, *connection, std::move(busy));
}

net::task<net::result<std::unique_ptr<net::stream>>> worker::secure(
    std::unique_ptr<net::stream> plain, std::shared_ptr<const net::tls_context> context,
    std::uint64_t id) {
  if (!context) co_return std::move(plain);
  std::string why;
  auto secured =
      co_await net::within(rt_, options_.tls_handshake,
                           net::tls_accept(rt_, std::move(plain), std::move(context), &why));
  if (!secured) {
    const bool late = secured.error() == net::errc::timed_out;
    note(late ? "tls-timeout" : "tls-failed");
    log_.write(net::log_level::info, "tls",
               tag(id) + "handshake failed: " + (why.empty() ? secured.error().message() : why));
  }
  co_return std::move(secured);
}

// Counts a connection of an address as long as it lives.
class worker::address_count {
 public:
  address_count(std::map<std::string, std::size_t>& all, const std::string& address)
      : all_(all), place_(all.try_emplace(address, 0).first) {
    ++place_->second;
  }
  address_count(const address_count&) = delete;
  address_count& operator=(const address_count&) = delete;
  ~address_count() {
    if (--place_->second == 0) all_.erase(place_);
  }

 private:
  std::map<std::string, std::size_t>& all_;
  std::map<std::string, std::size_t>::iterator place_;
};

net::task<void> worker::serve(std::unique_ptr<net::stream> connection, std::size_t index) {
  const address_count counted(per_address_, connection->remote_endpoint().address);
  const std::uint64_t id = rt_.next_connection_id();
  // `index` is this configuration's; a reload may come while the handshake goes on.
  const auto config = config_;
  std::shared_ptr<const net::tls_context> context;
  const auto found = config->opened.servers.find(index);
  if (found != config->opened.servers.end()) context = found->second;
  auto secured = co_await secure(std::move(connection), std::move(context), id);
  if (!secured) co_return;
  const net::tls_info* tls = (*secured)->tls();
  if (tls && !tls->client_subject.empty())
    log_.write(net::log_level::info, "tls", tag(id) + "client certificate " + tls->client_subject);
  auto tapped = net::tapped(rt_, std::move(*secured), net::leg::client, id);
  const listener_settings& listener = config->settings->listeners[index];
  client_connection service(*this, config, index, *tapped, id);
  std::string_view end;
  switch (listener.kind) {
    case listener_kind::http:
      end = to_string(co_await net::serve_http(rt_, std::move(tapped), service, options_.http));
      break;
    case listener_kind::stomp: {
      const stomp_end told =
          co_await serve_stomp(rt_, std::move(tapped), service, options_.first_words);
      end = told.reason;
      if (!told.detail.empty())
        log_.write(net::log_level::info, "stomp", tag(id) + printable(told.detail));
      break;
    }
    case listener_kind::tls_names:
      end = co_await forward_tls(listener.name, std::move(tapped), id);
      break;
  }
  note("connection-" + std::string(end));
  if (log_.enabled(net::log_level::debug)) {
    log_.write(net::log_level::debug, "connection", tag(id) + std::string(end));
  }
}

net::task<void> worker::run_tunnel(std::shared_ptr<tunnel_parts> parts,
                                   std::unique_ptr<net::stream> client, std::string early) {
  const std::string client_name = "/" + net::to_string(client->remote_endpoint());
  tunnel_driver driver(rt_);
  std::unique_ptr<frame_filter> filter;
  if (parts->frames && !parts->frames->empty())
    filter = std::make_unique<frame_filter>(*parts->frames, parts->facts, services_);
  tunnel_options options = options_.tunnel;
  if (parts->protocol != "websocket") options.content = tunnel_content::octets;
  tunnel pumps(*client, *parts->upstream, driver, options, filter.get());
  driver.drive(pumps);
  pump_registry::registration listed(
      pumps_, {parts->id, parts->protocol, client_name, parts->server_name, parts->of->name,
               rt_.wall_now(), rt_.now(), &pumps});
  struct membership {
    std::map<std::uint64_t, open_tunnel>& all;
    std::uint64_t id;
    ~membership() { all.erase(id); }
  } member{tunnels_, parts->id};
  const open_tunnel& mine = tunnels_[parts->id] = {&pumps, parts->config, parts->of};

  pumps.start(std::move(parts->client_first) + early, std::move(parts->upstream_early));
  if (draining_) pumps.shut_down(ws::close_code::going_away, "shutting down");
  // The 101 may have been on its way while a reload looked at the tunnels.
  if (!is_current(mine)) pumps.shut_down(ws::close_code::restart, changed_text);
  co_await driver.ended();
  tunnel_traffic& octets = traffic_.tunnels[parts->of->name];
  octets.to_server += pumps.client_to_server_bytes();
  octets.to_client += pumps.server_to_client_bytes();
  const std::string reason(to_string(pumps.end_reason()));
  note("tunnel-" + reason);
  log_.write(net::log_level::info, "tunnel",
             tag(parts->id) + client_name + " - " + parts->server_name + " " + reason +
                 " sent=" + std::to_string(pumps.client_to_server_bytes()) +
                 " received=" + std::to_string(pumps.server_to_client_bytes()));
}

// Spread, so that thousands of browsers do not reconnect in the same instant.
net::task<void> worker::end_tunnels(std::vector<std::uint64_t> ids, ws::close_code code,
                                    std::string_view reason, net::duration limit) {
  if (ids.empty()) co_return;
  const net::duration step =
      std::min<net::duration>(limit / 2 / std::int64_t(ids.size()), std::chrono::milliseconds(5));
  for (const std::uint64_t id : ids) {
    const auto found = tunnels_.find(id);
    if (found == tunnels_.end()) continue;
    found->second.pumps->shut_down(code, reason);
    co_await net::wait_until(rt_, rt_.now() + step);
  }
}

net::task<void> worker::drain(net::duration limit) {
  const net::time_point end = rt_.now() + limit;
  draining_ = true;
  health_.stop();
  pool_.stop();
  ports_.clear();
  std::vector<std::uint64_t> open;
  for (const auto& [id, t] : tunnels_) open.push_back(id);
  auto ending = end_tunnels(std::move(open), ws::close_code::going_away, "shutting down", limit);
  co_await ending;
  while ((busy_ > 0 || !tunnels_.empty()) && rt_.now() < end) {
    co_await net::wait_until(rt_, std::min(end, rt_.now() + std::chrono::milliseconds(20)));
  }
  connections_.cancel();
}

std::uint64_t worker::count(const std::string& name) const {
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

// Collects from every worker; one that does not answer within a second is left out.
template <class T>
net::task<std::vector<std::vector<T>>> worker::gather(std::vector<T> (*collect)(worker&)) {
  struct state {
    explicit state(net::runtime& rt) : complete(rt) {}
    std::vector<std::vector<T>> parts;
    std::size_t missing = 0;
    net::event complete;
  };
  auto shared = std::make_shared<state>(rt_);
  shared->parts.push_back(collect(*this));
  for (worker* peer : peers_) {
    if (peer == this) continue;
    ++shared->missing;
    peer->rt_.post_from_any_thread([peer, shared, collect, home = &rt_] {
      home->post_from_any_thread([shared, part = collect(*peer)]() mutable {
        shared->parts.push_back(std::move(part));
        if (--shared->missing == 0) shared->complete.set();
      });
    });
  }
  auto timeout = rt_.make_timer();
  timeout->start(rt_.now() + std::chrono::seconds(1), [shared] { shared->complete.set(); });
  if (shared->missing > 0) co_await shared->complete;
  co_return std::move(shared->parts);
}

net::task<std::vector<pump_row>> worker::pumps() {
  auto parts = co_await gather<pump_row>([](worker& w) { return w.pumps_.rows(w.rt_.now()); });
  std::vector<pump_row> all;
  for (auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const pump_row& a, const pump_row& b) { return a.created < b.created; });
  co_return std::move(all);
}

net::task<std::vector<std::uint64_t>> worker::proxy_counts() {
  auto parts = co_await gather<std::uint64_t>([](worker& w) { return w.proxy_counts_; });
  std::vector<std::uint64_t> sum;
  for (const auto& part : parts) {
    sum.resize(std::max(sum.size(), part.size()));
    for (std::size_t i = 0; i < part.size(); ++i) sum[i] += part[i];
  }
  co_return std::move(sum);
}

// What this worker counted, with what is under way.
traffic worker::counted() {
  traffic all = traffic_.snapshot();
  for (const auto& [id, t] : tunnels_) {
    tunnel_traffic& sum = all.tunnels[t.of->name];
    ++sum.open;
    sum.to_server += t.pumps->client_to_server_bytes();
    sum.to_client += t.pumps->server_to_client_bytes();
  }
  all.events = counts_;
  all.events["element-failure"] = element_counts_.element_failures;
  all.events["exchange-aborted"] = element_counts_.aborted;
  all.events["unauthorized"] = element_counts_.unauthorized;
  all.events["forbidden"] = element_counts_.forbidden;
  all.events["body-too-large"] = element_counts_.too_large;
  all.events["file-served"] = element_counts_.files_served;
  all.events["no-node"] = element_counts_.no_node;
  all.events["notification-refused"] = element_counts_.notifications_refused;
  all.events["replacing-refused"] = element_counts_.replacing_refused;
  all.events["rate-limited"] = element_counts_.rate_limited;
  all.events["rate-limit-overflow"] = element_counts_.rate_overflows;
  all.events["throttled"] = element_counts_.throttled;
  return all;
}

net::task<std::string> worker::prometheus(const std::vector<std::uint32_t>& buckets) {
  auto parts =
      co_await gather<traffic>([](worker& w) { return std::vector<traffic>{w.counted()}; });
  traffic sum;
  for (const auto& part : parts)
    for (const traffic& t : part) sum.add(t);
  for (const auto& b : *config_->settings->balancers)
    for (const balancer_node& n : b->nodes())
      sum.nodes.push_back({b->name(), n.cluster, host_and_port(n.to),
                           is_available(*n.state, rt_.now()), n.state->connections});
  std::vector<running_rule> rules;
  for (const auto& p : config_->settings->proxies) {
    rules.push_back({p->name});
    const auto shown = config_->opened.validities.find(p->index);
    if (shown == config_->opened.validities.end()) continue;
    rules.back().certificate = running_rule::times{shown->second.from, shown->second.until};
  }
  co_return prometheus_text(sum, rules, buckets);
}

}  // namespace gateway
