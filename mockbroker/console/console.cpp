#include "mockbroker/console/console.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/digest.hpp"
#include "mockbroker/console/html.hpp"
#include "net/asset.hpp"

namespace mockbroker {

namespace console_files {
extern const std::span<const net::asset> assets;
}

namespace {

constexpr std::size_t secrets_kept = 32;
constexpr std::size_t largest_form = 4 * 1024 * 1024;
constexpr std::size_t browse_limit = 400;
constexpr unsigned largest_count = 10000;

std::string_view asset(std::string_view name) {
  for (const auto& file : console_files::assets) {
    if (file.name == name) return file.bytes;
  }
  return {};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(c < 128 ? std::tolower(c) : c); });
  return text;
}

std::string destination_of(const std::map<std::string, std::string>& given) {
  const bool topic = value(given, "JMSDestinationType") == "topic";
  return (topic ? "/topic/" : "/queue/") + value(given, "JMSDestination");
}

std::string list_page(const std::map<std::string, std::string>& given) {
  return value(given, "JMSDestinationType") == "topic" ? "topics.jsp" : "queues.jsp";
}

// Form fields of send.jsp and the headers that they become; empty ones are left out.
constexpr std::pair<std::string_view, std::string_view> message_fields[] = {
    {"JMSCorrelationID", "correlation-id"},
    {"JMSReplyTo", "reply-to"},
    {"JMSPriority", "priority"},
    {"JMSType", "type"},
    {"JMSPersistent", "persistent"},
    {"JMSXGroupID", "JMSXGroupID"},
    {"JMSXGroupSeq", "JMSXGroupSeq"},
};

std::string field(std::string_view label, std::string_view name, std::string_view preset,
                  std::string_view attributes) {
  return "<label>" + std::string(label) + " <input name=\"" + std::string(name) + "\" value=\"" +
         escape(preset) + "\" " + std::string(attributes) + "></label>\n";
}

}  // namespace

console::console(net::runtime& rt, class broker& shown, std::vector<console_user> users)
    : rt_(rt),
      broker_(shown),
      users_(std::move(users)),
      started_(rt.now()),
      jolokia_(rt, shown),
      rest_(rt, shown) {}

bool console::is_allowed(const net::http_request& request) const {
  const auto field_value = request.headers.get("Authorization");
  if (!field_value || field_value->size() < 6 ||
      !net::iequals(field_value->substr(0, 6), "Basic ")) {
    return false;
  }
  const auto decoded = crypto::base64_decode(field_value->substr(6));
  if (!decoded) return false;
  bool allowed = false;
  for (const auto& user : users_) {
    allowed |= crypto::constant_time_equal(*decoded, user.name + ":" + user.password);
  }
  return allowed;
}

net::task<net::http_response> console::handle(net::http_request& request) {
  if (!is_allowed(request)) {
    auto response = html(401, "<!doctype html><title>Error 401</title><h1>401 Unauthorized</h1>");
    response.headers.add("WWW-Authenticate", "basic realm=\"ActiveMQRealm\"");
    co_return std::move(response);
  }
  auto body = co_await net::read_all(request.body.get(), largest_form);
  if (!body) {
    auto response =
        html(413, "<!doctype html><title>Too large</title><h1>The form is too large</h1>");
    response.close_connection = true;
    co_return std::move(response);
  }
  constexpr std::string_view management = "/api/jolokia";
  if (request.path() == management || request.path().starts_with("/api/jolokia/")) {
    co_return jolokia_.answer(request, request.path().substr(management.size()), *body);
  }
  constexpr std::string_view messages = "/api/message";
  if (request.path() == messages || request.path().starts_with("/api/message/")) {
    co_return co_await rest_.answer(request, std::string(request.path().substr(messages.size())),
                                    std::move(*body));
  }
  parameters given;
  // A parameter of the form wins over one of the URL, the first of its name over later ones.
  for (const auto& pair : net::parse_form(*body)) given.emplace(pair.name, pair.value);
  for (const auto& pair : net::parse_form(request.query())) given.emplace(pair.name, pair.value);
  co_return route(request, given);
}

