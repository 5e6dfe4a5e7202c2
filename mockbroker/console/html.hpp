// What pages are built from. A `markup` is HTML or XML that is safe to write out: it is made of
// literals of this program and of texts that were escaped on their way in. There is no other way
// to make one, so a page cannot forget to escape.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockbroker::web {

class markup;
namespace literals {
// Only a literal can be markup as it stands: "<br>"_html.
markup operator""_html(const char* written, std::size_t size);
}  // namespace literals

struct attribute {
  std::string_view name;  // a literal
  std::string value;      // escaped when it is written
};

class markup {
 public:
  markup() = default;

  const std::string& str() const noexcept { return html_; }
  bool empty() const noexcept { return html_.empty(); }
  markup& operator+=(const markup& more) {
    html_ += more.html_;
    return *this;
  }
  friend markup operator+(markup a, const markup& b) { return std::move(a += b); }

 private:
  explicit markup(std::string html) : html_(std::move(html)) {}
  friend markup literals::operator""_html(const char* written, std::size_t size);
  friend markup text(std::string_view any);
  friend markup open_tag(std::string_view name, const std::vector<attribute>& attributes);
  friend markup tag(std::string_view name, const std::vector<attribute>& attributes,
                    const markup& content);

  std::string html_;
};

using literals::operator""_html;

// Any text, as text.
markup text(std::string_view any);
// Templates, so that a pointer to characters is not taken for a bool.
template <std::integral Value>
markup text(Value value) {
  if constexpr (std::same_as<Value, bool>) {
    return text(std::string_view(value ? "true" : "false"));
  } else {
    return text(std::string_view(std::to_string(value)));
  }
}

// <name a="...">content</name>, and without content and end: <input ...>. `name` is a literal.
markup tag(std::string_view name, const std::vector<attribute>& attributes, const markup& content);
markup tag(std::string_view name, const markup& content);
markup open_tag(std::string_view name, const std::vector<attribute>& attributes);
markup link(const std::string& href, const markup& content);
// <td>.
template <class Value>
markup cell(const Value& value) {
  return tag("td", text(value));
}
inline markup cell(const markup& content) { return tag("td", content); }

// path?name=value&...: values are percent-encoded. `path` comes from this program.
std::string url(std::string_view path, std::initializer_list<attribute> query);

// The first characters of a UTF-8 text: all of it if it has at most `most`, else `most` - 3 of
// them.
std::string_view cut(std::string_view utf8, std::size_t most) noexcept;
// A name in a table. Long ones are cut, and the whole of them is a tooltip (ActiveMQ: queues at 50,
// subscribers at 10 characters).
markup short_name(std::string_view name, std::size_t most);

}  // namespace mockbroker::web
