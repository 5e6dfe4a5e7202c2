// A fault as data: where it may act (scope), when (trigger), what it does (action), how often
// (limit). A stub is the same thing: its action answers. One model for C++, the control API, the
// command line and ladders; all of them are lists of attributes, and all are parsed here. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mockbroker/faults/wire_unit.hpp"
#include "net/types.hpp"

namespace mockbroker {

// The legs that there are: between a client and its broker, or on both sides of a gateway.
inline constexpr std::array<std::string_view, 3> fault_legs{"client-broker", "browser-gateway",
                                                            "gateway-broker"};

// Connections that a fault looks at. What is not given does not matter.
struct fault_scope {
  std::string leg;                          // "browser-gateway", "gateway-broker", ...
  std::optional<way> direction;             // of the unit; see fault_action for the default
  std::optional<std::uint64_t> connection;  // the k-th on its leg, from 1
  std::string login;                        // of its CONNECT
  std::string path;                         // of its WebSocket handshake
  // A frame of a subscription to this destination, or to this destination itself.
  std::string subscription;
};

// Which units it counts, and at which it acts.
struct fault_trigger {
  std::optional<wire_unit::kind> kind;  // nothing: frames
  std::string command;                  // of the frame
  std::vector<stomp::header> headers;   // equal to the frame's first of that name
  std::optional<std::string> body;      // equal
  std::optional<std::string> body_contains;
  std::uint64_t nth = 1;     // acts from the nth match on
  std::uint64_t offset = 0;  // stream faults: octets that pass first
  net::duration after{};     // not before this time since it was armed
  bool manual = false;       // only when it is fired by name
};

// A named value of an action. `text` as given; the action's table says how it is read.
using fault_attributes = std::map<std::string, std::string, std::less<>>;

struct fault_action;

struct fault {
  std::string name;  // unlike those of other faults; for reports
  fault_scope scope;
  fault_trigger on;
  const fault_action* action = nullptr;
  fault_attributes with;    // complete: defaults filled in
  std::uint64_t limit = 1;  // acts so often at most; 0: always

  // The value of an attribute of the action; empty or 0 when it has none.
  std::string_view text(std::string_view attribute) const;
  std::uint64_t number(std::string_view attribute) const;
  net::duration duration(std::string_view attribute) const;
};

// How an attribute is read. Durations are milliseconds when bare, or "250ms", "3s", "2m".
enum class attribute_type { text, number, duration, malformation };
struct attribute_rule {
  std::string_view name;
  attribute_type type = attribute_type::text;
  std::optional<std::string_view> fallback;  // nothing: must be given
  std::string_view doc;
};

struct fault_call;  // mockbroker/faults/fault_engine.hpp

// One row of the table of actions (fault_actions.cpp).
struct fault_action {
  enum class acts_on {
    unit,        // a frame, a beat, a head: one after the other
    stream,      // octets on their way, under the names that Toxiproxy has for it
    connection,  // a connection that begins
  };
  std::string_view name;
  std::string_view doc;
  acts_on place = acts_on::unit;
  std::vector<attribute_rule> attributes;
  // What it looks at when the fault does not say.
  std::optional<wire_unit::kind> kind;
  std::optional<way> direction;
  std::uint64_t limit = 1;
  // unit, connection: does it. Null for stream faults, which stream_shaper.hpp carries out.
  void (*apply)(fault_call& call) = nullptr;
};

std::span<const fault_action> fault_actions();
const fault_action* find_fault_action(std::string_view name);
// Whether it has the attributes set.NAME and remove.NAME for headers of any name.
bool takes_headers(const fault_action& action) noexcept;

// What is wrong, as a whole message: "faults: 'comand' is not known; did you mean 'command'?".
struct fault_problem {
  std::string text;
};
// From attributes: action=NAME and any of name, leg, way, connection, login, path, subscription,
// kind, on (the command), destination, header.NAME, on-body, body-contains, nth, offset, after,
// manual, limit, and those of the action. `command` and `body` are short for `on` and `on-body`
// where the action has no attribute of that name. Unknown, repeated and bad ones are problems.
std::variant<fault, fault_problem> make_fault(const std::vector<stomp::header>& attributes);
// From one line: the action's name, then name=value; quotes hide spaces:
//   drop command=RECEIPT nth=2 leg=gateway-broker
std::variant<fault, fault_problem> parse_fault(std::string_view line);
// The inverse: a line that gives the same fault.
std::string to_line(const fault& f);

std::optional<net::duration> parse_fault_duration(std::string_view text) noexcept;

}  // namespace mockbroker