net::http_response console::refuse(const net::http_error& error) {
  return html(error.status, "<!doctype html><title>Error</title><h1>" +
                                std::to_string(error.status) + "</h1><p>" + escape(error.detail) +
                                "</p>");
}

net::http_response console::route(const net::http_request& request, const parameters& given) {
  std::string_view path = request.path();
  // Links may carry a session id that we have no use for (";jsessionid=...").
  path = path.substr(0, path.find(';'));
  constexpr std::string_view admin = "/admin/";
  if (path == "/") return redirect("/index.html");
  if (path == "/admin") return redirect("/admin/");
  if (path == "/index.html") {
    return html(200,
                "<!doctype html><html lang=\"en\"><title>Welcome</title><h1>Welcome to the broker!"
                "</h1><p><a href=\"/admin/\">Manage the broker</a></p></html>");
  }
  if (!path.starts_with(admin))
    return html(404, "<!doctype html><title>404</title><h1>404 Not Found</h1>");
  path.remove_prefix(admin.size());
  if (path == "console.css" || path == "icon.svg") {
    auto response = html(200, std::string(asset(path)));
    response.headers.set("Content-Type",
                         path == "icon.svg" ? "image/svg+xml" : "text/css; charset=utf-8");
    return response;
  }
  if (path.ends_with(".action")) return action(request, path, given);
  if (path.empty() || path == "index.jsp") return index_page();
  if (path == "queues.jsp") return queues_page(given);
  if (path == "topics.jsp") return topics_page();
  if (path == "send.jsp") return send_page(given);
  if (path == "browse.jsp") return browse_page(given);
  if (path == "message.jsp") return message_page(given);
  if (path == "connections.jsp") return connections_page();
  auto response = page("Error", "", "<h2>404</h2><p>There is no such page.</p>");
  response.status = 404;
  return response;
}

net::http_response console::action(const net::http_request& request, std::string_view name,
                                   const parameters& given) {
  const std::string secret = value(given, "secret");
  if (std::find(secrets_.begin(), secrets_.end(), secret) == secrets_.end()) {
    return failed("This form is too old. Load the page again.");
  }
  const bool post = request.method == "POST";
  if (name == "createDestination.action" && post) return create_destination(given);
  if (name == "sendMessage.action" && post) return send_message(given);
  if (name == "deleteDestination.action") return delete_destination(given);
  if (name == "purgeDestination.action") return purge_destination(given);
  if (name == "pauseDestination.action") return pause_queue(given, true);
  if (name == "resumeDestination.action") return pause_queue(given, false);
  if (name.ends_with("Message.action")) return message_action(name, given);
  return failed("There is no such action, or not with this method.");
}

net::http_response console::create_destination(const parameters& given) {
  const outcome made = broker_.create_destination(destination_of(given));
  if (made != outcome::done && made != outcome::already_there) return failed(to_string(made));
  return redirect("/admin/" + list_page(given));
}

net::http_response console::delete_destination(const parameters& given) {
  const outcome gone = broker_.remove_destination(destination_of(given), rt_.now());
  if (gone != outcome::done && gone != outcome::not_found) return failed(to_string(gone));
  return redirect("/admin/" + list_page(given));
}

net::http_response console::purge_destination(const parameters& given) {
  if (value(given, "JMSDestinationType") == "topic") return failed("A topic keeps no messages.");
  broker_.purge(destination_of(given), rt_.now());
  return redirect("/admin/queues.jsp");
}

