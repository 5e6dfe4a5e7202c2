#include "mockbroker/console/jolokia.hpp"

#include <chrono>

#include "mockbroker/console/jolokia_path.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

constexpr std::size_t most_requests = 1000;  // in one POST
constexpr std::string_view illegal = "java.lang.IllegalArgumentException";
constexpr std::string_view no_instance = "javax.management.InstanceNotFoundException";

// As the stock configuration writes them: no stack and no time.
json::object error(int status, std::string_view type, std::string_view message) {
  json::object out;
  out["error_type"] = type;
  out["error"] = std::string(type) + " : " + std::string(message);
  out["status"] = status;
  return out;
}

json::object error(json::object request, int status, std::string_view type,
                   std::string_view message) {
  json::object out{{"request", std::move(request)}};
  for (auto& [key, value] : error(status, type, message)) out[key] = value;
  return out;
}

json::object error(json::object request, const operation_error& wrong) {
  return error(std::move(request), wrong.status, wrong.type, wrong.message);
}

std::string text_of(const json::object& request, std::string_view name) {
  const json::value* value = request.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// JSON with `\/` for every slash, as json-simple writes. What a message holds may be no UTF-8, but
// JSON must be.
std::string to_text(const json::value& value) {
  std::string text = json::serialize(value);
  if (!stomp::is_utf8(text)) text = mend_utf8(text);
  std::string out;
  for (char c : text) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

void answer_preflight(const net::http_request& request, net::http_response& response) {
  if (const auto wanted = request.headers.get("Access-Control-Request-Headers")) {
    response.headers.add("Access-Control-Allow-Headers", *wanted);
  }
  response.headers.add("Access-Control-Max-Age", "31536000");
}

}  // namespace

net::http_response jolokia::answer(const net::http_request& request, std::string_view path,
                                   const std::string& body) {
  const auto origin = request.headers.get("Origin");
  const bool asks_first = request.method == "OPTIONS";
  net::http_response response = net::make_response(200, "text/plain;charset=utf-8", "");
  if (asks_first) {
    answer_preflight(request, response);
  } else if (request.method != "GET" && request.method != "POST" && request.method != "HEAD") {
    response = net::make_response(405, "text/plain;charset=utf-8", "");
  } else {
    room_.left = room_.most;
    response.body = net::make_string_body(to_text(take(request, path, body)));
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Pragma", "no-cache");
  }
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (origin) {
    response.headers.add("Access-Control-Allow-Origin", *origin);
    response.headers.add("Access-Control-Allow-Credentials", "true");
  }
  return response;
}

json::value jolokia::take(const net::http_request& request, std::string_view path,
                          const std::string& body) {
  if (!request.headers.contains("Origin") && !request.headers.contains("Referer")) {
    return error(403, "java.lang.Exception", "Origin null is not allowed to call this agent");
  }
  if (request.method == "POST") return take_posted(request, body);
  if (broker_.options().kind.limits_management) {
    return error(403, "java.lang.Exception",
                 "HTTP method get is not allowed according to the installed security policy.");
  }
  const auto parts = split_path(path);
  if (parts.empty()) return version();
  auto given = request_of(parts);
  if (!given) {
    std::string type = parts.front();
    for (char& c : type) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return error(400, illegal,
                 "Invalid arguments in pathinfo " + std::string(path) + " for command " + type);
  }
  json::object options;
  for (const auto& each : net::parse_form(request.query())) options[each.name] = each.value;
  if (!options.empty()) (*given)["config"] = std::move(options);
  return answer_within(*given);
}

json::value jolokia::take_posted(const net::http_request& request, const std::string& body) {
  boost::system::error_code bad;
  const json::value given = json::parse(body, bad);
  // A form's body is eaten before Jolokia sees it: the trap of curl's -d.
  const std::string_view type = request.headers.get("Content-Type").value_or("");
  const bool form = type.starts_with("application/x-www-form-urlencoded");
  if (form || bad || !(given.is_object() || given.is_array())) {
    return error(400, illegal, "Invalid JSON request java.io.InputStreamReader");
  }
  if (given.is_object()) return answer_within(given.get_object());
  if (given.get_array().size() > most_requests) {
    return error(400, illegal, "More than " + std::to_string(most_requests) + " requests at once");
  }
  json::array all;
  for (const json::value& each : given.get_array()) {
    if (!each.is_object()) {
      return error(400, illegal,
                   "Not a request within the list of requests " + json::serialize(given) +
                       ". Expected map, but found: " + json::serialize(each));
    }
    all.push_back(answer_within(each.get_object()));
  }
  return all;
}

json::object jolokia::answer_within(const json::object& given) {
  json::object request;
  if (room_.left > 0) {
    json::value answer = handle(given);
    if (room_.take(answer)) return std::move(answer.get_object());
    if (json::value* own = answer.get_object().if_contains("request")) {
      request = std::move(own->get_object());
    }
  }
  return error(std::move(request), too_large(room_));
}

json::object jolokia::handle(const json::object& given) {
  const std::string type = text_of(given, "type");
  if (type.empty()) return error(400, illegal, "No type given");
  if (type == "version") return version();
  if (type == "list") return list(given);
  if (type != "read" && type != "exec" && type != "search") {
    return error(400, illegal, "No type with name '" + type + "' exists");
  }
  if (!given.contains("mbean")) return error(400, illegal, "Objectname can not be null");
  const std::string mbean = text_of(given, "mbean");
  const auto name = parse_object_name(mbean);
  if (!name) {
    return error(400, illegal, "Invalid object name. Key properties cannot be empty");
  }
  json::object request;
  if (const json::value* path = given.if_contains("path")) request["path"] = *path;
  request["mbean"] = name->text();
  for (const char* key : {"attribute", "arguments"}) {
    if (const json::value* value = given.if_contains(key)) request[key] = *value;
  }
  request["type"] = type;
  if (const json::value* value = given.if_contains("operation")) request["operation"] = *value;
  if (type == "search") return search(std::move(request), *name);
  return type == "read" ? read(std::move(request), *name, mbean)
                        : exec(std::move(request), *name, mbean);
}

json::object jolokia::read(json::object request, const object_name& name,
                           std::string_view given_name) {
  const json::value* wanted = request.if_contains("attribute");
  json::array names;
  if (wanted != nullptr && wanted->is_array()) names = wanted->get_array();
  const bool one = wanted != nullptr && wanted->is_string();
  if (one) names.push_back(*wanted);
  const auto found = beans_.find(name);
  if (found.empty()) {
    const std::string shown(given_name);
    return error(std::move(request), 404, no_instance,
                 name.is_pattern
                     ? "No MBean with pattern " + shown + " found for reading attributes"
                     : shown);
  }
  json::object by_bean;
  std::string beans;
  answer_room room = room_;
  for (const mbean& bean : found) {
    json::object some;
    if (names.empty()) some = beans_.attributes(bean);
    for (const json::value& each : names) {
      const std::string key = each.is_string() ? std::string(each.get_string()) : std::string();
      auto value = beans_.attribute(bean, key);
      if (!value && !name.is_pattern) {
        return error(std::move(request), 404, "javax.management.AttributeNotFoundException",
                     "No such attribute: " + key);
      }
      if (value) some[key] = std::move(*value);
    }
    beans += (beans.empty() ? "" : ", ") + bean.name.text();
    if (some.empty()) continue;
    json::value& kept = by_bean[bean.name.text()];
    kept = std::move(some);
    if (!room.take(kept)) return error(std::move(request), too_large(room_));
  }
  if (by_bean.empty()) {
    std::string list;
    for (const auto& each : names) list += (list.empty() ? "" : ", ") + argument({each}, 0);
    return error(std::move(request), 400, illegal,
                 "No matching attributes [" + list + "] found on MBeans [" + beans + "]");
  }
  json::value value = by_bean;
  if (!name.is_pattern) value = json::value(by_bean.begin()->value());
  if (!name.is_pattern && one) value = json::value(value.get_object().begin()->value());
  value = follow(std::move(value), text_of(request, "path"));
  return done(std::move(request), std::move(value));
}

json::object jolokia::exec(json::object request, const object_name& name,
                           std::string_view given_name) {
  const auto found = beans_.find(name);
  if (name.is_pattern || found.empty()) {
    return error(std::move(request), 404, no_instance, given_name);
  }
  arguments given;
  if (const json::value* list = request.if_contains("arguments"); list && list->is_array()) {
    given.assign(list->get_array().begin(), list->get_array().end());
  }
  auto result = beans_.invoke(found.front(), text_of(request, "operation"), given, given_name);
  if (const auto* wrong = std::get_if<operation_error>(&result)) {
    return error(std::move(request), *wrong);
  }
  return done(std::move(request), std::move(std::get<json::value>(result)));
}

json::object jolokia::search(json::object request, const object_name& name) const {
  json::array found;
  for (const mbean& each : beans_.find(name)) found.push_back(json::string(each.name.text()));
  return done(std::move(request), std::move(found));
}

json::object jolokia::list(const json::object& given) {
  const std::string path = text_of(given, "path");
  json::object request;
  if (!path.empty()) request["path"] = path;
  request["type"] = "list";
  std::string wrong;
  const auto parts = split_path(path);
  const auto only = parts.size() > 1 ? parse_object_name(parts[0] + ":" + parts[1]) : std::nullopt;
  auto all = beans_.list(only ? only->properties() : std::string());
  if (!all) return error(std::move(request), too_large(room_));
  json::value found = find_in_list(std::move(*all), path, wrong);
  if (!wrong.empty()) return error(std::move(request), 400, illegal, wrong);
  const json::value* config = given.if_contains("config");
  const json::value* depth = config != nullptr && config->is_object()
                                 ? config->get_object().if_contains("maxDepth")
                                 : nullptr;
  if (depth != nullptr) {
    const long most = std::strtol(argument({*depth}, 0).c_str(), nullptr, 10);
    if (most > 0) found = cut_depth(found, most);
  }
  return done(std::move(request), std::move(found));
}

json::object jolokia::version() const {
  // The texts of the stock installation, but for what names a machine.
  json::object config{{"agentContext", "/jolokia"},   {"agentId", "127.0.0.1-1-mockbroker-servlet"},
                      {"agentType", "servlet"},       {"allowDnsReverseLookup", "true"},
                      {"allowErrorDetails", "false"}, {"authIgnoreCerts", "false"},
                      {"authMatch", "any"},           {"authMode", "basic"},
                      {"canonicalNaming", "true"},    {"debug", "false"},
                      {"debugMaxEntries", "100"},     {"historyMaxEntries", "10"},
                      {"includeStackTrace", "true"},  {"listenForHttpService", "true"},
                      {"mimeType", "text/plain"},     {"policyLocation", "${prop:jolokia.conf}"},
                      {"realm", "jolokia"},           {"serializeException", "false"},
                      {"streaming", "true"},          {"useRestrictorService", "false"}};
  json::object info{
      {"product", "activemq"}, {"vendor", "Apache"}, {"version", broker_.options().kind.version}};
  return done({{"type", "version"}}, json::object{{"agent", "1.7.1"},
                                                  {"protocol", "7.2"},
                                                  {"config", std::move(config)},
                                                  {"info", std::move(info)}});
}

json::object jolokia::done(json::object request, json::value value) const {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(rt_.wall_now().time_since_epoch());
  return {{"request", std::move(request)},
          {"value", std::move(value)},
          {"timestamp", now.count()},
          {"status", 200}};
}

}  // namespace mockbroker
