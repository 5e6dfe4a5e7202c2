#include "gateway/app/worker.hpp"

#include <algorithm>
#include <set>

namespace gateway {

namespace {

// Connections that are being told 503; beyond, they are just closed.
constexpr std::size_t refusals_at_once = 32;

std::string tag(std::uint64_t id) { return "#" + std::to_string(id) + " "; }

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

failure failure_of(int status) {
  switch (status) {
    case 408:
      return failure::request_timeout;
    case 414:
      return failure::target_too_long;
    case 431:
      return failure::head_too_large;
    case 501:
      return failure::method_unknown;
    case 502:
      return failure::upstream_protocol;
    default:
      return failure::bad_request;
  }
}

// A request that may be sent again when its connection broke (RFC 9110 9.2.2).
bool is_idempotent(std::string_view method) {
  constexpr std::string_view all[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::find(std::begin(all), std::end(all), method) != std::end(all);
}

// Internal proxies that one request may pass through.
constexpr unsigned most_internal = 16;

}  // namespace

struct worker::tunnel_parts {
  std::unique_ptr<net::stream> upstream;
  std::string upstream_early;
  std::string server_name;
  std::string proxy_name;
  std::uint64_t id = 0;
  std::shared_ptr<const running_config> keep;
  const proxy* of = nullptr;  // in `keep`
};

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

// Answers the requests of one client connection.
class client_connection final : public net::http_service {
 public:
  client_connection(worker& owner, const net::stream& connection, std::size_t listener,
                    std::uint64_t id)
      : owner_(owner), config_(owner.config_), listener_(listener) {
    facts_.id = id;
    facts_.client = connection.remote_endpoint();
    facts_.local = connection.local_endpoint();
    facts_.tls = connection.tls() != nullptr;
    if (facts_.tls) facts_.server_name = connection.tls()->server_name;
  }

  net::task<net::http_response> handle(net::http_request& request) override {
    if (!refresh()) {
      auto gone = problem_response(failure::no_matching_proxy, request);
      gone.close_connection = true;
      co_return std::move(gone);
    }
    const config& settings = *config_->settings;
    const bool upgrade = wants_websocket(request);
    exchange ex(std::move(request), facts_, owner_.services_);
    const proxy* found =
        match(settings,
              {settings.listeners[listener_].port, facts_.local.address,
               ex.request.headers.get("Host"), ex.request.method, ex.request.target},
              [&ex](const proxy& p) { return p.test->test(ex, flow_direction::request); });
    if (!found) co_return problem_response(failure::no_matching_proxy, ex.request);
    ex.matched = found;
    ++owner_.proxy_counts_[found->index];
    if (upgrade && ex.request.body) {
      co_return problem_response(failure::bad_request, ex.request,
                                 "A WebSocket handshake has no body.");
    }
    call_state call{upgrade, {}};
    const outcome result = co_await pass(ex, *found, call, 0);
    if (upgrade && !ex.websocket_allowed && ex.response && ex.response->status < 300) {
      // Answered as a plain request: tell a WebSocket client what is missing instead.
      ex.response = upgrade_denied(ex.request);
    }
    if (!ex.response) co_return problem_response(failure::no_response, ex.request);
    if (result == outcome::respond && ex.response->status == 101 && call.upstream.upgraded) {
      switch_protocols(ex, *found, std::move(call));
    }
    co_return std::move(*ex.response);
  }

  net::http_response refuse(const net::http_error& error) override {
    owner_.note("refused-" + std::to_string(error.status));
    net::http_request unknown;
    auto response = problem_response(failure_of(error.status), unknown, error.detail);
    response.status = error.status;
    return response;
  }

  void set_busy(bool busy) override { owner_.busy_ += busy ? std::size_t(1) : std::size_t(-1); }

  std::uint64_t id() const { return facts_.id; }

 private:
  static net::http_response upgrade_denied(const net::http_request& request) {
    return problem_response(failure::upgrade_denied, request,
                            "No <webSocket> element of this proxy permits the upgrade.");
  }

  // Requests go by the newest configuration. False when it has no such port any more.
  bool refresh() {
    if (config_ == owner_.config_) return true;
    const auto now = owner_.listener_named(config_->settings->listeners[listener_].name);
    if (!now || owner_.config_->settings->listeners[*now].tls != facts_.tls) return false;
    config_ = owner_.config_;
    listener_ = *now;
    return true;
  }

