#include "mockbroker/console/rest.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/digest.hpp"
#include "mockbroker/console/parameters.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr std::int64_t longest_wait_ms = 20000;
constexpr std::size_t largest_body = 100000;  // octets; what comes behind is not sent
constexpr std::size_t largest_form = 200000;  // octets: Jetty's limit
constexpr std::string_view servlet = "javax.servlet.ServletException: ";

// The headers that every answer of ActiveMQ's server has.
net::http_response guarded(net::http_response response) {
  if (response.headers.get("Content-Type") == "") response.headers.remove("Content-Type");
  response.headers.add("X-FRAME-OPTIONS", "SAMEORIGIN");
  response.headers.add("X-XSS-Protection", "1; mode=block");
  response.headers.add("X-Content-Type-Options", "nosniff");
  return response;
}

// As Jetty words it; without the stack.
net::http_response failure(std::string_view uri, std::string_view why, int status = 500) {
  const std::string text = net::html_escape(why);
  const std::string number = std::to_string(status);
  auto response = net::make_response(
      status, "text/html;charset=iso-8859-1",
      "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>"
      "\n<title>Error " +
          number + " " + text + "</title>\n</head>\n<body><h2>HTTP ERROR " + number + " " + text +
          "</h2>\n<table>\n<tr><th>URI:</th><td>" + net::html_escape(uri) +
          "</td></tr>\n<tr><th>STATUS:</th><td>" + number +
          "</td></tr>\n<tr><th>MESSAGE:</th><td>" + text +
          "</td></tr>\n<tr><th>SERVLET:</th><td>MessageServlet</td></tr>\n</table>\n\n</body>\n"
          "</html>\n");
  response.headers.add("Cache-Control", "must-revalidate,no-cache,no-store");
  return guarded(std::move(response));
}

std::string no_number(const std::string& text) {
  return "java.lang.NumberFormatException: For input string: \"" + text + "\"";
}

std::string value_of(const std::map<std::string, std::string>& given, const std::string& name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}

// UTF-8 as ISO 8859-1, the way a servlet without a chosen encoding writes it: `?` for the rest.
std::string to_latin1(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      out += text[i];
    } else if ((c & 0xC0U) != 0x80) {
      const bool fits = (c == 0xC2 || c == 0xC3) && i + 1 < text.size();
      out += fits ? static_cast<char>((c & 3U) << 6U | (text[i + 1] & 0x3F)) : '?';
    }
  }
  return out;
}

// A body that is no form is read line by line, and each line ends in a LF.
std::string lines_of(std::string body) {
  if (body.size() > largest_body) {
    body.resize(largest_body);
    body = mend_utf8(body);  // a character may have been cut
  }
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool is_pair = body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n';
    if (!is_pair) out += body[i] == '\r' ? '\n' : body[i];
  }
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

// Lines of the STOMP message that are no properties.
constexpr std::string_view fixed[] = {
    "destination", "message-id",     "correlation-id",      "expires",
    "priority",    "timestamp",      "persistent",          "reply-to",
    "type",        "content-length", "original-destination"};

// What says something of the answer itself, to browsers, caches and whoever frames it. Whoever
// sends a message must not say that. With a `-` at the end, all names that begin so.
constexpr std::string_view reserved[] = {"Accept-",
                                         "Access-Control-",
                                         "Alt-Svc",
                                         "Authentication-Info",
                                         "Cache-Control",
                                         "Clear-Site-Data",
                                         "Connection",
                                         "Content-",
                                         "Cross-Origin-",
                                         "Date",
                                         "ETag",
                                         "Expires",
                                         "Keep-Alive",
                                         "Last-Modified",
                                         "Link",
                                         "Location",
                                         "NEL",
                                         "Permissions-Policy",
                                         "Pragma",
                                         "Proxy-",
                                         "Referrer-Policy",
                                         "Refresh",
                                         "Report-To",
                                         "Reporting-Endpoints",
                                         "Sec-",
                                         "Server",
                                         "Service-Worker-Allowed",
                                         "Set-Cookie",
                                         "Set-Cookie2",
                                         "SourceMap",
                                         "Strict-Transport-Security",
                                         "Timing-Allow-Origin",
                                         "Trailer",
                                         "Transfer-Encoding",
                                         "Upgrade",
                                         "Vary",
                                         "WWW-Authenticate",
                                         "X-Permitted-Cross-Domain-Policies",
                                         "X-SourceMap"};

bool is_reserved(std::string_view name) {
  return std::ranges::any_of(reserved, [&](std::string_view each) {
    return net::iequals(each.ends_with('-') ? name.substr(0, each.size()) : name, each);
  });
}

// A property as a line of HTTP, if it can be one.
void add_property(net::header_list& to, std::string_view name, std::string value) {
  const bool good = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(char(c)) != std::string_view::npos;
  });
  if (!good || is_reserved(name) || to.contains(name)) return;
  std::ranges::replace_if(
      value, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  to.add(name, value);
}

}  // namespace

