// The messages of a queue, one of them, and the form that sends one.
#include <algorithm>
#include <array>

#include "mockbroker/console/pages.hpp"

namespace mockbroker {
namespace {

constexpr std::size_t browse_limit = 400;

// Headers that are fields of a message and no properties.
constexpr std::array<std::string_view, 9> fields_of_message = {
    "destination", "message-id", "correlation-id", "expires", "priority",
    "timestamp",   "persistent", "reply-to",       "type"};

std::string_view persistence(const message_info& m) {
  return m.facts.persistent ? "Persistent" : "Non Persistent";
}

std::string_view yes_no(bool yes) { return yes ? "true" : "false"; }

markup message_action(const view& v, std::string_view action, const markup& more,
                      std::string_view button) {
  return form(method::post, action,
              v.hidden_secret() + hidden("JMSDestination", v.get("JMSDestination")) +
                  hidden("JMSDestinationType", "queue") + hidden("messageId", v.get("id")) + more,
              button);
}

// Dead letters know where they came from.
bool can_be_retried(const message_info& m) { return m.content.has("original-destination"); }

}  // namespace

page_content browse_page(const view& v) {
  page_content p;
  const std::string name = v.get("JMSDestination");
  const destination_name queue = v.named(destination_kind::queue, name);
  p.title = "Browse " + name;
  if (!v.shown.find_destination(queue)) {
    p.status = 500;
    p.live = element("h2", "Error!") + element("p", "There is no queue " + name + ".");
    return p;
  }
  table t("messages", {"Message ID", "Correlation ID", "Persistence", "Priority", "Redelivered",
                       "Reply To", "Timestamp", "Type", "Operations"});
  for (const message_info& m : v.shown.messages(queue, browse_limit)) {
    const auto operation = [&](std::string_view action, std::string_view label) {
      return link(
          url(action, {{"JMSDestination", name}, {"messageId", m.facts.id}, {"secret", v.secret}}),
          label);
    };
    const stomp::frame& f = m.content;
    t.row({link(url("message.jsp", {{"id", m.facts.id}, {"JMSDestination", name}}), m.facts.id),
           text(f.get_or("correlation-id", "")), text(persistence(m)),
           text(std::to_string(m.facts.priority)), text(yes_no(m.redelivered)),
           text(f.get_or("reply-to", "")), text(console_date(m.facts.timestamp_ms)),
           text(f.get_or("type", "")),
           operation("deleteMessage.action", "Delete") +
               (can_be_retried(m) ? operation("retryMessage.action", "Retry") : markup())});
  }
  p.forms = element("h2", p.title);
  p.live = t.done("No message waits here.") + "<p>"_html +
           link(url("queueConsumers.jsp", {{"JMSDestination", name}}), "View Consumers") +
           "</p>"_html;
  return p;
}

page_content message_page(const view& v) {
  page_content p;
  const std::string id = v.get("id");
  p.title = "Message " + id;
  const auto found =
      v.shown.find_message(v.named(destination_kind::queue, v.get("JMSDestination")), id);
  if (!found) {
    p.live = element("p", "No message could be found for ID " + id);
    return p;
  }
  const stomp::frame& f = found->content;
  const message_facts& m = found->facts;
  const auto field = [&](std::string_view name) { return text(f.get_or(name, "")); };
  p.forms =
      "<h2>Headers</h2>"_html +
      facts("header",
            fact("Message ID", text(m.id)) + fact("Destination", text(to_uri(m.destination))) +
                fact("Correlation ID", field("correlation-id")) + fact("Group", text(m.group)) +
                fact("Sequence", text(std::to_string(m.group_sequence))) +
                fact("Expiration", text(std::to_string(m.expires_ms))) +
                fact("Persistence", text(persistence(*found))) +
                fact("Priority", text(std::to_string(m.priority))) +
                fact("Redelivered", text(yes_no(found->redelivered))) +
                fact("Reply To", field("reply-to")) +
                fact("Timestamp", text(console_date(m.timestamp_ms))) +
                fact("Type", field("type")));
  markup properties;
  for (const auto& h : f.headers) {
    const bool is_field = std::ranges::find(fields_of_message, h.name) != fields_of_message.end();
    if (!is_field) properties += fact(h.name, text(h.value));
  }
  const markup to = input("Destination", "destination", "");
  p.forms += "<h2>Properties</h2>"_html + facts("properties", properties) +
             "<h2>Message Actions</h2><div class=\"actions\">"_html +
             message_action(v, "deleteMessage.action", {}, "Delete") +
             message_action(v, "copyMessage.action", to, "Copy") +
             message_action(v, "moveMessage.action", to, "Move");
  if (can_be_retried(*found)) p.forms += message_action(v, "retryMessage.action", {}, "Retry");
  p.forms += "</div><h2>Message Details</h2><pre class=\"prettyprint\">"_html + text(f.body) +
             "</pre>"_html;
  return p;
}

page_content send_page(const view& v) {
  const bool is_topic = v.get("JMSDestinationType") == "topic";
  const auto option = [&](std::string_view kind, std::string_view label, bool chosen) {
    return "<option value=\""_html + text(kind) + "\""_html +
           (chosen ? " selected>"_html : ">"_html) + text(label) + "</option>"_html;
  };
  const std::string named = v.get("JMSDestination");
  const markup inside =
      v.hidden_secret() + "<div class=\"grid\">"_html +
      input("Destination", "JMSDestination", named.empty() ? "foo.bar" : named) +
      "<label>Queue or Topic <select name=\"JMSDestinationType\">"_html +
      option("queue", "Queue", !is_topic) + option("topic", "Topic", is_topic) +
      "</select></label>\n"_html + input("Correlation ID", "JMSCorrelationID", "") +
      "<label>Persistent Delivery <input type=\"checkbox\" name=\"JMSPersistent\" "
      "value=\"true\"></label>\n"_html +
      input("Reply To", "JMSReplyTo", "") + input("Priority", "JMSPriority", "") +
      input("Type", "JMSType", "") + input("Time to live", "JMSTimeToLive", "") +
      input("Message Group", "JMSXGroupID", "") +
      input("Message Group Sequence Number", "JMSXGroupSeq", "") +
      input("delay(ms)", "AMQ_SCHEDULED_DELAY", "") +
      input("Time(ms) to wait before scheduling again", "AMQ_SCHEDULED_PERIOD", "") +
      input("Number of repeats", "AMQ_SCHEDULED_REPEAT", "") +
      input("Use a CRON string for scheduling", "AMQ_SCHEDULED_CRON", "") +
      input("Number of messages to send", "JMSMessageCount", "1") +
      input("Header to store the counter", "JMSMessageCountHeader", "JMSXMessageCounter") +
      "</div><label>Message body<textarea name=\"JMSText\" rows=\"8\">"
      "Enter some text here for the message body...</textarea></label>\n"
      "<input type=\"reset\" value=\"Reset\">\n"_html;
  page_content p;
  p.title = "Send Messages";
  p.forms = "<h2>Send a JMS Message</h2><div class=\"send\">"_html +
            form(method::post, "sendMessage.action", inside, "Send") + "</div>"_html;
  return p;
}

}  // namespace mockbroker
