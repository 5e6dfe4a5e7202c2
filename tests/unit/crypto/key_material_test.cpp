#include "crypto/key_material.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "tests/certificates.hpp"

namespace crypto {
namespace {

const identity& sample() {
  static const identity who =
      make_development_identity(key_kind::ecdsa_p256, std::chrono::system_clock::now());
  return who;
}
template <class T>
std::string problem(const outcome<T>& o) {
  const auto* why = std::get_if<failure>(&o);
  return why ? why->text : "no failure";
}

TEST(KeyMaterial, ReadsThePkcs12ThatItWrites) {
  const std::string store = to_pkcs12(sample(), "secret");
  const auto loaded = load_pkcs12_identity(store, "secret", "");
  ASSERT_TRUE(std::holds_alternative<identity>(loaded)) << problem(loaded);
  EXPECT_EQ(X509_cmp(std::get<identity>(loaded).leaf.get(), sample().leaf.get()), 0);
  EXPECT_TRUE(std::holds_alternative<identity>(load_pkcs12_identity(store, "secret", "membrane")));
  const auto trusted = load_pkcs12_certificates(store, "secret");
  ASSERT_TRUE(std::holds_alternative<std::vector<certificate>>(trusted));
  EXPECT_EQ(std::get<std::vector<certificate>>(trusted).size(), 1u);
}

TEST(KeyMaterial, SaysWhatIsWrongWithAKeystore) {
  const std::string store = to_pkcs12(sample(), "secret");
  EXPECT_EQ(problem(load_pkcs12_identity(store, "guess", "")), "cannot be opened: wrong password");
  EXPECT_EQ(problem(load_pkcs12_identity("nonsense", "secret", "")), "is not a PKCS#12 keystore");
  EXPECT_EQ(problem(load_pkcs12_identity("", "secret", "")), "is not a PKCS#12 keystore");
  EXPECT_EQ(problem(load_pkcs12_identity(store, "secret", "other")),
            "has no key entry with the alias 'other'");
  EXPECT_NE(problem(load_pkcs12_identity("\xfe\xed\xfe\xed....", "secret", "")).find("keytool"),
            std::string::npos);
}

TEST(KeyMaterial, ReadsPemCertificatesAndRefusesBrokenOnes) {
  const std::string pem = to_pem(sample().leaf);
  const auto two = load_pem_certificates(pem + pem);
  ASSERT_TRUE(std::holds_alternative<std::vector<certificate>>(two));
  EXPECT_EQ(std::get<std::vector<certificate>>(two).size(), 2u);
  EXPECT_EQ(problem(load_pem_certificates("nothing here")), "has no PEM certificate");
  std::string broken = pem + pem;
  broken[pem.size() + 100] = '*';
  EXPECT_EQ(problem(load_pem_certificates(broken)), "has a broken PEM certificate");
}

TEST(KeyMaterial, ReadsPemKeys) {
  const std::string plain = certificates::key_pem(sample());
  const std::string closed = certificates::key_pem(sample(), "secret");
  const auto key = load_pem_key(plain, "");
  ASSERT_TRUE(std::holds_alternative<private_key>(key)) << problem(key);
  EXPECT_TRUE(belong_together(std::get<private_key>(key), sample().leaf));
  EXPECT_FALSE(belong_together(std::get<private_key>(key), certificates::make().leaf));
  EXPECT_TRUE(std::holds_alternative<private_key>(load_pem_key(closed, "secret")));
  for (const auto& wrong : {load_pem_key(closed, "guess"), load_pem_key(closed, ""),
                            load_pem_key("", ""), load_pem_key(to_pem(sample().leaf), "")})
    EXPECT_EQ(problem(wrong), "has no readable PEM private key (or the password is wrong)");
}

TEST(KeyMaterial, KnowsTheOrderOfAChain) {
  const identity root = certificates::make({.subject = "root", .names = "", .issuer = nullptr});
  const identity middle = certificates::make({.subject = "middle", .names = "", .issuer = &root});
  const identity leaf = certificates::make({.issuer = &middle});
  EXPECT_TRUE(is_in_order({}));
  EXPECT_TRUE(is_in_order({leaf.leaf}));
  EXPECT_TRUE(is_in_order({leaf.leaf, middle.leaf}));
  EXPECT_TRUE(is_in_order({leaf.leaf, middle.leaf, root.leaf}));
  EXPECT_FALSE(is_in_order({leaf.leaf, root.leaf}));
  EXPECT_FALSE(is_in_order({middle.leaf, leaf.leaf}));
}

TEST(KeyMaterial, KnowsTheDnsNamesOfACertificate) {
  const auto names = [](const std::string& alternative) {
    return dns_names(
        certificates::make({.subject = "x", .names = alternative, .issuer = nullptr}).leaf);
  };
  EXPECT_EQ(names(""), std::vector<std::string>());
  EXPECT_EQ(names("IP:127.0.0.1"), std::vector<std::string>());
  EXPECT_EQ(names("DNS:a.example,IP:127.0.0.1,DNS:*.b.example"),
            (std::vector<std::string>{"a.example", "*.b.example"}));
}

TEST(KeyMaterial, KnowsWhenACertificateExpires) {
  const auto left = expiry(sample().leaf) - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours(24 * 360));
  EXPECT_LT(left, std::chrono::hours(24 * 366));
}

// RFC 5280 4.1.2.5: whose end is not known ends in 9999, which no clock of nanoseconds reaches.
TEST(KeyMaterial, KnowsThatACertificateWithoutAnEndIsValidForLong) {
  const auto who = certificates::make();
  ASN1_TIME_set_string_X509(X509_getm_notBefore(who.leaf.get()), "16000101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(who.leaf.get()), "99991231235959Z");
  const auto now = std::chrono::system_clock::now();
  EXPECT_GT(expiry(who.leaf), now + std::chrono::hours(24 * 365 * 100));
  EXPECT_LT(valid_from(who.leaf), now - std::chrono::hours(24 * 365 * 100));
}

TEST(Digest, MatchesPublishedExamples) {
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 6455 1.3
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Base64, DecodesOnlyWhatIsWellFormed) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  for (const auto* bad : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm 9v", "Zm9*"}) {
    EXPECT_FALSE(base64_decode(bad)) << bad;
  }
}

}  // namespace
}  // namespace crypto
