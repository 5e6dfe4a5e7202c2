#include "net/http_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "net/chunk_reader.hpp"

namespace net {

namespace http = boost::beast::http;

namespace {

using boost_error = boost::system::error_code;

// What both kinds of Beast parser write into.
struct sink {
  std::string method, target, reason;
  int status = 0;
  int version = 11;
  header_list headers;
};

template <bool is_request>
class beast_parser final : public http::basic_parser<is_request> {
 public:
  explicit beast_parser(sink& out) : out_(out) {
    this->header_limit(16 * 1024 * 1024);  // our own limits come first
    this->body_limit(boost::none);
  }

 private:
  using view = boost::beast::string_view;
  void on_request_impl(http::verb, view method, view target, int version, boost_error&) override {
    out_.method = std::string(method);
    out_.target = std::string(target);
    out_.version = version;
  }
  void on_response_impl(int code, view reason, int version, boost_error&) override {
    out_.status = code;
    out_.reason = std::string(reason);
    out_.version = version;
  }
  void on_field_impl(http::field, view name, view value, boost_error&) override {
    out_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(boost_error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, boost_error&) override {}
  // Beast never gets to see a body.
  std::size_t on_body_impl(view, boost_error&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, view, boost_error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view, boost_error&) override { return 0; }
  void on_finish_impl(boost_error&) override {}

  sink& out_;
};

// Bounds what body() can hold.
constexpr std::size_t piece = 64 * 1024;

// What is wrong with one line of a head, given without its LF. A line whose end has not come is
// judged by its length only, so that the answer does not depend on how the octets were cut.
http_error check_line(std::string_view line, bool complete, bool first, bool is_request,
                      const http_limits& limits) {
  if (line.size() > (first ? limits.request_line : limits.header_line) + 1) {
    if (first && is_request) return {414, "The request line is longer than the limit."};
    return {431, "A header line is longer than the limit."};
  }
  if (!complete) return {};
  if (!line.ends_with('\r')) return {400, "A line of the head does not end with CR LF."};
  line.remove_suffix(1);
  if (line.find_first_of(std::string_view("\r\0", 2)) != line.npos) {
    return {400, "The head holds a bare CR or a NUL."};
  }
  if (first && line.empty()) return {400, "The first line is empty."};
  if (!first && (line.starts_with(' ') || line.starts_with('\t'))) {
    return {400, "A header line is folded."};
  }
  return {};
}

}  // namespace

struct http_parser::engine {
  engine(kind k, const http_limits& l) : what(k), limits(l) {
    if (k == kind::request) {
      request.emplace(out);
    } else {
      response.emplace(out);
    }
  }

  template <class F>
  auto with(F f) const {
    return what == kind::request ? f(*request) : f(*response);
  }
  template <class F>
  auto with(F f) {
    return what == kind::request ? f(*request) : f(*response);
  }

  bool fail(int status, std::string detail) {
    error = {status, std::move(detail)};
    return false;
  }

  bool consume_head(std::string& input);
  bool follow_lines(std::string_view text);
  bool parse_head(std::string_view text);
  bool check_head();
  bool check_request_head();
  bool check_framing();
  bool consume_body(std::string& input);
  bool consume_chunks(std::string& input);
  void keep_trailer();