struct rest::call {
  std::string uri;  // for errors
  std::string method;
  parameters given;
  std::string raw;  // the body, when it is not a form
  std::string selector;
  std::string cookie;       // the session the request names
  destination_name target;  // without a name: none was given
};

bool rest::read(call& given, const net::http_request& request, std::string_view path,
                std::string body) const {
  std::vector<net::header_field> pairs = net::parse_form(request.query());
  const std::string type(request.headers.get("Content-Type").value_or(""));
  if (net::iequals(type.substr(0, type.find(';')), "application/x-www-form-urlencoded")) {
    if (body.size() > largest_form) return false;
    auto fields = net::parse_form(body);
    if (fields.size() > web::parameters::most) return false;
    for (auto& each : fields) pairs.push_back(std::move(each));
  } else if (!type.empty()) {
    given.raw = lines_of(std::move(body));
  }
  std::set<std::string> twice;
  for (const auto& each : pairs) {
    if (!given.given.emplace(each.name, each.value).second) twice.insert(each.name);
  }
  for (const auto& name : twice) given.given.erase(name);
  given.selector = request.headers.get("selector").value_or("");
  const std::string cookies = request.headers.joined("Cookie").value_or("");
  if (const auto at = cookies.find("JSESSIONID="); at != std::string::npos) {
    const auto from = at + std::string_view("JSESSIONID=").size();
    given.cookie = cookies.substr(from, cookies.find_first_of(".;, ", from) - from);
  }
  std::string name(path);
  if (name.starts_with('/')) name.erase(0, 1);
  std::ranges::replace(name, '/', '.');
  if (name.empty()) name = value_of(given.given, "destination");
  const auto kind =
      value_of(given.given, "type") == "queue" ? destination_kind::queue : destination_kind::topic;
  given.target = parse_uri(name, kind, broker_.options().kind.names);
  return true;
}

net::task<net::http_response> rest::answer(const net::http_request& request, std::string path,
                                           std::string body) {
  call given;
  given.uri = request.path();
  given.method = request.method;
  if (given.method == "OPTIONS") {
    auto response = net::make_response(200, "", "");
    response.headers.add("Allow", "GET, HEAD, POST, DELETE, TRACE, OPTIONS");
    co_return guarded(std::move(response));
  }
  const bool receives = given.method == "GET" || given.method == "HEAD" || given.method == "DELETE";
  if (!receives && given.method != "POST") {
    const int status = given.method == "PUT" ? 405 : given.method == "TRACE" ? 403 : 501;
    co_return guarded(net::make_response(status, "", ""));
  }
  if (!read(given, request, path, std::move(body))) {
    auto response = failure(given.uri, "Unable to parse form content", 400);
    response.close_connection = true;
    co_return std::move(response);
  }
  const std::string client_id = value_of(given.given, "clientId");
  if (!receives && !client_id.empty() && value_of(given.given, "action") == "unsubscribe") {
    clients_.drop("client " + client_id);
    co_return guarded(net::make_response(200, "", ""));
  }
  if (given.target.name.empty()) {
    co_return failure(given.uri,
                      std::string(servlet) + std::string(servlet) +
                          "org.apache.activemq.web.NoDestinationSuppliedException: Could not "
                          "perform the JMS operation as no Destination was supplied");
  }
  if (!receives) co_return send(given);
  co_return co_await receive(given);
}

// The headers of the SEND that the parameters ask for; else `wrong` says why there is none.
std::vector<stomp::header> rest::headers_of(const call& given, std::string& wrong) const {
  std::vector<stomp::header> headers;
  const naming& rules = broker_.options().kind.names;
  const std::string mode = value_of(given.given, "JMSDeliveryMode");
  if (mode.empty() || net::iequals(mode, "persistent")) headers.push_back({"persistent", "true"});
  std::int64_t priority = 5;
  for (const auto& [name, text] : given.given) {
    const bool is_number = name == "JMSPriority" || name == "JMSTimeToLive";
    std::int64_t count = 0;
    if (is_number) {
      const auto given_number = stomp::parse_int64(text);
      if (!given_number) wrong = no_number(text);
      count = given_number.value_or(0);
    }
    if (name == "JMSPriority") priority = std::clamp<std::int64_t>(count, 0, 9);
    if (name == "JMSTimeToLive" && count > 0) {
      const auto now =
          std::chrono::duration_cast<std::chrono::milliseconds>(rt_.wall_now().time_since_epoch());
      const std::int64_t most = std::int64_t{1} << 52;
      headers.push_back({"expires", std::to_string(now.count() + std::min(count, most))});
    }
    if (name == "JMSCorrelationID") headers.push_back({"correlation-id", text});
    if (name == "JMSType") headers.push_back({"type", text});
    if (name == "JMSReplyTo") {
      const auto to = parse_uri(text, destination_kind::queue, rules);
      headers.push_back({"reply-to", format_destination(to, rules)});
    }
    constexpr std::string_view known[] = {
        "body",          "type",    "destination", "JMSDeliveryMode", "JMSPriority",
        "JMSTimeToLive", "JMSType", "JMSReplyTo",  "JMSExpiration",   "JMSCorrelationID"};
    if (std::ranges::find(known, name) == std::end(known)) headers.push_back({name, text});
  }
  headers.push_back({"priority", std::to_string(priority)});
  return headers;
}