net::http_response console::send_message(const parameters& given) {
  std::vector<stomp::header> headers;
  for (const auto& [name, header] : message_fields) {
    const std::string text = value(given, std::string(name));
    if (!text.empty()) headers.push_back({std::string(header), text});
  }
  for (const auto& [name, text] : given) {
    // Every other field becomes a property of the message.
    if (!name.starts_with("JMS") && !name.starts_with("AMQ") && name != "secret") {
      headers.push_back({name, text});
    }
  }
  unsigned count = 1;
  const std::string wanted = value(given, "JMSMessageCount");
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
  if (error != std::errc() || end != wanted.data() + wanted.size()) count = 1;
  count = std::clamp(count, 1u, largest_count);
  const std::string number_header = value(given, "JMSMessageCountHeader");
  for (unsigned i = 1; i <= count; ++i) {
    auto own = headers;
    if (count > 1 && !number_header.empty()) own.push_back({number_header, std::to_string(i)});
    const outcome sent =
        broker_.publish(destination_of(given), value(given, "JMSText"), own, rt_.now());
    if (sent != outcome::done) return failed(to_string(sent));
  }
  return redirect("/admin/" + list_page(given));
}

std::string console::new_secret() {
  std::string octets;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t number = rt_.random();
    octets.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  secrets_.push_back(crypto::hex(octets));
  if (secrets_.size() > secrets_kept) secrets_.pop_front();
  return secrets_.back();
}

std::string console::hidden_secret() {
  return "<input type=\"hidden\" name=\"secret\" value=\"" + secrets_.back() + "\">";
}

net::http_response console::page(std::string_view title, std::string_view tab,
                                 const std::string& body) {
  static constexpr std::pair<std::string_view, std::string_view> tabs[] = {
      {"index.jsp", "Home"},
      {"queues.jsp", "Queues"},
      {"topics.jsp", "Topics"},
      {"connections.jsp", "Connections"},
      {"send.jsp", "Send"}};
  std::string links;
  for (const auto& [path, text] : tabs) {
    links += "<a href=\"/admin/" + std::string(path) + "\"";
    if (path == tab) links += " aria-current=\"page\"";
    links += ">" + std::string(text) + "</a>";
  }
  return html(200,
              "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
              "<title>localhost : " +
                  std::string(title) +
                  "</title><link rel=\"icon\" href=\"/admin/icon.svg\">"
                  "<link rel=\"stylesheet\" href=\"/admin/console.css\"></head><body>"
                  "<header><a class=\"brand\" href=\"/admin/\"><img src=\"/admin/icon.svg\" "
                  "alt=\"\" width=\"28\" height=\"28\">mockbroker</a><nav>" +
                  links + "</nav></header><main>" + body + "</main></body></html>\n");
}

net::http_response console::index_page() {
  new_secret();
  const auto uptime =
      std::chrono::duration_cast<std::chrono::minutes>(rt_.now() - started_).count();
  const auto& options = broker_.options();
  const auto used = options.memory_limit ? broker_.memory_used() * 100 / options.memory_limit : 0;
  auto row = [](std::string_view name, const std::string& text) {
    return "<tr><th>" + std::string(name) + "</th><td>" + escape(text) + "</td></tr>\n";
  };
  return page("Home", "index.jsp",
              "<h2>Welcome!</h2><p>A broker for tests and demos. What it stores is gone when it "
              "ends.</p><h2>Broker</h2><div class=\"scroll\"><table><tbody>" +
                  row("Name", "localhost") + row("Profile", options.kind.name) +
                  row("Version", options.kind.server) +
                  row("Uptime", std::to_string(uptime) + " minutes") +
                  row("Connections", std::to_string(broker_.connections().size())) +
                  row("Memory percent used", std::to_string(used)) + "</tbody></table></div>");
}

