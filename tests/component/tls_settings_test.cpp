// <ssl> from the file to the handshake: stores are opened as the gateway does, both sides shake
// hands on a simulated network.
#include <gmock/gmock.h>

#include "gateway/app/materials.hpp"
#include "gateway/elements/registry.hpp"
#include "tests/certificates.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

crypto::identity make_identity(std::chrono::hours age = {}) {
  return crypto::make_development_identity(crypto::key_kind::rsa_2048,
                                           std::chrono::system_clock::now() - age);
}

// The development identity is a server's only; without that extension it is good for both.
crypto::identity make_client() {
  auto who = make_identity();
  X509* leaf = who.leaf.get();
  X509_EXTENSION_free(X509_delete_ext(leaf, X509_get_ext_by_NID(leaf, NID_ext_key_usage, -1)));
  if (X509_sign(leaf, who.key.get(), EVP_sha256()) == 0) throw std::runtime_error("not signed");
  return who;
}

// Stores of a server, a client and a stranger, and what <ssl> elements make of them.
class tls_world {
 public:
  tls_world() {
    static const auto server = make_identity();
    static const auto client = make_client();
    static const auto old = make_identity(std::chrono::hours(24 * 400));
    folder.write("server.p12", crypto::to_pkcs12(server, "secret"));
    folder.write("client.p12", crypto::to_pkcs12(client, "secret"));
    folder.write("old.p12", crypto::to_pkcs12(old, "secret"));
    folder.write("server.pem", crypto::to_pem(server.leaf));
    folder.write("client.pem", crypto::to_pem(client.leaf));
    folder.write("old.pem", crypto::to_pem(old.leaf));
  }
  // `inner` stands in the listener's <ssl>, `target` is the target's whole <ssl>.
  gateway::materials_result open(const std::string& ssl, const std::string& target = "<ssl/>") {
    return open_proxies("<serviceProxy port='1'>\n" + ssl + "\n<target host='localhost'>" + target +
                        "</target></serviceProxy>");
  }
  gateway::materials_result open_proxies(const std::string& proxies) {
    const std::string text =
        "<b:beans xmlns:b='http://www.springframework.org/schema/beans' "
        "xmlns='http://membrane-soa.org/proxies/1/'><router>" +
        proxies + "</router></b:beans>";
    gateway::load_options options;
    options.folder = folder.path();
    auto loaded = gateway::load_config(text, gateway::builtin_elements(), options);
    for (const std::string& e : loaded.errors) ADD_FAILURE() << e;
    if (!loaded.value) return {};
    return gateway::open_materials(*loaded.value, net::session_tickets::none);
  }
  // How a handshake of the two ends: "TLSv1.3 CIPHER NAME" and the subject of a verified client, or
  // the reasons of the client and of the server.
  std::string shake(const std::string& ssl, const std::string& target,
                    const std::string& host = "localhost") {
    return shake_opened(open(ssl, target), host);
  }
  // The same for the first listener and the first target of `opened`.
  std::string shake_opened(const gateway::materials_result& opened, const std::string& host) {
    for (const std::string& e : opened.tls_errors) ADD_FAILURE() << e;
    if (opened.value.servers.empty() || opened.value.clients.empty()) return "not opened";
    net::simulation sim;
    auto [a, b] = sim.make_pair();
    std::string client_why, server_why, agreed;
    net::task_group group(sim);
    group.spawn(
        accept(sim, std::move(b), opened.value.servers.begin()->second, agreed, server_why));
    group.spawn(connect(sim, std::move(a), opened.value.clients.begin()->second, host, client_why));
    sim.run();
    return agreed.empty() ? "client: " + client_why + "; server: " + server_why : agreed;
  }

  example_folder folder;

