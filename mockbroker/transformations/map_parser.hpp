// Reads the bodies of map messages as ActiveMQ's XStream does:
//   {"map":{"entry":[{"string":["name","Dejan"]},{"string":"size","int":3}]}}
//   <map><entry><string>name</string><string>Dejan</string></entry>...</map>
// The first child of an entry is its key, the second its value, more are ignored; the name of the
// entry itself does not matter.
//
// Shortfalls: ActiveMQ also takes sloppy JSON (single quotes, text behind the end), and lists and
// maps as values; here they are errors.
#pragma once

#include "mockbroker/broker/transformation.hpp"

namespace mockbroker {

class map_parser final : public map_reader {
 public:
  static constexpr std::size_t most_entries = 10000;
  // At most 32 levels of JSON; XML is as deep as its text allows, without recursion.
  std::variant<map_body, conversion_error> read(std::string_view text,
                                                map_format format) const override;
};

}  // namespace mockbroker
