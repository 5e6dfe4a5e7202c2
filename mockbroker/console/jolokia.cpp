#include "mockbroker/console/jolokia.hpp"

#include <chrono>

namespace mockbroker {
namespace {

namespace json = boost::json;

constexpr std::size_t most_requests = 1000;  // in one POST

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

// The parts between slashes; `!/` is a slash and `!!` a bang in one of them.
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  std::string part;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '!' && i + 1 < path.size()) {
      part += path[++i];
    } else if (path[i] == '/') {
      if (!part.empty()) parts.push_back(std::exchange(part, {}));
    } else {
      part += path[i];
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

// A GET as the JSON that a POST would have.
json::object from_path(const std::vector<std::string>& parts) {
  json::object request{{"type", parts.front()}};
  if (parts.size() > 1) request["mbean"] = parts[1];
  if (parts.front() == "read" && parts.size() > 2) {
    json::array names;
    std::string_view rest = parts[2];
    while (true) {
      const std::size_t comma = rest.find(',');
      names.push_back(json::string(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (names.size() == 1) {
      request["attribute"] = names.front();
    } else {
      request["attribute"] = std::move(names);
    }
  }
  if (parts.front() == "exec" && parts.size() > 2) {
    request["operation"] = parts[2];
    json::array arguments;
    for (std::size_t i = 3; i < parts.size(); ++i) arguments.push_back(json::string(parts[i]));
    if (!arguments.empty()) request["arguments"] = std::move(arguments);
  }
  return request;
}

std::string text_of(const json::object& request, std::string_view name) {
  const json::value* value = request.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// JSON with `\/` for every slash, as json-simple writes.
std::string to_text(const json::value& value) {
  std::string out;
  for (char c : json::serialize(value)) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::int64_t jolokia::seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(rt_.wall_now().time_since_epoch())
      .count();
}

net::http_response jolokia::answer(const net::http_request& request, std::string_view path,
                                   const std::string& body) {
  const auto origin = request.headers.get("Origin");
  json::value result;
  if (!origin && !request.headers.get("Referer")) {
    result = error(403, "java.lang.Exception", "Origin null is not allowed to call this agent");
  } else if (request.method == "POST") {
    boost::system::error_code bad;
    const json::value given = json::parse(body, bad);
    if (bad || !(given.is_object() || given.is_array())) {
      result = error(400, "java.lang.IllegalArgumentException", "Invalid JSON request");
    } else if (given.is_object()) {
      result = handle(given.get_object());
    } else {
      json::array all;
      for (const json::value& each : given.get_array()) {
        if (all.size() == most_requests) break;
        all.push_back(handle(each.is_object() ? each.get_object() : json::object()));
      }
      result = std::move(all);
    }
  } else {
    const auto parts = split(net::percent_decode(path).value_or(std::string()));
    result = parts.empty() ? version() : handle(from_path(parts));
  }
  auto response = net::make_response(200, "text/plain;charset=utf-8", to_text(result));
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("Pragma", "no-cache");
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (origin) {
    response.headers.add("Access-Control-Allow-Origin", *origin);
    response.headers.add("Access-Control-Allow-Credentials", "true");
  }
  return response;
}

json::object jolokia::handle(const json::object& given) {
  const std::string type = text_of(given, "type");
  if (type == "version") return version();
  if (type != "read" && type != "exec" && type != "search") {
    return error(400, "java.lang.IllegalArgumentException",
                 "No type with name '" + type + "' exists");
  }
  const std::string mbean = text_of(given, "mbean");
  const auto name = parse_object_name(mbean);
  if (!name) {
    return error(400, "java.lang.IllegalArgumentException", "Invalid object name " + mbean);
  }
  json::object request{{"mbean", name->text()}};
  for (const char* key : {"attribute", "arguments"}) {
    if (const json::value* value = given.if_contains(key)) request[key] = *value;
  }
  request["type"] = type;
  if (const json::value* value = given.if_contains("operation")) request["operation"] = *value;
  if (type == "search") return search(std::move(request), *name);
  if (!name->is_pattern && beans_.find(*name).empty()) {
    return error(std::move(request), 404, "javax.management.InstanceNotFoundException", mbean);
  }
  return type == "read" ? read(std::move(request), *name) : exec(std::move(request), *name);
}

json::object jolokia::read(json::object request, const object_name& name) {
  const json::value* wanted = request.if_contains("attribute");
  const bool many = wanted != nullptr && wanted->is_array();
  json::array names;
  if (many) names = wanted->get_array();
  if (wanted != nullptr && wanted->is_string()) names.push_back(*wanted);
  json::object by_bean;
  for (const object_name& bean : beans_.find(name)) {
    const json::object all = beans_.attributes(bean);
    json::object some;
    for (const json::value& each : names) {
      const std::string key = each.is_string() ? std::string(each.get_string()) : std::string();
      const json::value* value = all.if_contains(key);
      if (value == nullptr && !name.is_pattern) {
        return error(std::move(request), 404, "javax.management.AttributeNotFoundException",
                     "No such attribute: " + key);
      }
      if (value != nullptr) some[key] = *value;
    }
    by_bean[bean.text()] = wanted == nullptr ? all : some;
  }
  json::value value = by_bean;
  if (!name.is_pattern) value = by_bean.begin()->value();
  if (!name.is_pattern && wanted != nullptr && !many) {
    value = json::value(value.get_object().begin()->value());
  }
  return {{"request", std::move(request)},
          {"value", std::move(value)},
          {"timestamp", seconds()},
          {"status", 200}};
}

json::object jolokia::exec(json::object request, const object_name& name) {
  std::vector<std::string> arguments;
  if (const json::value* given = request.if_contains("arguments"); given && given->is_array()) {
    for (const json::value& each : given->get_array()) {
      arguments.push_back(each.is_string() ? std::string(each.get_string())
                                           : json::serialize(each));
    }
  }
  auto done = beans_.invoke(name, text_of(request, "operation"), arguments);
  if (const auto* wrong = std::get_if<operation_error>(&done)) {
    return error(std::move(request), wrong->status, wrong->type, wrong->message);
  }
  return {{"request", std::move(request)},
          {"value", std::move(std::get<json::value>(done))},
          {"timestamp", seconds()},
          {"status", 200}};
}

json::object jolokia::search(json::object request, const object_name& name) const {
  json::array found;
  for (const object_name& each : beans_.find(name)) found.push_back(json::string(each.text()));
  return {{"request", std::move(request)},
          {"value", std::move(found)},
          {"timestamp", seconds()},
          {"status", 200}};
}

json::object jolokia::version() const {
  return {{"request", {{"type", "version"}}},
          {"value",
           {{"agent", "1.7.1"},
            {"protocol", "7.2"},
            {"config", {{"agentContext", "/jolokia"}, {"agentType", "servlet"}}},
            {"info",
             {{"product", "activemq"},
              {"vendor", "Apache"},
              {"version", broker_.options().kind.version}}}}},
          {"timestamp", seconds()},
          {"status", 200}};
}

}  // namespace mockbroker
