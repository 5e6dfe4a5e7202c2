#include "net/http_server.hpp"

#include <array>

namespace net {

namespace {

constexpr std::size_t read_size = 16 * 1024;

// State of one connection, shared between the loop and the body of the current request.
struct connection_state {
  runtime& rt;
  stream& channel;
  const http_server_options& options;
  std::string input;
  std::optional<http_parser> parser;
  bool lost = false;      // nobody is there to be answered
  http_error body_error;  // why the request's body ended early, if it did
  bool unasked = false;   // the client waits for a 100 that nobody has asked us to send
};

// Moves what is there behind `input`. Not a coroutine, so that an idle connection does not keep
// the buffer in its frame.
transfer append_some(stream& from, std::string& input) {
  std::array<char, read_size> scratch;
  const auto moved = from.try_read(scratch);
  input.append(scratch.data(), moved.size);
  return moved;
}

// Reads more octets into state.input, within `limit`.
task<std::error_code> read_more(connection_state& state, duration limit) {
  auto got = co_await within(state.rt, limit, [](connection_state& s) -> task<result<std::size_t>> {
    while (true) {
      auto [size, error] = append_some(s.channel, s.input);
      if (size > 0) co_return size;
      if (error != errc::would_block) co_return error;
      co_await readiness(s.channel, direction::read);
    }
  }(state));
  co_return got.error();
}

class request_body final : public body_source {
 public:
  explicit request_body(connection_state& state) : state_(state) {}

  task<result<std::string_view>> pull() override {
    if (std::exchange(state_.unasked, false)) {
      const auto error =
          co_await within(state_.rt, state_.options.transfer_time,
                          write_all(state_.channel, "HTTP/1.1 100 Continue\r\n\r\n"));
      if (error) {
        state_.lost = true;
        co_return error;
      }
    }
    while (true) {
      if (!state_.parser->consume(state_.input)) {
        state_.body_error = state_.parser->error();
        co_return errc::bad_message;
      }
      if (!state_.parser->body().empty()) co_return std::string_view(state_.parser->body());
      if (state_.parser->done()) co_return std::string_view{};
      const auto error = co_await read_more(state_, state_.options.transfer_time);
      if (error) co_return failed(error);
    }
  }
  std::optional<std::uint64_t> size() const override {
    return state_.parser->chunked() ? std::nullopt : state_.parser->content_length();
  }
  const header_list* trailer() const override { return &state_.parser->trailer(); }

 private:
  std::error_code failed(std::error_code error) {
    if (error == errc::timed_out) {
      state_.body_error = {408, "The request body made no progress."};
    } else if (error == errc::end_of_stream) {
      state_.body_error = {400, "The request body was cut off."};
      return errc::connection_lost;
    } else {
      state_.lost = true;
    }
    return error;
  }

