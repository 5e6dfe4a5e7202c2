// One message of a queue, what can be done to it, and to its queue.
#include <ctime>

#include "mockbroker/console/console.hpp"
#include "mockbroker/console/html.hpp"

namespace mockbroker {
namespace {

destination_name queue_of(const std::map<std::string, std::string>& given,
                          const std::string& field) {
  return {destination_kind::queue, false, value(given, field)};
}

// "2026-11-26 13:36:55:042 UTC", as ActiveMQ's console writes dates.
std::string date(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  std::string millis = std::to_string(ms % 1000);
  millis.insert(0, 3 - millis.size(), '0');
  return std::string(text, size) + ":" + millis + " UTC";
}

std::string row(std::string_view name, std::string_view text) {
  return "<tr><td class=\"label\">" + std::string(name) + "</td><td>" + escape(text) +
         "</td></tr>\n";
}

// The headers that are fields of a message and no properties.
bool is_field(std::string_view name) {
  for (const std::string_view field : {"destination", "message-id", "correlation-id", "expires",
                                       "priority", "timestamp", "persistent", "reply-to", "type"}) {
    if (name == field) return true;
  }
  return false;
}

std::string form(std::string_view action, std::string_view hidden, std::string_view button,
                 std::string_view more) {
  return "<form action=\"" + std::string(action) + "\" method=\"post\">" + std::string(hidden) +
         std::string(more) + "<input type=\"submit\" value=\"" + std::string(button) +
         "\"></form>\n";
}

}  // namespace

net::http_response console::message_page(const parameters& given) {
  new_secret();
  const std::string id = value(given, "id");
  const std::string queue = value(given, "JMSDestination");
  const auto found = broker_.find_message(queue_of(given, "JMSDestination"), id);
  if (!found) {
    return page("Message " + escape(id), "queues.jsp",
                "<p>No message could be found for ID " + escape(id) + "</p>");
  }
  const stomp::frame& f = found->content;
  const message_facts& facts = found->facts;
  const std::string fields =
      row("Message ID", facts.id) + row("Destination", to_uri(facts.destination)) +
      row("Correlation ID", f.get_or("correlation-id", "")) + row("Group", facts.group) +
      row("Sequence", std::to_string(facts.group_sequence)) +
      row("Expiration", std::to_string(facts.expires_ms)) +
      row("Persistence", facts.persistent ? "Persistent" : "Non Persistent") +
      row("Priority", std::to_string(facts.priority)) +
      row("Redelivered", found->redelivered ? "true" : "false") +
      row("Reply To", f.get_or("reply-to", "")) + row("Timestamp", date(facts.timestamp_ms)) +
      row("Type", f.get_or("type", ""));
  std::string properties;
  for (const auto& h : f.headers) {
    if (!is_field(h.name)) properties += row(escape(h.name), h.value);
  }
  const std::string hidden =
      hidden_secret() + "<input type=\"hidden\" name=\"JMSDestination\" value=\"" + escape(queue) +
      "\"><input type=\"hidden\" name=\"JMSDestinationType\" value=\"queue\">"
      "<input type=\"hidden\" name=\"messageId\" value=\"" +
      escape(id) + "\">";
  const std::string target =
      "<label>To <input name=\"destination\" type=\"text\" required></label>";
  std::string actions = form("deleteMessage.action", hidden, "Delete", "") +
                        form("copyMessage.action", hidden, "Copy", target) +
                        form("moveMessage.action", hidden, "Move", target);
  if (f.has("original-destination")) actions += form("retryMessage.action", hidden, "Retry", "");
  return page("Message " + escape(id), "queues.jsp",
              "<h2>Headers</h2>" + table("header", {"Name", "Value"}, fields) +
                  "<h2>Properties</h2>" + table("properties", {"Name", "Value"}, properties) +
                  "<h2>Message Actions</h2><div class=\"actions\">" + actions +
                  "</div><h2>Message Details</h2><pre class=\"prettyprint\">" + escape(f.body) +
                  "</pre>");
}

net::http_response console::message_action(std::string_view name, const parameters& given) {
  const destination_name from = queue_of(given, "JMSDestination");
  const std::string id = value(given, "messageId");
  outcome done = outcome::not_found;
  if (name == "deleteMessage.action") {
    done = broker_.remove_message(from, id, rt_.now());
  } else if (name == "copyMessage.action") {
    done = broker_.copy_message(from, id, queue_of(given, "destination"), rt_.now());
  } else if (name == "moveMessage.action") {
    done = broker_.move_message(from, id, queue_of(given, "destination"), rt_.now());
  } else if (name == "retryMessage.action") {
    done = broker_.retry_message(from, id, rt_.now());
  }
  if (done != outcome::done) return failed(to_string(done));
  return redirect("/admin/browse.jsp?JMSDestination=" + net::percent_encode(from.name));
}

net::http_response console::pause_queue(const parameters& given, bool paused) {
  const outcome done = broker_.pause(queue_of(given, "JMSDestination"), paused, rt_.now());
  return done == outcome::done ? redirect("/admin/queues.jsp") : failed(to_string(done));
}

}  // namespace mockbroker
