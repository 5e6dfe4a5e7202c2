// Keys and certificates for tests: with names and issuers of one's choice, and as PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "crypto/key_material.hpp"

namespace certificates {

struct wishes {
  std::string subject = "localhost";         // common name
  std::string names = "DNS:localhost";       // alternative names as OpenSSL writes them, or none
  const crypto::identity* issuer = nullptr;  // null: signed by itself
};

inline void add_names(X509* to, const std::string& names) {
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  if (!made) throw std::runtime_error("no such names: " + names);
  X509_add_ext(to, made, -1);
  X509_EXTENSION_free(made);
}

// A P-256 key with a certificate for a year, good for servers, clients and issuers.
inline crypto::identity make(const wishes& w = {}) {
  auto who = crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                               std::chrono::system_clock::now());
  X509* leaf = who.leaf.get();
  for (const int nid : {NID_ext_key_usage, NID_subject_alt_name})
    X509_EXTENSION_free(X509_delete_ext(leaf, X509_get_ext_by_NID(leaf, nid, -1)));
  if (!w.names.empty()) add_names(leaf, w.names);
  X509_NAME* subject = X509_get_subject_name(leaf);
  X509_NAME_ENTRY_free(X509_NAME_delete_entry(subject, 0));
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(w.subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(leaf, w.issuer ? X509_get_subject_name(w.issuer->leaf.get()) : subject);
  EVP_PKEY* signer = w.issuer ? w.issuer->key.get() : who.key.get();
  if (X509_sign(leaf, signer, EVP_sha256()) == 0) throw std::runtime_error("not signed");
  return who;
}

// The private key; with a password encrypted.
inline std::string key_pem(const crypto::identity& who, std::string password = {}) {
  BIO* out = BIO_new(BIO_s_mem());
  const EVP_CIPHER* cipher = password.empty() ? nullptr : EVP_aes_128_cbc();
  PEM_write_bio_PKCS8PrivateKey(out, who.key.get(), cipher, password.data(),
                                static_cast<int>(password.size()), nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(out);
  return text;
}

}  // namespace certificates
