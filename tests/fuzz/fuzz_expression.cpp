// Any text either compiles and evaluates, or gives an error whose offset lies in it; in each
// dialect.
#include <cstdint>

#include "gateway/core/expression.hpp"
#include "gateway/core/script.hpp"
#include "gateway_world.hpp"

namespace {

using fuzz::check;

// What an evaluation gives, failures included.
std::string outcome_of(const gateway::expression& e, const gateway::exchange& ex,
                       gateway::flow_direction where) {
  try {
    const bool truth = e.test(ex, where);
    return std::string(truth ? "true " : "false ") + gateway::to_text(e.evaluate(ex, where));
  } catch (const gateway::script_failure& failed) {
    return failed.what();
  }
}

void run(const std::string& text, gateway::expression_language language, fuzz::world& world) {
  auto compiled = gateway::expression::compile(text, language);
  if (const auto* error = std::get_if<gateway::expression_error>(&compiled)) {
    check(error->offset <= text.size());
    check(!error->message.empty());
    return;
  }
  net::http_request request;
  request.target = "/a/b?x=1&y=%20";
  request.headers = {{"Host", "localhost"}, {"Upgrade", "websocket"}, {"Cookie", "a=b; c=d"}};
  gateway::exchange ex(std::move(request), world.connection, world.services);
  const auto& e = std::get<gateway::expression>(compiled);
  outcome_of(e, ex, gateway::flow_direction::request);
  ex.response = net::make_response(200, "text/plain", "x");
  // Evaluation has no memory: twice the same answer. Only chance has its own mind.
  const std::string once = outcome_of(e, ex, gateway::flow_direction::response);
  check(text.find("weight") != text.npos ||
        once == outcome_of(e, ex, gateway::flow_direction::response));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::world world;
  const std::string text(data, data + size);
  for (const auto language :
       {gateway::expression_language::automatic, gateway::expression_language::spel,
        gateway::expression_language::groovy})
    run(text, language, world);
  return 0;
}
