#include "mockbroker/control/shape.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

std::span<const member> members_of(const shape& of) { return {of.members, of.count}; }

std::optional<std::string> must_be(std::string_view name, const std::string& what) {
  return (name.empty() ? "the body" : "'" + std::string(name) + "'") + " must be " + what;
}

std::string words_of(const shape& of) {
  std::string text;
  for (const auto word : of.words) text += (text.empty() ? "one of " : ", ") + std::string(word);
  return text;
}

bool is_whole(const json::value& v, std::int64_t most) {
  if (!v.is_int64()) return v.is_uint64() && most == 0;
  return v.as_int64() >= 0 && (most == 0 || v.as_int64() <= most);
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return words.empty() || std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<std::string> problem_with_members(const json::object& o, const shape& wanted) {
  const auto known = members_of(wanted);
  for (const auto& given : o) {
    const std::string_view key(given.key());
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const member& m) { return m.name == key; });
    if (found == known.end()) {
      std::vector<std::string_view> names;
      for (const auto& m : known) names.push_back(m.name);
      return "member '" + std::string(key) + "' is not known" + stomp::suggestion(key, names);
    }
    if (auto wrong = problem_with(given.value(), found->is, key)) return wrong;
  }
  for (const auto& m : known) {
    if (m.needed && !o.contains(m.name)) return "needs '" + std::string(m.name) + "'";
  }
  return std::nullopt;
}

std::optional<std::string> problem_with_each(const json::value& value, const shape& wanted,
                                             std::string_view name) {
  if (wanted.what == shape::kind::list) {
    if (!value.is_array()) return must_be(name, "a list");
    for (const auto& each : value.as_array()) {
      if (auto wrong = problem_with(each, *wanted.each, name)) return wrong;
    }
    return std::nullopt;
  }
  if (!value.is_object()) return must_be(name, "an object");
  for (const auto& each : value.as_object()) {
    const std::string inner = std::string(name) + '.' + std::string(each.key());
    if (auto wrong = problem_with(each.value(), *wanted.each, inner)) return wrong;
  }
  return std::nullopt;
}

json::object object_schema(const shape& of) {
  json::object properties;
  json::array needed;
  for (const auto& m : members_of(of)) {
    json::object one = schema_of(m.is);
    if (!m.doc.empty()) one["description"] = m.doc;
    properties[m.name] = std::move(one);
    if (m.needed) needed.emplace_back(m.name);
  }
  json::object out{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!needed.empty()) out["required"] = std::move(needed);
  return out;
}

}  // namespace

std::optional<std::string> problem_with(const json::value& value, const shape& wanted,
                                        std::string_view name) {
  switch (wanted.what) {
    case shape::kind::text:
      if (!value.is_string()) return must_be(name, "a text");
      if (!is_one_of(value.as_string(), wanted.words)) return must_be(name, words_of(wanted));
      return std::nullopt;
    case shape::kind::number:
      if (is_whole(value, wanted.most)) return std::nullopt;
      return must_be(
          name, "a number from 0" + (wanted.most == 0 ? "" : " to " + std::to_string(wanted.most)));
    case shape::kind::decimal:
      if (!value.is_number()) return must_be(name, "a number");
      return std::nullopt;
    case shape::kind::truth:
      if (!value.is_bool()) return must_be(name, "true or false");
      return std::nullopt;
    case shape::kind::scalar:
      if (value.is_string() || value.is_bool() || value.is_int64() || value.is_uint64()) {
        return std::nullopt;
      }
      return must_be(name, "a text, a number or true or false");
    case shape::kind::object:
      if (!value.is_object()) return must_be(name, "an object");
      return problem_with_members(value.as_object(), wanted);
    case shape::kind::list:
    case shape::kind::map:
      return problem_with_each(value, wanted, name);
    case shape::kind::anything:
    case shape::kind::special:
      break;
  }
  return std::nullopt;
}

json::object schema_of(const shape& of) {
  switch (of.what) {
    case shape::kind::text: {
      json::object out{{"type", "string"}};
      if (!of.words.empty()) out["enum"] = json::array(of.words.begin(), of.words.end());
      return out;
    }
    case shape::kind::number: {
      json::object out{{"type", "integer"}, {"minimum", 0}};
      if (of.most != 0) out["maximum"] = of.most;
      return out;
    }
    case shape::kind::decimal:
      return {{"type", "number"}};
    case shape::kind::truth:
      return {{"type", "boolean"}};
    case shape::kind::scalar:
      return {{"type", json::array{"string", "integer", "boolean"}}};
    case shape::kind::object:
      return object_schema(of);
    case shape::kind::list:
      return {{"type", "array"}, {"items", schema_of(*of.each)}};
    case shape::kind::map:
      return {{"type", "object"}, {"additionalProperties", schema_of(*of.each)}};
    case shape::kind::special:
      return of.schema();
    case shape::kind::anything:
      break;
  }
  return {};
}

}  // namespace mockbroker
