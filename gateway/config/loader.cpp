// From validated nodes to the running model.
#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <cctype>

#include "gateway/config/binder.hpp"
#include "gateway/config/config.hpp"
#include "gateway/config/path_regex.hpp"
#include "gateway/config/tls_settings.hpp"
#include "gateway/config/xml_tree.hpp"
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
    if (const auto root = parse_xml(errors_)) load_root(*root);
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
  flow make_flow(const element_node& node) override {
    std::vector<std::unique_ptr<const element>> made;
    for (const element_node& child : node.children) {
      if (!child.descriptor->make) continue;
      if (auto e = child.descriptor->make(child, *this)) made.push_back(std::move(e));
    }
    return flow(std::move(made));
  }
  std::string resolve_path(std::string_view path) override {
    std::string slashes(path);
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    return net::join_path(options_.folder, slashes);
  }
  void uses_file(file_use use) override { config_->files.push_back(std::move(use)); }
  destination resolve_url(std::string_view url) override {
    const auto parsed = parse_destination(url);
    const auto* d = std::get_if<destination>(&parsed);
    return d ? mapped(*d) : destination();
  }

 private:
  destination mapped(destination d) const {
    const auto found = options_.ports.find(d.port);
    if (found != options_.ports.end() && is_loopback(d.host)) d.port = found->second;
    return d;
  }

  void load_root(const xml_element& root);
  void load_router(const xml_element& e);
  void load_proxy(const element_node& node);
  std::string default_name(const proxy& p, std::string_view path) const;
  void load_address(const element_node& node, proxy& p);
  void load_path(const element_node& node, proxy& p);
  void load_target(const element_node& node, proxy& p);
  void load_listeners(const std::vector<element_node>& nodes);
  void check_listener(const element_node& node, const proxy& p);

  const load_options& options_;
  std::shared_ptr<config> config_;
  diagnostics errors_;
  binder binder_;
};

void loader::load_root(const xml_element& root) {
  if (root.name != "beans" || root.uri != spring_beans_uri) {
    errors_.add(root.offset, "<" + printable(root.name, 60) +
                                 ">: the root must be <beans> of the namespace " +
                                 std::string(spring_beans_uri));
    return;
  }
  const xml_element* router = nullptr;
  for (const xml_element& child : root.children) {
    const bool is_router = child.name == "router" && child.uri == membrane_uri;
    if (is_router && router)
      errors_.add(child.offset,
                  "<router>: there must be one only; the first is in line " +
                      std::to_string(position_of(errors_.text(), router->offset).line));
    else if (is_router)
      router = &child;
    else if (child.uri == membrane_uri && binder_.find(child.name))
      errors_.add(child.offset, "<" + printable(child.name, 60) +
                                    ">: elements outside of <router> are not supported here yet");
    else
      errors_.add(child.offset, binder_.explain_unexpected(child, nullptr));
  }
  if (router) return load_router(*router);
  // A misspelled or unqualified router was reported above; saying it twice confuses.
  if (errors_.empty()) errors_.add(root.offset, "<beans>: there is no <router> in it");
}

void loader::load_router(const xml_element& e) {
  const element_node router = binder_.bind(e, *binder_.find("router"));
  for (const element_node& node : router.children)
    if (binder_.is_valid(node)) load_proxy(node);
  load_listeners(router.children);
}

void loader::load_proxy(const element_node& node) {
  auto p = std::make_unique<proxy>();
  p->index = config_->proxies.size();
  p->position = node.position;
  load_address(node, *p);
  load_path(node, *p);
  if (const element_node* ssl = node.child("ssl"))
    p->tls = load_tls(*ssl, tls_side::listener, errors_.text(), *this);
  load_target(node, *p);
  p->elements = make_flow(node);
  for (const element_node& child : node.children) {
    if (child.descriptor->role != element_role::flow) continue;
    p->element_names.emplace_back(child.descriptor->name);
    p->serves_console = p->serves_console || child.descriptor->name == "adminConsole";
  }
  p->name = node.value("name");
  if (p->name.empty()) {
    const element_node* path = node.child("path");
    p->name = default_name(*p, path ? std::string_view(path->text) : std::string_view());
  }
  append_canonical(p->fingerprint, node);
  p->fingerprint += std::to_string(p->port) + (p->target ? to_string(p->target->to) : "");
  config_->proxies.push_back(std::move(p));
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
  if (!path->boolean("isRegExp")) return;
  auto compiled = compile_path_regex(path->text);
  if (!compiled.regex) errors_.add(path->text_offset, "<path>: the text " + compiled.error);
  p.path->regex = std::move(compiled.regex);
}

void loader::load_target(const element_node& node, proxy& p) {
  const element_node* target = node.child("target");
  if (!target) return;
  target_settings t;
  t.position = target->position;
  if (const element_node* ssl = target->child("ssl"))
    t.tls = load_tls(*ssl, tls_side::target, errors_.text(), *this);
  if (!target->value("url").empty()) {
    t.to = resolve_url(target->value("url"));
    t.to.tls = t.to.tls || t.tls.has_value();
  } else if (!target->value("host").empty()) {
    t.to.host = target->value("host");
    // The same rules as for a url; the port is known to be right.
    const bool v6 = t.to.host.find(':') != std::string::npos && t.to.host.front() != '[';
    const auto parsed = parse_destination("http://" + (v6 ? "[" + t.to.host + "]" : t.to.host));
    const auto* host = std::get_if<destination>(&parsed);
    if (!host || host->path || host->port != 80 || t.to.host.find('/') != std::string::npos)
      error(*target, *target->find("host"), 0, "must be a name or address alone");
    else
      t.to.host = host->host;
    t.to.tls = t.tls.has_value();
    t.to.port = t.to.tls ? 443 : 80;
    if (target->find("port")) t.to.port = static_cast<std::uint16_t>(target->integer("port"));
    t.to = mapped(t.to);
  } else if (target->find("port")) {
    error(*target, "attribute 'host' is missing");
  } else {
    return;
  }
  t.to.adjust_host = target->boolean("adjustHostHeader");
  p.target = std::move(t);
}

void loader::check_listener(const element_node& node, const proxy& p) {
  const std::string where = "<serviceProxy>: port " + std::to_string(p.written_port);
  for (const auto& other : config_->proxies) {
    if (other->index >= p.index || other->written_port != p.written_port) continue;
    const std::string there = " in line " + std::to_string(other->position.line);
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
    for (const element_node& node : nodes)
      if (node.position == p->position) check_listener(node, *p);
    auto same = std::find_if(config_->listeners.begin(), config_->listeners.end(),
                             [&](const listener_settings& l) {
                               return l.ip == p->ip && l.written_port == p->written_port;
                             });
    if (same == config_->listeners.end()) {
      config_->listeners.push_back(
          {listener_name(*p), p->ip, p->port, p->written_port, p->tls.has_value(), {}});
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
