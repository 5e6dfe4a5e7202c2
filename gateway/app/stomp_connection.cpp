#include "gateway/app/stomp_connection.hpp"

#include "gateway/app/goodbye.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/stomp_login.hpp"

namespace gateway {

namespace {

// Of an answer of the flow that becomes an ERROR frame.
constexpr net::duration longest_answer = std::chrono::seconds(1);
constexpr std::size_t largest_answer = 64 * 1024;

problem no_login(std::string detail) {
  return {400, "STOMP login expected", {}, std::move(detail)};
}

net::task<net::result<stomp_login_reader::answer>> read_login(net::stream& from,
                                                              std::string& behind) {
  stomp_login_reader reader;
  std::string into(4096, '\0');
  while (true) {
    auto some = co_await net::read_some(from, into);
    if (!some) co_return some.error();
    std::string_view octets(into.data(), *some);
    auto answer = reader.feed(octets);
    if (!answer) continue;
    behind = octets;
    co_return std::move(*answer);
  }
}

// `why` and `login` are looked at before the first wait only.
net::task<void> send_error(net::runtime& rt, net::stream& to, const problem& why,
                           const stomp::frame* login) {
  co_await say_goodbye(rt, to, stomp_error_frame(why, login));
}

net::http_request request_of(const stomp::frame& login) {
  net::http_request request;
  request.method = "CONNECT";
  for (const stomp::header& h : login.headers) request.headers.add(h.name, h.value);
  return request;
}

// What the flow answered instead of leading to a broker.
net::task<problem> problem_of(net::runtime& rt, net::http_response& response) {
  const auto text =
      co_await net::within(rt, longest_answer, net::read_all(response.body.get(), largest_answer));
  problem why = parse_problem(response.status, text ? std::string_view(*text) : "");
  const auto type = response.headers.get("Content-Type").value_or("");
  if (text && type.starts_with("text/plain")) why.detail = *text;
  if (response.status < 300)
    why = {500, "No broker", {}, "The flow answered itself and did not come to a <stompClient>."};
  co_return why;
}

class busy_while {
 public:
  explicit busy_while(client_connection& service) : service_(service) { service_.set_busy(true); }
  busy_while(const busy_while&) = delete;
  busy_while& operator=(const busy_while&) = delete;
  ~busy_while() { service_.set_busy(false); }

 private:
  client_connection& service_;
};

// The answer of the flow; the connection is busy until it is there.
net::task<net::http_response> ask(client_connection& service, const stomp::frame& login) {
  const busy_while asking(service);
  net::http_request request = request_of(login);
  co_return co_await service.connect_stomp(request, login.command);
}

}  // namespace

net::task<stomp_end> serve_stomp(net::runtime& rt, std::unique_ptr<net::stream> connection,
                                 client_connection& service, net::duration limit) {
  std::string early;
  auto first = co_await net::within(rt, limit, read_login(*connection, early));
  if (!first && first.error() != net::errc::timed_out) co_return stomp_end{"lost"};
  if (!first) {
    const problem why = no_login("The first frame did not come in time.");
    co_await send_error(rt, *connection, why, nullptr);
    co_return stomp_end{"login-timeout", why.detail};
  }
  if (const auto* wrong = std::get_if<stomp_login_reader::refusal>(&*first)) {
    const problem why = no_login(wrong->text);
    co_await send_error(rt, *connection, why, nullptr);
    co_return stomp_end{"malformed", wrong->for_log};
  }
  const auto login = std::get<stomp::frame>(std::move(*first));
  auto response = co_await ask(service, login);
  if (response.on_upgrade) {
    co_await response.on_upgrade(std::move(connection), std::move(early));
    co_return stomp_end{"upgraded"};
  }
  const problem why = co_await problem_of(rt, response);
  co_await send_error(rt, *connection, why, &login);
  co_return stomp_end{"refused", std::to_string(why.status) + " " + why.title};
}

net::task<void> refuse_stomp(net::runtime& rt, std::unique_ptr<net::stream> connection,
                             problem why) {
  co_await send_error(rt, *connection, why, nullptr);
}

}  // namespace gateway
