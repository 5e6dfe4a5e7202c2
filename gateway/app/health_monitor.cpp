#include "gateway/app/health_monitor.hpp"

#include "net/http_client.hpp"

namespace gateway {

namespace {

// Empty: it is well.
net::task<net::result<std::string>> complaint_of(net::runtime& rt, const balancer_node& node,
                                                 std::shared_ptr<const net::tls_context> tls) {
  const destination& to = node.health ? *node.health : node.to;
  auto connection = co_await rt.connect(to.host, to.port);
  if (!connection) co_return connection.error();
  if (!node.health) co_return std::string();
  if (to.tls) connection = co_await net::tls_connect(rt, std::move(*connection), tls, to.host);
  if (!connection) co_return connection.error();
  net::http_request request;
  request.target = to.path.value_or("/");
  request.headers.add("Host", host_and_port(to));
  request.headers.add("Connection", "close");
  const net::http_client_options options;
  auto answer = co_await net::http_call(rt, std::move(*connection), request, options);
  if (!answer) co_return answer.error();
  const int status = answer->response.status;
  co_return status < 300 ? std::string() : "it answered " + std::to_string(status);
}

}  // namespace

health_monitor::health_monitor(net::runtime& rt, net::log_sink& log) : rt_(rt), log_(log) {}

health_monitor::~health_monitor() { stop(); }

void health_monitor::stop() { looks_.reset(); }

void health_monitor::watch(std::shared_ptr<const config> c) {
  stop();
  if (!c->health) {
    for (const auto& b : *c->balancers)
      for (const balancer_node& n : b->nodes()) n.state->healthy = true;
    return;
  }
  looks_ = std::make_unique<net::task_group>(rt_);
  looks_->spawn(look_again_and_again(std::move(c)));
}

net::task<void> health_monitor::look_again_and_again(std::shared_ptr<const config> c) {
  while (true) {
    for (const auto& b : *c->balancers)
      for (balancer_node& n : b->nodes())
        looks_->spawn(look_at(b->name(), std::move(n), c->health->timeout));
    co_await net::wait_until(rt_, rt_.now() + c->health->interval);
  }
}

net::task<void> health_monitor::look_at(std::string balancer, balancer_node node,
                                        net::duration limit) {
  if (node.health && node.health->tls && !tls_) tls_ = net::tls_context::client({});
  auto found = co_await net::within(rt_, limit, complaint_of(rt_, node, tls_));
  const std::string why = found ? *found : found.error().message();
  const bool healthy = why.empty();
  if (healthy) node.state->suspended_until = node_state::not_failing;
  if (node.state->healthy.exchange(healthy) == healthy) co_return;
  log_.write(
      healthy ? net::log_level::info : net::log_level::warning, "balancer",
      balancer + ": " + host_and_port(node.to) + (healthy ? " is back" : " is down: " + why));
}

}  // namespace gateway
