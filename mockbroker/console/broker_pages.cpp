// The broker as a whole.
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

void add_fact(table& t, std::string_view name, const markup& value) {
  t.add(std::string(name), cell(name) + tag("td", tag("b", value)));
}

table facts(const visit& v) {
  const broker_options& options = v.shown.options();
  const auto used = options.memory_limit ? v.shown.memory_used() * 100 / options.memory_limit : 0;
  table t{"broker", {}};
  add_fact(t, "Name", text(options.name));
  add_fact(t, "Version", text(options.kind.version));
  add_fact(t, "ID", text(v.shown.broker_id()));
  add_fact(t, "Uptime", text(printed_duration(v.rt.now() - v.started)));
  add_fact(t, "Store percent used", text(0));
  add_fact(t, "Memory percent used", text(used));
  add_fact(t, "Temp percent used", text(0));
  return t;
}

// Our own: what is going on, one number a tile.
table glance(const visit& v) {
  std::size_t pending = 0;
  std::size_t consumers = 0;
  const auto queues = v.all(destination_kind::queue);
  for (const auto& q : queues) {
    pending += q.pending;
    consumers += q.consumers;
  }
  table t{"glance", {}};
  const auto tile = [&](std::string_view name, std::string_view page, auto number) {
    t.add(std::string(name), cell(link(v.to(page), text(name))) + cell(number));
  };
  tile("Queues", "queues.jsp", queues.size());
  tile("Pending messages", "queueGraph.jsp", pending);
  tile("Queue consumers", "queues.jsp", consumers);
  tile("Topics", "topics.jsp", v.all(destination_kind::topic).size());
  tile("Connections", "connections.jsp", v.shown.connections().size());
  tile("Messages in", "queues.jsp", v.shown.counters().messages_in);
  return t;
}

}  // namespace

content index_page(const visit& v) {
  content page{"ActiveMQ Console"};
  page.add(
      "<h2>Welcome!</h2><p>Welcome to the mockbroker console of <b>"_html +
      text(v.shown.options().name) + "</b> ("_html + text(v.shown.broker_id()) +
      "). It looks like an ActiveMQ to its clients; what it stores is gone when it ends.</p>"_html);
  page.add(glance(v));
  page.add("<h2>Broker</h2>"_html);
  page.add(facts(v));
  return page;
}

content network_page(const visit&) {
  content page{"Network Bridges"};
  page.add("<h2>Network Bridges</h2>"_html);
  page.add(table{"bridges", headings({"Remote Broker", "Remote Address", "Created By Duplex",
                                      "Messages Enqueued", "Messages Dequeued"})});
  return page;
}

content scheduled_page(const visit&) {
  content page{"Messages Scheduled for Future Delivery"};
  page.add(R"(<p class="notice">Scheduler not started!</p>)"_html);
  return page;
}

content slave_page(const visit&) {
  content page{"ActiveMQ Console"};
  page.add(R"(<p class="notice">Broker is currently in <b>slave</b> mode!</p>)"_html);
  return page;
}

content logout_page(const visit& v) {
  content page{"ActiveMQ Console"};
  page.status = 401;
  page.add("<h2>You have been logout</h2><p>Go back to "_html +
           link(v.to("/admin/index.jsp"), text("Home")) + " to logon again.</p>"_html);
  return page;
}

}  // namespace mockbroker::web
