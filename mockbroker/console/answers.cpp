#include "mockbroker/console/answers.hpp"

#include <algorithm>

#include "mockbroker/broker/message.hpp"
#include "mockbroker/console/page.hpp"

namespace mockbroker::web {
namespace {

// What ActiveMQ's pages offer below an error.
markup way_out() {
  return "<p>What do you want to do next?</p>"
         R"(<ul><li><a title="ActiveMQ Consoles" href="/">ActiveMQ Console</a></li></ul>)"_html;
}

net::http_response uncached(net::http_response response) {
  response.headers.set("Cache-Control", "must-revalidate,no-cache,no-store");
  return response;
}

}  // namespace

net::http_response answer(int status, std::string_view content_type, std::string body) {
  auto response = net::make_response(status, content_type, std::move(body));
  response.headers.add("X-FRAME-OPTIONS", "SAMEORIGIN");
  response.headers.add("X-XSS-Protection", "1; mode=block");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control", "no-store");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; script-src 'self'; "
                       "connect-src 'self'; img-src 'self'; form-action 'self'; "
                       "base-uri 'none'; frame-ancestors 'self'");
  return response;
}

net::http_response html(int status, std::string document) {
  return answer(status, "text/html;charset=utf-8", std::move(document));
}

net::http_response xml(const std::string& document) {
  std::string good = mend_utf8(document);
  std::ranges::replace_if(
      good, [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; }, '?');
  return answer(200, "text/xml;charset=utf-8", std::move(good));
}

net::http_response redirect(const net::http_request& request, std::string_view path) {
  const auto host = request.headers.get("Host");
  // A gateway in front may speak TLS.
  const bool is_tls = request.headers.get("X-Forwarded-Proto") == "https";
  auto response = html(302, {});
  response.headers.add(
      "Location",
      (host ? (is_tls ? "https://" : "http://") + std::string(*host) : "") + std::string(path));
  return response;
}

net::http_response not_found() {
  return uncached(
      html(404, render_static("Apache ActiveMQ",
                              R"(<p class="error">Page Not Found!</p>)"_html + way_out())));
}

net::http_response failed(std::string_view why) {
  return uncached(html(
      500, render_static("Apache ActiveMQ",
                         R"(<p class="error">Error!</p><p>Exception occurred while processing )"
                         R"(this request, check the log for more information!</p><p>)"_html +
                             text(why) + "</p>"_html + way_out())));
}

net::http_response http_error_page(int status, std::string_view reason, std::string_view path) {
  const markup title = text(status) + " "_html + text(reason);
  const auto row = [](std::string_view name, const markup& value) {
    return tag("tr", tag("th", text(name)) + tag("td", value)) + "\n"_html;
  };
  const markup page =
      "<html>\n<head><title>Error "_html + title + "</title></head>\n<body><h2>HTTP ERROR "_html +
      title + "</h2>\n<table>\n"_html + row("URI:", text(path)) + row("STATUS:", text(status)) +
      row("MESSAGE:", text(reason)) + "</table>\n</body>\n</html>\n"_html;
  return uncached(html(status, page.str()));
}

}  // namespace mockbroker::web
