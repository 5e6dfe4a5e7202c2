// Any text is refused with an offset that lies in it, or runs: to an end or a failure, within its
// bounds, and never leaves a message that could not be sent.
#include <cstdint>

#include "gateway/core/script.hpp"
#include "gateway_world.hpp"

namespace {

using fuzz::check;

void check_fields(const net::header_list& headers) {
  for (const net::header_field& f : headers.fields()) {
    check(f.value.find_first_of(std::string_view("\r\n\0", 3)) == f.value.npos);
  }
}

void run(const gateway::script& code, fuzz::world& world, bool response) {
  net::http_request request;
  request.method = "POST";
  request.target = "/a?x=1";
  request.headers = {{"Host", "localhost"}, {"X", "y"}};
  request.body = net::make_string_body("hello");
  gateway::exchange ex(std::move(request), world.connection, world.services);
  if (response) ex.response = net::make_response(200, "text/plain", "x");
  const auto where =
      response ? gateway::flow_direction::response : gateway::flow_direction::request;
  try {
    // Nothing in it waits: the bodies are there.
    check(net::at_once(world.runtime, code.run(ex, where, {{80, 8080}})).has_value());
  } catch (const gateway::script_failure& failed) {
    check(*failed.what() != '\0');
  }
  check(ex.properties.size() <= gateway::script_limits::properties);
  check(ex.request.target.find_first_of(std::string_view(" \r\n\0", 4)) == std::string::npos);
  check_fields(ex.request.headers);
  if (ex.response) check_fields(ex.response->headers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::world world;
  const std::string text(data, data + size);
  auto compiled = gateway::script::compile(text);
  if (const auto* error = std::get_if<gateway::expression_error>(&compiled)) {
    check(error->offset <= text.size());
    check(!error->message.empty());
    return 0;
  }
  run(std::get<gateway::script>(compiled), world, false);
  run(std::get<gateway::script>(compiled), world, true);
  return 0;
}