 private:
  static net::task<void> accept(net::runtime& rt, std::unique_ptr<net::stream> below,
                                std::shared_ptr<const net::tls_context> context,
                                std::string& agreed, std::string& why) {
    auto made = co_await net::tls_accept(rt, std::move(below), std::move(context), &why);
    if (!made) co_return;
    const net::tls_info& info = *(*made)->tls();
    agreed = info.protocol + " " + info.cipher + " " + info.server_name;
    if (!info.client_subject.empty()) agreed += " " + info.client_subject;
  }
  static net::task<void> connect(net::runtime& rt, std::unique_ptr<net::stream> below,
                                 std::shared_ptr<const net::tls_context> context, std::string host,
                                 std::string& why) {
    static_cast<void>(
        co_await net::tls_connect(rt, std::move(below), std::move(context), host, &why));
  }
};

const std::string server_store = "<keystore location='server.p12' password='secret'/>";
const std::string client_store = "<keystore location='client.p12' password='secret'/>";
const std::string old_store = "<keystore location='old.p12' password='secret'/>";
const std::string trust_server = "<truststore location='server.pem'/>";
const std::string trust_client = "<truststore location='client.pem'/>";

std::string ssl(const std::string& attributes, const std::string& inner) {
  return "<ssl " + attributes + ">" + inner + "</ssl>";
}

struct handshake_row {
  std::string server;
  std::string client;
  std::string host;
  std::string told;  // part of what shake() says
};
class TlsHandshakes : public testing::TestWithParam<handshake_row> {};

TEST_P(TlsHandshakes, EndAsConfigured) {
  tls_world w;
  const auto& row = GetParam();
  EXPECT_THAT(w.shake(row.server, row.client, row.host), HasSubstr(row.told));
}

INSTANTIATE_TEST_SUITE_P(
    VersionsAndCiphers, TlsHandshakes,
    testing::Values(
        handshake_row{ssl("", server_store), ssl("", trust_server), "localhost", "TLSv1.3 "},
        handshake_row{ssl("protocols='TLSv1.2'", server_store), ssl("", trust_server), "localhost",
                      "TLSv1.2 "},
        handshake_row{ssl("", server_store), ssl("protocols='TLSv1.2'", trust_server), "localhost",
                      "TLSv1.2 "},
        handshake_row{ssl("protocols='TLSv1.3'", server_store),
                      ssl("protocols='TLSv1.2'", trust_server), "localhost",
                      "server: unsupported protocol"},
        handshake_row{ssl("ciphers='TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'", server_store),
                      ssl("", trust_server), "localhost", "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256"},
        handshake_row{ssl("ciphers='TLS_AES_128_GCM_SHA256'", server_store), ssl("", trust_server),
                      "localhost", "TLSv1.3 TLS_AES_128_GCM_SHA256"},
        handshake_row{
            ssl("ciphers='ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384'", server_store),
            ssl("ciphers='ECDHE-RSA-AES256-GCM-SHA384,ECDHE-RSA-AES128-GCM-SHA256'", trust_server),
            "localhost", "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256"},
        handshake_row{ssl("ciphers='ECDHE-RSA-AES128-GCM-SHA256'", server_store),
                      ssl("ciphers='ECDHE-RSA-AES256-GCM-SHA384'", trust_server), "localhost",
                      "server: no shared cipher"}));

INSTANTIATE_TEST_SUITE_P(
    ClientCertificates, TlsHandshakes,
    testing::Values(
        handshake_row{ssl("clientAuth='need'", server_store + trust_client),
                      ssl("", client_store + trust_server), "localhost", "TLSv1.3 "},
        handshake_row{ssl("clientAuth='need'", server_store + trust_client), ssl("", trust_server),
                      "localhost", "server: peer did not return a certificate"},
        handshake_row{ssl("clientAuth='need' protocols='TLSv1.2'", server_store + trust_client),
                      ssl("", trust_server), "localhost", "handshake failure; server: peer"},
        handshake_row{ssl("clientAuth='need'", server_store + trust_client),
                      ssl("", old_store + trust_server), "localhost",
                      "server: self-signed certificate"},
        handshake_row{ssl("clientAuth='need'", server_store + trust_server),
                      ssl("", server_store + trust_server), "localhost",
                      "server: unsuitable certificate purpose"},
        handshake_row{ssl("clientAuth='need'", server_store), ssl("", client_store + trust_server),
                      "localhost", "server: self-signed certificate"},
        handshake_row{ssl("clientAuth='want'", server_store + trust_client), ssl("", trust_server),
                      "localhost", "TLSv1.3 "},
        handshake_row{ssl("clientAuth='want'", server_store + trust_client),
                      ssl("", client_store + trust_server), "localhost", "TLSv1.3 "},
        handshake_row{ssl("", server_store + trust_client), ssl("", trust_server), "localhost",
                      "TLSv1.3 "}));

