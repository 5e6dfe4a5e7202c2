#include "stomp-client/blocking_client.hpp"

#include <stdexcept>

namespace stomp_client {

namespace {

// The connected client, or the reason why there is none.
struct made_client {
  std::unique_ptr<client> connected;
  std::string why;
};

net::task<made_client> open(net::runtime& rt, url to, options chosen) {
  std::string why;
  auto made = co_await client::connect(rt, std::move(to), std::move(chosen), why);
  if (!made) co_return made_client{nullptr, why};
  event first = co_await (*made)->next();
  if (first.what == event::kind::connected) co_return made_client{std::move(*made), {}};
  co_return made_client{nullptr, first.what == event::kind::error
                                     ? std::string(first.frame.get_or("message", "ERROR"))
                                     : first.reason};
}

// An empty text, or why the request did not succeed.
net::task<std::string> confirm(client& c, std::function<stomp::sent(client&)> request) {
  const stomp::sent sent = request(c);
  if (sent.error) co_return sent.error.message();
  if (sent.receipt_id.empty()) co_return std::string();
  event answer = co_await c.wait_receipt(sent.receipt_id);
  if (answer.what == event::kind::receipt) co_return std::string();
  if (answer.what == event::kind::error) {
    co_return std::string(answer.frame.get_or("message", "ERROR"));
  }
  co_return answer.reason;
}

net::task<event> next_message(client& c) {
  while (true) {
    event e = co_await c.next();
    if (e.what != event::kind::receipt) co_return std::move(e);
  }
}

}  // namespace

blocking_client::blocking_client(std::string_view text, options chosen, net::duration limit)
    : limit_(limit) {
  auto parsed = parse_url(text);
  if (auto* why = std::get_if<std::string>(&parsed)) {
    throw std::runtime_error(std::string(text) + ": " + *why);
  }
  const url to = std::get<url>(parsed);
  auto made = background_.call<made_client>(
      [&, to] { return open(background_.runtime(), to, chosen); }, limit);
  if (!made) throw std::runtime_error("cannot connect to " + to.authority() + ": timed out");
  if (!made->connected) {
    throw std::runtime_error("cannot connect to " + to.authority() + ": " + made->why);
  }
  client_ = std::move(made->connected);
}

blocking_client::~blocking_client() {
  disconnect();
  // The client dies where it lived.
  auto end = [](std::unique_ptr<client> last) -> net::task<int> {
    last.reset();
    co_return 0;
  };
  background_.call<int>([this, end] { return end(std::move(client_)); }, limit_);
}

bool blocking_client::settle(call request) {
  auto why = background_.call<std::string>([&] { return confirm(*client_, request); }, limit_);
  error_ = why ? *why : "timed out";
  return error_.empty();
}

bool blocking_client::send(const std::string& destination, const std::string& body,
                           const std::vector<stomp::header>& headers) {
  return settle([&](client& c) {
    return c.session().send(destination, body, headers, stomp::want_receipt::yes, c.now());
  });
}

bool blocking_client::subscribe(const std::string& destination, stomp::ack_mode mode,
                                const std::vector<stomp::header>& headers) {
  return settle([&](client& c) {
    return c.session().subscribe(destination, mode, headers, stomp::want_receipt::yes, c.now());
  });
}

bool blocking_client::ack(const stomp::frame& message) {
  return settle(
      [&](client& c) { return c.session().ack(message, {}, stomp::want_receipt::yes, c.now()); });
}

bool blocking_client::nack(const stomp::frame& message) {
  return settle(
      [&](client& c) { return c.session().nack(message, {}, stomp::want_receipt::yes, c.now()); });
}

std::optional<stomp::frame> blocking_client::next(net::duration limit) {
  auto e = background_.call<event>([this] { return next_message(*client_); }, limit);
  error_ = e ? e->reason : "timed out";
  if (!e || e->what != event::kind::message) {
    if (e && e->what == event::kind::error) error_ = e->frame.get_or("message", "ERROR");
    return std::nullopt;
  }
  return std::move(e->frame);
}

void blocking_client::disconnect() {
  auto end = [](client& c) -> net::task<int> {
    co_await c.disconnect(std::chrono::seconds(2));
    co_return 0;
  };
  background_.call<int>([this, end] { return end(*client_); }, limit_);
}

}  // namespace stomp_client
