// From validated nodes to the running model.
#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <cctype>
#include <set>

#include "gateway/config/binder.hpp"
#include "gateway/config/config.hpp"
#include "gateway/config/router_structure.hpp"
#include "gateway/config/tls_settings.hpp"
#include "gateway/config/unreachable.hpp"
#include "gateway/config/xml_tree.hpp"
#include "gateway/core/regex.hpp"
#include "gateway/core/text.hpp"
#include "net/files.hpp"

namespace gateway {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Unambiguous text of a node without positions: lengths keep values from running together.
void append_canonical(std::string& out, const element_node& node) {
  auto add = [&out](std::string_view piece) {
    out += std::to_string(piece.size()) + ":";
    out += piece;
  };
  out += "<";
  add(node.descriptor->name);
  std::vector<std::pair<std::string_view, std::string_view>> sorted;
  for (const attribute_value& a : node.attributes)
    sorted.emplace_back(a.descriptor ? a.descriptor->name : std::string_view(a.name), a.text);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    out += "@";
    add(name);
    add(value);
  }
  add(node.text);
  for (const element_node& child : node.children) append_canonical(out, child);
  out += ">";
}

class loader final : public build_context {
 public:
  loader(std::string_view text, element_registry elements, const load_options& options)
      : options_(options),
        config_(std::make_shared<config>()),
        errors_(options.file_name, text),
        binder_(errors_, structure_elements(), elements) {
    config_->file_name = options.file_name;
    config_->folder = options.folder;
    config_->text = text;
  }

  load_result load() {
    if (auto root = parse_xml(errors_)) {
      values_.environment = options_.environment;
      read_values(*root);
      fill_in(*root);
      load_root(*root);
    }
    load_result result;
    result.errors = errors_.rendered();
    if (result.errors.empty()) result.value = std::move(config_);
    return result;
  }

  void error(const element_node& node, std::string message) override {
    errors_.add(node.offset, "<" + std::string(node.descriptor->name) + ">: " + message);
  }
  void error(const element_node& node, const attribute_value& a, std::size_t offset,
             std::string message) override {
    const std::size_t at =
        a.written ? a.value_offset + raw_offset(errors_.text().substr(a.value_offset), offset)
                  : node.offset;
    errors_.add(
        at, "<" + std::string(node.descriptor->name) + ">: attribute '" + a.name + "' " + message);
  }
  void error_in_text(const element_node& node, std::size_t offset, std::string message) override {
    errors_.add(text_offset(node, offset),
                "<" + std::string(node.descriptor->name) + ">: " + message);
  }
  std::optional<std::string> text_of(const element_node& node) override;
  source_position position_in_text(const element_node& node, std::size_t offset) override {
    return errors_.position(text_offset(node, offset));
  }
  const std::string& file_name() override { return options_.file_name; }
  const port_map& ports() override { return options_.ports; }
  flow make_flow(const element_node& node) override {
    std::vector<std::unique_ptr<const element>> made;
    for (const element_node& child : node.children) {
      if (!child.descriptor->make) continue;
      if (auto e = child.descriptor->make(child, *this)) made.push_back(std::move(e));
    }
    return flow(std::move(made));
  }
  std::unique_ptr<const element> make_reference(const element_node& node,
                                                const attribute_value& refid) override;
  std::string resolve_path(std::string_view path) override {
    std::string slashes(path);
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    return net::join_path(options_.folder, slashes);
  }
  void uses_file(file_use use) override { config_->files.push_back(std::move(use)); }
  std::shared_ptr<secret_names> secrets() override { return secrets_; }
  std::size_t client_tls(const element_node& ssl) override {
    config_->broker_tls.push_back(load_tls(ssl, tls_side::target, errors_.text(), *this));
    const std::size_t number = config_->broker_tls.size() - 1;
    if (!uses_.empty()) uses_.back().broker_tls.push_back(number);
    return number;
  }
  destination resolve_url(const element_node& node, const attribute_value& url) override {
    const auto parsed = parse_destination(url.text);
    const auto* d = std::get_if<destination>(&parsed);
    if (!d) return {};
    if (!d->internal.empty() && !checking_) {
      internal_uses_.emplace_back(url.written ? url.value_offset : node.offset, d->internal);
      if (!uses_.empty()) uses_.back().internals.insert(d->internal);
    }
    return mapped(*d);
  }
  std::unique_ptr<const destination_template> url_template(const element_node& node,
                                                           std::string_view name) override {
    auto url = node.templated(name);
    if (url.is_constant()) return nullptr;
    return std::make_unique<destination_template>(std::move(url), options_.ports);
  }
  std::shared_ptr<balancer> make_balancer(const element_node& node,
                                          balancer_settings settings) override;
  std::shared_ptr<const balancer_list> balancers() override { return config_->balancers; }

