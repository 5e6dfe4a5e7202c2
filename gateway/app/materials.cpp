#include "gateway/app/materials.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "net/files.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::size_t largest_store = 4 * 1024 * 1024;

// Ready for a POSIX shell.
std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The command that makes a PKCS#12 store of Java's own kind `type` at `path`.
std::string conversion(const std::string& path, const std::string& type) {
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t dot = path.rfind('.');
  const bool has_dot = dot != path.npos && dot > name;
  std::string to = has_dot ? path.substr(0, dot) : path;
  if (path.substr(to.size()) == ".p12") to += "-converted";
  return "keytool -importkeystore -srckeystore " + shell_quoted(path) + " -srcstoretype " + type +
         " -destkeystore " + shell_quoted(to + ".p12") + " -deststoretype PKCS12";
}

bool is_pem(const store_settings& store, std::string_view bytes) {
  return store.type.empty() ? bytes.find("-----BEGIN ") != bytes.npos : store.type == "PEM";
}

net::tls_rules rules_of(const tls_settings& tls) {
  return {tls.tls12, tls.tls13, tls.cipher_list, tls.cipher_suites};
}

net::client_certificate asked(client_auth clients) {
  switch (clients) {
    case client_auth::none:
      break;
    case client_auth::want:
      return net::client_certificate::want;
    case client_auth::need:
      return net::client_certificate::need;
  }
  return net::client_certificate::none;
}

class opener {
 public:
  opener(const config& c, net::session_tickets tickets) : config_(c), tickets_(tickets) {}

  std::optional<std::string> read(const store_settings& store, std::string_view element) {
    auto bytes = net::read_file(store.path, largest_store);
    if (bytes) {
      if (digests.count(store.path) == 0) digests[store.path] = crypto::hex(crypto::sha256(*bytes));
      const bool jks = bytes->starts_with("\xfe\xed\xfe\xed");
      if (!jks && !bytes->starts_with("\xce\xce\xce\xce")) return std::move(*bytes);
      const std::string type = jks ? "JKS" : "JCEKS";
      complain(store, element,
               "is a " + type + " file; convert it: " + conversion(store.path, type));
      return std::nullopt;
    }
    complain(store, element,
             "cannot be read: " + bytes.error().message() + " (" + store.path + ")");
    return std::nullopt;
  }

  std::optional<crypto::identity> identity(const store_settings& store) {
    const auto bytes = read(store, "keystore");
    if (!bytes) return std::nullopt;
    auto loaded = is_pem(store, *bytes)
                      ? crypto::load_pem_identity(*bytes, *bytes, store.password)
                      : crypto::load_pkcs12_identity(*bytes, store.password, store.key_alias);
    if (auto* who = std::get_if<crypto::identity>(&loaded)) {
      note_end(store, "keystore", who->leaf);
      for (const auto& c : who->chain) note_end(store, "keystore", c);
      return std::move(*who);
    }
    complain(store, "keystore", std::get<crypto::failure>(loaded).text);
    return std::nullopt;
  }

  std::vector<crypto::certificate> certificates(const store_settings& store) {
    const auto bytes = read(store, "truststore");
    if (!bytes) return {};
    if (!is_pem(store, *bytes) && store.password.empty()) {
      complain(store, "truststore", "needs the attribute 'password' (only PEM files have none)");
      return {};
    }
    auto loaded = is_pem(store, *bytes) ? crypto::load_pem_certificates(*bytes)
                                        : crypto::load_pkcs12_certificates(*bytes, store.password);
    if (auto* all = std::get_if<std::vector<crypto::certificate>>(&loaded)) {
      for (const auto& c : *all) note_end(store, "truststore", c);
      return std::move(*all);
    }
    complain(store, "truststore", std::get<crypto::failure>(loaded).text);
    return {};
  }

  std::shared_ptr<const net::tls_context> server(const tls_settings& tls) {
    if (!tls.key_store) return nullptr;
    const auto who = identity(*tls.key_store);
    // Inbound the trust store matters only for client certificates, but must be sound (Membrane).
    net::tls_context::server_options options;
    if (tls.trust_store) options.trusted = certificates(*tls.trust_store);
    options.tickets = tickets_;
    options.rules = rules_of(tls);
    options.ask = asked(tls.clients);
    return who ? net::tls_context::server(*who, options) : nullptr;
  }

  std::shared_ptr<const net::tls_context> client(const tls_settings& tls) {
    net::tls_context::client_options options;
    if (tls.trust_store) options.trusted = certificates(*tls.trust_store);
    std::optional<crypto::identity> who;
    if (tls.key_store) who = identity(*tls.key_store);
    if (who) options.who = &*who;
    options.rules = rules_of(tls);
    options.check_host = tls.check_host;
    options.ignore_expiry = tls.ignore_expiry;
    options.server_name = tls.server_name;
    return net::tls_context::client(options);
  }

  std::vector<std::string> errors;
  std::map<std::string, std::string> digests;
  std::vector<certificate_end> ends;

 private:
  void note_end(const store_settings& store, std::string_view element,
                const crypto::certificate& c) {
    certificate_end end{
        "<" + std::string(element) + "> '" + store.location + "': " + crypto::subject(c),
        std::chrono::time_point_cast<net::wall_time::duration>(crypto::expiry(c))};
    if (std::find(ends.begin(), ends.end(), end) == ends.end()) ends.push_back(std::move(end));
  }
  void complain(const store_settings& store, std::string_view element, const std::string& what) {
    errors.push_back(config_.message_at(
        store.position, "<" + std::string(element) + ">: '" + store.location + "' " + what));
  }

  const config& config_;
  net::session_tickets tickets_;
};

}  // namespace

end_notice describe(const certificate_end& end, net::wall_time now) {
  constexpr std::chrono::hours day(24);
  const std::string date = net::http_date(end.at);
  if (end.at <= now) return {net::log_level::error, end.name + " expired on " + date};
  const auto left = (end.at - now) / day;
  if (left >= 30) return {net::log_level::info, end.name + " expires on " + date};
  return {net::log_level::warning,
          end.name + " expires on " + date + ", in " + std::to_string(left) + " days"};
}

materials_result open_materials(const config& c, net::session_tickets tickets) {
  materials_result result;
  opener open(c, tickets);
  for (std::size_t i = 0; i < c.listeners.size(); ++i) {
    if (!c.listeners[i].tls) continue;
    const auto& indexes = c.listeners[i].proxies;
    const auto chosen = std::find_if(indexes.begin(), indexes.end(), [&](std::size_t index) {
      return c.proxies[index]->tls->use_as_default;
    });
    const std::size_t shown = chosen == indexes.end() ? indexes.front() : *chosen;
    // The others are not shown, but must be sound.
    for (const std::size_t index : indexes) {
      auto made = open.server(*c.proxies[index]->tls);
      if (made && index == shown) result.value.servers[i] = std::move(made);
    }
  }
  for (const auto& p : c.proxies) {
    if (p->target && p->target->tls) result.value.clients[p->index] = open.client(*p->target->tls);
  }
  result.tls_errors = std::move(open.errors);
  result.value.digests = std::move(open.digests);
  result.value.ends = std::move(open.ends);
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
