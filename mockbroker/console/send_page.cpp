// The form that sends a message: ActiveMQ's fields, in its words and order.
#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

struct send_field {
  std::string_view name;
  std::string_view label;
  std::string_view preset{};
};
constexpr send_field before_checkbox[] = {{"JMSCorrelationID", "Correlation ID"}};
constexpr send_field after_checkbox[] = {
    {"JMSReplyTo", "Reply To"},
    {"JMSPriority", "Priority"},
    {"JMSType", "Type"},
    {"JMSTimeToLive", "Time to live"},
    {"JMSXGroupID", "Message Group"},
    {"JMSXGroupSeq", "Message Group Sequence Number"},
    {"AMQ_SCHEDULED_DELAY", "delay(ms)"},
    {"AMQ_SCHEDULED_PERIOD", "Time(ms) to wait before scheduling again"},
    {"AMQ_SCHEDULED_REPEAT", "Number of repeats"},
    {"AMQ_SCHEDULED_CRON", "Use a CRON string for scheduling"},
    {"JMSMessageCount", "Number of messages to send", "1"},
    {"JMSMessageCountHeader", "Header to store the counter", "JMSXMessageCounter"}};

markup labelled(std::string_view name, std::string_view label, const markup& input) {
  return tag("div", tag("label", {{"for", std::string(name)}}, text(label)) + input) + "\n"_html;
}

markup text_field(const send_field& f, std::string_view value) {
  const std::string name(f.name);
  return labelled(
      f.name, f.label,
      open_tag("input",
               {{"type", "text"}, {"id", name}, {"name", name}, {"value", std::string(value)}}));
}

template <std::size_t Size>
markup text_fields(const send_field (&list)[Size]) {
  markup out;
  for (const auto& f : list) out += text_field(f, f.preset);
  return out;
}

markup kind_choice(bool is_topic) {
  const auto option = [](const char* value, std::string_view label, bool chosen) {
    std::vector<attribute> attributes{{"value", value}};
    if (chosen) attributes.push_back({"selected", ""});
    return tag("option", attributes, text(label));
  };
  return labelled("queue", "Queue or Topic",
                  tag("select", {{"id", "queue"}, {"name", "JMSDestinationType"}},
                      option("queue", "Queue", !is_topic) + option("topic", "Topic", is_topic)));
}

}  // namespace

content send_page(const visit& v) {
  std::string name = v.given.joined("JMSDestination");
  if (name.empty()) name = "foo.bar";
  content page{"Send Messages"};
  page.add("<h2>Send a JMS Message</h2>"_html +
           tag("form", {{"class", "send"}, {"action", "sendMessage.action"}, {"method", "post"}},
               v.secret_field() +
                   tag("div", {{"class", "grid"}, {"id", "headers"}},
                       text_field({"JMSDestination", "Destination"}, name) +
                           kind_choice(v.given.joined("JMSDestinationType") == "topic") +
                           text_fields(before_checkbox) +
                           labelled("JMSPersistent", "Persistent Delivery",
                                    R"(<input type="checkbox" id="JMSPersistent" )"
                                    R"(name="JMSPersistent" value="true">)"_html) +
                           text_fields(after_checkbox)) +
                   R"(<p><input type="submit" value="Send"> <input type="reset"></p>)"
                   R"(<label for="text">Message body</label>)"
                   R"(<textarea id="text" name="JMSText" rows="12" cols="80">)"
                   R"(Enter some text here for the message body...</textarea>)"_html));
  return page;
}

}  // namespace mockbroker::web