 private:
  destination mapped(destination d) const {
    d.port = mapped_port(options_.ports, d.host, d.port);
    return d;
  }

  std::size_t text_offset(const element_node& node, std::size_t offset) const;
  void read_values(const xml_element& root);
  void fill_in(xml_element& e);
  void load_root(const xml_element& root);
  bool load_bean(const xml_element& e);
  void load_health_monitor(const element_node& node);
  void load_router(const xml_element& e);
  void check_parts(const element_node& node);
  void load_old_settings(const element_node& router);
  void load_proxy(const element_node& node, const element_node* global);
  void load_flow(const element_node& node, const element_node* global, proxy& p);
  void check_stomp(const element_node& node, const proxy& p);
  void load_name(const element_node& node, proxy& p);
  void check_names();
  void complete_fingerprints();
  std::string default_name(const proxy& p, std::string_view path) const;
  void load_address(const element_node& node, proxy& p);
  void load_path(const element_node& node, proxy& p);
  void load_path_template(const element_node& path, path_rule& rule);
  void load_target(const element_node& node, proxy& p);
  void load_host(const element_node& target, destination& to);
  void load_forwarding(const element_node& node, proxy& p);
  void load_listeners(const std::vector<element_node>& nodes);
  void check_listener(const element_node& node, const proxy& p);

  const load_options& options_;
  std::shared_ptr<config> config_;
  std::shared_ptr<secret_names> secrets_ = std::make_shared<secret_names>();
  diagnostics errors_;
  binder binder_;
  load_values values_;
  bool checking_ = false;  // what is made is not used: references are not followed
  std::map<std::string, element_node, std::less<>> beans_;          // by id
  std::vector<std::string_view> being_made_;                        // ids, to find circles
  std::vector<std::pair<std::size_t, std::string>> internal_uses_;  // place, name
  // What a proxy uses besides its own text, by index.
  struct uses {
    std::set<std::string, std::less<>> beans;
    std::set<std::string, std::less<>> internals;
    std::string texts;  // of files
    std::vector<std::size_t> broker_tls;
  };
  std::vector<uses> uses_;
  // Where each of config_->balancers stands.
  std::vector<std::size_t> balancer_places_;
  std::vector<proxy*> made_;  // config_->proxies, while they may still be changed
};

// Where in the file the octet `offset` of the text of `node` stands.
std::size_t loader::text_offset(const element_node& node, std::size_t offset) const {
  const text_piece* piece = nullptr;
  for (const text_piece& p : node.text_pieces)
    if (p.start <= offset) piece = &p;
  if (!piece) return node.text_offset;
  const std::size_t inside = offset - piece->start;
  if (piece->as_written) return piece->offset + inside;
  return piece->offset + raw_offset(errors_.text().substr(piece->offset), inside);
}

bool is_spring(const xml_element& e, std::string_view schema, std::string_view name) {
  return e.name == name && e.uri == "http://www.springframework.org/schema/" + std::string(schema);
}

