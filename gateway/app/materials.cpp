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

// What messages say of a store or PEM source: the element, and where its content is.
struct label {
  std::string element;
  std::string location;  // empty: the text between its tags
  source_position position;
};
label label_of(const store_settings& store, std::string element) {
  return {std::move(element), store.location, store.position};
}
label label_of(const pem_source& source) {
  return {source.element, source.location, source.position};
}

validity validity_of(const crypto::identity& who) {
  validity out{crypto::valid_from(who.leaf), crypto::expiry(who.leaf)};
  for (const auto& c : who.chain) {
    out.from = std::max(out.from, crypto::valid_from(c));
    out.until = std::min(out.until, crypto::expiry(c));
  }
  return out;
}

bool is_among(const crypto::certificate& c, const std::vector<crypto::identity>& all) {
  return std::any_of(all.begin(), all.end(), [&](const crypto::identity& who) {
    return X509_cmp(who.leaf.get(), c.get()) == 0;
  });
}

// What the proxies of a listener say; without a name from the client, the first one counts.
std::vector<const tls_settings*> by_default(const config& c, const listener_settings& listener) {
  std::vector<const tls_settings*> all;
  for (const std::size_t index : listener.proxies) all.push_back(&*c.proxies[index]->tls);
  std::stable_partition(all.begin(), all.end(),
                        [](const tls_settings* tls) { return tls->use_as_default; });
  return all;
}

class opener {
 public:
  opener(const config& c, net::session_tickets tickets) : config_(c), tickets_(tickets) {}

  // Of the proxies of one port, in the order in which their certificates count. Null after errors.
  std::shared_ptr<const net::tls_context> server(const std::vector<const tls_settings*>& all) {
    std::vector<crypto::identity> shown;
    std::vector<source_position> places;
    net::tls_context::server_options options;
    bool sound = true;
    for (const tls_settings* tls : all) {
      auto who = identity(*tls);
      // Whom to trust matters only for client certificates, but must be sound (Membrane).
      auto clients = trusted(*tls);
      if (tls == all.front()) options.trusted = std::move(clients);
      sound = sound && who;
      if (who) validities[tls] = validity_of(*who);
      if (!who || is_among(who->leaf, shown)) continue;
      shown.push_back(std::move(*who));
      places.push_back(tls->position);
    }
    if (!sound) return nullptr;
    for (std::size_t i = 0; i < shown.size() && shown.size() > 1; ++i) {
      if (!crypto::dns_names(shown[i].leaf).empty()) continue;
      warn(places[i], "<ssl>",
           "the certificate has no DNS name: it serves all names that others of the port do not");
    }
    options.tickets = tickets_;
    options.rules = rules_of(*all.front());
    options.ask = asked(all.front()->clients);
    return net::tls_context::server(shown, options);
  }

  std::shared_ptr<const net::tls_context> client(const tls_settings& tls) {
    net::tls_context::client_options options;
    options.trusted = trusted(tls);
    const auto who = identity(tls);
    if (who) options.who = &*who;
    options.rules = rules_of(tls);
    options.check_host = tls.check_host;
    options.ignore_expiry = tls.ignore_expiry;
    options.server_name = tls.server_name;
    return net::tls_context::client(options);
  }

  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::map<std::string, std::string> digests;
  std::vector<certificate_end> ends;
  std::map<const tls_settings*, validity> validities;  // of servers

 private:
  std::optional<std::string> read(const std::string& path, const label& of) {
    auto bytes = net::read_file(path, largest_store);
    if (!bytes) {
      complain(of, "cannot be read: " + bytes.error().message() + " (" + path + ")");
      return std::nullopt;
    }
    if (digests.count(path) == 0) digests[path] = crypto::hex(crypto::sha256(*bytes));
    return std::move(*bytes);
  }

  std::optional<std::string> read_store(const store_settings& store, const label& of) {
    auto bytes = read(store.path, of);
    if (!bytes) return std::nullopt;
    const bool jks = bytes->starts_with("\xfe\xed\xfe\xed");
    if (!jks && !bytes->starts_with("\xce\xce\xce\xce")) return bytes;
    const std::string type = jks ? "JKS" : "JCEKS";
    complain(of, "is a " + type + " file; convert it: " + conversion(store.path, type));
    return std::nullopt;
  }

  // What was loaded; or nothing, and the failure among the errors.
  template <class T>
  std::optional<T> take(crypto::outcome<T> loaded, const label& of) {
    if (auto* value = std::get_if<T>(&loaded)) return std::move(*value);
    complain(of, std::get<crypto::failure>(loaded).text);
    return std::nullopt;
  }

  std::optional<crypto::identity> identity(const tls_settings& tls) {
    if (tls.key_store) return identity(*tls.key_store);
    if (tls.key) return identity(*tls.key);
    return std::nullopt;
  }

