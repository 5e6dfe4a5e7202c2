#include "mockbroker/console/html.hpp"

#include <utility>

namespace mockbroker {
namespace {

std::string quoted(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + net::html_escape(value) + "\"";
}

}  // namespace

markup text(std::string_view t) { return {net::html_escape(t)}; }

markup text(std::uint64_t number) { return {std::to_string(number)}; }

markup element(std::string_view tag, std::string_view t) {
  const std::string name(tag);
  return {"<" + name + ">" + text(t).html + "</" + name + ">\n"};
}

markup shortened(std::string_view t, std::size_t longest) {
  if (t.size() <= longest) return text(t);
  std::size_t end = longest - 3;
  // Not inside a character of several octets.
  while (end > 0 && (static_cast<unsigned char>(t[end]) & 0xC0U) == 0x80U) --end;
  return {"<span class=\"tooltip\"" + quoted("title", t) + ">" + text(t.substr(0, end)).html +
          "...</span>"};
}

std::string url(std::string_view path, fields query) {
  std::string out(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    out += std::exchange(separator, '&');
    out.append(name).append("=").append(net::percent_encode(value));
  }
  return out;
}

markup link(std::string_view to, std::string_view label) {
  return {"<a" + quoted("href", to) + ">" + text(label).html + "</a> "};
}

table::table(std::string_view id, std::initializer_list<std::string_view> headers)
    : head_("<div class=\"scroll\"><table" + quoted("id", id) + "><thead><tr>") {
  for (const auto header : headers) head_ += "<th>" + text(header).html + "</th>";
  head_ += "</tr></thead><tbody>\n";
}

void table::row(std::initializer_list<markup> cells) {
  rows_ += "<tr>";
  for (const markup& cell : cells) rows_ += "<td>" + cell.html + "</td>";
  rows_ += "</tr>\n";
}

markup table::done(std::string_view none) const {
  std::string out = head_ + rows_ + "</tbody></table>";
  if (rows_.empty() && !none.empty()) out += "<p class=\"none\">" + text(none).html + "</p>";
  return {out + "</div>\n"};
}

markup fact(std::string_view name, const markup& value) {
  return {"<tr><td class=\"label\">" + text(name).html + "</td><td>" + value.html + "</td></tr>\n"};
}

markup facts(std::string_view id, const markup& rows) {
  const std::string_view none = rows.html.empty() ? "<p class=\"none\">None.</p>" : "";
  return {"<div class=\"scroll\"><table" + quoted("id", id) + "><tbody>\n" + rows.html +
          "</tbody></table>" + std::string(none) + "</div>\n"};
}

markup input(std::string_view label, std::string_view name, std::string_view preset,
             std::string_view type) {
  return {"<label>" + text(label).html + " <input" + quoted("type", type) + quoted("name", name) +
          quoted("value", preset) + "></label>\n"};
}

markup hidden(std::string_view name, std::string_view value) {
  return {"<input type=\"hidden\"" + quoted("name", name) + quoted("value", value) + ">\n"};
}

markup form(method how, std::string_view action, const markup& inside, std::string_view button) {
  return {"<form" + quoted("action", action) +
          (how == method::post ? " method=\"post\">\n" : " method=\"get\">\n") + inside.html +
          "<input type=\"submit\"" + quoted("value", button) + "></form>\n"};
}

net::http_response respond(int status, std::string_view content_type, std::string body) {
  auto response = net::make_response(status, content_type, std::move(body));
  response.headers.add("X-FRAME-OPTIONS", "SAMEORIGIN");
  response.headers.add("X-XSS-Protection", "1; mode=block");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control",
                       status < 400 ? "no-store" : "must-revalidate,no-cache,no-store");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; script-src 'self'; "
                       "connect-src 'self'; img-src 'self' data:; form-action 'self'; "
                       "base-uri 'none'; frame-ancestors 'self'");
  return response;
}

net::http_response redirect(std::string_view to) {
  auto response = respond(302, "text/html;charset=utf-8", {});
  response.headers.add("Location", to);
  return response;
}

std::string value(const parameters& given, std::string_view name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}

}  // namespace mockbroker
