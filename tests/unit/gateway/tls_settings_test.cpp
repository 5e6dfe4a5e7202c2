// <ssl>: what its attributes mean, and the exact errors of those that mean nothing.
#include "crypto/ciphers.hpp"
#include "support.hpp"

namespace gateway::test {
namespace {

std::string with_ssl(const std::string& attributes) {
  return "<serviceProxy><ssl " + attributes + "><keystore location='a'/></ssl></serviceProxy>";
}
std::string with_target(const std::string& attributes) {
  return "<serviceProxy><target host='h'><ssl " + attributes + "/></target></serviceProxy>";
}

struct tls_error_row {
  std::string attributes;  // the first one begins in column 20
  std::string column;
  std::string message;  // behind "<ssl>: attribute "
};
class TlsErrors : public testing::TestWithParam<tls_error_row> {};

TEST_P(TlsErrors, AreExact) {
  const auto result = load_proxies(with_ssl(GetParam().attributes));
  ASSERT_EQ(result.errors.size(), 1u) << GetParam().attributes;
  const std::string& e = result.errors.front();
  EXPECT_EQ(e.substr(0, e.find('\n')),
            "proxies.xml:2:" + GetParam().column + ": <ssl>: attribute " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, TlsErrors,
    testing::Values(
        tls_error_row{"protocol='SSL'", "30", "'protocol' must be 'TLS', not 'SSL'"},
        tls_error_row{"protocol=''", "30", "'protocol' must be 'TLS', not ''"},
        tls_error_row{"protocols='TLSv1.1'", "31",
                      "'protocols' names 'TLSv1.1', which is broken; TLSv1.2 and TLSv1.3 are "
                      "supported"},
        tls_error_row{"protocols='TLSv1.2,TLSv1'", "39",
                      "'protocols' names 'TLSv1', which is broken; TLSv1.2 and TLSv1.3 are "
                      "supported"},
        tls_error_row{"protocols='TLSv1.3 SSLv3'", "39",
                      "'protocols' names 'SSLv3', which is broken; TLSv1.2 and TLSv1.3 are "
                      "supported"},
        tls_error_row{"protocols='SSLv2Hello'", "31",
                      "'protocols' names 'SSLv2Hello', which is broken; TLSv1.2 and TLSv1.3 are "
                      "supported"},
        tls_error_row{"protocols='tlsv1.2'", "31",
                      "'protocols' names 'tlsv1.2'; it must be TLSv1.2 or TLSv1.3"},
        tls_error_row{"protocols='TLSv1.2;TLSv1.3'", "31",
                      "'protocols' names 'TLSv1.2;TLSv1.3'; it must be TLSv1.2 or TLSv1.3"},
        tls_error_row{"protocols=''", "31",
                      "'protocols' names no version; it must be TLSv1.2 or TLSv1.3"},
        tls_error_row{"protocols=' , '", "31",
                      "'protocols' names no version; it must be TLSv1.2 or TLSv1.3"}));

INSTANTIATE_TEST_SUITE_P(
    Ciphers, TlsErrors,
    testing::Values(
        tls_error_row{"ciphers='TLS_AES_128_GCM_SHA265'", "29",
                      "'ciphers' names 'TLS_AES_128_GCM_SHA265', which is not known; did you mean "
                      "'TLS_AES_128_GCM_SHA256'?"},
        tls_error_row{"ciphers='TLS_AES_128_GCM_SHA256 ECDHE-RSA-AES128-GCM-SHA25'", "52",
                      "'ciphers' names 'ECDHE-RSA-AES128-GCM-SHA25', which is not known; did you "
                      "mean 'ECDHE-RSA-AES128-GCM-SHA256'?"},
        tls_error_row{"ciphers='ALL'", "29", "'ciphers' names 'ALL', which is not known"},
        tls_error_row{"ciphers=''", "29", "'ciphers' names no cipher"},
        tls_error_row{"ciphers=','", "29", "'ciphers' names no cipher"},
        tls_error_row{"ciphers='TLS_AES_128_GCM_SHA256' protocols='TLSv1.2'", "29",
                      "'ciphers' names no cipher of the versions in 'protocols'"},
        tls_error_row{"ciphers='ECDHE-RSA-AES128-GCM-SHA256' protocols='TLSv1.3'", "29",
                      "'ciphers' names no cipher of the versions in 'protocols'"}));

INSTANTIATE_TEST_SUITE_P(
    Peers, TlsErrors,
    testing::Values(
        tls_error_row{"clientAuth='yes'", "32",
                      "'clientAuth' must be 'none', 'want' or 'need', not 'yes'"},
        tls_error_row{"clientAuth=''", "32",
                      "'clientAuth' must be 'none', 'want' or 'need', not ''"},
        tls_error_row{"endpointIdentificationAlgorithm='LDAPS'", "53",
                      "'endpointIdentificationAlgorithm' must be 'HTTPS' or empty, not 'LDAPS'"},
        tls_error_row{"useExperimentalHttp2='true'", "42",
                      "'useExperimentalHttp2' must be 'false': only HTTP/1.1 is spoken here"},
        tls_error_row{"useAsDefault='x'", "34",
                      "'useAsDefault' must be 'true' or 'false', not 'x'"},
        tls_error_row{"ignoreTimestampCheckFailure='x'", "49",
                      "'ignoreTimestampCheckFailure' must be 'true' or 'false', not 'x'"},
        tls_error_row{"showSSLExceptions='x'", "39",
                      "'showSSLExceptions' must be 'true' or 'false', not 'x'"},
        tls_error_row{"serverNam='x'", "20",
                      "'serverNam' is not known; did you mean 'serverName'?"}));

// Errors of what stands in <ssl>, which begins in column 15; its children begin in column 20.
struct child_row {
  std::string children;
  std::string told;  // behind "proxies.xml:2:"
};
class TlsChildErrors : public testing::TestWithParam<child_row> {};

TEST_P(TlsChildErrors, AreExact) {
  const auto result =
      load_proxies("<serviceProxy><ssl>" + GetParam().children + "</ssl></serviceProxy>");
  ASSERT_FALSE(result.errors.empty()) << GetParam().children;
  const std::string& e = result.errors.front();
  EXPECT_EQ(e.substr(0, e.find('\n')), "proxies.xml:2:" + GetParam().told);
}

const std::string keystore = "<keystore location='a'/>";
const std::string key = "<key><private location='a'/><certificate location='a'/></key>";

INSTANTIATE_TEST_SUITE_P(
    Key, TlsChildErrors,
    testing::Values(
        child_row{"<key/>", "20: <key>: needs <private> inside"},
        child_row{"<key><private location='a'/></key>", "20: <key>: needs <certificate> inside"},
        child_row{"<key><certificate>x</certificate></key>", "20: <key>: needs <private> inside"},
        child_row{"<key><certificate>x</certificate><private>x</private></key>",
                  "53: <private>: must stand before <certificate> in <key>"},
        child_row{"<key><private>x</private><private>x</private><certificate>x</certificate></key>",
                  "45: <private>: may stand only once in <key>"},
        child_row{"<key><private/><certificate>x</certificate></key>",
                  "25: <private>: needs text between the tags or the attribute 'location'"},
        child_row{"<key><private location='a'>x</private><certificate>x</certificate></key>",
                  "47: <private>: has text and the attribute 'location', too; write one of them"},
        child_row{"<key><private location=''/><certificate>x</certificate></key>",
                  "44: <private>: attribute 'location' must not be empty"},
        child_row{"<key><private locaton='x'>x</private><certificate>x</certificate></key>",
                  "34: <private>: attribute 'locaton' is not known; did you mean 'location'?"},
        child_row{"<key>x<private>x</private><certificate>x</certificate></key>",
                  "25: <key>: text is not expected here"},
        child_row{keystore + key, "44: <key>: there is a <keystore>, too; write one of them"},
        child_row{key + keystore, "81: <keystore>: must stand before <key> in <ssl>"},
        child_row{key + key, "81: <key>: may stand only once in <ssl>"}));

INSTANTIATE_TEST_SUITE_P(
    Trust, TlsChildErrors,
    testing::Values(
        child_row{keystore + "<trust/>", "44: <trust>: needs <certificate> inside"},
        child_row{keystore + "<trust><certificate> </certificate></trust>",
                  "51: <certificate>: needs text between the tags or the attribute 'location'"},
        child_row{keystore + "<trust><private>x</private><certificate>x</certificate></trust>",
                  "51: <private>: is not allowed here; it belongs in <key>"},
        child_row{keystore + "<trust checkRevocation='x'><certificate>x</certificate></trust>",
                  "51: <trust>: attribute 'checkRevocation' exists in Membrane but is not "
                  "supported here yet"},
        child_row{
            keystore + "<truststore location='a'/><trust><certificate>x</certificate></trust>",
            "70: <trust>: there is a <truststore>, too; write one of them"},
        child_row{"<trust><certificate>x</certificate></trust>",
                  "15: <ssl>: needs a <keystore> or <key> inside, for the certificate"},
        child_row{keystore + "<acme/>",
                  "44: <acme>: exists in Membrane but is not supported here; let certbot renew the "
                  "file that "
                  "<keystore> names; a changed one is noticed"}));

TEST(TlsSettings, TakeTheIndentationOffPemText) {
  const auto c = must_load(
      "<serviceProxy><ssl><key><private>\n\t\t-----BEGIN\n\n  ab= \r\n\t</private>"
      "<certificate>\n  one\n  two</certificate><certificate location='b'/></key>"
      "<trust><certificate>three</certificate></trust></ssl></serviceProxy>");
  ASSERT_TRUE(c);
  const tls_settings& tls = *c->proxies[0]->tls;
  EXPECT_EQ(tls.key->key.text, "-----BEGIN\n\nab=\n");
  ASSERT_EQ(tls.key->certificates.size(), 2u);
  EXPECT_EQ(tls.key->certificates[0].text, "one\ntwo\n");
  EXPECT_EQ(tls.key->certificates[1].path, "/b");
  ASSERT_EQ(tls.trust.size(), 1u);
  EXPECT_EQ(tls.trust[0].text, "three\n");
}

TEST(TlsSettings, WatchTheFilesOfKeyAndTrust) {
  const auto c = must_load(
      "<serviceProxy><ssl><key><private location='k'/><certificate location='c'/>"
      "<certificate>x</certificate></key><trust><certificate location='t'/></trust></ssl>"
      "</serviceProxy>");
  ASSERT_TRUE(c);
  std::vector<std::string> watched;
  for (const file_use& use : c->files) watched.push_back(use.path);
  EXPECT_EQ(watched, (std::vector<std::string>{"/k", "/c", "/t"}));
}

TEST(TlsSettings, ChangeTheProxyWithItsInlineText) {
  const auto with = [](const std::string& text) {
    const auto c = must_load("<serviceProxy><ssl><key><private>" + text +
                             "</private><certificate>x</certificate></key></ssl></serviceProxy>");
    return c ? c->proxies[0]->fingerprint : std::string();
  };
  EXPECT_EQ(with("a"), with("a"));
  EXPECT_NE(with("a"), with("b"));
}

TEST(TlsSettings, RefuseProxiesOfOnePortThatTrustOthers) {
  const auto one = [](const std::string& trust) {
    return "<serviceProxy><ssl clientAuth='need'>" + keystore + trust + "</ssl></serviceProxy>\n";
  };
  const auto inline_trust = [](const std::string& text) {
    return "<trust><certificate>" + text + "</certificate></trust>";
  };
  EXPECT_TRUE(load_proxies(one(inline_trust("a")) + one(inline_trust("a"))).errors.empty());
  for (const std::string& other :
       {std::string(), inline_trust("b"), std::string("<truststore location='a' password='x'/>"),
        std::string("<trust><certificate location='a'/></trust>")})
    EXPECT_EQ(load_proxies(one(inline_trust("a")) + one(other)).errors.size(), 1u) << other;
}

TEST(TlsSettings, TellsAllErrorsOfOneElementAtOnce) {
  const auto result =
      load_proxies(with_ssl("protocols='SSLv3' ciphers='x' useExperimentalHttp2='true'"));
  EXPECT_EQ(result.errors.size(), 3u);
}

TEST(TlsSettings, RefusesProxiesOfOnePortThatAskDifferentThingsOfClients) {
  for (const std::string other : {"clientAuth='need'", "clientAuth='want'", "protocols='TLSv1.3'",
                                  "ciphers='TLS_AES_128_GCM_SHA256'"}) {
    const auto result = load_proxies(with_ssl("") + "\n" + with_ssl(other));
    ASSERT_EQ(result.errors.size(), 1u) << other;
    const std::string& e = result.errors.front();
    EXPECT_EQ(e.substr(0, e.find('\n')),
              "proxies.xml:3:1: <serviceProxy>: port 80 has an <ssl> with other protocols, ciphers "
              "or clientAuth than the one in line 2; they must be the same");
  }
}

struct tls_row {
  std::string attributes;
  std::string told;
};
// The settings as one line, for the rows below.
std::string tell(const tls_settings& t) {
  std::string out;
  if (t.tls12) out += "1.2[" + t.cipher_list + "] ";
  if (t.tls13) out += "1.3[" + t.cipher_suites + "] ";
  if (t.clients == client_auth::want) out += "want ";
  if (t.clients == client_auth::need) out += "need ";
  if (!t.use_as_default) out += "last ";
  if (!t.check_host) out += "any-host ";
  if (t.ignore_expiry) out += "any-time ";
  if (t.server_name) out += "sni=" + *t.server_name + " ";
  if (!out.empty()) out.pop_back();
  return out;
}
class TlsSettingsRows : public testing::TestWithParam<tls_row> {};

TEST_P(TlsSettingsRows, MeanOnListenersAndTargetsWhatIsWritten) {
  const auto listener = must_load(with_ssl(GetParam().attributes));
  ASSERT_TRUE(listener);
  EXPECT_EQ(tell(*listener->proxies[0]->tls), GetParam().told);
  const auto target = must_load(with_target(GetParam().attributes));
  ASSERT_TRUE(target);
  EXPECT_EQ(tell(*target->proxies[0]->target->tls), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsSettingsRows,
                         testing::Values(tls_row{"", "1.2[] 1.3[]"},
                                         tls_row{"protocol='TLS'", "1.2[] 1.3[]"},
                                         tls_row{"protocol='tls'", "1.2[] 1.3[]"},
                                         tls_row{"protocols='TLSv1.2'", "1.2[]"},
                                         tls_row{"protocols='TLSv1.3'", "1.3[]"},
                                         tls_row{"protocols='TLSv1.2,TLSv1.3'", "1.2[] 1.3[]"},
                                         tls_row{"protocols='TLSv1.3 TLSv1.2'", "1.2[] 1.3[]"},
                                         tls_row{"protocols=' TLSv1.3 , TLSv1.3 '", "1.3[]"}));

INSTANTIATE_TEST_SUITE_P(
    Ciphers, TlsSettingsRows,
    testing::Values(
        tls_row{"ciphers='TLS_AES_128_GCM_SHA256'", "1.3[TLS_AES_128_GCM_SHA256]"},
        tls_row{"ciphers='TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'",
                "1.2[ECDHE-RSA-AES128-GCM-SHA256]"},
        tls_row{"ciphers='ECDHE-RSA-AES128-GCM-SHA256'", "1.2[ECDHE-RSA-AES128-GCM-SHA256]"},
        tls_row{"ciphers='TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256'",
                "1.3[TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256]"},
        tls_row{"ciphers='ECDHE-ECDSA-AES256-GCM-SHA384 TLS_CHACHA20_POLY1305_SHA256'",
                "1.2[ECDHE-ECDSA-AES256-GCM-SHA384] 1.3[TLS_CHACHA20_POLY1305_SHA256]"},
        tls_row{"protocols='TLSv1.2' ciphers='TLS_AES_128_GCM_SHA256, ECDHE-RSA-AES128-SHA256'",
                "1.2[ECDHE-RSA-AES128-SHA256]"}));

INSTANTIATE_TEST_SUITE_P(
    Peers, TlsSettingsRows,
    testing::Values(tls_row{"clientAuth='none'", "1.2[] 1.3[]"},
                    tls_row{"clientAuth='want'", "1.2[] 1.3[] want"},
                    tls_row{"clientAuth='NEED'", "1.2[] 1.3[] need"},
                    tls_row{"useAsDefault='false'", "1.2[] 1.3[] last"},
                    tls_row{"endpointIdentificationAlgorithm='HTTPS'", "1.2[] 1.3[]"},
                    tls_row{"endpointIdentificationAlgorithm=''", "1.2[] 1.3[] any-host"},
                    tls_row{"ignoreTimestampCheckFailure='true'", "1.2[] 1.3[] any-time"},
                    tls_row{"serverName='x.example'", "1.2[] 1.3[] sni=x.example"},
                    tls_row{"serverName=''", "1.2[] 1.3[] sni="},
                    tls_row{"showSSLExceptions='true'", "1.2[] 1.3[]"},
                    tls_row{"algorithm='SunX509'", "1.2[] 1.3[]"},
                    tls_row{"useExperimentalHttp2='false'", "1.2[] 1.3[]"}));

TEST(TlsSettings, LeavesTheFormatOfAStoreToItsContentUnlessWritten) {
  for (const auto& [written, type] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"type='pem'", "PEM"}, {"type='PKCS12'", "PKCS12"}}) {
    const auto c = must_load("<serviceProxy><ssl><keystore location='a' " + written +
                             "/></ssl></serviceProxy>");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->proxies[0]->tls->key_store->type, type);
  }
}

TEST(Ciphers, AreKnownByBothNames) {
  ASSERT_FALSE(crypto::known_ciphers().empty());
  for (const crypto::cipher& c : crypto::known_ciphers()) {
    ASSERT_TRUE(crypto::find_cipher(c.openssl_name));
    EXPECT_EQ(crypto::find_cipher(c.standard_name)->openssl_name, c.openssl_name);
  }
  EXPECT_FALSE(crypto::find_cipher("TLS_RSA_WITH_NULL_SHA"));
}

}  // namespace
}  // namespace gateway::test