net::http_response console::queues_page(const parameters& given) {
  const std::string secret = new_secret();
  const std::string filter = value(given, "QueueFilter");
  std::string rows;
  for (const auto& d : broker_.destinations()) {
    const std::string name(bare(d.text));
    if (d.name.kind != destination_kind::queue) continue;
    if (lower(name).find(lower(filter)) == std::string::npos) continue;
    const std::string query = "JMSDestination=" + net::percent_encode(name);
    const std::string typed = query + "&amp;JMSDestinationType=queue";
    rows += "<tr><td>" + name_cell(name) + "</td><td>" + std::to_string(d.pending) + "</td><td>" +
            std::to_string(d.consumers) + "</td><td>" + std::to_string(d.enqueued) + "</td><td>" +
            std::to_string(d.dequeued) + "</td><td><a href=\"browse.jsp?" + query +
            "\">Browse</a></td><td><a href=\"send.jsp?" + typed +
            "\">Send To</a> <a href=\"purgeDestination.action?" + typed + "&amp;secret=" + secret +
            "\">Purge</a> <a href=\"" + (d.is_paused ? "resume" : "pause") + "Destination.action?" +
            typed + "&amp;secret=" + secret + "\">" + (d.is_paused ? "Resume" : "Pause") +
            "</a> <a href=\"deleteDestination.action?" + typed + "&amp;secret=" + secret +
            "\">Delete</a></td></tr>\n";
  }
  const std::string create =
      "<form action=\"createDestination.action\" method=\"post\">"
      "<input type=\"hidden\" name=\"JMSDestinationType\" value=\"queue\">" +
      hidden_secret() +
      "<label>Queue Name <input type=\"text\" name=\"JMSDestination\" required></label> "
      "<input type=\"submit\" value=\"Create\"></form>";
  const std::string search =
      "<form action=\"queues.jsp\" method=\"get\"><label>Queue Name Filter <input type=\"text\" "
      "name=\"QueueFilter\" value=\"" +
      escape(filter) + "\"></label> <input type=\"submit\" value=\"Filter\"></form>";
  return page("Queues", "queues.jsp",
              "<div class=\"forms\">" + create + search + "</div><h2>Queues</h2>" +
                  table("queues",
                        {"Name", "Number Of Pending Messages", "Number Of Consumers",
                         "Messages Enqueued", "Messages Dequeued", "Views", "Operations"},
                        rows));
}

net::http_response console::topics_page() {
  const std::string secret = new_secret();
  std::string rows;
  for (const auto& d : broker_.destinations()) {
    if (d.name.kind != destination_kind::topic) continue;
    const std::string name(bare(d.text));
    const std::string typed =
        "JMSDestination=" + net::percent_encode(name) + "&amp;JMSDestinationType=topic";
    rows += "<tr><td>" + name_cell(name) + "</td><td>" + std::to_string(d.consumers) + "</td><td>" +
            std::to_string(d.enqueued) + "</td><td>" + std::to_string(d.dequeued) +
            "</td><td><a href=\"send.jsp?" + typed +
            "\">Send To</a> <a href=\"deleteDestination.action?" + typed + "&amp;secret=" + secret +
            "\">Delete</a></td></tr>\n";
  }
  const std::string create =
      "<form action=\"createDestination.action\" method=\"post\">"
      "<input type=\"hidden\" name=\"JMSDestinationType\" value=\"topic\">" +
      hidden_secret() +
      "<label>Topic Name <input type=\"text\" name=\"JMSDestination\" required></label> "
      "<input type=\"submit\" value=\"Create\"></form>";
  return page("Topics", "topics.jsp",
              "<div class=\"forms\">" + create + "</div><h2>Topics</h2>" +
                  table("topics",
                        {"Name", "Number Of Consumers", "Messages Enqueued", "Messages Dequeued",
                         "Operations"},
                        rows));
}

