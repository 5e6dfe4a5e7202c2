#include "mockbroker/control/json_match.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <vector>

#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

constexpr std::size_t shown = 200;  // octets of a value in a text

std::string text_of(const json::value& v) {
  std::string text = json::serialize(v);
  if (text.size() > shown) text = text.substr(0, shown) + "...";
  return text;
}

// A path for people: "items.0"; the whole body has none.
std::string step(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + '.' + std::string(name);
}
std::string place(const std::string& path) { return path.empty() ? "it" : path; }

std::string missing(const json::object& o, const std::string& path, std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& m : o) known.push_back(m.key());
  return (path.empty() ? "" : path + ' ') + "has no member '" + std::string(name) + "'" +
         stomp::suggestion(name, known);
}

bool is_same_number(const json::value& a, const json::value& b) {
  if (a.is_double() || b.is_double()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

std::string difference(const json::value& is, const json::value& wanted, const std::string& path);

std::string difference_of_members(const json::object& is, const json::object& wanted,
                                  const std::string& path) {
  for (const auto& m : wanted) {
    const auto* found = is.if_contains(m.key());
    if (found == nullptr) return missing(is, path, m.key());
    auto text = difference(*found, m.value(), step(path, m.key()));
    if (!text.empty()) return text;
  }
  for (const auto& m : is) {
    if (!wanted.contains(m.key())) {
      return step(path, m.key()) + " is " + text_of(m.value()) + ", expected not to be there";
    }
  }
  return {};
}

std::string difference(const json::value& is, const json::value& wanted, const std::string& path) {
  if (is.is_object() && wanted.is_object()) {
    return difference_of_members(is.as_object(), wanted.as_object(), path);
  }
  if (is.is_array() && wanted.is_array()) {
    const auto& a = is.as_array();
    const auto& b = wanted.as_array();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      auto text = difference(a[i], b[i], step(path, std::to_string(i)));
      if (!text.empty()) return text;
    }
    if (a.size() == b.size()) return {};
    return place(path) + " has " + std::to_string(a.size()) + " elements, expected " +
           std::to_string(b.size());
  }
  const bool same =
      is.is_number() && wanted.is_number() ? is_same_number(is, wanted) : is == wanted;
  return same ? "" : place(path) + " is " + text_of(is) + ", expected " + text_of(wanted);
}

// What stands at `name` of `in`; null and a text when nothing does.
const json::value* part_of(const json::value& in, std::string_view name, const std::string& path,
                           std::string& wrong) {
  if (in.is_object()) {
    const auto* found = in.as_object().if_contains(name);
    if (found == nullptr) wrong = missing(in.as_object(), path, name);
    return found;
  }
  std::size_t index = 0;
  const auto* end = name.data() + name.size();
  const bool is_index = std::from_chars(name.data(), end, index).ptr == end && !name.empty();
  if (in.is_array() && is_index && index < in.as_array().size()) return &in.as_array()[index];
  wrong = place(path) + " is " + text_of(in) + " and has no '" + std::string(name) + "'";
  return nullptr;
}

}  // namespace

std::string json_difference(std::string_view body, const json::value& wanted) {
  return json_difference_at(body, {}, wanted);
}

std::string json_difference_at(std::string_view body, std::string_view path,
                               const json::value& wanted) {
  boost::system::error_code error;
  const json::value whole = json::parse(body, error);
  if (error) return "is no JSON (" + error.message() + "): " + stomp::quote_peer_text(body, shown);
  const json::value* here = &whole;
  std::string walked;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    std::string wrong;
    here = part_of(*here, path.substr(0, end), walked, wrong);
    if (here == nullptr) return wrong;
    walked = step(walked, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return difference(*here, wanted, walked);
}

}  // namespace mockbroker