INSTANTIATE_TEST_SUITE_P(
    Verification, TlsHandshakes,
    testing::Values(
        handshake_row{ssl("", server_store), "<ssl/>", "localhost", "client: self-signed"},
        handshake_row{ssl("", server_store), ssl("", trust_server), "other.example",
                      "client: hostname mismatch"},
        handshake_row{ssl("", server_store),
                      ssl("endpointIdentificationAlgorithm=''", trust_server), "other.example",
                      "TLSv1.3 "},
        handshake_row{ssl("", server_store), ssl("endpointIdentificationAlgorithm=''", ""),
                      "localhost", "client: self-signed"},
        handshake_row{ssl("", server_store), ssl("", trust_server), "127.0.0.1", "TLSv1.3 "},
        handshake_row{ssl("", server_store), ssl("", trust_server), "127.0.0.2",
                      "client: IP address mismatch"},
        handshake_row{ssl("", server_store), ssl("serverName='localhost'", trust_server),
                      "other.example", " localhost"},
        handshake_row{ssl("", old_store), ssl("", "<truststore location='old.pem'/>"), "localhost",
                      "client: certificate has expired"},
        handshake_row{ssl("", old_store),
                      ssl("ignoreTimestampCheckFailure='true'", "<truststore location='old.pem'/>"),
                      "localhost", "TLSv1.3 "}));

TEST(TlsNames, AreNotSentWhenServerNameIsEmpty) {
  tls_world w;
  EXPECT_THAT(w.shake(ssl("", server_store), ssl("", trust_server)), EndsWith(" localhost"));
  EXPECT_THAT(w.shake(ssl("", server_store), ssl("serverName=''", trust_server)), EndsWith(" "));
}

TEST(TlsStores, OfJavaAreAnsweredWithTheCommandThatConvertsThem) {
  tls_world w;
  w.folder.write("it's.jks", "\xfe\xed\xfe\xed rest");
  w.folder.write("b.p12", "\xce\xce\xce\xce rest");
  const auto opened = w.open(
      ssl("", "<keystore location=\"it's.jks\"/><truststore location='b.p12' password='x'/>"));
  ASSERT_EQ(opened.tls_errors.size(), 2u);
  const std::string folder = w.folder.path();
  EXPECT_THAT(opened.tls_errors[0],
              StartsWith("proxies.xml:2:27: <keystore>: 'it's.jks' is a JKS file; convert it: "
                         "keytool -importkeystore -srckeystore '" +
                         folder + "/it'\\''s.jks' -srcstoretype JKS -destkeystore '" + folder +
                         "/it'\\''s.p12' -deststoretype PKCS12\n"));
  EXPECT_THAT(opened.tls_errors[1],
              HasSubstr("'b.p12' is a JCEKS file; convert it: keytool -importkeystore "
                        "-srckeystore '" +
                        folder + "/b.p12' -srcstoretype JCEKS -destkeystore '" + folder +
                        "/b-converted.p12' -deststoretype PKCS12\n"));
}

TEST(TlsStores, NeedAPasswordUnlessTheyArePem) {
  tls_world w;
  const auto opened = w.open(ssl("", server_store + "<truststore location='client.p12'/>"));
  ASSERT_EQ(opened.tls_errors.size(), 1u);
  EXPECT_THAT(opened.tls_errors[0],
              HasSubstr("'client.p12' needs the attribute 'password' (only PEM files have none)"));
}