  connection_state& state_;
};

// Skips what is left of a body; false when the connection cannot be used any more.
task<bool> skip_body(connection_state& state) {
  std::size_t skipped = 0;
  while (!state.parser->done()) {
    if (!state.parser->consume(state.input)) co_return false;
    skipped += state.parser->body().size();
    if (state.parser->done()) break;
    if (skipped > state.options.skip_limit) co_return false;
    if (co_await read_more(state, state.options.transfer_time)) co_return false;
  }
  co_return true;
}

// FIN, then read on briefly so that our last octets are not lost to a reset.
task<void> close_in_order(runtime& rt, stream& channel) {
  channel.shutdown_write();
  co_await with_deadline(rt, rt.now() + std::chrono::seconds(1), drop_rest(rt, channel));
  channel.close();
}

bool without_body(int status) { return status / 100 == 1 || status == 204 || status == 304; }

// Adds the framing header to `response`; answers whether the body goes out in chunks.
bool frame_response(http_response& response, bool http_1_1, bool head_only, bool& keep) {
  response.headers.remove("Transfer-Encoding");
  if (without_body(response.status)) {
    response.body = nullptr;
    // Only a 304 may say how long the body would be (RFC 9110 8.6).
    if (response.status != 304) response.headers.remove("Content-Length");
    return false;
  }
  std::optional<std::uint64_t> size = response.body ? response.body->size() : std::uint64_t(0);
  if (size) {
    if (!(head_only && response.headers.contains("Content-Length"))) {
      response.headers.set("Content-Length", std::to_string(*size));
    }
    return false;
  }
  if (head_only) return false;
  response.headers.remove("Content-Length");
  if (http_1_1) {
    response.headers.set("Transfer-Encoding", "chunked");
    return true;
  }
  keep = false;
  return false;
}

// Fetches a small body before its head goes out, so that one which fails can still be answered
// for; false when it did.
task<bool> gather_small(http_response& response, bool head_only) {
  if (!response.body || head_only || without_body(response.status)) co_return true;
  if (response.body->size().value_or(1 << 20) > read_size) co_return true;
  auto text = co_await read_all(response.body.get(), read_size);
  if (!text) co_return false;
  response.body = make_string_body(std::move(*text));
  co_return true;
}

void add_connection_fields(const connection_state& state, http_response& response, bool http_1_1,
                           bool keep) {
  if (response.status == 101) return;
  response.headers.remove("Connection");
  if (!keep) response.headers.add("Connection", "close");
  if (keep && !http_1_1) response.headers.add("Connection", "keep-alive");
  if (!response.headers.contains("Date")) {
    response.headers.add("Date", http_date(state.rt.wall_now()));
  }
}

// Writes `response`. A body until close that breaks off ends in a reset: nothing else tells it
// from a whole one.
task<std::error_code> write_response(connection_state& state, http_response& response,
                                     bool http_1_1, bool head_only, bool& keep) {
  const bool chunked = frame_response(response, http_1_1, head_only, keep);
  add_connection_fields(state, response, http_1_1, keep);
  std::string head = format_response_head(response);
  // Small bodies ride with the head: one write, one packet.
  const bool has_body = response.body && !head_only;
  if (has_body && !chunked && response.body->size().value_or(1 << 20) <= read_size) {
    auto text = co_await read_all(response.body.get(), read_size);
    if (!text) co_return text.error();
    head += *text;
    co_return co_await within(state.rt, state.options.transfer_time,
                              write_all(state.channel, head));
  }
  auto error =
      co_await within(state.rt, state.options.transfer_time, write_all(state.channel, head));
  if (error || !has_body) co_return error;
  error = co_await write_body(state.rt, state.channel, *response.body, chunked,
                              state.options.transfer_time);
  if (error && !chunked && !response.body->size()) state.channel.reset();
  co_return error;
}

struct head_outcome {
  std::optional<serve_end> end;
  std::optional<http_error> refused;
};

// Reads until the head of the next request is there.
task<head_outcome> read_head(connection_state& state) {
  state.parser.emplace(http_parser::kind::request, state.options.limits);
  std::optional<time_point> deadline;
  while (true) {
    if (!state.input.empty() && !state.parser->consume(state.input)) {
      co_return head_outcome{serve_end::malformed, state.parser->error()};
    }
    if (state.parser->has_head()) co_return head_outcome{};
    const bool started = state.parser->started();
    if (started && !deadline) deadline = state.rt.now() + state.options.head_time;
    const duration limit = started ? *deadline - state.rt.now() : state.options.idle_time;
    const auto error = co_await read_more(state, limit);
    if (error == errc::timed_out) {
      if (!started) co_return head_outcome{serve_end::idle, {}};
      co_return head_outcome{serve_end::head_timeout,
                             http_error{408, "The request head did not arrive in time."}};
    }
    if (error) {
      co_return head_outcome{
          error == errc::end_of_stream && !started ? serve_end::closed : serve_end::lost, {}};
    }
  }
}

// Answers that the message cannot be used, and ends the connection.
task<void> refuse(connection_state& state, http_service& service, const http_error& why) {
  http_response answer = service.refuse(why);
  bool keep = false;
  co_await write_response(state, answer, true, false, keep);
  co_await close_in_order(state.rt, state.channel);
}

// Hands the connection to the upgrade handler.
task<void> upgrade(std::unique_ptr<stream> connection, connection_state& state,
                   upgrade_handler handler) {
  std::string early = std::move(state.input);
  state.input.clear();
  state.parser.reset();
  co_await handler(std::move(connection), std::move(early));
}

// An expectation that nobody can promise to meet (RFC 9110 10.1.1).
bool has_unknown_expectation(const http_request& request) {
  const auto all = request.headers.joined("Expect");
  return all && !iequals(*all, "100-continue");
}

class busy_guard {
 public:
  explicit busy_guard(http_service& service) : service_(&service) { service.set_busy(true); }
  busy_guard(const busy_guard&) = delete;
  busy_guard& operator=(const busy_guard&) = delete;
  ~busy_guard() { end(); }
  void end() {
    if (auto* service = std::exchange(service_, nullptr)) service->set_busy(false);
  }

