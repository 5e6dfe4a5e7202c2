#include "mockbroker/console/html.hpp"

namespace mockbroker {
namespace {

constexpr std::size_t shown_name = 50;

void harden(net::http_response& response) {
  response.headers.add("X-FRAME-OPTIONS", "SAMEORIGIN");
  response.headers.add("X-XSS-Protection", "1; mode=block");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control", "no-store");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                       "form-action 'self'");
}

}  // namespace

std::string escape(std::string_view text) { return net::html_escape(text); }

net::http_response html(int status, std::string text) {
  auto response = net::make_response(status, "text/html; charset=utf-8", std::move(text));
  harden(response);
  return response;
}

net::http_response redirect(std::string_view to) {
  auto response = html(302, {});
  response.headers.add("Location", to);
  return response;
}

std::string_view bare(std::string_view name) {
  const auto slash = name.find('/', 1);
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

// Long names are cut for the table; the whole one is in the tooltip (ActiveMQ: 50 characters).
std::string name_cell(std::string_view name) {
  if (name.size() <= shown_name) return escape(name);
  return "<span class=\"tooltip\" title=\"" + escape(name) + "\">" +
         escape(name.substr(0, shown_name - 3)) + "...</span>";
}

std::string table(std::string_view id, std::initializer_list<std::string_view> headers,
                  const std::string& rows) {
  std::string out = "<div class=\"scroll\"><table id=\"" + std::string(id) + "\"><thead><tr>";
  for (const auto header : headers) out += "<th>" + std::string(header) + "</th>";
  return out + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string value(const std::map<std::string, std::string>& given, const std::string& name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}

net::http_response failed(std::string_view why) {
  return html(500, "<!doctype html><title>Error!</title><h1>Error!</h1><p>" + escape(why) +
                       "</p><p><a href=\"/admin/\">Return to the console</a></p>");
}

}  // namespace mockbroker
