#include "gateway/console/console.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>

#include "net/asset.hpp"

namespace gateway {

namespace console_files {
extern const std::span<const net::asset> assets;
}

namespace {

namespace json = boost::json;

struct tab {
  std::string_view path;
  std::string_view text;
};
constexpr tab tabs[] = {{"/admin", "ServiceProxies"}, {"/admin/streams", "Stream Pumps"}};
// Only where there is a balancer.
constexpr tab balancing_tab = {"/admin/balancers", "Load Balancing"};

void harden(net::http_response& response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; "
                       "connect-src 'self'; img-src 'self' data:");
}

std::string_view asset(std::string_view name) {
  for (const auto& file : console_files::assets) {
    if (file.name == name) return file.bytes;
  }
  return {};
}

net::http_response page(std::string_view path, std::string_view heading, const config& shown,
                        const std::string& body) {
  std::string html(asset("page.html"));
  std::string links;
  const auto add_link = [&links, path](const tab& t) {
    links += "<a href=\"" + std::string(t.path) + "\"";
    if (t.path == path) links += " aria-current=\"page\"";
    links += ">" + std::string(t.text) + "</a>";
  };
  for (const tab& t : tabs) add_link(t);
  if (!shown.balancers->empty()) add_link(balancing_tab);
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{tabs}}", links}, {"{{heading}}", std::string(heading)}, {"{{body}}", body}};
  for (const auto& [mark, text] : parts) {
    // Inserted text is never searched again, so content cannot fake a mark.
    if (const auto at = html.find(mark); at != std::string::npos)
      html.replace(at, mark.size(), text);
  }
  auto response = net::make_response(200, "text/html; charset=utf-8", std::move(html));
  harden(response);
  return response;
}

net::http_response json_response(const json::value& value) {
  auto response = net::make_response(200, "application/json", json::serialize(value));
  harden(response);
  return response;
}

net::http_response plain(int status, std::string_view text) {
  auto response =
      net::make_response(status, "text/html; charset=utf-8",
                         "<!doctype html><title>" + std::string(text) + "</title><h1>" +
                             std::to_string(status) + " " + std::string(text) + ".</h1>");
  harden(response);
  return response;
}

net::http_response redirect(std::string_view to) {
  auto response = plain(307, "Temporary Redirect");
  response.headers.add("Location", to);
  return response;
}

std::string local_time(net::wall_time t) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::int64_t seconds(net::duration d) {
  return std::chrono::duration_cast<std::chrono::seconds>(d).count();
}

std::string row(std::initializer_list<std::string> cells) {
  std::string html = "<tr>";
  for (const auto& cell : cells) html += "<td>" + net::html_escape(cell) + "</td>";
  return html + "</tr>\n";
}

std::string table(std::string_view id, std::initializer_list<std::string_view> headers,
                  const std::string& rows) {
  std::string html = "<div class=\"scroll\"><table id=\"" + std::string(id) + "\"><thead><tr>";
  for (const auto header : headers) html += "<th>" + std::string(header) + "</th>";
  return html + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

// Says that the file on disk is not what runs.
std::string reload_notice(const std::string& problem) {
  if (problem.empty()) return {};
  return "<section role=\"alert\"><h2>The changed configuration was not loaded; the gateway runs "
         "on "
         "with the one before.</h2><pre>" +
         net::html_escape(problem) + "</pre></section>\n";
}

struct proxy_cells {
  std::string name, host, method, path, target_host, target_port;
  std::string port{};  // to listen on; an internal proxy has none
};

proxy_cells cells_of(const proxy& p) {
  proxy_cells c{p.name,
                p.hosts.empty() ? "*" : joined(p.hosts),
                p.method.empty() ? "*" : p.method,
                p.path ? p.path->text : "",
                "",
                ""};
  if (p.kind != proxy_kind::internal) c.port = std::to_string(p.port);
  if (!p.target) return c;
  if (p.target->url) {
    c.target_host = p.target->written_url;
  } else if (!p.target->to.internal.empty()) {
    c.target_host = to_string(p.target->to);
  } else {
    c.target_host = p.target->to.host;
    c.target_port = std::to_string(p.target->to.port);
  }
  return c;
}

// What people read of a node: what was said of it, or what keeps it from serving.
std::string_view status_of(const node_state& n, net::time_point now) {
  if (n.status != node_status::up) return to_string(n.status.load());
  if (!n.healthy) return to_string(node_status::down);
  return is_available(n, now) ? "UP" : "SUSPENDED";
}

std::uint64_t count_of(const std::vector<std::uint64_t>& counts, std::size_t index) {
  return index < counts.size() ? counts[index] : 0;
}

net::http_response file(std::string_view name) {
  const auto bytes = asset(name);
  if (bytes.empty() || name == "page.html") return plain(404, "Not Found");
  const auto type = name.ends_with(".css")   ? "text/css; charset=utf-8"
                    : name.ends_with(".svg") ? "image/svg+xml"
                                             : "text/javascript; charset=utf-8";
  auto response = net::make_response(200, type, std::string(bytes));
  harden(response);
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

}  // namespace

net::task<net::http_response> console::handle(net::http_request& request, const console_options&) {
  const std::string_view path = request.path();
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = plain(405, "Method Not Allowed");
    response.headers.add("Allow", "GET, HEAD");
    co_return std::move(response);
  }
  constexpr std::string_view files = "/admin/assets/";
  if (path == "/") co_return redirect("/admin");
  if (path == "/admin/") co_return redirect("/admin");
  if (path.starts_with(files)) co_return file(path.substr(files.size()));
  if (path == "/admin") {
    auto response = co_await proxies_page();
    co_return std::move(response);
  }
  if (path == "/admin/streams") {
    auto response = co_await streams_page();
    co_return std::move(response);
  }
  if (path == "/admin/balancers") co_return balancers_page();
  if (path == "/admin/rest/balancers") co_return balancers_json();
  if (path == "/admin/rest/proxies") {
    auto response = co_await proxies_json();
    co_return std::move(response);
  }
  if (path == "/admin/rest/streams") {
    auto response = co_await streams_json();
    co_return std::move(response);
  }
  co_return plain(404, "Not Found");
}

