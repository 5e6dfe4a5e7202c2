#include "mockbroker/console/page.hpp"

#include <chrono>
#include <cstdio>

namespace mockbroker::web {
namespace {

struct tab_entry {
  std::string_view path;
  std::string_view text;
};
constexpr tab_entry tabs[] = {{"index.jsp", "Home"},
                              {"queues.jsp", "Queues"},
                              {"topics.jsp", "Topics"},
                              {"subscribers.jsp", "Subscribers"},
                              {"connections.jsp", "Connections"},
                              {"network.jsp", "Network"},
                              {"scheduled.jsp", "Scheduled"},
                              {"send.jsp", "Send"}};

struct view_entry {
  std::string_view heading;
  std::string_view path;
  std::string_view text;
};
constexpr view_entry views[] = {{"Queue Views", "queueGraph.jsp", "Graph"},
                                {"Queue Views", "xml/queues.jsp", "XML"},
                                {"Topic Views", "xml/topics.jsp", "XML"},
                                {"Subscribers Views", "xml/subscribers.jsp", "XML"}};

markup head(std::string_view title) {
  return R"(<head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>)"_html +
         text(title) + R"(</title>
<link rel="icon" href="/admin/icon.svg">
<link rel="stylesheet" href="/admin/console.css">
<script src="/admin/console.js" defer></script>
</head>
)"_html;
}

markup brand() {
  return R"(<a class="brand" href="/admin/"><img src="/admin/icon.svg" alt="" width="28" height="28">mockbroker</a>)"_html;
}

markup navigation(std::string_view tab, const visit& v) {
  markup links;
  for (const auto& each : tabs) {
    std::vector<attribute> attributes{{"href", v.to("/admin/" + std::string(each.path))},
                                      {"title", std::string(each.text)}};
    if (each.path == tab) attributes.push_back({"aria-current", "page"});
    links += tag("a", attributes, text(each.text));
  }
  return tag("nav", {{"aria-label", "Pages"}}, links);
}

markup footer() {
  markup lists;
  std::string_view heading;
  for (const auto& each : views) {
    if (each.heading != heading) lists += tag("b", text(heading = each.heading));
    lists += link("/admin/" + std::string(each.path), text(each.text));
  }
  return tag("footer", tag("nav", {{"aria-label", "Views"}}, lists));
}

markup show(const table& t) {
  std::vector<attribute> attributes{{"class", "live"}};
  if (!t.id.empty()) attributes.insert(attributes.begin(), {"id", t.id});
  markup rows;
  for (const auto& row : t.rows) rows += tag("tr", row.cells) + "\n"_html;
  markup all;
  if (!t.head.empty()) all += tag("thead", tag("tr", t.head)) + "\n"_html;
  all += tag("tbody", rows);
  return tag("div", {{"class", "scroll"}}, tag("table", attributes, all)) + "\n"_html;
}

std::string document(const markup& inside) {
  return "<!DOCTYPE html>\n" + tag("html", {{"lang", "en"}}, inside).str() + "\n";
}

}  // namespace

std::string visit::to(std::string_view path, std::initializer_list<attribute> query) const {
  return url(std::string(path) + suffix, query);
}

markup visit::secret_field() const {
  return open_tag("input", {{"type", "hidden"}, {"name", "secret"}, {"value", secret}});
}

destination_name visit::named(destination_kind kind, std::string_view bare) const {
  const naming& rules = shown.options().kind.names;
  const std::string& prefix =
      kind == destination_kind::queue ? rules.queue_prefix : rules.topic_prefix;
  return {kind, false, (rules.strips_prefix ? "" : prefix) + std::string(bare)};
}

std::string visit::bare(const destination_name& d) const {
  if (shown.options().kind.names.strips_prefix) return d.name;
  const auto slash = d.name.find('/', 1);
  return slash == std::string::npos ? d.name : d.name.substr(slash + 1);
}

std::vector<destination_info> visit::all(destination_kind kind) const {
  auto list = shown.destinations();
  std::erase_if(
      list, [kind](const destination_info& d) { return d.name.kind != kind || d.name.temporary; });
  return list;
}

std::string connection_name(const connection_info& c) {
  return c.client_id.empty() ? c.session : c.client_id;
}

std::string uri_of(const broker& b, std::string_view wire_text) {
  const destination_name name = b.parse_name(wire_text);
  return name.name.empty() ? std::string(wire_text) : to_uri(name);
}

std::string printed_duration(net::duration d) {
  using namespace std::chrono_literals;
  const auto parts = [](auto big, const char* big_name, auto small, const char* small_name) {
    const auto one = [](auto n, const std::string& name) {
      return std::to_string(n) + " " + name + (n == 1 ? "" : "s");
    };
    return one(big, big_name) + (small == 0 ? "" : " " + one(small, small_name));
  };
  if (d < 1min) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f seconds",
                  std::chrono::duration<double>(d).count());
    return seconds;
  }
  if (d < 1h) return parts(d / 1min, "minute", 0, "");
  if (d < 24h) return parts(d / 1h, "hour", d % 1h / 1min, "minute");
  return parts(d / 24h, "day", d % 24h / 1h, "hour");
}

markup headings(std::initializer_list<std::string_view> texts) {
  markup row;
  for (const auto each : texts) row += tag("th", text(each));
  return row;
}

content bad_request() {
  content page;
  page.status = 500;
  return page;
}

std::string render(const content& page, std::string_view tab, const visit& v) {
  markup body;
  for (const auto& block : page.blocks) {
    if (const auto* part = std::get_if<markup>(&block)) body += *part;
    if (const auto* rows = std::get_if<table>(&block)) body += show(*rows);
  }
  const markup bar =
      brand() + navigation(tab, v) +
      R"(<span id="live" hidden>live</span><a class="quiet" href="logout.jsp" title="Logout">Logout</a>)"_html;
  return document(head(v.shown.options().name + " : " + page.title) +
                  tag("body", tag("header", bar) + "\n"_html + tag("main", body) + footer()));
}

std::string render_static(std::string_view title, const markup& body) {
  return document(head(title) + tag("body", tag("header", brand()) + "\n"_html +
                                                tag("main", {{"class", "note"}}, body)));
}

}  // namespace mockbroker::web
