#include "crypto/key_material.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

namespace crypto {

namespace {

using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

bio reader(std::string_view bytes) {
  return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free};
}

std::string drain(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

certificate own(X509* raw) { return {raw, openssl_deleter{}}; }

struct parsed_store {
  private_key key;
  certificate leaf;
  std::vector<certificate> others;
};

outcome<parsed_store> parse_pkcs12(std::string_view bytes, const std::string& password) {
  ERR_clear_error();
  if (bytes.starts_with("\xfe\xed\xfe\xed")) {
    return failure{
        "is a JKS keystore; convert it: keytool -importkeystore -srckeystore IN.jks "
        "-destkeystore OUT.p12 -deststoretype PKCS12"};
  }
  auto in = reader(bytes);
  std::unique_ptr<PKCS12, decltype(&PKCS12_free)> store(d2i_PKCS12_bio(in.get(), nullptr),
                                                        &PKCS12_free);
  if (!store) return failure{"is not a PKCS#12 keystore"};
  if (PKCS12_verify_mac(store.get(), password.c_str(), static_cast<int>(password.size())) != 1) {
    return failure{"cannot be opened: wrong password"};
  }
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(store.get(), password.c_str(), &key, &leaf, &others) != 1) {
    const unsigned long code = ERR_get_error();
    const char* why = ERR_reason_error_string(code);
    return failure{std::string("cannot be read: ") + (why ? why : "unknown error")};
  }
  parsed_store parsed{private_key(key, openssl_deleter{}), own(leaf), {}};
  for (int i = 0; i < sk_X509_num(others); ++i)
    parsed.others.push_back(own(sk_X509_value(others, i)));
  sk_X509_free(others);
  return parsed;
}

bool has_alias(const certificate& c, const std::string& alias) {
  int size = 0;
  const unsigned char* name = X509_alias_get0(c.get(), &size);
  return name && std::string_view(reinterpret_cast<const char*>(name),
                                  static_cast<std::size_t>(size)) == alias;
}

int give_password(char* into, int size, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (static_cast<int>(text.size()) > size) return -1;
  text.copy(into, text.size());
  return static_cast<int>(text.size());
}

private_key generate(key_kind kind) {
  EVP_PKEY* raw = kind == key_kind::rsa_2048 ? EVP_RSA_gen(2048U) : EVP_EC_gen("P-256");
  if (!raw) throw std::runtime_error("no key could be generated");
  return {raw, openssl_deleter{}};
}

void add_extension(X509* to, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free);
  if (!extension) throw std::runtime_error("no certificate extension could be made");
  X509_add_ext(to, extension.get(), -1);
}

}  // namespace

outcome<identity> load_pkcs12_identity(std::string_view bytes, const std::string& password,
                                       const std::string& alias) {
  auto parsed = parse_pkcs12(bytes, password);
  if (auto* why = std::get_if<failure>(&parsed)) return *why;
  auto& store = std::get<parsed_store>(parsed);
  if (!store.key || !store.leaf) return failure{"has no private key with a certificate"};
  if (!alias.empty() && !has_alias(store.leaf, alias)) {
    return failure{"has no key entry with the alias '" + alias + "'"};
  }
  return identity{store.key, store.leaf, store.others};
}

outcome<std::vector<certificate>> load_pkcs12_certificates(std::string_view bytes,
                                                           const std::string& password) {
  auto parsed = parse_pkcs12(bytes, password);
  if (auto* why = std::get_if<failure>(&parsed)) return *why;
  auto& store = std::get<parsed_store>(parsed);
  std::vector<certificate> all = store.others;
  if (store.leaf) all.insert(all.begin(), store.leaf);
  if (all.empty()) return failure{"has no certificate"};
  return all;
}

outcome<std::vector<certificate>> load_pem_certificates(std::string_view text) {
  ERR_clear_error();
  auto in = reader(text);
  std::vector<certificate> all;
  while (X509* raw = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
    all.push_back(own(raw));
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  if (all.empty()) return failure{"has no PEM certificate"};
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE) return failure{"has a broken PEM certificate"};
  return all;
}