TEST(TlsStores, HaveADigestEach) {
  tls_world w;
  const auto opened = w.open(ssl("", server_store + trust_client), ssl("", trust_server));
  const std::string folder = w.folder.path() + "/";
  ASSERT_EQ(opened.value.digests.size(), 3u);
  const auto bytes = net::read_file(folder + "server.p12", 1 << 20);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(opened.value.digests.at(folder + "server.p12"), crypto::hex(crypto::sha256(*bytes)));
  EXPECT_EQ(opened.value.digests.count(folder + "client.pem"), 1u);
  EXPECT_EQ(opened.value.digests.count(folder + "server.pem"), 1u);
}

TEST(TlsClients, AreKnownByTheSubjectOfTheirVerifiedCertificate) {
  tls_world w;
  const auto who = certificates::make({.subject = "J\xC3\xBC, x", .names = "", .issuer = nullptr});
  w.folder.write("who.p12", crypto::to_pkcs12(who, "secret"));
  w.folder.write("who.pem", crypto::to_pem(who.leaf));
  const std::string own = "<keystore location='who.p12' password='secret'/>";
  const std::string trust = "<truststore location='who.pem'/>";
  for (const std::string version : {"TLSv1.2", "TLSv1.3"}) {
    const std::string asks = "clientAuth='want' protocols='" + version + "'";
    EXPECT_THAT(w.shake(ssl(asks, server_store + trust), ssl("", own + trust_server)),
                EndsWith(" localhost CN=J\\C3\\BC\\, x"));
    EXPECT_THAT(w.shake(ssl(asks, server_store + trust), ssl("", trust_server)),
                EndsWith(" localhost"));
  }
  EXPECT_THAT(w.shake(ssl("", server_store + trust), ssl("", own + trust_server)),
              EndsWith(" localhost"));
}

std::string pem(const std::string& element, const std::string& text) {
  return "<" + element + ">" + text + "</" + element + ">";
}
std::string key(const std::string& inner, const std::string& attributes = {}) {
  return "<key" + attributes + ">" + inner + "</key>";
}
// As people write it into XML.
std::string indented(const std::string& text) {
  std::string out = "\n\t";
  for (const char c : text) out += c == '\n' ? std::string(" \n\t") : std::string(1, c);
  return out;
}

TEST(TlsKeys, MayBeWrittenInTheConfiguration) {
  tls_world w;
  const auto who = certificates::make();
  const std::string certificate = indented(crypto::to_pem(who.leaf));
  const std::string own =
      key(pem("private", indented(certificates::key_pem(who))) + pem("certificate", certificate));
  const std::string trust = pem("trust", pem("certificate", certificate));
  EXPECT_THAT(w.shake(ssl("", own), ssl("", trust)), StartsWith("TLSv1.3 "));
  EXPECT_THAT(w.shake(ssl("clientAuth='need'", own + trust), ssl("", own + trust)),
              StartsWith("TLSv1.3 "));
  EXPECT_THAT(w.shake(ssl("clientAuth='need'", own + trust), ssl("", client_store + trust)),
              HasSubstr("server: self-signed certificate"));
}

TEST(TlsKeys, MayBeFilesAndEncrypted) {
  tls_world w;
  const auto who = certificates::make();
  w.folder.write("own.key", certificates::key_pem(who, "hunter2"));
  w.folder.write("own.pem", crypto::to_pem(who.leaf));
  const std::string files = "<private location='own.key'/><certificate location='own.pem'/>";
  EXPECT_THAT(w.shake(ssl("", key(files, " password='hunter2'")),
                      ssl("", "<trust><certificate location='own.pem'/></trust>")),
              StartsWith("TLSv1.3 "));
  const auto opened = w.open(ssl("", key(files, " password='guess'")));
  ASSERT_EQ(opened.tls_errors.size(), 1u);
  EXPECT_THAT(opened.tls_errors[0],
              StartsWith("proxies.xml:2:48: <private>: 'own.key' has no readable PEM private key "
                         "(or the password is wrong)\n"));
  EXPECT_EQ(opened.value.digests.count(w.folder.path() + "/own.key"), 1u);
  EXPECT_EQ(opened.value.digests.count(w.folder.path() + "/own.pem"), 1u);
}

