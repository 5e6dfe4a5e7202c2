#include "mockbroker/console/feeds.hpp"

#include <algorithm>
#include <limits>

#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr std::int64_t most_messages = 10000;

// Text for XML 1.0, which has no place for control characters and ill-formed UTF-8.
std::string xml(std::string_view t) {
  std::string good = mend_utf8(t);
  std::ranges::replace_if(
      good, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; },
      '?');
  return text(good).html;
}

std::string attribute(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + xml(value) + "\"\n";
}
std::string attribute(std::string_view name, std::uint64_t value) {
  return attribute(name, std::to_string(value));
}

net::http_response xml_answer(std::string body, std::string_view type = "text/xml") {
  return respond(200, std::string(type) + ";charset=utf-8", std::move(body));
}

std::string stats(const destination_info& d) {
  return "<stats " + attribute("size", d.pending) + attribute("consumerCount", d.consumers) +
         attribute("enqueueCount", d.enqueued) + attribute("dequeueCount", d.dequeued) + "/>\n";
}

// The ampersand is escaped twice in ActiveMQ, and scripts have learned to live with it.
std::string feed_url(std::string_view queue, std::string_view type) {
  return "queueBrowse/" + xml(net::percent_encode(queue)) +
         "?view=rss&amp;amp;feedType=" + std::string(type);
}

std::string queue_element(const view& v, const destination_info& d) {
  const std::string name = v.bare(d);
  return "<queue " + attribute("name", name) + ">\n" + stats(d) + "<feed>\n<atom>" +
         feed_url(name, "atom_1.0") + "</atom>\n<rss>" + feed_url(name, "rss_2.0") +
         "</rss>\n</feed>\n</queue>\n";
}

// The blank behind a topic's name is ActiveMQ's.
std::string topic_element(const view& v, const destination_info& d) {
  return "<topic " + attribute("name", v.bare(d) + " ") + ">\n" + stats(d) + "</topic>\n";
}

std::string subscriber_element(const view& v, const subscription_info& s) {
  const bool is_offline = s.connection == 0;
  return "<subscriber " + attribute("clientId", s.client_id) +
         attribute("subscriptionName", s.durable_name) +
         attribute("connectionId", is_offline ? "NOTSET" : s.session) +
         attribute("destinationName", s.wanted.empty() ? "" : v.bare(s.wanted.front())) +
         attribute("selector", s.selector) + attribute("active", is_offline ? "no" : "yes") +
         ">\n<stats " + attribute("pendingQueueSize", s.waiting) +
         attribute("dispatchedQueueSize", s.unsettled) +
         attribute("dispatchedCounter", s.delivered) + attribute("enqueueCounter", s.enqueued) +
         attribute("dequeueCounter", s.dequeued) + "/>\n</subscriber>\n";
}

std::string destinations_of(const view& v, destination_kind kind,
                            std::string (*element)(const view&, const destination_info&)) {
  std::string out;
  for (const destination_info& d : v.shown.destinations()) {
    if (d.name.kind == kind && !d.name.temporary) out += element(v, d);
  }
  return out;
}

std::string iso_date(std::int64_t wall_ms) {
  const std::string shown = console_date(wall_ms);  // "2026-11-26 13:36:55:042 UTC"
  return shown.substr(0, 10) + "T" + shown.substr(11, 8) + "Z";
}

std::string mail_date(std::int64_t wall_ms) {
  return net::http_date(net::wall_time(std::chrono::duration_cast<net::wall_time::duration>(
      std::chrono::milliseconds(std::max<std::int64_t>(wall_ms, 0)))));
}

std::string message_url(std::string_view queue, std::string_view id) {
  return xml("/admin/" + url("message.jsp", {{"id", id}, {"JMSDestination", queue}}));
}

using message_list = std::vector<message_info>;

std::string simple_view(const view&, const std::string& queue, const message_list& all) {
  std::string out = "<messages queue='queue://" + xml(queue) + "'>\n";
  for (const auto& m : all) out += "<message id='" + xml(m.facts.id) + "'/>\n";
  return out + "</messages>\n";
}

// What ActiveMQ gives here is a dump of its Java objects; this says what is in them.
std::string full_view(const view&, const std::string& queue, const message_list& all) {
  std::string out = "<messages queue='queue://" + xml(queue) + "'>\n";
  for (const auto& m : all) {
    out += "<message id='" + xml(m.facts.id) + "'>\n";
    for (const auto& h : m.content.headers) {
      out += "<header name='" + xml(h.name) + "'>" + xml(h.value) + "</header>\n";
    }
    out += "<text>" + xml(m.content.body) + "</text>\n</message>\n";
  }
  return out + "</messages>\n";
}

