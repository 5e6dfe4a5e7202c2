// What a .ladder file says, as data (docs/ladder.md has the grammar). Values are templates: their
// variables get their values when the row runs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mockbroker/faults/malformations.hpp"
#include "net/types.hpp"

namespace harness::ladder {

constexpr unsigned most_connections = 1000;
constexpr std::size_t most_repeats = 100'000;                   // of a `repeat`
constexpr std::size_t most_times = std::size_t{200} << 20U;     // of a text
constexpr std::int64_t longest_time = std::int64_t{3'600'000};  // a number in front of ms, s or m

// One stretch of a value. `variable` holds a name ("q", "last.ack") and `plus` is added to its
// number; `index` is the number of the repetition, from 0.
struct part {
  enum class kind { text, variable, index };
  kind what = kind::text;
  std::string text;
  std::int64_t plus = 0;
  bool operator==(const part&) const = default;
};
// Parts that come `times` in a row: "ab"*3.
struct segment {
  std::vector<part> parts;
  std::size_t times = 1;
  bool operator==(const segment&) const = default;
};
struct value {
  std::vector<segment> segments;
  // The name when the value is one variable and nothing else, else empty.
  std::string variable() const;
  bool empty() const noexcept { return segments.empty(); }
  bool operator==(const value&) const = default;
};

struct field {
  std::string name;
  value text;
  bool operator==(const field&) const = default;
};

enum class transport { tcp, ws };
enum class delivery { written, split, joined };
const char* to_string(transport t) noexcept;
const char* to_string(delivery d) noexcept;

// `conn N ...`: opens a connection, or goes on with an open one.
struct open_connection {
  unsigned number = 1;
  bool http = false;                // plain octets on the WebSocket port
  bool console = false;             // http on the console port
  std::optional<transport> using_;  // nothing: what the run uses
  std::string connected;            // version of the CONNECT that opens it; empty: none is sent
  std::vector<field> options;       // subprotocol=, path=; with `connected` headers of CONNECT
  bool operator==(const open_connection&) const = default;
};

// A `>` line.
struct send_step {
  enum class kind {
    frame,
    raw,
    get,
    text,
    binary,
    fragments,
    unmasked,
    ping,
    pong,
    close,
    beat,
    end,
    drop
  };
  kind what = kind::frame;
  // frame: how it is broken; null: it is not.
  const mockbroker::malformation* malformation = nullptr;
  value command;                    // frame
  std::vector<field> headers;       // frame; in wire order, repeats allowed
  value body;                       // frame; also the octets of the others
  std::vector<value> pieces;        // fragments
  std::optional<net::duration> at;  // not before mark + at
  bool operator==(const send_step&) const = default;
};

// How one header, or the body, must be.
struct pattern {
  enum class kind { equal, any, regex, absent };
  kind what = kind::equal;
  std::string name;
  value text;
  bool operator==(const pattern&) const = default;
};
// A `<` line.
struct expect_step {
  enum class kind { frame, beat, pong, head, close };
  kind what = kind::frame;
  std::string command;  // frame; head: the status; close: the code, empty: any
  std::vector<pattern> headers;
  std::optional<pattern> body;  // ERROR: its first line only
  bool only = false;            // no header but these
  bool in_order = false;        // these headers in this order
  bool on_wire = false;         // values as they came, not unescaped
  bool until = false;           // whatever comes before is passed over
  bool await = false;           // whatever comes before stays for later steps
  std::optional<net::duration> within;
  std::optional<std::pair<net::duration, net::duration>> at;  // arrival since the mark
  bool operator==(const expect_step&) const = default;
};
// `never < ...`: not before a receipt that is asked for now, nor while `quiet` passes.
struct never_step {
  expect_step what;
  std::optional<net::duration> quiet;
  bool operator==(const never_step&) const = default;
};

struct step {
  enum class kind { open, send, expect, never, any_order, repeat, mark, wait, pace, alive };
  kind what = kind::mark;
  unsigned line = 0;
  unsigned column = 1;
  std::string source;  // the line as written, tables filled in
  open_connection open;
  send_step send;
  expect_step expect;
  never_step never;
  net::duration pause{0};   // wait, pace
  std::size_t times = 1;    // repeat
  std::vector<step> inner;  // any_order, repeat
  bool operator==(const step&) const = default;
};

// One `case`; a table has become several.
struct row {
  std::string name;
  std::vector<std::string> cites;
  std::string profile;
  std::set<transport> on{transport::tcp, transport::ws};
  std::set<delivery> deliveries{delivery::written, delivery::split, delivery::joined};
  std::set<std::string> labels;
  bool any_client = false;  // as the broker: what programs choose by themselves is not compared
  std::vector<step> steps;
  std::string file;
  unsigned line = 0;
  bool operator==(const row&) const = default;
};

}  // namespace harness::ladder
