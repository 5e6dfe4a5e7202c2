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

// Where a connection goes that may be used again.
struct way_back {
  std::function<void(std::unique_ptr<stream>, const keep_alive_terms&)> go;  // empty: nowhere
  keep_alive_terms terms;
};

// Behind a whole message. Octets that came unasked make the connection useless.
void give_back(const way_back& way, std::unique_ptr<stream>& connection, std::string_view unread) {
  if (way.go && connection && unread.empty()) way.go(std::move(connection), way.terms);
}

class response_body final : public body_source {
 public:
  response_body(runtime& rt, std::unique_ptr<stream> connection, http_parser parser,
                std::string input, duration limit, way_back way)
      : rt_(rt),
        connection_(std::move(connection)),
        parser_(std::move(parser)),
        input_(std::move(input)),
        limit_(limit),
        way_back_(std::move(way)) {}

  task<result<std::string_view>> pull() override {
    while (true) {
      if (!parser_.consume(input_)) co_return errc::bad_message;
      if (parser_.done()) give_back(way_back_, connection_, input_);
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
  const header_list* trailer() const override { return &parser_.trailer(); }

 private:
  runtime& rt_;
  std::unique_ptr<stream> connection_;
  http_parser parser_;
  std::string input_;
  duration limit_;
  way_back way_back_;
};

// Adds the framing header to `request`; answers whether the body goes out in chunks.
bool frame_request(http_request& request) {
  request.headers.remove("Transfer-Encoding");
  if (!request.body) {
    // A length without its body would take the next request for it.
    if (request.headers.contains("Content-Length")) request.headers.set("Content-Length", "0");
    return false;
  }
  if (const auto size = request.body->size()) {
    request.headers.set("Content-Length", std::to_string(*size));
    return false;
  }
  request.headers.remove("Content-Length");
  request.headers.set("Transfer-Encoding", "chunked");
  return true;
}

// Hides from the writer whose fault it was when the body's source fails.
class marked_body final : public body_source {
 public:
  explicit marked_body(body_source& from) : from_(from) {}
  task<result<std::string_view>> pull() override {
    auto piece = co_await from_.pull();
    if (piece) co_return std::move(piece);
    co_return piece.error() == errc::timed_out ? errc::body_timed_out : errc::body_failed;
  }
  std::optional<std::uint64_t> size() const override { return from_.size(); }
  const header_list* trailer() const override { return from_.trailer(); }

 private:
  body_source& from_;
};

task<std::error_code> send_request(runtime& rt, stream& to, http_request& request,
                                   const http_client_options& options) {
  const bool chunked = frame_request(request);
  const std::string head = format_request_head(request);
  const auto error = co_await within(rt, options.transfer_time, write_all(to, head));
  if (error || !request.body) co_return error;
  marked_body body(*request.body);
  co_return co_await write_body(rt, to, body, chunked, options.transfer_time);
}

struct answer_head {
  http_parser parser;
  http_response response;
  bool answers_all = false;  // the request went out whole
};

// Reads a head that is not an interim one.
task<result<answer_head>> read_head(stream& from, std::string& input, bool head_only,
                                    const http_client_options& options) {
  while (true) {
    http_parser parser(http_parser::kind::response, options.limits);
    while (!parser.has_head()) {
      if (!input.empty() && !parser.consume(input)) co_return errc::bad_message;
      if (parser.has_head()) break;
      if (const auto error = co_await read_into(from, input)) {
        co_return error == errc::end_of_stream ? make_error_code(errc::connection_lost) : error;
      }
      if (options.answer_began) *options.answer_began = true;
    }
    if (head_only) parser.expect_no_body();
    auto response = parser.take_response();
    if (response.status / 100 == 1 && response.status != 101) continue;
    co_return answer_head{std::move(parser), std::move(response), false};
  }
}

// Sends and reads at once, since a server may answer, and stop reading, before it has everything
// (RFC 9112 9.5). Deadlines: progress while sending, then the time for the head.
class call_in_progress {
 public:
  call_in_progress(runtime& rt, stream& connection, http_request& request,
                   const http_client_options& options)
      : connection_(connection),
        request_(request),
        options_(options),
        runtime_(rt),
        changed_(rt),
        alarm_(rt.make_timer()),
        halves_(rt) {}

  // `input` gets what came behind the head.
  task<result<answer_head>> run(std::string& input) {
    halves_.spawn(send());
    halves_.spawn(read(input));
    while (true) {
      co_await changed_;
      changed_.clear();
      if (head_ && settled()) {
        if (*head_) (*head_)->answers_all = sent_ && !*sent_;
        co_return std::move(*head_);
      }
      const std::error_code failed = sent_.value_or(std::error_code{});
      // After a lost connection the answer may still be there to be read.
      if (failed && failed != errc::connection_lost) co_return failed;
      if (!expired_) continue;
      if (failed) co_return failed;
      co_return errc::timed_out;
    }
  }

 private:
  // A refusal ends the sending; otherwise the server gets the whole request.
  bool settled() const { return !*head_ || (*head_)->response.status >= 400 || sent_; }

  task<void> send() {
    sent_ = co_await send_request(runtime_, connection_, request_, options_);
    alarm_->start(runtime_.now() + options_.head_time, [this] {
      expired_ = true;
      changed_.set();
    });
    changed_.set();
  }
  task<void> read(std::string& input) {
    head_.emplace(co_await read_head(connection_, input, request_.method == "HEAD", options_));
    changed_.set();
  }

  stream& connection_;
  http_request& request_;
  const http_client_options& options_;
  runtime& runtime_;
  event changed_;
  std::unique_ptr<timer> alarm_;
  bool expired_ = false;
  std::optional<std::error_code> sent_;
  std::optional<result<answer_head>> head_;
  task_group halves_;
};

}  // namespace

task<result<http_answer>> http_call(runtime& rt, std::unique_ptr<stream> connection,
                                    http_request& request, const http_client_options& options) {
  std::string input;
  auto head = co_await call_in_progress(rt, *connection, request, options).run(input);
  if (!head) co_return head.error();
  http_answer answer;
  answer.response = std::move(head->response);
  way_back way;
  if (head->answers_all && head->parser.keep_alive()) {
    way.go = options.on_reusable;
    way.terms = parse_keep_alive(answer.response.headers.joined("Keep-Alive").value_or(""));
  }
  if (answer.response.status == 101) {
    answer.upgraded = std::move(connection);
    answer.early = std::move(input);
  } else if (head->parser.has_body()) {
    answer.response.body =
        std::make_unique<response_body>(rt, std::move(connection), std::move(head->parser),
                                        std::move(input), options.transfer_time, std::move(way));
  } else {
    give_back(way, connection, input);
  }
  co_return std::move(answer);
}

task<result<int>> open_http_tunnel(stream& proxy, std::string authority,
                                   std::string authorization) {
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!authorization.empty()) head += "Proxy-Authorization: " + authorization + "\r\n";
  head += "\r\n";
  const auto unsent = co_await write_all(proxy, head);
  if (unsent) co_return unsent;
  std::string input;
  const http_client_options options;
  auto answer = co_await read_head(proxy, input, true, options);
  if (!answer) co_return answer.error();
  // The server behind a tunnel does not speak first, neither with TLS nor with HTTP.
  const int status = answer->response.status;
  if (status / 100 == 2 && !input.empty()) co_return errc::bad_message;
  co_return status;
}

}  // namespace net
