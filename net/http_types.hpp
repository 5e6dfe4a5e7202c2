// HTTP/1.1 messages as the rest of the project sees them (RFC 9110, RFC 9112). No socket, no
// library type: the wire form lives in net/http_parser.hpp and net/http_writer.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/stream.hpp"
#include "net/task.hpp"
#include "net/types.hpp"

namespace net {

struct header_field {
  std::string name;
  std::string value;
};

// Field lines in their order; names compare without case (RFC 9110 5.1).
class header_list {
 public:
  header_list() = default;
  header_list(std::initializer_list<header_field> fields) : fields_(fields) {}

  // First value of `name`, or nothing.
  std::optional<std::string_view> get(std::string_view name) const;
  // All values of `name` joined with ", " (RFC 9110 5.3), or nothing.
  std::optional<std::string> joined(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool contains(std::string_view name) const { return count(name) > 0; }
  // True when a comma-separated list field holds `token` (compared without case).
  bool has_token(std::string_view name, std::string_view token) const;

  void add(std::string_view name, std::string_view value);
  // Replaces every field of that name by one, at the place of the first.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  const std::vector<header_field>& fields() const { return fields_; }
  std::vector<header_field>& fields() { return fields_; }

 private:
  std::vector<header_field> fields_;
};

// Compares ASCII without case; used for field names and tokens.
bool iequals(std::string_view a, std::string_view b) noexcept;

// A body is pulled by whoever sends or reads it, so nothing is buffered ahead of need.
class body_source {
 public:
  virtual ~body_source() = default;
  // Next octets (valid until the next pull), empty at the end.
  virtual task<result<std::string_view>> pull() = 0;
  // Length in octets when known before reading: sent as Content-Length, else chunked.
  virtual std::optional<std::uint64_t> size() const = 0;
  // Fields that came behind the body, once pull() has answered empty; null: none. They go on only
  // where the body goes on in chunks.
  virtual const header_list* trailer() const { return nullptr; }
};
std::unique_ptr<body_source> make_string_body(std::string text);
// Reads everything; errc::too_large above `limit` octets. A null body is the empty string.
task<result<std::string>> read_all(body_source* body, std::size_t limit);

struct http_request {
  std::string method = "GET";
  std::string target = "/";  // as on the wire: origin form, or absolute form from a client
  int version = 11;          // 10 or 11
  header_list headers;
  std::unique_ptr<body_source> body;  // null: no body

  // Path of the target without query, still encoded.
  std::string_view path() const;
  // Query without '?', or empty.
  std::string_view query() const;
};

// Takes over a connection after its 101 was written. `early` holds octets that the peer sent
// behind the handshake: they belong to the new protocol.
using upgrade_handler =
    std::function<task<void>(std::unique_ptr<stream> connection, std::string early)>;

struct http_response {
  int status = 200;
  std::string reason;  // empty: the standard phrase
  int version = 11;
  header_list headers;
  std::unique_ptr<body_source> body;  // null: no body
  upgrade_handler on_upgrade;         // only with status 101
  bool close_connection = false;      // ask the server to close after this response
};

// Standard reason phrase ("Bad Gateway"), or "Unknown".
std::string_view reason_phrase(int status) noexcept;
http_response make_response(int status, std::string_view content_type, std::string body);

// Decodes %XX once; nothing when an escape is malformed. '+' stays as it is.
std::optional<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);
// application/x-www-form-urlencoded pairs, in order, decoded; malformed escapes stay as they are.
std::vector<header_field> parse_form(std::string_view text);
// Escapes & < > " ' for HTML text and attributes.
std::string html_escape(std::string_view text);
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::string http_date(wall_time t);

}  // namespace net
