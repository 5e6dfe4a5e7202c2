// Connections and durable subscriptions, and the pages for what a broker in memory has not.
#include <algorithm>

#include "mockbroker/console/pages.hpp"

namespace mockbroker {
namespace {

constexpr std::size_t short_name = 10;

std::string_view connector(const connection_info& c) {
  return c.how == stomp::transport::messages ? "ws" : "stomp";
}

// How pages call it.
const std::string& name_of(const connection_info& c) {
  return c.client_id.empty() ? c.session : c.client_id;
}

std::string address(const connection_info& c) {
  return (c.how == stomp::transport::messages ? "ws://" : "tcp://") + c.remote;
}

markup destination_link(const view& v, const destination_name& d) {
  const std::string name = v.bare(d);
  if (d.temporary) return text(to_uri(d)) + " "_html;
  if (d.kind == destination_kind::topic) {
    return "Topic "_html + link(url("send.jsp", {{"JMSDestination", name}}), name);
  }
  return "Queue "_html + link(url("browse.jsp", {{"JMSDestination", name}}), name);
}

std::string_view yes_no(bool yes) { return yes ? "true" : "false"; }

// ActiveMQ gives all three tables of subscribers the same id.
table subscriber_table() {
  return {"topics",
          {"Client ID", "Subscription Name", "Connection ID", "Destination", "Selector",
           "Pending Queue Size", "Dispatched Queue Size", "Dispatched Counter", "Enqueue Counter",
           "Dequeue Counter", "Operations"}};
}

void add_subscriber(table& t, const view& v, const subscription_info& s) {
  markup operations;
  if (s.is_durable && s.connection == 0) {
    operations = link(
        url("deleteSubscriber.action",
            {{"clientId", s.client_id}, {"subscriberName", s.durable_name}, {"secret", v.secret}}),
        "Delete");
  }
  t.row({shortened(s.client_id, short_name), shortened(s.durable_name, short_name),
         s.connection == 0 ? text("NOTSET") : shortened(s.session, short_name),
         shortened(s.wanted.empty() ? "" : v.bare(s.wanted.front()), short_name), text(s.selector),
         text(s.waiting), text(s.unsettled), text(s.delivered), text(s.enqueued), text(s.dequeued),
         operations});
}

}  // namespace

page_content subscribers_page(const view& v) {
  table active = subscriber_table();
  table offline = subscriber_table();
  table plain = subscriber_table();
  for (const subscription_info& s : v.shown.subscriptions()) {
    if (s.wanted.empty() || s.wanted.front().kind != destination_kind::topic) continue;
    table& its = !s.is_durable ? plain : s.connection == 0 ? offline : active;
    add_subscriber(its, v, s);
  }
  page_content p;
  p.forms =
      "<h2>Create Durable Topic Subscribers</h2><div class=\"forms\">"_html +
      form(method::post, "createSubscriber.action",
           v.hidden_secret() + input("Client ID", "clientId", "") +
               input("Subscriber Name", "subscriberName", "") +
               input("Topic Name", "JMSDestination", "") + input("JMS Selector", "selector", ""),
           "Create Durable Topic Subscriber") +
      "</div>"_html;
  p.live = element("h2", "Active Durable Topic Subscribers") + active.done("None.") +
           element("h2", "Offline Durable Topic Subscribers") + offline.done("None.") +
           element("h2", "Active Non-Durable Topic Subscribers") + plain.done("None.");
  return p;
}

page_content connections_page(const view& v) {
  const auto all = v.shown.connections();
  page_content p;
  p.forms = element("h2", "Connections");
  for (const std::string_view each : {"ws", "stomp"}) {
    table t("connections", {"Name", "Remote Address", "Active", "Slow"});
    for (const connection_info& c : all) {
      if (connector(c) != each) continue;
      t.row({link(url("connection.jsp", {{"connectionID", name_of(c)}}), name_of(c)),
             text(address(c)), text(yes_no(c.connected)), text(yes_no(c.is_slow))});
    }
    p.live += element("h3", "Connector " + std::string(each)) + t.done("Nobody is connected.");
  }
  p.live += element("h2", "Network Connectors") +
            table("connections",
                  {"Name", "Message TTL", "Consumer TTL", "Dynamic Only", "Conduit Subscriptions",
                   "Bridge Temps", "Decrease Priorities", "Dispatch Async"})
                .done("None.");
  return p;
}

page_content connection_page(const view& v) {
  const std::string name = v.get("connectionID");
  page_content p;
  p.title = "Connection " + name;
  const auto all = v.shown.connections();
  const auto found =
      std::ranges::find_if(all, [&](const connection_info& c) { return name_of(c) == name; });
  if (found == all.end()) {
    p.live = element("p", "No connection could be found for ID " + name);
    return p;
  }
  const connection_info& c = *found;
  table t("messages", {"Destination", "SessionId", "Selector", "Enqueues", "Dequeues", "Dispatched",
                       "Dispatched Queue", "Prefetch\nMax pending", "Exclusive\nRetroactive"});
  std::size_t dispatched = 0;
  for (const subscription_info& s : c.subscriptions) {
    dispatched += s.unsettled;
    markup wanted;
    for (const destination_name& d : s.wanted) wanted += destination_link(v, d);
    t.row({wanted, text("-1"), text(s.selector), text(s.enqueued), text(s.dequeued),
           text(s.delivered), text(s.unsettled), text(s.prefetch) + "<br>"_html + text(s.backlog),
           text(yes_no(s.exclusive)) + "<br>"_html + text(yes_no(s.retroactive))});
  }
  p.forms = element("h2", p.title);
  p.live =
      facts("header",
            fact("Connection ID", text(name_of(c))) + fact("Remote Address", text(address(c))) +
                fact("Active", text(yes_no(c.connected))) +
                fact("Connected", text(yes_no(c.connected))) + fact("Blocked", text("false")) +
                fact("Slow", text(yes_no(c.is_slow))) +
                fact("Dispatch Queue Size", text(dispatched)) + fact("User", text(c.login)) +
                fact("STOMP version", text(to_string(c.version))) +
                fact("Open transactions", text(c.transactions)) +
                fact("Frames in", text(c.frames_in)) + fact("Messages out", text(c.messages_out)) +
                fact("Octets in", text(c.bytes_in)) + fact("Octets out", text(c.bytes_out))) +
      element("h3", "Consumers") + t.done("None.");
  return p;
}

page_content network_page(const view&) {
  page_content p;
  p.title = "Network Bridges";
  p.forms = element("h2", "Network Bridges");
  p.live = table("bridges", {"Remote Broker", "Remote Address", "Created By Duplex",
                             "Messages Enqueued", "Messages Dequeued"})
               .done("A mock broker has no bridges to others.");
  return p;
}

// As with a stock configuration, whose scheduler is off.
page_content scheduled_page(const view&) {
  page_content p;
  p.title = "Messages Scheduled for Future Delivery";
  p.live = element("p", "Scheduler not started!");
  return p;
}

// The 401 makes browsers forget the login.
page_content logout_page(const view&) {
  page_content p;
  p.title = "ActiveMQ Console";
  p.status = 401;
  p.forms = element("h2", "You have been logout") + "<p>Go back to "_html +
            link("/admin/index.jsp", "Home") + "to logon again.</p>"_html;
  return p;
}

}  // namespace mockbroker
