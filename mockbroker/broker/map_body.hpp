// The body of a JMS map message, and its two texts on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockbroker {

// The Java types a value may have. Maps and lists inside maps are not among them here.
enum class map_type { null, boolean, byte, int16, int32, int64, real32, real64, character, text };

// As XStream calls them: null boolean byte short int long float double char string.
std::string_view to_string(map_type t) noexcept;
std::optional<map_type> parse_map_type(std::string_view name) noexcept;

struct map_entry {
  std::string key;  // never empty
  map_type type = map_type::null;
  std::string value;  // as Java writes it: 7, 1.0, true
  friend bool operator==(const map_entry&, const map_entry&) = default;
};

// Keys are unique, in the sender's order. Texts are written in that of Java's hash table, as
// ActiveMQ does; no test should depend on it.
using map_body = std::vector<map_entry>;

// A text as XStream's converters read it into a type: numbers may be hexadecimal or octal, whole
// ones may wrap (0xFF is the byte -1). Nothing if it is no such value.
std::optional<map_entry> read_entry(std::string key, map_type type, std::string_view text);

// {"map":{"entry":[{"string":["name","Dejan"]},{"string":"size","int":3}]}}; one entry stands
// without brackets, none is {"map":""}. Texts that look like numbers or booleans lose their quotes,
// as in ActiveMQ.
std::string to_json(const map_body& map);
// <map> with indented lines; <map/> if empty.
std::string to_xml(const map_body& map);

}  // namespace mockbroker
