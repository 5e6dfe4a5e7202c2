// Topics and who listens to them.
#include "mockbroker/console/consumers.hpp"
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

constexpr std::size_t longest_topic = 50;
constexpr std::size_t longest_in_list = 10;

markup operations_of(const visit& v, const std::string& name) {
  const auto view = [&](std::string_view page, std::string_view label) {
    return link(v.to(page, {{"JMSDestination", name}}), text(label)) + " "_html;
  };
  return link(v.to("send.jsp", {{"JMSDestination", name}, {"JMSDestinationType", "topic"}}),
              text("Send To")) +
         " "_html + view("topicSubscribers.jsp", "Active Subscribers") +
         view("topicProducers.jsp", "Active Producers") +
         link(v.to("deleteDestination.action", {{"JMSDestination", name},
                                                {"JMSDestinationType", "topic"},
                                                {"secret", v.secret}}),
              text("Delete"));
}

table subscriber_table() {
  return {"topics",
          headings({"Client ID", "Subscription Name", "Connection ID", "Destination", "Selector",
                    "Pending Queue Size", "Dispatched Queue Size", "Dispatched Counter",
                    "Enqueue Counter", "Dequeue Counter", "Operations"})};
}

std::string wanted_text(const visit& v, const subscription_info& s) {
  std::string out;
  for (const auto& d : s.wanted) out += (out.empty() ? "" : ",") + v.bare(d);
  return out;
}

void add_subscriber(table& t, const visit& v, const subscription_info& s) {
  const auto shortened = [](std::string_view name) {
    return cell("\n"_html + short_name(name, longest_in_list));
  };
  markup operations;
  if (s.is_durable) {
    operations = link(
        v.to("deleteSubscriber.action",
             {{"clientId", s.client_id}, {"subscriberName", s.durable_name}, {"secret", v.secret}}),
        text("Delete"));
  }
  t.add(subscription_key(s), cell(link(url("connection.jsp", {{"connectionID", s.client_id}}),
                                       "\n"_html + short_name(s.client_id, longest_in_list))) +
                                 shortened(s.durable_name) +
                                 shortened(s.connection == 0 ? "NOTSET" : s.session) +
                                 shortened(wanted_text(v, s)) + cell(selector_text(s)) +
                                 cell(s.waiting) + cell(s.unsettled) + cell(s.delivered) +
                                 cell(s.enqueued) + cell(s.dequeued) + cell(operations));
}

markup create_form(const visit& v) {
  const auto field = [](std::string_view label, std::string_view name) {
    return tag(
        "label",
        text(label) + " "_html +
            open_tag("input", {{"type", "text"}, {"name", std::string(name)}, {"value", ""}}));
  };
  return R"(<form class="grid" action="createSubscriber.action" method="post">)"
         R"(<input type="hidden" name="JMSDestinationType" value="topic">)"_html +
         v.secret_field() + "<h2>Create Durable Topic Subscribers</h2>"_html +
         field("Client ID", "clientId") + field("Subscriber Name", "subscriberName") +
         field("Topic Name", "JMSDestination") + field("JMS Selector", "selector") +
         R"(<p><input type="submit" value="Create Durable Topic Subscriber"></p></form>)"_html;
}

}  // namespace

content topics_page(const visit& v) {
  content page{"Topics"};
  page.add(R"(<div class="forms"><form action="createDestination.action" method="post">)"
           R"(<input type="hidden" name="JMSDestinationType" value="topic">)"_html +
           v.secret_field() +
           R"(<label>Topic Name <input type="text" name="JMSDestination" value=""></label> )"
           R"(<input type="submit" value="Create"></form></div><h2>Topics</h2>)"_html);
  table t{"topics", headings({"Name", "Number Of Consumers", "Messages Enqueued",
                              "Messages Dequeued", "Operations"})};
  for (const auto& d : v.all(destination_kind::topic)) {
    const std::string name = v.bare(d.name);
    const markup named =
        link(v.to("send.jsp", {{"JMSDestination", name}, {"JMSDestinationType", "topic"}}),
             "\n"_html + short_name(name, longest_topic));
    t.add(name, cell(named) + cell(d.consumers) + cell(d.enqueued) + cell(d.dequeued) +
                    cell(operations_of(v, name)));
  }
  page.add(std::move(t));
  return page;
}

content topic_subscribers_page(const visit& v) {
  const auto more = headings({"SessionId", "SubscriptionId", "Selector", "Active", "Network",
                              "Pending Queue Size", "Inflight", "Enqueued", "Dequeued", "Prefetch",
                              "Subscription Name"});
  const auto cells = [](const subscription_info& s) {
    const bool active = s.connection != 0;
    return cell(active ? -1 : 0) + cell(active ? std::to_string(s.number) : "-1") +
           cell(selector_text(s)) + cell(active) + cell(false) + cell(s.waiting) +
           cell(s.unsettled) + cell(s.enqueued) + cell(s.dequeued) + cell(s.prefetch) +
           cell(s.durable_name);
  };
  const auto topic = v.topic(v.given.joined("JMSDestination"));
  return page_of_those(v, "Subscribers for Topic", "Subscribers",
                       consumers_of(v, topic, "producers", more, cells));
}

content topic_producers_page(const visit& v) {
  return page_of_those(v, "Producers for Topic", "Producers", producers());
}

content subscribers_page(const visit& v) {
  content page{"Durable Topic Subscribers"};
  table active = subscriber_table();
  table offline = subscriber_table();
  table passing = subscriber_table();
  for (const auto& s : v.shown.subscriptions()) {
    const bool topic = !s.wanted.empty() && s.wanted.front().kind == destination_kind::topic;
    if (!topic) continue;
    add_subscriber(!s.is_durable ? passing : s.connection == 0 ? offline : active, v, s);
  }
  page.add(create_form(v));
  page.add("<h2>Active Durable Topic Subscribers</h2>"_html);
  page.add(std::move(active));
  page.add("<h2>Offline Durable Topic Subscribers</h2>"_html);
  page.add(std::move(offline));
  page.add("<h2>Active Non-Durable Topic Subscribers</h2>"_html);
  page.add(std::move(passing));
  return page;
}

}  // namespace mockbroker::web
