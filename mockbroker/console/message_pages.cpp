// The messages of a queue, and one of them.
#include <algorithm>

#include "mockbroker/console/dates.hpp"
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

constexpr std::size_t most_messages = 10000;  // in one page

// Headers that are fields of a message and no properties.
constexpr std::string_view fields[] = {"destination", "message-id", "correlation-id",
                                       "expires",     "priority",   "timestamp",
                                       "persistent",  "reply-to",   "type"};

std::string_view persistence(const message_info& m) {
  return m.facts.persistent ? "Persistent" : "Non Persistent";
}

std::vector<stomp::header> properties_of(const message_info& m) {
  std::vector<stomp::header> list;
  if (!m.facts.group.empty()) {
    list.push_back({"JMSXGroupID", m.facts.group});
    list.push_back({"JMSXGroupSeq", std::to_string(m.facts.group_sequence)});
  }
  for (const auto& h : m.content.headers) {
    if (std::ranges::find(fields, h.name) == std::end(fields)) list.push_back(h);
  }
  return list;
}

// "{color=red, size=2}", as Java prints a map.
std::string summary(const message_info& m) {
  std::string out;
  for (const auto& p : properties_of(m)) out += (out.empty() ? "" : ", ") + p.name + "=" + p.value;
  return "{" + out + "}";
}

std::string reply_to(const visit& v, const message_info& m) {
  const auto text = m.content.get("reply-to");
  return text ? uri_of(v.shown, *text) : std::string();
}

markup question(const std::string& href, std::string_view asked, std::string_view label) {
  return tag("a", {{"href", href}, {"data-confirm", std::string(asked)}}, text(label));
}

std::string action_link(const visit& v, std::string_view action, const std::string& queue,
                        const std::string& id) {
  return v.to(action, {{"JMSDestination", queue},
                       {"messageId", id},
                       {"JMSDestinationType", "queue"},
                       {"secret", v.secret}});
}

void add_message(table& t, const visit& v, const std::string& queue, const message_info& m) {
  const std::string& id = m.facts.id;
  markup operations = question(action_link(v, "deleteMessage.action", queue, id),
                               "Are you sure you want to delete this message?", "Delete");
  if (queue.starts_with("DLQ.")) {
    operations += " "_html + question(action_link(v, "retryMessage.action", queue, id),
                                      "Are you sure you want to retry this message?", "Retry");
  }
  const markup named = tag("a",
                           {{"href", v.to("message.jsp", {{"id", id}, {"JMSDestination", queue}})},
                            {"title", summary(m)}},
                           text(id));
  t.add(id, cell(named) + cell(m.content.get_or("correlation-id", "")) + cell(persistence(m)) +
                cell(m.facts.priority) + cell(m.redelivered) + cell(reply_to(v, m)) +
                cell(page_date(m.facts.timestamp_ms)) + cell(m.content.get_or("type", "")) +
                cell(operations));
}

markup row(std::string_view name, std::string_view value) {
  return tag("tr", tag("td", {{"class", "label"}}, text(name)) + cell(value)) + "\n"_html;
}

markup two_columns(std::string_view id, std::string_view caption, const markup& rows) {
  return tag("div", {{"class", "scroll"}},
             tag("table", {{"id", std::string(id)}},
                 tag("thead", tag("tr", tag("th", {{"colspan", "2"}}, text(caption)))) +
                     tag("tbody", rows)));
}

markup header_rows(const visit& v, const message_info& m) {
  const stomp::frame& f = m.content;
  const message_facts& facts = m.facts;
  return row("Message ID", facts.id) + row("Destination", to_uri(facts.destination)) +
         row("Correlation ID", f.get_or("correlation-id", "")) + row("Group", facts.group) +
         row("Sequence", std::to_string(facts.group_sequence)) +
         row("Expiration", facts.expires_ms > 0 ? page_date(facts.expires_ms) : "0") +
         row("Persistence", persistence(m)) + row("Priority", std::to_string(facts.priority)) +
         row("Redelivered", m.redelivered ? "true" : "false") + row("Reply To", reply_to(v, m)) +
         row("Timestamp", page_date(facts.timestamp_ms)) + row("Type", f.get_or("type", ""));
}