TEST(TlsKeys, MustBelongToTheirFirstCertificate) {
  tls_world w;
  const auto who = certificates::make();
  const auto other = certificates::make();
  const std::string secret = certificates::key_pem(other);
  const auto opened =
      w.open(ssl("", key(pem("private", secret) + pem("certificate", crypto::to_pem(who.leaf)) +
                         pem("certificate", crypto::to_pem(other.leaf)))));
  ASSERT_EQ(opened.tls_errors.size(), 1u);
  EXPECT_THAT(opened.tls_errors[0],
              StartsWith("proxies.xml:2:12: <private>: the text holds a private key that does not "
                         "belong to the first <certificate>\n"));
  EXPECT_THAT(opened.tls_errors[0], Not(HasSubstr("BEGIN")));
}

TEST(TlsKeys, TellEveryPartThatCannotBeRead) {
  tls_world w;
  const auto opened = w.open(ssl("", key(pem("private", "hunter2") + pem("certificate", "x") +
                                         "<certificate location='missing'/>") +
                                         pem("trust", pem("certificate", "y"))));
  std::string all;
  for (const auto& e : opened.tls_errors) all += e.substr(0, e.find('\n')) + "\n";
  EXPECT_EQ(
      all,
      "proxies.xml:2:12: <private>: the text has no readable PEM private key (or the password is "
      "wrong)\n"
      "proxies.xml:2:38: <certificate>: the text has no PEM certificate\n"
      "proxies.xml:2:89: <certificate>: 'missing' cannot be read: no such file or directory (" +
          w.folder.path() +
          "/missing)\n"
          "proxies.xml:2:112: <certificate>: the text has no PEM certificate\n");
  for (const auto& e : opened.tls_errors) EXPECT_THAT(e, Not(HasSubstr("hunter2")));
}

TEST(TlsKeys, AreOnlyWarnedAboutWhenTheirChainIsInAnotherOrder) {
  tls_world w;
  const auto root = certificates::make({.subject = "root", .names = "", .issuer = nullptr});
  const auto middle = certificates::make({.subject = "middle", .names = "", .issuer = &root});
  const auto who = certificates::make({.issuer = &middle});
  const auto opened_with = [&](const crypto::identity& second, const crypto::identity& third) {
    return w.open(ssl("", key(pem("private", certificates::key_pem(who)) +
                              pem("certificate", crypto::to_pem(who.leaf)) +
                              pem("certificate", crypto::to_pem(second.leaf)) +
                              pem("certificate", crypto::to_pem(third.leaf)))));
  };
  const auto right = opened_with(middle, root);
  EXPECT_TRUE(right.tls_errors.empty());
  EXPECT_TRUE(right.value.warnings.empty());
  const auto wrong = opened_with(root, middle);
  EXPECT_TRUE(wrong.tls_errors.empty());
  EXPECT_EQ(wrong.value.servers.size(), 1u);
  ASSERT_EQ(wrong.value.warnings.size(), 1u);
  EXPECT_EQ(wrong.value.warnings[0],
            "proxies.xml:2:7: <key>: the certificates are not in order: behind each must come "
            "that of its issuer");
}

