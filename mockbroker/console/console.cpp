#include "mockbroker/console/console.hpp"

#include <algorithm>

#include "mockbroker/console/actions.hpp"
#include "mockbroker/console/answers.hpp"
#include "mockbroker/console/feeds.hpp"
#include "mockbroker/console/pages.hpp"
#include "net/asset.hpp"

namespace mockbroker {

namespace console_files {
extern const std::span<const net::asset> assets;
}

namespace {

constexpr std::size_t largest_form = 4 * 1024 * 1024;
constexpr std::string_view admin_root = "/admin/";
constexpr std::string_view live_root = "live/";
constexpr std::string_view browse_root = "queueBrowse/";

struct file_type {
  std::string_view ending;
  std::string_view type;
};
constexpr file_type file_types[] = {{".css", "text/css;charset=utf-8"},
                                    {".js", "text/javascript;charset=utf-8"},
                                    {".svg", "image/svg+xml"}};

std::optional<net::http_response> asset(std::string_view name) {
  for (const auto& file : console_files::assets) {
    if (file.name != name) continue;
    const auto* type = std::ranges::find_if(
        file_types, [&](const file_type& t) { return name.ends_with(t.ending); });
    const bool known = type != std::end(file_types);
    return web::answer(200, known ? type->type : "application/octet-stream",
                       std::string(file.bytes));
  }
  return std::nullopt;
}

// The path as names: decoded, without ";jsessionid=...". Nothing when it is malformed.
std::optional<std::string> plain_path(std::string_view path) {
  std::string kept;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == ';') {
      i = std::min(path.find('/', i), path.size());
      if (i == path.size()) break;
    }
    kept += path[i];
  }
  return net::percent_decode(kept);
}