  struct call_state {
    bool upgrade = false;
    net::http_answer upstream;  // holds the connection behind a 101
    std::string shown_address{};
  };

  // What <httpClient> calls.
  class destination_caller final : public target_caller {
   public:
    destination_caller(client_connection& owner, const proxy& p, call_state& call, unsigned depth)
        : owner_(owner), proxy_(p), call_(call), depth_(depth) {}
    net::task<outcome> call(exchange& ex) override {
      const outcome result = co_await owner_.go_on(ex, proxy_, call_, depth_);
      ex.caller = this;  // an internal proxy had its own
      co_return result;
    }

   private:
    client_connection& owner_;
    const proxy& proxy_;
    call_state& call_;
    unsigned depth_;
  };

  static outcome fail(exchange& ex, failure why, std::string detail = {}) {
    ex.response = problem_response(why, ex.request, std::move(detail));
    return outcome::abort;
  }

  // The flow of one proxy, what it leads to, and the way back. `depth` counts internal proxies.
  net::task<outcome> pass(exchange& ex, const proxy& p, call_state& call, unsigned depth) {
    ex.to.reset();
    if (p.target && !p.target->url) ex.to = p.target->to;
    destination_caller here(*this, p, call, depth);
    ex.caller = &here;
    outcome result = outcome::proceed;
    if (p.elements.waits()) {
      result = co_await p.elements.on_request(ex);
    } else {
      result = p.elements.request_now(ex);
    }
    if (result != outcome::proceed) co_return result;
    result = co_await go_on(ex, p, call, depth);
    ex.caller = &here;  // an internal proxy had its own
    if (result == outcome::abort) {
      co_await p.elements.on_abort(ex);
      co_return outcome::abort;
    }
    if (p.elements.waits()) {
      result = co_await p.elements.on_response(ex);
    } else {
      result = p.elements.response_now(ex);
    }
    co_return result == outcome::abort ? outcome::abort : outcome::respond;
  }

  // To the destination: the response, or a problem and abort.
  net::task<outcome> go_on(exchange& ex, const proxy& p, call_state& call, unsigned depth) {
    if (call.upgrade && !ex.websocket_allowed) {
      ex.response = upgrade_denied(ex.request);
      co_return outcome::abort;
    }
    if (!ex.to && p.target && p.target->url) {
      ex.to = p.target->url->evaluate(ex);
      if (!ex.to) co_return fail(ex, failure::bad_destination);
      ex.to->tls |= p.target->to.tls;
      ex.to->adjust_host = p.target->to.adjust_host;
    }
    if (!ex.to) co_return fail(ex, failure::no_response);
    if (p.target && !p.target->method.empty()) set_method(ex.request, p.target->method);
    if (ex.to->internal.empty()) co_return co_await call_target(ex, p, call);
    const proxy* next = find_internal(*config_->settings, ex.to->internal);
    if (!next || depth == most_internal) {
      co_return fail(ex, failure::element_failed, "The internal proxies go round in circles.");
    }
    if (ex.to->path) ex.request.target = *ex.to->path;
    co_return co_await pass(ex, *next, call, depth + 1);
  }

  static void set_method(net::http_request& request, const std::string& method) {
    request.method = method;
    if (method != "GET" && method != "HEAD") return;
    request.body = nullptr;
    request.headers.remove("Content-Type");
    request.headers.remove("Content-Length");
  }

  net::task<outcome> call_target(exchange& ex, const proxy& p, call_state& call) {
    const router_settings& router = config_->settings->router;
    std::shared_ptr<const net::tls_context> tls;
    if (ex.to->tls) tls = tls_for(p);
    const bool repeatable = !call.upgrade && !ex.request.body && is_idempotent(ex.request.method);
    const net::header_list headers = ex.request.headers;
    net::duration pause = router.retry_delay;
    for (unsigned attempt = 0;; ++attempt) {
      auto upstream = co_await call_upstream(ex, call.upgrade, tls, owner_.options_.upstream);
      if (repeatable && attempt < router.retries && may_pass(upstream, router)) {
        owner_.note("upstream-retried");
        co_await net::wait_until(owner_.rt_, owner_.rt_.now() + pause);
        pause *= router.retry_backoff;
        ex.request.headers = headers;
        continue;
      }
      if (upstream.failed) co_return failed(ex, *upstream.failed);
      ex.response = std::move(upstream.answer.response);
      call.upstream = std::move(upstream.answer);
      call.shown_address = std::move(upstream.shown_address);
      co_return outcome::respond;
    }
  }

