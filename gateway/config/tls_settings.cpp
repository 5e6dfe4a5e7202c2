#include "gateway/config/tls_settings.hpp"

#include <algorithm>

#include "crypto/ciphers.hpp"
#include "gateway/config/diagnostics.hpp"
#include "gateway/core/text.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

store_settings load_store(const element_node& node, file_purpose purpose, std::string_view text,
                          build_context& context) {
  store_settings s;
  const attribute_value& location = *node.find("location");
  s.location = location.text;
  s.path = context.resolve_path(location.text);
  if (node.find("type")) s.type = net::iequals(node.value("type"), "PEM") ? "PEM" : "PKCS12";
  s.password = node.value("password");
  s.key_password = node.value("keyPassword");
  // Membrane: each stands in for the other.
  const attribute_value* key_password = node.find("keyPassword");
  if (key_password && !key_password->written && node.find("password")) s.key_password = s.password;
  if (key_password && !node.find("password")) s.password = s.key_password;
  s.key_alias = node.value("keyAlias");
  s.position = position_of(text, location.value_offset);
  context.uses_file({purpose, s.path, s.position});
  return s;
}

// PEM lines start in the first column; in XML they are often indented.
std::string without_indentation(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t first = line.find_first_not_of(blanks);
    if (first != line.npos) out += line.substr(first, line.find_last_not_of(blanks) + 1 - first);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

pem_source load_pem(const element_node& node, file_purpose purpose, std::string_view text,
                    build_context& context) {
  pem_source s;
  s.element = node.descriptor->name;
  s.position = node.position;
  const attribute_value* location = node.find("location");
  if (!location) {
    s.text = without_indentation(node.text);
    return s;
  }
  s.location = location->text;
  s.path = context.resolve_path(location->text);
  s.position = position_of(text, location->value_offset);
  context.uses_file({purpose, s.path, s.position});
  return s;
}

std::vector<pem_source> load_certificates(const element_node& node, file_purpose purpose,
                                          std::string_view text, build_context& context) {
  std::vector<pem_source> all;
  for (const element_node& child : node.children) {
    if (child.descriptor->name == "certificate")
      all.push_back(load_pem(child, purpose, text, context));
  }
  return all;
}

struct word {
  std::string_view text;
  std::size_t offset = 0;
};

// Membrane's code splits at commas, its documentation at blanks.
std::vector<word> words(std::string_view list) {
  std::vector<word> out;
  std::size_t at = 0;
  while ((at = list.find_first_not_of(", \t\r\n", at)) != list.npos) {
    const std::size_t end = std::min(list.find_first_of(", \t\r\n", at), list.size());
    out.push_back({list.substr(at, end - at), at});
    at = end;
  }
  return out;
}

std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

void load_protocols(const element_node& ssl, tls_settings& tls, build_context& context) {
  if (const auto* p = ssl.find("protocol"); !net::iequals(p->text, "TLS"))
    context.error(ssl, *p, 0, "must be 'TLS', not " + quoted(p->text));
  const attribute_value& list = *ssl.find("protocols");
  tls.tls12 = tls.tls13 = false;
  for (const word& w : words(list.text)) {
    if (w.text == "TLSv1.2") {
      tls.tls12 = true;
    } else if (w.text == "TLSv1.3") {
      tls.tls13 = true;
    } else if (w.text == "TLSv1.1" || w.text == "TLSv1" || w.text.starts_with("SSLv")) {
      return context.error(
          ssl, list, w.offset,
          "names " + quoted(w.text) + ", which is broken; TLSv1.2 and TLSv1.3 are supported");
    } else {
      return context.error(ssl, list, w.offset,
                           "names " + quoted(w.text) + "; it must be TLSv1.2 or TLSv1.3");
    }
  }
  if (!tls.tls12 && !tls.tls13)
    context.error(ssl, list, 0, "names no version; it must be TLSv1.2 or TLSv1.3");
}

std::string cipher_hint(std::string_view name) {
  std::vector<std::string_view> names;
  for (const crypto::cipher& c : crypto::known_ciphers()) {
    names.push_back(c.standard_name);
    names.push_back(c.openssl_name);
  }
  return suggestion(name, names);
}

// After load_protocols: a version without any cipher of the list is not spoken, as in Java.
void load_ciphers(const element_node& ssl, tls_settings& tls, build_context& context) {
  const attribute_value* list = ssl.find("ciphers");
  if (!list) return;
  for (const word& w : words(list->text)) {
    const auto cipher = crypto::find_cipher(w.text);
    if (!cipher)
      return context.error(
          ssl, *list, w.offset,
          "names " + quoted(w.text) + ", which is not known" + cipher_hint(w.text));
    std::string& to = cipher->tls13 ? tls.cipher_suites : tls.cipher_list;
    to += (to.empty() ? "" : ":") + cipher->openssl_name;
  }
  if (tls.cipher_list.empty() && tls.cipher_suites.empty())
    return context.error(ssl, *list, 0, "names no cipher");
  const bool spoken = tls.tls12 || tls.tls13;
  tls.tls12 = tls.tls12 && !tls.cipher_list.empty();
  tls.tls13 = tls.tls13 && !tls.cipher_suites.empty();
  if (spoken && !tls.tls12 && !tls.tls13)
    context.error(ssl, *list, 0, "names no cipher of the versions in 'protocols'");
}

void load_peer_rules(const element_node& ssl, tls_settings& tls, build_context& context) {
  const std::string& auth = ssl.value("clientAuth");
  if (net::iequals(auth, "want")) tls.clients = client_auth::want;
  if (net::iequals(auth, "need")) tls.clients = client_auth::need;
  tls.use_as_default = ssl.boolean("useAsDefault");
  const attribute_value& identification = *ssl.find("endpointIdentificationAlgorithm");
  tls.check_host = !identification.text.empty();
  if (tls.check_host && !net::iequals(identification.text, "HTTPS"))
    context.error(ssl, identification, 0,
                  "must be 'HTTPS' or empty, not " + quoted(identification.text));
  tls.ignore_expiry = ssl.boolean("ignoreTimestampCheckFailure");
  if (const attribute_value* name = ssl.find("serverName")) tls.server_name = name->text;
  if (ssl.boolean("useExperimentalHttp2"))
    context.error(ssl, *ssl.find("useExperimentalHttp2"), 0,
                  "must be 'false': only HTTP/1.1 is spoken here");
}

void load_own(const element_node& ssl, tls_settings& tls, std::string_view text,
              build_context& context) {
  const element_node* store = ssl.child("keystore");
  const element_node* key = ssl.child("key");
  if (store && key) return context.error(*key, "there is a <keystore>, too; write one of them");
  if (store) tls.key_store = load_store(*store, file_purpose::key_store, text, context);
  if (!key) return;
  constexpr auto purpose = file_purpose::key_store;
  tls.key =
      key_settings{load_pem(*key->child("private"), purpose, text, context), key->value("password"),
                   load_certificates(*key, purpose, text, context), key->position};
}

void load_trusted(const element_node& ssl, tls_settings& tls, std::string_view text,
                  build_context& context) {
  const element_node* store = ssl.child("truststore");
  const element_node* trust = ssl.child("trust");
  if (store && trust)
    return context.error(*trust, "there is a <truststore>, too; write one of them");
  if (trust) tls.trust = load_certificates(*trust, file_purpose::trust_store, text, context);
  if (!store) return;
  tls.trust_store = load_store(*store, file_purpose::trust_store, text, context);
  if (tls.trust_store->type == "PKCS12" && !store->find("password"))
    context.error(*store, "attribute 'password' is missing (only PEM files have none)");
}

// All that decides whom to trust, but for what the files hold.
std::vector<std::string> trusted_by(const tls_settings& tls) {
  std::vector<std::string> all = trust_files_of(tls);
  for (const pem_source& c : tls.trust) all.push_back(c.text);
  return all;
}

}  // namespace

