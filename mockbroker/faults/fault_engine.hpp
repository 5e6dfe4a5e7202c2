// Decides what the armed faults do to what passes. It counts, chooses with a seed of its own, and
// keeps what an action needs to remember; a relay carries its verdicts out. Pure, one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "mockbroker/faults/fault.hpp"
#include "mockbroker/faults/malformations.hpp"
#include "mockbroker/faults/wire_unit.hpp"

namespace mockbroker {

// What is known of a connection on its leg. The relay keeps it up to date.
struct relayed_connection {
  std::string leg;
  std::uint64_t number = 0;
  bool websocket = false;
  std::optional<stomp::version> version;             // once CONNECTED came
  std::string login;                                 // of CONNECT
  std::string path;                                  // of the handshake
  std::map<std::string, std::string> subscriptions;  // id to destination
  // Units that `reorder` holds back until another one has passed.
  std::vector<std::pair<way, wire_unit>> held;
};

// What a relay writes: as malformed::part.
using written_part = malformed::part;

// The unit as it came, to be written again.
written_part part_of(const wire_unit& unit);

// How a connection ends behind what was written.
struct ending {
  enum class kind { none, fin, rst, close };
  kind what = kind::none;
  std::uint16_t code = 0;  // close: of the WebSocket Close
  std::string reason;
};

// What becomes of a unit.
struct verdict {
  bool altered = false;               // `forward` is written instead of the unit
  std::vector<written_part> forward;  // none: it is dropped
  std::vector<written_part> back;     // to its sender
  net::duration delay{};              // before it goes on, and all that comes behind it
  ending end;                         // of both sides
  bool blackhole = false;             // nothing of this direction goes on any more
  bool stop_reading = false;          // of this direction, for good
  std::vector<std::string> faults;    // that acted
};

// One action at work on one unit.
struct fault_call {
  const fault& f;
  const wire_unit& unit;
  way direction;
  relayed_connection& connection;
  net::time_point now;
  std::mt19937_64& random;
  verdict& out;

  // A frame in the connection's version, for verdict::forward or back.
  static written_part part_of(const stomp::frame& frame, const relayed_connection& to);
};

class fault_engine {
 public:
  struct armed {
    fault f;
    std::uint64_t seen = 0;   // matches
    std::uint64_t fired = 0;  // times it acted
    net::time_point since;
    bool ordered = false;  // manual: fire() was called
    // Whether it can still act.
    bool is_spent() const noexcept { return f.limit != 0 && fired >= f.limit; }
  };

  explicit fault_engine(std::uint64_t seed) : random_(seed) {}

  // Arms `f`. An empty name becomes "drop-1"; a problem when the name is in use.
  std::optional<fault_problem> add(fault f, net::time_point now);
  bool remove(std::string_view name);
  void clear() { all_.clear(); }
  // A manual fault acts at its next match. False: there is none of this name.
  bool fire(std::string_view name);
  const std::vector<std::unique_ptr<armed>>& all() const noexcept { return all_; }
  const armed* find(std::string_view name) const;
  // Names of those that never acted.
  std::vector<std::string> unused() const;

  // Whether a unit fault looks at this direction of the connection: then its pieces must be held
  // until they are whole.
  bool watches(const relayed_connection& c, way direction) const;
  // In the order they were armed, the oldest first; each sees the unit until one alters it.
  verdict judge(relayed_connection& c, way direction, const wire_unit& unit, net::time_point now);
  // A connection begins; `end` says that it must not.
  verdict judge_opening(relayed_connection& c, net::time_point now);
  // The stream faults in force here that have not reached their limit. The relay calls acted()
  // once for each connection that one of them touches.
  std::vector<const fault*> streams(const relayed_connection& c, way direction,
                                    net::time_point now) const;
  void acted(const fault& f);
  std::uint64_t random() { return random_(); }

 private:
  bool in_scope(const armed& a, const relayed_connection& c, way direction) const;
  static bool matches(const fault& f, const relayed_connection& c, const wire_unit& unit);
  bool is_due(const armed& a, net::time_point now) const;

  std::vector<std::unique_ptr<armed>> all_;
  std::map<std::string, unsigned, std::less<>> numbers_;  // of given names, by action
  std::mt19937_64 random_;
};

}  // namespace mockbroker