  // Whether another attempt may do better.
  static bool may_pass(const upstream_answer& got, const router_settings& router) {
    if (got.failed) return got.failed->why == failure::connection_lost;
    const int status = got.answer.response.status;
    if (status == 408) return true;
    return router.retry_on_5xx &&
           ((status >= 502 && status <= 504) || status == 500 || status == 507);
  }

  outcome failed(exchange& ex, const upstream_failure& why) {
    owner_.note(why.by_client ? "request-body-failed" : "upstream-failed");
    owner_.log_.write(net::log_level::warning, "upstream", tag(facts_.id) + why.detail);
    // Which hosts stand behind us is nobody's business in production.
    return fail(ex, why.why, config_->settings->router.production ? std::string() : why.detail);
  }

  std::shared_ptr<const net::tls_context> tls_for(const proxy& found) const {
    const auto own = config_->opened.clients.find(found.index);
    if (own != config_->opened.clients.end()) return own->second;
    // Reading the system's certificates takes a while: only for those who need them.
    if (!owner_.default_client_) owner_.default_client_ = net::tls_context::client({});
    return owner_.default_client_;
  }

  void switch_protocols(exchange& ex, const proxy& found, call_state call) {
    auto parts = std::make_shared<worker::tunnel_parts>();
    parts->upstream = std::move(call.upstream.upgraded);
    parts->upstream_early = std::move(call.upstream.early);
    parts->server_name = std::move(call.shown_address);
    parts->proxy_name = found.name;
    parts->id = facts_.id;
    parts->keep = config_;
    parts->of = &found;
    ex.response->on_upgrade = [this, parts](std::unique_ptr<net::stream> client,
                                            std::string early) {
      return owner_.run_tunnel(parts, std::move(client), std::move(early));
    };
  }

  worker& owner_;
  std::shared_ptr<const running_config> config_;
  std::size_t listener_;
  connection_facts facts_;
};

std::string identity_of(const running_config& config, const proxy& p) {
  std::string all = p.fingerprint;
  auto add = [&](const std::optional<tls_settings>& tls) {
    if (!tls) return;
    for (const auto* store : {&tls->key_store, &tls->trust_store}) {
      if (!*store) continue;
      const auto digest = config.opened.digests.find((*store)->path);
      if (digest != config.opened.digests.end()) all += digest->second;
    }
  };
  add(p.tls);
  if (p.target) add(p.target->tls);
  return all;
}

worker::worker(net::runtime& rt, net::log_sink& log, const worker_options& options)
    : rt_(rt),
      log_(log),
      started_with_(options),
      options_(options),
      console_(*this),
      services_{rt, log, element_counts_, &console_},
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
  config_ = std::move(config);
  proxy_counts_.assign(config_->settings->proxies.size(), 0);
  apply(config_->settings->router);
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
  std::set<std::string> same;
  std::map<std::string, std::uint64_t> counts;  // go on where the name is known
  for (const auto& p : config_->settings->proxies) counts[p->name] = proxy_counts_[p->index];
  config_ = std::move(next);
  const config& now = *config_->settings;
  proxy_counts_.clear();
  for (const auto& p : now.proxies) {
    same.insert(identity_of(*config_, *p));
    proxy_counts_.push_back(counts[p->name]);
  }
  apply(now.router);
  std::erase_if(ports_, [this](const auto& port) { return !listener_named(port.first); });
  for (auto& [name, socket] : added) open(name, std::move(socket));
  std::vector<std::uint64_t> changed;
  for (const auto& [id, t] : tunnels_) {
    if (same.count(identity_of(*t.config, *t.of)) == 0) changed.push_back(id);
  }
  reload_problem_.clear();
  endings_.spawn(end_tunnels(std::move(changed), ws::close_code::restart, "configuration changed",
                             now.router.reload_grace));
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
  options_.upstream.forwarded_fields = router.forwarded_fields;
}

net::task<void> worker::accept_loop(net::listener& from, std::string name) {
  while (true) {
    auto accepted = co_await from.accept();
    // Once a reload has taken the name away, this loop is gone, too.
    const std::size_t index = *listener_named(name);
    if (!accepted) {
      // Out of descriptors, most likely: wait for some to come back instead of spinning.
      note("accept-failed");
      log_.write(net::log_level::error, "accept", accepted.error().message());
      co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(100));
      continue;
    }
    const bool tls = config_->settings->listeners[index].tls;
    const auto per_address = config_->settings->router.connections_per_address;
    const auto known = per_address_.find((*accepted)->remote_endpoint().address);
    if (connections_.size() >= options_.max_connections) {
      note("connection-refused-limit");
      if (connections_.size() >= options_.max_connections + refusals_at_once) continue;
      connections_.spawn(refuse_connection(std::move(*accepted), tls, "503 Service Unavailable"));
    } else if (per_address && (known == per_address_.end() ? 0 : known->second) >= *per_address) {
      note("connection-refused-address");
      connections_.spawn(refuse_connection(std::move(*accepted), tls, "429 Too Many Requests"));
    } else {
      connections_.spawn(serve(std::move(*accepted), index));
    }
  }
}