 private:
  http_service* service_;
};

}  // namespace

std::string format_request_head(const http_request& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& field : request.headers.fields()) {
    head += field.name + ": " + field.value + "\r\n";
  }
  return head + "\r\n";
}

std::string format_response_head(const http_response& response) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += response.reason.empty() ? reason_phrase(response.status) : response.reason;
  head += "\r\n";
  for (const auto& field : response.headers.fields()) {
    head += field.name + ": " + field.value + "\r\n";
  }
  return head + "\r\n";
}

namespace {

// One chunk, or the last one with the trailer behind it.
void frame_chunk(std::string_view bytes, const header_list* trailer, std::string& framed) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  framed.assign(size).append(bytes);
  if (bytes.empty() && trailer) {
    for (const auto& field : trailer->fields()) framed += field.name + ": " + field.value + "\r\n";
  }
  framed += "\r\n";
}

}  // namespace

task<std::error_code> write_body(runtime& rt, stream& to, body_source& body, bool chunked,
                                 duration progress_time) {
  std::string framed;
  for (unsigned pieces = 1;; ++pieces) {
    if (pieces % 16 == 0) co_await next_turn(rt);
    auto piece = co_await body.pull();
    if (!piece) co_return piece.error();
    const bool last = piece->empty();
    if (last && !chunked) co_return std::error_code{};
    std::string_view bytes = *piece;
    if (chunked) {
      frame_chunk(bytes, last ? body.trailer() : nullptr, framed);
      bytes = framed;
    }
    const auto error = co_await within(rt, progress_time, write_all(to, bytes));
    if (error || last) co_return error;
  }
}

task<serve_end> serve_http(runtime& rt, std::unique_ptr<stream> connection, http_service& service,
                           const http_server_options& options) {
  connection_state state{rt, *connection, options, {}, {}, false, {}, false};
  while (true) {
    auto head = co_await read_head(state);
    if (head.refused) {
      co_await refuse(state, service, *head.refused);
      co_return *head.end;
    }
    if (head.end) co_return *head.end;

    bool keep = state.parser->keep_alive();
    http_request request = state.parser->take_request();
    const bool http_1_1 = request.version >= 11;
    const bool head_only = request.method == "HEAD";
    state.unasked = false;
    if (http_1_1 && has_unknown_expectation(request)) {
      const http_error why{417, "Only the expectation '100-continue' is known."};
      co_await refuse(state, service, why);
      co_return serve_end::malformed;
    }
    if (!state.parser->done()) {
      state.unasked = http_1_1 && request.headers.has_token("Expect", "100-continue");
      request.body = std::make_unique<request_body>(state);
    }
    busy_guard busy(service);
    http_response answer = co_await service.handle(request);
    if (state.lost) co_return serve_end::lost;
    if (state.body_error) {
      // Whatever the service made of it, the fault is the client's.
      co_await refuse(state, service, state.body_error);
      co_return state.body_error.status == 408 ? serve_end::stalled : serve_end::malformed;
    }
    // A body that was never asked for is not coming, or comes unframed: do not guess.
    if (state.unasked || answer.close_connection) keep = false;
    if (const bool whole = co_await gather_small(answer, head_only); !whole) {
      answer = service.refuse({502, "The body of the answer was cut off."});
      keep = false;
    }
    const auto error = co_await write_response(state, answer, http_1_1, head_only, keep);
    if (error) co_return error == errc::timed_out ? serve_end::stalled : serve_end::lost;
    busy.end();
    if (answer.status == 101 && answer.on_upgrade) {
      co_await upgrade(std::move(connection), state, std::move(answer.on_upgrade));
      co_return serve_end::upgraded;
    }
    if (keep) {
      const bool clean = co_await skip_body(state);
      if (clean) continue;
    }
    co_await close_in_order(rt, *connection);
    co_return serve_end::closed;
  }
}

}  // namespace net
