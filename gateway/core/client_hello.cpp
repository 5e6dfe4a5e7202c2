#include "gateway/core/client_hello.hpp"

#include <algorithm>
#include <set>

namespace gateway {

namespace {

using refusal = client_hello_reader::refusal;

constexpr char handshake_record = 22;
constexpr char client_hello = 1;
constexpr std::size_t record_head = 5;
constexpr std::size_t message_head = 4;
constexpr std::size_t largest_record = 16 * 1024;
constexpr const char* too_long = "more than 64 KiB";
constexpr unsigned server_name_extension = 0;
constexpr unsigned host_name = 0;

std::size_t number(std::string_view octets) {
  std::size_t value = 0;
  for (const char c : octets) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

// Takes numbers and vectors (RFC 8446 3) from the front. What is not there makes it bad, and empty.
class cursor {
 public:
  explicit cursor(std::string_view octets) : rest_(octets) {}
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      bad_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::size_t take_number(std::size_t octets) { return number(take(octets)); }
  // A vector with its length in front.
  std::string_view take_vector(std::size_t length_octets) {
    return take(take_number(length_octets));
  }
  bool at_end() const { return rest_.empty(); }
  bool bad() const { return bad_; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

refusal malformed(const std::string& what) {
  return {tls_alert::decode_error, "a malformed ClientHello: " + what};
}

// A name of DNS; a dot at its end is forgiven.
std::optional<std::string> checked_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return std::nullopt;
  std::string lower;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!upper && !plain) return std::nullopt;
    lower += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

client_hello_reader::answer read_names(std::string_view extension) {
  cursor whole(extension);
  cursor names(whole.take_vector(2));
  std::optional<std::string> found;
  if (names.at_end() || !whole.at_end()) return malformed("a list of names with a wrong length");
  while (!names.at_end()) {
    const std::size_t type = names.take_number(1);
    const auto name = names.take_vector(2);
    if (names.bad()) return malformed("a name with a wrong length");
    if (type != host_name) continue;
    if (found) return refusal{tls_alert::illegal_parameter, "two host names"};
    found = checked_name(name);
    if (!found) return refusal{tls_alert::illegal_parameter, "a host name that is none"};
  }
  return found.value_or("");
}

client_hello_reader::answer read_extensions(std::string_view octets) {
  cursor extensions(octets);
  std::set<std::size_t> seen;
  client_hello_reader::answer name;
  while (!extensions.at_end()) {
    const std::size_t type = extensions.take_number(2);
    const auto content = extensions.take_vector(2);
    if (extensions.bad()) return malformed("an extension with a wrong length");
    if (!seen.insert(type).second)
      return refusal{tls_alert::illegal_parameter, "an extension twice"};
    if (type != server_name_extension) continue;
    name = read_names(content);
    if (std::holds_alternative<refusal>(name)) return name;
  }
  return name;
}

// RFC 8446 4.1.2; the same since TLS 1.0.
client_hello_reader::answer read_hello(std::string_view body) {
  cursor hello(body);
  hello.take(2 + 32);  // legacy_version, random
  const auto session = hello.take_vector(1);
  const auto ciphers = hello.take_vector(2);
  const auto compressions = hello.take_vector(1);
  if (hello.bad() || session.size() > 32 || ciphers.empty() || ciphers.size() % 2 != 0 ||
      compressions.empty()) {
    return malformed("a field with a wrong length");
  }
  if (hello.at_end()) return std::string();  // no extensions
  const auto extensions = hello.take_vector(2);
  if (hello.bad() || !hello.at_end()) return malformed("extensions with a wrong length");
  return read_extensions(extensions);
}

}  // namespace

std::string alert_record(tls_alert why) {
  constexpr char fatal = 2;
  return {21, 3, 3, 0, 2, fatal, static_cast<char>(why)};
}

// Judges the octets of a record's head that are there.
std::optional<refusal> client_hello_reader::check_head(std::size_t size) const {
  const std::string_view head = std::string_view(octets_).substr(at_, std::min(size, record_head));
  if (head[0] != handshake_record)
    return refusal{tls_alert::unexpected_message, "not a TLS handshake"};
  if (head.size() > 1 && head[1] != 3) return malformed("no version of TLS");
  if (head.size() < record_head) return std::nullopt;
  const std::size_t length = number(head.substr(3));
  if (length == 0) return refusal{tls_alert::unexpected_message, "an empty handshake record"};
  if (length > largest_record) return refusal{tls_alert::record_overflow, "a record above 16 KiB"};
  return std::nullopt;
}

// Moves what complete records carry to message_, up to the end of the ClientHello. Octets beyond
// the bound do not count, so that the answer does not depend on how they come.
std::optional<refusal> client_hello_reader::read_records() {
  const std::size_t size = std::min(octets_.size(), max_octets);
  while (at_ < size && !is_complete()) {
    const std::size_t there = size - at_;
    if (auto wrong = check_head(there)) return wrong;
    if (there < record_head) break;
    const std::size_t length = number(std::string_view(octets_).substr(at_ + 3, 2));
    if (there < record_head + length) break;
    message_.append(octets_, at_ + record_head, length);
    at_ += record_head + length;
    if (message_.front() != client_hello)
      return refusal{tls_alert::unexpected_message, "no ClientHello"};
    if (message_.size() >= message_head && body_length() > max_octets) return malformed(too_long);
  }
  return std::nullopt;
}

std::size_t client_hello_reader::body_length() const {
  return number(std::string_view(message_).substr(1, message_head - 1));
}

bool client_hello_reader::is_complete() const {
  return message_.size() >= message_head && message_.size() - message_head >= body_length();
}

std::optional<client_hello_reader::answer> client_hello_reader::feed(std::string_view octets) {
  octets_ += octets;
  if (auto wrong = read_records()) return answer(std::move(*wrong));
  if (is_complete())
    return read_hello(std::string_view(message_).substr(message_head, body_length()));
  if (octets_.size() > max_octets) return answer(malformed(too_long));
  return std::nullopt;
}

}  // namespace gateway