// What stands in `path` behind `root`, if it is that or something below.
std::optional<std::string_view> below(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

struct console::call {
  const net::http_request& request;
  const console_user& user;
  std::string path;  // of the request; below /admin/ once that is known
  const std::string& body;
  const web::parameters& given;
};

console::console(net::runtime& rt, class broker& shown, console_options options)
    : rt_(rt),
      broker_(shown),
      options_(std::move(options)),
      started_(rt.now()),
      jolokia_(rt, shown, options_.largest_answer),
      rest_(rt, shown),
      sessions_(rt, std::max<std::size_t>(options_.secrets_kept, 1)) {}

net::task<net::http_response> console::handle(net::http_request& request) {
  const console_user* user = web::find_user(options_.users, request);
  if (user == nullptr) {
    auto response = web::http_error_page(401, "Unauthorized", request.path());
    response.headers.add("WWW-Authenticate", "basic realm=\"ActiveMQRealm\"");
    co_return std::move(response);
  }
  auto body = co_await net::read_all(request.body.get(), largest_form);
  if (!body) {
    auto response = web::http_error_page(413, "The form is too large", request.path());
    response.close_connection = true;
    co_return std::move(response);
  }
  auto path = plain_path(request.path());
  if (!path) co_return web::http_error_page(400, "Bad Request", request.path());
  const auto messages = below(*path, "/api/message");
  if (messages && broker_.options().kind.has_rest) {
    co_return co_await rest_.answer(request, std::string(*messages), std::move(*body));
  }
  co_return route(request, std::move(*path), *user, *body);
}

net::http_response console::refuse(const net::http_error& error) {
  return web::http_error_page(error.status, error.detail, "");
}

net::http_response console::route(const net::http_request& request, std::string path,
                                  const console_user& user, const std::string& body) {
  if (path.starts_with("/api/")) {
    return api({request, user, path, body, web::parameters({}, {})});
  }
  const auto doubled = [](char a, char b) { return a == '/' && b == '/'; };
  path.erase(std::unique(path.begin(), path.end(), doubled), path.end());
  const web::parameters given(request.query(), body);
  if (given.are_too_many()) {
    return web::http_error_page(400, "Form with too many keys", request.path());
  }
  if (path == "/") return web::redirect(request, "/index.html");
  if (path == "/admin") return web::redirect(request, "/admin/");
  if (path == "/index.html") {
    using web::literals::operator""_html;
    return web::html(
        200, web::render_static(
                 "Apache ActiveMQ",
                 R"(<h2>Welcome to the Apache ActiveMQ!</h2><p>What do you want to do next?</p>)"
                 R"(<ul><li><a title="Manage ActiveMQ broker" href="/admin/">)"
                 R"(Manage ActiveMQ broker</a></li></ul>)"_html));
  }
  if (!path.starts_with(admin_root)) return web::http_error_page(404, "Not Found", path);
  return admin({request, user, path.substr(admin_root.size()), body, given});
}

// What is for programs, and has no session. More of it goes here.
net::http_response console::api(const call& c) {
  if (const auto asked = below(c.path, "/api/jolokia")) {
    return jolokia_.answer(c.request, *asked, c.body);
  }
  return web::http_error_page(404, "Not Found", c.path);
}

net::http_response console::admin(const call& c) {
  if (c.request.method == "TRACE") return web::html(403, {});
  if (c.path.ends_with(".action")) {
    if (c.user.role != console_role::admin) {
      return web::http_error_page(403, "!role", std::string(admin_root) + c.path);
    }
    if (web::find_action(c.path) == nullptr) return web::not_found();
  }
  if (auto file = asset(c.path)) return std::move(*file);
  return in_session(c);
}

net::http_response console::in_session(const call& c) {
  const auto [session, is_new] = sessions_.open(c.request, c.user.name);
  const bool is_live = c.path.starts_with(live_root);
  // As ActiveMQ's filter: whatever it is, if its name ends so.
  const bool renews = c.path.empty() || c.path.ends_with(".jsp");
  if ((renews && !is_live) || session->secrets.empty()) sessions_.renew_secret(*session);
  const std::string id = session->id;
  const web::visit v{rt_,
                     broker_,
                     started_,
                     c.given,
                     session->secrets.back(),
                     is_new && !is_live ? ";jsessionid=" + id : std::string()};
  auto response = c.path.ends_with(".action") ? act(c, v, *session)
                  : is_live                   ? follow(c, v)
                                              : show(c, v);
  if (c.path == "logout.jsp") sessions_.end(*session);
  if (is_new) {
    response.headers.add("Set-Cookie", "JSESSIONID=" + id + "; Path=/admin; HttpOnly");
    response.headers.add("Expires", "Thu, 01 Jan 1970 00:00:00 GMT");
  }
  return response;
}

net::http_response console::act(const call& c, const web::visit& v, const web::session& s) {
  const web::action_entry& action = *web::find_action(c.path);
  const bool allowed = c.request.method == "POST" || (c.request.method == "GET" && action.by_get);
  if (!allowed) return web::failed("The request method " + c.request.method + " is not supported.");
  if (!s.knows(c.given.first("secret"))) {
    return web::failed("This form is too old, or none of this session. Load the page again.");
  }
  const web::action_result result = action.act(v);
  if (!result.failure.empty()) return web::failed(result.failure);
  return web::redirect(c.request, std::string(admin_root) + result.location);
}

net::http_response console::show(const call& c, const web::visit& v) {
  if (c.path.starts_with(browse_root)) {
    if (!is_read(c.request.method)) return web::html(405, {});
    web::feed made = web::browse_queue(v, c.path.substr(browse_root.size()));
    if (made.status == 404) return web::not_found();
    if (made.status != 200) return web::failed("There is no such view, or it was asked badly.");
    return web::xml(made.document.str());
  }
  const web::page_entry* page = web::find_page(c.path);
  const web::feed_entry* list = web::find_xml_list(c.path);
  if (page == nullptr && list == nullptr) return web::not_found();
  if (!is_read(c.request.method) && c.request.method != "POST") return web::html(405, {});
  if (list != nullptr) return web::xml(list->make(v).str());
  const web::content made = page->make(v);
  if (made.status == 500) return web::failed("A parameter is missing or makes no sense.");
  return web::html(made.status, web::render(made, page->tab, v));
}

net::http_response console::follow(const call& c, const web::visit& v) {
  const std::string name = c.path.substr(live_root.size());
  const web::page_entry* page = web::find_page(name + ".jsp");
  if (page == nullptr || !is_read(c.request.method)) return web::not_found();
  const web::content made = page->make(v);
  if (made.status != 200) return web::not_found();
  std::string place = name;
  for (const auto& p : c.given.all()) {
    if (p.name != "since") place += "&" + p.name + "=" + p.value;
  }
  auto changes = live_.changes(made, place, c.given.first("since"));
  changes["secret"] = v.secret;
  return web::answer(200, "application/json", boost::json::serialize(changes));
}

}  // namespace mockbroker