const std::string* find_attribute(const xml_element& e, std::string_view name) {
  for (const xml_attribute& a : e.attributes)
    if (a.name == name && a.uri.empty()) return &a.value;
  return nullptr;
}

// What #{...} and ${...} may name.
void loader::read_values(const xml_element& root) {
  for (const xml_element& child : root.children) {
    if (is_spring(child, "context", "property-placeholder")) values_.placeholders = true;
    if (!is_spring(child, "util", "properties")) continue;
    if (find_attribute(child, "location"))
      errors_.add(child.offset,
                  "<properties>: a file of properties is not supported here yet; write <prop "
                  "key=\"NAME\">value</prop> inside");
    const std::string* id = find_attribute(child, "id");
    auto& all = values_.properties[id ? *id : std::string()];
    for (const xml_element& prop : child.children)
      if (const std::string* key = find_attribute(prop, "key")) all[*key] = prop.text;
  }
}

void loader::fill_in(xml_element& e) {
  for (xml_attribute& a : e.attributes) {
    auto filled = resolve_placeholders(a.value, values_);
    if (auto* text = std::get_if<std::string>(&filled)) {
      a.value = std::move(*text);
      continue;
    }
    const auto& wrong = std::get<placeholder_error>(filled);
    const auto raw = errors_.text().substr(a.value_offset);
    errors_.add(a.value_offset + raw_offset(raw, wrong.offset),
                "<" + printable(e.name, 60) + ">: attribute '" + printable(a.name, 60) + "' " +
                    wrong.message);
    a.refused = true;
  }
  for (xml_element& child : e.children) fill_in(child);
}

void loader::load_root(const xml_element& root) {
  if (root.name != "beans" || root.uri != spring_beans_uri) {
    errors_.add(root.offset, "<" + printable(root.name, 60) +
                                 ">: the root must be <beans> of the namespace " +
                                 std::string(spring_beans_uri));
    return;
  }
  if (!root.text.empty()) errors_.add(root.text_offset, "<beans>: text is not expected here");
  const xml_element* router = nullptr;
  for (const xml_element& child : root.children) {
    const bool is_router = child.name == "router" && child.uri == membrane_uri;
    if (is_router && router)
      errors_.add(child.offset,
                  "<router>: there must be one only; the first is in line " +
                      std::to_string(position_of(errors_.text(), router->offset).line));
    else if (is_router)
      router = &child;
    else if (!load_bean(child))
      errors_.add(child.offset, binder_.explain_unexpected(child, nullptr));
  }
  if (router) return load_router(*router);
  // A misspelled or unqualified router was reported above; saying it twice confuses.
  if (errors_.empty()) errors_.add(root.offset, "<beans>: there is no <router> in it");
}

// What may stand beside the router: values, and elements that others refer to.
bool loader::load_bean(const xml_element& e) {
  if (is_spring(e, "context", "property-placeholder") || is_spring(e, "util", "properties"))
    return true;
  const element_descriptor* d = e.uri == membrane_uri ? binder_.find(e.name) : nullptr;
  if (d && d->role == element_role::top) {
    load_health_monitor(binder_.bind(e, *d));
    return true;
  }
  if (!d || d->role != element_role::flow) return false;
  element_node node = binder_.bind(e, *d);
  const std::string* id = find_attribute(e, "id");
  if (!id) {
    errors_.add(e.offset, "<" + e.name +
                              ">: outside of <router> it needs an id, for <interceptor refid=...>");
  } else if (beans_.count(*id) > 0) {
    errors_.add(e.offset, "<" + e.name + ">: the id '" + printable(*id, 60) +
                              "' is taken, in line " +
                              std::to_string(beans_.at(*id).position.line));
  } else if (binder_.is_valid(node)) {
    beans_.emplace(*id, std::move(node));
  }
  return true;
}

