#include "mockbroker/console/jolokia_path.hpp"

#include <charconv>
#include <utility>

#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

// Parts from the `first` on as one path again.
std::string join(const std::vector<std::string>& parts, std::size_t first) {
  std::string path;
  for (std::size_t i = first; i < parts.size(); ++i) {
    if (i > first) path += '/';
    for (const char c : parts[i]) {
      if (c == '/' || c == '!') path += '!';
      path += c;
    }
  }
  return path;
}

json::value attribute_names(std::string_view list) {
  json::array names;
  while (true) {
    const std::size_t comma = list.find(',');
    names.push_back(json::string(list.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  if (names.size() == 1) return names.front();
  return names;
}

const json::value* step(const json::value& in, std::string_view part) {
  if (in.is_object()) return in.get_object().if_contains(part);
  std::size_t index = 0;
  const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (!in.is_array() || bad != std::errc{} || end != part.data() + part.size()) return nullptr;
  return in.get_array().if_contains(index);
}

}  // namespace

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return parts;
  std::string part;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '!' && i + 1 < path.size()) {
      part += path[++i];
    } else if (path[i] == '/') {
      parts.push_back(std::exchange(part, {}));
    } else {
      part += path[i];
    }
  }
  // A slash at the end is none.
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::optional<json::object> request_of(const std::vector<std::string>& parts) {
  const std::string& type = parts.front();
  json::object request{{"type", type}};
  const bool needs_bean = type == "read" || type == "exec" || type == "search";
  if (needs_bean && (parts.size() < 2 || parts[1].empty())) return std::nullopt;
  if (type == "exec" && parts.size() < 3) return std::nullopt;
  if (type == "list" && parts.size() > 1) request["path"] = join(parts, 1);
  if (needs_bean) request["mbean"] = parts[1];
  if (type == "read" && parts.size() > 2) request["attribute"] = attribute_names(parts[2]);
  if (type == "read" && parts.size() > 3) request["path"] = join(parts, 3);
  if (type != "exec") return request;
  request["operation"] = parts[2];
  json::array given;
  for (std::size_t i = 3; i < parts.size(); ++i) {
    // "[null]" is how a path says that there is nothing.
    given.push_back(parts[i] == "[null]" ? json::value() : json::value(json::string(parts[i])));
  }
  if (!given.empty()) request["arguments"] = std::move(given);
  return request;
}

json::value follow(json::value value, std::string_view path) {
  for (const std::string& part : split_path(path)) {
    const json::value* next = step(value, part);
    if (next == nullptr) return nullptr;
    json::value inner = *next;
    value = std::move(inner);
  }
  return value;
}

json::value find_in_list(json::object all, std::string_view path, std::string& wrong) {
  auto parts = split_path(path);
  if (parts.empty()) return all;
  if (!all.contains(parts[0])) return json::object();
  if (parts.size() > 1) {
    // A name may have its properties in any order.
    if (const auto name = parse_object_name(parts[0] + ":" + parts[1])) {
      parts[1] = name->properties();
    }
    if (!all[parts[0]].get_object().contains(parts[1])) {
      wrong = "Invalid path within the MBean part given. (Path: " + std::string(path) + ")";
      return nullptr;
    }
  }
  json::value value = std::move(all);
  for (const std::string& part : parts) {
    const json::value* next = step(value, part);
    if (next == nullptr) {
      wrong = "Illegal path element " + part;
      return nullptr;
    }
    json::value inner = *next;
    value = std::move(inner);
  }
  return value;
}

json::value cut_depth(const json::value& value, long depth) {
  if (!value.is_object()) return value;
  if (depth == 0) return "1";
  json::object out;
  for (const auto& [key, inner] : value.get_object()) out[key] = cut_depth(inner, depth - 1);
  return out;
}

}  // namespace mockbroker
