// Faults, matches and journal entries as JSON, for the control API. Unknown members are errors: a
// fault with a typing error must not pass silently.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mockbroker/faults/fault_engine.hpp"
#include "mockbroker/faults/journal.hpp"

namespace mockbroker {

// {"name":..., "scope":{"leg":...}, "on":{"command":...}, "action":{"drop":{}}, "limit":1}, or
// {"fault":"drop on=RECEIPT nth=2"}.
std::variant<fault, fault_problem> fault_from_json(const boost::json::value& given);
boost::json::object to_json(const fault_engine::armed& a);
boost::json::object to_json(const journal_entry& e);
// Octets of any unit with the values of secret headers as "***".
std::string without_secrets(std::string_view raw);
// An entry with its octets: "rawBase64", the first most_raw_octets of "raw_octets".
constexpr std::size_t most_raw_octets = std::size_t{64} * 1024;
boost::json::object with_octets(const journal_entry& e);

// Which entries of a journal: {"command":..., "destination":..., "headers":{...}, "body":...,
// "body_contains":..., "body_json":..., "body_json_at":{"items.0.price":3}, "kind":..., "leg":...,
// "way":..., "connection":...}; all given must hold.
struct entry_match {
  fault_scope scope;
  fault_trigger on;
  // The body as JSON at paths; the empty path is the whole of it.
  std::vector<std::pair<std::string, boost::json::value>> body_json{};
  bool holds(const journal_entry& e) const;
  // What of a frame differs, a line for each member; empty: nothing.
  std::vector<std::string> differences(const journal_entry& e) const;
};
std::variant<entry_match, fault_problem> match_from_json(const boost::json::value* given);

// The two as JSON Schema, from the tables that they are read with.
boost::json::object fault_schema();
boost::json::object match_schema();

}  // namespace mockbroker
