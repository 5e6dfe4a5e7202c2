// A frame-aware tunnel with <wsStompReassembler> and <wsLog>: whatever the octets and however they
// are cut, what goes on is RFC 6455 with one STOMP frame a message, and a refusal comes at the same
// place.
#include <cstdint>

#include "gateway/app/frame_filter.hpp"
#include "gateway/config/config.hpp"
#include "gateway/elements/registry.hpp"
#include "gateway_world.hpp"
#include "stomp/parser.hpp"

namespace {

using fuzz::check;

constexpr std::string_view file =
    "<s:beans xmlns:s='http://www.springframework.org/schema/beans' "
    "xmlns='http://membrane-soa.org/proxies/1/'><router><serviceProxy port='80'>"
    "<webSocket url='http://a/'><wsStompReassembler><groovy>"
    "if (exc.request.method == 'SEND') exc.request.body = '>' + exc.request.body"
    "</groovy></wsStompReassembler><wsLog/></webSocket>"
    "</serviceProxy></router></s:beans>";

struct result {
  std::string messages;  // without masks, which are chance
  int refused = 0;
  friend bool operator==(const result&, const result&) = default;
};

result relay(const gateway::frame_elements& elements, fuzz::world& world, std::string_view octets,
             std::size_t piece, gateway::frame_way way) {
  gateway::frame_filter filter(elements, world.connection, world.services);
  const bool to_server = way == gateway::frame_way::client_to_server;
  ws::message_reader reader({.self = to_server ? ws::role::server : ws::role::client});
  result all;
  while (!octets.empty() && all.refused == 0) {
    std::string out;
    const auto refusal = filter.feed(way, octets.substr(0, piece), out);
    octets.remove_prefix(std::min(piece, octets.size()));
    if (refusal) all.refused = static_cast<int>(refusal->code);
    std::string_view rest = out;
    while (auto event = reader.next(rest)) {
      check(!std::holds_alternative<ws::read_failure>(*event));
      if (const auto* m = std::get_if<ws::message>(&*event)) {
        check(m->payload == "\n" || m->payload.ends_with('\0'));
        all.messages += "m" + m->payload;
      } else {
        all.messages += "c" + std::get<ws::control>(*event).payload;
      }
    }
    check(reader.at_frame_boundary() || reader.close_seen());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::world world;
  static const auto loaded = gateway::load_config(file, gateway::builtin_elements(), {});
  check(loaded.value != nullptr);
  net::http_request request;
  request.headers = {{"Upgrade", "websocket"}};
  gateway::exchange ex(std::move(request), world.connection, world.services);
  loaded.value->proxies[0]->elements.request_now(ex);
  check(ex.frames && ex.frames->size() == 2);
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const auto way :
       {gateway::frame_way::client_to_server, gateway::frame_way::server_to_client}) {
    const result whole = relay(*ex.frames, world, octets, size + 1, way);
    check(relay(*ex.frames, world, octets, 1, way) == whole);
    check(relay(*ex.frames, world, octets, 5, way) == whole);
  }
  return 0;
}
