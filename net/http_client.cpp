#include "net/http_client.hpp"

#include <array>

#include "net/http_server.hpp"

namespace net {

namespace {

constexpr std::size_t read_size = 16 * 1024;

// Not a coroutine, so that a call that waits does not keep the buffer in its frame.
transfer append_some(stream& from, std::string& input) {
  std::array<char, read_size> scratch;
  const auto moved = from.try_read(scratch);
  input.append(scratch.data(), moved.size);
  return moved;
}

task<std::error_code> read_into(stream& from, std::string& input) {
  while (true) {
    auto [size, error] = append_some(from, input);
    if (size > 0) co_return std::error_code{};
    if (error != errc::would_block) co_return error;
    co_await readiness(from, direction::read);
  }
}

class response_body final : public body_source {
 public:
  response_body(runtime& rt, std::unique_ptr<stream> connection, http_parser parser,
                std::string input, duration limit)
      : rt_(rt),
        connection_(std::move(connection)),
        parser_(std::move(parser)),
        input_(std::move(input)),
        limit_(limit) {}

  task<result<std::string_view>> pull() override {
    while (true) {
      if (!parser_.consume(input_)) co_return errc::bad_message;
      if (!parser_.body().empty()) co_return std::string_view(parser_.body());
      if (parser_.done()) co_return std::string_view{};
      const auto error = co_await within(rt_, limit_, read_into(*connection_, input_));
      if (!error) continue;
      // Only a message that lasts until close may end here; all else is truncated.
      if (error == errc::end_of_stream && parser_.finish()) co_return std::string_view{};
      co_return error == errc::end_of_stream ? make_error_code(errc::bad_message) : error;
    }
  }
  std::optional<std::uint64_t> size() const override {
    return parser_.chunked() ? std::nullopt : parser_.content_length();
  }

 private:
  runtime& rt_;
  std::unique_ptr<stream> connection_;
  http_parser parser_;
  std::string input_;
  duration limit_;
};

task<std::error_code> send_request(runtime& rt, stream& to, http_request& request,
                                   const http_client_options& options) {
  bool chunked = false;
  request.headers.remove("Transfer-Encoding");
  if (request.body) {
    if (const auto size = request.body->size()) {
      request.headers.set("Content-Length", std::to_string(*size));
    } else {
      request.headers.remove("Content-Length");
      request.headers.set("Transfer-Encoding", "chunked");
      chunked = true;
    }
  }
  const std::string head = format_request_head(request);
  const auto error = co_await within(rt, options.transfer_time, write_all(to, head));
  if (error || !request.body) co_return error;
  co_return co_await write_body(rt, to, *request.body, chunked, options.transfer_time);
}

// Reads a head that is not an interim one.
task<result<http_parser>> read_head(stream& from, std::string& input, bool head_only,
                                    const http_limits& limits) {
  while (true) {
    http_parser parser(http_parser::kind::response, limits);
    while (!parser.has_head()) {
      if (!input.empty() && !parser.consume(input)) co_return errc::bad_message;
      if (parser.has_head()) break;
      if (const auto error = co_await read_into(from, input)) {
        co_return error == errc::end_of_stream ? make_error_code(errc::connection_lost) : error;
      }
    }
    if (head_only) parser.expect_no_body();
    co_return std::move(parser);
  }
}

}  // namespace

task<result<http_answer>> http_call(runtime& rt, std::unique_ptr<stream> connection,
                                    http_request& request, const http_client_options& options) {
  // A server may answer and close before it read everything; the answer counts then.
  const auto sent = co_await send_request(rt, *connection, request, options);
  if (sent && sent != errc::connection_lost) co_return sent;
  const bool head_only = request.method == "HEAD";
  const time_point deadline = rt.now() + options.head_time;
  std::string input;
  while (true) {
    auto parser = co_await within(rt, deadline - rt.now(),
                                  read_head(*connection, input, head_only, options.limits));
    if (!parser) co_return sent ? sent : parser.error();
    http_answer answer;
    answer.response = parser->take_response();
    const int status = answer.response.status;
    if (status / 100 == 1 && status != 101) continue;
    if (status == 101) {
      answer.upgraded = std::move(connection);
      answer.early = std::move(input);
    } else if (parser->has_body()) {
      answer.response.body = std::make_unique<response_body>(
          rt, std::move(connection), std::move(*parser), std::move(input), options.transfer_time);
    }
    co_return std::move(answer);
  }
}

}  // namespace net