  kind what;
  http_limits limits;
  sink out;
  std::optional<beast_parser<true>> request;
  std::optional<beast_parser<false>> response;
  http_error error;
  // How far the lines of the head were followed; each octet is looked at once.
  std::size_t line = 0;       // where the line begins whose end has not come
  std::size_t searched = 0;   // no LF between `line` and here
  std::size_t lines = 0;      // complete ones
  std::size_t head_size = 0;  // once its blank line was seen
  bool begun = false;
  bool blank_skipped = false;
  bool head = false;
  bool skip_body = false;
  bool ended = false;
  // The body: chunked, of a length, or until close.
  std::optional<chunk_reader> chunks;
  std::optional<std::uint64_t> length;
  std::uint64_t left = 0;  // of `length`
  bool persistent = false;
  std::string named;  // what the Connection field names
  std::string body;
  header_list trailer;
};

bool http_parser::engine::consume_head(std::string& input) {
  // One blank line before a request is allowed (RFC 9112 2.2).
  if (what == kind::request && !begun && !blank_skipped) {
    if (input == "\r") return true;
    blank_skipped = input.starts_with("\r\n");
    if (blank_skipped) input.erase(0, 2);
  }
  begun = begun || !input.empty();
  // Octets beyond the limit are not looked at, so that they cannot change the answer.
  const std::string_view text = std::string_view(input).substr(0, limits.head + 1);
  if (!follow_lines(text)) return false;
  if (text.size() > limits.head && (head_size == 0 || head_size > limits.head)) {
    return fail(431, "The head is longer than the limit.");
  }
  if (head_size == 0) return true;
  if (!parse_head(text.substr(0, head_size))) return false;
  input.erase(0, head_size);
  return check_head();
}

bool http_parser::engine::follow_lines(std::string_view text) {
  while (head_size == 0 && searched < text.size()) {
    const auto end = text.find('\n', searched);
    const bool complete = end != std::string_view::npos;
    const std::string_view now = text.substr(line, complete ? end - line : end);
    error = check_line(now, complete, lines == 0, what == kind::request, limits);
    // The first line and the blank one are no fields.
    if (!error && lines >= limits.fields + 2)
      fail(431, "There are more header lines than allowed.");
    if (error) return false;
    searched = complete ? end + 1 : text.size();
    if (!complete) break;
    line = searched;
    ++lines;
    if (now == "\r") head_size = searched;
  }
  return true;
}

bool http_parser::engine::parse_head(std::string_view text) {
  boost_error code;
  with([&](auto& p) { return p.put(boost::asio::buffer(text.data(), text.size()), code); });
  if (code && code != http::error::need_more) return fail(400, code.message());
  if (!with([](auto& p) { return p.is_header_done(); })) return fail(400, "malformed head");
  head = true;
  return true;
}

bool http_parser::engine::check_head() {
  if (out.headers.fields().size() > limits.fields) {
    return fail(431, "There are more header lines than the limit.");
  }
  if (!check_framing()) return false;
  return what == kind::response || check_request_head();
}

bool http_parser::engine::check_request_head() {
  const bool token = std::all_of(out.method.begin(), out.method.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           (c >= '0' && c <= '9');
  });
  if (!token || out.method.size() > 20) return fail(501, "The method is not known.");
  http_request seen;
  seen.method = out.method;
  seen.target = std::move(out.target);
  seen.version = out.version;
  seen.headers = std::move(out.headers);
  error = check_target(seen);
  out.target = std::move(seen.target);
  out.headers = std::move(seen.headers);
  return !error;
}

// Request smuggling lives on messages that two parsers frame differently (RFC 9112 6.3).
bool http_parser::engine::check_framing() {
  named = out.headers.joined("Connection").value_or("");
  persistent = out.version >= 11 ? !out.headers.has_token("Connection", "close")
                                 : out.headers.has_token("Connection", "keep-alive") &&
                                       !out.headers.has_token("Connection", "close");
  const bool coded = out.headers.contains("Transfer-Encoding");
  if (out.headers.contains("Content-Length")) {
    if (coded) return fail(400, "Transfer-Encoding and Content-Length exclude each other.");
    length = announced_length(out.headers);
    if (!length) return fail(400, "The Content-Length is not one number.");
    out.headers.set("Content-Length", std::to_string(*length));
    left = *length;
  }
  if (!coded) return true;
  if (out.version < 11) return fail(400, "HTTP/1.0 has no Transfer-Encoding.");
  const auto coding = out.headers.joined("Transfer-Encoding");
  if (!iequals(*coding, "chunked"))
    return fail(501, "Only the transfer coding 'chunked' is known.");
  chunks.emplace();
  return true;
}

bool http_parser::engine::consume_body(std::string& input) {
  if (chunks) return consume_chunks(input);
  const std::uint64_t most = length ? left : piece;
  const auto size = std::size_t(std::min<std::uint64_t>(most, std::min(input.size(), piece)));
  if (size == input.size()) {
    body.swap(input);
  } else {
    body.assign(input, 0, size);
    input.erase(0, size);
  }
  if (length) left -= size;
  return true;
}

bool http_parser::engine::consume_chunks(std::string& input) {
  input.erase(0, chunks->consume(input, body, piece));
  error = chunks->error();
  if (chunks->done()) keep_trailer();
  return !error;
}

void http_parser::engine::keep_trailer() {
  header_list connection;
  connection.add("Connection", named);
  for (auto& field : chunks->trailer().fields()) {
    if (!may_be_trailer(field.name) || connection.has_token("Connection", field.name)) continue;
    trailer.add(field.name, field.value);
  }
}

http_parser::http_parser(kind what, const http_limits& limits)
    : engine_(std::make_unique<engine>(what, limits)) {}
http_parser::~http_parser() = default;
http_parser::http_parser(http_parser&&) noexcept = default;
http_parser& http_parser::operator=(http_parser&&) noexcept = default;

void http_parser::expect_no_body() { engine_->skip_body = true; }

bool http_parser::consume(std::string& input) {
  engine& e = *engine_;
  e.body.clear();
  if (e.error) return false;
  if (!e.head) return e.consume_head(input);
  return done() || e.consume_body(input);
}

bool http_parser::finish() {
  engine& e = *engine_;
  if (done()) return true;
  const bool until_close = e.what == kind::response && e.head && !e.chunks && !e.length;
  e.ended = until_close && !e.error;
  return e.ended;
}

bool http_parser::has_head() const { return engine_->head; }

bool http_parser::done() const {
  const engine& e = *engine_;
  if (!e.head || e.error) return false;
  if (e.skip_body || e.ended || e.out.status / 100 == 1 || e.out.status == 204 ||
      e.out.status == 304) {
    return true;
  }
  if (e.chunks) return e.chunks->done();
  if (e.length) return e.left == 0;
  return e.what == kind::request;  // without framing a request has no body
}

const std::string& http_parser::body() const { return engine_->body; }
const header_list& http_parser::trailer() const { return engine_->trailer; }
const http_error& http_parser::error() const { return engine_->error; }
bool http_parser::started() const { return engine_->begun; }
std::optional<std::uint64_t> http_parser::content_length() const { return engine_->length; }
bool http_parser::chunked() const { return engine_->chunks.has_value(); }

bool http_parser::keep_alive() const {
  const engine& e = *engine_;
  // A response without framing lasts until close, if it has a body at all.
  if (e.what == kind::response && !e.chunks && !e.length && !done()) return false;
  return e.persistent;
}
bool http_parser::has_body() const { return !done(); }

http_request http_parser::take_request() {
  sink& out = engine_->out;
  http_request request;
  request.method = std::move(out.method);
  request.target = std::move(out.target);
  request.version = out.version;
  request.headers = std::move(out.headers);
  return request;
}

http_response http_parser::take_response() {
  sink& out = engine_->out;
  http_response response;
  response.status = out.status;
  response.reason = std::move(out.reason);
  response.version = out.version;
  response.headers = std::move(out.headers);
  return response;
}

}  // namespace net