outcome<identity> load_pem_identity(std::string_view certificates, std::string_view key,
                                    const std::string& password) {
  auto loaded = load_pem_certificates(certificates);
  if (auto* why = std::get_if<failure>(&loaded)) return *why;
  auto& chain = std::get<std::vector<certificate>>(loaded);
  auto own_key = load_pem_key(key, password);
  if (auto* why = std::get_if<failure>(&own_key)) return *why;
  if (!belong_together(std::get<private_key>(own_key), chain.front())) {
    return failure{"holds a private key that does not belong to the first certificate"};
  }
  return identity{std::get<private_key>(own_key), chain.front(), {chain.begin() + 1, chain.end()}};
}

outcome<private_key> load_pem_key(std::string_view text, const std::string& password) {
  auto in = reader(text);
  std::string secret = password;
  private_key key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_password, &secret),
                  openssl_deleter{});
  ERR_clear_error();
  if (!key) return failure{"has no readable PEM private key (or the password is wrong)"};
  return key;
}

bool belong_together(const private_key& key, const certificate& c) {
  const bool same = X509_check_private_key(c.get(), key.get()) == 1;
  ERR_clear_error();
  return same;
}

bool is_in_order(const std::vector<certificate>& chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (X509_check_issued(chain[i].get(), chain[i - 1].get()) != X509_V_OK) return false;
  }
  return true;
}

identity make_development_identity(key_kind kind, std::chrono::system_clock::time_point now) {
  identity who{generate(kind), own(X509_new()), {}};
  X509* leaf = who.leaf.get();
  std::time_t start = std::chrono::system_clock::to_time_t(now) - 3600;
  X509_set_version(leaf, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf), static_cast<long>(start));
  ASN1_TIME_set(X509_getm_notBefore(leaf), start);
  ASN1_TIME_set(X509_getm_notAfter(leaf), start + 365L * 24 * 3600);
  X509_set_pubkey(leaf, who.key.get());
  X509_NAME* name = X509_get_subject_name(leaf);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(leaf, name);
  add_extension(leaf, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(leaf, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  add_extension(leaf, NID_ext_key_usage, "serverAuth");
  if (X509_sign(leaf, who.key.get(), EVP_sha256()) == 0) {
    throw std::runtime_error("the certificate could not be signed");
  }
  return who;
}

std::string to_pkcs12(const identity& who, const std::string& password) {
  std::unique_ptr<PKCS12, decltype(&PKCS12_free)> store(
      PKCS12_create(password.c_str(), "membrane", who.key.get(), who.leaf.get(), nullptr, 0, 0, 0,
                    0, 0),
      &PKCS12_free);
  bio out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!store || i2d_PKCS12_bio(out.get(), store.get()) != 1) {
    throw std::runtime_error("no keystore could be written");
  }
  return drain(out.get());
}

std::string to_pem(const certificate& c) {
  bio out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(out.get(), c.get());
  return drain(out.get());
}

std::string subject(const certificate& c) {
  bio out(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(c.get()), 0, XN_FLAG_RFC2253);
  return drain(out.get());
}

std::vector<std::string> dns_names(const certificate& c) {
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(c.get(), NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::vector<std::string> names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.emplace_back(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return names;
}

namespace {

std::chrono::system_clock::time_point time_of(const ASN1_TIME* t) {
  using clock = std::chrono::system_clock;
  std::tm utc{};
  ASN1_TIME_to_tm(t, &utc);
  // A certificate may end in 9999 (RFC 5280 4.1.2.5), beyond what nanoseconds can count.
  constexpr auto most = std::chrono::floor<std::chrono::seconds>(clock::time_point::max());
  constexpr auto least = std::chrono::ceil<std::chrono::seconds>(clock::time_point::min());
  const std::chrono::sys_seconds written{std::chrono::seconds(timegm(&utc))};
  return std::clamp(written, least, most);
}

}  // namespace

std::chrono::system_clock::time_point valid_from(const certificate& c) {
  return time_of(X509_get0_notBefore(c.get()));
}

std::chrono::system_clock::time_point expiry(const certificate& c) {
  return time_of(X509_get0_notAfter(c.get()));
}

}  // namespace crypto
