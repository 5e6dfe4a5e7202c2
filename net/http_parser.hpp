// Incremental HTTP/1.1 parser for one message (RFC 9112), strict where proxies get attacked:
// conflicting framing, bare CR, whitespace before the colon, obs-fold, odd hosts and targets are
// errors.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http_fields.hpp"
#include "net/http_types.hpp"

namespace net {

struct http_limits {
  std::size_t request_line = 8 * 1024;  // octets; above: 414
  std::size_t header_line = 8 * 1024;   // octets; above: 431
  std::size_t head = 64 * 1024;         // octets of the whole head; above: 431
  std::size_t fields = 100;             // number of header lines; above: 431
};

class http_parser {
 public:
  enum class kind { request, response };
  http_parser(kind what, const http_limits& limits);
  ~http_parser();
  http_parser(http_parser&&) noexcept;
  http_parser& operator=(http_parser&&) noexcept;

  // Answers to HEAD have no body, whatever their head says (RFC 9112 6.3).
  void expect_no_body();

  // Takes octets from the front of `input`, as many as it can use now, and removes them. Body
  // octets of this call are in body() until the next call. Stops behind the head, and at the end
  // of the message, so octets of what follows stay in `input`. Answers false on an error.
  bool consume(std::string& input);
  // The peer's stream ended: completes a response that lasts until close; false if truncated.
  bool finish();

  bool has_head() const;
  bool done() const;
  const std::string& body() const;
  // Fields behind a chunked body, once done(); without those that may not come there, or that the
  // head's Connection field names.
  const header_list& trailer() const;
  const http_error& error() const;
  // True once any octet of the message was seen (blank lines before a request do not count).
  bool started() const;
  // Announced length, if any.
  std::optional<std::uint64_t> content_length() const;
  bool chunked() const;
  // True when the connection may carry another message afterwards (RFC 9112 9.3).
  bool keep_alive() const;
  // True when the head ends with a body to follow.
  bool has_body() const;

  // Valid once has_head(); taken over by the caller. There is at most one Content-Length, and the
  // Host field of a request is that of an absolute target.
  http_request take_request();
  http_response take_response();

 private:
  struct engine;
  std::unique_ptr<engine> engine_;
};

}  // namespace net