  std::optional<crypto::identity> identity(const store_settings& store) {
    const label of = label_of(store, "keystore");
    const auto bytes = read_store(store, of);
    if (!bytes) return std::nullopt;
    auto who = take(is_pem(store, *bytes)
                        ? crypto::load_pem_identity(*bytes, *bytes, store.password)
                        : crypto::load_pkcs12_identity(*bytes, store.password, store.key_alias),
                    of);
    if (!who) return std::nullopt;
    note_end(of, who->leaf);
    for (const auto& c : who->chain) note_end(of, c);
    return who;
  }

  std::optional<crypto::identity> identity(const key_settings& settings) {
    const label of = label_of(settings.key);
    const auto text = pem_text(settings.key);
    const auto key = text ? take(crypto::load_pem_key(*text, settings.password), of) : std::nullopt;
    const auto chain = certificates(settings.certificates);
    if (!key || !chain) return std::nullopt;
    if (!crypto::belong_together(*key, chain->front())) {
      complain(of, "holds a private key that does not belong to the first <certificate>");
      return std::nullopt;
    }
    if (!crypto::is_in_order(*chain)) {
      warn(settings.position, "<key>",
           "the certificates are not in order: behind each must come that of its issuer");
    }
    return crypto::identity{*key, chain->front(), {chain->begin() + 1, chain->end()}};
  }

  std::vector<crypto::certificate> trusted(const tls_settings& tls) {
    if (tls.trust_store) return certificates(*tls.trust_store);
    return certificates(tls.trust).value_or(std::vector<crypto::certificate>());
  }

  std::vector<crypto::certificate> certificates(const store_settings& store) {
    const label of = label_of(store, "truststore");
    const auto bytes = read_store(store, of);
    if (!bytes) return {};
    if (!is_pem(store, *bytes) && store.password.empty()) {
      complain(of, "needs the attribute 'password' (only PEM files have none)");
      return {};
    }
    auto all =
        take(is_pem(store, *bytes) ? crypto::load_pem_certificates(*bytes)
                                   : crypto::load_pkcs12_certificates(*bytes, store.password),
             of);
    if (!all) return {};
    for (const auto& c : *all) note_end(of, c);
    return std::move(*all);
  }

  // All of all sources; nothing when one has an error.
  std::optional<std::vector<crypto::certificate>> certificates(
      const std::vector<pem_source>& sources) {
    std::vector<crypto::certificate> all;
    bool sound = true;
    for (const pem_source& source : sources) {
      const label of = label_of(source);
      const auto text = pem_text(source);
      const auto some = text ? take(crypto::load_pem_certificates(*text), of) : std::nullopt;
      sound = sound && some;
      if (!some) continue;
      for (const auto& c : *some) note_end(of, c);
      all.insert(all.end(), some->begin(), some->end());
    }
    if (!sound) return std::nullopt;
    return all;
  }

  std::optional<std::string> pem_text(const pem_source& source) {
    return source.path.empty() ? source.text : read(source.path, label_of(source));
  }

  void note_end(const label& of, const crypto::certificate& c) {
    const std::string place = of.location.empty() ? " in line " + std::to_string(of.position.line)
                                                  : " '" + of.location + "'";
    certificate_end end{"<" + of.element + ">" + place + ": " + crypto::subject(c),
                        crypto::expiry(c)};
    if (std::find(ends.begin(), ends.end(), end) == ends.end()) ends.push_back(std::move(end));
  }
  void complain(const label& of, const std::string& what) {
    const std::string which = of.location.empty() ? "the text" : "'" + of.location + "'";
    errors.push_back(
        config_.message_at(of.position, "<" + of.element + ">: " + which + " " + what));
  }
  void warn(source_position where, const std::string& which, const std::string& what) {
    std::string text = config_.file_name + ":" + std::to_string(where.line) + ":" +
                       std::to_string(where.column) + ": " + which + ": " + what;
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end())
      warnings.push_back(std::move(text));
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
    if (auto made = open.server(by_default(c, c.listeners[i])))
      result.value.servers[i] = std::move(made);
  }
  for (const auto& p : c.proxies) {
    const auto shown = open.validities.find(p->tls ? &*p->tls : nullptr);
    if (shown != open.validities.end()) result.value.validities[p->index] = shown->second;
    if (p->target && p->target->tls) result.value.clients[p->index] = open.client(*p->target->tls);
  }
  for (const tls_settings& tls : c.broker_tls) result.value.brokers.push_back(open.client(tls));
  result.tls_errors = std::move(open.errors);
  result.value.digests = std::move(open.digests);
  result.value.ends = std::move(open.ends);
  result.value.warnings = std::move(open.warnings);
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
