// Names of TLS cipher suites. No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crypto {

struct cipher {
  std::string openssl_name;   // "ECDHE-RSA-AES128-GCM-SHA256"
  std::string standard_name;  // IANA's, which Java uses: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
  bool tls13 = false;         // belongs to TLS 1.3, else to TLS 1.2
};

// What this OpenSSL can do with a server's certificate at its level of security; made once.
const std::vector<cipher>& known_ciphers();

// The suite with either name, exact; empty when it is not known.
std::optional<cipher> find_cipher(std::string_view name);

}  // namespace crypto
