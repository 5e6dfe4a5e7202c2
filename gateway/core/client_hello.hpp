// Reads the name of the server that a TLS client asks for (RFC 6066 3) out of the first octets of
// its connection, without taking part in the handshake. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gateway {

// What we may say to such a client (RFC 8446 6.2); the numbers are those of the wire.
enum class tls_alert : std::uint8_t {
  unexpected_message = 10,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  internal_error = 80,
  unrecognized_name = 112,
};

// The octets of a fatal alert.
std::string alert_record(tls_alert why);

class client_hello_reader {
 public:
  // Of all records up to the end of the ClientHello. The largest ones, with keys of several kinds,
  // have some 4 KiB.
  static constexpr std::size_t max_octets = 64 * 1024;

  struct refusal {
    tls_alert alert = tls_alert::decode_error;
    std::string text;  // own words, for logs
  };
  // The name in lower case, empty when the client sent none; or why there is no ClientHello.
  using answer = std::variant<std::string, refusal>;

  // Takes all of `octets`; nothing while more is needed. Octets that cannot become a ClientHello
  // are refused as soon as they show it. Any split of the input gives the same answer; not called
  // again after one.
  std::optional<answer> feed(std::string_view octets);
  // All octets so far: what has to go on to the server.
  const std::string& octets() const noexcept { return octets_; }

 private:
  std::optional<refusal> read_records();
  std::optional<refusal> check_head(std::size_t size) const;
  std::size_t body_length() const;  // of the message, as its head says
  bool is_complete() const;

  std::string octets_;
  std::size_t at_ = 0;   // of the record that is not complete
  std::string message_;  // handshake octets of complete records
};

}  // namespace gateway