std::string rss(const view& v, const std::string& queue, const message_list& all) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\">\n<channel>\n<title>" +
      xml("JMS Message browser for " + queue) + "</title>\n<link>/admin/" +
      xml(url("browse.jsp", {{"JMSDestination", queue}})) + "</link>\n<description>" +
      xml("The messages that wait in queue " + queue + " of " + v.shown.options().name) +
      "</description>\n";
  for (const auto& m : all) {
    out += "<item>\n<title>" + xml(m.facts.id) + "</title>\n<link>" +
           message_url(queue, m.facts.id) + "</link>\n<description>" + xml(m.content.body) +
           "</description>\n<pubDate>" + mail_date(m.facts.timestamp_ms) +
           "</pubDate>\n<guid isPermaLink=\"false\">" + xml(m.facts.id) + "</guid>\n</item>\n";
  }
  return out + "</channel>\n</rss>\n";
}

std::string atom(const view& v, const std::string& queue, const message_list& all) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
      "<title>" +
      xml("JMS Message browser for " + queue) +
      "</title>\n<id>urn:queue:" + xml(net::percent_encode(queue)) + "</id>\n<author><name>" +
      xml(v.shown.options().name) + "</name></author>\n<updated>" +
      iso_date(all.empty() ? 0 : all.back().facts.timestamp_ms) + "</updated>\n";
  for (const auto& m : all) {
    out += "<entry>\n<title>" + xml(m.facts.id) +
           "</title>\n<id>urn:message:" + xml(net::percent_encode(m.facts.id)) +
           "</id>\n<link href=\"" + message_url(queue, m.facts.id) + "\"/>\n<updated>" +
           iso_date(m.facts.timestamp_ms) + "</updated>\n<summary>" + xml(m.content.body) +
           "</summary>\n</entry>\n";
  }
  return out + "</feed>\n";
}

struct feed_view {
  std::string_view name;
  std::string_view type;  // of "rss"
  std::string_view media_type;
  std::string (*write)(const view&, const std::string& queue, const message_list& all);
};
constexpr feed_view views[] = {
    {"simple", "", "text/xml", simple_view},
    {"xml", "", "text/xml", full_view},
    {"rss", "rss_2.0", "application/rss+xml", rss},
    {"rss", "atom_1.0", "application/atom+xml", atom},
};

const feed_view* find_view(const view& v) {
  std::string name = v.get("view");
  if (name.empty()) name = "simple";
  std::string type = name == "rss" ? v.get("feedType") : "";
  if (name == "rss" && type.empty()) type = "rss_2.0";
  const auto* found = std::ranges::find_if(
      views, [&](const feed_view& each) { return each.name == name && each.type == type; });
  return found == std::end(views) ? nullptr : found;
}

}  // namespace

std::optional<net::http_response> xml_list(const view& v, std::string_view name) {
  if (name == "queues.jsp") {
    return xml_answer("\n\n<queues>\n" +
                      destinations_of(v, destination_kind::queue, queue_element) + "</queues>\n");
  }
  if (name == "topics.jsp") {
    return xml_answer("\n\n<topics>\n" +
                      destinations_of(v, destination_kind::topic, topic_element) + "</topics>\n");
  }
  if (name != "subscribers.jsp") return std::nullopt;
  std::string inside;
  for (const subscription_info& s : v.shown.subscriptions()) {
    const bool is_topic = !s.wanted.empty() && s.wanted.front().kind == destination_kind::topic;
    if (is_topic) inside += subscriber_element(v, s);
  }
  return xml_answer("\n\n<subscribers>\n" + inside + "</subscribers>\n");
}

net::http_response queue_browse(const view& v, const std::string& queue) {
  const auto refuse = [](std::string_view why) {
    return respond(500, "text/html;charset=utf-8", element("h1", why).html);
  };
  const feed_view* how = find_view(v);
  if (how == nullptr) return refuse("No such view or feed: simple, xml, rss_2.0, atom_1.0");
  std::optional<selector> filter;
  if (const std::string wanted = v.get("selector"); !wanted.empty()) {
    auto made = selector::compile(wanted);
    if (std::holds_alternative<selector_error>(made)) return refuse("The selector cannot be read");
    filter.emplace(std::move(std::get<selector>(made)));
  }
  const std::string most = v.get("maxMessages");
  const auto limit = most.empty() ? most_messages : stomp::parse_int64(most).value_or(-1);
  if (limit < 0) return refuse("maxMessages is no number");
  const destination_name name = v.named(destination_kind::queue, queue);
  auto all = v.shown.messages(
      name, static_cast<std::size_t>(limit == 0 ? most_messages : std::min(limit, most_messages)),
      true, filter ? &*filter : nullptr);
  if (const std::string id = v.get("msgId"); !id.empty()) {
    std::erase_if(all, [&](const message_info& m) { return m.facts.id != id; });
  }
  return xml_answer(how->write(v, queue, all), how->media_type);
}

}  // namespace mockbroker
