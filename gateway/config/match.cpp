#include <algorithm>
#include <cctype>

#include "gateway/config/config.hpp"

namespace gateway {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// '*' = any characters, also none. The pattern is lower case. Linear in both for one star, never
// worse than their product.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    return close == host.npos ? host : host.substr(0, close + 1);
  }
  return host.substr(0, host.find(':'));
}

bool host_fits(const proxy& p, const std::optional<std::string_view>& host) {
  if (p.hosts.empty()) return true;
  if (!host) return false;
  const std::string_view name = without_port(*host);
  return std::any_of(p.hosts.begin(), p.hosts.end(),
                     [&](const std::string& glob) { return glob_matches(glob, name); });
}

// Only "/./" can hide a prefix that the server behind would see; ".." is left to it.
std::string collapsed(std::string_view uri) {
  const std::string_view path = uri.substr(0, uri.find('?'));
  std::string out;
  for (std::size_t at = 0; at < uri.size();) {
    if (at + 2 < path.size() && path.substr(at, 3) == "/./")
      at += 2;
    else
      out += uri[at++];
  }
  return out;
}

// A template of an <api> looks at the path alone, a regular expression at the query, too.
std::string matched_part(const proxy& p, std::string_view target) {
  std::string uri = collapsed(origin_form(target));
  if (!p.path->names.empty()) uri.resize(std::min(uri.find('?'), uri.size()));
  return uri;
}

bool path_fits(const proxy& p, std::string_view target) {
  if (!p.path) return true;
  const std::string uri = matched_part(p, target);
  if (!p.path->regex) return uri.starts_with(p.path->text);
  return std::regex_match(uri, *p.path->regex);
}

}  // namespace

const proxy* match(const config& c, const request_facts& facts,
                   const std::function<bool(const proxy&)>& test) {
  for (const auto& p : c.proxies) {
    if (p->kind == proxy_kind::internal || p->port != facts.port) continue;
    if (!p->ip.empty() && p->ip != facts.ip) continue;
    if (!host_fits(*p, facts.host)) continue;
    if (!p->method.empty() && p->method != facts.method) continue;
    if (!path_fits(*p, facts.target)) continue;
    if (!p->test || !test || test(*p)) return p.get();
  }
  return nullptr;
}

const proxy* match_server_name(const config& c, const listener_settings& listener,
                               std::string_view server_name) {
  for (const std::size_t index : listener.proxies) {
    const proxy& p = *c.proxies[index];
    if (server_name.empty() ? p.use_as_default : host_fits(p, server_name)) return &p;
  }
  return nullptr;
}

std::map<std::string, std::string, std::less<>> path_parameters(const proxy& p,
                                                                std::string_view target) {
  std::map<std::string, std::string, std::less<>> found;
  if (!p.path || p.path->names.empty()) return found;
  const std::string uri = matched_part(p, target);
  std::smatch groups;
  if (!std::regex_match(uri, groups, *p.path->regex)) return found;
  for (std::size_t i = 0; i < p.path->names.size() && i + 1 < groups.size(); ++i) {
    const std::string raw = groups[i + 1].str();
    found[p.path->names[i]] = net::percent_decode(raw).value_or(raw);
  }
  return found;
}

const proxy* find_internal(const config& c, std::string_view name) {
  for (const auto& p : c.proxies)
    if (p->kind == proxy_kind::internal && p->name == name) return p.get();
  return nullptr;
}

}  // namespace gateway
