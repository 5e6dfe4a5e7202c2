// Clients: all of them, and one.
#include <algorithm>

#include "mockbroker/console/consumers.hpp"
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

struct connector {
  std::string_view name;
  std::string_view scheme;
  stomp::transport how;
};
constexpr connector connectors[] = {{"ws", "ws://", stomp::transport::messages},
                                    {"stomp", "tcp://", stomp::transport::stream}};

std::string remote(const connection_info& c) {
  const auto* own = std::ranges::find(connectors, c.how, &connector::how);
  return std::string(own->scheme) + c.remote;
}

void add_fact(table& t, std::string_view name, const markup& value) {
  t.add(std::string(name), tag("td", {{"class", "label"}}, text(name)) + cell(value));
}

table facts(const connection_info& c) {
  table t{"header", {}};
  add_fact(t, "Connection ID", text(connection_name(c)));
  add_fact(t, "Remote Address", text(remote(c)));
  add_fact(t, "Active", text(true));
  add_fact(t, "Connected", text(c.connected));
  add_fact(t, "Blocked", text(false));
  add_fact(t, "Slow", text(c.is_slow));
  std::size_t dispatched = 0;
  for (const auto& s : c.subscriptions) dispatched += s.waiting;
  add_fact(t, "Dispatch Queue Size", text(dispatched));
  return t;
}

markup destination_links(const visit& v, const subscription_info& s) {
  markup out;
  for (const auto& d : s.wanted) {
    const bool queue = d.kind == destination_kind::queue;
    const std::string name = v.bare(d);
    if (!out.empty()) out += "<br>"_html;
    out += text(queue ? "Queue " : "Topic ") +
           link(url(queue ? "browse.jsp" : "send.jsp", {{"JMSDestination", name}}), text(name));
  }
  return out;
}

}  // namespace

content connections_page(const visit& v) {
  content page{"Connections"};
  page.add("<h2>Connections</h2>"_html);
  const auto all = v.shown.connections();
  for (const auto& each : connectors) {
    page.add("<h3>Connector "_html + text(each.name) + "</h3>"_html);
    table t{"connections", headings({"Name", "Remote Address", "Active", "Slow"})};
    for (const auto& c : all) {
      // Before its CONNECT a client has no name, and is not listed.
      if (c.how != each.how || !c.connected) continue;
      const std::string name = connection_name(c);
      t.add(std::to_string(c.id),
            cell(link(v.to("connection.jsp", {{"connectionID", name}}), text(name))) +
                cell(remote(c)) + cell(true) + cell(c.is_slow));
    }
    page.add(std::move(t));
  }
  page.add("<h2>Network Connectors</h2>"_html);
  page.add(table{"connections", headings({"Name", "Message TTL", "Consumer TTL", "Dynamic Only",
                                          "Conduit Subscriptions", "Bridge Temps",
                                          "Decrease Priorities", "Dispatch Async"})});
  return page;
}

content connection_page(const visit& v) {
  const std::string name = v.given.joined("connectionID");
  content page{"Connection " + name};
  const auto all = v.shown.connections();
  const auto c = std::ranges::find_if(all, [&](const connection_info& each) {
    return each.connected && connection_name(each) == name;
  });
  if (c == all.end()) {
    page.add(R"(<p class="notice">No connection could be found for ID )"_html + text(name) +
             "</p>"_html);
    return page;
  }
  page.add("<h2>Connection "_html + text(name) + "</h2>"_html);
  page.add(facts(*c));
  page.add("<h3>Consumers</h3>"_html);
  table t{"messages", headings({"Destination"}) + consumer_headings()};
  for (const auto& s : c->subscriptions) {
    t.add(subscription_key(s), cell(destination_links(v, s)) + consumer_cells(s));
  }
  page.add(std::move(t));
  return page;
}

}  // namespace mockbroker::web