void loader::load_health_monitor(const element_node& node) {
  if (!binder_.is_valid(node)) return;
  if (config_->health) error(node, "there must be one only");
  health_settings health;
  health.interval = std::chrono::milliseconds(node.integer("interval"));
  router_settings calls;
  if (const element_node* client = node.child("httpClientConfig")) read_http_client(*client, calls);
  health.timeout = std::min({health.timeout, health.interval, calls.connect_timeout});
  config_->health = health;
}

std::optional<std::string> loader::text_of(const element_node& node) {
  const attribute_value* location = node.find("location");
  if (!location) return node.text;
  const std::string path = resolve_path(location->text);
  net::result<std::string> text = net::errc::other;
  if (options_.read_text) text = options_.read_text(path);
  if (!text) {
    error(node, *location, 0, "cannot be read: " + text.error().message() + " (" + path + ")");
    return std::nullopt;
  }
  for (std::size_t at = 0, size = 0; at < text->size(); at += size) {
    size = utf8_sequence(std::string_view(*text).substr(at));
    if (size > 0) continue;
    error(node, *location, 0, "is not a text in UTF-8");
    return std::nullopt;
  }
  uses_file({file_purpose::text, path, node.position});
  if (!uses_.empty()) uses_.back().texts += std::to_string(text->size()) + ":" + *text;
  return std::move(*text);
}

std::shared_ptr<balancer> loader::make_balancer(const element_node& node,
                                                balancer_settings settings) {
  balancer_list& all = *config_->balancers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (balancer_places_[i] == node.offset) return all[i];
    if (!settings.is_named || !all[i]->settings().is_named || all[i]->name() != settings.name)
      continue;
    error(node, *node.find("name"), 0,
          "is taken by the balancer in line " +
              std::to_string(errors_.position(balancer_places_[i]).line));
    return nullptr;
  }
  auto made = std::make_shared<balancer>(std::move(settings));
  if (checking_) return made;
  all.push_back(made);
  balancer_places_.push_back(node.offset);
  return made;
}

std::unique_ptr<const element> loader::make_reference(const element_node& node,
                                                      const attribute_value& refid) {
  if (checking_) return nullptr;
  const auto found = beans_.find(refid.text);
  if (found == beans_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [id, bean] : beans_) known.push_back(id);
    error(node, refid, 0,
          "names '" + printable(refid.text, 60) + "', but no element beside <router> has that id" +
              suggestion(refid.text, known));
    return nullptr;
  }
  if (std::find(being_made_.begin(), being_made_.end(), found->first) != being_made_.end()) {
    error(node, refid, 0, "makes '" + printable(refid.text, 60) + "' hold itself");
    return nullptr;
  }
  if (!uses_.empty()) uses_.back().beans.insert(found->first);
  being_made_.push_back(found->first);
  auto made = found->second.descriptor->make(found->second, *this);
  being_made_.pop_back();
  return made;
}

void loader::load_router(const xml_element& e) {
  const element_node router = binder_.bind(e, *binder_.find("router"));
  load_old_settings(router);
  const element_node* global = nullptr;
  for (const element_node& node : router.children) {
    if (!binder_.is_valid(node)) {
      check_parts(node);
      continue;
    }
    const std::string_view name = node.descriptor->name;
    if (name == "configuration")
      read_configuration(node, config_->router);
    else if (name == "transport")
      read_transport(node, config_->router, *this);
    else if (name == "httpClientConfig")
      read_http_client(node, config_->router);
    else if (name == "global")
      global = &node;
    else
      load_proxy(node, global);
  }
  if (auto& p = config_->router.proxy) p->port = mapped_port(options_.ports, p->host, p->port);
  check_names();
  complete_fingerprints();
  load_listeners(router.children);
  config_->warnings = unreachable_proxies(*config_);
}

// What is right in a proxy that is wrong elsewhere is made all the same, so that its scripts and
// the like are judged in the same run.
void loader::check_parts(const element_node& node) {
  const bool outer = std::exchange(checking_, true);
  for (const element_node& child : node.children) {
    const element_descriptor& d = *child.descriptor;
    if (!binder_.is_valid(child))
      check_parts(child);
    else if (d.make)
      d.make(child, *this);
    else if (d.make_frame)
      d.make_frame(child, *this);
  }
  checking_ = outer;
}