net::task<void> worker::refuse_connection(std::unique_ptr<net::stream> connection, bool tls,
                                          std::string status) {
  if (tls) co_return;
  const std::string busy =
      "HTTP/1.1 " + status + "\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
  // Reads what the client still says: closing on unread octets would reset the answer away.
  auto answer = [](net::runtime& rt, net::stream& to, std::string_view text) -> net::task<int> {
    if (co_await net::write_all(to, text)) co_return 0;
    to.shutdown_write();
    co_return co_await net::drop_rest(rt, to);
  };
  co_await net::with_deadline(rt_, rt_.now() + std::chrono::seconds(1),
                              answer(rt_, *connection, busy));
}

net::task<net::result<std::unique_ptr<net::stream>>> worker::secure(
    std::unique_ptr<net::stream> plain, std::size_t index, std::uint64_t id) {
  const auto context = config_->opened.servers.find(index);
  if (context == config_->opened.servers.end()) co_return std::move(plain);
  std::string why;
  auto secured = co_await net::within(
      rt_, options_.tls_handshake, net::tls_accept(rt_, std::move(plain), context->second, &why));
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
  auto secured = co_await secure(std::move(connection), index, id);
  if (!secured) co_return;
  auto tapped = net::tapped(rt_, std::move(*secured), net::leg::client, id);
  client_connection service(*this, *tapped, index, id);
  const auto end = co_await net::serve_http(rt_, std::move(tapped), service, options_.http);
  note("connection-" + std::string(to_string(end)));
  if (log_.enabled(net::log_level::debug)) {
    log_.write(net::log_level::debug, "connection", tag(id) + std::string(to_string(end)));
  }
}

net::task<void> worker::run_tunnel(std::shared_ptr<tunnel_parts> parts,
                                   std::unique_ptr<net::stream> client, std::string early) {
  const std::string client_name = "/" + net::to_string(client->remote_endpoint());
  tunnel_driver driver(rt_);
  tunnel pumps(*client, *parts->upstream, driver, options_.tunnel);
  driver.drive(pumps);
  pump_registry::registration listed(
      pumps_, {parts->id, client_name, parts->server_name, parts->proxy_name, rt_.wall_now(),
               rt_.now(), &pumps});
  struct membership {
    std::map<std::uint64_t, open_tunnel>& all;
    std::uint64_t id;
    ~membership() { all.erase(id); }
  } member{tunnels_, parts->id};
  tunnels_[parts->id] = {&pumps, parts->keep, parts->of};

  pumps.start(std::move(early), std::move(parts->upstream_early));
  if (draining_) pumps.shut_down(ws::close_code::going_away, "shutting down");
  co_await driver.ended();
  const std::string reason(to_string(pumps.end_reason()));
  note("tunnel-" + reason);
  log_.write(net::log_level::info, "tunnel",
             tag(parts->id) + client_name + " - " + parts->server_name + " " + reason +
                 " sent=" + std::to_string(pumps.client_to_server_bytes()) +
                 " received=" + std::to_string(pumps.server_to_client_bytes()));
}

// Spread, so that thousands of browsers do not reconnect in the same instant.
net::task<void> worker::end_tunnels(std::vector<std::uint64_t> ids, ws::close_code code,
                                    std::string reason, net::duration limit) {
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

}  // namespace gateway
