#include "mockbroker/console/console.hpp"

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"
#include "mockbroker/console/actions.hpp"
#include "mockbroker/console/feeds.hpp"
#include "mockbroker/console/pages.hpp"
#include "net/asset.hpp"

namespace mockbroker {

namespace console_files {
extern const std::span<const net::asset> assets;
}

namespace {

constexpr std::size_t largest_form = 4 * 1024 * 1024;
constexpr std::string_view html_type = "text/html;charset=utf-8";

constexpr std::pair<std::string_view, std::string_view> asset_types[] = {
    {"console.css", "text/css;charset=utf-8"},
    {"console.js", "text/javascript;charset=utf-8"},
    {"icon.svg", "image/svg+xml"},
};

std::optional<net::http_response> find_asset(std::string_view name) {
  const auto* type = std::ranges::find(asset_types, name, [](const auto& t) { return t.first; });
  if (type == std::end(asset_types)) return std::nullopt;
  for (const auto& file : console_files::assets) {
    if (file.name == name) return respond(200, type->second, std::string(file.bytes));
  }
  return std::nullopt;
}

net::http_response plain_page(int status, std::string_view title) {
  return respond(status, html_type,
                 "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" +
                     text(title).html + "</title><h1>" + text(title).html + "</h1></html>\n");
}

net::http_response welcome_page() {
  return respond(200, html_type,
                 "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                 "<link rel=\"stylesheet\" href=\"/admin/console.css\"><title>Welcome</title>"
                 "<main><h1>Welcome to the Apache ActiveMQ! Or rather, to its double.</h1>"
                 "<p>This is mockbroker.</p><ul><li><a href=\"/admin/\">Manage ActiveMQ broker</a>"
                 "</li></ul></main></html>\n");
}

bool cut_prefix(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

bool cut_suffix(std::string_view& path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  path.remove_suffix(suffix.size());
  return true;
}

// A parameter of the form wins over one of the URL, the first of its name over later ones.
parameters read_parameters(std::string_view form, std::string_view query) {
  parameters given;
  for (const auto& pair : net::parse_form(form)) given.emplace(pair.name, pair.value);
  for (const auto& pair : net::parse_form(query)) given.emplace(pair.name, pair.value);
  return given;
}

}  // namespace

console::console(net::runtime& rt, class broker& shown, const console_options& options)
    : rt_(rt),
      broker_(shown),
      logins_(rt, options.users, options.secrets_kept),
      started_(rt.now()),
      jolokia_(rt, shown),
      rest_(rt, shown) {}

view console::make_view(const parameters& given, std::string secret) const {
  return {rt_, broker_, given, std::move(secret), started_};
}

net::task<net::http_response> console::handle(net::http_request& request) {
  login* who = logins_.find(request);
  if (who == nullptr) {
    auto response = plain_page(401, "Error 401 Unauthorized");
    response.headers.add("WWW-Authenticate", "basic realm=\"ActiveMQRealm\"");
    co_return std::move(response);
  }
  auto body = co_await net::read_all(request.body.get(), largest_form);
  if (!body) {
    auto response = plain_page(413, "The form is too large");
    response.close_connection = true;
    co_return std::move(response);
  }
  constexpr std::string_view management = "/api/jolokia";
  if (request.path() == management || request.path().starts_with("/api/jolokia/")) {
    co_return jolokia_.answer(request, request.path().substr(management.size()), *body);
  }
  constexpr std::string_view messages = "/api/message";
  const bool is_rest = request.path() == messages || request.path().starts_with("/api/message/");
  if (is_rest && broker_.options().kind.has_rest) {
    co_return co_await rest_.answer(request, std::string(request.path().substr(messages.size())),
                                    std::move(*body));
  }
  // Links may carry the session ("queues.jsp;jsessionid=...").
  const std::string_view path = request.path().substr(0, request.path().find(';'));
  co_return route(request, path, *who, read_parameters(*body, request.query()));
}

net::http_response console::refuse(const net::http_error& error) {
  return plain_page(error.status, "Error " + std::to_string(error.status) + " " + error.detail);
}

net::http_response console::route(const net::http_request& request, std::string_view path,
                                  login& who, const parameters& given) {
  if (path == "/") return redirect("/index.html");
  if (path == "/index.html") return welcome_page();
  if (path == "/admin") return redirect("/admin/");
  if (!cut_prefix(path, "/admin/")) return plain_page(404, "Error 404 Not Found");
  auto response = admin(request, path, who, given);
  const auto cookies = request.headers.joined("Cookie").value_or("");
  if (cookies.find("JSESSIONID=" + who.session()) == std::string::npos) {
    response.headers.add("Set-Cookie", "JSESSIONID=" + who.session() + "; Path=/admin; HttpOnly");
  }
  return response;
}

net::http_response console::admin(const net::http_request& request, std::string_view path,
                                  login& who, const parameters& given) {
  if (auto file = find_asset(path)) return std::move(*file);
  if (cut_suffix(path, ".action")) return action(request, path, who, given);
  if (cut_prefix(path, "live/")) return live(request, path, who, given);
  if (cut_prefix(path, "xml/")) {
    auto list = xml_list(make_view(given, who.renew()), path);
    return list ? std::move(*list) : plain_page(404, "Error 404 Not Found");
  }
  if (cut_prefix(path, "queueBrowse/")) {
    const auto queue = net::percent_decode(path);
    if (!queue) return plain_page(400, "Error 400 Bad Request");
    return queue_browse(make_view(given, who.secret()), *queue);
  }
  return page(request, path, who, given);
}

net::http_response console::page(const net::http_request& request, std::string_view path,
                                 login& who, const parameters& given) {
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
    return plain_page(405, "Error 405 Method Not Allowed");
  }
  const page_entry* entry = find_page(path);
  const view v = make_view(given, who.renew());
  if (entry == nullptr) {
    return respond(404, html_type,
                   error_document(v, "Error 404", "There is no page of this name."));
  }
  const page_content content = entry->make(v);
  std::string_view name = entry->path;
  cut_suffix(name, ".jsp");
  std::string live_url = "/admin/live/" + std::string(name);
  if (!request.query().empty()) live_url.append("?").append(request.query());
  return respond(content.status, html_type, document(v, *entry, content, live_url));
}

// What changes on a page, without a new secret: a page that looks after itself must not break the
// forms of others. 304 when the reader has it already.
net::http_response console::live(const net::http_request& request, std::string_view name,
                                 login& who, const parameters& given) {
  const page_entry* entry = find_page(std::string(name) + ".jsp");
  if (entry == nullptr) return plain_page(404, "Error 404 Not Found");
  const page_content content = entry->make(make_view(given, who.secret()));
  const std::string tag = "\"" + crypto::hex(crypto::sha1(content.live.html)) + "\"";
  const bool known = request.headers.get("If-None-Match") == tag;
  auto response = respond(known ? 304 : 200, html_type, known ? "" : content.live.html);
  response.headers.add("ETag", tag);
  return response;
}

net::http_response console::action(const net::http_request& request, std::string_view name,
                                   login& who, const parameters& given) {
  const view v = make_view(given, who.secret());
  const auto refuse = [&](int status, std::string_view why) {
    return respond(status, html_type, error_document(v, "Error!", why));
  };
  if (who.user().role != console_role::admin) {
    return plain_page(403, "Error 403 Forbidden");
  }
  const action_entry* entry = find_action(name);
  if (entry == nullptr) return refuse(404, "There is no such action.");
  const bool right_method =
      request.method == "POST" || (request.method == "GET" && !entry->only_post);
  if (!right_method) return refuse(500, "This action is not done by " + request.method + ".");
  if (!who.is_valid(v.get("secret"))) {
    return refuse(500, "This form is too old. Load the page again.");
  }
  const action_result done = entry->run(v);
  if (done.failure) return refuse(500, *done.failure);
  return redirect("/admin/" + done.next);
}

}  // namespace mockbroker
