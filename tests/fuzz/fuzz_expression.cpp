// Any text either compiles and evaluates, or gives an error whose offset lies
// in it.
#include <cstdint>
#include <cstdlib>

#include "gateway/core/expression.hpp"
#include "net/simulation.hpp"

namespace {

class silent final : public net::log_sink {
 public:
  void write(net::log_level, std::string_view, std::string_view) override {}
  bool enabled(net::log_level) const override { return false; }
};

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static net::simulation runtime;
  static silent log;
  static gateway::counters count;
  static gateway::services world{runtime, log, count};
  static const gateway::connection_facts connection;

  const std::string text(data, data + size);
  auto compiled = gateway::expression::compile(text);
  if (const auto* error = std::get_if<gateway::expression_error>(&compiled)) {
    check(error->offset <= text.size());
    check(!error->message.empty());
    return 0;
  }
  net::http_request request;
  request.headers = {{"Host", "localhost"}, {"Upgrade", "websocket"}};
  gateway::exchange ex(std::move(request), connection, world);
  const auto& e = std::get<gateway::expression>(compiled);
  (void)e.test(ex, gateway::flow_direction::request);
  (void)gateway::to_text(e.evaluate(ex, gateway::flow_direction::response));
  ex.response = net::make_response(200, "text/plain", "x");
  // Evaluation has no memory: twice the same answer.
  check(e.test(ex, gateway::flow_direction::response) ==
        e.test(ex, gateway::flow_direction::response));
  return 0;
}
