// Lists of queues, and who is at one.
#include <algorithm>

#include "mockbroker/console/consumers.hpp"
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

constexpr std::size_t longest_name = 50;

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  // Not of std::ranges: clang 14 cannot compile what that returns.
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

markup feed_link(const std::string& queue, std::string_view format, std::string_view title,
                 std::string_view label) {
  return tag("a",
             {{"href", url("queueBrowse/" + net::percent_encode(queue),
                           {{"view", "rss"}, {"feedType", std::string(format)}})},
              {"title", std::string(title)},
              {"class", "feed"}},
             text(label));
}

markup views_of(const visit& v, const std::string& name) {
  const auto view = [&](std::string_view page, std::string_view label) {
    return link(v.to(page, {{"JMSDestination", name}}), text(label)) + " "_html;
  };
  return view("browse.jsp", "Browse") + view("queueConsumers.jsp", "Active Consumers") +
         view("queueProducers.jsp", "Active Producers") +
         feed_link(name, "atom_1.0", "Atom 1.0", "Atom") + " "_html +
         feed_link(name, "rss_2.0", "RSS 2.0", "RSS");
}

markup operations_of(const visit& v, const std::string& name, bool is_paused) {
  const auto act = [&](std::string_view action, std::string_view label) {
    return " "_html + link(v.to(action, {{"JMSDestination", name},
                                         {"JMSDestinationType", "queue"},
                                         {"secret", v.secret}}),
                           text(label));
  };
  return link(v.to("send.jsp", {{"JMSDestination", name}, {"JMSDestinationType", "queue"}}),
              text("Send To")) +
         act("purgeDestination.action", "Purge") + act("deleteDestination.action", "Delete") +
         (is_paused ? act("resumeDestination.action", "Resume")
                    : act("pauseDestination.action", "Pause"));
}

markup create_form(const visit& v) {
  return R"(<form action="createDestination.action" method="post">)"
         R"(<input type="hidden" name="JMSDestinationType" value="queue">)"_html +
         v.secret_field() +
         R"(<label>Queue Name <input type="text" name="JMSDestination" value=""></label> )"
         R"(<input type="submit" value="Create"></form>)"_html;
}

markup filter_form(const std::string& filter) {
  return R"(<form action="queues.jsp" method="get"><label>Queue Name Filter )"_html +
         open_tag("input", {{"type", "text"}, {"name", "QueueFilter"}, {"value", filter}}) +
         R"(</label> <input type="submit" value="Filter"></form>)"_html;
}

}  // namespace

content queues_page(const visit& v) {
  content page{"Queues"};
  const std::string filter = v.given.joined("QueueFilter");
  page.add(tag("div", {{"class", "forms"}}, create_form(v) + filter_form(filter)) +
           "<h2>Queues:</h2>"_html);
  table t{"queues", headings({"Name", "Number Of Pending Messages", "Number Of Consumers",
                              "Messages Enqueued", "Messages Dequeued", "Views", "Operations"})};
  for (const auto& q : v.all(destination_kind::queue)) {
    const std::string name = v.bare(q.name);
    if (!contains_ignoring_case(name, filter)) continue;
    // As in ActiveMQ the name stands on a line of its own.
    const markup named = link(v.to("browse.jsp", {{"JMSDestination", name}}),
                              "\n"_html + short_name(name, longest_name));
    t.add(name, cell(named) + cell(q.pending) + cell(q.consumers) + cell(q.enqueued) +
                    cell(q.dequeued) + cell(views_of(v, name)) +
                    cell(operations_of(v, name, q.is_paused)));
  }
  page.add(std::move(t));
  return page;
}

content queue_graph_page(const visit& v) {
  content page{"Queues"};
  page.add("<h2>Queue depths</h2>"_html);
  const auto queues = v.all(destination_kind::queue);
  std::size_t deepest = 1;
  for (const auto& q : queues) deepest = std::max(deepest, q.pending);
  table t{"graph", headings({"Name", "Depth", "Number Of Pending Messages"})};
  for (const auto& q : queues) {
    const std::string name = v.bare(q.name);
    const markup bar =
        tag("meter",
            {{"min", "0"}, {"max", std::to_string(deepest)}, {"value", std::to_string(q.pending)}},
            text(q.pending));
    t.add(name, cell(link(v.to("browse.jsp", {{"JMSDestination", name}}),
                          short_name(name, longest_name))) +
                    cell(bar) + cell(q.pending));
  }
  page.add(std::move(t));
  return page;
}

content queue_consumers_page(const visit& v) {
  return page_of_those(v, "Consumers for", "Consumers",
                       consumers_of(v, v.queue(v.given.joined("JMSDestination")), "messages",
                                    consumer_headings(), consumer_cells));
}

content queue_producers_page(const visit& v) {
  return page_of_those(v, "Producers for Queue", "Producers", producers());
}

}  // namespace mockbroker::web
