#include "gateway/app/materials.hpp"

#include "crypto/digest.hpp"
#include "net/files.hpp"

namespace gateway {

namespace {

constexpr std::size_t largest_store = 4 * 1024 * 1024;

class opener {
 public:
  opener(const config& c, net::session_tickets tickets) : config_(c), tickets_(tickets) {}

  std::optional<std::string> read(const store_settings& store, std::string_view element) {
    auto bytes = net::read_file(store.path, largest_store);
    if (bytes) {
      digests[store.path] = crypto::sha256(*bytes);
      return std::move(*bytes);
    }
    complain(store, element,
             "cannot be read: " + bytes.error().message() + " (" + store.path + ")");
    return std::nullopt;
  }

  std::optional<crypto::identity> identity(const store_settings& store) {
    const auto bytes = read(store, "keystore");
    if (!bytes) return std::nullopt;
    auto loaded = store.type == "PEM"
                      ? crypto::load_pem_identity(*bytes, *bytes, store.password)
                      : crypto::load_pkcs12_identity(*bytes, store.password, store.key_alias);
    if (auto* who = std::get_if<crypto::identity>(&loaded)) return std::move(*who);
    complain(store, "keystore", std::get<crypto::failure>(loaded).text);
    return std::nullopt;
  }

  std::vector<crypto::certificate> certificates(const store_settings& store) {
    const auto bytes = read(store, "truststore");
    if (!bytes) return {};
    auto loaded = store.type == "PEM" ? crypto::load_pem_certificates(*bytes)
                                      : crypto::load_pkcs12_certificates(*bytes, store.password);
    if (auto* all = std::get_if<std::vector<crypto::certificate>>(&loaded)) return std::move(*all);
    complain(store, "truststore", std::get<crypto::failure>(loaded).text);
    return {};
  }

  std::shared_ptr<const net::tls_context> server(const tls_settings& tls) {
    if (!tls.key_store) return nullptr;
    const auto who = identity(*tls.key_store);
    // Inbound the trust store matters only for client certificates, but must be sound (Membrane).
    if (tls.trust_store) certificates(*tls.trust_store);
    return who ? net::tls_context::server(*who, tickets_) : nullptr;
  }

  std::shared_ptr<const net::tls_context> client(const tls_settings& tls) {
    net::tls_context::client_options options;
    if (tls.trust_store) options.trusted = certificates(*tls.trust_store);
    std::optional<crypto::identity> who;
    if (tls.key_store) who = identity(*tls.key_store);
    if (who) options.who = &*who;
    return net::tls_context::client(options);
  }

  std::vector<std::string> errors;
  std::map<std::string, std::string> digests;

 private:
  void complain(const store_settings& store, std::string_view element, const std::string& what) {
    errors.push_back(config_.message_at(
        store.position, "<" + std::string(element) + ">: '" + store.location + "' " + what));
  }

  const config& config_;
  net::session_tickets tickets_;
};

}  // namespace

materials_result open_materials(const config& c, net::session_tickets tickets) {
  materials_result result;
  opener open(c, tickets);
  for (std::size_t i = 0; i < c.listeners.size(); ++i) {
    if (!c.listeners[i].tls) continue;
    const proxy& first = *c.proxies[c.listeners[i].proxies.front()];
    if (auto made = open.server(*first.tls)) result.value.servers[i] = std::move(made);
  }
  for (const auto& p : c.proxies) {
    if (p->target && p->target->tls) result.value.clients[p->index] = open.client(*p->target->tls);
  }
  result.tls_errors = std::move(open.errors);
  result.value.digests = std::move(open.digests);
  for (const file_use& use : c.files) {
    if (use.purpose != file_purpose::folder) continue;
    const auto info = net::stat_file(use.path);
    if (info && info->kind == net::file_kind::directory) continue;
    const std::string why = info ? "is not a folder" : info.error().message();
    result.file_errors.push_back(
        c.message_at(use.position, "<webServer>: docBase: " + why + " (" + use.path + ")"));
  }
  return result;
}

}  // namespace gateway
