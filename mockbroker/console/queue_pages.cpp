// Queues, topics and who listens to them.
#include <algorithm>

#include "mockbroker/broker/destination_pattern.hpp"
#include "mockbroker/console/pages.hpp"

namespace mockbroker {
namespace {

std::string lower(std::string t) {
  std::ranges::transform(t, t.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return t;
}

markup create_form(const view& v, std::string_view label, std::string_view kind) {
  return form(
      method::post, "createDestination.action",
      hidden("JMSDestinationType", kind) + v.hidden_secret() + input(label, "JMSDestination", ""),
      "Create");
}

// A link that runs an action at once.
markup operation(const view& v, std::string_view action, std::string_view name,
                 std::string_view kind, std::string_view label) {
  return link(
      url(action, {{"JMSDestination", name}, {"JMSDestinationType", kind}, {"secret", v.secret}}),
      label);
}

markup feed(std::string_view name, std::string_view type, std::string_view label) {
  return link(
      url("queueBrowse/" + net::percent_encode(name), {{"view", "rss"}, {"feedType", type}}),
      label);
}

void add_queue(table& t, const view& v, const destination_info& d) {
  const std::string name = v.bare(d);
  const markup state = d.is_paused ? " <span class=\"badge\">paused</span>"_html : markup();
  t.row({shortened(name) + state, text(d.pending), text(d.consumers), text(d.enqueued),
         text(d.dequeued),
         link(url("browse.jsp", {{"JMSDestination", name}}), "Browse") +
             link(url("queueConsumers.jsp", {{"JMSDestination", name}}), "Active Consumers") +
             link(url("queueProducers.jsp", {{"JMSDestination", name}}), "Active Producers") +
             feed(name, "atom_1.0", "atom") + feed(name, "rss_2.0", "rss"),
         link(url("send.jsp", {{"JMSDestination", name}, {"JMSDestinationType", "queue"}}),
              "Send To") +
             operation(v, "purgeDestination.action", name, "queue", "Purge") +
             operation(v, "deleteDestination.action", name, "queue", "Delete") +
             (d.is_paused ? operation(v, "resumeDestination.action", name, "queue", "Resume")
                          : operation(v, "pauseDestination.action", name, "queue", "Pause"))});
}

// Whether a subscription gets what is sent to `d`.
bool listens_to(const subscription_info& s, const destination_info& d) {
  return std::ranges::any_of(s.wanted, [&](const destination_name& wanted) {
    return wanted == d.name ||
           (wanted.kind == d.name.kind && !d.name.temporary && is_pattern(wanted.name) &&
            matches_pattern(wanted.name, d.name.name));
  });
}

markup two_lines(std::string_view first, std::string_view second) {
  return text(first) + "<br>"_html + text(second);
}

page_content consumers_of(const view& v, const destination_name& name, std::string_view what) {
  const auto d = v.shown.find_destination(name);
  table t("messages",
          {"Client ID / Connection ID", "SessionId", "Selector", "Enqueues", "Dequeues",
           "Dispatched", "Dispatched Queue", "Prefetch / Max pending", "Exclusive / Retroactive"});
  for (const subscription_info& s : v.shown.subscriptions()) {
    if (!d || s.connection == 0 || !listens_to(s, *d)) continue;
    t.row({two_lines(s.client_id, s.session), text(s.number), text(s.selector), text(s.enqueued),
           text(s.dequeued), text(s.delivered), text(s.unsettled),
           text(s.prefetch) + "<br>"_html + text(s.backlog),
           two_lines(s.exclusive ? "true" : "false", s.retroactive ? "true" : "false")});
  }
  page_content p;
  p.title = std::string(what) + " for " + v.get("JMSDestination");
  p.forms = element("h2", "Active " + p.title);
  p.live = t.done("Nobody listens.");
  return p;
}

}  // namespace

page_content home_page(const view& v) {
  using std::chrono::duration_cast;
  const auto uptime = duration_cast<std::chrono::minutes>(v.now() - v.started).count();
  const broker_options& options = v.shown.options();
  const std::size_t used =
      options.memory_limit != 0 ? v.shown.memory_used() * 100 / options.memory_limit : 0;
  const broker_counters& counted = v.shown.counters();
  page_content p;
  p.forms = element("h2", "Welcome!") +
            element("p", "Welcome to the mockbroker console of " + options.name +
                             ". What it stores is gone when it ends.") +
            element("h2", "Broker");
  p.live =
      facts("broker",
            fact("Name", text(options.name)) + fact("Version", text(options.kind.version)) +
                fact("Profile", text(options.kind.name)) + fact("ID", text(v.shown.broker_id())) +
                fact("Uptime", text(std::to_string(uptime) + " minutes")) +
                fact("Store percent used", text(0U)) + fact("Memory percent used", text(used)) +
                fact("Temp percent used", text(0U)) +
                fact("Connections", text(v.shown.connections().size())) +
                fact("Messages in", text(counted.messages_in)) +
                fact("Messages out", text(counted.messages_out)));
  return p;
}

page_content queues_page(const view& v) {
  const std::string filter = v.get("QueueFilter");
  table t("queues", {"Name", "Number Of Pending Messages", "Number Of Consumers",
                     "Messages Enqueued", "Messages Dequeued", "Views", "Operations"});
  for (const destination_info& d : v.shown.destinations()) {
    if (d.name.kind != destination_kind::queue || d.name.temporary) continue;
    if (lower(v.bare(d)).find(lower(filter)) == std::string::npos) continue;
    add_queue(t, v, d);
  }
  page_content p;
  p.forms =
      "<div class=\"forms\">"_html + create_form(v, "Queue Name", "queue") +
      form(method::get, "queues.jsp", input("Queue Name Filter", "QueueFilter", filter), "Filter") +
      "</div><h2>Queues</h2>\n"_html;
  p.live = t.done(filter.empty() ? "There is no queue yet. The first message makes it."
                                 : "No queue has this in its name.");
  return p;
}

page_content topics_page(const view& v) {
  const std::string filter = v.get("TopicFilter");
  table t("topics",
          {"Name", "Number Of Consumers", "Messages Enqueued", "Messages Dequeued", "Operations"});
  for (const destination_info& d : v.shown.destinations()) {
    if (d.name.kind != destination_kind::topic || d.name.temporary) continue;
    const std::string name = v.bare(d);
    if (lower(name).find(lower(filter)) == std::string::npos) continue;
    t.row({shortened(name), text(d.consumers), text(d.enqueued), text(d.dequeued),
           link(url("send.jsp", {{"JMSDestination", name}, {"JMSDestinationType", "topic"}}),
                "Send To") +
               link(url("topicSubscribers.jsp", {{"JMSDestination", name}}), "Active Subscribers") +
               link(url("topicProducers.jsp", {{"JMSDestination", name}}), "Active Producers") +
               operation(v, "deleteDestination.action", name, "topic", "Delete")});
  }
  page_content p;
  p.forms =
      "<div class=\"forms\">"_html + create_form(v, "Topic Name", "topic") +
      form(method::get, "topics.jsp", input("Topic Name Filter", "TopicFilter", filter), "Filter") +
      "</div><h2>Topics</h2>\n"_html;
  p.live = t.done("There is no topic.");
  return p;
}

page_content queue_consumers_page(const view& v) {
  return consumers_of(v, v.named(destination_kind::queue, v.get("JMSDestination")), "Consumers");
}

page_content topic_subscribers_page(const view& v) {
  return consumers_of(v, v.named(destination_kind::topic, v.get("JMSDestination")), "Subscribers");
}

// STOMP clients have one producer each that is bound to no destination, so there is none to list.
page_content producers_page(const view& v) {
  page_content p;
  p.title = "Producers for " + v.get("JMSDestination");
  p.forms = element("h2", "Active " + p.title);
  p.live = table("messages", {"Client ID / Connection ID", "SessionId", "ProducerId", "Sent"})
               .done("STOMP clients send to any destination, so none is listed here.");
  return p;
}

}  // namespace mockbroker
