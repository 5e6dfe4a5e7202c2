// What a JSON value of the control API looks like, as data. What comes in is checked by it, and
// GET /__mock/schema publishes it as JSON Schema 2020-12, so that the two cannot differ. Pure.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mockbroker {

struct member;

struct shape {
  enum class kind {
    text,
    number,    // a whole one from 0 to `most`
    decimal,   // any number
    truth,     // true or false
    scalar,    // a text, a whole number, true or false: what stands in a fault's line
    object,    // exactly these members
    list,      // of `each`
    map,       // an object with any names; its values are `each`
    anything,  // whatever JSON can say
    special,   // its schema and its check are somebody else's
  };
  kind what = kind::anything;
  const member* members = nullptr;  // object
  std::size_t count = 0;
  const shape* each = nullptr;                // list, map
  std::int64_t most = 0;                      // number; 0: no bound
  std::span<const std::string_view> words{};  // text: one of these; empty: any
  boost::json::object (*schema)() = nullptr;  // special
};

struct member {
  std::string_view name;
  shape is;
  bool needed = false;
  std::string_view doc{};
};

// Shapes as they stand in tables. What they are given by reference outlives them.
constexpr shape a_text() { return {.what = shape::kind::text}; }
constexpr shape one_of(std::span<const std::string_view> words) {
  return {.what = shape::kind::text, .words = words};
}
constexpr shape a_number(std::int64_t most = 0) {
  return {.what = shape::kind::number, .most = most};
}
constexpr shape a_decimal() { return {.what = shape::kind::decimal}; }
constexpr shape a_truth() { return {.what = shape::kind::truth}; }
constexpr shape a_scalar() { return {.what = shape::kind::scalar}; }
constexpr shape anything() { return {.what = shape::kind::anything}; }
constexpr shape list_of(const shape& each) { return {.what = shape::kind::list, .each = &each}; }
constexpr shape map_of(const shape& each) { return {.what = shape::kind::map, .each = &each}; }
constexpr shape special(boost::json::object (*schema)()) {
  return {.what = shape::kind::special, .schema = schema};
}
template <std::size_t N>
constexpr shape object_of(const std::array<member, N>& members) {
  return {.what = shape::kind::object, .members = members.data(), .count = N};
}
inline constexpr std::array<member, 0> no_members{};

// What is wrong with `value`, or nothing: "needs 'destination'", "'count' must be ...", "member
// 'cuont' is not known; did you mean 'count'?". `name` is what the value is called in texts; empty:
// it is the whole body. A special shape is not looked into.
std::optional<std::string> problem_with(const boost::json::value& value, const shape& wanted,
                                        std::string_view name = {});
// The shape as JSON Schema 2020-12. Members that it does not list are refused.
boost::json::object schema_of(const shape& of);

}  // namespace mockbroker
