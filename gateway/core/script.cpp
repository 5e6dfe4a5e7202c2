#include "gateway/core/script.hpp"

#include "gateway/core/script_compiler.hpp"
#include "gateway/core/script_machine.hpp"

namespace gateway {

namespace {

using script_code::built_message;
using script_code::value;

// Whether the body is not what it says: compressed (RFC 9110 8.4). STOMP headers of that name tell
// a charset, which hides nothing.
bool is_encoded(const net::header_list& headers) {
  const std::string codings = headers.joined("Content-Encoding").value_or("");
  for (const std::string_view coding : {"gzip", "deflate", "br", "compress", "zstd"})
    if (codings.find(coding) != std::string::npos) return true;
  return false;
}

// Reads a body whole and puts a copy back.
net::task<std::string> take_body(const net::header_list& headers,
                                 std::unique_ptr<net::body_source>& body) {
  if (!body) co_return std::string();
  if (is_encoded(headers))
    throw script_failure(0, "the body is encoded; scripts read bodies as they are");
  auto all = co_await net::read_all(body.get(), script_limits::body);
  if (!all) throw script_failure(0, "the body cannot be read: " + all.error().message());
  body = net::make_string_body(*all);
  co_return std::move(*all);
}

void put_body(net::header_list& headers, std::unique_ptr<net::body_source>& body,
              std::string text) {
  if (is_encoded(headers)) headers.remove("Content-Encoding");
  // No body stays none: requests without one may be repeated.
  if (!body && text.empty()) return;
  body = net::make_string_body(std::move(text));
}

// What the answer of a script means for the flow.
outcome judge(script_code::machine& machine, bool response, const value& answer) {
  if (!machine.answered()) return outcome::proceed;
  if (machine.outcome_answered()) {
    const double code = std::get<double>(answer);
    return code == 1 ? outcome::respond : code == 2 ? outcome::abort : outcome::proceed;
  }
  if (const std::string* text = std::get_if<std::string>(&answer)) machine.put(response, *text);
  const auto* message = std::get_if<std::shared_ptr<built_message>>(&answer);
  if (!message) return outcome::proceed;
  machine.replace(**message);
  return (*message)->response ? outcome::respond : outcome::proceed;
}

}  // namespace

std::variant<script, expression_error> script::compile(std::string_view text) {
  try {
    script made;
    made.code_ = std::make_shared<script_code::program>(script_code::compile_script(text));
    return made;
  } catch (expression_error& e) {
    return std::move(e);
  }
}

bool script::reads_bodies() const noexcept {
  return code_->reads.request || code_->reads.response || code_->reads.current;
}

net::task<outcome> script::run(exchange& ex, flow_direction where, const port_map& ports) const {
  const bool response = where == flow_direction::response;
  std::string request_text;
  std::string response_text;
  if (code_->reads.request || (code_->reads.current && !response)) {
    auto reading = take_body(ex.request.headers, ex.request.body);
    request_text = co_await reading;
  }
  if (ex.response && (code_->reads.response || (code_->reads.current && response))) {
    auto reading = take_body(ex.response->headers, ex.response->body);
    response_text = co_await reading;
  }
  co_return apply(ex, where, ports, std::move(request_text), std::move(response_text));
}

outcome script::run_now(exchange& ex, flow_direction where, const port_map& ports) const {
  return apply(ex, where, ports, {}, {});
}

outcome script::apply(exchange& ex, flow_direction where, const port_map& ports,
                      std::string request_text, std::string response_text) const {
  script_code::bodies bodies{&request_text, &response_text};
  script_code::machine machine(*code_, ex, where, &ex, &bodies);
  const std::optional<destination> before = ex.to;
  const value answer = machine.run();
  const outcome result = judge(machine, where == flow_direction::response, answer);
  if (bodies.request_changed) put_body(ex.request.headers, ex.request.body, request_text);
  if (bodies.response_changed && ex.response)
    put_body(ex.response->headers, ex.response->body, response_text);
  // What the script set is as written, what was there is mapped already.
  if (ex.to && ex.to != before) ex.to->port = mapped_port(ports, ex.to->host, ex.to->port);
  return result;
}

}  // namespace gateway