net::task<net::http_response> console::proxies_page() {
  const auto counts = co_await source_.proxy_counts();
  const auto snapshot = source_.current();
  std::string rows;
  for (const auto& p : snapshot->proxies) {
    const proxy_cells c = cells_of(*p);
    rows += row({std::to_string(p->index + 1), c.name, c.port, c.host, c.method, c.path,
                 c.target_host, c.target_port, std::to_string(count_of(counts, p->index))});
  }
  co_return page("/admin", "ServiceProxies", *snapshot,
                 reload_notice(source_.reload_problem()) +
                     table("proxies",
                           {"Order", "Name", "Listen Port", "Virtual Host", "Method", "Path",
                            "Target Host", "Target Port", "Count"},
                           rows));
}

net::task<net::http_response> console::streams_page() {
  const auto pumps = co_await source_.pumps();
  std::string rows;
  for (const auto& p : pumps) {
    rows += row({p.name, p.proxy, local_time(p.created),
                 std::to_string(seconds(p.active)) + " seconds", std::to_string(p.bytes)});
  }
  const std::string note =
      pumps.empty() ? "<p id=\"none\">No stream pump is open. A WebSocket shows up here with two "
                      "pumps, one for each direction.</p>"
                    : "<p id=\"none\" hidden></p>";
  co_return page(
      "/admin/streams", "Stream Pump Statistics", *source_.current(),
      table("streams",
            {"Name", "Service Proxy", "Creation Time", "Active Time", "Transferred Bytes"}, rows) +
          note);
}

net::task<net::http_response> console::proxies_json() {
  const auto counts = co_await source_.proxy_counts();
  const auto snapshot = source_.current();
  json::array all;
  for (const auto& p : snapshot->proxies) {
    const proxy_cells c = cells_of(*p);
    all.push_back(
        json::object{{"order", p->index + 1},
                     {"name", c.name},
                     {"active", true},
                     {"listenPort", c.port.empty() ? json::value() : json::value(p->port)},
                     {"virtualHost", c.host},
                     {"method", c.method},
                     {"path", c.path},
                     {"targetHost", c.target_host},
                     {"targetPort", c.target_port},
                     {"count", count_of(counts, p->index)}});
  }
  const auto total = all.size();
  co_return json_response(json::object{{"proxies", std::move(all)}, {"total", total}});
}

net::task<net::http_response> console::streams_json() {
  const auto pumps = co_await source_.pumps();
  json::array all;
  for (const auto& p : pumps) {
    all.push_back(json::object{{"id", p.connection},
                               {"name", p.name},
                               {"proxy", p.proxy},
                               {"created", local_time(p.created)},
                               {"activeSeconds", seconds(p.active)},
                               {"bytes", p.bytes}});
  }
  const auto total = all.size();
  co_return json_response(json::object{{"streams", std::move(all)}, {"total", total}});
}

net::http_response console::balancers_page() const {
  const auto snapshot = source_.current();
  const net::time_point now = source_.now();
  std::string rows;
  for (const auto& b : *snapshot->balancers) {
    for (const balancer_node& n : b->nodes()) {
      const node_state& state = *n.state;
      rows += row({b->name(), n.cluster, host_and_port(n.to), std::string(status_of(state, now)),
                   std::to_string(n.priority), std::to_string(state.answers),
                   std::to_string(state.errors), std::to_string(state.connections)});
    }
  }
  std::string sessions;
  for (const auto& b : *snapshot->balancers)
    sessions += row({b->name(), std::to_string(b->sessions())});
  return page("/admin/balancers", "Load Balancing", *snapshot,
              table("nodes",
                    {"Balancer", "Cluster", "Node", "Status", "Priority", "Count", "Errors",
                     "Current Connections"},
                    rows) +
                  "<h2>Sessions</h2>" + table("sessions", {"Balancer", "Sessions"}, sessions));
}

net::http_response console::balancers_json() const {
  const auto snapshot = source_.current();
  const net::time_point now = source_.now();
  json::array all;
  for (const auto& b : *snapshot->balancers) {
    json::array nodes;
    for (const balancer_node& n : b->nodes()) {
      const node_state& state = *n.state;
      nodes.push_back(json::object{{"cluster", n.cluster},
                                   {"host", n.to.host},
                                   {"port", n.to.port},
                                   {"status", status_of(state, now)},
                                   {"priority", n.priority},
                                   {"count", state.answers.load()},
                                   {"errors", state.errors.load()},
                                   {"connections", state.connections.load()}});
    }
    all.push_back(json::object{
        {"name", b->name()}, {"sessions", b->sessions()}, {"nodes", std::move(nodes)}});
  }
  return json_response(json::object{{"balancers", std::move(all)}});
}

}  // namespace gateway
