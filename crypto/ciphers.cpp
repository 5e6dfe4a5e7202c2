#include "crypto/ciphers.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <memory>

namespace crypto {

namespace {

std::vector<cipher> list_ciphers() {
  std::vector<cipher> all;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                  &SSL_CTX_free);
  if (!context) return all;
  SSL_CTX_set_cipher_list(context.get(), "ALL:!aNULL:!eNULL:!PSK:!SRP");
  SSL_CTX_set_ciphersuites(context.get(),
                           "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                           "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256");
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* c = sk_SSL_CIPHER_value(ciphers, i);
    const char* standard = SSL_CIPHER_standard_name(c);
    all.push_back({SSL_CIPHER_get_name(c), standard ? standard : SSL_CIPHER_get_name(c),
                   std::string_view(SSL_CIPHER_get_version(c)) == "TLSv1.3"});
  }
  return all;
}

}  // namespace

const std::vector<cipher>& known_ciphers() {
  static const std::vector<cipher> all = list_ciphers();
  return all;
}

std::optional<cipher> find_cipher(std::string_view name) {
  const auto& all = known_ciphers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const cipher& c) {
    return c.openssl_name == name || c.standard_name == name;
  });
  if (found == all.end()) return std::nullopt;
  return *found;
}

}  // namespace crypto