// Proxies of one port with certificates of these names, and a client that sends `name` and is
// content when it is shown the certificate number `expected`.
class TlsOfOnePort : public testing::Test {
 public:
  std::string add(const std::string& names, const std::string& attributes = {}) {
    identities_.push_back(certificates::make({.subject = "x", .names = names, .issuer = nullptr}));
    return again(identities_.size() - 1, attributes);
  }
  // One more proxy with a certificate that another has.
  std::string again(std::size_t index, const std::string& attributes = {}) {
    const auto& who = identities_[index];
    return "<serviceProxy port='1'>\n" +
           ssl(attributes, key(pem("private", certificates::key_pem(who)) +
                               pem("certificate", crypto::to_pem(who.leaf)))) +
           "</serviceProxy>\n";
  }
  std::string told(const std::string& proxies, const std::string& name, std::size_t expected) {
    const std::string target =
        "<serviceProxy port='2'><target host='h'>" +
        ssl("endpointIdentificationAlgorithm='' serverName='" + name + "'",
            pem("trust", pem("certificate", crypto::to_pem(identities_[expected].leaf)))) +
        "</target></serviceProxy>";
    auto opened = w_.open_proxies(proxies + target);
    warnings = opened.value.warnings;
    return w_.shake_opened(opened, "h");
  }
  std::vector<std::string> warnings;

 private:
  tls_world w_;
  std::vector<crypto::identity> identities_;
};