// A proxy changes with the internal proxies that its requests may reach.
void loader::complete_fingerprints() {
  std::map<std::string_view, const proxy*> internals;
  for (const proxy* p : made_)
    if (p->kind == proxy_kind::internal) internals[p->name] = p;
  std::vector<std::string> complete;
  for (const proxy* p : made_) {
    std::set<const proxy*> reached;
    std::vector<const proxy*> open{p};
    std::string all = p->fingerprint;
    while (!open.empty()) {
      const auto names = uses_[open.back()->index].internals;
      open.pop_back();
      for (const auto& name : names) {
        const auto found = internals.find(name);
        if (found == internals.end() || !reached.insert(found->second).second) continue;
        open.push_back(found->second);
        all += found->second->fingerprint;
      }
    }
    complete.push_back(std::move(all));
  }
  for (proxy* p : made_) p->fingerprint = std::move(complete[p->index]);
}

void loader::load_old_settings(const element_node& router) {
  const element_node* now = router.child("configuration");
  for (const std::string_view name : {"hotDeploy", "production"}) {
    const attribute_value* old = router.find(name);
    if (!old) continue;
    const attribute_value* other = now ? now->find(name) : nullptr;
    if (other && other->written)
      error(router, *old, 0, "is written in <configuration>, too; write one of them");
    (name == "hotDeploy" ? config_->router.hot_deploy : config_->router.production) =
        router.boolean(name);
  }
}

// internal:// leads to an <internal>, whose name must be the only one of its kind.
void loader::check_names() {
  std::vector<std::string_view> known;
  for (const auto& p : config_->proxies) {
    if (p->kind != proxy_kind::internal) continue;
    if (std::find(known.begin(), known.end(), p->name) != known.end())
      errors_.add(p->offset, "<internal>: the name '" + printable(p->name, 60) + "' is taken");
    known.push_back(p->name);
  }
  for (const auto& [position, name] : internal_uses_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    errors_.add(position, "there is no <internal name=\"" + printable(name, 60) + "\">" +
                              suggestion(name, known));
  }
}

void loader::load_proxy(const element_node& node, const element_node* global) {
  auto p = std::make_unique<proxy>();
  const std::string_view kind = node.descriptor->name;
  if (kind == "api") p->kind = proxy_kind::api;
  if (kind.starts_with("internal")) p->kind = proxy_kind::internal;
  if (kind == "stompProxy") p->kind = proxy_kind::stomp;
  if (kind == "sslProxy") p->kind = proxy_kind::ssl;
  p->index = config_->proxies.size();
  uses_.emplace_back();
  made_.push_back(p.get());
  p->position = node.position;
  p->offset = node.offset;
  if (p->kind != proxy_kind::internal) {
    load_address(node, *p);
    load_path(node, *p);
    if (const element_node* ssl = node.child("ssl"))
      p->tls = load_tls(*ssl, tls_side::listener, errors_.text(), *this);
  }
  if (p->kind == proxy_kind::ssl)
    load_forwarding(node, *p);
  else
    load_target(node, *p);
  load_flow(node, global, *p);
  check_stomp(node, *p);
  load_name(node, *p);
  append_canonical(p->fingerprint, node);
  if (global) append_canonical(p->fingerprint, *global);
  for (const auto& id : uses_.back().beans) append_canonical(p->fingerprint, beans_.at(id));
  p->fingerprint += uses_.back().texts;
  p->broker_tls = uses_.back().broker_tls;
  p->fingerprint += std::to_string(p->port) + (p->target ? to_string(p->target->to) : "");
  config_->proxies.push_back(std::move(p));
}

