#include "mockbroker/transformations/map_parser.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mockbroker/broker/java_number.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

// An element inside an entry, of either text.
struct part {
  std::string name;
  std::string text;
  bool plain = true;  // holds a text and nothing else
};
using parts = std::vector<part>;

constexpr std::array<std::string_view, 6> map_names = {
    "map", "linked-hash-map", "tree-map", "hashtable", "properties", "concurrent-hash-map"};

// Throws conversion_error for a root that is no map; the message is XStream's for a class that it
// does not know.
void check_root(std::string_view name) {
  if (std::ranges::find(map_names, name) != map_names.end()) return;
  throw conversion_error{parse_map_type(name) ? "not a map" : std::string(name)};
}

map_entry entry_of(const parts& children) {
  if (children.size() < 2) throw conversion_error{"an entry needs a key and a value"};
  const part& key = children[0];
  const part& value = children[1];
  if (key.name != "string" || !key.plain) throw conversion_error{"a key must be a string"};
  if (key.text.empty()) throw conversion_error{"a key must not be empty"};
  const auto type = parse_map_type(value.name);
  if (!type || !value.plain) throw conversion_error{"not a type of values here: " + value.name};
  auto entry = read_entry(key.text, *type, value.text);
  if (!entry) throw conversion_error{"not a value of type " + value.name};
  return *std::move(entry);
}

// Entries of one map. A key that comes again gets a new value in its old place.
class collector {
 public:
  void add(const parts& children) {
    map_entry entry = entry_of(children);
    const auto [at, fresh] = places_.try_emplace(entry.key, map_.size());
    if (!fresh) {
      map_[at->second] = std::move(entry);
      return;
    }
    if (map_.size() == map_parser::most_entries) throw conversion_error{"too many entries"};
    map_.push_back(std::move(entry));
  }
  map_body take() { return std::move(map_); }

 private:
  map_body map_;
  std::unordered_map<std::string, std::size_t> places_;
};

std::string text_of(const json::value& v) {
  switch (v.kind()) {
    case json::kind::bool_:
      return v.get_bool() ? "true" : "false";
    case json::kind::int64:
      return std::to_string(v.get_int64());
    case json::kind::uint64:
      return std::to_string(v.get_uint64());
    case json::kind::double_:
      return to_java_text(v.get_double());
    case json::kind::string:
      // The JSON reader of ActiveMQ does not see the quotes.
      return v.get_string() == "null" ? "" : std::string(v.get_string());
    default:
      return {};
  }
}

// Calls use(name, value) for every child element: an array is the same name again and again.
template <class Use>
void for_each_child(const json::value& v, Use use) {
  if (!v.is_object()) return;
  for (const auto& member : v.get_object()) {
    const std::string_view name = member.key();
    if (name == "@class") throw conversion_error{text_of(member.value())};
    if (name.starts_with('@') || name == "$") continue;
    if (!member.value().is_array()) {
      use(name, member.value());
      continue;
    }
    for (const json::value& item : member.value().get_array()) use(name, item);
  }
}

map_body read_json(std::string_view text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 32;
  const json::value whole =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !whole.is_object() || whole.get_object().empty()) throw conversion_error{};
  const auto& root = *whole.get_object().begin();
  check_root(std::string_view(root.key()));
  collector entries;
  for_each_child(root.value(), [&](std::string_view, const json::value& entry) {
    parts children;
    for_each_child(entry, [&](std::string_view name, const json::value& v) {
      children.push_back({std::string(name), text_of(v), !v.is_structured()});
    });
    entries.add(children);
  });
  return entries.take();
}

map_body read_xml(std::string_view text) {
  pugi::xml_document document;
  const auto result = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  const pugi::xml_node root = document.document_element();
  if (!result || !root) throw conversion_error{};
  check_root(root.name());
  collector entries;
  const auto is_element = [](const pugi::xml_node& n) { return n.type() == pugi::node_element; };
  for (const pugi::xml_node& entry : root.children()) {
    if (!is_element(entry)) continue;
    parts children;
    for (const pugi::xml_node& child : entry.children()) {
      if (!is_element(child)) continue;
      const bool plain = std::ranges::none_of(child.children(), is_element);
      children.push_back({child.name(), child.text().get(), plain});
    }
    entries.add(children);
  }
  return entries.take();
}

}  // namespace

std::variant<map_body, conversion_error> map_parser::read(std::string_view text,
                                                          map_format format) const {
  try {
    return format == map_format::json ? read_json(text) : read_xml(text);
  } catch (conversion_error& error) {
    return std::move(error);
  }
}

}  // namespace mockbroker