net::http_response rest::send(const call& given) const {
  std::string wrong;
  const auto headers = headers_of(given, wrong);
  if (!wrong.empty()) return failure(given.uri, wrong);
  const auto body = given.given.find("body");
  std::string id;
  const outcome done = broker_.publish(
      format_destination(given.target, broker_.options().kind.names),
      body == given.given.end() ? given.raw : body->second, headers, rt_.now(), &id);
  if (done != outcome::done) {
    return failure(given.uri, std::string(servlet) +
                                  "javax.jms.JMSException: " + std::string(to_string(done)));
  }
  auto response = guarded(net::make_response(200, "", "Message sent"));
  response.headers.add("messageID", id);
  return response;
}

std::string rest::new_session() {
  std::string octets;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t some = rt_.random();
    octets.append(reinterpret_cast<const char*>(&some), sizeof some);
  }
  return "node0" + crypto::hex(octets);
}

// The message as headers and, returned, the octets of a body.
std::string rest::show(const message_info& m, const call& given, net::header_list& headers) {
  std::string text = m.facts.is_bytes ? std::string() : m.content.body;
  const bool is_xml = text.starts_with('<') || value_of(given.given, "xml") == "true";
  // A leading XML declaration is left out.
  if (text.starts_with("<?"))
    text.erase(0, text.find("?>") == std::string::npos ? 0 : text.find("?>") + 2);
  const bool is_json = value_of(given.given, "json") == "true";
  headers.set("Cache-Control", "no-cache, no-store, must-revalidate");
  headers.set("Pragma", "no-cache");
  headers.set("Content-Type", is_json  ? "application/json"
                              : is_xml ? "application/xml;charset=iso-8859-1"
                                       : "text/plain;charset=iso-8859-1");
  add_property(headers, "destination", to_uri(given.target));
  add_property(headers, "id", m.facts.id);
  for (const auto& h : m.content.headers) {
    if (std::ranges::find(fixed, h.name) == std::end(fixed)) {
      add_property(headers, h.name, h.value);
    }
  }
  if (!m.facts.group.empty()) {
    add_property(headers, "JMSXGroupID", m.facts.group);
    add_property(headers, "JMSXGroupSeq", std::to_string(m.facts.group_sequence));
  }
  return to_latin1(text);
}

net::task<net::http_response> rest::receive(const call& given) {
  const std::string limit = value_of(given.given, "readTimeout");
  const auto wait = limit.empty() ? std::optional(longest_wait_ms) : stomp::parse_int64(limit);
  if (!wait) co_return failure(given.uri, no_number(limit));
  const auto deadline =
      rt_.now() + std::chrono::milliseconds(std::clamp<std::int64_t>(*wait, 0, longest_wait_ms));

  const std::string client_id = value_of(given.given, "clientId");
  std::string session;  // a new one
  std::string client = "client " + client_id;
  if (client_id.empty()) {
    client = "session " + given.cookie;
    if (given.cookie.empty() || !clients_.knows(client)) {
      session = new_session();
      client = "session " + session;
    }
  }
  outcome why = outcome::done;
  const auto consumer = clients_.find(client, client_id, given.target, given.selector, why);
  if (!consumer) {
    const bool selector = why == outcome::bad_name && !given.selector.empty();
    co_return failure(given.uri,
                      std::string(servlet) +
                          (selector ? "javax.jms.InvalidSelectorException: " + given.selector
                                    : "javax.jms.JMSException: " + std::string(to_string(why))));
  }
  const bool once = value_of(given.given, "oneShot") == "true";
  if (once) clients_.release(client, given.target);
  auto got = co_await consumer->receive(deadline);
  auto response = guarded(net::make_response(got ? 200 : 204, "", ""));
  if (!session.empty()) {
    response.headers.add("Set-Cookie", "JSESSIONID=" + session + ".node0; Path=/api; HttpOnly");
  }
  if (!got) {
    if (once) consumer->close();
    co_return std::move(response);
  }
  std::string text = show(got->what, given, response.headers);
  response.body = consumer->body(std::move(text), got->number, once);
  co_return std::move(response);
}

}  // namespace mockbroker
