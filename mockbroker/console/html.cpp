#include "mockbroker/console/html.hpp"

#include "net/http_types.hpp"

namespace mockbroker::web {

markup literals::operator""_html(const char* written, std::size_t size) {
  return markup(std::string(written, size));
}

markup text(std::string_view any) { return markup(net::html_escape(any)); }

markup open_tag(std::string_view name, const std::vector<attribute>& attributes) {
  std::string html = "<" + std::string(name);
  for (const auto& a : attributes) {
    html += ' ';
    html += a.name;
    html += "=\"" + net::html_escape(a.value) + '"';
  }
  return markup(html + '>');
}

markup tag(std::string_view name, const std::vector<attribute>& attributes, const markup& content) {
  markup out = open_tag(name, attributes);
  out += content;
  out.html_ += "</" + std::string(name) + '>';
  return out;
}

markup tag(std::string_view name, const markup& content) { return tag(name, {}, content); }

markup link(const std::string& href, const markup& content) {
  return tag("a", {{"href", href}}, content);
}

std::string url(std::string_view path, std::initializer_list<attribute> query) {
  std::string out(path);
  char separator = '?';
  for (const auto& part : query) {
    out += std::exchange(separator, '&');
    out += part.name;
    out += '=' + net::percent_encode(part.value);
  }
  return out;
}

std::string_view cut(std::string_view utf8, std::size_t most) noexcept {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  std::size_t characters = 0;
  std::size_t end = utf8.size();
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (!starts(utf8[i])) continue;
    if (characters == most - 3) end = i;
    if (++characters > most) return utf8.substr(0, end);
  }
  return utf8;
}

markup short_name(std::string_view name, std::size_t most) {
  const std::string_view shown = cut(name, most);
  if (shown.size() == name.size()) return text(name);
  return tag("span", {{"class", "tooltip"}, {"tabindex", "0"}},
             " "_html + text(shown) + "... "_html + tag("span", text(name)));
}

}  // namespace mockbroker::web
