#include "mockbroker/console/pages.hpp"

#include <algorithm>

namespace mockbroker {
namespace {

constexpr page_entry all[] = {
    {"index.jsp", "Home", "index.jsp", home_page},
    {"queues.jsp", "Queues", "queues.jsp", queues_page},
    {"topics.jsp", "Topics", "topics.jsp", topics_page},
    {"subscribers.jsp", "Subscribers", "subscribers.jsp", subscribers_page},
    {"connections.jsp", "Connections", "connections.jsp", connections_page},
    {"network.jsp", "Network", "network.jsp", network_page},
    {"scheduled.jsp", "Scheduled", "scheduled.jsp", scheduled_page},
    {"send.jsp", "Send", "send.jsp", send_page},
    {"browse.jsp", "Browse", "queues.jsp", browse_page},
    {"message.jsp", "Message", "queues.jsp", message_page},
    {"queueConsumers.jsp", "Consumers", "queues.jsp", queue_consumers_page},
    {"queueProducers.jsp", "Producers", "queues.jsp", producers_page},
    {"topicSubscribers.jsp", "Subscribers", "topics.jsp", topic_subscribers_page},
    {"topicProducers.jsp", "Producers", "topics.jsp", producers_page},
    {"connection.jsp", "Connection", "connections.jsp", connection_page},
    {"logout.jsp", "Logout", "", logout_page},
};

markup menu(std::string_view tab) {
  markup links;
  for (const page_entry& each : all) {
    if (each.path != each.tab) continue;
    links.html += "<a href=\"/admin/" + std::string(each.path) + "\"";
    if (each.tab == tab) links.html += " aria-current=\"page\"";
    links += ">"_html + text(each.title) + "</a>"_html;
  }
  return links;
}

std::string frame(const view& v, std::string_view title, std::string_view tab,
                  const markup& inside) {
  markup out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>"_html;
  out += text(v.shown.options().name) + " : "_html + text(title);
  out +=
      "</title><link rel=\"icon\" href=\"/admin/icon.svg\">"
      "<link rel=\"stylesheet\" href=\"/admin/console.css\">"
      "<script src=\"/admin/console.js\" defer></script></head><body>"
      "<header><a class=\"brand\" href=\"/admin/\"><img src=\"/admin/icon.svg\" alt=\"\" "
      "width=\"28\" height=\"28\">mockbroker</a><nav>"_html;
  out += menu(tab) + "</nav></header><main>\n"_html + inside + "</main></body></html>\n"_html;
  return std::move(out.html);
}

}  // namespace

std::span<const page_entry> pages() { return all; }

const page_entry* find_page(std::string_view path) {
  if (path.empty()) path = "index.jsp";
  const auto* found = std::ranges::find(all, path, &page_entry::path);
  return found == std::end(all) ? nullptr : found;
}

std::string document(const view& v, const page_entry& entry, const page_content& content,
                     std::string_view live_url) {
  markup inside = content.forms + "<div id=\"live\""_html;
  if (!live_url.empty()) inside += " data-live=\""_html + text(live_url) + "\""_html;
  inside += ">\n"_html + content.live + "</div>"_html;
  const std::string_view title = content.title.empty() ? entry.title : content.title;
  return frame(v, title, entry.tab, inside);
}

std::string error_document(const view& v, std::string_view title, std::string_view why) {
  return frame(v, title, "",
               element("h2", title) + element("p", why) +
                   "<p><a href=\"/admin/\">Return to the console</a></p>"_html);
}

}  // namespace mockbroker
