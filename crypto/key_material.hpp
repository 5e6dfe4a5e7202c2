// Private keys and certificates: PKCS#12 and PEM in, OpenSSL objects out. No I/O: callers read the
// files. Errors are one line that says what is wrong with the material, never its content.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crypto {

struct openssl_deleter {
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
  void operator()(X509* p) const noexcept { X509_free(p); }
};
using private_key = std::shared_ptr<EVP_PKEY>;
using certificate = std::shared_ptr<X509>;

// Who a server (or client) says it is.
struct identity {
  private_key key;
  certificate leaf;
  std::vector<certificate> chain;  // intermediates, leaf's issuer first
};

struct failure {
  std::string text;
};
template <class T>
using outcome = std::variant<T, failure>;

// A PKCS#12 keystore's key entry. `alias` picks an entry by friendly name; empty takes the key.
// Recognises a JKS file and a wrong password and says so.
outcome<identity> load_pkcs12_identity(std::string_view bytes, const std::string& password,
                                       const std::string& alias);
// All certificates of a PKCS#12 truststore; a key entry's certificates count as well.
outcome<std::vector<certificate>> load_pkcs12_certificates(std::string_view bytes,
                                                           const std::string& password);
// PEM: a certificate chain and a key.
outcome<identity> load_pem_identity(std::string_view certificates, std::string_view key,
                                    const std::string& password);
outcome<std::vector<certificate>> load_pem_certificates(std::string_view text);
// The first private key of a PEM text; `password` opens an encrypted one.
outcome<private_key> load_pem_key(std::string_view text, const std::string& password);

bool belong_together(const private_key& key, const certificate& c);
// Whether each certificate was issued for the name of the next one, as servers must send them.
bool is_in_order(const std::vector<certificate>& chain);

// A new self-signed ECDSA P-256 (or RSA-2048) identity for `localhost`, 127.0.0.1 and ::1.
// For development and tests: browsers will ask before they trust it.
enum class key_kind { ecdsa_p256, rsa_2048 };
identity make_development_identity(key_kind kind, std::chrono::system_clock::time_point now);
std::string to_pkcs12(const identity& who, const std::string& password);
std::string to_pem(const certificate& c);

// Whom the certificate is for, as RFC 2253 writes it: "CN=localhost,O=Example". Printable ASCII.
std::string subject(const certificate& c);

// The DNS names that it is good for (subject alternative names), as written: "*.example.org".
std::vector<std::string> dns_names(const certificate& c);

// When the certificate begins and stops being valid, within what the type can hold.
std::chrono::system_clock::time_point valid_from(const certificate& c);
std::chrono::system_clock::time_point expiry(const certificate& c);

}  // namespace crypto
