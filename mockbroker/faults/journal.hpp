// What passed, on every leg, in order. Pure and bounded; one thread, as everything on a runtime.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "mockbroker/faults/wire_unit.hpp"
#include "net/types.hpp"

namespace mockbroker {

struct journal_entry {
  enum class event {
    opened,  // a connection was accepted
    unit,    // something came
    closed,  // a connection ended; `unit` is the end: what and why in its text
  };
  // What became of a unit.
  enum class fate {
    passed,
    dropped,   // a fault took it
    altered,   // a fault changed, doubled or delayed it
    injected,  // a fault or a command wrote it; no peer did
  };
  std::uint64_t number = 0;      // from 1, over all legs
  std::string leg;               // "browser-gateway", "gateway-broker", "client-broker"
  std::uint64_t connection = 0;  // on its leg, from 1
  event what = event::unit;
  way direction = way::to_broker;  // closed: which side ended it, to_broker: the client did
  wire_unit unit;
  fate became = fate::passed;
  std::vector<std::string> faults;    // names of those that acted on it
  std::vector<std::string> breaches;  // rules that its sender broke
  net::time_point at;                 // when it came; virtual in a simulation
  net::wall_time wall;
};
std::string_view to_string(journal_entry::fate f) noexcept;
// Whether the reader on the other side of the leg got something of it.
constexpr bool reached(const journal_entry& e) noexcept {
  return e.what == journal_entry::event::unit && e.became != journal_entry::fate::dropped;
}
// "c1 > SEND destination="/queue/a" body(2)="hi"", with the fault's name where one acted.
std::string line_of(const journal_entry& e);

class journal {
 public:
  struct limits {
    std::size_t entries = 100000;
    std::size_t octets = std::size_t{64} << 20U;  // of raw texts and bodies
  };
  journal() : journal(limits{}) {}
  explicit journal(limits most) : most_(most) {}
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  // Numbers it and keeps it; beyond the limits the oldest go. Tells the listeners.
  const journal_entry& add(journal_entry entry);
  // Those that are kept, oldest first.
  const std::deque<journal_entry>& entries() const noexcept { return entries_; }
  // The number of the newest entry; 0: none.
  std::uint64_t last() const noexcept { return last_; }
  // Entries that were let go.
  std::uint64_t lost() const noexcept { return lost_; }
  void clear();

  // Calls `f` behind each add() until it is taken back. `f` must not change the journal.
  std::uint64_t listen(std::function<void(const journal_entry&)> f);
  void unlisten(std::uint64_t listener);

 private:
  limits most_;
  std::deque<journal_entry> entries_;
  std::size_t octets_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t last_listener_ = 0;
  std::vector<std::pair<std::uint64_t, std::function<void(const journal_entry&)>>> listeners_;
};

}  // namespace mockbroker
