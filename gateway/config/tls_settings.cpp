#include "gateway/config/tls_settings.hpp"

#include "gateway/config/diagnostics.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

store_settings load_store(const element_node& node, file_purpose purpose, std::string_view text,
                          build_context& context) {
  store_settings s;
  const attribute_value& location = *node.find("location");
  s.location = location.text;
  s.path = context.resolve_path(location.text);
  s.type = net::iequals(node.value("type"), "PEM") ? "PEM" : "PKCS12";
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

}  // namespace

tls_settings load_tls(const element_node& ssl, tls_side side, std::string_view text,
                      build_context& context) {
  tls_settings tls;
  tls.position = ssl.position;
  if (const element_node* store = ssl.child("keystore"))
    tls.key_store = load_store(*store, file_purpose::key_store, text, context);
  if (const element_node* store = ssl.child("truststore")) {
    tls.trust_store = load_store(*store, file_purpose::trust_store, text, context);
    if (tls.trust_store->type != "PEM" && !store->find("password"))
      context.error(*store, "attribute 'password' is missing (only PEM files have none)");
  }
  if (side == tls_side::listener && !ssl.child("keystore"))
    context.error(ssl, "needs a <keystore> inside, for the certificate");
  return tls;
}

}  // namespace gateway
