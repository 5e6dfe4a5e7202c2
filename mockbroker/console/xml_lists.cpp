// The lists of queues, topics and subscribers as XML. Their spaces and line ends are ActiveMQ's,
// for readers that are no XML parsers.
#include "mockbroker/console/consumers.hpp"
#include "mockbroker/console/feeds.hpp"

namespace mockbroker::web {
namespace {

// ActiveMQ's pages begin with what its templates leave of their first lines.
markup start() { return "\n\n\n\n\n\n\n\n\n\n"_html; }

markup stats(const destination_info& d) {
  const bool queue = d.name.kind == destination_kind::queue;
  return "\n  <stats size=\""_html + text(queue ? d.pending : 0) +
         "\"\n         consumerCount=\""_html + text(d.consumers) +
         "\"\n         enqueueCount=\""_html + text(d.enqueued) +
         "\"\n         dequeueCount=\""_html + text(d.dequeued) + "\"/>\n"_html;
}

// Escaped twice: so it is in ActiveMQ, and readers have learned it.
markup feed_address(std::string_view element, const markup& name, std::string_view format) {
  return "    "_html +
         tag(element,
             "queueBrowse/"_html + name + "?view=rss&amp;amp;feedType="_html + text(format)) +
         "\n"_html;
}

markup xml_queues(const visit& v) {
  markup out = start() + "<queues>\n"_html;
  for (const auto& q : v.all(destination_kind::queue)) {
    const markup name = text(v.bare(q.name));
    out += "\n<queue name=\""_html + name + "\">\n"_html + stats(q) + "\n\n  <feed>\n"_html +
           feed_address("atom", name, "atom_1.0") + feed_address("rss", name, "rss_2.0") +
           "  </feed>\n</queue>\n"_html;
  }
  return out + "\n</queues>\n"_html;
}

markup xml_topics(const visit& v) {
  markup out = start() + "<topics>\n"_html;
  for (const auto& t : v.all(destination_kind::topic)) {
    // The space behind the name is ActiveMQ's.
    out += "\n<topic name=\""_html + text(v.bare(t.name)) + " \">\n"_html + stats(t) +
           "\n</topic>\n"_html;
  }
  return out + "\n</topics>\n"_html;
}

markup subscriber(const visit& v, const subscription_info& s) {
  const bool active = s.connection != 0;
  std::string destination;
  for (const auto& d : s.wanted) destination += (destination.empty() ? "" : ",") + v.bare(d);
  return "\n<subscriber clientId=\""_html + text(s.client_id) +
         "\" \n            subscriptionName=\""_html + text(s.durable_name) +
         "\" \n            connectionId=\""_html + text(active ? s.session : "NOTSET") +
         "\"\n            destinationName=\""_html + text(destination) +
         "\" \n            selector=\""_html + text(selector_text(s)) +
         "\" \n            active=\""_html + text(active ? "yes" : "no") +
         "\" >\n  <stats pendingQueueSize=\""_html + text(s.waiting) +
         "\"\n         dispatchedQueueSize=\""_html + text(s.unsettled) +
         "\"\n         dispatchedCounter=\""_html + text(s.delivered) +
         "\"\n         enqueueCounter=\""_html + text(s.enqueued) +
         "\"\n         dequeueCounter=\""_html + text(s.dequeued) + "\"/>\n\n</subscriber>\n"_html;
}

markup xml_subscribers(const visit& v) {
  markup out = start() + "<subscribers>\n"_html;
  for (const auto& s : v.shown.subscriptions()) {
    if (s.is_durable) out += subscriber(v, s);
  }
  return out + "\n</subscribers>\n"_html;
}

constexpr feed_entry lists[] = {{"xml/queues.jsp", xml_queues},
                                {"xml/topics.jsp", xml_topics},
                                {"xml/subscribers.jsp", xml_subscribers}};

}  // namespace

const feed_entry* find_xml_list(std::string_view path) noexcept {
  for (const auto& each : lists) {
    if (each.path == path) return &each;
  }
  return nullptr;
}

}  // namespace mockbroker::web