TEST_F(TlsOfOnePort, ShowsTheCertificateThatTheClientAsksFor) {
  std::string proxies = add("DNS:a.example");
  proxies += add("DNS:*.b.example");
  EXPECT_THAT(told(proxies, "a.example", 0), EndsWith(" a.example"));
  EXPECT_THAT(told(proxies, "x.b.example", 1), EndsWith(" x.b.example"));
  EXPECT_EQ(told(proxies, "c.example", 0),
            "client: tlsv1 unrecognized name; server: no certificate is for the name 'c.example'");
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(TlsOfOnePort, ShowsTheFirstDefaultToClientsThatAskForNobody) {
  const std::string none = "useAsDefault='false'";
  std::string second = add("DNS:a.example", none);
  second += add("DNS:b.example");
  EXPECT_THAT(told(second, "", 1), StartsWith("TLSv1.3 "));
  EXPECT_THAT(told(second, "a.example", 0), StartsWith("TLSv1.3 "));
  const std::string first = again(0, none) + again(1, none);
  EXPECT_THAT(told(first, "", 0), StartsWith("TLSv1.3 "));
}

TEST_F(TlsOfOnePort, ShowsACertificateThatAllShareForEveryName) {
  std::string proxies = add("DNS:a.example");
  proxies += again(0);
  EXPECT_THAT(told(proxies, "c.example", 0), EndsWith(" c.example"));
}

TEST_F(TlsOfOnePort, WarnsOfACertificateWithoutNames) {
  EXPECT_THAT(told(add(""), "a.example", 0), StartsWith("TLSv1.3 "));
  EXPECT_THAT(warnings, IsEmpty());
  const std::string proxies = again(0) + add("DNS:b.example");
  EXPECT_THAT(told(proxies, "a.example", 0), StartsWith("TLSv1.3 "));
  EXPECT_THAT(told(proxies, "b.example", 1), StartsWith("TLSv1.3 "));
  EXPECT_THAT(warnings,
              ElementsAre("proxies.xml:2:1: <ssl>: the certificate has no DNS name: it serves all "
                          "names that others of the port do not"));
}

TEST(TlsStores, OfAllProxiesOfAPortMustBeSoundAndHaveADigest) {
  tls_world w;
  const std::string sound = "<serviceProxy port='1'>" + ssl("", client_store) + "</serviceProxy>";
  const auto of_two = [&](const std::string& store) {
    return w.open_proxies(sound + "<serviceProxy port='1'>" + ssl("", store) + "</serviceProxy>");
  };
  EXPECT_EQ(of_two(server_store).value.digests.size(), 2u);
  const auto missing = of_two("<keystore location='missing.p12'/>");
  EXPECT_EQ(missing.tls_errors.size(), 1u);
  EXPECT_THAT(missing.value.servers, IsEmpty());
}

TEST(TlsExpiry, NamesTheLineOfInlineCertificates) {
  tls_world w;
  const auto opened =
      w.open(ssl("", server_store + "\n<trust>\n" +
                         pem("certificate", crypto::to_pem(make_client().leaf)) + "</trust>"));
  ASSERT_EQ(opened.value.ends.size(), 2u);
  EXPECT_EQ(opened.value.ends[1].name, "<certificate> in line 4: CN=localhost");
}

TEST(TlsExpiry, IsKnownOfEachProxyThatShowsACertificate) {
  tls_world w;
  const auto opened = w.open_proxies(
      "<serviceProxy port='1'>" + ssl("", server_store) + "<target host='a'/></serviceProxy>" +
      "<serviceProxy port='2'><target host='a'/></serviceProxy>" + "<serviceProxy port='3'>" +
      ssl("", old_store) + "<target host='a'/></serviceProxy>");
  const auto& known = opened.value.validities;
  ASSERT_EQ(known.size(), 2u);
  ASSERT_EQ(opened.value.ends.size(), 2u);
  EXPECT_EQ(known.at(0).until, opened.value.ends[0].at);
  EXPECT_EQ(known.at(2).until, opened.value.ends[1].at);
  const auto now =
      std::chrono::time_point_cast<net::wall_time::duration>(std::chrono::system_clock::now());
  EXPECT_LE(known.at(0).from, now);
  EXPECT_GT(known.at(0).until, now);
  EXPECT_LT(known.at(2).from, known.at(2).until);
  EXPECT_LT(known.at(2).until, now);
}

TEST(TlsExpiry, OfAProxyIsTheFirstOfItsChain) {
  tls_world w;
  const auto who = make_identity(std::chrono::hours(0));
  const auto old = make_identity(std::chrono::hours(24 * 400));
  const auto opened = w.open(ssl("", key(pem("private", certificates::key_pem(who)) +
                                         pem("certificate", crypto::to_pem(who.leaf)) +
                                         pem("certificate", crypto::to_pem(old.leaf)))));
  ASSERT_EQ(opened.value.ends.size(), 2u);
  const gateway::validity known = opened.value.validities.at(0);
  EXPECT_EQ(known.until, opened.value.ends[1].at);
  EXPECT_GT(known.from, known.until);
}

TEST(TlsExpiry, IsToldOnceForEachCertificateOfAStore) {
  tls_world w;
  const auto opened = w.open(ssl("", old_store + trust_client), ssl("", old_store));
  ASSERT_EQ(opened.value.ends.size(), 2u);
  EXPECT_EQ(opened.value.ends[0].name, "<keystore> 'old.p12': CN=localhost");
  EXPECT_EQ(opened.value.ends[1].name, "<truststore> 'client.pem': CN=localhost");
  const auto now =
      std::chrono::time_point_cast<net::wall_time::duration>(std::chrono::system_clock::now());
  EXPECT_EQ(gateway::describe(opened.value.ends[0], now).level, net::log_level::error);
  EXPECT_EQ(gateway::describe(opened.value.ends[1], now).level, net::log_level::info);
}

TEST(TlsExpiry, IsAWarningInTheLastThirtyDaysAndAnErrorFromTheEndOn) {
  const gateway::certificate_end end{"it", net::wall_time(std::chrono::seconds(784111777))};
  const auto told = [&](std::chrono::seconds before) {
    const auto notice = gateway::describe(end, end.at - before);
    return std::to_string(static_cast<int>(notice.level)) + notice.text;
  };
  const auto as = [](net::log_level level, const std::string& text) {
    return std::to_string(static_cast<int>(level)) + text;
  };
  constexpr std::chrono::hours day(24);
  const std::string date = " on Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(told(30 * day), as(net::log_level::info, "it expires" + date));
  EXPECT_EQ(told(30 * day - seconds(1)),
            as(net::log_level::warning, "it expires" + date + ", in 29 days"));
  EXPECT_EQ(told(seconds(1)), as(net::log_level::warning, "it expires" + date + ", in 0 days"));
  EXPECT_EQ(told(seconds(0)), as(net::log_level::error, "it expired" + date));
}

}  // namespace
}  // namespace component
