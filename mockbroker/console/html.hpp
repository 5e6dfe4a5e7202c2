// What the console's pages are put together from. A text becomes markup by escaping only, so that
// what a peer wrote is never more than text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"

namespace mockbroker {

// HTML that is safe to write as it is.
struct markup {
  std::string html{};

  markup& operator+=(const markup& more) {
    html += more.html;
    return *this;
  }
};
inline markup operator+(markup a, const markup& b) { return std::move(a += b); }
// For what we write ourselves: "<h2>Queues</h2>"_html.
inline markup operator""_html(const char* text, std::size_t size) { return {{text, size}}; }

// `t` as text and nothing else; also right inside the quotes of an attribute, and in XML.
markup text(std::string_view t);
markup text(std::uint64_t number);
// <tag>text</tag>
markup element(std::string_view tag, std::string_view t);
// The start cut at `longest` octets, with the whole one as tooltip (ActiveMQ: 50 for names).
markup shortened(std::string_view t, std::size_t longest = 50);

using fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
// "path?name=value&...", encoded.
std::string url(std::string_view path, fields query);
markup link(std::string_view to, std::string_view label);

// A table whose columns have the words that scripts look for.
class table {
 public:
  table(std::string_view id, std::initializer_list<std::string_view> headers);
  void row(std::initializer_list<markup> cells);
  // The whole of it; with `none` below when it has no row.
  markup done(std::string_view none = {}) const;

 private:
  std::string head_;
  std::string rows_;
};
// A row of names and values, for tables of two columns.
markup fact(std::string_view name, const markup& value);
markup facts(std::string_view id, const markup& rows);

// Forms: an input with its label, one that is hidden, and the form itself with its button.
markup input(std::string_view label, std::string_view name, std::string_view preset,
             std::string_view type = "text");
markup hidden(std::string_view name, std::string_view value);
enum class method { get, post };
markup form(method how, std::string_view action, const markup& inside, std::string_view button);

// A whole page, with the headers that guard it.
net::http_response respond(int status, std::string_view content_type, std::string body);
net::http_response redirect(std::string_view to);

using parameters = std::map<std::string, std::string, std::less<>>;
// A parameter of a request, or empty.
std::string value(const parameters& given, std::string_view name);

}  // namespace mockbroker