void loader::load_flow(const element_node& node, const element_node* global, proxy& p) {
  std::vector<const element_node*> nodes;
  if (global && p.kind != proxy_kind::internal && p.kind != proxy_kind::ssl)
    for (const element_node& child : global->children) nodes.push_back(&child);
  for (const element_node& child : node.children)
    if (child.descriptor->role == element_role::flow) nodes.push_back(&child);
  std::vector<std::unique_ptr<const element>> made;
  for (const element_node* child : nodes) {
    if (auto e = child->descriptor->make(*child, *this)) made.push_back(std::move(e));
    p.element_names.emplace_back(child->descriptor->name);
    p.serves_console = p.serves_console || child->descriptor->name == "adminConsole";
  }
  p.elements = flow(std::move(made));
  p.test = node.tested("test");
}

void visit(const element_node& node, const std::function<void(const element_node&)>& look) {
  for (const element_node& child : node.children) {
    look(child);
    visit(child, look);
  }
}

// Each connection would open the next, until there are no more.
bool leads_back(const proxy& p, std::string_view host, std::int64_t port) {
  if (port != p.written_port || !is_loopback(host)) return false;
  return p.ip.empty() || p.ip == host;
}

// The flow of a <stompProxy> leads to a <stompClient>, and no other does.
void loader::check_stomp(const element_node& node, const proxy& p) {
  bool leads_on = false;
  visit(node, [&](const element_node& child) {
    const std::string_view name = child.descriptor->name;
    // What an <interceptor> refers to is not known here.
    leads_on |= name == "stompClient" || name == "interceptor";
    if (name == "stompClient" && p.kind != proxy_kind::stomp)
      error(child, "belongs in a <stompProxy>; the clients of this proxy speak HTTP");
    if (name == "stompClient" && leads_back(p, child.value("host"), child.integer("port")))
      error(child, "leads back to the <stompProxy> itself");
    if (child.descriptor->http_only && p.kind == proxy_kind::stomp)
      error(child, "cannot stand in a <stompProxy>: its clients speak STOMP");
  });
  if (p.kind == proxy_kind::stomp && !leads_on)
    error(node, "needs a <stompClient> inside, for the broker");
}

void loader::load_name(const element_node& node, proxy& p) {
  p.name = node.value("name");
  if (!p.name.empty()) return;
  const element_node* path = node.child("path");
  p.name = default_name(p, path ? std::string_view(path->text) : std::string_view());
}

std::string listener_name(const proxy& p) {
  const bool v6 = p.ip.find(':') != std::string::npos;
  const std::string ip = p.ip.empty() ? "0.0.0.0" : p.ip;
  return (v6 ? "[" + ip + "]" : ip) + ":" + std::to_string(p.written_port);
}

// Membrane's form: host:port[ METHOD][ path]. With several hosts the list as written.
std::string loader::default_name(const proxy& p, std::string_view path) const {
  std::string name;
  for (const std::string& host : p.hosts) name += (name.empty() ? "" : " ") + host;
  name = name.empty() ? listener_name(p) : name + ":" + std::to_string(p.written_port);
  if (!p.method.empty()) name += " " + p.method;
  if (!path.empty()) name += " " + std::string(path);
  return name;
}