// Copy and Move go to the queue that is chosen: the script puts it into the link.
markup actions(const visit& v, const std::string& queue, const message_info& m) {
  markup list = question(action_link(v, "deleteMessage.action", queue, m.facts.id),
                         "Are you sure you want to delete the message?", "Delete");
  const auto at = v.shown.find_destination(v.queue(queue));
  if ((at && at->is_dead_letter) || queue.starts_with("DLQ.")) {
    list += question(action_link(v, "retryMessage.action", queue, m.facts.id),
                     "Are you sure you want to retry this message?", "Retry");
  }
  markup options = tag("option", {{"value", ""}}, text("-- Please select --"));
  for (const auto& each : v.all(destination_kind::queue)) {
    const std::string name = v.bare(each.name);
    if (name != queue) options += tag("option", {{"value", name}}, text(name));
  }
  const auto choose = [&](std::string_view action, std::string_view label) {
    return tag("a",
               {{"href", action_link(v, action, queue, m.facts.id)},
                {"data-target", "queue"},
                {"data-confirm", "Are you sure?"}},
               text(label));
  };
  list += choose("copyMessage.action", "Copy") + choose("moveMessage.action", "Move") +
          tag("select", {{"id", "queue"}, {"aria-label", "Queue"}}, options);
  return "<h2>Message Actions</h2>"_html + tag("div", {{"class", "actions"}}, list);
}

// To look at a queue makes it, as every consumer does. False: the name is none.
bool open_queue(const visit& v, const std::string& name) {
  if (name.empty()) return false;
  const outcome made = v.shown.create_destination(v.queue(name), v.rt.now());
  return made == outcome::done || made == outcome::already_there;
}

}  // namespace

content browse_page(const visit& v) {
  const std::string queue = v.given.joined("JMSDestination");
  if (!open_queue(v, queue)) return bad_request();
  content page{"Browse " + queue};
  page.add("<h2>Browse "_html + text(queue) + "</h2>"_html);
  table t{"messages", headings({"Message ID", "Correlation ID", "Persistence", "Priority",
                                "Redelivered", "Reply To", "Timestamp", "Type", "Operations"})};
  for (const auto& m : v.shown.messages(v.queue(queue), most_messages)) add_message(t, v, queue, m);
  const bool is_all = t.rows.size() < most_messages;
  page.add(std::move(t));
  if (!is_all) {
    page.add("<p>Only the first "_html + text(most_messages) + " messages are shown.</p>"_html);
  }
  page.add(tag(
      "p", link(v.to("queueConsumers.jsp", {{"JMSDestination", queue}}), text("View Consumers"))));
  return page;
}

content message_page(const visit& v) {
  const std::string id = v.given.joined("id");
  const std::string queue = v.given.joined("JMSDestination");
  if (!open_queue(v, queue)) return bad_request();
  content page{"Message " + id};
  const auto found = v.shown.find_message(v.queue(queue), id);
  if (!found) {
    page.add(R"(<p class="notice">No message could be found for ID )"_html + text(id) +
             "</p>"_html);
    return page;
  }
  markup properties;
  for (const auto& p : properties_of(*found)) properties += row(p.name, p.value);
  page.add(tag("div", {{"class", "columns"}},
               two_columns("header", "Headers", header_rows(v, *found)) +
                   two_columns("properties", "Properties", properties)));
  page.add(actions(v, queue, *found));
  page.add(R"(<h2>Message Details</h2><div class="message"><pre class="prettyprint">)"_html +
           text(found->content.body) + "</pre></div>"_html);
  return page;
}

}  // namespace mockbroker::web
