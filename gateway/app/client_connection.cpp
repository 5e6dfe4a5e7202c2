#include "gateway/app/client_connection.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/config/tls_settings.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/script.hpp"
#include "gateway/core/stomp_login.hpp"

namespace gateway {

namespace {

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

// Whether another attempt may do better.
bool may_pass(const upstream_answer& got, const router_settings& router) {
  if (got.failed) return got.failed->why == failure::connection_lost;
  const int status = got.answer.response.status;
  if (status == 408) return true;
  return router.retry_on_5xx &&
         ((status >= 502 && status <= 504) || status == 500 || status == 507);
}

// TRACE and OPTIONS say how many servers they may pass (RFC 9110 7.6.2). The answer when that is
// none, or no number; else counts ourselves.
std::optional<net::http_response> count_forward(net::http_request& request) {
  if (request.method != "TRACE" && request.method != "OPTIONS") return std::nullopt;
  const auto field = request.headers.joined("Max-Forwards");
  if (!field) return std::nullopt;
  unsigned left = 0;
  const auto read = std::from_chars(field->data(), field->data() + field->size(), left);
  if (read.ec != std::errc{} || read.ptr != field->data() + field->size()) {
    return problem_response(failure::bad_request, request, "Max-Forwards is not a number.");
  }
  if (left > 0) {
    request.headers.set("Max-Forwards", std::to_string(left - 1));
    return std::nullopt;
  }
  if (request.method == "TRACE") return problem_response(failure::method_not_allowed, request);
  net::http_response last;
  last.status = 204;
  return last;
}

// Internal proxies that one request may pass through.
constexpr unsigned most_internal = 16;

// Whether who got in at one listener would get in at the other: a connection must not outlive the
// rules it was let in by.
bool same_door(const running_config& a, std::size_t at_a, const running_config& b,
               std::size_t at_b) {
  if (a.settings->listeners[at_a].kind != b.settings->listeners[at_b].kind) return false;
  const auto tls_of = [](const running_config& c, std::size_t at) {
    const listener_settings& l = c.settings->listeners[at];
    return l.tls ? &*c.settings->proxies[l.proxies.front()]->tls : nullptr;
  };
  const tls_settings* x = tls_of(a, at_a);
  const tls_settings* y = tls_of(b, at_b);
  if (!x || !y) return x == y;
  if (!same_handshake(*x, *y)) return false;
  if (x->clients == client_auth::none) return true;
  const auto files = trust_files_of(*x);
  return std::all_of(files.begin(), files.end(), [&](const std::string& path) {
    return a.opened.digests.at(path) == b.opened.digests.at(path);
  });
}

bool upgrade_allowed(const exchange& ex) {
  return ex.upgrade == "tcp" ? ex.tcp_allowed : ex.websocket_allowed;
}

net::http_response upgrade_denied(const exchange& ex) {
  const std::string element = ex.upgrade == "tcp" ? "<tcp>" : "<webSocket>";
  return problem_response(failure::upgrade_denied, ex.request,
                          "No " + element + " element of this proxy permits the upgrade.");
}

outcome fail(exchange& ex, failure why, std::string detail = {}) {
  ex.response = problem_response(why, ex.request, std::move(detail));
  return outcome::abort;
}

// Takes away what only a trusted proxy may say of where a request came from. Before anything looks
// at it.
void drop_claims(net::http_request& request, const std::string& client,
                 const std::vector<address_range>& trusted) {
  for (const address_range& range : trusted)
    if (range.contains(client)) return;
  auto& fields = request.headers.fields();
  std::erase_if(fields, [](const net::header_field& f) {
    constexpr std::string_view prefix = "X-Forwarded-";
    return net::iequals(f.name, "Forwarded") ||
           net::iequals(std::string_view(f.name).substr(0, prefix.size()), prefix);
  });
}

// The test of an <api>. One that fails is not passed.
bool passes_test(exchange& ex, const proxy& p) {
  ex.path_parameters = path_parameters(p, ex.request.target);
  try {
    return p.test->test(ex, flow_direction::request);
  } catch (const script_failure& e) {
    ex.world.log.write(net::log_level::warning, "match",
                       tag(ex.connection.id) + p.name + ": the test failed: " + e.what());
    return false;
  }
}

// Octets of a request's body, as they are read where the size is not known; null without a body.
std::shared_ptr<std::uint64_t> count_request_body(net::http_request& request) {
  if (!request.body) return nullptr;
  if (const auto size = request.body->size()) return std::make_shared<std::uint64_t>(*size);
  auto count = std::make_shared<std::uint64_t>(0);
  request.body = counted_body(std::move(request.body), count);
  return count;
}

// Keeps the choice of a target until the body has been read.
std::unique_ptr<net::body_source> held_body(std::unique_ptr<net::body_source> body,
                                            std::shared_ptr<target_choice> choice) {
  class held final : public net::body_source {
   public:
    held(std::unique_ptr<net::body_source> of, std::shared_ptr<target_choice> choice)
        : of_(std::move(of)), choice_(std::move(choice)) {}
    net::task<net::result<std::string_view>> pull() override { return of_->pull(); }
    std::optional<std::uint64_t> size() const override { return of_->size(); }
    const net::header_list* trailer() const override { return of_->trailer(); }

   private:
    std::unique_ptr<net::body_source> of_;
    std::shared_ptr<target_choice> choice_;
  };
  return std::make_unique<held>(std::move(body), std::move(choice));
}

void set_method(net::http_request& request, const std::string& method) {
  request.method = method;
  if (method != "GET" && method != "HEAD") return;
  request.body = nullptr;
  request.headers.remove("Content-Type");
  request.headers.remove("Content-Length");
}

}  // namespace

// What <httpClient> calls.
class client_connection::destination_caller final : public target_caller {
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

client_connection::client_connection(worker& owner, std::shared_ptr<const running_config> config,
                                     std::size_t listener, const net::stream& connection,
                                     std::uint64_t id)
    : owner_(owner), config_(std::move(config)), listener_(listener) {
  facts_.id = id;
  facts_.client = connection.remote_endpoint();
  facts_.local = connection.local_endpoint();
  facts_.tls = connection.tls() != nullptr;
  if (facts_.tls) facts_.server_name = connection.tls()->server_name;
}

net::task<net::http_response> client_connection::handle(net::http_request& request) {
  if (!refresh()) {
    auto gone = problem_response(failure::misdirected, request, "The configuration has changed.");
    gone.close_connection = true;
    co_return std::move(gone);
  }
  const config& settings = *config_->settings;
  if (const auto& trusted = settings.router.trusted_proxies)
    drop_claims(request, facts_.client.address, *trusted);
  exchange ex(std::move(request), facts_, owner_.services_);
  ex.upgrade = wanted_upgrade(ex.request);
  const bool upgrade = !ex.upgrade.empty();
  const proxy* found = match(settings,
                             {settings.listeners[listener_].port, facts_.local.address,
                              ex.request.headers.get("Host"), ex.request.method, ex.request.target},
                             [&ex](const proxy& p) { return passes_test(ex, p); });
  if (!found) co_return problem_response(failure::no_matching_proxy, ex.request);
  ex.matched = found;
  // A test has filled them in already.
  if (!found->test) ex.path_parameters = path_parameters(*found, ex.request.target);
  ++owner_.proxy_counts_[found->index];
  if (auto last = count_forward(ex.request)) co_return std::move(*last);
  if (upgrade && ex.request.body) {
    co_return problem_response(failure::bad_request, ex.request,
                               "A handshake of another protocol has no body.");
  }
  co_return co_await answer(ex, *found, upgrade);
}

net::task<net::http_response> client_connection::connect_stomp(net::http_request& request,
                                                               std::string command) {
  if (!refresh())
    co_return problem_response(failure::misdirected, request, "The configuration has changed.");
  const config& settings = *config_->settings;
  exchange ex(std::move(request), facts_, owner_.services_);
  ex.stomp_command = std::move(command);
  // A port has one <stompProxy>.
  const proxy& found = *settings.proxies[settings.listeners[listener_].proxies.front()];
  ex.matched = &found;
  ++owner_.proxy_counts_[found.index];
  co_return co_await answer(ex, found, false);
}

net::task<net::http_response> client_connection::answer(exchange& ex, const proxy& found,
                                                        bool upgrade) {
  const net::time_point began = owner_.rt_.now();
  const auto request_octets = count_request_body(ex.request);
  call_state call{upgrade, {}};
  const outcome result = co_await pass(ex, found, call, 0);
  if (result == outcome::abort) ++owner_.element_counts_.aborted;
  if (upgrade && !upgrade_allowed(ex) && ex.response && ex.response->status < 300) {
    // Answered as a plain request: tell a WebSocket client what is missing instead.
    ex.response = upgrade_denied(ex);
  }
  if (!ex.response) ex.response = problem_response(failure::no_response, ex.request);
  record(ex, found, call, began, result != outcome::abort, request_octets);
  if (result == outcome::respond && ex.response->status == 101 && call.upstream.upgraded) {
    switch_protocols(ex, found, std::move(call));
  }
  co_return std::move(*ex.response);
}

void client_connection::record(exchange& ex, const proxy& found, const call_state& call,
                               net::time_point began, bool good,
                               const std::shared_ptr<std::uint64_t>& request_octets) {
  net::http_response& response = *ex.response;
  const net::time_point now = owner_.rt_.now();
  exchange_times times;
  times.total = now - began;
  times.called = call.called;
  times.request_flow = call.sent - began;
  times.target = call.answered - call.sent;
  times.response_flow = now - call.answered;
  owner_.traffic_.note_times(response.status, times);
  const auto& counts = owner_.traffic_.of(found.name, response.status);
  ++counts->count;
  if (!good) return;
  ++counts->good;
  counts->good_ms += static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(times.total).count());
  counts->request_octets += request_octets ? *request_octets : 0;
  if (!response.body) return;
  if (const auto size = response.body->size())
    counts->response_octets += *size;
  else
    response.body = counted_body(std::move(response.body),
                                 std::shared_ptr<std::uint64_t>(counts, &counts->response_octets));
}

net::http_response client_connection::refuse(const net::http_error& error) {
  owner_.note("refused-" + std::to_string(error.status));
  net::http_request unknown;
  problem p = make_problem(failure_of(error.status), error.detail);
  if (p.status != error.status) p.title = net::reason_phrase(error.status);
  p.status = error.status;
  return problem_response(p, unknown);
}

void client_connection::set_busy(bool busy) {
  owner_.busy_ += busy ? std::size_t(1) : std::size_t(-1);
}

// Requests go by the newest configuration. False when it would not have let this connection in.
bool client_connection::refresh() {
  if (config_ == owner_.config_) return true;
  const auto now = owner_.listener_named(config_->settings->listeners[listener_].name);
  if (!now || !same_door(*config_, listener_, *owner_.config_, *now)) return false;
  config_ = owner_.config_;
  listener_ = *now;
  return true;
}

// The flow of one proxy, what it leads to, and the way back. `depth` counts internal proxies.
net::task<outcome> client_connection::pass(exchange& ex, const proxy& p, call_state& call,
                                           unsigned depth) {
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
  result = co_await here.call(ex);
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
net::task<outcome> client_connection::go_on(exchange& ex, const proxy& p, call_state& call,
                                            unsigned depth) {
  if (!ex.stomp_command.empty()) co_return co_await call_broker(ex, call);
  if (call.upgrade && !upgrade_allowed(ex)) {
    ex.response = upgrade_denied(ex);
    co_return outcome::abort;
  }
  if (!ex.to && p.target && p.target->url) {
    ex.to = p.target->url->evaluate(ex);
    if (!ex.to) co_return fail(ex, failure::bad_destination);
    ex.to->tls |= p.target->to.tls;
    ex.to->adjust_host = p.target->to.adjust_host;
  }
  if (!ex.to) {
    co_return fail(ex, failure::no_response,
                   "No element of the proxy answered, and it has no <target>.");
  }
  if (p.target && !p.target->method.empty()) set_method(ex.request, p.target->method);
  if (ex.to->internal.empty()) co_return co_await call_target(ex, p, call);
  const proxy* next = find_internal(*config_->settings, ex.to->internal);
  if (!next) co_return fail(ex, failure::bad_destination);
  if (depth == most_internal) {
    co_return fail(ex, failure::element_failed, "The internal proxies go round in circles.");
  }
  if (ex.to->path) ex.request.target = *ex.to->path;
  co_return co_await pass(ex, *next, call, depth + 1);
}

net::task<outcome> client_connection::call_target(exchange& ex, const proxy& p, call_state& call) {
  const router_settings& router = config_->settings->router;
  // An element behind the balancer may have sent it elsewhere.
  if (ex.choice && ex.choice->current() != *ex.to) ex.choice.reset();
  const bool adjust_host = p.target ? p.target->to.adjust_host : router.adjust_host;
  if (ex.choice) ex.to->adjust_host = adjust_host;
  std::shared_ptr<const net::tls_context> tls;
  if (ex.to->tls) tls = tls_for(p);
  const bool repeatable = may_be_repeated(ex.request);
  const bool retried = repeatable && !call.upgrade;
  std::optional<net::header_list> fields;  // as they were, when it may be sent again
  if (retried || ex.choice) fields = ex.request.headers;
  call.sent = owner_.rt_.now();
  net::duration pause = router.retry_delay;
  unsigned retries = 0;
  while (true) {
    auto upstream =
        co_await call_upstream(ex, call.upgrade, tls, owner_.options_.upstream, owner_.pool_);
    if (upstream.reused) owner_.note(upstream.stale ? "upstream-stale" : "upstream-reused");
    bool again = go_elsewhere(ex, upstream, repeatable);
    if (again) ex.to->adjust_host = adjust_host;
    if (!again && retried && retries < router.retries && may_pass(upstream, router)) {
      ++retries;
      owner_.note("upstream-retried");
      co_await net::wait_until(owner_.rt_, owner_.rt_.now() + pause);
      pause *= router.retry_backoff;
      again = true;
    }
    if (again) {
      ex.request.headers = *fields;
      continue;
    }
    call.answered = owner_.rt_.now();
    call.called = true;
    if (upstream.failed) co_return failed(ex, *upstream.failed);
    if (ex.choice) ex.choice->answered(upstream.answer.response.status);
    ex.response = std::move(upstream.answer.response);
    if (ex.choice && ex.response->body)
      ex.response->body = held_body(std::move(ex.response->body), ex.choice);
    call.upstream = std::move(upstream.answer);
    call.shown_address = std::move(upstream.shown_address);
    co_return outcome::respond;
  }
}

// Whether the call goes to another node of the balancer now: what was not sent always may, what
// broke before its answer when it may be repeated.
bool client_connection::go_elsewhere(exchange& ex, const upstream_answer& got, bool repeatable) {
  if (!ex.choice || !got.failed || got.failed->by_client) return false;
  const upstream_failure& why = *got.failed;
  if (!why.unsent && why.why != failure::connection_lost) {
    ex.choice->unanswered();
    return false;
  }
  const net::time_point now = owner_.rt_.now();
  // That a connection of the pool was closed meanwhile says nothing of the node.
  if (why.unsent || !got.stale) ex.choice->failed(now);
  if (!why.unsent && !repeatable) return false;
  if (!ex.choice->next(now)) return false;
  ex.to = ex.choice->current();
  owner_.note("node-failed-over");
  owner_.log_.write(net::log_level::warning, "balancer",
                    tag(facts_.id) + why.detail + " Next is " + to_string(*ex.to));
  return true;
}

// The end of a <stompProxy>'s flow: a connection that waits for the first frame.
net::task<outcome> client_connection::call_broker(exchange& ex, call_state& call) {
  if (!ex.broker)
    co_return fail(ex, failure::no_response, "The flow did not come to a <stompClient>.");
  auto first = stomp_login_frame(ex.stomp_command, ex.request.headers);
  if (const auto* wrong = std::get_if<std::string_view>(&first))
    co_return fail(ex, failure::bad_request, "The first frame " + std::string(*wrong) + ".");
  const broker_settings& broker = *ex.broker;
  std::shared_ptr<const net::tls_context> tls;
  if (broker.tls) tls = config_->opened.brokers[*broker.tls];
  upstream_limits limits = owner_.options_.upstream;
  limits.connect = broker.connect.value_or(limits.connect);
  call.sent = owner_.rt_.now();
  auto opened = co_await open_upstream(owner_.rt_, broker.to, std::move(tls), limits, facts_.id);
  call.answered = owner_.rt_.now();
  call.called = true;
  if (opened.failed) co_return failed(ex, *opened.failed);
  ex.response = net::http_response{};
  ex.response->status = 101;
  call.upstream.upgraded = std::move(opened.connection);
  call.shown_address = std::move(opened.shown_address);
  call.client_first = std::get<std::string>(std::move(first));
  co_return outcome::respond;
}

outcome client_connection::failed(exchange& ex, const upstream_failure& why) {
  owner_.note(why.by_client ? "request-body-failed" : "upstream-failed");
  owner_.log_.write(net::log_level::warning, "upstream", tag(facts_.id) + why.detail);
  // Which hosts stand behind us is nobody's business in production.
  return fail(ex, why.why, config_->settings->router.production ? std::string() : why.detail);
}

std::shared_ptr<const net::tls_context> client_connection::tls_for(const proxy& found) const {
  const auto own = config_->opened.clients.find(found.index);
  if (own != config_->opened.clients.end()) return own->second;
  // Reading the system's certificates takes a while: only for those who need them.
  if (!owner_.default_client_) owner_.default_client_ = net::tls_context::client({});
  return owner_.default_client_;
}

void client_connection::switch_protocols(exchange& ex, const proxy& found, call_state call) {
  auto parts = std::make_shared<tunnel_parts>();
  parts->protocol = ex.upgrade.empty() ? std::string_view("STOMP") : ex.upgrade;
  parts->client_first = std::move(call.client_first);
  parts->upstream = std::move(call.upstream.upgraded);
  parts->upstream_early = std::move(call.upstream.early);
  parts->server_name = std::move(call.shown_address);
  parts->id = facts_.id;
  parts->config = config_;
  parts->of = &found;
  parts->frames = ex.frames;
  parts->facts = facts_;
  parts->choice = std::move(ex.choice);
  ex.response->on_upgrade = [this, parts](std::unique_ptr<net::stream> client, std::string early) {
    return owner_.run_tunnel(parts, std::move(client), std::move(early));
  };
}

}  // namespace gateway
