// Plays a row against a broker over a runtime: on the simulation in process, on sockets against
// anything that listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/ladder/ladder.hpp"
#include "net/runtime.hpp"

namespace harness::ladder {

// How what we send reaches the broker.
enum class delivery {
  written,  // a frame is one write
  split,    // octet by octet; WebSocket: a continuation frame for each octet of a message
  joined,   // frames that follow each other are one write (TCP only)
};
std::string_view to_string(delivery d) noexcept;

struct target {
  std::string host = "localhost";
  std::uint16_t tcp = 0;
  std::uint16_t ws = 0;
};

struct run_options {
  transport over = transport::tcp;
  delivery how = delivery::written;
  std::string tag;  // {q}: what makes the names of this run its own
  net::duration patience = std::chrono::seconds(5);  // for a frame that is expected
  // Between frames of different connections, so that they arrive as they are written.
  net::duration turn = std::chrono::milliseconds(20);
  net::duration quiet = std::chrono::milliseconds(200);  // how long "nothing more" is looked at
};

// Plays `r`; nothing when all came as written, else a report: what was expected, what came, and
// the conversation so far.
net::task<std::optional<std::string>> play(net::runtime& rt, const target& at, const row& r,
                                           run_options options);

// Whether `value` is what `pattern` says: literally, but for {id}, {time}, {address} and {any};
// a pattern of "*" alone is any value.
bool matches(std::string_view pattern, std::string_view value);

}  // namespace harness::ladder
