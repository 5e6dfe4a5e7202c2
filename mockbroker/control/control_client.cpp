#include "mockbroker/control/control_client.hpp"

#include "net/http_client.hpp"

namespace mockbroker {

net::task<control_answer> call_control(net::runtime& rt, std::uint16_t port, std::string method,
                                       std::string path, std::string body) {
  auto connection = co_await rt.connect("127.0.0.1", port);
  if (!connection) {
    co_return control_answer{0, "cannot connect to port " + std::to_string(port) + ": " +
                                    connection.error().message() + "\n"};
  }
  net::http_request request;
  request.method = std::move(method);
  request.target = "/__mock/" + path;
  request.headers.add("Host", "127.0.0.1:" + std::to_string(port));
  if (!body.empty()) {
    request.headers.add("Content-Type", "application/json");
    request.body = net::make_string_body(std::move(body));
  }
  auto got = co_await net::http_call(rt, std::move(*connection), request, {});
  if (!got) co_return control_answer{-1, "no answer: " + got.error().message() + "\n"};
  auto text = co_await net::read_all(got->response.body.get(), std::size_t{64} << 20U);
  co_return control_answer{got->response.status, text ? *text : ""};
}

}  // namespace mockbroker