void loader::load_address(const element_node& node, proxy& p) {
  p.written_port = static_cast<std::uint16_t>(node.integer("port"));
  const auto found = options_.ports.find(p.written_port);
  p.port = found == options_.ports.end() ? p.written_port : found->second;
  p.ip = node.value("ip");
  if (p.ip == "*" || p.ip == "0.0.0.0") p.ip.clear();
  if (!p.ip.empty() && !boost::urls::parse_ipv4_address(p.ip) &&
      !boost::urls::parse_ipv6_address(p.ip))
    error(node, *node.find("ip"), 0, "must be a numeric address, as 127.0.0.1 or ::1");
  if (node.value("method") != "*") p.method = node.value("method");
  std::string_view rest = node.value("host");
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
    if (end > 0) p.hosts.push_back(lower(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (std::find(p.hosts.begin(), p.hosts.end(), "*") != p.hosts.end()) p.hosts.clear();
}

void loader::load_path(const element_node& node, proxy& p) {
  const element_node* path = node.child("path");
  if (!path) return;
  p.path.emplace();
  p.path->text = path->text;
  const bool named = p.kind == proxy_kind::api && path->text.find('{') != std::string::npos;
  if (named && !path->boolean("isRegExp")) return load_path_template(*path, *p.path);
  if (!path->boolean("isRegExp")) return;
  auto compiled = compile_regex(path->text);
  if (!compiled.regex) errors_.add(path->text_offset, "<path>: the text " + compiled.error);
  p.path->regex = std::move(compiled.regex);
}

// "/a/{x}/b" matches the path of a URI whole; each name stands for one segment.
void loader::load_path_template(const element_node& path, path_rule& rule) {
  std::string pattern;
  std::string_view rest = path.text;
  while (!rest.empty()) {
    const auto open = rest.find('{');
    for (const char c : rest.substr(0, open)) {
      if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
    if (open == rest.npos) break;
    const auto close = rest.find('}', open);
    const std::string name(rest.substr(open + 1, close == rest.npos ? 0 : close - open - 1));
    if (name.empty() || name.find_first_of("{/") != std::string::npos)
      return errors_.add(path.text_offset + path.text.size() - rest.size() + open,
                         "<path>: the text has a '{' that no NAME} follows");
    rule.names.push_back(name);
    pattern += "([^/?]+)";
    rest.remove_prefix(close + 1);
  }
  auto compiled = compile_regex(pattern);
  if (!compiled.regex) errors_.add(path.text_offset, "<path>: the text " + compiled.error);
  rule.regex = std::move(compiled.regex);
}

// By the same rules as those of a url.
void loader::load_host(const element_node& target, destination& to) {
  if (auto host = parse_host(target.value("host")))
    to.host = std::move(*host);
  else
    error(target, *target.find("host"), 0, "must be a name or address alone");
}

// Where an <sslProxy> leads.
void loader::load_forwarding(const element_node& node, proxy& p) {
  p.use_as_default = node.boolean("useAsDefault");
  if (const element_node* connection = node.child("connection"))
    p.connect_timeout = std::chrono::milliseconds(connection->integer("timeout"));
  const element_node& target = *node.child("target");
  for (const attribute_value& a : target.attributes) {
    if (a.written && a.name != "host" && a.name != "port")
      error(target, a, 0, "means nothing in an <sslProxy>, which passes octets on");
  }
  if (const element_node* ssl = target.child("ssl"))
    error(*ssl, "cannot stand in an <sslProxy>, which passes on the TLS of its clients");
  target_settings t;
  t.position = target.position;
  t.to.port =
      target.find("port") ? static_cast<std::uint16_t>(target.integer("port")) : p.written_port;
  if (target.find("host"))
    load_host(target, t.to);
  else
    error(target, "attribute 'host' is missing");
  if (leads_back(p, t.to.host, t.to.port)) error(target, "leads back to the <sslProxy> itself");
  t.to = mapped(t.to);
  p.target = std::move(t);
}

void loader::load_target(const element_node& node, proxy& p) {
  const element_node* target = node.child("target");
  if (!target) return;
  target_settings t;
  t.position = target->position;
  if (const element_node* ssl = target->child("ssl"))
    t.tls = load_tls(*ssl, tls_side::target, errors_.text(), *this);
  t.url = url_template(*target, "url");
  if (t.url) {
    t.written_url = target->value("url");
    t.to.tls = t.tls.has_value();
  } else if (!target->value("url").empty()) {
    t.to = resolve_url(*target, *target->find("url"));
    t.to.tls = t.to.tls || t.tls.has_value();
  } else if (!target->value("host").empty()) {
    load_host(*target, t.to);
    t.to.tls = t.tls.has_value();
    t.to.port = t.to.tls ? 443 : 80;
    if (target->find("port")) t.to.port = static_cast<std::uint16_t>(target->integer("port"));
    t.to = mapped(t.to);
  } else if (target->find("port")) {
    error(*target, "attribute 'host' is missing");
  } else {
    return;
  }
  t.to.adjust_host = config_->router.adjust_host && target->boolean("adjustHostHeader");
  t.method = target->value("method");
  p.target = std::move(t);
}

listener_kind kind_of(const proxy& p) {
  if (p.kind == proxy_kind::stomp) return listener_kind::stomp;
  if (p.kind == proxy_kind::ssl) return listener_kind::tls_names;
  return listener_kind::http;
}

std::string_view spoken(listener_kind kind) {
  switch (kind) {
    case listener_kind::stomp:
      return "STOMP";
    case listener_kind::tls_names:
      return "TLS that is not ended here";
    case listener_kind::http:
      break;
  }
  return "HTTP";
}

void loader::check_listener(const element_node& node, const proxy& p) {
  const std::string where =
      "<" + std::string(node.descriptor->name) + ">: port " + std::to_string(p.written_port);
  for (const auto& other : config_->proxies) {
    if (other->index >= p.index || other->written_port != p.written_port) continue;
    if (other->kind == proxy_kind::internal) continue;
    const std::string there = " in line " + std::to_string(other->position.line);
    if (other->ip == p.ip && kind_of(*other) != kind_of(p)) {
      errors_.add(node.offset, where + " speaks " + std::string(spoken(kind_of(*other))) +
                                   " for the proxy" + there + "; " +
                                   std::string(spoken(kind_of(p))) + " needs a port of its own");
      return;
    }
    if (other->ip == p.ip && p.kind == proxy_kind::stomp) {
      errors_.add(node.offset,
                  where + " belongs to the <stompProxy>" + there + "; nothing would come here");
      return;
    }
    if (other->ip == p.ip && other->tls.has_value() != p.tls.has_value()) {
      errors_.add(node.offset, where + (p.tls ? " has TLS here but not" : " has no TLS here but") +
                                   there + "; all proxies of one port need an <ssl> or none");
      return;
    }
    // One of them would be served by the rules of the other.
    if (other->ip == p.ip && p.tls && !same_handshake(*p.tls, *other->tls)) {
      errors_.add(node.offset, where + " has an <ssl> with other protocols, ciphers or clientAuth" +
                                   " than the one" + there + "; they must be the same");
      return;
    }
    if (other->ip != p.ip && (other->ip.empty() || p.ip.empty())) {
      errors_.add(node.offset, where + " is opened on all addresses and also on " +
                                   (p.ip.empty() ? other->ip : p.ip) + ";" + there +
                                   " is the other place");
      return;
    }
  }
}

void loader::load_listeners(const std::vector<element_node>& nodes) {
  for (const auto& p : config_->proxies) {
    if (p->kind == proxy_kind::internal) continue;
    for (const element_node& node : nodes)
      if (node.position == p->position) check_listener(node, *p);
    auto same = std::find_if(config_->listeners.begin(), config_->listeners.end(),
                             [&](const listener_settings& l) {
                               return l.ip == p->ip && l.written_port == p->written_port;
                             });
    if (same == config_->listeners.end()) {
      config_->listeners.push_back({listener_name(*p),
                                    p->ip,
                                    p->port,
                                    p->written_port,
                                    p->tls.has_value(),
                                    kind_of(*p),
                                    {}});
      same = config_->listeners.end() - 1;
    }
    same->proxies.push_back(p->index);
  }
}

}  // namespace

load_result load_config(std::string_view text, element_registry elements,
                        const load_options& options) {
  return loader(text, elements, options).load();
}

std::string config::message_at(source_position where, std::string_view message) const {
  return render_message(file_name, text, where, message);
}

}  // namespace gateway
