// Connections and durable subscriptions, and the pages for what a broker in memory has not.
#include <algorithm>

#include "mockbroker/console/pages.hpp"

namespace mockbroker {
namespace {

constexpr std::size_t short_name = 10;

std::string_view connector(const connection_info& c) {
  return c.how == stomp::transport::messages ? "ws" : "stomp";
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
  for (const std::string_view each : {"stomp", "ws"}) {
    table t("connections", {"Name", "Remote Address", "Active", "Slow"});
    for (const connection_info& c : all) {
      if (connector(c) != each) continue;
      const std::string& name = c.client_id.empty() ? c.session : c.client_id;
      t.row({link(url("connection.jsp", {{"connectionID", name}}), name), text(c.remote),
             text(yes_no(c.connected)), text(yes_no(c.is_slow))});
    }
    p.live += element("h3", "Connector " + std::string(each)) + t.done("Nobody is connected.");
  }
  p.live += element("h2", "Network Connectors") +
            table("networkConnectors",
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
  const auto found = std::ranges::find_if(all, [&](const connection_info& c) {
    return (c.client_id.empty() ? c.session : c.client_id) == name;
  });
  if (found == all.end()) {
    p.live = element("p", "No connection could be found for ID " + name);
    return p;
  }
  const connection_info& c = *found;
  table t("consumers", {"SessionId", "Destination", "Selector", "Enqueues", "Dequeues",
                        "Dispatched", "Dispatched Queue", "Prefetch", "Ack"});
  for (const subscription_info& s : c.subscriptions) {
    t.row({text(s.number), text(s.destination), text(s.selector), text(s.enqueued),
           text(s.dequeued), text(s.delivered), text(s.unsettled), text(s.prefetch),
           text(stomp::to_string(s.ack))});
  }
  p.forms = element("h2", p.title);
  p.live =
      facts("header",
            fact("Connection ID", text(c.session)) + fact("Client ID", text(c.client_id)) +
                fact("Connector", text(connector(c))) + fact("Remote Address", text(c.remote)) +
                fact("User", text(c.login)) +
                fact("STOMP version", text(stomp::to_string(c.version))) +
                fact("Active", text(yes_no(c.connected))) + fact("Slow", text(yes_no(c.is_slow))) +
                fact("Open transactions", text(c.transactions)) +
                fact("Frames in", text(c.frames_in)) + fact("Messages out", text(c.messages_out)) +
                fact("Octets in", text(c.bytes_in)) + fact("Octets out", text(c.bytes_out))) +
      element("h2", "Active Consumers") + t.done("None.");
  return p;
}

page_content network_page(const view&) {
  page_content p;
  p.forms = element("h2", "Network Bridges");
  p.live = table("bridges", {"Created by Duplex", "Messages enqueued", "Messages dequeued",
                             "Remote Broker", "Remote Address"})
               .done("A mock broker has no bridges to others.");
  return p;
}

// As with a stock configuration, whose scheduler is off.
page_content scheduled_page(const view&) {
  page_content p;
  p.title = "Scheduled Messages";
  p.forms = element("h2", "Scheduled Messages");
  p.live = element("p", "Scheduler not started!");
  return p;
}

// Basic credentials live in the browser: all a page can do is to say so.
page_content logout_page(const view&) {
  page_content p;
  p.forms = element("h2", "Logout");
  p.live = element("p", "Close the browser to forget the login.");
  return p;
}

}  // namespace mockbroker