net::http_response console::send_page(const parameters& given) {
  new_secret();
  const bool topic = value(given, "JMSDestinationType") == "topic";
  std::string name = value(given, "JMSDestination");
  if (name.empty()) name = "foo.bar";
  auto option = [&](std::string_view kind, std::string_view label, bool chosen) {
    return "<option value=\"" + std::string(kind) + "\"" + (chosen ? " selected" : "") + ">" +
           std::string(label) + "</option>";
  };
  return page(
      "Send Messages", "send.jsp",
      "<h2>Send a Message</h2><form class=\"send\" action=\"sendMessage.action\" method=\"post\">" +
          hidden_secret() + "<div class=\"grid\">" +
          field("Destination", "JMSDestination", name, "type=\"text\" required") +
          "<label>Queue or Topic <select name=\"JMSDestinationType\">" +
          option("queue", "Queue", !topic) + option("topic", "Topic", topic) +
          "</select></label>\n" + field("Correlation ID", "JMSCorrelationID", "", "type=\"text\"") +
          "<label>Persistent Delivery <input type=\"checkbox\" name=\"JMSPersistent\" "
          "value=\"true\"></label>\n" +
          field("Reply To", "JMSReplyTo", "", "type=\"text\"") +
          field("Priority", "JMSPriority", "", "type=\"number\" min=\"0\" max=\"9\"") +
          field("Type", "JMSType", "", "type=\"text\"") +
          field("Number of messages to send", "JMSMessageCount", "1", "type=\"number\" min=\"1\"") +
          field("Header to store the counter", "JMSMessageCountHeader", "JMSXMessageCounter",
                "type=\"text\"") +
          "</div><label>Message body<textarea name=\"JMSText\" rows=\"8\">Enter some text here for "
          "the message body...</textarea></label><p><input type=\"submit\" value=\"Send\"> "
          "<input type=\"reset\" value=\"Reset\"></p></form>");
}

net::http_response console::browse_page(const parameters& given) {
  new_secret();
  const std::string name = value(given, "JMSDestination");
  const auto all = broker_.destinations();
  const bool known = std::any_of(all.begin(), all.end(), [&](const destination_info& d) {
    return d.text == "/queue/" + name;
  });
  if (!known) return failed("There is no such queue.");
  std::string rows;
  for (const auto& m : broker_.browse("/queue/" + name, browse_limit)) {
    const bool persistent = m.get_or("persistent", "") == "true";
    const std::string id(m.get_or("message-id", ""));
    rows += "<tr><td><a href=\"message.jsp?id=" + net::percent_encode(id) +
            "&amp;JMSDestination=" + net::percent_encode(name) + "\">" + escape(id) +
            "</a></td><td>" + escape(m.get_or("correlation-id", "")) + "</td><td>" +
            (persistent ? "Persistent" : "Non Persistent") + "</td><td>" +
            escape(m.get_or("priority", "4")) + "</td><td>" +
            escape(m.get_or("redelivered", "false")) + "</td><td>" +
            escape(m.get_or("reply-to", "")) + "</td><td>" + escape(m.get_or("timestamp", "")) +
            "</td><td>" + escape(m.get_or("type", "")) + "</td><td class=\"body\">" +
            escape(std::string_view(m.body).substr(0, 200)) + "</td></tr>\n";
  }
  return page("Browse " + escape(name), "queues.jsp",
              "<h2>Browse " + escape(name) + "</h2>" +
                  table("messages",
                        {"Message ID", "Correlation ID", "Persistence", "Priority", "Redelivered",
                         "Reply To", "Timestamp", "Type", "Body"},
                        rows));
}

net::http_response console::connections_page() {
  new_secret();
  std::string rows;
  for (const auto& c : broker_.connections()) {
    const bool web = c.how == stomp::transport::messages;
    rows += "<tr><td>" + escape(c.session) + "</td><td>" + escape(c.remote) + "</td><td>" +
            (web ? "ws" : "stomp") + "</td><td>" + (c.connected ? "true" : "false") + "</td><td>" +
            std::to_string(c.subscriptions.size()) + "</td><td>" + std::to_string(c.messages_out) +
            "</td></tr>\n";
  }
  return page("Connections", "connections.jsp",
              "<h2>Connections</h2>" + table("connections",
                                             {"Name", "Remote Address", "Connector", "Active",
                                              "Subscriptions", "Messages Out"},
                                             rows));
}

}  // namespace mockbroker