std::vector<std::string> trust_files_of(const tls_settings& tls) {
  std::vector<std::string> all;
  if (tls.trust_store) all.push_back(tls.trust_store->path);
  for (const pem_source& c : tls.trust)
    if (!c.path.empty()) all.push_back(c.path);
  return all;
}

std::vector<std::string> files_of(const tls_settings& tls) {
  std::vector<std::string> all = trust_files_of(tls);
  if (tls.key_store) all.push_back(tls.key_store->path);
  if (!tls.key) return all;
  if (!tls.key->key.path.empty()) all.push_back(tls.key->key.path);
  for (const pem_source& c : tls.key->certificates)
    if (!c.path.empty()) all.push_back(c.path);
  return all;
}

bool same_handshake(const tls_settings& a, const tls_settings& b) {
  if (a.tls12 != b.tls12 || a.tls13 != b.tls13 || a.clients != b.clients) return false;
  if (a.cipher_list != b.cipher_list || a.cipher_suites != b.cipher_suites) return false;
  return a.clients == client_auth::none || trusted_by(a) == trusted_by(b);
}

tls_settings load_tls(const element_node& ssl, tls_side side, std::string_view text,
                      build_context& context) {
  tls_settings tls;
  tls.position = ssl.position;
  load_protocols(ssl, tls, context);
  load_ciphers(ssl, tls, context);
  load_peer_rules(ssl, tls, context);
  load_own(ssl, tls, text, context);
  load_trusted(ssl, tls, text, context);
  if (side == tls_side::listener && !ssl.child("keystore") && !ssl.child("key"))
    context.error(ssl, "needs a <keystore> or <key> inside, for the certificate");
  return tls;
}

}  // namespace gateway
