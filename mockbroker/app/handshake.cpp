#include "mockbroker/app/handshake.hpp"

#include <utility>

#include "net/websocket.hpp"
#include "ws/handshake.hpp"

namespace mockbroker {
namespace {

constexpr std::string_view subprotocols[] = {"v12.stomp", "v11.stomp", "v10.stomp"};

// What a servlet without pages says to plain HTTP.
net::http_response answer_servlet(std::string_view method) {
  if (method == "GET" || method == "HEAD") return net::make_response(200, "", "");
  if (method == "OPTIONS") {
    auto response = net::make_response(200, "", "");
    response.headers.add("Allow", "GET, HEAD, TRACE, OPTIONS");
    return response;
  }
  if (method == "TRACE") return net::make_response(403, "", "");
  return net::make_response(405, "text/html;charset=iso-8859-1",
                            "<html><head><title>Error 405</title></head><body><h2>HTTP ERROR 405"
                            "</h2></body></html>\n");
}

net::http_response answer_plain(std::string_view method, const profile& kind) {
  if (kind.answers_http) return answer_servlet(method);
  auto response = net::make_response(426, "text/plain; charset=utf-8",
                                     "This port speaks STOMP over WebSocket.\n");
  response.headers.add("Upgrade", "websocket");
  return response;
}

net::http_response refuse(const net::handshake_check& check, const profile& kind) {
  const bool is_version = check.status == 426;
  if (is_version && kind.ignores_websocket_versions) return answer_servlet("GET");
  const int status = kind.answers_http ? 400 : check.status;
  auto response = net::make_response(status, "text/plain; charset=utf-8", check.detail + "\n");
  if (is_version) response.headers.add("Sec-WebSocket-Version", "13");
  return response;
}

// The same fields in the product's order and letters.
void arrange(net::http_response& answer, const profile& kind, net::wall_time now) {
  if (kind.upgrade_headers.empty()) return;
  answer.headers.set("Upgrade", kind.upgrade_token);
  answer.headers.set("Date", net::http_date(now));
  net::header_list arranged;
  for (const std::string_view name : kind.upgrade_headers) {
    if (const auto value = answer.headers.get(name)) arranged.add(name, *value);
  }
  answer.headers = std::move(arranged);
}

}  // namespace

handshake answer_handshake(const net::http_request& request, const profile& kind,
                           net::wall_time now) {
  if (!request.headers.has_token("Upgrade", "websocket")) {
    return {answer_plain(request.method, kind)};
  }
  if (const auto check = net::check_websocket_request(request); check.status != 0) {
    return {refuse(check, kind)};
  }
  const std::string offered = request.headers.joined("Sec-WebSocket-Protocol").value_or("");
  const auto chosen = ws::choose_subprotocol(ws::split_tokens(offered),
                                             {std::begin(subprotocols), std::end(subprotocols)});
  if (!chosen && kind.insists_on_subprotocol) {
    return {net::make_response(500, "text/plain; charset=utf-8",
                               "selected a protocol not present in offered protocols\n")};
  }
  const std::string_view said = chosen ? std::string_view(*chosen) : kind.any_subprotocol;
  handshake made{net::make_websocket_response(request, said), true,
                 std::string(chosen.value_or(""))};
  arrange(made.answer, kind, now);
  return made;
}

}  // namespace mockbroker
